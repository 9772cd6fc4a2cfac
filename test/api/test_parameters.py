"""Settings: wished for, applied by the unit, history; the energy limit and
the two flags that credit hangs on."""
import datetime

import pytest
import requests

import helio

KINDS = {"product": "product_parameters", "part": "part_parameters"}
ACTIVATED, MONITORED, UNMONITORED, IN_REPAIR = 5, 6, 7, 8


@pytest.fixture
def new_type(system):
    """new_type(**fields) makes a parameter type; its id."""
    def make(**fields):
        reply = system.post("/parameter_types", {
            "name": "test %d" % helio.fresh(), "data_type": "int",
            "repeatable": False, "setting": True} | fields)
        assert reply.status_code == 201, reply.text
        return reply.json()["parameter_type_id"]
    return make


def pcb(system, unit):
    """The number of a part of the unit."""
    return system.query("/part_product_linker", filters=[
        {"name": "product_imei", "op": "eq", "val": unit.imei}]
    ).json()["objects"][0]["part_id"]


class Setting:
    """Settings of one type on a unit or a part of it."""

    def __init__(self, system, unit, kind, type_id):
        self.api, self.unit, self.kind = system, unit, kind
        self.path = "/" + KINDS[kind]
        self.key = kind + "_parameter_id"
        self.owner = {"product_imei": unit.imei} if kind == "product" else \
            {"part_id": pcb(system, unit)}
        self.type_id = type_id

    def post(self, value, **more):
        return self.api.post(self.path, {
            "parameter_type_id": self.type_id, "value": value,
            **self.owner, **more})

    def set(self, value, **more):
        reply = self.post(value, **more)
        assert reply.status_code == 201, reply.text
        return reply.json()[self.key]

    def row(self, key):
        return self.api.get("%s/%d" % (self.path, key)).json()

    def states(self):
        return [(r["value"], r["status"]) for r in self.api.query(
            self.path, filters=[{"name": "parameter_type_id", "op": "eq",
                                 "val": self.type_id}]).json()["objects"]]

    def offered(self, full=False):
        return [p["value"] for p in
                self.unit.get_rc(full).json()["data"]["parameters"]
                if p["kind"] == self.kind]

    def applied(self, *keys):
        return self.unit.post_rc(applied={"parameters": [
            {"kind": self.kind, "id": key} for key in keys]})


@pytest.fixture(params=KINDS)
def setting(request, system, unit, new_type):
    return Setting(system, unit, request.param, new_type())


# ---- their life ----

def test_pending_until_the_unit_applied_it(setting):
    key = setting.set("7")
    row = setting.row(key)
    assert (row["status"], row["date_added"], row["date_removed"]) == (
        "pending", None, None)
    assert setting.offered() == ["7"]
    assert setting.row(key)["status"] == "pending"  # asking confirms nothing
    setting.applied(key)
    row = setting.row(key)
    assert row["status"] == "active"
    assert row["date_added"] and row["date_removed"] is None
    assert setting.offered() == [] and setting.offered(full=True) == ["7"]


def test_next_one_removes_it_when_applied(setting):
    first = setting.set("6")
    setting.applied(first)
    second = setting.set("7")
    assert setting.states() == [("6", "active"), ("7", "pending")]
    setting.applied(second)
    assert setting.states() == [("6", "removed"), ("7", "active")]
    old, new = setting.row(first), setting.row(second)
    assert old["date_added"] < old["date_removed"] <= new["date_added"]


def test_two_in_flight(setting):
    first = setting.set("5")
    assert setting.offered() == ["5"]
    second = setting.set("6")
    row = setting.row(first)
    assert row["status"] == "expired"
    gap = [datetime.datetime.fromisoformat(row[name])
           for name in ("date_added", "date_removed")]
    assert datetime.timedelta(0) < gap[1] - gap[0] < \
        datetime.timedelta(seconds=1)
    setting.applied(first)          # it heard the first one only
    assert setting.states() == [("5", "expired"), ("6", "pending")]
    assert setting.offered() == ["6"]
    setting.applied(second)
    assert setting.states() == [("5", "expired"), ("6", "active")]


