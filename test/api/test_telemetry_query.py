"""GET /products/<imei>/data with where, ds_interval and ds_function: every
function against a plain model."""
import bisect
import math
import random
import statistics

import pytest
import requests

import helio

START = 1577836800              # 2020-01-01T00:00:00Z
HOURS = 12
UNITS = {"u": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600, "d": 86400,
         "w": 604800}


def iso(seconds):
    return helio.time.strftime("%Y-%m-%dT%H:%M:%SZ",
                               helio.time.gmtime(seconds))


def make_samples():
    """{field: [(time, value)]}: irregular, with a gap, not all at once."""
    rng = random.Random(20260102)
    samples = {"voltage": [], "pulses": [], "enabled": [], "state": []}
    at = START + 5
    while at < START + HOURS * 3600:
        samples["voltage"].append((at, round(rng.gauss(12, 1), 3)))
        if rng.random() < 0.8:
            samples["pulses"].append((at, rng.randrange(1000)))
        if rng.random() < 0.5:
            samples["enabled"].append((at, rng.random() < 0.5))
        if rng.random() < 0.5:
            samples["state"].append((at, rng.choice(["on", "off", "low"])))
        at += rng.randrange(20, 600)
        if START + 4 * 3600 < at < START + 6 * 3600:
            at = START + 6 * 3600 + 1
    return samples


SAMPLES = make_samples()


@pytest.fixture(scope="module")
def sampled(server):
    imei, _ = helio.new_hub2(server.login("FACTORY"))
    reply = server.login("TECHNICAL").post("/products/%s/data" % imei, {
        "measurement": "telemetry",
        "fields": {name: [[iso(at), value] for at, value in points]
                   for name, points in SAMPLES.items()}})
    assert reply.status_code == 200, reply.text
    return imei


@pytest.fixture
def ask(server, sampled):
    """ask(**parameters): the reply's data."""
    def ask(imei=sampled, **params):
        params.setdefault("start", iso(START - 1))
        params.setdefault("end", iso(START + HOURS * 3600))
        reply = server.login("OVERVIEW").get("/products/%s/data" % imei,
                                             params=params)
        assert reply.status_code == 200, reply.text
        return reply.json()["data"]
    return ask


@pytest.fixture
def refuse(server, sampled):
    """refuse(**parameters): what a 400 says, by parameter."""
    def refuse(**params):
        reply = server.login("OVERVIEW").get("/products/%s/data" % sampled,
                                             params=params)
        assert reply.status_code == 400, reply.text
        return reply.json()["validation_errors"]
    return refuse


# ---- the model ----

def values(points):
    return [v for _, v in points]


def percentile(share):
    def nearest(points):
        rank = math.floor(len(points) * share / 100 + 0.5) - 1
        return sorted(values(points))[rank] if rank >= 0 else None
    return nearest


def mode(points):
    count = {v: values(points).count(v) for _, v in points}
    most = max(count.values())
    if most == 1:
        return min(count)
    return next(v for _, v in points if count[v] == most)


AGGREGATES = {
    "count": len,
    "sum": lambda p: sum(values(p)),
    "mean": lambda p: statistics.fmean(values(p)),
    "median": lambda p: float(statistics.median(values(p))),
    "mode": mode,
    "spread": lambda p: max(values(p)) - min(values(p)),
    "stddev": lambda p: statistics.stdev(values(p)) if len(p) > 1 else None,
    "first": lambda p: p[0][1],
    "last": lambda p: p[-1][1],
    "max": lambda p: max(values(p)),
    "min": lambda p: min(values(p)),
    "percentile(95)": percentile(95),
    "percentile(50)": percentile(50),
}
FIELDS = {name: ["voltage", "pulses"] for name in AGGREGATES}
FIELDS.update({name: ["voltage", "pulses", "enabled", "state"]
               for name in ("count", "first", "last", "mode")})
FIELDS["max"] = FIELDS["min"] = ["voltage", "pulses", "enabled"]


def buckets(points, interval):
    """{start: points}, aligned to the epoch."""
    found = {}
    for at, value in points:
        start = math.floor(at / interval) * interval
        found.setdefault(start, []).append((at, value))
    return found


