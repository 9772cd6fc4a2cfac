"""/upload_tool_log: what factory and repair tools report."""
import json

import pytest

import world as worlds

PATH = "/upload_tool_log"
RESULTS = {"serials": {"pcb": "BX0020-417157-M"},
           "input_pv": {"value": "5.150", "pass": True}}
COMMON = {"machine_id": "593bfa0c", "user": "mfg@example.com",
          "software_version": "0.3.0", "passed": True, "serial_number": ""}
EXTRA = {"jig_id": "7", "product_imei": "866557056339858",
         "hostname": "CN-REG03", "count": 3, "control_board_revision": "B"}
TOOLS = {
    "tiger_test_jig_production": {"jig_id"},
    "tiger_test_jig_repair": {"jig_id", "product_imei", "count"},
    "koala_test_jig_production": {
        "jig_id", "product_imei", "hostname", "control_board_revision"},
    "bpower20_registration_production": {"hostname", "product_imei"},
    "bpower50_registration_production": {"hostname", "product_imei"},
}


def entry(tool, **more):
    return {"time": "2020-11-05T10:25:30Z", "message": json.dumps(RESULTS),
            "toolname": tool, **more}


def logged(system, **row):
    reply = system.query("/factory_logs", filters=[
        {"name": name, "op": "eq", "val": val} for name, val in row.items()],
        order_by=[{"field": "factory_log_id", "direction": "desc"}])
    return reply.json()["objects"][0]


def test_the_documents_example(system, server, unit):
    body = entry("bpower20_registration_production", hostname="CN-REG03",
                 product_imei=unit.imei, **COMMON)
    reply = system.post(PATH, body)
    assert reply.status_code == 201
    assert reply.json() == {"status": "success", "data": None,
                            "message": "Log uploaded successfully"}
    row = logged(system, product_imei=unit.imei)
    assert row["app_name"] == "bpower20_registration_production"
    assert row["timestamp"] == "2020-11-05T10:25:30"
    assert row["repair_id"] is None
    assert row["fields"] == {**RESULTS, "passed": True}
    assert row["tags"] == {
        "hostname": "CN-REG03", "machine_id": "593bfa0c",
        "serial_number": "", "software_version": "0.3.0",
        "user": "mfg@example.com"}


@pytest.mark.parametrize("tool", TOOLS)
def test_permitted_fields(system, tool):
    more = {k: v for k, v in EXTRA.items() if k in TOOLS[tool]}
    reply = system.post(PATH, entry(tool, **COMMON, **more))
    assert reply.status_code == 201, reply.text
    for name in set(EXTRA) - TOOLS[tool]:
        reply = system.post(PATH, entry(tool, **{name: EXTRA[name]}))
        assert worlds.faults(reply) == {name}
        assert name in reply.json()["message"]
        assert tool in reply.json()["message"]


def test_what_is_missing_or_wrong(system):
    assert worlds.faults(system.post(PATH, {})) == {
        "time", "message", "toolname"}
    for name in ("time", "message", "toolname"):
        body = entry("tiger_test_jig_repair")
        del body[name]
        reply = system.post(PATH, body)
        assert worlds.faults(reply) == {name}
        assert name in reply.json()["message"]
    assert worlds.faults(system.post(PATH, entry("hammer"))) == {"toolname"}
    assert worlds.faults(system.post(PATH, entry(
        "tiger_test_jig_repair", colour="red"))) == {"colour"}
    assert worlds.faults(system.post(PATH, entry(
        "tiger_test_jig_repair", count="many", passed="perhaps"))) == {
            "count", "passed"}
    assert worlds.faults(system.post(PATH, {
        **entry("tiger_test_jig_repair"), "time": "yesterday"})) == {"time"}
    assert system.post(PATH, "[]").status_code == 400


@pytest.mark.parametrize("message, fields", [
    ("went well", {"message": "went well"}),
    ("[1, 2]", {"message": [1, 2]}),
    ("{broken", {"message": "{broken"}),
    ("{}", {})])
def test_messages_that_are_no_objects(system, message, fields):
    assert system.post(PATH, {
        **entry("tiger_test_jig_production"), "message": message}
    ).status_code == 201
    assert logged(system, app_name="tiger_test_jig_production")[
        "fields"] == fields


def test_a_message_that_nests_too_deeply(system):
    reply = system.post(PATH, {
        **entry("tiger_test_jig_production"),
        "message": '{"a":' * 60 + "1" + "}" * 60})
    assert worlds.faults(reply) == {"message"}


def test_who_may(login):
    body = entry("tiger_test_jig_production")
    assert login("FACTORY").post(PATH, body).status_code == 403
    assert login("SYSTEM").get(PATH).status_code == 405
