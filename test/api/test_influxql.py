"""/query: InfluxQL as InfluxDB 1.6 answers it, compared with InfluxDB itself,
and what Grafana asks."""
import json

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
