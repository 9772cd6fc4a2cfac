"""The servers that bench/telemetry.py compares, each started for itself on a
free port of the loopback address."""
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.parse

import pycurl

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "test", "lib"))
import helio  # noqa: E402
import postgres  # noqa: E402

from telemetry_data import FIELDS, MEASUREMENT  # noqa: E402

TICK = os.sysconf("SC_CLK_TCK")


class Missing(Exception):
    """A server that is not installed."""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def folder_size(folder):
    """Bytes on disk: files that were made larger than their content count
    for their content."""
    return sum(os.lstat(os.path.join(root, name)).st_blocks * 512
               for root, _, names in os.walk(folder) for name in names)


def children(pid):
    return [int(p) for p in open("/proc/%d/task/%d/children" % (
        pid, pid)).read().split()]


def stat(pid):
    return open("/proc/%d/stat" % pid).read().rsplit(")", 1)[1].split()


class Connection:
    """One that is kept alive: libcurl, for a client that costs little."""

    def __init__(self, port, headers):
        self.base = "http://127.0.0.1:%d" % port
        self.curl = pycurl.Curl()
        self.curl.setopt(pycurl.HTTPHEADER, ["Expect:"] + [
            "%s: %s" % pair for pair in headers.items()])
        self.curl.setopt(pycurl.NOSIGNAL, 1)

    def request(self, path, body=None):
        """The reply's body; a POST when there is one to send."""
        reply = io.BytesIO()
        self.curl.setopt(pycurl.URL, self.base + path)
        self.curl.setopt(pycurl.WRITEDATA, reply)
        if body is not None:
            self.curl.setopt(pycurl.POSTFIELDS, body)
        else:
            self.curl.setopt(pycurl.HTTPGET, 1)
        self.curl.perform()
        status = self.curl.getinfo(pycurl.RESPONSE_CODE)
        if status >= 300:
            raise SystemExit("%s%s: %d %s" % (self.base, path, status,
                                              reply.getvalue()))
        return reply.getvalue()