def test_applied_again_changes_nothing(setting):
    key = setting.set("5")
    setting.applied(key)
    before = setting.row(key)
    setting.applied(key, key)
    assert setting.row(key) == before


def test_a_unit_that_never_or_late_applies(setting):
    key = setting.set("5")
    for _ in range(3):
        assert setting.offered() == ["5"]
        setting.unit.post_rc(enabled=False)
    assert setting.states() == [("5", "pending")]
    setting.applied(key)
    assert setting.states() == [("5", "active")]


def test_repeatable_ones_live_side_by_side(system, unit, new_type):
    setting = Setting(system, unit, "product", new_type(repeatable=True))
    keys = [setting.set(value) for value in ("1", "2")]
    assert setting.offered() == ["1", "2"]
    setting.applied(*keys)
    keys.append(setting.set("3"))
    setting.applied(keys[2])
    assert [s for _, s in setting.states()] == ["active"] * 3


def test_settings_of_the_server_are_not_offered(system, unit, new_type):
    setting = Setting(system, unit, "product", new_type(setting=False))
    setting.set("1")
    assert setting.offered() == []


def test_settings_of_others_are_ignored(system, factory, server, unit,
                                        new_type):
    other = helio.Unit(server, *helio.new_hub2(factory))
    setting = Setting(system, other, "product", new_type())
    key = setting.set("1")
    reply = unit.post_rc(applied={"parameters": [
        {"kind": "product", "id": key}, {"kind": "part", "id": 987654321}]})
    assert reply.json()["data"]["ignored"] == [
        "applied.parameters.product.%d" % key,
        "applied.parameters.part.987654321"]
    assert setting.states() == [("1", "pending")]


def test_the_past_can_be_recorded(setting):
    waiting = setting.set("1")
    for status in "active", "removed", "expired":
        key = setting.set("9", status=status, date_added="2016-01-01",
                          date_removed="2016-02-01")
        assert setting.row(key)["date_added"] == "2016-01-01T00:00:00"
    assert setting.row(waiting)["status"] == "pending"


# ---- values ----

@pytest.mark.parametrize("fields, good, bad", [
    ({"data_type": "int", "validation_rules": {"min": 3, "max": 7}},
     ["3", "7"], ["2", "8", "3.5", "abc", " 4", "0x5"]),
    ({"data_type": "int", "validation_rules": {"min": 1, "step": 3}},
     ["1", "4"], ["2", "3"]),
    ({"data_type": "float", "validation_rules": {"min": 3.5, "max": 7.5}},
     ["3.5", "7", "5e0"], ["3.4", "inf", "nan", "1e999", "x"]),
    ({"data_type": "float", "validation_rules": {"options": [0.5, 2]}},
     ["0.5", "2"], ["1"]),
    ({"data_type": "string", "validation_rules": {
        "minlength": 2, "maxlength": 4}},
     ["ab", "éééé"], ["a", "abcde"]),
    ({"data_type": "string", "validation_rules": {"options": ["on", "off"]}},
     ["on"], ["maybe"]),
    ({"data_type": "bool", "validation_rules": {"options": None}},
     ["True", "false", "1"], ["yes", "2"]),
    ({"data_type": "datetime", "validation_rules": {"min": None}},
     ["2018-03-30", "12:30:59", "2018-03-30T10:00:00Z"],
     ["25:00:00", "12:60:00", "soon"]),
])
def test_values_obey_their_type(system, unit, new_type, fields, good, bad):
    setting = Setting(system, unit, "product", new_type(**fields))
    for value in good:
        setting.set(value)
    before = setting.states()
    for value in bad:
        reply = setting.post(value)
        assert reply.status_code == 400, value
        assert set(reply.json()["validation_errors"]) == {"value"}
    assert setting.states() == before
    key = setting.set(good[0])
    reply = system.put("%s/%d" % (setting.path, key), {"value": bad[0]})
    assert reply.status_code == 400
    assert setting.row(key)["value"] == good[0]


# ---- history ----

def history(api, unit, **arguments):
    reply = api.get("/products/%s/parameters/history" % unit.imei,
                    arguments or None)
    assert reply.status_code == 200, reply.text
    assert reply.json()["status"] == "success"
    return reply.json()


