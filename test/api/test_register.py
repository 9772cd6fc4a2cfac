"""Registration of control boards and products, as the documents show it."""
import json

import pytest
import requests

import helio

KEY = "4ab1ab3ab1ab7ab9ab1ab4ab"


def numbers():
    """An IMEI, IMSI and key that nobody has."""
    n = helio.fresh()
    return {"imei": "01%013d" % n, "imsi": "21%013d" % n,
            "device_key": "k%023d" % n}


def post(server, api, path, data):
    """A request in the words of the documents."""
    url = server.v1 + path
    headers = {"Content-Type": "application/json",
               "Authorization": "Token token=" + api.token}
    return requests.post(url=url, data=json.dumps(data), headers=headers)


def pcb(server, api, kind, **more):
    given = dict(numbers(), **more)
    r = post(server, api, "/parts/create_%s_pcb" % kind, given)
    assert r.status_code == (201 if kind == "koala" else 200), r.text
    return given


def battery(part_type):
    return {"part_type_id": part_type,
            "serial_number": "BC4pDRSReEF%d" % helio.fresh()}


@pytest.mark.parametrize("kind, part_type", [("tiger", 44), ("hyena", 77)])
def test_tiger_and_hyena_pcb(server, factory, kind, part_type):
    given = dict(numbers(), manufacturer="A Factory")
    r = post(server, factory, "/parts/create_%s_pcb" % kind, given)
    assert r.status_code == 200
    reply = r.json()
    serial = reply["data"]["pcb"]["properties"].pop("serial_number")
    assert serial.startswith("HB000501-")
    assert reply == {
        "status": "success",
        "message": "new pcb part and sim successfully created",
        "data": {"pcb": {"part_type_id": part_type,
                         "properties": {"device_key": given["device_key"],
                                        "imei": given["imei"],
                                        "imsi": given["imsi"]},
                         "serial_number": given["imei"],
                         "manufacturer": "A Factory"},
                 "sim": {"part_type_id": 43,
                         "serial_number": given["imsi"]}}}


def test_koala_pcb(server, factory):
    given = dict(numbers(), manufacturer="A Factory",
                 iccid="6668%016d" % helio.fresh())
    r = post(server, factory, "/parts/create_koala_pcb", given)
    assert r.status_code == 201
    reply = r.json()
    serial = reply["data"]["pcb"]["properties"].pop("serial_number")
    assert serial.startswith("BX0020-")
    assert reply == {
        "status": "success",
        "message": "new koala pcb successfully created.",
        "data": {"pcb": {"part_type_id": 122,
                         "properties": {"device_key": given["device_key"],
                                        "erp_code_override": "PA01040102",
                                        "iccid": given["iccid"],
                                        "imei": given["imei"],
                                        "imsi": given["imsi"]},
                         "serial_number": given["imei"],
                         "manufacturer": "A Factory"},
                 "sim": {"part_type_id": 43,
                         "serial_number": given["iccid"]}}}


def test_jackal_pcb(server, factory):
    given = dict(numbers(), manufacturer="A Factory")
    r = post(server, factory, "/parts/create_jackal_pcb", given)
    assert r.status_code == 200
    assert r.json() == {
        "status": "success",
        "message": "new jackal pcb successfully created.",
        "data": {"pcb": {"part_type_id": 158,
                         "properties": {"device_key": given["device_key"],
                                        "erp_code_override": "PA04010102",
                                        "iccid": None,
                                        "imei": given["imei"],
                                        "imsi": given["imsi"]},
                         "manufacturer": "A Factory"},
                 "sim": {"part_type_id": 43,
                         "serial_number": given["imsi"]}}}


