"""Line protocol at /write, as clients of InfluxDB 1.x send it."""
import gzip

import pytest
import requests

import helio

T0 = 1700000000


@pytest.fixture
def write(server):
    """write(lines, ...) posts them as a user of a level and scope."""
    def post(lines, level="TECHNICAL", scope="GLOBAL", **params):
        headers = params.pop("headers", {
            "Authorization": "Token token=%s" %
                             server.login(level, scope).token})
        body = lines.encode() if isinstance(lines, str) else lines
        query = {"db": "telemetry", "precision": "s", **params}
        return requests.post(server.url + "/write", data=body,
                             params={k: v for k, v in query.items() if v},
                             headers=headers, timeout=60)
    return post


@pytest.fixture
def imei(factory):
    return helio.new_hub2(factory)[0]


def data(api, imei, **params):
    # a measurement of these tests' own: types of fields are everybody's
    query = {"start": "2023-11-01", "end": "2023-12-01",
             "measurement": "lp", **params}
    reply = api.get("/products/%s/data" % imei, params=query)
    assert reply.status_code == 200, reply.text
    found = reply.json()["data"]
    return {k: v for k, v in found.items()
            if k not in ("measurement", "tags")}


def test_lines_become_samples(write, system, imei):
    reply = write("lp,product_imei=%s voltage=13.25,pulses=7i,"
                  'on=t,state="a \\"b\\"" %d\n'
                  "# a comment\n\n"
                  "lp,product_imei=%s voltage=13.5 %d\n" % (
                      imei, T0, imei, T0 + 60))
    assert reply.status_code == 204, reply.text
    assert reply.content == b""
    assert reply.headers["X-Influxdb-Version"].startswith("1.")
    assert data(system, imei) == {
        "on": [[True, "2023-11-14T22:13:20Z"], [None, "2023-11-14T22:14:20Z"]],
        "pulses": [[7, "2023-11-14T22:13:20Z"],
                   [None, "2023-11-14T22:14:20Z"]],
        "state": [['a "b"', "2023-11-14T22:13:20Z"],
                  [None, "2023-11-14T22:14:20Z"]],
        "voltage": [[13.25, "2023-11-14T22:13:20Z"],
                    [13.5, "2023-11-14T22:14:20Z"]]}


@pytest.mark.parametrize("precision, time", [
    (None, "1700000000123456789"), ("n", "1700000000123456789"),
    ("u", "1700000000123456"), ("ms", "1700000000123"), ("s", "1700000000"),
    ("m", "28333333"), ("h", "472222")])
def test_precisions(write, system, imei, precision, time):
    assert write("p,product_imei=%s v=1 %s" % (imei, time),
                 precision=precision).status_code == 204
    got = data(system, imei, measurement="p")["v"][0][1]
    whole = {None: "22:13:20.123456789", "n": "22:13:20.123456789",
             "u": "22:13:20.123456", "ms": "22:13:20.123", "s": "22:13:20",
             "m": "22:13:00", "h": "22:00:00"}[precision]
    assert got == "2023-11-14T%sZ" % whole


def test_gzip(write, system, imei, server):
    token = server.login("TECHNICAL").token
    body = gzip.compress(("lp,product_imei=%s v=2 %d" % (
        imei, T0)).encode())
    assert write(body, headers={"Authorization": "Token token=" + token,
                                "Content-Encoding": "gzip"}
                 ).status_code == 204
    assert data(system, imei)["v"] == [[2.0, "2023-11-14T22:13:20Z"]]
    assert write(b"not gzip", headers={
        "Authorization": "Token token=" + token,
        "Content-Encoding": "gzip"}).status_code == 400


