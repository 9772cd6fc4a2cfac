"""/query: InfluxQL as InfluxDB 1.6 answers it, compared with InfluxDB itself,
and what Grafana asks."""
import json
import os
import re
import socket
import time
import urllib.parse

import pytest
import requests

import helio
import influx

SEED = 20260101


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A server with three units and their samples; the units' names."""
    folder = tmp_path_factory.mktemp("influxql") / "data"
    helio.init(folder)
    server = helio.Server(folder)
    factory = server.login("FACTORY")
    server.imeis = [helio.new_hub2(factory)[0] for _ in range(3)]
    server.lines = influx.data(server.imeis, SEED)
    server.influx = influx.Helio(server, server.login("SYSTEM"))
    server.influx.write(server.lines)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def reference(place, tmp_path_factory):
    """InfluxDB with the same samples."""
    other = influx.InfluxDB(tmp_path_factory.mktemp("influxdb"))
    other.write(place.lines)
    yield other
    other.stop()


@pytest.fixture
def ask(place):
    """ask(q, **parameters): the results."""
    def ask(q, **params):
        reply = place.influx.query(q, **params)
        assert reply.status_code == 200, reply.text
        return reply.json()["results"]
    return ask


def one(results):
    """The only series of the only result."""
    assert len(results) == 1 and "error" not in results[0], results
    assert len(results[0]["series"]) == 1, results
    return results[0]["series"][0]


def compare(place, reference, seed, n):
    grammar = influx.Grammar(seed, place.imeis)
    rows = 0
    for _ in range(n):
        q = grammar.query()
        ours, theirs = place.influx.query(q), reference.query(q)
        assert (ours.status_code, theirs.status_code) == (200, 200), (
            q, ours.text, theirs.text)
        found = influx.difference(ours.json()["results"],
                                  theirs.json()["results"])
        assert found is None, "%s\n%s" % (q, found)
        rows += ours.text.count("],[")
    # a comparison of nothing would prove nothing
    assert rows > 10 * n


def test_500_queries_give_what_influxdb_gives(place, reference):
    compare(place, reference, SEED, 500)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_many_more_queries(place, reference, seed):
    compare(place, reference, seed, 2000)


FIXED = [
    "SHOW MEASUREMENTS",
    "SHOW MEASUREMENTS LIMIT 1 OFFSET 1",
    "SHOW MEASUREMENTS WITH MEASUREMENT =~ /^t/",
    "SHOW MEASUREMENTS WITH MEASUREMENT = analysis",
    "SHOW MEASUREMENTS WHERE site = 'north'",
    "SHOW FIELD KEYS",
    'SHOW FIELD KEYS ON heliograph FROM "telemetry" LIMIT 2',
    "SHOW TAG VALUES FROM telemetry WITH KEY = site",
    "SHOW TAG VALUES FROM telemetry WITH KEY = \"site\" WHERE site != 'north'",
    "SHOW TAG VALUES WITH KEY IN (site, product_imei)",
    "SHOW TAG VALUES WITH KEY =~ /^s/",
    "SHOW SERIES",
    "SHOW SERIES FROM telemetry WHERE site = 'north' LIMIT 2",
    "SHOW DATABASES",
    "SELECT max(voltage) FROM telemetry; SELECT min(voltage) FROM telemetry",
    "SELECT voltage FROM nothing",
    "SELECT nothing FROM telemetry",
    "SELECT mean(state) FROM telemetry",
    "SELECT mean(voltage), voltage FROM telemetry",
    "SELECT voltage FROM telemetry GROUP BY time(1h)",
    "SELECT top(voltage, 3), mean(voltage) FROM telemetry",
    "SELECT derivative(voltage) FROM telemetry WHERE time > 0 "
    "GROUP BY time(1h)",
    "SELECT percentile(voltage) FROM telemetry",
    "SELECT count(voltage) FROM telemetry WHERE time > '2020-01-01' AND "
    "time < '2020-01-01 12:00:00.5' GROUP BY time(3h), *",
    "SELECT count(voltage) FROM telemetry WHERE time >= "
    "'2020-01-01T06:00:00Z' - 1h AND time < '2020-01-02T00:00:00Z' + 30m",
    "SELECT count(voltage) FROM telemetry WHERE time < now()",
    "SELECT voltage AS v, current FROM telemetry ORDER BY time DESC LIMIT 3",
]


