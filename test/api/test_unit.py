"""The unit protocol: signatures, sequences, reports, uploads."""
import gzip
import json
import subprocess
import time

import pytest
import requests

import helio

NOBODY = "0" * 64


def accepted(reply):
    assert reply.status_code == 200, reply.text
    assert reply.json()["status"] == "success"
    return reply.json()["data"]


# ---- who it is ----

def test_replies_are_signed(unit):
    unit.check_reply(unit.post_rc())
    unit.check_reply(unit.get_rc())
    unit.check_reply(unit.get_rc(full=True))
    unit.check_reply(unit.post_rm({"measurement": "t", "fields": {}}))


def refused(reply):
    assert reply.status_code == 401, reply.text
    assert "X-Helio-Sequence" not in reply.headers
    assert "X-Helio-Signature" not in reply.headers
    assert reply.json()["status"] == "error"
    return reply.json()["message"]


def test_forged_and_unknown_look_the_same(server, unit):
    forged = unit.request("POST", "/rc_data", {}, signature=NOBODY)
    stranger = helio.Unit(server, "nobody", unit.key).post_rc()
    other_key = helio.Unit(server, unit.imei, "other").post_rc()
    assert refused(forged) == refused(stranger) == refused(other_key)
    accepted(unit.post_rc())


def test_a_forged_sequence_tells_nothing(unit):
    accepted(unit.post_rc())
    refused(unit.request("POST", "/rc_data", {}, sequence=1,
                         signature=NOBODY))


def test_everything_is_signed(server, unit):
    good = unit.request("GET", "/rc_data")
    unit.check_reply(good)
    headers = good.request.headers
    for method, path in (("GET", "/rc_data?full=1"), ("POST", "/rc_data"),
                         ("POST", "/rm_data")):
        r = requests.request(method, server.v1 + path, headers={
            "Authorization": headers["Authorization"]})
        refused(r)


@pytest.mark.parametrize("value", [
    None, "", "Unit", "Unit a:b:c", "Unit 1:1:" + "g" * 64,
    "Unit %(imei)s:0:" + NOBODY, "Unit %(imei)s:01:" + NOBODY,
    "Unit %(imei)s:9223372036854775808:" + NOBODY,
    "Unit " + "1" * 5000 + ":1:" + NOBODY, "Token token=x", "Basic x"])
def test_bad_credentials(server, unit, value):
    headers = {} if value is None else {
        "Authorization": value % {"imei": unit.imei}
        if "%(" in value else value}
    for method, path in (("GET", "/rc_data"), ("POST", "/rc_data"),
                         ("POST", "/rm_data")):
        refused(requests.request(method, server.v1 + path, headers=headers))


def test_a_users_token_is_no_unit(server, system):
    refused(system.get("/rc_data"))


def test_basic_is_refused_without_tls(server, unit):
    refused(requests.post(server.v1 + "/rc_data", data="{}",
                          auth=(unit.imei, unit.key)))


def test_basic_when_allowed(fresh_server):
    server = fresh_server(env={"HELIO_UNIT_BASIC_AUTH": "always"})
    imei, key = helio.new_hub2(server.login("FACTORY"))
    r = requests.post(server.v1 + "/rc_data", data="{}", auth=(imei, key))
    accepted(r)
    assert "X-Helio-Signature" not in r.headers
    refused(requests.post(server.v1 + "/rc_data", data="{}",
                          auth=(imei, "x")))
    refused(requests.post(server.v1 + "/rc_data", data="{}",
                          auth=("nobody", key)))