def test_full_history(server, login, setting):
    api, unit = setting.api, setting.unit
    setting.set("5")
    setting.applied(setting.set("6"))
    setting.applied(setting.set("7"))
    setting.set("8")
    reply = requests.get(
        url=server.v1 + "/products/%s/parameters/history" % unit.imei,
        headers={"Authorization": "Token token=" + login("OVERVIEW").token})
    assert reply.status_code == 200
    body = reply.json()
    assert body["status"] == "success"
    assert body["message"] == "Full parameter history for #%s returned " \
        "successfully" % unit.imei
    assert set(body["data"]) == {"part_parameters", "product_parameters"}
    parts = body["data"]["part_parameters"]
    assert set(parts) == {str(r["part_id"]) for r in api.query(
        "/part_product_linker", filters=[
            {"name": "product_imei", "op": "eq", "val": unit.imei}]
    ).json()["objects"]}
    if setting.kind == "part":
        rows = parts.pop(str(setting.owner["part_id"]))
        assert body["data"]["product_parameters"] == []
    else:
        rows = body["data"]["product_parameters"]
    assert [(r["value"], r["status"]) for r in rows] == [
        ("5", "expired"), ("6", "removed"), ("7", "active"),
        ("8", "pending")]
    assert rows == [setting.row(r[setting.key]) for r in rows]
    assert set(map(str, parts.values())) == {"[]"}


def test_as_of_a_date(setting):
    api, unit = setting.api, setting.unit
    setting.set("5")
    first, second = setting.set("6"), None
    setting.applied(first)
    second = setting.set("7")
    setting.applied(second)
    setting.set("8")
    times = [setting.row(first)["date_added"],
             setting.row(first)["date_removed"],
             setting.row(second)["date_added"]]

    def at(date, by="body"):
        if by == "query":
            reply = api.get("/products/%s/parameters/history" % unit.imei,
                            params={"date": date})
            assert reply.status_code == 200, reply.text
            data = reply.json()["data"]
        else:
            data = history(api, unit, date=date)["data"]
        rows = data["product_parameters"] if setting.kind == "product" else \
            data["part_parameters"].get(str(setting.owner.get("part_id")), [])
        return [(r["value"], r["status"], r["date_added"],
                 r["date_removed"]) for r in rows]

    for by in "body", "query":
        assert at("2016-01-01", by) == []
        assert at(times[0], by) == [("6", "active", times[0], None)]
        assert at(times[2], by) == [("7", "active", times[2], None)]
        assert at("2999-01-01 12:00:00", by) == [
            ("7", "active", times[2], None)]
    # a moment before the change
    before = datetime.datetime.fromisoformat(times[1]) - \
        datetime.timedelta(microseconds=1)
    assert at(before.isoformat()) == [("6", "active", times[0], None)]
    assert setting.row(first)["status"] == "removed"    # reading only


def test_as_of_a_date_says_so(system, unit):
    assert unit.imei in history(system, unit, date="2020-02-02")["message"]
    body = history(system, unit, date="2020-02-02")
    assert body["data"] == {"part_parameters": {}, "product_parameters": []}
    blank = history(system, unit, date="")
    assert blank["message"].startswith("Full parameter history")


@pytest.mark.parametrize("date", ["yesterday", "2016-13-01", 12, [1], {},
                                  "12:00"])
def test_bad_date(system, unit, date):
    reply = system.get("/products/%s/parameters/history" % unit.imei,
                       {"date": date})
    assert reply.status_code == 400, reply.text
    assert "date" in reply.json()["validation_errors"]


def test_history_of_others(login, unit):
    path = "/products/%s/parameters/history"
    assert login("OVERVIEW").get(path % "nobody").status_code == 404
    assert login("SYSTEM", "ENTITY").get(path % unit.imei).status_code == 404


