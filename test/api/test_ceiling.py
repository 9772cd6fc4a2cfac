"""telemetry_max: a warning at 90 %, no uploads at 100 %, and room again."""
import random
import re

import pytest
import requests

import helio

MINUTE = 60000
AT = 1717243200000


@pytest.fixture
def small(tmp_path):
    folder = tmp_path / "data"
    helio.init(folder)
    server = helio.Server(folder, "--telemetry-max", "30k",
                          "--admin-listen", "127.0.0.1:0")
    yield server
    server.stop()


def noise(day, rows=240, seed=1):
    """Samples that take eight bytes each."""
    dice = random.Random(seed + day)
    return {"measurement": "telemetry", "fields": {"v": [
        [AT + (day * 1440 + i) * MINUTE, dice.getrandbits(62)]
        for i in range(rows)]}}


def metric(server, name):
    text = requests.get(server.admin + "/metrics").text
    return int(re.search(r"^helio_telemetry_%s (\d+)$" % name, text,
                         re.M).group(1))


def events(server):
    return re.findall(r"level=(\w+) event=telemetry\.(\w+) bytes=",
                      server.stderr())


def fill(server, api, imei, percent):
    """Upload until there is that much; how many uploads are there now."""
    days = 0
    while metric(server, "bytes") < 30 * 1024 * percent // 100:
        reply = api.post("/products/%s/data" % imei, noise(
            metric(server, "rows") // 240))
        assert reply.status_code == 200, reply.text
        days += 1
    return days


def write(server, lines):
    return requests.post(server.url + "/write", params={"db": "x"},
                         data=lines, headers={
                             "Authorization": "Bearer " +
                             server.login().token})


def stats(server, api, *flags):
    return helio.run("telemetry", "stats", *flags, env={
        "HELIO_URL": server.url, "HELIO_TOKEN": api.token})


def test_the_whole_way(small):
    api = small.login()
    imei, key = helio.new_hub2(small.login("FACTORY"))
    unit = helio.Unit(small, imei, key)
    assert metric(small, "max_bytes") == 30 * 1024
    assert metric(small, "level") == 0
    assert api.get("/telemetry/stats").json()["message"] == ""
    assert stats(small, api).stderr == ""

    # near
    fill(small, api, imei, 90)
    assert metric(small, "level") == 1
    assert events(small) == [("warn", "nearly_full")]
    message = api.get("/telemetry/stats").json()["message"]
    assert re.match(r"The telemetry has reached 9\d % of its ceiling "
                    r"\(telemetry_max\)$", message)
    assert message in stats(small, api).stderr
    assert message in stats(small, api, "--json").stderr
    assert small.login("OVERVIEW", "ENTITY").get(
        "/telemetry/stats").json()["message"] == ""
    done = helio.run("doctor", "--data", small.folder)
    assert re.search(r"^WARN telemetry takes 9\d % of telemetry_max", done.stdout,
                     re.M)

    # full
    fill(small, api, imei, 100)
    held = metric(small, "bytes")
    assert metric(small, "level") == 2
    assert events(small)[1:] == [("error", "full")]
    text = "The telemetry has no room left (telemetry_max). Nothing was stored"
    reply = api.post("/products/%s/data" % imei, noise(99))
    assert (reply.status_code, reply.headers["Retry-After"]) == (507, "3600")
    assert reply.json() == {"status": "error", "message": text, "data": None}
    assert api.post("/products/%s/data" % imei, noise(99), headers={
        "Accept-Language": "fr"}).json()["message"].startswith("La télémétrie")
    reply = write(small, "m v=1 1")
    assert (reply.status_code, reply.json()) == (507, {"error": text})
    assert reply.headers["Retry-After"] == "3600"
    reply = unit.post_rm(noise(99))
    assert (reply.status_code, reply.json()["message"]) == (507, text)
    assert "uploads are refused" in \
        api.get("/telemetry/stats").json()["message"]
    assert metric(small, "bytes") == held

    # the rest of what a unit has to say is taken, its samples of status too
    reply = unit.post_rc(balance=77, tamper_open=True)
    assert (reply.status_code, reply.json()["data"]["ignored"]) == (200, [])
    assert unit.get_rc().status_code == 200
    found = api.get("/products/%s/data" % imei, params={
        "measurement": "status"}).json()["data"]
    assert [v for v, _ in found["balance"]] == [77]
    assert unit.post_rm({"measurement": "telemetry", "fields": {
        "v": [["never", 1]]}}).json()["data"]["written"] == 0

    # and reading goes on
    reply = api.get("/products/%s/data" % imei, params={"start": "2024-01-01"})
    assert reply.status_code == 200 and len(reply.json()["data"]["v"]) > 0

    # room again, by deletion
    assert api.delete("/products/%s/data" % imei, {
        "measurement": "telemetry", "start": "2024-01-01"}).status_code == 200
    assert metric(small, "level") == 0
    assert events(small)[2:] == [("info", "room_again")]
    assert unit.post_rm(noise(99)).status_code == 200
    assert helio.run("doctor", "--data", small.folder).stdout.count("BAD") == 0


def test_a_start_that_is_full_already(small):
    api = small.login()
    imei = helio.new_hub2(small.login("FACTORY"))[0]
    fill(small, api, imei, 50)
    small.stop()
    small.flags = ["--telemetry-max", "1000", "--admin-listen", "127.0.0.1:0"]
    small.start()
    assert events(small)[-1] == ("error", "full")
    assert small.login().post("/products/%s/data" % imei,
                              noise(99)).status_code == 507
    small.stop()
    small.flags = ["--admin-listen", "127.0.0.1:0"]
    small.start()
    assert small.login().post("/products/%s/data" % imei,
                              noise(99)).status_code == 200
    assert (metric(small, "max_bytes"), metric(small, "level")) == (0, 0)
