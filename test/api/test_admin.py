"""The operators' listener, request ids and the access log."""
import re
import time

import pytest
import requests

import helio

LOG = re.compile(
    r'^\S+Z level=info event=http.request id=(\S+) peer=(\S+) '
    r'method=(\S+) target="([^"]*)" status=(\d+) bytes=(\d+) us=(\d+) '
    r'user="([^"]*)"$', re.M)


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    folder = tmp_path_factory.mktemp("admin") / "data"
    helio.init(folder)
    server = helio.Server(folder, "--admin-listen", "127.0.0.1:0",
                          "--access-log", "on")
    yield server
    server.stop()


def metrics(server):
    reply = requests.get(server.admin + "/metrics")
    assert reply.status_code == 200
    assert reply.headers["Content-Type"].startswith(
        "text/plain; version=0.0.4")
    found = {}
    for line in reply.text.splitlines():
        if line.startswith("#"):
            assert re.match(r"# (HELP|TYPE) [a-z_]+ .+", line), line
            continue
        name, value = re.match(
            r'([a-z_]+(?:\{(?:[a-z_]+="[^"]*",?)+\})?) (\S+)$', line).groups()
        assert name not in found, name
        found[name] = float(value)
    return found


def metrics_with(server, name, least):
    """The metrics once one of them is there: a request is counted when its
    reply is sent, which the client may hear of first."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        found = metrics(server)
        if found.get(name, 0) >= least:
            return found
    raise AssertionError("%s stays below %s" % (name, least))


def test_life_and_readiness(watched):
    for path in ("/livez", "/readyz"):
        reply = requests.get(watched.admin + path)
        assert (reply.status_code, reply.text) == (200, "ok\n")
        assert requests.post(watched.admin + path).status_code == 405
    assert requests.get(watched.admin + "/v1/home").status_code == 404
    assert requests.get(watched.url + "/livez").status_code == 404
    assert requests.get(watched.url + "/metrics").status_code == 404


def test_requests_are_counted_by_route_and_status(watched):
    api = watched.login("FACTORY")
    count = 'helio_requests_total{method="%s",route="%s",status="%s"}'
    hub = count % ("GET", "hubs/{key}", 404)
    before = metrics(watched)
    for n in range(3):
        assert api.get("/hubs/%d" % (900000 + n)).status_code == 404
    requests.get(watched.v1 + "/nowhere")
    helio.new_hub2(api)
    took = 'helio_request_seconds_%s{kind="user"%s}'
    metrics_with(watched, count % ("", "", 404), 1)
    after = metrics_with(watched, took % ("count", ""),
                         before[took % ("count", "")] + 4)
    assert after[hub] - before.get(hub, 0) == 3
    created = count % ("POST", "products/create_hub2", 200)
    assert after[created] - before.get(created, 0) == 1
    assert after[took % ("count", "")] - before[took % ("count", "")] == 4
    assert after[took % ("bucket", ',le="+Inf"')] == \
        after[took % ("count", "")]
    assert after[took % ("sum", "")] > before[took % ("sum", "")]
    assert after["helio_products"] - before["helio_products"] == 1
    assert after["helio_store_jobs_total"] > before["helio_store_jobs_total"]
    assert after["helio_connections"] >= 1
    assert after["process_resident_memory_bytes"] > 1e6
    assert time.time() - 600 < after["process_start_time_seconds"] \
        <= time.time() + 1


def test_metrics_of_samples(watched):
    """What each of the three ways of uploading counts, and queries."""
    api = watched.login()
    imei, key = helio.new_hub2(watched.login("FACTORY"))
    unit = helio.Unit(watched, imei, key)
    token = {"headers": {"Authorization": "Bearer " + api.token}}
    tele = "helio_telemetry_%s"

    def change(of, act):
        """How the metrics change by an action."""
        before = metrics(watched)
        act()
        after = metrics_with(watched, of, before.get(of, 0) + 1)
        return {name[len("helio_telemetry_"):]: after[name] - before[name]
                for name in after if name.startswith("helio_telemetry_") and
                name != tele % "bytes" and after[name] != before[name]}

    uploads = "helio_upload_seconds_count"
    assert change(uploads, lambda: api.post("/products/%s/data" % imei, {
        "measurement": "counted", "fields": {
            "a": [[1000, 1], [2000, 2]], "b": [[1000, 1]]}})) == {
                "written_rows_total": 2, "written_values_total": 3,
                "rows": 2, "chunks": 1, "series": 1}
    assert change(uploads, lambda: unit.post_rm({
        "measurement": "counted", "fields": {
            "a": [[1717243200000, 1], ["never", 2], [1717243201000, "x"]],
            "b": [[1717243200000, True]]}})) == {
                "written_rows_total": 1, "written_values_total": 1, "rows": 1,
                'rejected_total{reason="form"}': 2,
                'rejected_total{reason="type"}': 1}
    assert change(uploads, lambda: requests.post(
        watched.url + "/write", params={"db": "x"}, data="counted,u=1 a=1i,b=1i "
        "1\nbad\ncounted,u=1 a=\"x\" 2\ncounted,u=1 a=2i 3", **token)) == {
            "written_rows_total": 2, "written_values_total": 3, "rows": 2,
            "chunks": 1, "series": 1, 'rejected_total{reason="form"}': 1,
            'rejected_total{reason="type"}': 1}
    assert change(
        tele % 'queries_total{result="refused"}',
        lambda: requests.get(watched.url + "/query", params={
            "q": "SHOW MEASUREMENTS; SELECT mean(a), a FROM counted; "
                 "SELECT a FROM counted"}, **token)) == {
                     'queries_total{result="done"}': 2,
                     'queries_total{result="refused"}': 1}


def test_metrics_hold_no_names(watched):
    watched.login("ADMIN").get("/products/secret-imei")
    text = requests.get(watched.admin + "/metrics").text
    assert "secret-imei" not in text and "example.com" not in text


def test_request_ids(server):
    made = [requests.get(server.v1 + "/home").headers["X-Request-Id"]
            for _ in range(3)]
    assert len(set(made)) == 3
    assert all(re.fullmatch("[0-9a-f]{16}", x) for x in made)
    taken = requests.get(server.v1 + "/hubs", headers={
        "X-Request-Id": "my-own_id.1"})
    assert taken.status_code == 401
    assert taken.headers["X-Request-Id"] == "my-own_id.1"
    for bad in ("two words", "x" * 65, 'quote"', "a=b"):
        reply = requests.get(server.v1 + "/home", headers={
            "X-Request-Id": bad})
        assert reply.headers["X-Request-Id"] != bad


def logged(server, name):
    """The access line of a request; written once it is over."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        for line in LOG.findall(server.stderr()):
            if line[0] == name:
                return line
    raise AssertionError("no line for %s" % name)