def expected(points, interval, function):
    """[value, time] of every bucket from the first to the last."""
    found = buckets(points, interval)
    at = math.floor(START / interval) * interval
    if START - 1 < at:
        at -= interval      # the range begins a second before
    rows = []
    while at <= START + HOURS * 3600:
        value = function(found[at]) if at in found else \
            (0 if function is len else None)
        rows.append([value, iso(at)])
        at += interval
    return rows


def same(ours, wanted):
    assert len(ours) == len(wanted), (ours, wanted)
    for (a, at), (b, bt) in zip(ours, wanted):
        assert at == bt
        if isinstance(b, float):
            assert math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9), (at, a, b)
        else:
            assert a == b and type(a) is type(b), (at, a, b)


@pytest.mark.parametrize("interval", ["10m", "90m", "2h"])
@pytest.mark.parametrize("function", AGGREGATES)
def test_functions_by_interval(ask, function, interval):
    step = int(interval[:-1]) * UNITS[interval[-1]]
    for field in FIELDS[function]:
        data = ask(fields=field, ds_interval=interval, ds_function=function)
        same(data[field], expected(SAMPLES[field], step,
                                   AGGREGATES[function]))


@pytest.mark.parametrize("function", AGGREGATES)
def test_functions_of_the_whole_range(ask, function):
    for field in FIELDS[function]:
        rows = ask(fields=field, ds_function=function)[field]
        assert len(rows) == 1
        wanted = AGGREGATES[function](SAMPLES[field])
        if isinstance(wanted, float):
            assert math.isclose(rows[0][0], wanted, rel_tol=1e-9)
        else:
            assert rows[0][0] == wanted


@pytest.mark.parametrize("text, same_as", [
    ({"ds_function": "mean()"}, {"ds_function": "mean"}),
    ({}, {"ds_function": "mean"}),
    ({"ds_fucntion": "max"}, {"ds_function": "max"}),
    ({"ds_function": "percentile", "ds_argument": "95"},
     {"ds_function": "percentile(95)"}),
    ({"ds_function": "MAX"}, {"ds_function": "max"}),
    ({"ds_function": "derivative"}, {"ds_function": "derivative(mean)"}),
    ({"ds_function": "derivative", "ds_argument": "1h"},
     {"ds_function": "derivative(mean(), 1h)"}),
])
def test_ways_to_say_a_function(ask, text, same_as):
    assert ask(ds_interval="1h", **text) == ask(ds_interval="1h", **same_as)


def test_distinct(ask):
    rows = ask(fields="state", ds_function="distinct", ds_interval="3h")
    wanted = [[value, iso(start)]
              for start, points in sorted(buckets(SAMPLES["state"],
                                                  10800).items())
              for value in dict.fromkeys(values(points))]
    assert rows["state"] == wanted


@pytest.mark.parametrize("function, chosen", [
    ("top(3)", lambda p: sorted(p, key=lambda x: (-x[1], x[0]))[:3]),
    ("bottom(2)", lambda p: sorted(p, key=lambda x: (x[1], x[0]))[:2])])
def test_top_and_bottom_keep_their_times(ask, function, chosen):
    rows = ask(fields="voltage", ds_function=function, ds_interval="2h")
    wanted = [[v, iso(at)] for _, points in sorted(buckets(
        SAMPLES["voltage"], 7200).items()) for at, v in sorted(
            chosen(points))]
    assert rows["voltage"] == wanted


def test_sample_takes_points_that_are_there(ask):
    rows = ask(fields="voltage", ds_function="sample(3)",
               ds_interval="2h")["voltage"]
    points = {(iso(at), v) for at, v in SAMPLES["voltage"]}
    assert all((at, v) in points for v, at in rows)
    by_bucket = buckets(SAMPLES["voltage"], 7200)
    assert len(rows) == sum(min(3, len(p)) for p in by_bucket.values())
    assert rows == sorted(rows, key=lambda row: row[1])


# ---- from point to point ----

def pairs(points):
    return zip(points, points[1:])