@pytest.mark.parametrize("q", FIXED)
def test_statements_as_influxdb(place, reference, q):
    found = influx.difference(place.influx.query(q).json()["results"],
                              _known(reference.query(q).json()["results"]))
    assert found is None, found


def test_policies_as_influxdb(place, reference):
    api = place.login()
    q = "SHOW RETENTION POLICIES ON heliograph"
    for n, (seconds, text) in enumerate([
            (None, "INF"), (3600, "1h"), (5400, "90m"), (2 * 86400, "2d"),
            (2 * 86400 - 1, "172799s"), (180 * 86400, "180d"),
            (179 * 86400 + 59, "15465659s"), (520 * 604800, "520w")]):
        name = "rp%d" % n
        assert api.post("/retention_policies", {
            "name": name, "measurement": name,
            "duration": seconds}).status_code == 201
        reply = reference.query(
            "CREATE RETENTION POLICY %s ON heliograph DURATION %s REPLICATION "
            "1" % (name, text), method="POST")
        assert "error" not in reply.text, reply.text
    ours, theirs = (side.query(q).json()["results"][0]["series"][0]
                    for side in (place.influx, reference))
    assert ours["columns"] == theirs["columns"]
    assert [row for row in ours["values"]
            if row[0] not in ("telemetry_rp", "analysis_rp")] == \
        theirs["values"]


def _known(results):
    """Our one data base has no _internal beside it."""
    for series in results[0].get("series", []):
        series["values"] = [v for v in series["values"]
                            if v != ["_internal"]]
    return results


@pytest.mark.parametrize("params", [
    {"epoch": "ms"}, {"epoch": "s"}, {"epoch": "u"}, {"epoch": "ns"},
    {"epoch": "h"}, {}, {"pretty": "true"}])
def test_bodies_as_influxdb(place, reference, params):
    """Byte for byte: the form of times and numbers, and pretty=true."""
    q = "SELECT voltage, level, enabled, state FROM telemetry LIMIT 20; " \
        "SELECT max(voltage) * 1e16, min(voltage) / 1e8, 2.0 * max(level) " \
        "FROM telemetry GROUP BY site"
    q = q.replace("1e16", "10000000000000000.0").replace("1e8",
                                                         "100000000.0")
    assert place.influx.query(q, **params).text == \
        reference.query(q, **params).text


def test_csv_as_influxdb(place, reference):
    q = "SELECT voltage, state FROM telemetry GROUP BY site LIMIT 3"
    bodies = []
    for side in (place.influx, reference):
        reply = side.session.get(side.url + "/query", params={
            "db": "heliograph", "q": q}, headers={"Accept": "text/csv"})
        assert reply.headers["Content-Type"].startswith("text/csv")
        bodies.append(reply.text)
    assert bodies[0] == bodies[1]


def test_chunks_as_influxdb(place, reference):
    q = "SELECT voltage FROM telemetry GROUP BY site LIMIT 25"
    docs = []
    for side in (place.influx, reference):
        reply = side.query(q, chunked="true", chunk_size=10)
        docs.append([json.loads(line) for line in reply.text.splitlines()])
    assert docs[0] == docs[1] and len(docs[0]) == 6


def test_post_takes_a_form(place, ask):
    q = "SELECT count(voltage) FROM telemetry"
    reply = place.influx.session.post(place.url + "/query", data={
        "q": q, "db": "heliograph", "epoch": "s"})
    assert reply.status_code == 200
    assert one(reply.json()["results"])["values"] == [[0, 900]]


@pytest.mark.parametrize("q, error", [
    (None, 'missing required parameter "q"'),
    ("", 'missing required parameter "q"'),
    ("SELECT", "error parsing query: found EOF, expected identifier, string, "
     "number, bool at line 1, char 7"),
    ("SELECT a", "error parsing query: found EOF, expected from at line 1, "
     "char 9"),
    ("SELECT a FROM m WHERE\n a == 1", "error parsing query: found =, "
     "expected identifier, string, number, bool at line 2, char 5"),
    ("SELECT a FROM m WHERE a =~ /(/", "regular expression"),
    ("SELECT a FROM (SELECT b FROM m)", "subqueries are not supported"),
    ("SELECT a INTO b FROM m", "INTO is not supported"),
    ("SELECT a FROM m tz('Europe/Berlin')", "tz() is not supported"),
    ("SELECT nosuch(a) FROM m", "undefined function nosuch()"),
    ("DROP MEASUREMENT m", "found DROP, expected SELECT or SHOW"),
    ("SELECT a FROM m WHERE b = 'x", "is not closed"),
])
def test_faults_of_the_text_are_400(place, q, error):
    reply = place.influx.query(q)
    assert reply.status_code == 400
    assert error in reply.json()["error"]
    assert reply.headers["X-Influxdb-Error"] == \
        reply.json()["error"].replace("\n", " ")