def test_bad_lines_are_named_and_the_others_stored(write, system, imei):
    reply = write("lp,product_imei=%s v=1 %d\n"
                  "lp,product_imei=%s v=oops %d\n"
                  "lp,product_imei=%s v=2 %d" % (
                      imei, T0, imei, T0, imei, T0 + 1))
    assert reply.status_code == 400
    assert reply.json()["error"].startswith("partial write: unable to parse "
                                            "'lp,product_imei=")
    assert reply.headers["X-Influxdb-Error"] == reply.json()["error"]
    assert [v for v, _ in data(system, imei)["v"]] == [1.0, 2.0]


@pytest.mark.parametrize("line, why", [
    ("m", "missing fields"), ("m ", "missing fields"),
    (",a=b v=1", "missing measurement"), ("m,a v=1", "missing tag value"),
    ("m,=b v=1", "missing tag key"), ("m,a= v=1", "missing tag value"),
    ("m,a=1,a=2 v=1", "duplicate tags"), ("m v=", "missing field value"),
    ("m v=1x", "invalid number"), ("m v=1u", "invalid number"),
    ("m v=NaN", "invalid number"), ("m v=inf", "invalid number"),
    ("m v=1e999", "number out of range"),
    ("m v=99999999999999999999i", "unable to parse integer"),
    ("m v=1.5i", "unable to parse integer"), ("m v=truly", "invalid boolean"),
    ('m v="open', "unbalanced quotes"), ("m v=1 soon", "bad timestamp"),
    ("m v=1 99999999999999999", "time outside range"), ("m =1", "missing"),
    ("m v", "invalid field format"), ("m v=1,", "invalid field format"),
    ("m v=1 1 1", "bad timestamp"), ("m time=1", "invalid field name"),
    ("m tags=1", "invalid field name"), ("m v=1,measurement=1",
                                         "invalid field name"),
    ("m,time=1 v=1", "invalid tag key")])
def test_errors_name_the_line(write, line, why):
    reply = write(line)
    assert reply.status_code == 400, reply.text
    assert reply.json()["error"].startswith("unable to parse '%s': %s" % (
        line.rstrip(), why)) or "unable to parse '%s': %s" % (
            line, why) in reply.json()["error"]


def test_a_type_conflict_drops_the_point(write, system, imei):
    tag = ",product_imei=" + imei
    assert write("ct%s f=1.5,i=1i %d" % (tag, T0)).status_code == 204
    reply = write("ct%s f=2i %d\nct%s f=3,i=4i %d\nct%s i=5.5,f=9 %d" % (
        tag, T0 + 1, tag, T0 + 2, tag, T0 + 3))
    assert reply.status_code == 400
    assert reply.json()["error"] == (
        'partial write: field type conflict: input field "f" on measurement '
        '"ct" is type integer, already exists as type float dropped=2')
    got = data(system, imei, measurement="ct")
    assert [v for v, _ in got["i"]] == [1, 4]
    assert [v for v, _ in got["f"]] == [1.5, 3.0]


def test_the_first_type_of_a_new_field_counts(write, system, imei):
    reply = write("nt,product_imei=%s v=1i %d\nnt,product_imei=%s v=2 %d\n"
                  "nt,product_imei=%s v=3i %d" % (
                      imei, T0, imei, T0 + 1, imei, T0 + 2))
    assert reply.json()["error"].endswith(
        "is type float, already exists as type integer dropped=1")
    got = data(system, imei, measurement="nt")["v"]
    assert [v for v, _ in got] == [1, 3]


def test_escapes(write, system, imei):
    line = (r"a\ b\,c,product_imei=%s,pl\=ace=north\ roof f\ 1=1 %d" %
            (imei, T0))
    assert write(line).status_code == 204
    reply = system.get("/products/%s/data" % imei, params={
        "measurement": "a b,c", "start": "2023-11-01",
        "tags": '{"pl=ace": "north roof"}'})
    assert reply.json()["data"]["f 1"] == [[1.0, "2023-11-14T22:13:20Z"]]