def test_part_that_moved_on(system, factory, server, unit, new_type):
    """A part's settings belong to the unit while it sits there."""
    setting = Setting(system, unit, "part", new_type())
    setting.applied(setting.set("1"))
    linker = system.query("/part_product_linker", filters=[
        {"name": "part_id", "op": "eq", "val": setting.owner["part_id"]}]
    ).json()["objects"][0]
    system.put("/part_product_linker/%d" % linker["part_product_linker_id"],
               {"date_added": "2020-01-01", "date_removed": "2021-01-01"})
    part = str(setting.owner["part_id"])
    assert part in history(system, unit)["data"]["part_parameters"]
    assert part in history(system, unit, date="2020-06-01")["data"][
        "part_parameters"]
    assert part not in history(system, unit, date="2021-01-01")["data"][
        "part_parameters"]


# ---- the energy limit ----

def move(system, unit, *states):
    for state in states:
        reply = system.put("/products/%s/change_state" % unit.imei,
                           {"new_state": state})
        assert reply.status_code == 200, reply.text


@pytest.fixture
def active(system, unit):
    move(system, unit, 3, ACTIVATED)
    return unit


def suggest(api, unit, limit):
    return api.put("/products/%s/suggest_energy_limit" % unit.imei,
                   {"energy_limit": limit})


def suggested(api, unit, limit):
    reply = suggest(api, unit, limit)
    assert reply.status_code == 200, reply.text
    assert reply.json()["status"] == "success"
    return reply.json()


def set_parameter(system, unit, name, value, **more):
    types = system.query("/parameter_types", filters=[
        {"name": "name", "op": "eq", "val": name}]).json()["objects"]
    reply = system.post("/product_parameters", {
        "product_imei": unit.imei, "value": value,
        "parameter_type_id": types[0]["parameter_type_id"], **more})
    assert reply.status_code == 201, reply.text


def test_suggested_limit_is_applied(login, active):
    body = suggested(login("TECHNICAL"), active, "50")
    assert body["data"] == {"requested": 50, "applied": 50,
                            "max_energy_limit": None,
                            "min_energy_limit": None, "bounded": False}
    wishes = active.get_rc().json()["data"]["parameters"]
    assert [(p["name"], p["value"]) for p in wishes] == [
        ("energy_limit", "50")]
    suggested(login("TECHNICAL"), active, "60.5")
    wishes = active.get_rc().json()["data"]["parameters"]
    assert [p["value"] for p in wishes] == ["60.5"]


@pytest.mark.parametrize("status", ["pending", "active"])
def test_limit_is_cut_to_the_cap(login, system, active, status):
    set_parameter(system, active, "energy_limit_cap", "40", status=status)
    body = suggested(login("TECHNICAL"), active, "50")
    assert "truncated" in body["message"]
    assert body["data"] == {"requested": 50, "applied": 40,
                            "max_energy_limit": 40, "min_energy_limit": None,
                            "bounded": True}
    body = suggested(login("TECHNICAL"), active, "40")
    assert body["data"]["bounded"] is False
    assert body["data"]["applied"] == 40


def test_cap_that_is_no_number_is_none(login, system, active):
    set_parameter(system, active, "energy_limit_cap", "n/a", status="active")
    body = suggested(login("TECHNICAL"), active, "50")
    assert body["data"]["applied"] == 50
    assert body["data"]["max_energy_limit"] is None


def test_accessories_fix_the_limit(login, system, active):
    set_parameter(system, active, "total_accessory_energy", "12")
    reply = suggest(login("TECHNICAL"), active, "50")
    assert reply.status_code == 400
    assert "total_accessory_energy" in reply.json()["validation_errors"][
        "energy_limit"]
    assert [p["name"] for p in active.get_rc().json()["data"][
        "parameters"]] == ["total_accessory_energy"]


def test_states_that_may_have_a_limit(login, system, unit):
    api = login("TECHNICAL")
    assert suggest(api, unit, "50").status_code == 400
    for state, status in [(3, 400), (4, 400), (ACTIVATED, 200),
                          (MONITORED, 200), (UNMONITORED, 400),
                          (IN_REPAIR, 200), (9, 400)]:
        move(system, unit, state)
        reply = suggest(api, unit, "50")
        assert reply.status_code == status, state
        if status == 400:
            assert "state" in reply.json()["validation_errors"]


@pytest.mark.parametrize("limit", ["much", "-1", -1, "nan", "inf", None, "",
                                   [], {}, True])
