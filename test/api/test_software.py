"""Firmware: ordered, locked, expired, offered, confirmed by the unit."""
import pytest
import requests

import helio

LINK = "https://firmware.example.com/%s.bin"


@pytest.fixture
def version(system):
    """version(**fields) makes a release; its row."""
    def make(**fields):
        n = helio.fresh()
        reply = system.post("/software_version_types", {
            "name": "test-%d" % n, "release_date": "2020-01-01T00:00:00",
            "status": "stable", "link": LINK % n,
            "checksum": "%08x" % n} | fields)
        assert reply.status_code == 201, reply.text
        return reply.json()
    return make


def linkers(api, unit):
    """(version, added, removed, attempts) of each row, oldest first."""
    rows = api.query("/product_software_linker", filters=[
        {"name": "product_imei", "op": "eq", "val": unit.imei}]
    ).json()["objects"]
    return [(r["software_version_type_id"], r["date_added"] is not None,
             r["date_removed"] is not None, r["update_attempts"])
            for r in rows]


def put(api, unit, verb, software=Ellipsis):
    body = None if software is Ellipsis else {"software": software}
    return api.put("/products/%s/%s" % (unit.imei, verb), body)


def order(api, unit, software):
    reply = put(api, unit, "update_software", software)
    assert reply.status_code == 200, reply.text


def offered(unit):
    return unit.get_rc().json()["data"]["software"]


def key(version):
    return version["software_version_type_id"]


def refused(reply):
    assert reply.status_code == 400, reply.text
    body = reply.json()
    assert body["status"] == "validation-error"
    return body["validation_errors"]["software"]


# ---- the documents' examples ----

@pytest.mark.parametrize("by", ["software_version_type_id", "name"])
def test_update(server, system, unit, version, by):
    new = version()
    reply = requests.put(
        url=server.v1 + "/products/%s/update_software" % unit.imei,
        json={"software": new[by]},
        headers={"Authorization": "Token token=" + system.token})
    assert reply.status_code == 200
    assert reply.json() == {
        "status": "success", "data": None,
        "message": "#%s updated to software_version %s" % (
            unit.imei, new["name"])}
    assert linkers(system, unit) == [(key(new), False, False, 0)]


def test_number_as_text(system, unit, version):
    new = version()
    order(system, unit, str(key(new)))
    assert linkers(system, unit) == [(key(new), False, False, 0)]


def test_lock_and_unlock(system, unit, version):
    new = version()
    reply = put(system, unit, "lock_software", new["name"])
    assert reply.status_code == 200
    assert reply.json() == {
        "status": "success",
        "message": "#%s updated and locked to software_version %s" % (
            unit.imei, new["name"]),
        "data": {"software_lock_id": key(new),
                 "software_lock_name": new["name"]}}
    product = system.get("/products/" + unit.imei).json()
    assert product["software_lock"] == key(new)
    assert linkers(system, unit) == [(key(new), False, False, 0)]
    reply = put(system, unit, "lock_software", None)
    assert reply.status_code == 200
    assert reply.json() == {
        "status": "success",
        "message": "#%s software_lock is now removed" % unit.imei,
        "data": {"software_lock_id": None, "software_lock_name": None}}
    product = system.get("/products/" + unit.imei).json()
    assert product["software_lock"] is None


@pytest.mark.parametrize("body", [None, {}, {"software": ""},
                                  {"software": None}])
def test_blank_unlocks(system, unit, version, body):
    put(system, unit, "lock_software", version()["name"])
    reply = system.put("/products/%s/lock_software" % unit.imei, body)
    assert reply.json()["data"]["software_lock_id"] is None
    order(system, unit, version()["name"])


def test_expire(system, unit, version):
    none = {"status": "success", "data": None,
            "message": "Product %s had no pending updates to expire"
            % unit.imei}
    assert put(system, unit, "expire_software_updates").json() == none
    new = version()
    order(system, unit, new["name"])
    assert put(system, unit, "expire_software_updates").json() == {
        "status": "success", "data": None,
        "message": "Product %s had 1 software update(s) expired" % unit.imei}
    assert linkers(system, unit) == [(key(new), False, True, 0)]
    assert offered(unit) is None
    assert put(system, unit, "expire_software_updates").json() == none


# ---- refusals ----

def test_locked_unit_refuses_updates(system, unit, version):
    kept = version()
    put(system, unit, "lock_software", kept["name"])
    for other in version()["name"], kept["name"]:
        assert kept["name"] in refused(
            put(system, unit, "update_software", other))
    assert len(linkers(system, unit)) == 1


def test_lock_moves_to_another_version(system, unit, version):
    first, second = version(), version()
    put(system, unit, "lock_software", key(first))
    reply = put(system, unit, "lock_software", key(second))
    assert reply.json()["data"]["software_lock_id"] == key(second)
    assert linkers(system, unit) == [(key(first), False, True, 0),
                                     (key(second), False, False, 0)]


@pytest.mark.parametrize("verb", ["update_software", "lock_software"])
@pytest.mark.parametrize("software", [
    987654321, "no such version", 10 ** 30, True, ["3.2"], {"id": 1}, -1, 1.5])
def test_unknown_version(system, unit, verb, software):
    refused(put(system, unit, verb, software))
    assert linkers(system, unit) == []


