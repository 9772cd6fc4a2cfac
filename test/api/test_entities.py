"""To whom units belong."""
import concurrent.futures

import pytest
import requests

import helio
from helio import ENTITY, OTHER_ENTITY

UNKNOWN = 1
NAMES = {UNKNOWN: "Unknown Entity", ENTITY: "Ours", OTHER_ENTITY: "Theirs"}


def put(api, unit, verb, **body):
    return api.put("/products/%s/%s" % (unit.imei, verb), body)


def done(api, unit, verb, **body):
    reply = put(api, unit, verb, **body)
    assert reply.status_code == 200, reply.text
    return reply.json()


def history(api, unit):
    """(entity, over) of every linker, oldest first."""
    rows = api.query("/product_entity_linker", filters=[
        {"name": "product_imei", "op": "eq", "val": unit.imei}]
    ).json()["objects"]
    assert all(row["date_added"] for row in rows)
    return [(row["entity_id"], row["date_removed"] is not None)
            for row in rows]


def names(unit, *entities):
    return {unit.imei: [NAMES[e] for e in entities]}


def fault(reply, name):
    assert reply.status_code == 400, reply.text
    assert reply.json()["status"] == "validation-error"
    return reply.json()["validation_errors"][name]


# ---- the documents' examples ----

def test_assign(server, login, unit):
    reply = requests.put(
        url=server.v1 + "/products/%s/assign_entity" % unit.imei,
        json={"entity_id": ENTITY},
        headers={"Authorization": "Token token=" + login("ADMIN").token})
    assert reply.status_code == 200
    assert reply.json() == {
        "status": "success",
        "message": "Product #%s assigned to entity: %d" % (
            unit.imei, ENTITY),
        "data": names(unit, ENTITY)}
    assert history(login("ADMIN"), unit) == [(UNKNOWN, True), (ENTITY, False)]


def test_change(login, unit):
    api = login("ADMIN")
    done(api, unit, "assign_entity", entity_id=ENTITY)
    assert done(api, unit, "change_entity", old_entity_id=ENTITY,
                new_entity_id=OTHER_ENTITY) == {
        "status": "success",
        "message": "Product #%s assigned to entity: %d" % (
            unit.imei, OTHER_ENTITY),
        "data": names(unit, OTHER_ENTITY)}
    assert history(api, unit) == [(UNKNOWN, True), (ENTITY, True),
                                  (OTHER_ENTITY, False)]


@pytest.mark.parametrize("verb", ["remove", "remove_entity"])
def test_remove(login, unit, verb):
    api = login("ADMIN")
    done(api, unit, "assign_entity", entity_id=ENTITY)
    done(api, unit, "assign_entity", entity_id=OTHER_ENTITY)
    assert done(api, unit, verb, entity_id=ENTITY) == {
        "status": "success",
        "message": "Entity #%d removed from Product #%s" % (
            ENTITY, unit.imei),
        "data": names(unit, OTHER_ENTITY)}
    # the last one leaves it with nobody we know
    assert done(api, unit, verb, entity_id=OTHER_ENTITY)["data"] == \
        names(unit, UNKNOWN)
    assert history(api, unit) == [
        (UNKNOWN, True), (ENTITY, True), (OTHER_ENTITY, True),
        (UNKNOWN, False)]


# ---- several, again, none ----

def test_several_entities(login, unit):
    api = login("ADMIN")
    done(api, unit, "assign_entity", entity_id=OTHER_ENTITY)
    assert done(api, unit, "assign_entity", entity_id=ENTITY)["data"] == \
        names(unit, OTHER_ENTITY, ENTITY)
    for scope in "GLOBAL", "ENTITY":
        assert login("OVERVIEW", scope).get(
            "/products/" + unit.imei).status_code == 200


def test_assigned_twice_is_assigned_once(login, unit):
    api = login("ADMIN")
    for _ in range(3):
        assert done(api, unit, "assign_entity", entity_id=ENTITY)["data"] == \
            names(unit, ENTITY)
    assert history(api, unit) == [(UNKNOWN, True), (ENTITY, False)]


def test_many_at_once_is_once(server, login, unit):
    def assign(_):
        api = helio.Api(server, helio.username("ADMIN", "GLOBAL"))
        return put(api, unit, "assign_entity", entity_id=ENTITY).status_code

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert set(pool.map(assign, range(16))) == {200}
    assert history(login("ADMIN"), unit) == [(UNKNOWN, True), (ENTITY, False)]


def test_rows_that_came_twice_end_together(fresh_server):
    helio.import_rows(fresh_server.folder, [
        {"table": "product", "row": {
            "product_imei": "twice", "imsi": "1", "serial_number": "1",
            "product_type_id": 7}},
        *({"table": "product_entity_linker", "row": {
            "product_entity_linker_id": n, "product_imei": "twice",
            "entity_id": ENTITY, "date_added": "2016-01-01"}}
          for n in (1, 2))])
    server = fresh_server()
    api, unit = server.login("ADMIN"), helio.Unit(server, "twice", "")
    assert done(api, unit, "remove", entity_id=ENTITY)["data"] == \
        names(unit, UNKNOWN)
    assert history(api, unit) == [(ENTITY, True), (ENTITY, True),
                                  (UNKNOWN, False)]


def test_changed_to_one_it_has(login, unit):
    api = login("ADMIN")
    for entity in ENTITY, OTHER_ENTITY:
        done(api, unit, "assign_entity", entity_id=entity)
    assert done(api, unit, "change_entity", old_entity_id=ENTITY,
                new_entity_id=OTHER_ENTITY)["data"] == \
        names(unit, OTHER_ENTITY)
    done(api, unit, "change_entity", old_entity_id=OTHER_ENTITY,
         new_entity_id=OTHER_ENTITY)
    assert history(api, unit) == [(UNKNOWN, True), (ENTITY, True),
                                  (OTHER_ENTITY, False)]