def test_bad_limit(login, active, limit):
    reply = suggest(login("TECHNICAL"), active, limit)
    assert reply.status_code == 400, reply.text
    assert "energy_limit" in reply.json()["validation_errors"]
    assert active.get_rc().json()["data"]["parameters"] == []


def test_defaults_by_battery_state_and_entity(fresh_server):
    folder = fresh_server.folder
    helio.import_rows(folder, [
        {"table": "default_energy_limit", "row": {
            "default_energy_limit_id": n, "battery_type_id": 72,
            "state_type_id": state, "entity_id": entity, "energy_limit": 10,
            "max_energy_limit": most, "min_energy_limit": least}}
        for n, state, entity, most, least in [
            (1, ACTIVATED, None, 100, 20), (2, MONITORED, None, 80, 30),
            (3, ACTIVATED, helio.ENTITY, 90, 25)]])
    server = fresh_server()
    system = server.login("SYSTEM")
    n = helio.fresh()
    reply = system.post("/products/create_enterprise", {
        "imei": "35%013d" % n, "imsi": "20%013d" % n,
        "device_key": "k%023d" % n, "solar_panel_wattage": 100,
        "battery": {"part_type_id": 72, "serial_number": "B%d" % n}})
    assert reply.status_code == 200, reply.text
    unit = helio.Unit(server, "35%013d" % n, "k%023d" % n)

    def bounds(limit):
        data = suggested(system, unit, limit)["data"]
        return data["applied"], data["min_energy_limit"], \
            data["max_energy_limit"]

    move(system, unit, 3, ACTIVATED)
    assert bounds("200") == (100, 20, 100)
    assert bounds("5") == (20, 20, 100)
    system.put("/products/%s/assign_entity" % unit.imei,
               {"entity_id": helio.ENTITY})
    assert bounds("200") == (90, 25, 90)
    move(system, unit, MONITORED)
    assert bounds("200") == (80, 30, 80)
    set_parameter(system, unit, "energy_limit_cap", "500")
    assert bounds("200") == (80, 30, 80)
    set_parameter(system, unit, "energy_limit_cap", "25")
    assert bounds("200") == (25, 30, 25)


# ---- flags that credit hangs on ----

def test_set_dcm_enabled_flag(login, system, unit):
    for on in True, True, False:
        reply = login("TECHNICAL").put(
            "/products/%s/set_dcm_enabled_flag" % unit.imei, {"enabled": on})
        assert reply.status_code == 200
        assert reply.json() == {
            "status": "success", "data": None,
            "message": "Product %s. DCM Enabled Flag set to %s" % (
                unit.imei, on)}
        product = system.get("/products/" + unit.imei).json()
        assert product["dcm_enabled_flag"] is on


def test_units_that_are_dcm_by_type(login, system, unit):
    before = system.put("/products/" + unit.imei,
                        {"product_type_id": 17}).json()
    for on in True, False:
        reply = login("TECHNICAL").put(
            "/products/%s/set_dcm_enabled_flag" % unit.imei, {"enabled": on})
        assert reply.status_code == 400
        assert "BP20" in reply.json()["validation_errors"]["enabled"]
    assert system.get("/products/" + unit.imei).json() == before


def test_set_is_payg(login, system, unit):
    for on in False, True, True:
        reply = login("TECHNICAL").put(
            "/products/%s/set_is_payg" % unit.imei, {"is_payg": on})
        assert reply.status_code == 200
        assert reply.json() == {
            "status": "success", "data": None,
            "message": "is_payg for the Product %s, has been set to=%s" % (
                unit.imei, on)}
        assert system.get("/products/" + unit.imei).json()["is_payg"] is on


@pytest.mark.parametrize("verb, name", [
    ("set_dcm_enabled_flag", "enabled"), ("set_is_payg", "is_payg")])
@pytest.mark.parametrize("value", [None, "perhaps", 2, [], {}])
def test_bad_flag(login, unit, verb, name, value):
    for body in {name: value}, {}:
        reply = login("TECHNICAL").put(
            "/products/%s/%s" % (unit.imei, verb), body)
        assert reply.status_code == 400, reply.text
        assert name in reply.json()["validation_errors"]