TRANSFORMS = {
    "difference": lambda p: [(t2, b - a) for (_, a), (t2, b) in pairs(p)],
    "derivative": lambda p: [(t2, (b - a) / (t2 - t1))
                             for (t1, a), (t2, b) in pairs(p)],
    "derivative(1m)": lambda p: [(t2, (b - a) / ((t2 - t1) / 60))
                                 for (t1, a), (t2, b) in pairs(p)],
    "non_negative_derivative": lambda p: [
        (t2, (b - a) / (t2 - t1)) for (t1, a), (t2, b) in pairs(p)
        if b >= a],
    "cumulative_sum": lambda p: [(p[i][0], sum(values(p[:i + 1])))
                                 for i in range(len(p))],
    "elapsed(1s)": lambda p: [(t2, t2 - t1) for (t1, _), (t2, _) in
                              pairs(p)],
    "elapsed": lambda p: [(t2, (t2 - t1) * 10 ** 9)
                          for (t1, _), (t2, _) in pairs(p)],
}


def moving_average(n):
    return lambda p: [(p[i][0], statistics.fmean(values(p[i - n + 1:i + 1])))
                      for i in range(n - 1, len(p))]


TRANSFORMS["moving_average"] = moving_average(4)


@pytest.mark.parametrize("field", ["voltage", "pulses"])
@pytest.mark.parametrize("function", TRANSFORMS)
def test_transformations_of_samples(ask, function, field):
    more = {"ds_argument": "4"} if function == "moving_average" else {}
    rows = ask(fields=field, ds_function=function, **more)[field]
    wanted = TRANSFORMS[function](SAMPLES[field])
    same(rows, [[v, iso(at)] for at, v in wanted])


def test_derivative_of_means(ask):
    """Per interval unless a unit is given; the gap is stepped over."""
    found = sorted((start, statistics.fmean(values(p))) for start, p in
                   buckets(SAMPLES["voltage"], 1800).items())
    wanted = [[(b - a) / ((t2 - t1) / 1800), iso(t2)]
              for (t1, a), (t2, b) in pairs(found)]
    same(ask(fields="voltage", ds_function="derivative(mean)",
             ds_interval="30m")["voltage"], wanted)


def test_integral(ask):
    area = sum((a + b) / 2 * (t2 - t1) / 3600
               for (t1, a), (t2, b) in pairs(SAMPLES["voltage"]))
    (value, _), = ask(fields="voltage",
                      ds_function="integral(1h)")["voltage"]
    assert math.isclose(value, area, rel_tol=1e-9)


# ---- fill ----

def filled(ask, fill):
    return [v for v, _ in ask(fields="pulses", ds_function="max",
                              ds_interval="30m", fill=fill)["pulses"]]


def test_fill(ask):
    null = filled(ask, "null")
    assert None in null and null == filled(ask, "")
    assert filled(ask, "none") == [v for v in null if v is not None]
    assert filled(ask, "7") == [7 if v is None else v for v in null]
    previous, last = [], None
    for v in null:
        last = v if v is not None else last
        previous.append(last)
    assert filled(ask, "previous") == previous
    known = [i for i, v in enumerate(null) if v is not None]
    for i, v in enumerate(filled(ask, "linear")):
        after = bisect.bisect_left(known, i)
        if after == len(known) or i < known[0]:
            assert v is None
            continue
        if null[i] is not None:
            assert v == null[i]
            continue
        a, b = known[after - 1], known[after]
        assert v == int(null[a] + (null[b] - null[a]) * (i - a) / (b - a))


@pytest.mark.parametrize("unit", UNITS)
def test_units_of_intervals(ask, unit):
    count = {"u": 7200 * 10 ** 6, "ms": 7200 * 1000, "s": 7200, "m": 120,
             "h": 2}.get(unit, 1)
    rows = ask(fields="voltage", ds_function="count",
               ds_interval="%d%s" % (count, unit), fill="none")["voltage"]
    step = count * UNITS[unit]
    assert rows == [[len(p), iso(start)] for start, p in sorted(
        buckets(SAMPLES["voltage"], step).items())]


# ---- where ----

V = dict(SAMPLES["voltage"])
P = dict(SAMPLES["pulses"])
E = dict(SAMPLES["enabled"])
S = dict(SAMPLES["state"])

