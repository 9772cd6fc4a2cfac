"""Server CPU per request against nginx serving a static file, in one run;
then the same requests with the register in PostgreSQL, against SQLite.

Each server has one event loop (worker) on core 0, wrk drives both from core 1
over keep-alive connections.  CPU is what the server process used (utime + stime) for
the requests answered; ratios are to nginx in the same run.  What the database's
processes use stands apart, and in no ratio.
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


def cpu_seconds(pids, ended=False):
    """Of these processes, or also of children of theirs that have ended."""
    total = 0
    for pid in pids:
        fields = open("/proc/%d/stat" % pid).read().rsplit(")", 1)[1].split()
        total += sum(map(int, fields[11:15 if ended else 13]))
    return total / TICK


def children(pid):
    return [int(p) for p in open("/proc/%d/task/%d/children" % (
        pid, pid)).read().split()]


def of_cluster(cluster):
    """CPU of a database server, one process for each connection."""
    pid = cluster.process.pid
    return lambda: cpu_seconds([pid], ended=True) + cpu_seconds(children(pid))


def load(url, pids, headers=(), database_cpu=lambda: 0):
    """(requests/s, server CPU in us per request, the database's) under wrk."""
    command = ["taskset", "-c", "1", "wrk", "-t1", "-c%d" % CONNECTIONS,
               "-d%ds" % SECONDS, url]
    for header in headers:
        command += ["-H", header]
    before, there = cpu_seconds(pids), database_cpu()
    out = subprocess.run(command, text=True, capture_output=True,
                         check=True).stdout
    used, there = cpu_seconds(pids) - before, database_cpu() - there
    if "Non-2xx" in out:
        raise SystemExit("errors:\n" + out)
    done = int(re.search(r"(\d+) requests in", out).group(1))
    return done / SECONDS, used / done * 1e6, there / done * 1e6


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
    return process, children(process.pid)


REQUESTS = (("item GET (product)", "/products/%s"),
            ("item GET (state)", "/states/1"),
            ("list of 10 (products)", "/products"),
            ("list of 10 (states)", "/states"),
            ("home, no token", "/home"))


def measure(folder, *flags, database_cpu=lambda: 0):
    """[(name, requests/s, us of CPU, of the database's)] of a server with 20
    units."""
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
                             [server.process.pid], [token], database_cpu))
                for name, path in REQUESTS]
    finally:
        server.stop()


def on_postgres(folder):
    """The same with the register in PostgreSQL."""
    cluster = postgres.Cluster()
    database.BASE = cluster.url()
    try:
        return measure(folder, database_cpu=of_cluster(cluster))
    finally:
        database.BASE = None
        cluster.remove()


def main():
    with tempfile.TemporaryDirectory() as folder:
        nginx, workers = start_nginx(folder)
        try:
            _, ceiling, _ = load("http://127.0.0.1:18099/item.json", workers)
            rows = measure(folder + "/data", "--workers", "1")
            print("%-34s %8s %10s %6s" % ("", "req/s", "us CPU/req", "ratio"))
            for name, rate, cost, _ in rows:
                print("%-34s %8.0f %10.1f %6.2f" % (
                    name, rate, cost, cost / ceiling))
            rate, again, _ = load("http://127.0.0.1:18099/item.json", workers)
            print("%-34s %8.0f %10.1f %6.2f" % (
                "nginx, static 300 bytes", rate, again, again / ceiling))
        finally:
            nginx.terminate()
        print("%-34s %8s %10s %6s %10s" % ("on PostgreSQL", "", "", "SQLite",
                                           "database"))
        for (name, rate, cost, there), sqlite in zip(
                on_postgres(folder + "/pg"), rows):
            print("%-34s %8.0f %10.1f %6.2f %10.1f" % (
                name, rate, cost, cost / sqlite[2], there))


if __name__ == "__main__":
    main()