def test_epoch_must_be_known(place):
    assert place.influx.query("SHOW DATABASES",
                              epoch="year").status_code == 400


def test_a_statements_fault_stands_in_its_result(ask):
    results = ask("SELECT mean(state) FROM telemetry; "
                  "SELECT count(state) FROM telemetry")
    assert "mean()" in results[0]["error"] and "string" in results[0]["error"]
    assert results[1]["series"][0]["columns"] == ["time", "count"]


# ---- who may ----

def test_ping_and_health_need_nobody(place):
    reply = requests.get(place.url + "/ping")
    assert reply.status_code == 204
    assert reply.headers["X-Influxdb-Version"] == "1.6.7"
    assert requests.head(place.url + "/ping").status_code == 204
    assert requests.get(place.url + "/ping", params={
        "verbose": "true"}).json() == {"version": "1.6.7"}
    health = requests.get(place.url + "/health")
    assert health.status_code == 200
    assert health.json()["status"] == "pass"


def test_query_needs_a_user(place):
    reply = requests.get(place.url + "/query", params={
        "q": "SHOW MEASUREMENTS"})
    assert reply.status_code == 401
    assert reply.json() == {"error": "authorization failed"}
    user = helio.username("OVERVIEW", "GLOBAL")
    for given in ({"auth": (user, helio.PASSWORD)},
                  {"params": {"u": user, "p": helio.PASSWORD}}):
        given.setdefault("params", {})["q"] = "SHOW MEASUREMENTS"
        assert requests.get(place.url + "/query",
                            **given).status_code == 200


def test_an_entitys_user_sees_its_units_only(place):
    """Whatever is asked: rows, SHOW, and what the register adds."""
    mine = place.imeis[0]
    api = place.login("ADMIN")
    reply = api.put("/products/%s/assign_entity" % mine,
                    {"entity_id": helio.ENTITY})
    assert reply.status_code == 200, reply.text
    other = api.put("/products/%s/assign_entity" % place.imeis[1],
                    {"entity_id": helio.OTHER_ENTITY})
    assert other.status_code == 200, other.text
    theirs = influx.Helio(place, place.login("OVERVIEW", "ENTITY"))

    def values(q, side=theirs):
        return [value for series in side.query(q).json()["results"][0]
                .get("series", []) for value in series["values"]]

    assert values("SHOW TAG VALUES FROM telemetry WITH KEY = product_imei") \
        == [["product_imei", mine]]
    assert values("SHOW TAG VALUES FROM telemetry WITH KEY = entity_id") == \
        [["entity_id", str(helio.ENTITY)]]
    assert values("SELECT count(voltage) FROM telemetry")[0][1] == 300
    assert values("SELECT count(voltage) FROM /./ WHERE product_imei = '%s'"
                  % place.imeis[1]) == []
    assert values("SELECT count(voltage) FROM telemetry WHERE entity_id = "
                  "'%d'" % helio.OTHER_ENTITY) == []
    assert all(mine in key for key, in values("SHOW SERIES"))
    everybody = place.influx
    assert values("SELECT count(voltage) FROM telemetry GROUP BY entity_id",
                  everybody) == [["1970-01-01T00:00:00Z", 300]] * 3


def test_groups_by_what_the_register_says(place, ask):
    """entity_id and product_type_id are no tags of the samples."""
    series = ask("SELECT count(voltage) FROM telemetry "
                 "GROUP BY product_type_id, product_imei")[0]["series"]
    assert [s["tags"]["product_imei"] for s in series] == place.imeis
    product = place.login("SYSTEM").get(
        "/products/" + place.imeis[0]).json()
    assert {s["tags"]["product_type_id"] for s in series} == {
        str(product["product_type_id"])}
    keys = [v[0] for s in ask("SHOW TAG KEYS FROM telemetry")[0]["series"]
            for v in s["values"]]
    assert "product_type_id" in keys and "product_imei" in keys