def test_version_is_required(system, unit):
    for body in None, {}, {"software": None}:
        reply = system.put("/products/%s/update_software" % unit.imei, body)
        refused(reply)


@pytest.mark.parametrize("verb", ["update_software", "lock_software"])
def test_version_of_another_kind_of_unit(fresh_server, verb):
    server = fresh_server()
    api = server.login("SYSTEM")
    imei, _ = helio.new_hub2(server.login("FACTORY"))
    path = "/products/%s/%s" % (imei, verb)
    # while nothing is listed for the kind, everything goes
    assert api.put(path, {"software": "3.2"}).status_code == 200
    assert api.put("/products/%s/lock_software" % imei).status_code == 200
    reply = api.post("/product_type_software_version_type_linker", {
        "product_type_id": 7, "software_version_type_id": 9})
    assert reply.status_code == 201
    assert "3.2" in refused(api.put(path, {"software": "3.2"}))
    assert api.put(path, {"software": "hub-stc-1"}).status_code == 200


def test_who_may(login, unit):
    for verb in "update_software", "lock_software", "expire_software_updates":
        for level in helio.LEVELS[:-1]:
            assert put(login(level), unit, verb).status_code == 403
        path = "/products/%s/" + verb
        reply = login("SYSTEM", "ENTITY").put(
            path % unit.imei, {"software": "3.2"})
        assert reply.status_code == 404
        assert login("SYSTEM").put(
            path % "nobody", {"software": "3.2"}).status_code == 404


# ---- the unit ----

def test_offered_until_the_unit_runs_it(system, unit, version):
    new = version()
    order(system, unit, new["name"])
    for attempt in 1, 2, 3:
        assert offered(unit) == {
            "name": new["name"], "link": new["link"],
            "checksum": new["checksum"]}
        assert linkers(system, unit) == [(key(new), False, False, attempt)]
    unit.post_rc(software=new["name"])
    assert linkers(system, unit) == [(key(new), True, False, 3)]
    assert offered(unit) is None
    assert linkers(system, unit) == [(key(new), True, False, 3)]


def test_a_unit_that_never_answers(system, unit, version):
    new = version()
    order(system, unit, new["name"])
    order(system, unit, new["name"])
    assert linkers(system, unit) == [(key(new), False, False, 0)]


def test_a_late_answer(system, unit, version):
    old, new = version(), version()
    unit.post_rc(software=old["name"])
    order(system, unit, new["name"])
    for _ in range(3):
        unit.post_rc(software=old["name"])
        assert linkers(system, unit) == [(key(old), True, False, 0),
                                         (key(new), False, False, 0)]
    unit.post_rc(software=new["name"])
    assert linkers(system, unit) == [(key(old), True, True, 0),
                                     (key(new), True, False, 0)]


def test_a_unit_that_runs_something_else(system, unit, version):
    new, other = version(), version()
    order(system, unit, new["name"])
    unit.post_rc(software=other["name"])
    assert linkers(system, unit) == [(key(new), False, False, 0),
                                     (key(other), True, False, 0)]
    assert offered(unit)["name"] == new["name"]


def test_two_orders_in_flight(system, unit, version):
    first, second = version(), version()
    order(system, unit, first["name"])
    assert offered(unit)["name"] == first["name"]
    order(system, unit, second["name"])
    unit.post_rc(software=first["name"])    # it heard the first one only
    assert offered(unit)["name"] == second["name"]
    unit.post_rc(software=second["name"])
    assert linkers(system, unit) == [
        (key(first), False, True, 1), (key(second), True, False, 1),
        (key(first), True, True, 0)]


def test_what_it_runs_already_is_no_update(system, unit, version):
    now, other = version(), version()
    unit.post_rc(software=now["name"])
    order(system, unit, other["name"])
    order(system, unit, now["name"])
    assert linkers(system, unit) == [(key(now), True, False, 0),
                                     (key(other), False, True, 0)]
    assert offered(unit) is None


def test_unknown_firmware_is_named_and_changes_nothing(system, unit):
    reply = unit.post_rc(software="home made")
    assert reply.json()["data"]["ignored"] == ["software"]
    assert linkers(system, unit) == []


# ---- the latest of a product type ----

def test_latest_software(fresh_server):
    server = fresh_server()
    api = server.login("SYSTEM")
    imei, secret = helio.new_hub2(server.login("FACTORY"))
    unit = helio.Unit(server, imei, secret)
    for name, date, status in [
            ("old", "2020-01-01", "stable"), ("new", "2021-01-01", "stable"),
            ("trial", "2022-01-01", "beta")]:
        assert api.post("/software_version_types", {
            "name": name, "release_date": date, "status": status,
        }).status_code == 201

    def latest():
        names = {v["software_version_type_id"]: v["name"] for v in
                 api.get("/software_version_types?results_per_page=100")
                 .json()["objects"]}
        return [(names[row["software_version_type_id"]],
                 row["date_removed"] is None)
                for row in api.get("/product_types/7/latest_software")
                .json()["objects"]]

    order(api, unit, "old")
    assert latest() == [("old", True)]
    unit.post_rc(software="new")
    assert latest() == [("old", False), ("new", True)]
    for name in "trial", "old":
        order(api, unit, name)
    assert latest() == [("old", False), ("new", True)]