def check_product(reply, given, product_type, name, parts):
    """The older replies: hub2, enterprise, home2."""
    data = reply["data"]
    serial = data["product"]["serial_number"]
    assert serial.startswith("HB000501-")
    assert reply["status"] == "success"
    assert reply["message"] == "%s: %s - (%s) created." % (
        name, serial, given["imei"])
    assert data["product"] == {
        "device_key": given["device_key"], "imsi": given["imsi"],
        "product_imei": given["imei"], "product_type_id": product_type,
        "serial_number": serial, "assembler": "Assembly House 1"}
    assert set(data) == {"product", *parts}
    for part in data.keys() - {"product"}:
        assert isinstance(data[part].pop("part_id"), int)
    assert data["sim"] == {"imsi": given["imsi"], "part_type_id": 43}
    assert data["pcb"]["serial"] == given["imei"]


def test_create_hub2(server, factory):
    given = numbers()
    r = post(server, factory, "/products/create_hub2", dict(
        given, product={"assembler": "Assembly House 1"}))
    assert r.status_code == 200
    check_product(r.json(), given, 7, "Hub2Product", ["pcb", "sim"])


def test_create_enterprise(server, factory):
    given, cell = numbers(), battery(72)
    r = post(server, factory, "/products/create_enterprise", dict(
        given, battery=cell, solar_panel_wattage=100,
        product={"assembler": "Assembly House 1"}))
    assert r.status_code == 200
    reply = r.json()
    check_product(reply, given, 4, "EnterpriseProduct",
                  ["battery", "pcb", "sim"])
    assert reply["data"]["battery"] == {
        "part_type_id": 72, "serial": cell["serial_number"]}


@pytest.mark.parametrize("kind, board, product_type, name, cell, more", [
    ("home2", "tiger", 6, "Home2Product", 45, {}),
    ("enterprise", "hyena", 4, "EnterpriseProduct", 72,
     {"solar_panel_wattage": 100}),
    ("hub2", "hyena", 7, "Hub2Product", None, {})])
def test_create_product(server, factory, kind, board, product_type, name,
                        cell, more):
    given = pcb(server, factory, board)
    body = dict(more, pcb_imei=given["imei"],
                product={"assembler": "Assembly House 1"})
    parts = ["pcb", "sim"]
    if cell:
        body["battery"] = battery(cell)
        parts.append("battery")
    r = post(server, factory, "/products/create_product/" + kind, body)
    assert r.status_code == 200, r.text
    check_product(r.json(), given, product_type, name, parts)


def test_create_home3(server, factory):
    given = pcb(server, factory, "jackal",
                iccid="6668%016d" % helio.fresh())
    cell = battery(18004)
    r = post(server, factory, "/products/create_product/home3", {
        "pcb_imei": given["imei"], "battery": cell})
    assert r.status_code == 200, r.text
    reply = r.json()
    data = reply["data"]
    serial = data["product"]["serial_number"]
    assert serial.startswith("PA040000-")
    for part in ("battery", "pcb", "sim"):
        assert isinstance(data[part].pop("part_id"), int)
    assert reply == {
        "status": "success",
        "message": "new Home3 product successfully created.",
        "data": {
            "battery": cell,
            "pcb": {"part_type_id": 158,
                    "properties": {
                        "device_key": given["device_key"],
                        "erp_code_override": "PA04010102",
                        "iccid": given["iccid"], "imei": given["imei"],
                        "imsi": given["imsi"], "serial_number": serial},
                    "serial_number": given["imei"]},
            "product": {"device_key": given["device_key"],
                        "iccid": given["iccid"], "imei": given["imei"],
                        "imsi": given["imsi"],
                        "product_imei": given["imei"],
                        "product_type_id": 10, "serial_number": serial},
            "sim": {"part_type_id": 43, "serial_number": given["iccid"]}}}