WHERE = {
    "voltage > 12.5": lambda t: V[t] > 12.5,
    "'voltage' > 12.5": lambda t: V[t] > 12.5,
    "\"voltage\" > 12.5": lambda t: V[t] > 12.5,
    "12.5 < voltage": lambda t: V[t] > 12.5,
    "voltage >= 11 AND voltage < 12": lambda t: 11 <= V[t] < 12,
    "voltage > 13 or voltage < 11": lambda t: V[t] > 13 or V[t] < 11,
    "voltage > 11 AND (pulses > 500 OR state = 'on')":
        lambda t: V[t] > 11 and (P.get(t, 0) > 500 or S.get(t) == "on"),
    "voltage > 13 OR voltage > 11 AND pulses < 300":
        lambda t: V[t] > 13 or (V[t] > 11 and P.get(t, 999) < 300),
    "pulses != 5": lambda t: t in P and P[t] != 5,
    "pulses <> 5": lambda t: t in P and P[t] != 5,
    "pulses % 2 = 0": lambda t: t in P and P[t] % 2 == 0,
    "'pulses' % 2 = 0": lambda t: t in P and P[t] % 2 == 0,
    "voltage * 2 - 4 > 20": lambda t: V[t] * 2 - 4 > 20,
    "voltage > pulses / 40": lambda t: t in P and V[t] > P[t] // 40,
    "-voltage < -12.5": lambda t: -V[t] < -12.5,
    "enabled = true": lambda t: E.get(t) is True,
    "enabled": lambda t: E.get(t) is True,
    "enabled = false AND state = 'off'":
        lambda t: E.get(t) is False and S.get(t) == "off",
    "state = 'low'": lambda t: S.get(t) == "low",
    "state =~ /^o/": lambda t: S.get(t, "").startswith("o"),
    "state !~ /^o/": lambda t: S.get(t) == "low",
    "voltage = 'x'": lambda t: False,
    "nosuch > 1": lambda t: False,
    "product_imei =~ /./": lambda t: True,
    "time > %ds + 2h" % START: lambda t: t > START + 7200,
    "time >= '%s' and time < '2020-01-01 07:00:00.5'" % iso(START + 3600):
        lambda t: START + 3600 <= t < START + 7 * 3600 + 0.5,
    "time = %d000000000" % SAMPLES["voltage"][3][0]:
        lambda t: t == SAMPLES["voltage"][3][0],
    "time < now() - 1h": lambda t: True,
    "((voltage > 12.5))": lambda t: V[t] > 12.5,
    "voltage > 12.5 -- and so on": lambda t: V[t] > 12.5,
}


@pytest.mark.parametrize("where", WHERE)
def test_where(ask, where):
    wanted = [[v, iso(at)] for at, v in SAMPLES["voltage"]
              if WHERE[where](at)]
    data = ask(fields="voltage", where=where)
    assert data.get("voltage", []) == wanted


def test_where_under_a_function(ask):
    points = [(t, v) for t, v in SAMPLES["pulses"] if V[t] > 12]
    same(ask(fields="pulses", where="voltage > 12", ds_interval="2h",
             ds_function="sum")["pulses"],
         expected(points, 7200, AGGREGATES["sum"]))


@pytest.mark.parametrize("where, text", [
    ("voltage >", "found EOF, expected identifier, string, number, bool at "
     "char 10"),
    ("voltage == 1", "found =, expected identifier, string, number, bool at "
     "char 10"),
    ("voltage > 1 voltage", "found voltage, expected AND, OR or the end at "
     "char 13"),
    ("voltage > 1; drop", "found ;, expected AND, OR or the end at char 12"),
    ("(voltage > 1", "found EOF, expected ) at char 13"),
    ("voltage > 'x", "what begins here is not closed at char 11"),
    ("voltage =~ 'x'", "what begins here is no regular expression at "
     "char 12"),
    ("state =~ /(/", "regular expression: missing closing parenthesis at "
     "char 10"),
    ("voltage + 1", "is no condition at char 9"),
    ("mean(voltage) > 1", "mean() cannot stand in a condition at char 1"),
    ("time > 1 OR voltage > 1", "time cannot be compared under OR at "
     "char 10"),
    ("time > 'tomorrow'", "what time is compared with"),
    ("time != 1", "time can be compared with =, <, <=, >, >= only"),
    ("(" * 100 + "a", "nested too deep"),
])
def test_faults_of_where_name_the_place(refuse, where, text):
    assert text in refuse(where=where)["where"]


