"""/current_enable_status: every unit's, for an ERP to compare with."""
import helio

PATH = "/current_enable_status"


def find(api, imei):
    page = 1
    while True:
        reply = api.get(PATH, params={"page": page, "results_per_page": 100})
        assert reply.status_code == 200, reply.text
        for unit in reply.json()["data"]:
            if unit["product_imei"] == imei:
                return unit
        assert reply.json()["data"], "not listed"
        page += 1


def test_the_documents_reply(factory, unit, login):
    unit.post_rc(enabled=False)
    login("TECHNICAL").put("/products/%s/enable" % unit.imei)
    product = factory.get("/products/" + unit.imei).json()
    history = factory.get("/enable_history/%d" %
                          product["latest_enable_history_id"]).json()
    state = factory.get("/states/%d" % product["latest_state_id"]).json()
    kind = factory.get("/product_types/%d" %
                       product["product_type_id"]).json()
    shown = find(factory, unit.imei)
    entity = shown.pop("entity"), shown.pop("entity_id")
    assert shown == {
        "current_enable_state": "pending_enabled",
        "current_state_type": state["current_state_type"],
        "date": history["date"], "dcm_enabled_flag": False,
        "hardware_type": kind["name"], "prev_enable_state": "init",
        "product_imei": unit.imei,
        "product_type_id": product["product_type_id"],
        "serial_number": product["serial_number"],
        "total_accessory_energy": None,
        "user": helio.username("TECHNICAL", "GLOBAL")}
    if entity[1] is not None:
        assert factory.get("/entities/%d" % entity[1]).json()["name"] == \
            entity[0]


def test_envelope_and_pages(factory, unit):
    helio.new_hub2(factory)
    first = factory.get(PATH + "?page=1&results_per_page=1").json()
    assert (first["status"], first["message"]) == (
        "success", "enable_histories retrieved")
    second = factory.get(PATH + "?page=2&results_per_page=1").json()
    assert len(first["data"]) == len(second["data"]) == 1
    assert first["data"] != second["data"]
    assert factory.get(PATH + "?page=100000").json()["data"] == []
    assert factory.get(PATH + "?page=abc").status_code == 400
    assert len(factory.get(PATH).json()["data"]) <= 10


def test_a_unit_that_was_never_switched(factory):
    imei, _ = helio.new_hub2(factory)
    shown = find(factory, imei)
    assert shown["current_enable_state"] == "init"
    assert shown["date"] is shown["user"] is shown["prev_enable_state"] is None


def test_accessory_energy(factory, system, unit):
    kind = system.query("/parameter_types", filters=[
        {"name": "name", "op": "eq", "val": "total_accessory_energy"}]
    ).json()["objects"][0]["parameter_type_id"]
    made = system.post("/product_parameters", {
        "product_imei": unit.imei, "parameter_type_id": kind,
        "status": "active", "value": "120"})
    assert made.status_code == 201, made.text
    assert find(factory, unit.imei)["total_accessory_energy"] == "120"


def test_who_may(login, unit):
    assert login("ADMIN").get(PATH).status_code == 403
    assert login("FACTORY").get(PATH).status_code == 200
    own = login("FACTORY", "ENTITY")
    mine, _ = helio.new_hub2(own)
    listed = [x["product_imei"] for x in own.get(
        PATH + "?results_per_page=100").json()["data"]]
    assert mine in listed and unit.imei not in listed
    assert find(own, mine)["entity_id"] == helio.ENTITY
