"""Server CPU per request against nginx serving a static file, in one run;
then the same requests with the register in PostgreSQL, against SQLite.

Each server has one event loop (worker) on core 0, wrk drives both from core 1
over keep-alive connections.  CPU is what the server process used (utime + stime) for
the requests answered; ratios are to nginx in the same run.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "test", "lib"))
import database  # noqa: E402
import helio  # noqa: E402
import postgres  # noqa: E402

SECONDS = int(os.environ.get("BENCH_SECONDS", "4"))
CONNECTIONS = 32
TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pids):
    total = 0
    for pid in pids:
        fields = open("/proc/%d/stat" % pid).read().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICK


def load(url, pids, headers=()):
    """(requests/s, server CPU in us per request) under wrk."""
    command = ["taskset", "-c", "1", "wrk", "-t1", "-c%d" % CONNECTIONS,
               "-d%ds" % SECONDS, url]
    for header in headers:
        command += ["-H", header]
    before = cpu_seconds(pids)
    out = subprocess.run(command, text=True, capture_output=True,
                         check=True).stdout
    used = cpu_seconds(pids) - before
    if "Non-2xx" in out:
        raise SystemExit("errors:\n" + out)
    done = int(re.search(r"(\d+) requests in", out).group(1))
    return done / SECONDS, used / done * 1e6


def start_nginx(folder):
    os.chmod(folder, 0o755)     # the workers are another user
    os.makedirs(folder + "/www")
    with open(folder + "/www/item.json", "w") as item:
        item.write(json.dumps({"pad": "x" * 289}))
    with open(folder + "/nginx.conf", "w") as conf:
        conf.write("""daemon off; worker_processes 1; pid %(f)s/pid;
error_log %(f)s/error.log;
events { worker_connections 1024; }
http { access_log off; keepalive_requests 100000000;
 types { application/json json; }
 server { listen 127.0.0.1:18099; root %(f)s/www; } }
""" % {"f": folder})
    process = subprocess.Popen(["taskset", "-c", "0", "/usr/sbin/nginx", "-c",
                                folder + "/nginx.conf", "-p", folder])
    time.sleep(0.5)
    workers = [int(p) for p in open("/proc/%d/task/%d/children" % (
        process.pid, process.pid)).read().split()]
    return process, workers


REQUESTS = (("item GET (product)", "/products/%s"),
            ("item GET (state)", "/states/1"),
            ("list of 10 (products)", "/products"),
            ("list of 10 (states)", "/states"),
            ("home, no token", "/home"))


def measure(folder, *flags):
    """[(name, requests/s, us of CPU)] of a server with 20 units."""
    helio.init_anew(folder)
    server = helio.Server(folder, "--loops", "1", *flags)
    subprocess.run(["taskset", "-a", "-cp", "0", str(server.process.pid)],
                   check=True, capture_output=True)
    try:
        api = server.login("SYSTEM")
        for _ in range(20):
            imei, _ = helio.new_hub2(api)
        token = "Authorization: Token token=" + api.token
        return [(name, *load(server.v1 + path.replace("%s", imei),
                             [server.process.pid], [token]))
                for name, path in REQUESTS]
    finally:
        server.stop()


def on_postgres(folder):
    """The same with the register in PostgreSQL, whose CPU does not count."""
    cluster = postgres.Cluster()
    database.BASE = cluster.url()
    try:
        return measure(folder)
    finally:
        database.BASE = None
        cluster.remove()


def main():
    with tempfile.TemporaryDirectory() as folder:
        nginx, workers = start_nginx(folder)
        try:
            _, ceiling = load("http://127.0.0.1:18099/item.json", workers)
            rows = measure(folder + "/data", "--workers", "1")
            print("%-34s %8s %10s %6s" % ("", "req/s", "us CPU/req", "ratio"))
            for name, rate, cost in rows:
                print("%-34s %8.0f %10.1f %6.2f" % (
                    name, rate, cost, cost / ceiling))
            rate, again = load("http://127.0.0.1:18099/item.json", workers)
            print("%-34s %8.0f %10.1f %6.2f" % (
                "nginx, static 300 bytes", rate, again, again / ceiling))
        finally:
            nginx.terminate()
        print("%-34s %8s %10s %6s" % ("on PostgreSQL", "", "", "SQLite"))
        for (name, rate, cost), sqlite in zip(on_postgres(folder + "/pg"),
                                              rows):
            print("%-34s %8.0f %10.1f %6.2f" % (
                name, rate, cost, cost / sqlite[2]))


if __name__ == "__main__":
    main()
