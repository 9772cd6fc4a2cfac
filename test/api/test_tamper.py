"""The tamper switch: orders, confirmations, and who wins."""
import requests

import helio

ANN = helio.username("TECHNICAL", "GLOBAL")
BOB = helio.username("ADMIN", "GLOBAL")


def history(api, imei):
    return [(x["prev_enable_state"], x["current_enable_state"], x["user"])
            for x in api.query("/tamper_enable_history", filters=[
                {"name": "product_imei", "op": "eq", "val": imei}],
                order_by=[{"field": "tamper_enable_history_id",
                           "direction": "asc"}]).json()["objects"]]


def put(api, unit, verb):
    reply = api.put("/products/%s/%s_tamper_switch" % (unit.imei, verb))
    assert reply.status_code == 200, reply.text
    return reply.json()


def offered(unit):
    return unit.get_rc().json()["data"]["tamper_enabled"]


def test_the_documents_examples(server, login, unit):
    headers = {"Content-Type": "application/json",
               "Authorization": "Token token=" + login("TECHNICAL").token}
    for verb in "enable", "enable", "disable", "disable":
        reply = requests.put(
            url=server.v1 + "/products/%s/%s_tamper_switch" % (
                unit.imei, verb), headers=headers)
        assert reply.status_code == 200
        assert reply.json() == {
            "status": "success", "data": None,
            "message": "Product #%s tamper_switch_%sd" % (unit.imei, verb)}


def test_who_may(login, unit):
    for verb in "enable", "disable":
        path = "/products/%%s/%s_tamper_switch" % verb
        assert login("OVERVIEW").put(path % unit.imei).status_code == 403
        assert login("TECHNICAL").put(path % "nobody").status_code == 404
        assert login("TECHNICAL", "ENTITY").put(
            path % unit.imei).status_code == 404
        assert login("SYSTEM").post(path % unit.imei).status_code == 405


def test_pending_then_confirmed(login, unit):
    ann = login("TECHNICAL")
    put(ann, unit, "enable")
    assert history(ann, unit.imei) == [("init", "pending_enabled", ANN)]
    assert offered(unit) is True
    assert len(history(ann, unit.imei)) == 1    # asking confirms nothing
    unit.post_rc(tamper_enabled=True)
    assert history(ann, unit.imei) == [
        ("init", "pending_enabled", ANN),
        ("pending_enabled", "enabled", ANN)]


def test_a_unit_that_never_answers(login, unit):
    ann = login("TECHNICAL")
    put(ann, unit, "enable")
    put(ann, unit, "enable")
    assert history(ann, unit.imei) == [("init", "pending_enabled", ANN)]


def test_a_late_answer(login, unit):
    ann = login("TECHNICAL")
    put(ann, unit, "enable")
    for _ in range(3):
        unit.post_rc(tamper_enabled=False)      # the opposite
        assert history(ann, unit.imei) == [("init", "pending_enabled", ANN)]
        assert offered(unit) is True
    unit.post_rc(tamper_enabled=True)
    assert history(ann, unit.imei)[1:] == [
        ("pending_enabled", "enabled", ANN)]


def test_two_orders_in_flight(login, unit):
    ann, bob = login("TECHNICAL"), login("ADMIN")
    unit.post_rc(tamper_enabled=False)
    put(ann, unit, "enable")
    put(bob, unit, "disable")
    unit.post_rc(tamper_enabled=True)           # it heard the first one only
    assert offered(unit) is False
    unit.post_rc(tamper_enabled=False)
    assert history(ann, unit.imei) == [
        ("init", "pending_enabled", ANN),
        ("pending_enabled", "pending_disabled", BOB),
        ("pending_disabled", "disabled", BOB)]


def test_a_unit_that_moves_by_itself(login, unit):
    ann = login("TECHNICAL")
    put(ann, unit, "enable")
    unit.post_rc(tamper_enabled=True)
    unit.post_rc(tamper_enabled=False)
    assert offered(unit) is True                # ordered again
    unit.post_rc(tamper_enabled=True)
    assert history(ann, unit.imei)[2:] == [
        ("enabled", "disabled", "unit"), ("disabled", "enabled", ANN)]


def test_the_units_own_switch_is_another(login, unit):
    ann = login("TECHNICAL")
    put(ann, unit, "enable")
    unit.post_rc(tamper_enabled=True)
    product = ann.get("/products/" + unit.imei).json()
    assert product["current_enable_flag"] is False
    assert product["desired_enable_flag"] is False
    assert product["latest_enable_history_id"] is None
