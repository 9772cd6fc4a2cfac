"""/products/<imei>/parts: what a unit is made of."""
import pytest
import requests

import helio

LINKER = {"added_repair_id", "created_at", "created_by", "date_added",
          "date_removed", "modified_at", "part_id", "part_product_linker_id",
          "product_imei", "removed_repair_id", "replaced_part_id"}
TYPE = {"created_at", "created_by", "description", "erp_code", "modified_at",
        "name", "part_type_id", "serial_number_category"}
PART = {"created_at", "created_by", "modified_at", "part_id",
        "part_product_linker", "part_type", "part_type_id",
        "replacement_part_types", "serial_number"}


def parts(api, unit):
    reply = api.get("/products/%s/parts" % unit.imei)
    assert reply.status_code == 200, reply.text
    return reply.json()["data"]


def test_the_documents_example(server, login, system, unit):
    reply = requests.get(
        url=server.v1 + "/products/%s/parts" % unit.imei,
        headers={"Authorization": "Token token=" + login("OVERVIEW").token})
    assert reply.status_code == 200
    body = reply.json()
    assert (body["status"], body["message"]) == ("success", "Parts found.")
    linkers = system.query("/part_product_linker", filters=[
        {"name": "product_imei", "op": "eq", "val": unit.imei}]
    ).json()["objects"]
    assert {part["part_type_id"] for part in body["data"].values()} == {
        43, 77}
    for linker in linkers:
        part = body["data"].pop(str(linker["part_id"]))
        assert PART <= set(part)
        assert LINKER <= set(part["part_product_linker"])
        assert TYPE <= set(part["part_type"])
        assert part["part_product_linker"] == linker
        assert part["part_type"] == system.get(
            "/part_types/%d" % part["part_type_id"]).json()
        row = system.get("/parts/%d" % linker["part_id"]).json()
        for name in ("part_id", "part_type_id", "serial_number", "created_at",
                     "created_by", "modified_at"):
            assert part[name] == row[name]
        assert [t["part_type_id"] for t in part["replacement_part_types"]] \
            == [part["part_type_id"]]
    assert body["data"] == {}


def test_replacements_are_those_of_the_kind_of_unit(system, unit):
    system.put("/products/" + unit.imei, {"product_type_id": 1})
    part, = system.query("/parts", filters=[
        {"name": "part_id", "op": "in", "val": list(parts(system, unit))},
        {"name": "part_type_id", "op": "eq", "val": 43}]).json()["objects"]
    key = str(part["part_id"])

    def replacements():
        return [t["part_type_id"] for t in
                parts(system, unit)[key]["replacement_part_types"]]

    assert replacements() == []
    system.put("/parts/" + key, {"part_type_id": 1})
    assert replacements() == [1, 2]
    # one for every kind of unit comes once, and after the others
    for new in 2, 13:
        assert system.post("/part_type_replacement_linker", {
            "product_type_id": None, "existing_part_type_id": 1,
            "replacement_part_type_id": new, "default_part_type": False,
            "critical_part_type": False, "non_transferable": False,
        }).status_code == 201
    assert replacements() == [1, 2, 13]


@pytest.mark.parametrize("level", helio.LEVELS)
def test_device_key_is_shown_from_factory_up(login, unit, level):
    text = login(level).get("/products/%s/parts" % unit.imei).text
    assert (unit.key in text) == (level in ("FACTORY", "SYSTEM"))
    assert '"properties"' in text


def test_parts_that_were_there(system, unit):
    linker = system.query("/part_product_linker", filters=[
        {"name": "product_imei", "op": "eq", "val": unit.imei}]
    ).json()["objects"][0]
    system.put("/part_product_linker/%d" % linker["part_product_linker_id"],
               {"date_removed": "2021-01-01"})
    part = parts(system, unit)[str(linker["part_id"])]
    assert part["part_product_linker"]["date_removed"] == \
        "2021-01-01T00:00:00"


def test_a_unit_without_parts(fresh_server):
    helio.import_rows(fresh_server.folder, [{"table": "product", "row": {
        "product_imei": "bare", "imsi": "1", "serial_number": "1",
        "product_type_id": 1}}])
    reply = fresh_server().login("SYSTEM").get("/products/bare/parts")
    assert reply.json() == {"status": "success", "message": "Parts found.",
                            "data": {}}


def test_units_of_others_are_unknown(login, unit):
    path = "/products/%s/parts"
    assert login("OVERVIEW").get(path % "nobody").status_code == 404
    assert login("SYSTEM", "ENTITY").get(path % unit.imei).status_code == 404
    login("ADMIN").put("/products/%s/assign_entity" % unit.imei,
                       {"entity_id": helio.ENTITY})
    assert len(parts(login("OVERVIEW", "ENTITY"), unit)) == 2
