"""Telemetry side by side: ours, InfluxDB 1.x, VictoriaMetrics, PostgreSQL.

The same client sends the same line protocol over HTTP to the first three (to
PostgreSQL the same rows with COPY, one commit per request); then the folders
are weighed and the same InfluxQL is asked of ours and InfluxDB.  Two data
sets: `regular` (a sample each minute, few decimals, as sensors have) and
`entropy` (random doubles at irregular times).

    bench/telemetry.py [--units N] [--days N] [--full] [--only NAME,..]

--full is 100 units x 30 days x 1/min x 8 fields.  Ratios in one run count;
fsync counts are printed so that runs are compared with like ones.  Servers
are started on free ports of the loopback address; those that are not
installed are named and left out.
"""
import argparse
import http.client
import json
import os
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "test", "lib"))
import helio  # noqa: E402

START = 1700000000              # s; a multiple of nothing in particular
UPLOAD = 240                    # rows of a unit in one upload: four hours
UNITS_A_REQUEST = 20
FIELDS = ["ac_voltage", "charge_current", "current", "energy",
          "panel_voltage", "state_of_charge", "temperature", "voltage"]
MEASUREMENT = "telemetry"


# ---- the data ----

def regular_rows(unit, days):
    """(time in ns, values as text) of one unit: slow walks and steps."""
    dice = random.Random("regular %d" % unit)
    level = [dice.uniform(200, 250), 2.0, 1.0, 0.0, 17.0, 80.0, 25.0, 13.0]
    for i in range(days * 1440):
        day = (i % 1440) / 1440
        sun = max(0.0, 1 - abs(day - 0.5) * 4)
        if i % 2 == 0:
            level[0] += dice.choice((-0.1, 0, 0, 0.1))
        level[1] = round(sun * 3 + dice.choice((0, 0, 0.1)), 1)
        if dice.random() < 0.05:
            level[2] = round(dice.uniform(0.2, 1.5), 2)
        level[3] += 0.01 if sun > 0.5 else 0
        level[4] = round(17 * sun + dice.choice((-0.1, 0, 0, 0.1)), 1)
        level[5] = round(min(100, max(20, level[5] +
                                      (0.1 if sun > 0.3 else -0.05))), 1)
        if i % 10 == 0:
            level[6] += dice.choice((-0.1, 0, 0.1))
        level[7] += dice.choice((-0.02, -0.01, 0, 0, 0, 0.01, 0.02))
        yield ((START + 60 * i) * 10 ** 9,
               ["%.1f" % level[0], "%.1f" % level[1], "%.2f" % level[2],
                "%.2f" % level[3], "%.1f" % level[4], "%.1f" % level[5],
                "%.1f" % level[6], "%.2f" % level[7]])


def entropy_rows(unit, days):
    dice = random.Random("entropy %d" % unit)
    at = START * 10 ** 9
    for _ in range(days * 1440):
        at += dice.randrange(1, 120 * 10 ** 9)
        yield at, [repr(dice.uniform(-1e3, 1e3)) for _ in FIELDS]


DATA = {"regular": regular_rows, "entropy": entropy_rows}


def imei(unit):
    return "35%013d" % unit


