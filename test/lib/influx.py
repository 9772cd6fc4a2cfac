"""A private InfluxDB to compare with, data for both, and queries drawn from a
grammar.

InfluxDB is Debian's (package influxdb); it runs on loopback in a folder of its
own.
"""
import math
import os
import random
import re
import signal
import socket
import subprocess

import requests

import helio

CONFIG = """
reporting-disabled = true
bind-address = "127.0.0.1:%(rpc)d"
[meta]
  dir = "%(folder)s/meta"
[data]
  dir = "%(folder)s/data"
  wal-dir = "%(folder)s/wal"
  query-log-enabled = false
[http]
  bind-address = "127.0.0.1:%(http)d"
  log-enabled = false
[monitor]
  store-enabled = false
[continuous_queries]
  enabled = false
"""


def free_ports(n):
    sockets = [socket.socket() for _ in range(n)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class InfluxDB:
    """`influxd` with one data base."""

    def __init__(self, folder):
        http, rpc = free_ports(2)
        config = os.path.join(str(folder), "influxd.conf")
        with open(config, "w") as out:
            out.write(CONFIG % {"folder": folder, "http": http, "rpc": rpc})
        self.url = "http://127.0.0.1:%d" % http
        self.log = open(os.path.join(str(folder), "influxd.log"), "w+")
        self.process = subprocess.Popen(
            ["influxd", "-config", config], stdout=self.log,
            stderr=self.log, env={**os.environ, "HOME": str(folder)})
        helio.until(self.answers)
        self.session = requests.Session()
        self.query("CREATE DATABASE heliograph", method="POST")

    def answers(self):
        assert self.process.poll() is None, "influxd has ended"
        try:
            return requests.get(self.url + "/ping",
                                timeout=5).status_code == 204
        except requests.ConnectionError:
            return False

    def query(self, q, method="GET", **params):
        return self.session.request(
            method, self.url + "/query", timeout=60,
            params={"db": "heliograph", "q": q, **params})

    def write(self, lines):
        reply = self.session.post(
            self.url + "/write", params={"db": "heliograph"},
            data="\n".join(lines).encode(), timeout=60)
        assert reply.status_code == 204, reply.text

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(20)
        self.log.close()


class Helio:
    """The same calls to our own server, as a user."""

    def __init__(self, server, api):
        self.url = server.url
        self.session = requests.Session()
        self.session.headers["Authorization"] = "Token token=" + api.token

    query = InfluxDB.query
    write = InfluxDB.write


# ---- data ----

START = 1577836800              # 2020-01-01T00:00:00Z
NS = 10 ** 9
HOURS = 48


def line_value(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return "%di" % value
    if isinstance(value, float):
        return repr(value)
    return '"%s"' % value


def line(measurement, tags, fields, at):
    return "%s,%s %s %d" % (
        measurement, ",".join("%s=%s" % t for t in sorted(tags.items())),
        ",".join("%s=%s" % (k, line_value(v)) for k, v in fields.items()),
        at)


def telemetry_fields(rng, i):
    fields = {"voltage": 10 + i % 37 * 0.0625 + rng.random(),
              "current": rng.gauss(0, 3), "pulses": rng.randrange(100000),
              "level": rng.choice([1, 2, 2, 3, 3, 3, 3, 4]),
              "enabled": rng.random() < 0.7,
              "state": rng.choice(["idle", "charging", "full"])}
    for name in list(fields):
        if name != "voltage" and rng.random() < 0.15:
            del fields[name]
    return fields


def data(imeis, seed=1):
    """Lines of line protocol.  No two series share a time: the order of
    rows with equal times is nobody's promise."""
    rng = random.Random(seed)
    lines = []
    series = [(imei, site) for imei in imeis for site in ("north", "south")]
    for number, (imei, site) in enumerate(series):
        at = START * NS + rng.randrange(3600) * NS
        for i in range(150):
            at += rng.randrange(60, 1800) * NS
            if i == 70:
                at += 7 * 3600 * NS     # a gap, for fill()
            lines.append(line(
                "telemetry", {"product_imei": imei, "site": site},
                telemetry_fields(rng, i), at // NS * NS + number))
    for number, imei in enumerate(imeis):
        for i in range(40):
            lines.append(line(
                "analysis", {"product_imei": imei},
                {"energy_in": rng.random() * 100, "cycles": i * 3},
                (START + i * 3600 + rng.randrange(600)) * NS + number))
    # more rows than a chunk of ours holds
    for number, imei in enumerate(imeis[:2]):
        for i in range(4000):
            fields = {"v": math.sin(i / 50) * 10 + number, "n": i % 97}
            if i % 11 == 0:
                del fields["n"]
            lines.append(line("dense", {"product_imei": imei}, fields,
                              (START + i * 10) * NS + number * 3))
    return lines


# ---- queries ----

NUMBERS = ["voltage", "current", "pulses", "level"]
ANY = NUMBERS + ["enabled", "state"]
INTERVALS = ["7m", "20m", "1h", "90m", "6h", "1d"]
PLAIN = ["count", "sum", "mean", "median", "spread", "stddev", "min", "max",
         "first", "last"]


class Grammar:
    def __init__(self, seed, imeis):
        self.rng = random.Random(seed)
        self.imeis = imeis

    def time(self):
        at = START + self.rng.randrange(-3600, HOURS * 3600)
        form = self.rng.randrange(3)
        if form == 0:
            return "%d" % (at * NS)
        if form == 1:
            return "%ds" % at
        return "'%s'" % helio.time.strftime("%Y-%m-%dT%H:%M:%SZ",
                                            helio.time.gmtime(at))

    def range(self, bounded):
        low, high = sorted(START + self.rng.randrange(-3600, HOURS * 3600)
                           for _ in range(2))
        parts = []
        if bounded or self.rng.random() < 0.6:
            parts.append("time %s %ds" % (self.rng.choice([">", ">="]), low))
        if bounded or self.rng.random() < 0.5:
            parts.append("time %s %ds" % (self.rng.choice(["<", "<="]),
                                          high))
        return parts

    def term(self):
        r = self.rng
        return r.choice([
            lambda: "voltage %s %s" % (r.choice(["<", ">", "<=", ">="]),
                                       round(r.uniform(10, 13), 2)),
            lambda: "level %s %d" % (r.choice(["=", "!=", "<>", "<", ">"]),
                                     r.randrange(1, 5)),
            lambda: "%d < pulses" % r.randrange(100000),
            lambda: "voltage + current > %.1f" % r.uniform(5, 15),
            lambda: "pulses %% %d = %d" % (r.randrange(2, 5),
                                           r.randrange(2)),
            lambda: "enabled = %s" % r.choice(["true", "false"]),
            lambda: "state %s 'idle'" % r.choice(["=", "!="]),
            lambda: "state =~ /^ch|ll$/",
            lambda: "site %s 'north'" % r.choice(["=", "!="]),
            lambda: "product_imei = '%s'" % r.choice(self.imeis),
            lambda: "product_imei =~ /%s$/" % r.choice(self.imeis)[-2:],
            lambda: "site !~ /nor/",
            lambda: "missing = ''",
            lambda: "missing > 1",
        ])()

    def condition(self):
        r = self.rng
        terms = [self.term() for _ in range(r.randrange(1, 4))]
        text = terms[0]
        for term in terms[1:]:
            text = "%s %s %s" % (text, r.choice(["AND", "OR"]), term)
            if r.random() < 0.5:
                text = "(%s)" % text
        return "(%s)" % text

    def where(self, bounded):
        parts = self.range(bounded)
        if self.rng.random() < 0.5:
            parts.append(self.condition())
        return " WHERE " + " AND ".join(parts) if parts else ""

    def tags(self):
        return self.rng.choice([[], [], ["site"], ["product_imei"],
                                ["product_imei", "site"], ["*"]])

    def tail(self):
        r = self.rng
        text = ""
        if r.random() < 0.3:
            text += " ORDER BY time " + r.choice(["ASC", "DESC"])
        if r.random() < 0.3:
            text += " LIMIT %d" % r.randrange(1, 20)
            if r.random() < 0.5:
                text += " OFFSET %d" % r.randrange(1, 10)
        return text

    def call(self):
        r = self.rng
        name = r.choice(PLAIN)
        field = r.choice(ANY if name in ("count", "first", "last")
                         else NUMBERS)
        return "%s(%s)" % (name, field)

    def selector(self):
        r = self.rng
        return r.choice([
            # of one point, a lower one ends InfluxDB's series
            lambda: "percentile(voltage, %d)" % r.randrange(50, 101),
            lambda: "top(voltage, %d)" % r.randrange(1, 6),
            lambda: "bottom(current, %d)" % r.randrange(1, 6),
            lambda: "max(voltage)", lambda: "min(current)",
            lambda: "first(state)", lambda: "last(enabled)",
        ])()

    def around(self):
        """What goes around an aggregate, or a bare field."""
        r = self.rng
        return r.choice(["difference(%s)", "derivative(%s)",
                         "derivative(%s, 10m)",
                         "non_negative_derivative(%s, 1h)",
                         "non_negative_difference(%s)",
                         "moving_average(%s, 3)", "cumulative_sum(%s)",
                         "elapsed(%s, 1s)", "elapsed(%s)"])

    def aggregate(self):
        """An aggregate with or without GROUP BY time()."""
        r = self.rng
        tags = self.tags()
        interval = r.random() < 0.75
        kind = r.randrange(6)
        if kind == 0:
            select = self.selector()
            if r.random() < 0.5:
                select += ", level, site"
        elif kind == 1:
            select = r.choice(["distinct(level)", "count(distinct(state))",
                               "mode(level)", "integral(voltage)",
                               "integral(current, 1m)"])
            if "mode" in select:    # without ties
                return "SELECT mode(level) FROM telemetry"
            if "integral" in select:
                # of several groups InfluxDB mixes up order and LIMIT
                tags = []
        elif kind == 2:
            around = self.around()
            inner = "%s(%s)" % (r.choice(["mean", "sum", "count", "max"]),
                                r.choice(NUMBERS))
            select = around % (inner if interval else
                               r.choice(NUMBERS))
        elif kind == 3:
            select = "%s %s %s" % (self.call_number(),
                                   r.choice("+-*/"), self.call_number())
        else:
            select = ", ".join(self.call() for _ in range(
                r.randrange(1, 4)))
        # see "Differences" in docs/reference/telemetry.md
        tails = not re.match("integral|top|bottom", select)
        group = list(tags)
        fill = ""
        if interval:
            every = r.choice(INTERVALS)
            if r.random() < 0.2:
                every += ", %dm" % r.randrange(-30, 30)
            group.insert(0, "time(%s)" % every)
            fill = r.choice(["", " fill(null)", " fill(none)", " fill(0)",
                             " fill(previous)", " fill(linear)",
                             " fill(7.5)"])
            if "none" in fill and select.count("(") > 1:
                tails = False
        return "SELECT %s FROM telemetry%s%s%s%s" % (
            select, self.where(interval),
            " GROUP BY " + ", ".join(group) if group else "", fill,
            self.tail() if tails else "")

    def call_number(self):
        r = self.rng
        return r.choice(["mean(voltage)", "max(pulses)", "count(level)",
                         "sum(level)", "2", "1.5"]) \
            if r.random() < 0.9 else "min(current)"

    def raw(self):
        r = self.rng
        select = r.choice([
            "*", "voltage", "voltage, state", "*::field", "*::tag, level",
            "/^v/", "level * 2 + 1", "voltage / level AS ratio",
            "voltage, site", "level, level", "nothing, level",
            "voltage::integer", "level::float", "enabled, pulses % 7",
            "pulses / level", "-current", "site"])
        tags = self.tags()
        return "SELECT %s FROM %s%s%s%s" % (
            select, r.choice(["telemetry"] * 4 + [
                '"heliograph"."autogen"."telemetry"', "/tele/"]),
            self.where(False),
            " GROUP BY " + ", ".join(tags) if tags else "", self.tail())

    def dense(self):
        r = self.rng
        select = r.choice([
            "mean(v)", "max(v), min(n)", "first(v), last(n)", "stddev(v)",
            "percentile(v, 90)", "count(n), sum(n)", "median(v)",
            "difference(mean(v))", "spread(n)"])
        return "SELECT %s FROM dense WHERE time >= %ds AND time < %ds%s " \
            "GROUP BY time(%s)%s" % (
                select, START + r.randrange(20000),
                START + 20000 + r.randrange(30000),
                r.choice(["", " AND n > %d" % r.randrange(90),
                          " AND v < 3 AND n != 5"]),
                r.choice(["30s", "11m", "1h", "1d"]),
                r.choice(["", ", product_imei"]))

    def dense_rows(self):
        r = self.rng
        return "SELECT %s FROM dense%s%s%s LIMIT %d OFFSET %d" % (
            r.choice(["v", "n", "*", "v, n"]), self.where(False).replace(
                "voltage", "v"),
            r.choice(["", " GROUP BY product_imei"]),
            r.choice(["", " ORDER BY time DESC"]), r.randrange(1, 300),
            r.randrange(6000))

    def other(self):
        r = self.rng
        return r.choice([
            self.dense(), self.dense(), self.dense_rows(), self.dense_rows(),
            "SELECT mean(*) FROM telemetry GROUP BY time(6h)" +
            r.choice(["", " fill(none)"]),
            "SELECT count(*) FROM /./ GROUP BY product_imei",
            "SELECT max(/^[cv]/) FROM telemetry",
            "SELECT * FROM analysis" + self.where(False).replace(
                "voltage", "energy_in"),
            "SELECT mean(energy_in), mean(voltage) FROM telemetry, analysis",
            "SELECT first(voltage) FROM telemetry GROUP BY * SLIMIT %d"
            " SOFFSET %d" % (r.randrange(1, 4), r.randrange(3)),
        ])

    def query(self):
        kind = self.rng.random()
        if kind < 0.55:
            text = self.aggregate()
        elif kind < 0.85:
            text = self.raw()
        else:
            text = self.other()
        if "GROUP BY time" in text and "time >" not in text:
            text = text.replace(" GROUP BY", " WHERE time >= %ds AND time < "
                                "%ds GROUP BY" % (START, START + 86400), 1)
        return text


# ---- comparing ----

def same_value(a, b):
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)
    return a == b


def same_row(a, b):
    return len(a) == len(b) and all(map(same_value, a, b))


def difference(ours, theirs):
    """What differs between two replies' results; None: nothing."""
    if len(ours) != len(theirs):
        return "%d results, %d in InfluxDB" % (len(ours), len(theirs))
    for one, other in zip(ours, theirs):
        if ("error" in one) != ("error" in other):
            return "error: %r, in InfluxDB %r" % (one.get("error"),
                                                  other.get("error"))
        if "error" in one:
            continue
        a, b = one.get("series", []), other.get("series", [])
        heads = [[(s.get("name"), s.get("tags"), s["columns"]) for s in side]
                 for side in (a, b)]
        if heads[0] != heads[1]:
            return "series:\n  %r\nin InfluxDB:\n  %r" % tuple(heads)
        for x, y in zip(a, b):
            if len(x["values"]) != len(y["values"]):
                return "%d rows, %d in InfluxDB, of %r" % (
                    len(x["values"]), len(y["values"]), x.get("tags"))
            for p, q in zip(x["values"], y["values"]):
                if not same_row(p, q):
                    return "row:\n  %r\nin InfluxDB:\n  %r" % (p, q)
    return None
