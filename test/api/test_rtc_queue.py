"""Orders for units that stay connected: checked, and queued in the outbox."""
import datetime
import json

import pytest
import requests

import database
import helio
from helio import until

REPLIES = {
    "command_request": "command successfully sent",
    "sync": "sync request successfully sent",
    "status_update": "status update successfully sent",
    "rtc_online_status": "RTC online status set",
    "force_connection": "Force connection request sent",
}
BODIES = {"command_request": {"command": "atc 60 AT+CPOL=?;+COPS=?"},
          "rtc_online_status": {"status": "online"}}


@pytest.fixture
def rtc(system, unit):
    r = system.put("/products/" + unit.imei, {"rtc_enabled_flag": True})
    assert r.status_code == 200, r.text
    return unit


def queued(server, imei, table="outbox"):
    """The payloads that wait for a unit; rows of the data folder itself."""
    return [json.loads(payload) for payload in database.texts(
        server.folder, "SELECT payload FROM %s WHERE event = 'rtc-message' "
        "AND subject = '%s' ORDER BY outbox_id" % (table, imei))]


@pytest.mark.parametrize("name", REPLIES)
def test_the_documents_examples(server, login, rtc, name):
    r = requests.post(
        url=server.v1 + "/products/%s/%s" % (rtc.imei, name),
        data=json.dumps(BODIES[name]) if name in BODIES else None,
        headers={"Content-Type": "application/json",
                 "Authorization": "Token token=" + login("ADMIN").token})
    assert r.status_code == 200, r.text
    assert r.json() == {"status": "success", "message": REPLIES[name],
                        "data": {}}


def test_what_is_queued(server, login, rtc):
    admin = login("ADMIN")
    for name in REPLIES:
        admin.post("/products/%s/%s" % (rtc.imei, name), BODIES.get(name))
    wait = queued(server, rtc.imei)
    assert [(w["kind"], w.get("value")) for w in wait] == [
        ("command_request", "atc 60 AT+CPOL=?;+COPS=?"), ("sync", None),
        ("status_update", None), ("online_status", "online"),
        ("sync", None)]
    now = datetime.datetime.now(datetime.timezone.utc).timestamp()
    for w in wait:
        assert 86000 < w["expires_at"] / 1e6 - now < 86401
    # no short message for a unit that can be told otherwise
    assert admin.query("/sms_histories", filters=[
        {"name": "product_imei", "op": "eq", "val": rtc.imei}]
    ).json()["num_results"] == 0


def test_the_online_status_is_kept(login, rtc):
    admin = login("ADMIN")
    path = "/products/%s/rtc_online_status" % rtc.imei
    for status in "online", "offline":
        assert admin.post(path, {"status": status}).status_code == 200
        last = admin.get("/products/" + rtc.imei).json()[
            "latest_rtc_connection_history_id"]
        row = admin.get("/rtc_connection_history/%d" % last).json()
        assert row["connection_status"] == status
        assert row["connection_status_reason"] == "user-request"
        assert row["product_imei"] == rtc.imei
        assert row["created_by"] == helio.username("ADMIN", "GLOBAL")


@pytest.mark.parametrize("name", [n for n in REPLIES
                                  if n != "force_connection"])
def test_other_units_are_refused(server, login, unit, name):
    r = login("ADMIN").post("/products/%s/%s" % (unit.imei, name),
                            BODIES.get(name))
    assert r.status_code == 400, r.text
    body = r.json()
    assert body["status"] == "validation-error"
    assert "not RTC-enabled" in body["validation_errors"]["product_imei"]
    assert queued(server, unit.imei) == []


@pytest.mark.parametrize("name,body,field", [
    ("command_request", None, "command"),
    ("command_request", {}, "command"),
    ("command_request", {"command": ""}, "command"),
    ("command_request", {"command": "x" * 1025}, "command"),
    ("command_request", {"command": "two\nlines"}, "command"),
    ("command_request", {"command": ["x"]}, "command"),
    ("rtc_online_status", {}, "status"),
    ("rtc_online_status", {"status": "asleep"}, "status"),
    ("rtc_online_status", {"status": "ONLINE"}, "status"),
])
def test_wrong_arguments(server, login, rtc, name, body, field):
    r = login("ADMIN").post("/products/%s/%s" % (rtc.imei, name), body)
    assert r.status_code == 400, r.text
    assert field in r.json()["validation_errors"]
    assert queued(server, rtc.imei) == []


@pytest.mark.parametrize("name,least", [
    ("command_request", "ADMIN"), ("rtc_online_status", "ADMIN"),
    ("sync", "TECHNICAL"), ("status_update", "TECHNICAL"),
    ("force_connection", "TECHNICAL")])
def test_who_may(login, rtc, name, least):
    path = "/products/%s/%s" % (rtc.imei, name)
    at = helio.LEVELS.index(least)
    below = login(helio.LEVELS[at - 1])
    assert below.post(path, BODIES.get(name)).status_code == 403
    assert login(least).post(path, BODIES.get(name)).status_code == 200
    assert login(least, "ENTITY").post(path, BODIES.get(name)).status_code \
        == 404


def test_orders_do_not_pile_up(tmp_path):
    """One that nobody could deliver in a day is a dead letter."""
    folder = tmp_path / "data"
    helio.init(folder)
    at = "2020-01-01T00:00:00"
    helio.import_rows(folder, [{"table": "outbox", "row": {
        "outbox_id": 1, "event": "rtc-message", "subject": "1",
        "payload": {"kind": "sync", "expires_at": 1577923200000000},
        "created_at": at, "due_at": at, "attempts": 3}}])
    server = helio.Server(folder)
    until(lambda: queued(server, "1") == [])
    assert queued(server, "1", "outbox_dead")[0]["kind"] == "sync"
    server.stop()
