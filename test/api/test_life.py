"""The main job, end to end: a unit is registered, connects, is enabled and
heard of, and all of it outlives a killed server."""
import json
import os
import signal
import subprocess
import time

import helio

DEADLINE = 60       # seconds until a condition must hold


def wait_for(condition):
    """Poll until the condition gives something; that."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("waited %d s in vain" % DEADLINE)


def history(api, imei):
    """The unit's enable_history, oldest first: (state, who)."""
    reply = api.query(
        "/enable_history?results_per_page=100",
        filters=[{"name": "product_imei", "op": "eq", "val": imei}],
        order_by=[{"field": "enable_history_id"}])
    return [(row["current_enable_state"], row["user"])
            for row in reply.json()["objects"]]


def flags(api, imei):
    product = api.get("/products/" + imei).json()
    return product["current_enable_flag"], product["desired_enable_flag"]


def read_samples(api, imei):
    reply = api.get("/products/%s/data" % imei, params={
        "start": "2016-09-01", "end": "2016-09-03"})
    assert reply.status_code == 200, reply.text
    return reply.json()["data"]


CONNECTION = {"date": "2016-09-02T10:00:00", "mcc": 635, "mnc": 10,
              "cells": [{"lac": 1, "cid": 2, "signal": -70}]}
SAMPLES = {"measurement": "telemetry", "fields": {
    "voltage": [[1472774400000, 12.5], [1472774460000, 12.4]],
    "current": [[1472774400000, 1.25], ["not a time", 1]]}}


def live(server):
    """A unit's life until its samples are read; (unit, who enabled it)."""
    operator = server.login("TECHNICAL")
    imei, key = helio.new_hub2(server.login("FACTORY"))
    unit = helio.Unit(server, imei, key)

    reply = unit.check_reply(unit.post_rc(
        enabled=False, connection=CONNECTION, ip_address="10.1.2.3"))
    assert reply.status_code == 200, reply.text
    assert reply.json()["data"]["ignored"] == []
    reply = unit.check_reply(unit.get_rc())
    assert reply.json()["data"]["enabled"] is False

    reply = operator.put("/products/%s/enable" % imei)
    assert reply.json()["message"] == "Product enabled"
    who = operator.user["username"]
    assert flags(operator, imei) == (False, True)
    assert history(operator, imei)[-1] == ("pending_enabled", who)

    # asking confirms nothing, reporting does
    assert unit.get_rc().json()["data"]["enabled"] is True
    assert flags(operator, imei) == (False, True)
    assert unit.post_rc(enabled=True).status_code == 200
    assert flags(operator, imei) == (True, True)
    assert history(operator, imei)[-1] == ("enabled", who)

    reply = unit.check_reply(unit.post_rm(SAMPLES))
    assert reply.status_code == 200, reply.text
    data = reply.json()["data"]
    assert data["written"] == 3
    assert [one["field"] for one in data["rejected"]] == ["current"]
    return unit


def picture(server, imei):
    """All that the operator can see of the unit."""
    operator = server.login("TECHNICAL")
    rows = {path: operator.query("/" + path, filters=[
        {"name": "product_imei", "op": "eq", "val": imei}]).json()
        for path in ("products", "connections", "states", "enable_history",
                     "part_product_linker", "product_entity_linker",
                     "product_parameters")}
    return rows | {"data": read_samples(operator, imei)}


def test_life_of_a_unit_outlives_the_server(fresh_server):
    server = fresh_server()
    unit = live(server)
    before = picture(server, unit.imei)
    assert before["products"]["num_results"] == 1
    assert before["connections"]["num_results"] == 2
    assert before["data"]["voltage"] == [
        [12.5, "2016-09-02T00:00:00Z"], [12.4, "2016-09-02T00:01:00Z"]]
    token = server.login("TECHNICAL").token

    server.kill()
    server.start()
    assert picture(server, unit.imei) == before
    old = server.login("TECHNICAL")
    reply = old.get("/products/" + unit.imei, headers={
        "Authorization": "Token token=" + token})
    assert reply.status_code == 200

    # what the unit has counted is not forgotten: a replay is refused
    stale = unit.request("POST", "/rc_data", {}, sequence=unit.sequence)
    assert stale.status_code == 401
    assert stale.headers["X-Helio-Sequence"] == str(unit.sequence)
    assert unit.post_rc(enabled=True).status_code == 200
    # sending the same samples again changes nothing
    assert unit.post_rm(SAMPLES).json()["data"]["written"] == 3
    assert read_samples(old, unit.imei) == before["data"]

    assert helio.run("doctor", "--data", fresh_server.folder).returncode == 0
    assert server.stop() == 0
    assert helio.run("doctor", "--data", fresh_server.folder).returncode == 0


def test_export_of_a_life_makes_the_same_life(fresh_server, tmp_path):
    """All but the samples, which are not exported."""
    server = fresh_server()
    unit = live(server)
    before = picture(server, unit.imei)
    server.stop()
    lines = helio.run("export", "--data", fresh_server.folder).stdout
    copy = tmp_path / "copy"
    helio.init(copy)
    file = tmp_path / "export.jsonl"
    file.write_text(lines)
    helio.run("import", file, "--data", copy)
    # numbering goes on in both alike
    assert helio.run("export", "--data", copy).stdout == lines
    second = helio.Server(copy)
    after = picture(second, unit.imei)
    assert after["data"].get("voltage") is None
    before["data"] = after["data"]
    assert after == before
    helio.new_hub2(second.login("FACTORY"))
    second.stop()


class Fleet:
    """`helio sim units` as a process."""

    def __init__(self, server, count):
        self.process = subprocess.Popen(
            [helio.HELIO, "sim", "units", "--url", server.url,
             "--user", helio.username("FACTORY", "GLOBAL"),
             "--count", str(count), "--seed", "11", "--interval", "1",
             "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, env={**os.environ, "HELIO_PASSWORD": helio.PASSWORD})

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        out, err = self.process.communicate(timeout=DEADLINE)
        assert self.process.returncode == 0, err
        assert "Sanitizer" not in err and "runtime error" not in err, err
        return json.loads(out)


def test_simulated_units_obey(fresh_server):
    server = fresh_server()
    operator = server.login("TECHNICAL")
    count = 3
    fleet = Fleet(server, count)

    def with_flag(on):
        page = operator.query("/products", filters=[
            {"name": "current_enable_flag", "op": "eq", "val": on},
            {"name": "latest_connection_id", "op": "is_not_null"}]).json()
        return [row["product_imei"] for row in page["objects"]]

    units = wait_for(lambda: len(with_flag(False)) == count and
                     with_flag(False))
    for verb, state in ("enable", "enabled"), ("disable", "disabled"):
        for imei in units:
            reply = operator.put("/products/%s/%s" % (imei, verb))
            assert reply.status_code == 200
        wait_for(lambda: len(with_flag(verb == "enable")) == count)
        for imei in units:
            assert history(operator, imei)[-2:] == [
                ("pending_" + state, operator.user["username"]),
                (state, operator.user["username"])]
    wait_for(lambda: all(
        "voltage" in operator.get("/products/%s/data" % imei).json()["data"]
        for imei in units))
    figures = fleet.stop()
    assert figures["orders"] >= 2 * count
    assert server.stop() == 0
    helio.run("doctor", "--data", fresh_server.folder)
