"""Queries over a million products: median times of one client, and start-up.

The fleet is made once (BENCH_FLEET names the folder to keep it in) through
`helio import`: every product with a hub, two states and an entity.

With --postgres the register is in PostgreSQL: a server of this run's own, or
that of HELIO_TEST_DATABASE, where a kept fleet stays.
"""
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "test", "lib"))
import database  # noqa: E402
import helio  # noqa: E402
import postgres  # noqa: E402

PRODUCTS = int(os.environ.get("BENCH_PRODUCTS", "1000000"))
ROUNDS = 31
SOFTWARE_LOCK = 1
# products of each hub: sizes that the filters below match exactly
HUB_SIZES = {1: 1, 2: 1000, 3: 100000}


def hub_of(i):
    at = i
    for hub, size in HUB_SIZES.items():
        if at < size:
            return hub
        at -= size
    return 4 + i % 997


def rows():
    for hub in range(1, 1001):
        yield "hub", {"hub_id": hub, "name": "hub %d" % hub,
                      "entity_id": helio.ENTITY}
    for i in range(PRODUCTS):
        imei = "35%013d" % i
        yield "product", {
            "product_imei": imei, "imsi": "20%013d" % i, "hub_id": hub_of(i),
            "serial_number": "HB000501-%d" % i, "product_type_id": 7,
            "current_enable_flag": True, "desired_enable_flag": True,
            "device_key": "k%023d" % i, "latest_state_id": 2 * i + 2,
            **({"latest_connection_id": i + 1,
                "latest_connection_location_id": i + 1,
                "latest_enable_history_id": i + 1}
               if i < sum(HUB_SIZES.values()) else {})}
        yield "state", {"state_id": 2 * i + 1, "product_imei": imei,
                        "prev_state_type": 1, "current_state_type": 2}
        # 1000 units in repair, the others activated
        yield "state", {"state_id": 2 * i + 2, "product_imei": imei,
                        "prev_state_type": 2,
                        "current_state_type": 8 if i % 1000 == 0 else 5}
        yield "product_entity_linker", {
            "product_entity_linker_id": i + 1, "product_imei": imei,
            "entity_id": helio.ENTITY if i % 100 else helio.OTHER_ENTITY,
            "date_added": "2026-01-01"}
        if i < sum(HUB_SIZES.values()):
            yield from seen(i, imei)


def seen(i, imei):
    """What dashboards show of a unit that was in the field."""
    yield "connection", {
        "connection_id": i + 1, "product_imei": imei, "date": "2026-02-01",
        "latitude": "-0.400234", "longitude": "34.599241",
        "error_radius": 900}
    yield "enable_history", {
        "enable_history_id": i + 1, "product_imei": imei,
        "prev_enable_state": "pending_enabled", "user": "admin",
        "current_enable_state": "enabled", "date": "2026-02-01"}
    yield "product_note", {"product_note_id": i + 1, "product_imei": imei,
                           "note_text": "installed"}


def make(folder):
    helio.init(folder)
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl",
                                     dir=os.path.dirname(folder)) as lines:
        count = 0
        for table, row in rows():
            lines.write(json.dumps({"table": table, "row": row}) + "\n")
            count += 1
        lines.flush()
        began = time.monotonic()
        helio.run("import", lines.name, "--data", folder, timeout=3600)
        took = time.monotonic() - began
        print("import: %d rows in %.1f s, %.0f rows/s" % (
            count, took, count / took))


def median_ms(api, path, wanted=None, **q):
    """The median, the first time (nothing was counted before), what is
    found."""
    times = []
    for _ in range(ROUNDS):
        began = time.monotonic()
        reply = api.query(path, **q) if q else api.get(path)
        times.append(time.monotonic() - began)
        assert reply.status_code == 200, reply.text
    body = reply.json()
    found = body.get("num_results", len(body.get("data", ())))
    assert wanted is None or found == wanted, (path, q, found)
    return statistics.median(times) * 1000, times[0] * 1000, found