def test_the_unit_is_complete(server, factory):
    """State, entity, parts and flags of a new unit."""
    given = numbers()
    factory.post("/products/create_enterprise", dict(
        given, battery=battery(72), solar_panel_wattage=100))
    path = "/products/" + given["imei"]
    product = factory.get(path).json()
    assert product["current_enable_flag"] is False
    assert product["desired_enable_flag"] is False
    assert product["imsi"] == given["imsi"]

    def rows(table, **by):
        by["product_imei"] = given["imei"]
        return factory.query("/" + table, filters=[
            {"name": k, "op": "eq", "val": v} for k, v in by.items()]
        ).json()["objects"]
    state, = rows("states")
    assert state["prev_state_type"] == 1 and state["current_state_type"] == 2
    assert product["latest_state_id"] == state["state_id"]
    owner, = rows("product_entity_linker")
    assert owner["entity_id"] == 1 and owner["date_removed"] is None
    assert len(rows("part_product_linker")) == 4
    wattage, = rows("product_parameters")
    assert wattage["value"] == "100" and wattage["status"] == "active"


def test_the_creators_entity(server, login):
    ours = login("FACTORY", "ENTITY")
    given = numbers()
    assert ours.post("/products/create_hub2", given).status_code == 200
    assert ours.get("/products/" + given["imei"]).status_code == 200
    linkers = ours.query("/product_entity_linker", filters=[
        {"name": "product_imei", "op": "eq", "val": given["imei"]}])
    assert [x["entity_id"] for x in linkers.json()["objects"]] == [
        helio.ENTITY]


@pytest.mark.parametrize("path", [
    "/parts/create_tiger_pcb", "/parts/create_hyena_pcb",
    "/parts/create_koala_pcb", "/parts/create_jackal_pcb",
    "/products/create_hub2", "/products/create_enterprise",
    "/products/create_product/home2", "/products/create_product/home3",
    "/products/create_product/hub2", "/products/create_product/enterprise"])
def test_who_may_create(server, login, path):
    for level in ("OVERVIEW", "TECHNICAL", "ADMIN"):
        assert login(level).post(path, {}).status_code == 403
    r = login("FACTORY").post(path, {})
    assert r.status_code == 400
    reply = r.json()
    assert reply["status"] == "validation-error"
    assert reply["data"] == reply["validation_errors"]
    assert set(reply["data"]) >= ({"pcb_imei"} if "create_product" in path
                                  else {"imei", "imsi", "device_key"})


def faults(reply):
    assert reply.status_code == 400, reply.text
    assert reply.json()["status"] == "validation-error"
    return set(reply.json()["validation_errors"])


def count(api, path):
    return api.query(path, limit=1).json()["num_results"]


@pytest.mark.parametrize("change, named", [
    ({"imei": "12345678901234567"}, {"imei"}),
    ({"imei": "a b"}, {"imei"}),
    ({"imei": "a_b"}, {"imei"}),
    ({"imei": ""}, {"imei"}),
    ({"imei": None}, {"imei"}),
    ({"imei": ["1"]}, {"imei"}),
    ({"imsi": "12345"}, {"imsi"}),
    ({"imsi": "1234567890123456"}, {"imsi"}),
    ({"imsi": "abcdefg"}, {"imsi"}),
    ({"device_key": "k" * 25}, {"device_key"}),
    ({"device_key": "with blank"}, {"device_key"}),
    ({"device_key": "\u00e9"}, {"device_key"}),
    ({"iccid": "a/b"}, {"iccid"}),
    ({"pcb_part_type_id": 44}, {"pcb_part_type_id"}),
    ({"pcb_part_type_id": 43}, {"pcb_part_type_id"}),
    ({"pcb_part_type_id": "x"}, {"pcb_part_type_id"}),
    ({"pcb_part_type_id": 2 ** 63 - 1}, {"pcb_part_type_id"}),
    ({"sim_part_type_id": 77}, {"sim_part_type_id"}),
    ({"product": {"hub_id": 999999}}, {"hub_id"}),
    ({"product": {"current_enable_flag": True}}, {"current_enable_flag"}),
    ({"product": {"warranty_start_date": "soon"}}, {"warranty_start_date"}),
    ({"product": 5}, {"product"}),
    ({"imei": "a b", "imsi": "1", "device_key": "", "sim_part_type_id": 1e9,
      "product": {"hub_id": -1}},
     {"imei", "imsi", "device_key", "sim_part_type_id", "hub_id"})])