def test_own_tags_win_over_the_register(place, ask):
    place.influx.write(["own,product_imei=%s,entity_id=mine v=1 1"
                        % place.imeis[0]])
    assert one(ask("SELECT v FROM own GROUP BY entity_id"))["tags"] == {
        "entity_id": "mine"}


# ---- limits ----

def test_budget_of_rows(fresh_server):
    server = fresh_server("--query-rows", "5000")
    imei, _ = helio.new_hub2(server.login("FACTORY"))
    side = influx.Helio(server, server.login("SYSTEM"))
    side.write(["m,product_imei=%s v=%d %d" % (imei, i, i * influx.NS)
                for i in range(12000)])
    reply = side.query("SELECT mean(v) FROM m")
    assert reply.status_code == 400
    assert "query_rows" in reply.json()["error"]
    assert side.query("SELECT v FROM m LIMIT 10").status_code == 200


def test_too_many_intervals(place):
    reply = place.influx.query("SELECT mean(voltage) FROM telemetry WHERE "
                               "time > '2000-01-01' GROUP BY time(1s)")
    assert reply.status_code == 400
    assert "intervals" in reply.json()["error"]


def test_hostile_patterns_end(place, ask):
    """Backtracking without end is cut by the limits of a match."""
    place.influx.write(['text,product_imei=%s s="%s" 1' % (
        place.imeis[0], "a" * 4000)])
    assert "series" not in ask(
        "SELECT s FROM text WHERE s =~ /^(a+)+$b/")[0]


def test_a_secret_in_the_query_is_not_logged(fresh_server):
    server = fresh_server("--access-log", "on")
    user = helio.username("OVERVIEW", "GLOBAL")
    requests.get(server.url + "/query", params={
        "u": user, "p": helio.PASSWORD, "q": "SHOW DATABASES"})
    helio.until(lambda: "/query" in server.stderr())
    assert helio.PASSWORD.split()[0] not in server.stderr()


# ---- Grafana ----

def test_what_grafana_asks(place, ask):
    """The requests of its InfluxDB data source (InfluxQL): test, variables,
    the query editor, a panel."""
    assert requests.get(place.url + "/ping").status_code == 204
    assert one(ask("SHOW DATABASES"))["values"] == [["heliograph"]]
    assert one(ask('SHOW RETENTION POLICIES on "heliograph"'))["values"][0][
        0] == "autogen"
    names = one(ask("SHOW MEASUREMENTS LIMIT 100"))["values"]
    assert ["telemetry"] in names
    assert one(ask("SHOW MEASUREMENTS WITH MEASUREMENT =~ /(?i)tele/ "
                   "LIMIT 100"))["values"] == [["telemetry"]]
    fields = one(ask('SHOW FIELD KEYS FROM "telemetry"'))
    assert ["voltage", "float"] in fields["values"]
    assert ["site"] in one(ask('SHOW TAG KEYS FROM "telemetry"'))["values"]
    assert one(ask('SHOW TAG VALUES FROM "telemetry" WITH KEY = "site" '
                   'WHERE "product_imei" =~ /^%s$/' % place.imeis[0])
               )["values"] == [["site", "north"], ["site", "south"]]
    start = influx.START * 1000
    panel = ask(
        'SELECT mean("voltage") FROM "autogen"."telemetry" WHERE '
        '("product_imei" =~ /^(%s)$/) AND time >= %dms and time <= %dms '
        'GROUP BY time(2h), "site" fill(null)' % (
            "|".join(place.imeis), start, start + 86400000),
        epoch="ms")[0]["series"]
    assert [s["tags"] for s in panel] == [{"site": "north"},
                                         {"site": "south"}]
    for series in panel:
        assert [v[0] for v in series["values"]] == list(
            range(start, start + 86400001, 7200000))


# ---- streams ----

FIELDS = 10
TEXT = 2000                     # bytes of `text`