class Server:
    """A server; with `counts`, a file, under `strace -c` of its syncs."""

    write_path = "/write?db=" + MEASUREMENT
    grows_at_stop = True        # what it holds in memory is written then

    def __init__(self, folder, counts=None):
        self.folder = folder
        os.makedirs(folder)
        self.counts = counts
        self.port = free_port()
        self.headers = {}
        self.base = 0           # bytes of the folder before the load

    def spawn(self, *command):
        tracer = () if self.counts is None else (
            "strace", "--seccomp-bpf", "-f", "-c", "-w", "-e",
            "trace=fsync,fdatasync", "-o", self.counts)
        for program in {command[0], *tracer[:1]}:
            if not shutil.which(program):
                raise Missing(program)
        self.process = subprocess.Popen(
            [*tracer, *command], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        helio.until(self.is_up, 60)
        self.pid = children(self.process.pid)[0] if tracer else \
            self.process.pid

    def is_up(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def stop(self):
        os.kill(self.pid, signal.SIGTERM)
        self.process.wait(120)

    def syncs(self):
        """(count, seconds) of the whole run, once it is stopped."""
        count = seconds = 0
        for line in open(self.counts):
            found = re.match(r"\s*[\d.]+\s+([\d.]+)\s+\d+\s+(\d+)\s.*"
                             r"\b(fsync|fdatasync)\b", line)
            if found:
                seconds += float(found.group(1))
                count += int(found.group(2))
        return count, seconds

    def cpu_seconds(self):
        """User and system time of the server and its processes."""
        def of(pid):
            return sum(map(int, stat(pid)[11:15])) + sum(
                map(of, children(pid)))
        return of(self.pid) / TICK

    def resident_kb(self):
        def of(pid):
            return int(stat(pid)[21]) * 4 + sum(map(of, children(pid)))
        return of(self.pid)

    def connect(self):
        return Connection(self.port, self.headers)

    def write(self, connection, batch):
        connection.request(self.write_path, batch.lines)

    def ask(self, connection, text):
        return connection.request(text)

    def settle(self):
        """Bring what is still in memory to its place on disk."""

    def size(self):
        return folder_size(self.folder) - self.base


class SpeaksInfluxQL(Server):
    def text(self, question):
        return "/query?db=%s&epoch=ns&q=%s" % (
            MEASUREMENT, urllib.parse.quote(question.influxql))

    def values(self, reply):
        """How many numbers a reply holds, times apart."""
        return sum(not isinstance(value, str) and value is not None
                   for result in json.loads(reply)["results"]
                   for series in result.get("series", ())
                   for row in series["values"] for value in row[1:])


class Helio(SpeaksInfluxQL):
    name = "helio"

    def start(self):
        data = self.folder + "/data"
        helio.run("init", "--data", data, "--admin", "admin",
                  env={"HELIO_ADMIN_PASSWORD": helio.PASSWORD})
        self.base = folder_size(self.folder)
        self.spawn(helio.HELIO, "serve", "--data", data, "--listen",
                   "127.0.0.1:%d" % self.port)
        reply = self.connect().request("/v1/auth/login", json.dumps(
            {"username": "admin", "password": helio.PASSWORD}))
        token = json.loads(reply)["message"]["login_successful"]["API_token"]
        self.headers = {"Authorization": "Token token=" + token}


class Influx(SpeaksInfluxQL):
    name = "influxdb"
    grows_at_stop = False       # its cache is a WAL that a start reads again

    def start(self):
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
        self.spawn("influxd", "-config", config)
        self.connect().request("/query?q=" + urllib.parse.quote(
            "CREATE DATABASE " + MEASUREMENT), "")

    def settle(self):
        # snapshots and compactions of cold shards, until nothing changes
        last, same, end = -1, 0, time.monotonic() + 180
        while same < 5 and time.monotonic() < end:
            time.sleep(1)
            now = self.size()
            wal = folder_size(self.folder + "/wal")
            same = same + 1 if now == last and wal < 1 << 16 else 0
            last = now


class Victoria(Server):
    name = "victoria-metrics"
    grows_at_stop = False

    def start(self):
        self.spawn("victoria-metrics", "-httpListenAddr",
                   "127.0.0.1:%d" % self.port, "-storageDataPath",
                   self.folder + "/data", "-retentionPeriod", "100y",
                   "-search.latencyOffset", "0s")

    def settle(self):
        for path in "/internal/force_flush", "/internal/force_merge":
            self.connect().request(path)
        time.sleep(3)

    def text(self, question):
        return question.metrics

    def values(self, reply):
        if reply.startswith(b'{"metric"'):          # of an export
            return sum(len(json.loads(line)["values"])
                       for line in reply.splitlines())
        return sum(len(result.get("values", [result.get("value")]))
                   for result in json.loads(reply)["data"]["result"])


class Postgres(Server):
    """One commit for each COPY; on the tests' own cluster."""
    name = "postgresql"
    grows_at_stop = False

    def start(self):
        try:
            self.cluster = postgres.Cluster(port=self.port)
            import psycopg2
        except (RuntimeError, ImportError) as missing:
            raise Missing(str(missing))
        self.psycopg2 = psycopg2
        self.pid = self.cluster.process.pid
        self.cluster.sql("CREATE TABLE sample (at bigint, imei text, %s, "
                         "PRIMARY KEY (imei, at))" % ", ".join(
                             "%s float8" % f for f in FIELDS))
        self.folder = self.cluster.data
        self.cluster.sql("CHECKPOINT")
        self.base = folder_size(self.folder)
        self.syncs_before = self.wal_syncs()

    def connect(self):
        connection = self.psycopg2.connect(self.cluster.url())
        connection.autocommit = True
        return connection

    def write(self, connection, batch):
        with connection.cursor() as cursor:
            cursor.copy_expert("COPY sample FROM STDIN",
                               io.StringIO(batch.copy))

    def text(self, question):
        return question.sql

    def ask(self, connection, text):
        with connection.cursor() as cursor:
            cursor.execute(text)
            return cursor.fetchall()

    def values(self, reply):
        return sum(isinstance(value, float) for row in reply for value in row)

    def wal_syncs(self):
        # a session reports what it did only now and then
        time.sleep(1.5)
        return int(self.cluster.sql("SELECT wal_sync FROM pg_stat_wal"))

    def settle(self):
        self.cluster.sql("VACUUM sample")
        self.cluster.sql("CHECKPOINT")

    def size(self):
        # the table and its index: the WAL is bounded and reused
        return int(self.cluster.sql(
            "SELECT pg_total_relation_size('sample')"))

    def stop(self):
        self.syncs_made = self.wal_syncs() - self.syncs_before
        self.cluster.remove()

    def syncs(self):
        return self.syncs_made, float("nan")


SERVERS = (Helio, Influx, Victoria, Postgres)
