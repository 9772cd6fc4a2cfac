"""Alerts by hand: raised as a resource, dismissed by an action."""
import pytest
import requests

import helio


@pytest.fixture
def alert(system, unit):
    """The number of an alert about the unit."""
    reply = system.post("/alert_types", {
        "name": "low battery", "version": 1, "status": "live",
        "analysis_frequency": 3600, "active": True,
        "label": "low-%d" % helio.fresh()})
    assert reply.status_code == 201, reply.text
    reply = system.post("/alerts", {
        "product_imei": unit.imei,
        "alert_type_id": reply.json()["alert_type_id"],
        "start_time": "2016-01-01 00:00:00", "extra_info": "as raised"})
    assert reply.status_code == 201, reply.text
    return reply.json()["alert_id"]


def dismiss(api, alert, **body):
    return api.put("/alerts/%s/dismiss" % alert, body)


def read(api, alert):
    return api.get("/alerts/%d" % alert).json()


def new_repair(system, unit):
    reply = system.post("/repairs", {
        "product_imei": unit.imei})
    assert reply.status_code == 201, reply.text
    return reply.json()["repair_id"]


def test_the_documents_example(server, login, system, unit, alert):
    repair = new_repair(system, unit)
    reply = requests.put(
        url=server.v1 + "/alerts/%d/dismiss" % alert,
        json={"dismissal_reason": "reason for dismissal",
              "extra_info": "extra information about dismissal",
              "repair_id": repair},
        headers={"Authorization": "Token token=" + login("TECHNICAL").token})
    assert reply.status_code == 200
    assert reply.json() == {
        "status": "success", "data": None,
        "message": "Alert #%d has been dismissed" % alert}
    row = read(system, alert)
    assert row["dismissed_at"]
    assert row["dismissed_by"] == helio.username("TECHNICAL", "GLOBAL")
    assert row["dismissal_reason"] == "reason for dismissal"
    assert row["extra_info"] == "extra information about dismissal"
    assert row["repair_id"] == repair


def test_a_reason_is_enough(login, system, alert):
    assert dismiss(login("TECHNICAL"), alert,
                   dismissal_reason="seen").status_code == 200
    row = read(system, alert)
    assert (row["dismissal_reason"], row["extra_info"], row["repair_id"]) == (
        "seen", "as raised", None)


def test_dismissed_once(login, system, alert):
    dismiss(login("TECHNICAL"), alert, dismissal_reason="first")
    before = read(system, alert)
    reply = dismiss(login("ADMIN"), alert, dismissal_reason="second")
    assert reply.status_code == 200
    assert read(system, alert) == before


@pytest.mark.parametrize("body, field", [
    ({}, "dismissal_reason"), ({"dismissal_reason": None},
                               "dismissal_reason"),
    ({"dismissal_reason": {}}, "dismissal_reason"),
    ({"dismissal_reason": "x" * 300}, "dismissal_reason"),
    ({"dismissal_reason": "x", "repair_id": "none"}, "repair_id"),
    ({"dismissal_reason": "x", "repair_id": 987654321}, "repair_id"),
    ({"dismissal_reason": "x", "extra_info": ["y"]}, "extra_info"),
])
def test_refusals(login, system, alert, body, field):
    before = read(system, alert)
    reply = dismiss(login("TECHNICAL"), alert, **body)
    assert reply.status_code == 400, reply.text
    assert field in reply.json()["validation_errors"]
    assert read(system, alert) == before


def test_repair_of_another_unit(login, system, server, factory, alert):
    other = helio.Unit(server, *helio.new_hub2(factory))
    reply = dismiss(login("TECHNICAL"), alert, dismissal_reason="x",
                    repair_id=new_repair(system, other))
    assert reply.status_code == 400
    assert "repair_id" in reply.json()["validation_errors"]
    assert read(system, alert)["dismissed_at"] is None


def test_who_may(login, unit, alert):
    assert dismiss(login("OVERVIEW"), alert,
                   dismissal_reason="x").status_code == 403
    for nothing in 987654321, "nothing", "-1", "1.5":
        assert dismiss(login("TECHNICAL"), nothing,
                       dismissal_reason="x").status_code == 404
    ours = login("TECHNICAL", "ENTITY")
    assert dismiss(ours, alert, dismissal_reason="x").status_code == 404
    login("ADMIN").put("/products/%s/assign_entity" % unit.imei,
                       {"entity_id": helio.ENTITY})
    assert dismiss(ours, alert, dismissal_reason="x").status_code == 200