class Many:
    """A server with rows of ten values and a text, a second apart."""

    def __init__(self, folder, rows, *flags):
        helio.init(folder)
        env = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") +
               ":quarantine_size_mb=1"}
        self.server = helio.Server(folder, "--admin-listen", "127.0.0.1:0",
                                   *flags, env=env)
        self.api = self.server.login("SYSTEM")
        self.influx = influx.Helio(self.server, self.api)
        self.rows = rows
        for start in range(0, rows, 5000):
            self.influx.write([
                "many " + ",".join("v%d=%d" % (f, (i * f) % 1000)
                                   for f in range(FIELDS)) +
                ",text=\"%s\" %d" % (chr(97 + i % 26) * TEXT, i * 10 ** 9)
                for i in range(start, min(rows, start + 5000))])

    def memory(self):
        """Bytes that are the server's own, not those of mapped files."""
        with open("/proc/%d/status" % self.server.process.pid) as status:
            return 1024 * int(re.search(r"RssAnon:\s+(\d+)",
                                        status.read())[1])

    def metric(self, name):
        text = requests.get(self.server.admin + "/metrics").text
        return int(re.search(r"^%s (\d+)$" % name, text, re.M)[1])

    def documents(self, q, **params):
        """Of a chunked reply, as they come."""
        with self.influx.session.get(
                self.influx.url + "/query", stream=True, timeout=60,
                params={"q": q, "chunked": "true", **params}) as reply:
            assert reply.status_code == 200, reply.text
            for line in reply.iter_lines(1 << 16):
                yield json.loads(line)

    def socket(self, q, receive_buffer=4096, method="GET", version="1.1"):
        """A connection that has asked for a chunked reply and reads what it
        is told to."""
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        s.settimeout(60)
        url = urllib.parse.urlsplit(self.server.url)
        s.connect((url.hostname, url.port))
        s.sendall(("%s /query?chunked=true&q=%s HTTP/%s\r\nHost: x\r\n"
                   "Authorization: %s\r\n\r\n" % (
                       method, urllib.parse.quote(q), version,
                       self.influx.session.headers["Authorization"]
                   )).encode())
        return s


@pytest.fixture
def many(tmp_path):
    servers = []

    def start(rows, *flags):
        servers.append(Many(tmp_path / "data", rows, *flags))
        return servers[-1]

    yield start
    for one_of_them in servers:
        one_of_them.server.stop()


def joined(documents):
    """Chunks put together: {(statement, name, tags): [columns, rows]}."""
    series = {}
    for document in documents:
        result, = document["results"]
        assert "error" not in result, result
        for part in result.get("series", []):
            key = (result["statement_id"], part["name"],
                   json.dumps(part.get("tags")))
            series.setdefault(key, [part["columns"], []])[1].extend(
                part["values"])
    return series


def split(reply):
    """The same of a reply in one piece."""
    return joined({"results": [result]} for result in reply["results"])


def texts(n):
    """A statement whose rows have n texts."""
    return "SELECT %s FROM many" % ", ".join("text AS c%d" % i
                                             for i in range(n))


WIDE = texts(10)            # with 1000 rows more than sockets hold


def to_the_end(s):
    """What is left to read of a connection that is closed then: the number of
    bytes, and the last of them."""
    n, last = 0, b""
    while data := s.recv(1 << 20):
        n += len(data)
        last = (last + data)[-300000:]
    return n, last


def to_the_last_chunk(s):
    """The same of a connection that is kept."""
    n, last = 0, b""
    while not last.endswith(b"\r\n0\r\n\r\n"):
        data = s.recv(1 << 20)
        assert data
        n += len(data)
        last = (last + data)[-300000:]
    return n, last


def last_line(last):
    """The last document of a chunked body's end, without what HTTP put
    between its bytes; what came before it may be missing."""
    return re.sub(rb"\r\n[0-9a-f]+\r\n", b"", last).rstrip(
        b"\r\n").rsplit(b"\n")[-1]


def test_stream_takes_no_memory(many):
    """300 MB to a reader that is slower than the server."""
    place = many(1500)
    joined(place.documents("SELECT v1 FROM many; " + texts(5)))
    before, most, n, last = place.memory(), 0, 0, b""
    with place.socket(texts(100), 65536) as s:
        while not last.endswith(b"\r\n0\r\n\r\n"):
            data = s.recv(1 << 20)
            assert data
            n += len(data)
            last = (last + data)[-100:]     # an end may come in two pieces
            if n % 16 == 0:
                most = max(most, place.memory())
    assert n > 1500 * 100 * TEXT and last.endswith(b"}]}\n\r\n0\r\n\r\n")
    assert 0 < most - before < 64 << 20
    assert place.metric("helio_streams_cut_total") == 0