def test_basic_on_tls(fresh_server, tmp_path):
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run([
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
        "-keyout", key, "-out", cert, "-days", "2", "-subj",
        "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True)
    plain = fresh_server()
    imei, device_key = helio.new_hub2(plain.login("FACTORY"))
    plain.stop()
    server = fresh_server("--tls-cert", cert, "--tls-key", key)
    assert server.url.startswith("https://")
    r = requests.post(server.v1 + "/rc_data", data="{}", verify=str(cert),
                      auth=(imei, device_key))
    accepted(r)


# ---- sequences ----

def stale(unit, reply, last):
    assert reply.status_code == 401
    assert reply.headers["X-Helio-Sequence"] == str(last)
    unit.check_reply(reply, sequence=last)


def test_replayed_requests(server, unit):
    first = unit.post_rc(enabled=True)
    accepted(first)
    again = requests.post(server.v1 + "/rc_data", data=first.request.body,
                          headers=first.request.headers)
    stale(unit, again, 1)
    stale(unit, unit.request("GET", "/rc_data", sequence=1), 1)


def test_sequences_rise_and_may_skip(unit):
    accepted(unit.request("POST", "/rc_data", {}, sequence=100))
    stale(unit, unit.request("POST", "/rc_data", {}, sequence=99), 100)
    stale(unit, unit.request("POST", "/rc_data", {}, sequence=100), 100)
    accepted(unit.request("POST", "/rc_data", {}, sequence=101))
    accepted(unit.request("GET", "/rc_data", sequence=2 ** 63 - 1))
    stale(unit, unit.request("GET", "/rc_data", sequence=102), 2 ** 63 - 1)


def test_a_new_key_counts_anew(login, unit):
    api = login("SYSTEM")
    path = "/products/" + unit.imei
    accepted(unit.request("POST", "/rc_data", {}, sequence=2 ** 63 - 1))
    assert api.put(path, {"device_key": unit.key}).status_code == 200
    stale(unit, unit.request("POST", "/rc_data", {}, sequence=7), 2 ** 63 - 1)
    unit.key = "n" + unit.key[1:]
    assert api.put(path, {"device_key": unit.key}).status_code == 200
    accepted(unit.request("POST", "/rc_data", {}, sequence=7))
    stale(unit, unit.request("POST", "/rc_data", {}, sequence=7), 7)


def test_a_get_takes_its_sequence(unit):
    accepted(unit.get_rc())
    stale(unit, unit.request("POST", "/rc_data", {}, sequence=1), 1)


def test_a_stale_report_changes_nothing(login, unit):
    accepted(unit.post_rc(enabled=False))
    stale(unit, unit.request("POST", "/rc_data", {"enabled": True},
                             sequence=1), 1)
    product = login("OVERVIEW").get("/products/" + unit.imei).json()
    assert product["current_enable_flag"] is False


@pytest.mark.parametrize("path, body, headers, status", [
    ("/rc_data", b"[]", {}, 400), ("/rc_data", b"{", {}, 400),
    ("/rc_data", b"", {}, 400), ("/rc_data", b"null", {}, 400),
    ("/rm_data", b"{", {}, 400), ("/rm_data", b"", {}, 400),
    ("/rc_data", b"{}", {"Content-Encoding": "br"}, 415),
    ("/rc_data", b"{}", {"Content-Encoding": "gzip"}, 400)])
def test_a_refused_body_takes_its_sequence(unit, path, body, headers, status):
    r = unit.request("POST", path, body, headers=headers)
    assert r.status_code == status, r.text
    assert r.json()["status"] in ("error", "validation-error")
    unit.check_reply(r)
    stale(unit, unit.request("POST", "/rc_data", {}, sequence=1), 1)


def test_sequences_survive_a_kill(fresh_server):
    server = fresh_server()
    imei, key = helio.new_hub2(server.login("FACTORY"))
    unit = helio.Unit(server, imei, key)
    accepted(unit.get_rc())
    accepted(unit.get_rc())
    server.kill()
    server.start()
    stale(unit, unit.request("GET", "/rc_data", sequence=2), 2)
    accepted(unit.get_rc())


# ---- reports ----

def rows(api, table, imei, **by):
    by["product_imei"] = imei
    return api.query("/" + table, filters=[
        {"name": k, "op": "eq", "val": v} for k, v in by.items()]
    ).json()["objects"]


def test_an_empty_report(login, unit):
    data = accepted(unit.post_rc())
    assert data["ignored"] == []
    assert abs(data["server_time"] - time.time() * 1000) < 60000
    assert len(rows(login("OVERVIEW"), "connections", unit.imei)) == 1


def test_a_full_report(login, unit):
    data = accepted(unit.post_rc(
        software="3.6", enabled=False, tamper_enabled=False,
        tamper_open=False, ip_address="10.20.30.40", balance=3600,
        connection={"date": "2026-01-02T03:04:05", "mcc": 639, "mnc": 2,
                    "cells": [{"lac": 1, "cid": 2, "signal": -71,
                               "mcc": 639, "mnc": 2}],
                    "frequency": 900, "timing_advance": 3},
        gps={"latitude": -1.29, "longitude": 36.82}))
    assert data["ignored"] == []
    api = login("OVERVIEW")
    product = api.get("/products/" + unit.imei).json()
    assert (product["gps_lat"], product["gps_lon"]) == (-1.29, 36.82)
    assert product["ip_address"] == "10.20.30.40"
    place, = rows(api, "connections", unit.imei)
    assert place["date"] == "2026-01-02T03:04:05"
    assert (place["mcc"], place["cell_1_signal"]) == (639, -71)
    assert product["latest_connection_id"] == place["connection_id"]
    assert product["latest_connection_location_id"] == place["connection_id"]
    balance, = rows(api, "balances", unit.imei)
    assert balance["balance"] == 3600
    software, = rows(api, "product_software_linker", unit.imei)
    assert software["software_version_type_id"] == 7
    assert software["date_added"] and software["date_removed"] is None


def test_what_is_unknown_is_named(login, unit):
    data = accepted(unit.post_rc(
        colour="red", enabled="perhaps", balance=-1, software="no such",
        final_balance={"zero_command_id": 1, "final_balance": 2,
                       "total_added": 3},
        applied={"payment_commands": [77],
                 "parameters": [{"kind": "product", "id": 99999}, 5]},
        connection={"mcc": "x", "mnc": 4}))
    assert sorted(data["ignored"]) == sorted([
        "colour", "enabled", "balance", "software", "final_balance",
        "applied.payment_commands.77", "applied.parameters.product.99999",
        "applied.parameters.#1", "connection.mcc"])
    place, = rows(login("OVERVIEW"), "connections", unit.imei)
    assert (place["mcc"], place["mnc"]) == (None, 4)


def test_numbers_out_of_range_spoil_one_member(login, unit):
    data = accepted(unit.request("POST", "/rc_data", (
        '{"balance": 1e400, "enabled": false, "gps": {"latitude": %s1, '
        '"longitude": 0}}' % ("9" * 70)).encode()))
    assert sorted(data["ignored"]) == ["balance", "gps"]
    data = accepted(unit.request("POST", "/rm_data", (
        '{"measurement": "telemetry", "fields": {"voltage": ['
        '["2026-01-01", 1e400], ["2026-01-02", 12.5], [1e400, 1]]}}').encode()))
    assert data["written"] == 1
    assert [one["field"] for one in data["rejected"]] == ["voltage"] * 2
    assert read(login("OVERVIEW"), unit.imei, start="2025-01-01")[
        "voltage"] == [[12.5, "2026-01-02T00:00:00Z"]]


def test_settings_wait_for_the_unit(system, unit):
    def add(value):
        return system.post("/product_parameters", {
            "product_imei": unit.imei, "parameter_type_id": 1,
            "status": "pending", "value": value}).json()[
                "product_parameter_id"]
    first = add("5")
    offer = accepted(unit.get_rc())
    assert offer["parameters"] == [{
        "kind": "product", "id": first, "name": "energy_limit",
        "value": "5"}]
    applied = {"parameters": [{"kind": "product", "id": first}]}
    assert accepted(unit.post_rc(applied=applied))["ignored"] == []
    assert accepted(unit.get_rc())["parameters"] == []
    second = add("6")
    unit.post_rc(applied={"parameters": [{"kind": "product", "id": second}]})
    assert [p["id"] for p in accepted(unit.get_rc(full=True))["parameters"]
            ] == [second]
    status = {p["product_parameter_id"]: p for p in rows(
        system, "product_parameters", unit.imei)}
    assert status[first]["status"] == "removed"
    assert status[first]["date_removed"]
    assert status[second]["status"] == "active"
    assert status[second]["date_added"]


def test_settings_of_others_are_not_its_own(system, factory, server, unit):
    imei, _ = helio.new_hub2(factory)
    other = system.post("/product_parameters", {
        "product_imei": imei, "parameter_type_id": 1, "status": "pending",
        "value": "5"}).json()["product_parameter_id"]
    data = accepted(unit.post_rc(applied={"parameters": [
        {"kind": "product", "id": other}]}))
    assert data["ignored"] == ["applied.parameters.product.%d" % other]


def test_settings_of_parts(system, unit):
    link = rows(system, "part_product_linker", unit.imei)[0]
    setting = system.post("/part_parameters", {
        "part_id": link["part_id"], "parameter_type_id": 4,
        "status": "pending", "value": "7"}).json()["part_parameter_id"]
    assert accepted(unit.get_rc())["parameters"] == [{
        "kind": "part", "id": setting, "name": "capacity_limit",
        "value": "7"}]
    unit.post_rc(applied={"parameters": [{"kind": "part", "id": setting}]})
    assert accepted(unit.get_rc())["parameters"] == []


def test_a_new_firmware(system, unit):
    unit.post_rc(software="3.5")
    system.post("/product_software_linker", {
        "product_imei": unit.imei, "software_version_type_id": 7})
    offer = accepted(unit.get_rc())["software"]
    assert offer == {"name": "3.6", "link": None, "checksum": None}
    accepted(unit.get_rc())
    unit.post_rc(software="3.6")
    assert accepted(unit.get_rc())["software"] is None
    linkers = {x["software_version_type_id"]: x for x in rows(
        system, "product_software_linker", unit.imei)}
    assert linkers[6]["date_removed"]
    assert linkers[7]["date_added"] and not linkers[7]["date_removed"]
    assert linkers[7]["update_attempts"] == 2


def test_what_a_unit_is_told(unit):
    data = accepted(unit.get_rc())
    assert abs(data.pop("server_time") - time.time() * 1000) < 60000
    assert data == {"enabled": False, "tamper_enabled": False,
                    "parameters": [], "software": None,
                    "payment_commands": [], "poll_after": 14400}


# ---- uploads ----

def read(api, imei, **params):
    r = api.get("/products/%s/data" % imei, params=params)
    assert r.status_code == 200, r.text
    return r.json()["data"]


def test_an_upload_is_read_back(login, unit):
    now = int(time.time() * 1000) // 1000 * 1000
    data = accepted(unit.post_rm({"measurement": "telemetry", "fields": {
        "voltage": [[now - 2000, 12.5], [now - 1000, 12.75]],
        "current": [[now - 1000, 1]]}}))
    assert data == {"written": 3, "rejected": []}
    got = read(login("OVERVIEW"), unit.imei)
    assert got["tags"] == {"product_imei": unit.imei}
    assert [v for v, _ in got["voltage"]] == [12.5, 12.75]
    assert [v for v, _ in got["current"]] == [None, 1]


def test_the_same_again_changes_nothing(login, unit):
    body = {"measurement": "telemetry", "fields": {
        "voltage": [["2026-01-01T00:00:00Z", 12.5]]}}
    for _ in range(2):
        assert accepted(unit.post_rm(body))["written"] == 1
    assert read(login("OVERVIEW"), unit.imei, start="2025-01-01")[
        "voltage"] == [[12.5, "2026-01-01T00:00:00Z"]]


def test_regular_samples(login, unit):
    data = accepted(unit.post_rm({
        "measurement": "telemetry", "start": 1767225600000, "interval": 60000,
        "fields": {"voltage": [1.5, None, 2.5]}}))
    assert data["written"] == 2
    assert read(login("OVERVIEW"), unit.imei, start="2025-12-31")[
        "voltage"] == [[1.5, "2026-01-01T00:00:00Z"],
                       [2.5, "2026-01-01T00:02:00Z"]]


def test_bad_points_block_nothing(login, unit):
    later = int((time.time() + 2 * 86400) * 1000)
    data = accepted(unit.post_rm({"measurement": "telemetry", "fields": {
        "voltage": [["2026-01-01T00:00:00Z", 12.5], ["never", 1],
                    ["2009-12-31T00:00:00Z", 1], [later, 1], 5, []],
        "current": [["2026-01-01T00:00:00Z", {"a": 1}]]}}))
    assert data["written"] == 1
    assert len(data["rejected"]) == 6
    for one in data["rejected"]:
        assert set(one) == {"field", "time", "reason"} and one["reason"]
    assert [one["time"] for one in data["rejected"]] == [
        "never", "2009-12-31T00:00:00Z", later, None, None,
        "2026-01-01T00:00:00Z"]
    assert read(login("OVERVIEW"), unit.imei, start="2025-01-01")[
        "voltage"] == [[12.5, "2026-01-01T00:00:00Z"]]


def test_a_unit_speaks_for_itself_only(login, unit, factory):
    other, _ = helio.new_hub2(factory)
    accepted(unit.post_rm({
        "measurement": "telemetry", "tags": {"product_imei": other},
        "fields": {"voltage": [["2026-01-01", 1]]}}))
    assert "voltage" not in read(login("OVERVIEW"), other,
                                 start="2025-01-01")
    assert "voltage" in read(login("OVERVIEW"), unit.imei,
                             start="2025-01-01")


def test_compressed_bodies(login, unit):
    body = gzip.compress(json.dumps({
        "measurement": "telemetry",
        "fields": {"voltage": [["2026-01-01", 3.5]]}}).encode())
    gz = {"Content-Encoding": "gzip"}
    assert accepted(unit.request("POST", "/rm_data", body, headers=gz)) == {
        "written": 1, "rejected": []}
    accepted(unit.request("POST", "/rc_data", gzip.compress(b"{}"),
                          headers=gz))


def test_damaged_and_exploding_bodies(unit):
    gz = {"Content-Encoding": "gzip"}
    whole = gzip.compress(b"{}" * 100)
    for body in (whole[:-5], whole + b"x", b"\x1f\x8b", b""):
        r = unit.request("POST", "/rm_data", body, headers=gz)
        assert r.status_code == 400, r.text
    bomb = gzip.compress(b" " * (40 << 20))
    r = unit.request("POST", "/rm_data", bomb, headers=gz)
    assert r.status_code == 413
    unit.check_reply(r)


def test_a_large_upload(login, unit):
    points = [[1767225600000 + i, i / 8] for i in range(60000)]
    assert accepted(unit.post_rm({
        "measurement": "telemetry", "fields": {"voltage": points}}))[
            "written"] == 60000
    assert len(read(login("OVERVIEW"), unit.imei, start="2025-01-01")[
        "voltage"]) == 60000


# ---- the data endpoint for people ----

DAYS = ["2016-01-01T00:00:00Z", "2016-01-01T04:00:00Z",
        "2016-01-01T08:00:00Z"]


def test_the_documents_write_example(server, login, unit):
    url = server.v1 + "/products/%s/data" % unit.imei
    headers = {"Content-Type": "application/json",
               "Authorization": "Token token=" + login("TECHNICAL").token}
    data = json.dumps({
        "measurement": "telemetry", "tags": {"some_tag": "tag_value"},
        "fields": {
            "current": [[1472688000000, 1.0], [1472774400000, 2.0],
                        [1472860800000, 3.0]],
            "voltage": [['2016-09-01T00:00:00Z', 10.0],
                        ['2016-09-02 00:00:00', 20.0], ['2016-09-03', 30.0]],
            "temperature": [['Thu, September 1st 2016', 0.1],
                            ['Fri, September 2nd 2016', 0.2],
                            ['Sat, September 3rd 2016', 0.3]]}})
    r = requests.post(url=url, data=data, headers=headers)
    assert r.status_code == 200
    assert r.json() == {
        "status": "success", "data": None,
        "message": "9 data-point(s) successfully written to influx"}
    got = read(login("OVERVIEW"), unit.imei, start="2016-08-01",
               end="2016-10-01", tags=json.dumps({"some_tag": "tag_value"}))
    assert got["temperature"] == [
        [0.1, "2016-09-01T00:00:00Z"], [0.2, "2016-09-02T00:00:00Z"],
        [0.3, "2016-09-03T00:00:00Z"]]
    assert got["tags"]["some_tag"] == "tag_value"


@pytest.fixture
def sampled(login, unit):
    r = login("TECHNICAL").post("/products/%s/data" % unit.imei, {
        "measurement": "telemetry", "fields": {
            "current": [[DAYS[0], 1.234], [DAYS[1], 2.234],
                        [DAYS[2], 3.234]],
            "temperature": [[DAYS[0], 21.345], [DAYS[2], 21.345]]}})
    assert r.status_code == 200
    return unit


def test_the_documents_read_example(server, login, sampled):
    url = server.v1 + "/products/%s/data" % sampled.imei
    headers = {"Content-Type": "application/json",
               "Authorization": "Token token=" + login("OVERVIEW").token}
    params = {"start": "2015-12-31", "end": "2016-01-02", "limit": 100,
              "fields": ["current", "temperature"]}
    r = requests.get(url=url, params=params, headers=headers)
    assert r.json() == {
        "status": "success", "message": "data retrieved successfully",
        "data": {"measurement": "telemetry",
                 "tags": {"product_imei": sampled.imei},
                 "current": [[1.234, DAYS[0]], [2.234, DAYS[1]],
                             [3.234, DAYS[2]]],
                 "temperature": [[21.345, DAYS[0]], [None, DAYS[1]],
                                 [21.345, DAYS[2]]]}}


def test_ranges(login, sampled):
    api = login("OVERVIEW")

    def current(**params):
        return [v for v, _ in read(api, sampled.imei, **params).get(
            "current", [])]
    assert current() == []                          # the last seven days
    assert current(start=DAYS[0]) == [2.234, 3.234]     # exclusive
    assert current(start="2015-12-31", end=DAYS[1]) == [1.234, 2.234]
    assert current(start="2015-12-31", limit=1) == [1.234]
    assert current(start="1451606400000") == [2.234, 3.234]
    assert current(start="2016-02-01") == []


@pytest.mark.parametrize("fields", [
    "current", ["current"], '["current"]', " current ,"])
def test_forms_of_fields(login, sampled, fields):
    got = read(login("OVERVIEW"), sampled.imei, start="2015-12-31",
               fields=fields)
    assert "current" in got and "temperature" not in got


def test_arguments_in_a_body(login, sampled):
    r = login("OVERVIEW").get("/products/%s/data" % sampled.imei, {
        "start": "2015-12-31", "fields": ["temperature"], "limit": 1})
    assert r.json()["data"]["temperature"] == [[21.345, DAYS[0]]]


def test_disaggregation_is_a_list(login, unit):
    login("TECHNICAL").post("/products/%s/data" % unit.imei, {
        "measurement": "disaggregation",
        "fields": {"AC0122": [[DAYS[0], 0]], "LI0011": [[DAYS[0], 1.3]]}})
    assert read(login("OVERVIEW"), unit.imei, start="2015-12-31",
                measurement="disaggregation") == [{
                    "AC0122": 0, "LI0011": 1.3, "product_imei": unit.imei,
                    "time": DAYS[0]}]


@pytest.mark.parametrize("params, named", [
    ({"start": "never"}, {"start"}), ({"limit": "x"}, {"limit"}),
    ({"limit": 0}, {"limit"}), ({"tags": "[]"}, {"tags"}),
    ({"tags": '{"product_imei": "other"}'}, {"tags"}),
    ({"fields": "[1]"}, {"fields"}), ({"where": "a >"}, {"where"}),
    ({"ds_interval": "5x", "ds_fucntion": "meen"},
     {"ds_interval", "ds_fucntion"})])
def test_bad_reads(login, unit, params, named):
    r = login("OVERVIEW").get("/products/%s/data" % unit.imei, params=params)
    assert r.status_code == 400, r.text
    assert set(r.json()["validation_errors"]) == named


@pytest.mark.parametrize("body", [
    "", "[]", "{", "5", {}, {"measurement": "t"},
    {"measurement": "t", "fields": []},
    {"measurement": "t", "fields": {"a": [["never", 1]]}},
    {"measurement": "t", "fields": {"a": [[1472688000000]]}},
    {"measurement": "t", "fields": {"a": [[1472688000000, [1]]]}},
    {"measurement": "t", "fields": {"a": [[1472688000000, 1]]},
     "tags": {"product_imei": "other"}}])
def test_bad_writes(login, unit, body):
    r = login("TECHNICAL").post("/products/%s/data" % unit.imei, body)
    assert r.status_code == 400, r.text
    assert "t" not in read(login("OVERVIEW"), unit.imei, start="2015-01-01",
                           measurement="t")


def test_who_may_read_and_write(login, unit):
    path = "/products/%s/data" % unit.imei
    assert login("OVERVIEW").post(path, {}).status_code == 403
    assert login("OVERVIEW").get(path).status_code == 200
    assert login("OVERVIEW", "ENTITY").get(path).status_code == 404
    good = {"measurement": "t", "fields": {"a": [[1472688000000, 1]]}}
    assert login("SYSTEM", "ENTITY").post(path, good).status_code == 404
    assert login("OVERVIEW").get("/products/nobody/data").status_code == 404
