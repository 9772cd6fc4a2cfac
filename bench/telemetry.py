#!/usr/bin/python3
"""Telemetry side by side: ours, InfluxDB 1.x, VictoriaMetrics, PostgreSQL.

The same client sends the same line protocol over HTTP to the first three (to
PostgreSQL the same rows with COPY, one commit for each), first half with one
connection, then with eight; then the stores are weighed and the same is asked
of each in its own language.  Two data sets: `regular` (a sample each
minute, few decimals, as sensors have) and `entropy` (random doubles at
irregular times).

    bench/telemetry.py [--units N] [--days N] [--rounds N] [--full]
                       [--only SERVER,..] [--data SET,..]

--full is 100 units x 30 days x 1/min x 8 fields.  Every round starts every
server anew; what is shown are medians of the rounds.  Ratios in one run
count.  Syncs per request are printed so that like is compared with like; a
round of their own counts them, because strace makes every call dearer.
Servers that are not installed are named and left out.
"""
import argparse
import os
import statistics
import tempfile
import threading
import time

from telemetry_data import FIELDS, SETS, batches
from telemetry_questions import questions
from telemetry_servers import SERVERS, Missing

ASKED = 15                      # times, of each question
TRACED = 48                     # requests whose syncs are counted


def load(server, bodies, clients):
    """Seconds until all are acknowledged, by so many clients."""
    queue, lock = iter(bodies), threading.Lock()

    def client(connection):
        while True:
            with lock:
                body = next(queue, None)
            if body is None:
                return
            server.write(connection, body)
    threads = [threading.Thread(target=client, args=(server.connect(),))
               for _ in range(clients)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - began


def ask_all(server, days):
    """Of each question that the server has a language for: (median ms,
    numbers in the reply)."""
    connection, found = server.connect(), {}
    for question in questions(days):
        text = server.text(question)
        if text is None:
            continue
        took = []
        for _ in range(ASKED):
            began = time.monotonic()
            reply = server.ask(connection, text)
            took.append((time.monotonic() - began) * 1e3)
        found[question.name] = statistics.median(took), server.values(reply)
    return found


def values_of(bodies):
    return sum(body.rows for body in bodies) * len(FIELDS)


def run(kind, folder, bodies, days):
    """One server's round."""
    server = kind(folder)
    server.start()
    half, values = len(bodies) // 2, values_of(bodies)
    memory, used = server.resident_kb(), server.cpu_seconds()
    took_one = load(server, bodies[:half], 1)
    took_eight = load(server, bodies[half:], 8)
    result = {"one": values_of(bodies[:half]) / took_one,
              "eight": values_of(bodies[half:]) / took_eight,
              "cpu": (server.cpu_seconds() - used) / values * 1e9}
    server.settle()
    result["grown"] = server.resident_kb() - memory
    result["asked"] = ask_all(server, days)
    size = server.size()
    server.stop()
    result["bytes"] = (server.size() if server.grows_at_stop else size
                       ) / values
    return result


def count_syncs(kind, folder, bodies):
    """(syncs per request, ms of each) of one client."""
    server = kind(folder, folder + ".strace")
    server.start()
    load(server, bodies[:TRACED], 1)
    server.stop()
    count, seconds = server.syncs()
    return count / len(bodies[:TRACED]), seconds / max(count, 1) * 1e3


def median_of(rounds):
    """The medians of one server's rounds."""
    result = {name: statistics.median(r[name] for r in rounds)
              for name in rounds[0] if name != "asked"}
    result["asked"] = {
        name: (statistics.median(r["asked"][name][0] for r in rounds), count)
        for name, (_, count) in rounds[0]["asked"].items()}
    return result


def show(results):
    print("   %-17s %9s %9s %7s %7s %9s %8s %7s" % (
        "", "1 client", "8 clients", "CPU ns", "bytes", "syncs/req",
        "ms/sync", "RSS MB"))
    for name, r in results.items():
        print("   %-17s %8.2fM %8.2fM %7.0f %7.2f %9.2f %8.2f %7.0f" % (
            name, r["one"] / 1e6, r["eight"] / 1e6, r["cpu"], r["bytes"],
            *r["syncs"], r["grown"] / 1024))
    ours = results.pop("helio", None)
    for name, r in results.items() if ours else ():
        print("   against %s: ingest x%.1f (1 client), x%.1f (8), "
              "bytes 1/%.1f" % (name, ours["one"] / r["one"],
                                ours["eight"] / r["eight"],
                                r["bytes"] / ours["bytes"]))
        for question, (ms, count) in r["asked"].items():
            mine, own_count = ours["asked"][question]
            print("      %-24s %8.2f ms, ours %8.2f ms: x%.1f%s" % (
                question, ms, mine, ms / mine,
                "" if count == own_count else
                "  (DIFFERENT: %d numbers, ours %d)" % (count, own_count)))


def compare(data, kinds, options):
    bodies = list(batches(SETS[data], options.units, options.days))
    print("== %s: %d units, %d days, %.1f M values in %d requests of %.0f KB"
          % (data, options.units, options.days, values_of(bodies) / 1e6,
             len(bodies), len(bodies[0].lines) / 1024), flush=True)
    rounds, syncs = {}, {}
    for i in range(options.rounds + 1):
        for kind in kinds:
            with tempfile.TemporaryDirectory(prefix="telemetry-") as top:
                folder = os.path.join(top, kind.name)
                try:
                    if i == 0:
                        syncs[kind.name] = count_syncs(kind, folder, bodies)
                    elif kind.name in syncs:
                        rounds.setdefault(kind.name, []).append(
                            run(kind, folder, bodies, options.days))
                except Missing as missing:
                    print("   %-17s left out: %s" % (kind.name, missing))
    show({name: {**median_of(all_of), "syncs": syncs[name]}
          for name, all_of in rounds.items()})


def main():
    parse = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parse.add_argument("--units", type=int, default=20)
    parse.add_argument("--days", type=int, default=6)
    parse.add_argument("--rounds", type=int, default=3)
    parse.add_argument("--full", action="store_true")
    parse.add_argument("--only", default="")
    parse.add_argument("--data", default=",".join(SETS))
    options = parse.parse_args()
    if options.full:
        options.units, options.days = 100, 30
    tempfile.tempdir = os.environ.get("BENCH_DIR")
    kinds = [kind for kind in SERVERS
             if not options.only or kind.name in options.only.split(",")]
    for data in options.data.split(","):
        compare(data, kinds, options)


if __name__ == "__main__":
    main()