def test_changed_from_and_to_unknown(login, unit):
    api = login("ADMIN")
    assert done(api, unit, "change_entity", old_entity_id=UNKNOWN,
                new_entity_id=ENTITY)["data"] == names(unit, ENTITY)
    assert done(api, unit, "change_entity", old_entity_id=ENTITY,
                new_entity_id=UNKNOWN)["data"] == names(unit, UNKNOWN)
    assert history(api, unit) == [(UNKNOWN, True), (ENTITY, True),
                                  (UNKNOWN, False)]


def test_removing_what_it_does_not_have(login, unit):
    api = login("ADMIN")
    for entity in ENTITY, UNKNOWN:
        assert done(api, unit, "remove_entity", entity_id=entity)["data"] == \
            names(unit, UNKNOWN)
    assert history(api, unit) == [(UNKNOWN, False)]


def test_back_again_is_a_row_of_its_own(login, unit):
    api = login("ADMIN")
    for verb in "assign_entity", "remove_entity", "assign_entity":
        done(api, unit, verb, entity_id=ENTITY)
    assert history(api, unit) == [
        (UNKNOWN, True), (ENTITY, True), (UNKNOWN, True), (ENTITY, False)]


# ---- refusals ----

def test_unknown_beside_others(login, unit):
    api = login("ADMIN")
    for entity in ENTITY, OTHER_ENTITY:
        done(api, unit, "assign_entity", entity_id=entity)
    before = history(api, unit)
    assert fault(put(api, unit, "assign_entity", entity_id=UNKNOWN),
                 "entity_id")
    assert fault(put(api, unit, "change_entity", old_entity_id=ENTITY,
                     new_entity_id=UNKNOWN), "new_entity_id")
    assert history(api, unit) == before


def test_change_from_one_it_does_not_have(login, unit):
    api = login("ADMIN")
    for new in ENTITY, OTHER_ENTITY:
        assert fault(put(api, unit, "change_entity", old_entity_id=ENTITY,
                         new_entity_id=new), "old_entity_id")
    assert history(api, unit) == [(UNKNOWN, False)]


def test_unknown_entity_stays(login, unit):
    api = login("SYSTEM")
    reply = api.delete("/entities/%d" % UNKNOWN)
    assert reply.status_code == 409, reply.text
    assert "Unknown Entity" in reply.json()["message"]
    assert api.get("/entities/%d" % UNKNOWN).status_code == 200
    assert helio.new_hub2(login("FACTORY"))


@pytest.mark.parametrize("entity", [987654321, -1, "five", 1.5, [1], "",
                                    10 ** 30, None])
def test_no_such_entity(login, unit, entity):
    api = login("ADMIN")
    for verb in "assign_entity", "remove_entity", "remove":
        fault(put(api, unit, verb, entity_id=entity), "entity_id")
    fault(put(api, unit, "change_entity", old_entity_id=entity,
              new_entity_id=ENTITY), "old_entity_id")
    fault(put(api, unit, "change_entity", old_entity_id=UNKNOWN,
              new_entity_id=entity), "new_entity_id")
    assert history(api, unit) == [(UNKNOWN, False)]


def test_arguments_are_required(login, unit):
    api = login("ADMIN")
    for verb in "assign_entity", "remove_entity", "remove":
        fault(put(api, unit, verb), "entity_id")
    reply = put(api, unit, "change_entity")
    assert fault(reply, "old_entity_id") and fault(reply, "new_entity_id")


def test_who_may(login, unit):
    for level in "OVERVIEW", "TECHNICAL":
        for verb in ("assign_entity", "change_entity", "remove_entity",
                     "remove"):
            assert put(login(level), unit, verb).status_code == 403


# ---- scope ----

def test_entities_of_others_cannot_be_named(login, unit):
    """And they look like those that do not exist."""
    api, ours = login("ADMIN"), login("ADMIN", "ENTITY")
    done(api, unit, "assign_entity", entity_id=ENTITY)
    before = history(api, unit)
    for entity in OTHER_ENTITY, UNKNOWN, 987654321:
        for verb in "assign_entity", "remove_entity", "remove":
            assert put(ours, unit, verb,
                       entity_id=entity).status_code == 404
        for old, new in (ENTITY, entity), (entity, ENTITY):
            assert put(ours, unit, "change_entity", old_entity_id=old,
                       new_entity_id=new).status_code == 404
    assert history(api, unit) == before


def test_units_of_others_are_unknown(login, unit):
    done(login("ADMIN"), unit, "assign_entity", entity_id=OTHER_ENTITY)
    assert put(login("ADMIN", "ENTITY"), unit, "assign_entity",
               entity_id=ENTITY).status_code == 404


def test_other_owners_are_not_told(login, unit):
    for entity in ENTITY, OTHER_ENTITY:
        done(login("ADMIN"), unit, "assign_entity", entity_id=entity)
    ours = login("ADMIN", "ENTITY")
    assert done(ours, unit, "assign_entity", entity_id=ENTITY)["data"] == \
        names(unit, ENTITY)


def test_given_away(login, unit):
    """Who gives a unit up does not see it any more."""
    done(login("ADMIN"), unit, "assign_entity", entity_id=ENTITY)
    ours = login("ADMIN", "ENTITY")
    assert done(ours, unit, "remove_entity", entity_id=ENTITY)["data"] == \
        {unit.imei: []}
    assert ours.get("/products/" + unit.imei).status_code == 404
    assert history(login("ADMIN"), unit) == [
        (UNKNOWN, True), (ENTITY, True), (UNKNOWN, False)]