def test_access_log(watched):
    api = watched.login("ADMIN")
    name = {"X-Request-Id": "line-1"}
    reply = api.get("/hubs?page=2", headers=name)
    _, peer, method, target, status, size, took, user = \
        logged(watched, "line-1")
    assert (peer, method, target, status, user) == (
        "127.0.0.1", "GET", "/v1/hubs?page=2", "200",
        helio.username("ADMIN", "GLOBAL"))
    assert int(size) == len(reply.content) and int(took) >= 0


def test_no_secret_is_logged(watched):
    requests.get(watched.v1 + "/auth/validate_user_and_password?username=x&"
                 "password=hush-hush", headers={"X-Request-Id": "line-2"})
    assert logged(watched, "line-2")[3] == \
        "/v1/auth/validate_user_and_password"
    requests.get(watched.v1 + "/auth/nothing?password=hush-hush",
                 headers={"X-Request-Id": "line-3"})
    assert logged(watched, "line-3")[3] == "/v1/auth/nothing"
    token = watched.login("ADMIN").token
    log = watched.stderr()
    assert "hush-hush" not in log
    assert token not in log and helio.PASSWORD not in log


def test_a_target_cannot_forge_fields(watched):
    requests.get(watched.v1 + '/home?" status=500 user="root',
                 headers={"X-Request-Id": "line-4"})
    line = logged(watched, "line-4")
    assert (line[4], line[7]) == ("200", "")


def test_access_log_off(fresh_server):
    server = fresh_server()     # the default
    server.login("ADMIN").get("/hubs")
    server.stop()
    assert "http.request" not in server.stderr()