def requests_of(rows, units, days):
    """Bodies in line protocol, and the same as rows for COPY."""
    series = [rows(unit, days) for unit in range(units)]
    for _ in range(days * 1440 // UPLOAD):
        for first in range(0, units, UNITS_A_REQUEST):
            lines, copies = [], []
            for unit in range(first, min(first + UNITS_A_REQUEST, units)):
                for _ in range(UPLOAD):
                    at, values = next(series[unit])
                    lines.append("%s,product_imei=%s %s %d" % (
                        MEASUREMENT, imei(unit), ",".join(
                            "%s=%s" % pair for pair in zip(FIELDS, values)),
                        at))
                    copies.append("%d\t%s\t%s" % (at, imei(unit),
                                                  "\t".join(values)))
            yield "\n".join(lines).encode(), "\n".join(copies) + "\n"


# ---- what is compared ----

def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def folder_size(folder):
    """Bytes on disk: files that were made larger than their content count
    for their content."""
    return sum(os.lstat(os.path.join(root, name)).st_blocks * 512
               for root, _, names in os.walk(folder) for name in names)


def resident_kb(pid):
    for line in open("/proc/%d/status" % pid):
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    return 0


def cpu_seconds(pid):
    fields = open("/proc/%d/stat" % pid).read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Target:
    """A server under `strace -c` of its fsyncs, when there is strace."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        self.counts = folder + ".strace"
        self.port = free_port()
        self.process = None

    def spawn(self, command, **more):
        if shutil.which("strace"):
            command = ["strace", "--seccomp-bpf", "-f", "-c", "-w", "-e",
                       "trace=fsync,fdatasync", "-o", self.counts] + command
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, **more)
        helio.until(self.is_up, 60)
        self.pid = self.child()

    def child(self):
        if not shutil.which("strace"):
            return self.process.pid
        pid = self.process.pid
        return int(open("/proc/%d/task/%d/children" % (pid, pid)
                        ).read().split()[0])

    def is_up(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def stop(self):
        os.kill(self.pid, signal.SIGTERM)
        self.process.wait(120)

    def fsyncs(self):
        """(count, seconds) of the whole run."""
        count = seconds = 0
        if os.path.exists(self.counts):
            for line in open(self.counts):
                found = re.match(r"\s*[\d.]+\s+([\d.]+)\s+\d+\s+(\d+)\s.*"
                                 r"\b(fsync|fdatasync)\b", line)
                if found:
                    seconds += float(found.group(1))
                    count += int(found.group(2))
        return count, seconds

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)

    headers = {}
    write_path = "/write?db=" + MEASUREMENT
    base = 0                    # bytes of the folder before the load

    def write(self, connection, body):
        connection.request("POST", self.write_path, body, self.headers)
        reply = connection.getresponse()
        text = reply.read()
        if reply.status >= 300:
            raise SystemExit("%s: %d %s" % (self.name, reply.status, text))

    def ask(self, connection, query):
        path = "/query?db=%s&epoch=ns&q=%s" % (MEASUREMENT,
                                              urllib.parse.quote(query))
        connection.request("GET", path, headers=self.headers)
        reply = connection.getresponse()
        return reply.status, reply.read()

    def settle(self):
        """Bring what is still in memory to its place on disk."""

    def size(self):
        return folder_size(self.folder) - self.base


class Helio(Target):
    name = "helio"

    def start(self):
        data = self.folder + "/data"
        helio.run("init", "--data", data, "--admin", "admin",
                  env={"HELIO_ADMIN_PASSWORD": helio.PASSWORD})
        self.base = folder_size(self.folder)
        self.spawn([helio.HELIO, "serve", "--data", data, "--listen",
                    "127.0.0.1:%d" % self.port])
        connection = self.connect()
        connection.request("POST", "/v1/auth/login", json.dumps(
            {"username": "admin", "password": helio.PASSWORD}))
        token = json.loads(connection.getresponse().read())[
            "message"]["login_successful"]["API_token"]
        self.headers = {"Authorization": "Token token=" + token}


class Influx(Target):
    name = "influxdb"

    def start(self):
        if not shutil.which("influxd"):
            raise FileNotFoundError("influxd")
        config = self.folder + "/influxdb.conf"
        with open(config, "w") as out:
            out.write("""reporting-disabled = true
bind-address = "127.0.0.1:%d"
[meta]
dir = "%s/meta"
[data]
dir = "%s/data"
wal-dir = "%s/wal"
query-log-enabled = false
cache-snapshot-write-cold-duration = "1s"
compact-full-write-cold-duration = "2s"
[monitor]
store-enabled = false
[http]
bind-address = "127.0.0.1:%d"
log-enabled = false
max-body-size = 0
""" % (free_port(), self.folder, self.folder, self.folder, self.port))
        self.spawn(["influxd", "-config", config])
        connection = self.connect()
        connection.request("POST", "/query?q=" + urllib.parse.quote(
            "CREATE DATABASE " + MEASUREMENT))
        connection.getresponse().read()

    def settle(self):
        # snapshots and compactions of cold shards, until nothing changes
        last, same, end = -1, 0, time.monotonic() + 180
        while same < 5 and time.monotonic() < end:
            time.sleep(1)
            now = self.size()
            wal = folder_size(self.folder + "/wal")
            same = same + 1 if now == last and wal < 1 << 16 else 0
            last = now


class Victoria(Target):
    name = "victoria-metrics"

    def start(self):
        if not shutil.which("victoria-metrics"):
            raise FileNotFoundError("victoria-metrics")
        self.spawn(["victoria-metrics", "-httpListenAddr",
                    "127.0.0.1:%d" % self.port, "-storageDataPath",
                    self.folder + "/data", "-retentionPeriod", "100y",
                    "-search.latencyOffset", "0s"])

    def settle(self):
        for path in "/internal/force_flush", "/internal/force_merge":
            connection = self.connect()
            connection.request("GET", path)
            connection.getresponse().read()
        time.sleep(3)

    def ask(self, connection, query):
        return 404, b""


class Postgres(Target):
    name = "postgresql"

    def start(self):
        where = subprocess.run(
            "ls -d /usr/lib/postgresql/*/bin", shell=True, text=True,
            capture_output=True).stdout.split()
        if not where or not shutil.which("runuser"):
            raise FileNotFoundError("postgresql")
        data = self.folder + "/data"
        os.makedirs(data)
        shutil.chown(data, "postgres", "postgres")
        for above in (self.folder, os.path.dirname(self.folder)):
            os.chmod(above, 0o755)
        as_user = ["runuser", "-u", "postgres", "--"]
        done = subprocess.run(
            as_user + [where[-1] + "/initdb", "-D", data, "-A", "trust"],
            text=True, capture_output=True)
        if done.returncode != 0:
            raise FileNotFoundError("initdb: " + done.stderr.strip()[-120:])
        self.base = folder_size(self.folder)
        self.spawn(as_user + [where[-1] + "/postgres", "-D", data, "-p",
                              str(self.port), "-k", "/tmp"])
        time.sleep(1)
        self.psql("CREATE TABLE sample (at bigint, imei text, %s, "
                  "PRIMARY KEY (imei, at))" % ", ".join(
                      "%s float8" % f for f in FIELDS))

    def psql(self, *commands, input=None):
        done = subprocess.run(
            ["psql", "-q", "-h", "/tmp", "-p", str(self.port), "-U",
             "postgres", "postgres"] + [a for c in commands
                                        for a in ("-c", c)],
            input=input, text=True, capture_output=True)
        if done.returncode != 0:
            raise SystemExit(done.stderr)

    def child(self):
        return self.process.pid

    def stop(self):
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(120)

    def ask(self, connection, query):
        return 404, b""


# ---- runs ----

def load(target, bodies, clients):
    """Seconds until all are acknowledged, by so many clients."""
    queue, lock = iter(bodies), threading.Lock()

    def client():
        connection = target.connect()
        while True:
            with lock:
                body = next(queue, None)
            if body is None:
                return
            target.write(connection, body)
    threads = [threading.Thread(target=client) for _ in range(clients)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - began


def queries(days):
    end = START + days * 86400
    unit = "product_imei = '%s'" % imei(1)
    whole = "time >= %ds AND time < %ds" % (START, end)
    hour = "time >= %ds AND time < %ds" % (end - 7200, end - 3600)
    return [
        ("raw, all days", "SELECT voltage FROM %s WHERE %s AND %s" % (
            MEASUREMENT, unit, whole)),
        ("where, all days", "SELECT voltage, current FROM %s WHERE %s AND %s "
         "AND voltage > 13" % (MEASUREMENT, unit, whole)),
        ("mean 1h, all days", "SELECT mean(voltage) FROM %s WHERE %s AND %s "
         "GROUP BY time(1h)" % (MEASUREMENT, unit, whole)),
        ("one hour", "SELECT * FROM %s WHERE %s AND %s" % (
            MEASUREMENT, unit, hour)),
        ("last", "SELECT last(voltage) FROM %s WHERE %s" % (
            MEASUREMENT, unit)),
        ("fleet, mean 1d by unit", "SELECT mean(voltage) FROM %s WHERE %s "
         "GROUP BY time(1d), product_imei" % (MEASUREMENT, whole)),
    ]


def ask_all(target, days, times=7):
    """Median ms of each query, or None where there is no such language."""
    connection, found = target.connect(), {}
    for name, text in queries(days):
        took = []
        for _ in range(times):
            began = time.monotonic()
            status, _body = target.ask(connection, text)
            took.append((time.monotonic() - began) * 1e3)
            if status != 200:
                break
        found[name] = statistics.median(took) if status == 200 else None
    return found


def run_one(kind, folder, bodies, copies, points, options):
    target = kind(folder)
    try:
        target.start()
    except FileNotFoundError as missing:
        print("   %-18s left out: %s" % (kind.name, missing))
        return None
    before = resident_kb(target.pid)
    result = {"name": kind.name}
    half = len(bodies) // 2
    if kind is Postgres:
        began = time.monotonic()
        for copy in copies:
            target.psql("COPY sample FROM STDIN", input=copy)
        result["one"] = points / (time.monotonic() - began)
        result["cpu"] = 0
    else:
        used = cpu_seconds(target.pid)
        result["one"] = points / 2 / load(target, bodies[:half], 1)
        result["eight"] = points / 2 / load(target, bodies[half:], 8)
        result["cpu"] = (cpu_seconds(target.pid) - used) / points * 1e9
    target.settle()
    result["grown"] = resident_kb(target.pid) - before
    result["ms"] = ask_all(target, options.days)
    if kind in (Influx, Victoria):
        result["bytes"] = target.size() / points
        target.stop()
    else:
        target.stop()
        result["bytes"] = target.size() / points
    result["fsyncs"], result["fsync_s"] = target.fsyncs()
    return result


def show(results):
    print("   %-18s %9s %9s %8s %8s %7s %8s %7s" % (
        "", "1 client", "8 clients", "CPU ns", "bytes", "fsyncs",
        "fsync s", "RSS MB"))
    for r in results:
        print("   %-18s %8.2fM %8.2fM %8.0f %8.2f %7d %8.2f %7.0f" % (
            r["name"], r["one"] / 1e6, r.get("eight", 0) / 1e6, r["cpu"],
            r["bytes"], r["fsyncs"], r["fsync_s"], r["grown"] / 1024))
    by_name = {r["name"]: r for r in results}
    ours = by_name.get("helio")
    for other in ("influxdb", "victoria-metrics", "postgresql"):
        if ours is None or other not in by_name:
            continue
        r = by_name[other]
        print("   against %s: ingest x%.1f (1 client)%s, bytes 1/%.1f" % (
            other, ours["one"] / r["one"],
            ", x%.1f (8)" % (ours["eight"] / r["eight"])
            if "eight" in r else "", r["bytes"] / ours["bytes"]))
        for name, ms in r["ms"].items():
            mine = ours["ms"].get(name)
            if ms is not None and mine is not None:
                print("      %-26s %8.2f ms, ours %8.2f ms: x%.1f" % (
                    name, ms, mine, ms / mine))
            elif ms is not None:
                print("      %-26s %8.2f ms, not asked of ours" % (name, ms))


def main():
    parse = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parse.add_argument("--units", type=int, default=20)
    parse.add_argument("--days", type=int, default=6)
    parse.add_argument("--full", action="store_true")
    parse.add_argument("--only", default="")
    parse.add_argument("--data", default="regular,entropy")
    options = parse.parse_args()
    if options.full:
        options.units, options.days = 100, 30
    kinds = [k for k in (Helio, Influx, Victoria, Postgres)
             if not options.only or k.name in options.only.split(",")]
    for data in options.data.split(","):
        both = list(requests_of(DATA[data], options.units, options.days))
        bodies = [body for body, _ in both]
        copies = [copy for _, copy in both]
        points = options.units * (options.days * 1440 // UPLOAD) * UPLOAD * \
            len(FIELDS)
        print("== %s: %d units, %d days, %.1f M points in %d requests of "
              "%.0f KB" % (data, options.units, options.days, points / 1e6,
                           len(bodies), len(bodies[0]) / 1024), flush=True)
        results = []
        with tempfile.TemporaryDirectory(
                prefix="telemetry-", dir=os.environ.get("BENCH_DIR")) as top:
            for kind in kinds:
                result = run_one(kind, os.path.join(top, kind.name), bodies,
                                 copies, points, options)
                if result is not None:
                    results.append(result)
        show(results)


if __name__ == "__main__":
    main()