@pytest.mark.parametrize("params, name", [
    ({"ds_function": "nosuch"}, "ds_function"),
    ({"ds_fucntion": "nosuch"}, "ds_fucntion"),
    ({"ds_function": "mean(1"}, "ds_function"),
    ({"ds_function": "percentile"}, "ds_function"),
    ({"ds_function": "percentile(101)"}, "ds_function"),
    ({"ds_function": "top(0)"}, "ds_function"),
    ({"ds_function": "mean", "fields": "state"}, "ds_function"),
    ({"ds_function": "moving_average(1)"}, "ds_function"),
    ({"ds_function": "percentile", "ds_argument": "x > 1"}, "ds_argument"),
    ({"ds_interval": "5"}, "ds_interval"),
    ({"ds_interval": "0s"}, "ds_interval"),
    ({"ds_interval": "5 m"}, "ds_interval"),
    ({"ds_interval": "1y"}, "ds_interval"),
    ({"ds_interval": "1h", "fill": "sometimes"}, "fill"),
    ({"limit": "0"}, "limit"),
])
def test_faults_name_the_parameter(refuse, params, name):
    assert name in refuse(**params)


def test_faults_speak_french(server, sampled):
    reply = server.login("OVERVIEW").get(
        "/products/%s/data" % sampled, params={"ds_interval": "x"},
        headers={"Accept-Language": "fr"})
    assert reply.json()["validation_errors"]["ds_interval"].startswith(
        "doit")


# ---- what is shown ----

def test_all_fields_of_a_function_that_takes_them(ask):
    data = ask(ds_interval="6h", ds_function="mean")
    assert set(data) == {"measurement", "tags", "voltage", "pulses"}
    data = ask(ds_interval="6h", ds_function="last")
    assert set(SAMPLES) < set(data)


def test_limit_counts_times(ask):
    data = ask(limit=3)
    assert all(len(data[name]) == 3 for name in SAMPLES if name in data)


def test_fields_of_other_units_are_not_there(server, sampled, ask):
    """A field that first comes late has null before; one that this unit
    does not have is left out, unless it is asked for."""
    other, _ = helio.new_hub2(server.login("FACTORY"))
    for imei, fields in ((other, {"late": [[iso(START + 9), 5]], "others": [
            [iso(START), 1]]}), (sampled, {"elsewhere": [[iso(1), 2]]})):
        reply = server.login("TECHNICAL").post("/products/%s/data" % imei, {
            "measurement": "shared", "fields": fields})
        assert reply.status_code == 200, reply.text
    data = ask(imei=other, measurement="shared")
    assert set(data) == {"measurement", "tags", "late", "others"}
    assert data["late"] == [[None, iso(START)], [5, iso(START + 9)]]
    assert data["others"] == [[1, iso(START)], [None, iso(START + 9)]]
    data = ask(imei=other, measurement="shared", fields="late,elsewhere")
    assert data["elsewhere"] == [[None, iso(START + 9)]]


def test_disaggregation_by_interval(server, sampled, ask):
    reply = server.login("TECHNICAL").post("/products/%s/data" % sampled, {
        "measurement": "disaggregation", "fields": {
            "LI0011": [[iso(START), 1], [iso(START + 60), 4]],
            "unexplained": [[iso(START), 0.5]]}})
    assert reply.status_code == 200, reply.text
    assert ask(measurement="disaggregation") == [
        {"LI0011": 1, "unexplained": 0.5, "product_imei": sampled,
         "time": iso(START)},
        {"LI0011": 4, "unexplained": None, "product_imei": sampled,
         "time": iso(START + 60)}]
    rows = ask(measurement="disaggregation", ds_interval="1d",
               ds_function="sum", fill="none")
    assert rows == [{"LI0011": 5, "unexplained": 0.5,
                     "product_imei": sampled, "time": iso(START)}]


def test_a_name_in_where_cannot_leave_its_unit(server, sampled, ask):
    """Nobody gets at another unit's samples through the condition."""
    other, _ = helio.new_hub2(server.login("FACTORY"))
    assert ask(imei=other,
               where="product_imei = '%s' OR voltage > 0" % sampled) == {
        "measurement": "telemetry", "tags": {"product_imei": other}}
    assert requests.get(server.v1 + "/products/%s/data" % sampled
                        ).status_code == 401