@pytest.mark.slow
def test_ten_million_values(many):
    place = many(20000)
    before, most, n = place.memory(), 0, 0
    for _ in range(50):
        at = 0
        for document in place.documents("SELECT * FROM many", epoch="s"):
            for row in document["results"][0]["series"][0]["values"]:
                assert row[0] == at and row[3] == at % 1000
                at += 1
            most = max(most, place.memory())
        assert at == 20000
        n += at * FIELDS
    assert n == 10 ** 7
    assert most - before < 64 << 20


def test_streams_hold_what_one_piece_does(many):
    place = many(6000)
    for q in ("SELECT v1, v2, v9, text FROM many LIMIT 2000",
              "SELECT v1, v2 FROM many WHERE v3 > 500 ORDER BY time DESC",
              "SELECT mean(v1), max(v2) FROM many WHERE time >= 0 AND "
              "time < 6000s GROUP BY time(2s)",
              "SELECT v1 FROM many; SHOW MEASUREMENTS; SELECT nosuch FROM "
              "many; SELECT v2 FROM many LIMIT 5"):
        whole = split(place.influx.query(q, epoch="ms").json())
        for size in (100, 7777, 100000):
            assert joined(place.documents(q, epoch="ms",
                                          chunk_size=size)) == whole


def test_pretty_streams(many):
    place = many(8000)
    q = "SELECT v1, v2, v3, v4 FROM many"
    reply = place.influx.query(q, chunked="true", pretty="true",
                               chunk_size=1000)
    text, documents = reply.text, []
    assert reply.headers["Transfer-Encoding"] == "chunked"
    assert reply.headers["X-Influxdb-Version"]
    while text:
        document, end = json.JSONDecoder().raw_decode(text)
        assert text[:end] == json.dumps(document, indent=4)
        text = text[end:].lstrip("\n")
        documents.append(document)
    assert len(documents) == 8
    assert joined(documents) == split(place.influx.query(q).json())


def test_wide_chunks_end_early(many):
    place = many(2000)
    reply = place.influx.query(WIDE, chunked="true", chunk_size=100000)
    lines = reply.text.splitlines()
    assert len(lines) > 2
    assert all(4 << 20 < len(line) < 5 << 20 for line in lines[:-1])
    assert sum(len(part[1]) for part in joined(
        map(json.loads, lines)).values()) == 2000


def test_stream_over_a_limit_says_so_at_its_end(many):
    place = many(6000, "--query-rows", "5000")
    *first, last = place.documents("SELECT * FROM many; SHOW MEASUREMENTS",
                                   chunk_size=100)
    rows = joined(first)
    assert len(rows) == 1 and len(list(rows.values())[0][1]) >= 2000
    assert "query_rows" in last["results"][0]["error"]
    assert last["results"][0]["statement_id"] == 0
    small = place.influx.query("SELECT count(v1) FROM many", chunked="true")
    assert small.status_code == 400 and "query_rows" in small.json()["error"]


def test_streams_are_counted(many):
    place = many(1000, "--streams-max", "4", "--workers", "1",
                 "--drain", "1")
    stuck = [place.socket(WIDE) for _ in range(4)]
    for s in stuck:
        assert s.recv(12) == b"HTTP/1.1 200"
    assert place.metric("helio_streams") == 4
    reply = place.influx.query(WIDE, chunked="true")
    assert reply.status_code == 503 and reply.headers["Retry-After"] == "1"
    assert reply.json()["error"].startswith("Too many large replies")
    assert reply.headers["X-Influxdb-Error"] == reply.json()["error"]
    assert reply.raw.headers.getlist("X-Influxdb-Version") == [
        reply.headers["X-Influxdb-Version"]]
    # others are not held up, nor is what is small
    assert place.influx.query("SELECT v1 FROM many LIMIT 5",
                              chunked="true").status_code == 200
    assert place.influx.query(
        "SELECT count(v1) FROM many").status_code == 200
    assert place.api.get("/state_types?q={}").status_code == 200
    for s in stuck:
        s.close()
    helio.until(lambda: place.influx.query(
        WIDE, chunked="true").status_code == 200)
    helio.until(lambda: place.metric("helio_streams") == 0)
    assert place.metric("helio_streams_cut_total") == 4