def test_without_a_time_it_is_now(write, system, imei):
    assert write("lp,product_imei=%s v=1" % imei).status_code == 204
    reply = system.get("/products/%s/data" % imei,
                       params={"measurement": "lp"})
    assert [v for v, _ in reply.json()["data"]["v"]] == [1.0]


def test_the_parameters(write):
    assert write("m v=1", db=None).json() == {"error": "database is required"}
    reply = write("m v=1", precision="days")
    assert reply.status_code == 400 and "precision" in reply.json()["error"]
    assert write("").status_code == 204


def test_who_may(write, server, imei):
    line = "lp,product_imei=%s v=1 %d" % (imei, T0)
    assert write(line, level="OVERVIEW").status_code == 403
    assert write(line, headers={}).status_code == 401
    reply = write(line, headers={"Authorization": "Token token=wrong"})
    assert reply.status_code == 401
    assert reply.json() == {"error": "authorization failed"}
    assert reply.headers["WWW-Authenticate"].startswith("Basic")


def test_ways_to_log_in(write, server, imei):
    line = "lp,product_imei=%s v=1 %d" % (imei, T0)
    name = helio.username("TECHNICAL", "GLOBAL")
    low = helio.username("OVERVIEW", "GLOBAL")
    good = requests.auth._basic_auth_str(name, helio.PASSWORD)
    for _ in range(2):      # the second time from memory
        assert write(line, headers={"Authorization": good}
                     ).status_code == 204
    assert write(line, headers={"Authorization": "Token %s:%s" % (
        name, helio.PASSWORD)}).status_code == 204
    assert write(line, headers={}, u=name, p=helio.PASSWORD
                 ).status_code == 204
    assert write(line, headers={}, u=low, p=helio.PASSWORD
                 ).status_code == 403
    assert write(line, headers={}, u=name, p="wrong").status_code == 401
    assert write(line, headers={"Authorization": "Basic %%%"}
                 ).status_code == 401
    assert helio.PASSWORD not in server.stderr()


def test_guessing_is_slowed_down(fresh_server):
    server = fresh_server("--access-log", "on")
    name = helio.username("TECHNICAL", "GLOBAL")
    codes = [requests.post(server.url + "/write", data="m v=1",
                           params={"db": "x", "u": name, "p": "guess%d" % i},
                           timeout=60).status_code for i in range(8)]
    assert codes[0] == 401 and codes[-1] == 429
    assert "guess" not in server.stderr()
    assert "/write" in server.stderr()


def test_a_changed_password_counts_at_once(fresh_server):
    server = fresh_server()
    system = server.login("SYSTEM")
    name = helio.username("TECHNICAL", "GLOBAL")

    def post():
        return requests.post(server.url + "/write", data="m v=1",
                             params={"db": "x", "u": name,
                                     "p": helio.PASSWORD}, timeout=60)
    assert post().status_code == 204
    user = next(u for u in system.get("/users").json()["objects"]
                if u["username"] == name)
    assert system.put("/users/%d" % user["user_id"],
                      {"active": False}).status_code == 200
    assert post().status_code == 401


def test_scope(write, server, world=None):
    factory = server.login("FACTORY", "ENTITY")
    mine = helio.new_hub2(factory)[0]
    theirs = helio.new_hub2(server.login("FACTORY"))[0]

    def post(*tags):
        return write("\n".join("m%s v=1 %d" % (t, T0) for t in tags),
                     scope="ENTITY")
    assert post(",product_imei=" + mine).status_code == 204
    for tags in [(",product_imei=" + theirs,), ("",),
                 (",product_imei=" + mine, ",product_imei=" + theirs),
                 (",product_imei=none",)]:
        reply = post(*tags)
        assert reply.status_code == 403, tags
        assert "product_imei" in reply.json()["error"]
    assert data(server.login(), theirs, measurement="m") == {}
    # their own they read too, through the scope of the series
    assert data(server.login("OVERVIEW", "ENTITY"), mine, measurement="m") == {
        "v": [[1.0, "2023-11-14T22:13:20Z"]]}