def eq(name, val):
    return {"filters": [{"name": name, "op": "eq", "val": val}]}


@contextlib.contextmanager
def engine():
    """Where folders have their databases."""
    cluster = None
    if "--postgres" in sys.argv[1:] and database.BASE is None:
        cluster = postgres.Cluster(buffers="1GB")
        database.BASE = cluster.url()
    try:
        yield
    finally:
        if cluster:
            cluster.remove()


def main():
    with engine():
        measure()


def measure():
    folder = os.environ.get("BENCH_FLEET")
    own = None
    if folder is None:
        own = tempfile.TemporaryDirectory()
        folder = own.name + "/data"
    if not os.path.isdir(folder):
        make(folder)
    began = time.monotonic()
    server = helio.Server(folder)
    print("start to 'listening': %.0f ms" % (
        (time.monotonic() - began) * 1000))
    try:
        api = server.login("SYSTEM")
        ours = server.login("SYSTEM", "ENTITY")
        rss = [line for line in open("/proc/%d/status" % server.process.pid)
               if line.startswith("VmRSS")][0].split()[1]
        print("resident, idle: %.0f MB" % (int(rss) / 1024))
        last = "?page=%d" % (PRODUCTS // 20)
        cases = [
            ("list page, first", api, "/products", PRODUCTS, {}),
            ("list page, middle", api, "/products" + last, PRODUCTS, {}),
            ("filter, 1 row", api, "/products", 1, eq("hub_id", 1)),
            ("filter, 1,000 rows", api, "/products", 1000, eq("hub_id", 2)),
            ("filter, 100,000 rows", api, "/products", 100000,
             eq("hub_id", 3)),
            ("has hub by name, 1,000", api, "/products", 1000,
             {"filters": [{"name": "hub", "op": "has", "val": {
                 "name": "name", "op": "eq", "val": "hub 2"}}]}),
            ("has hub by name, 100,000", api, "/products", 100000,
             {"filters": [{"name": "hub__name", "op": "has",
                           "val": "hub 3"}]}),
            ("any state in repair, 1,000", api, "/products", PRODUCTS // 1000,
             {"filters": [{"name": "states", "op": "any", "val": {
                 "name": "current_state_type", "op": "eq", "val": 8}}]}),
            ("order by serial number, last", api, "/products", PRODUCTS,
             {"order_by": [{"field": "serial_number",
                            "direction": "desc"}]}),
            ("ENTITY user, list page", ours, "/products",
             PRODUCTS - PRODUCTS // 100, {}),
            ("ENTITY user, filter 1,000", ours, "/products", None,
             eq("hub_id", 2)),
            ("dashboard2, first page", api, "/dashboard2", PRODUCTS, {}),
            ("dashboard2, filter 1,000", api, "/dashboard2", 1000,
             eq("hub_id", 2)),
            ("dashboard2, filter 100,000", api,
             "/dashboard2?results_per_page=100", 100000, eq("hub_id", 3)),
            ("dashboard2, entity of 10,000", api, "/dashboard2",
             PRODUCTS // 100, eq("entities", "Theirs")),
            ("dashboard2, entity of 990,000", api, "/dashboard2",
             PRODUCTS - PRODUCTS // 100, eq("entities", "Ours")),
            ("enable status, first page", api, "/current_enable_status",
             10, {}),
            ("enable status, page of 100", api,
             "/current_enable_status?page=500&results_per_page=100", 100, {}),
            ("enable status, middle", api, "/current_enable_status" + last,
             10, {}),
            ("states, list page", api, "/states", 2 * PRODUCTS, {}),
            ("ENTITY user, states", ours, "/states",
             2 * (PRODUCTS - PRODUCTS // 100), {}),
        ]
        for name, who, path, wanted, q in cases:
            ms, first, found = median_ms(who, path, wanted, **q)
            print("%-30s %8.2f ms  first %8.2f ms  (%d rows)" % (
                name, ms, first, found))
    finally:
        server.stop()
        if own:
            own.cleanup()


if __name__ == "__main__":
    main()