def test_reader_that_stops_is_cut_off(many):
    """And is read no further: those that read on before they are cut get all
    (test_reader_that_pauses)."""
    place = many(1000, "--stream-idle", "1", "--header-deadline", "1")
    stuck = [place.socket(WIDE) for _ in range(4)]
    for s in stuck:
        assert s.recv(12) == b"HTTP/1.1 200"
    helio.until(lambda: place.metric("helio_streams_cut_total") == 4)
    helio.until(lambda: place.metric("helio_streams") == 0)
    for s in stuck:
        n, last = to_the_end(s)
        assert 0 < n < 1000 * 10 * TEXT
        assert not last.endswith(b"\r\n0\r\n\r\n")
        s.close()


def test_reader_that_pauses(many):
    """The time for which a reader keeps the query waiting is not the
    query's."""
    place = many(1000, "--query-deadline", "2")
    with place.socket(WIDE) as s:
        assert s.recv(12) == b"HTTP/1.1 200"
        time.sleep(2.5)
        n, last = to_the_last_chunk(s)
    assert n > 1000 * 10 * TEXT
    assert b'"error"' not in last
    assert place.metric("helio_streams_cut_total") == 0


def test_snapshot_grows_only_so_old(many):
    """Its time over, the reader is told in the last document."""
    place = many(1000, "--stream-deadline", "1", "--header-deadline", "1")
    with place.socket(texts(30)) as s:
        assert s.recv(12) == b"HTTP/1.1 200"
        time.sleep(1.2)
        n, last = to_the_last_chunk(s)
    assert n < 1000 * 30 * TEXT
    error = json.loads(last_line(last))["results"][0]["error"]
    assert "stream_deadline" in error


@pytest.mark.parametrize("q", [WIDE, "SELECT v1 FROM many LIMIT 10"])
def test_stream_without_a_body(many, q):
    place = many(1000)
    with place.socket(q, method="HEAD") as s:
        head = s.recv(1 << 16)
        assert head.startswith(b"HTTP/1.1 200") and head.endswith(
            b"\r\n\r\n")
    helio.until(lambda: place.metric("helio_streams") == 0)


def test_stream_of_http_1_0(many):
    place = many(1000)
    with place.socket(WIDE, version="1.0") as s:
        n, last = to_the_end(s)
    assert n > 1000 * 10 * TEXT and last.endswith(b"}]}\n")


def test_stop_during_streams(many):
    """Who reads is told, who does not is cut; the end is clean."""
    place = many(1000, "--drain", "3")
    stuck, reader = place.socket(WIDE), place.socket(texts(100))
    for s in (stuck, reader):
        got = len(s.recv(1000))
        while got < 100000:         # in the middle of a document
            got += len(s.recv(10000))
    place.server.process.terminate()
    n, last = to_the_last_chunk(reader)
    assert n < 1000 * 100 * TEXT
    assert json.loads(last_line(last))["results"][0][
        "error"].startswith("The server is stopping")
    begun = time.monotonic()
    place.server.stop()
    assert time.monotonic() - begun < 10
    assert not to_the_end(stuck)[1].endswith(b"\r\n0\r\n\r\n")
    stuck.close()
    reader.close()


def test_server_that_dies_during_a_stream(many):
    place = many(1000)
    with place.socket(texts(100)) as s:
        assert s.recv(12) == b"HTTP/1.1 200"
        place.server.kill()
        try:
            assert not to_the_end(s)[1].endswith(b"\r\n0\r\n\r\n")
        except ConnectionResetError:
            pass
    place.server.start()
    again = influx.Helio(place.server, place.server.login("SYSTEM"))
    assert again.query("SELECT count(v1) FROM many").json()[
        "results"][0]["series"][0]["values"][0][1] == 1000


def test_data_follows_the_limits_of_queries(many):
    """GET /products/<imei>/data, whose reply is in one piece."""
    place = many(0, "--query-rows", "100")
    imei, _ = helio.new_hub2(place.api)[:2]
    place.influx.write(["telemetry,product_imei=%s v=1 %d" % (
        imei, i * 10 ** 9) for i in range(200)])
    reply = place.api.get("/products/%s/data" % imei, {
        "start": "1970-01-01", "end": "1970-01-02"})
    assert reply.status_code == 400
    assert "query_rows" in reply.json()["message"]