def test_what_is_refused(server, factory, change, named):
    before = count(factory, "/parts"), count(factory, "/products")
    r = factory.post("/products/create_hub2", {**numbers(), **change})
    assert faults(r) == named
    assert (count(factory, "/parts"), count(factory, "/products")) == before


def test_duplicates_are_all_named(server, factory):
    given = numbers()
    assert factory.post("/products/create_hub2", given).status_code == 200
    r = factory.post("/products/create_hub2", given)
    assert faults(r) == {"imei", "imsi", "device_key"}
    r = factory.post("/products/create_hub2", {
        **numbers(), "device_key": given["device_key"]})
    assert faults(r) == {"device_key"}


def test_duplicate_iccid(server, factory):
    iccid = "6668%016d" % helio.fresh()
    pcb(server, factory, "tiger", iccid=iccid)
    r = factory.post("/parts/create_tiger_pcb", {**numbers(), "iccid": iccid})
    assert faults(r) == {"iccid"}


def test_a_pcb_is_used_once(server, factory):
    given = pcb(server, factory, "hyena")
    body = {"pcb_imei": given["imei"]}
    path = "/products/create_product/hub2"
    assert factory.post(path, body).status_code == 200
    assert faults(factory.post(path, body)) == {"pcb_imei"}
    assert faults(factory.post(path, {"pcb_imei": "nobody"})) == {"pcb_imei"}


@pytest.mark.parametrize("board, kind", [
    ("hyena", "home2"), ("tiger", "home3"), ("jackal", "hub2"),
    ("koala", "enterprise"), ("koala", "home2")])
def test_wrong_pcb_for_the_product(server, factory, board, kind):
    given = pcb(server, factory, board)
    r = factory.post("/products/create_product/" + kind, {
        "pcb_imei": given["imei"], "battery": battery(45)})
    assert faults(r) == {"pcb_imei"}


@pytest.mark.parametrize("cell, named", [
    (None, {"battery"}), ("x", {"battery"}),
    ({}, {"battery.part_type_id", "battery.serial_number"}),
    ({"part_type_id": 44, "serial_number": "B1"}, {"battery.part_type_id"}),
    ({"part_type_id": 99999, "serial_number": "B1"},
     {"battery.part_type_id"}),
    ({"part_type_id": 45, "serial_number": 5}, {"battery.serial_number"})])
def test_bad_batteries(server, factory, cell, named):
    given = pcb(server, factory, "tiger")
    r = factory.post("/products/create_product/home2", {
        "pcb_imei": given["imei"], "battery": cell})
    assert faults(r) == named


def test_a_battery_is_in_one_unit(server, factory, system):
    cell = battery(45)
    spare = battery(45)
    made = system.post("/parts", {
        "serial_number": spare["serial_number"], "part_type_id": 45}).json()

    def home2(used):
        given = pcb(server, factory, "tiger")
        return factory.post("/products/create_product/home2", {
            "pcb_imei": given["imei"], "battery": used})
    assert home2(cell).status_code == 200
    assert faults(home2(cell)) == {"battery.serial_number"}
    reused = home2(spare).json()["data"]["battery"]
    assert reused["part_id"] == made["part_id"]


def test_a_form_body(server, factory):
    """Flat arguments may come as a form."""
    r = requests.post(
        server.v1 + "/products/create_hub2", data=numbers(),
        headers={"Authorization": "Token token=" + factory.token})
    assert r.status_code == 200, r.text


def test_bodies_that_are_no_object(server, factory):
    for body in ("[]", "5", "{", '"x"'):
        r = factory.post("/products/create_hub2", body)
        assert r.status_code == 400
        assert r.json()["status"] == "error"
