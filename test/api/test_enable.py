"""Enable and disable: orders, confirmations, and who wins."""
import requests

import helio


def history(api, imei):
    return [(x["prev_enable_state"], x["current_enable_state"], x["user"])
            for x in api.query("/enable_history", filters=[
                {"name": "product_imei", "op": "eq", "val": imei}],
                order_by=[{"field": "enable_history_id",
                           "direction": "asc"}]).json()["objects"]]


def flags(api, imei):
    product = api.get("/products/" + imei).json()
    return product["current_enable_flag"], product["desired_enable_flag"]


def put(api, unit, what):
    r = api.put("/products/%s/%s" % (unit.imei, what))
    assert r.status_code == 200, r.text
    return r.json()


ANN = helio.username("TECHNICAL", "GLOBAL")
BOB = helio.username("ADMIN", "GLOBAL")


def test_the_documents_examples(server, login, unit):
    headers = {"Content-Type": "application/json",
               "Authorization": "Token token=" + login("TECHNICAL").token}
    for verb in ("enable", "disable", "disable"):
        url = server.v1 + "/products/%s/%s" % (unit.imei, verb)
        r = requests.put(url=url, headers=headers)
        assert r.json() == {"status": "success",
                            "message": "Product %sd" % verb, "data": None}


def test_who_may(login, unit):
    path = "/products/%s/enable" % unit.imei
    assert login("OVERVIEW").put(path).status_code == 403
    assert login("TECHNICAL").put(path).status_code == 200
    assert login("TECHNICAL", "ENTITY").put(path).status_code == 404
    assert login("TECHNICAL").put("/products/nobody/enable").status_code \
        == 404
    assert login("SYSTEM").post(path).status_code == 405


def test_pending_then_confirmed(login, unit):
    ann = login("TECHNICAL")
    unit.post_rc(enabled=False)
    put(ann, unit, "enable")
    assert flags(ann, unit.imei) == (False, True)
    assert unit.get_rc().json()["data"]["enabled"] is True
    assert flags(ann, unit.imei) == (False, True)   # asking confirms nothing
    unit.post_rc(enabled=True)
    assert flags(ann, unit.imei) == (True, True)
    assert history(ann, unit.imei) == [
        ("init", "pending_enabled", ANN),
        ("pending_enabled", "enabled", ANN)]
    product = ann.get("/products/" + unit.imei).json()
    last = ann.query("/enable_history", filters=[
        {"name": "product_imei", "op": "eq", "val": unit.imei}],
        order_by=[{"field": "enable_history_id", "direction": "desc"}]
    ).json()["objects"][0]
    assert product["latest_enable_history_id"] == last["enable_history_id"]


def test_a_unit_that_never_answers(login, unit):
    ann = login("TECHNICAL")
    put(ann, unit, "enable")
    put(ann, unit, "enable")
    assert history(ann, unit.imei) == [("init", "pending_enabled", ANN)]
    assert flags(ann, unit.imei) == (False, True)


def test_a_late_answer(login, unit):
    ann = login("TECHNICAL")
    put(ann, unit, "enable")
    for _ in range(3):
        unit.post_rc(enabled=False)
        assert flags(ann, unit.imei) == (False, True)
    assert history(ann, unit.imei) == [("init", "pending_enabled", ANN)]
    unit.post_rc(enabled=True)
    assert flags(ann, unit.imei) == (True, True)


def test_two_orders_in_flight(login, unit):
    ann, bob = login("TECHNICAL"), login("ADMIN")
    put(ann, unit, "enable")
    put(bob, unit, "disable")
    unit.post_rc(enabled=True)          # it heard the first one only
    assert flags(ann, unit.imei) == (True, False)
    assert unit.get_rc().json()["data"]["enabled"] is False
    unit.post_rc(enabled=False)
    assert flags(ann, unit.imei) == (False, False)
    assert history(ann, unit.imei) == [
        ("init", "pending_enabled", ANN),
        ("pending_enabled", "pending_disabled", BOB),
        ("pending_disabled", "disabled", BOB)]


def test_there_and_back_again(login, unit):
    ann, bob = login("TECHNICAL"), login("ADMIN")
    put(ann, unit, "enable")
    unit.post_rc(enabled=True)
    put(ann, unit, "disable")
    put(bob, unit, "enable")
    unit.post_rc(enabled=True)
    assert history(ann, unit.imei)[2:] == [
        ("enabled", "pending_disabled", ANN),
        ("pending_disabled", "pending_enabled", BOB),
        ("pending_enabled", "enabled", BOB)]


def test_a_unit_that_moves_by_itself(login, unit):
    ann = login("TECHNICAL")
    put(ann, unit, "enable")
    unit.post_rc(enabled=True)
    unit.post_rc(enabled=False)
    assert flags(ann, unit.imei) == (False, True)
    assert unit.get_rc().json()["data"]["enabled"] is True   # offered again
    unit.post_rc(enabled=True)
    assert history(ann, unit.imei)[2:] == [
        ("enabled", "disabled", "unit"), ("disabled", "enabled", ANN)]
    assert ann.get("/products/" + unit.imei).json()["disable_date"]


def test_nothing_to_do(login, unit):
    ann = login("TECHNICAL")
    put(ann, unit, "disable")
    unit.post_rc(enabled=False)
    assert history(ann, unit.imei) == []


def test_a_body_is_not_needed_but_readable(login, unit):
    ann = login("TECHNICAL")
    path = "/products/%s/enable" % unit.imei
    for body in ("garbage", "{", '{"a":1'):
        assert ann.put(path, body).status_code == 400
    assert history(ann, unit.imei) == []
    for body in ("", "{}", "null", '{"colour": 1}'):
        assert ann.put(path, body).status_code == 200
    assert len(history(ann, unit.imei)) == 1


def test_the_flags_belong_to_the_actions(system, unit):
    r = system.put("/products/" + unit.imei, {"desired_enable_flag": True})
    assert r.status_code == 400
    assert "enable" in r.json()["validation_errors"]["desired_enable_flag"]


def test_tamper_is_reported(login, unit):
    unit.post_rc(tamper_enabled=True)
    unit.post_rc(tamper_enabled=True)
    rows = login("OVERVIEW").query("/tamper_enable_history", filters=[
        {"name": "product_imei", "op": "eq", "val": unit.imei}]).json()
    row, = rows["objects"]
    assert (row["prev_enable_state"], row["current_enable_state"],
            row["user"]) == ("init", "enabled", "unit")
    assert unit.get_rc().json()["data"]["tamper_enabled"] is True
