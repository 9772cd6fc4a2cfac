"""On PostgreSQL: the database dies and comes back under load, connections are
cut, two servers share one database.  Nothing acknowledged is lost, nothing is
applied twice.  The module has a cluster of its own."""
import json
import os
import random
import threading
import time

import pytest
import requests

import database
import helio
import pg_proxy
import postgres
from stub import Stub
from workload import Workload

ADMIN = {"HELIO_ADMIN_PASSWORD": helio.PASSWORD}


@pytest.fixture(scope="module")
def cluster():
    """The engine of every folder of this module."""
    cluster, before, made = postgres.Cluster(), database.BASE, database.made()
    database.BASE = cluster.url()
    yield cluster
    database.BASE = before
    database.forget(made)
    cluster.remove()


@pytest.fixture(scope="module")
def made(cluster, tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "data"
    helio.init_anew(folder)
    return folder


@pytest.fixture
def folder(made, tmp_path):
    """An installation with users, in a database of its own."""
    database.copy(made, tmp_path / "data")
    return tmp_path / "data"


def admin(server):
    return server.login("SYSTEM")


def post(api):
    return api.post("/entities", {"name": "e%d" % helio.fresh(),
                                  "bboxx_company_flag": False})


def cut(cluster):
    """End every connection but ours, whatever it is in the middle of."""
    cluster.sql("SELECT count(pg_terminate_backend(pid)) FROM "
                "pg_stat_activity WHERE backend_type = 'client backend' "
                "AND pid <> pg_backend_pid()")


def rounds(cluster, folder, number, seed):
    rng = random.Random(seed)
    work = Workload(folder, seed)
    server = helio.Server(folder)
    trouble = [lambda: cut(cluster),
               lambda: (cluster.crash(), cluster.start()),
               lambda: (cluster.stop(), cluster.start())]
    try:
        work.prepare(server)
        for i in range(number):
            def strike():
                time.sleep(rng.uniform(0.05, 0.4))
                trouble[i % 3]()
                time.sleep(rng.uniform(0.1, 0.6))
                server.stop()
            work.run(server, strike)
            server = helio.Server(folder)
            work.check(server)
    finally:
        server.stop(check=False)
    return work.acknowledged()


@pytest.mark.slow
def test_cut_and_restarted_under_load(cluster, folder):
    changes = rounds(cluster, folder, 20, seed=3)
    print("20 times, %d acknowledged changes, none lost" % changes)
    assert changes > 100
    helio.run("doctor", "--data", folder)


@pytest.fixture
def proxy(cluster):
    proxy = pg_proxy.Proxy(cluster)
    yield proxy
    proxy.close()


def busy(api, stop):
    """Commits of another server, all the time."""
    while not stop.is_set():
        assert post(api).status_code == 201


def test_a_cut_commit_is_kept_once(cluster, folder, proxy):
    """Whether it had been done when the connection was lost or not: the
    client hears of success, and the row is there once."""
    server = helio.Server(folder, "--database",
                          proxy.url(database.name_of(folder)))
    other = helio.Server(folder)
    stop = threading.Event()
    thread = threading.Thread(target=busy, args=(admin(other), stop))
    api = admin(server)
    thread.start()
    try:
        for i in range(20):
            how = (pg_proxy.BEFORE, pg_proxy.AFTER)[i % 2]
            proxy.arm(how, "cut %d." % i)
            reply = api.post("/entities", {"name": "cut %d." % i,
                                           "bboxx_company_flag": False})
            assert reply.status_code == 201, reply.text
            assert proxy.cuts[i:] == [how]
            row = api.get("/entities/%d" % reply.json()["entity_id"])
            assert row.json()["name"] == "cut %d." % i
    finally:
        stop.set()
        thread.join()
        other.stop()
        server.stop()
    assert database.texts(folder, "SELECT name FROM entity WHERE name LIKE "
                          "'cut %' ORDER BY entity_id") == [
        "cut %d." % i for i in range(20)]
    log = server.stderr()
    assert log.count("store.commit_asked kept=yes") == 10
    assert log.count("store.commit_asked kept=no") == 10


def test_a_cut_commit_while_the_database_crashes(cluster, folder, proxy):
    """What it had not written down is forgotten, and nothing else."""
    server = helio.Server(folder, "--database",
                          proxy.url(database.name_of(folder)))
    api = admin(server)
    try:
        for i, how in enumerate((pg_proxy.BEFORE, pg_proxy.AFTER)):
            proxy.arm(how, "crash %d." % i)
            replies = []
            thread = threading.Thread(target=lambda: replies.append(api.post(
                "/entities", {"name": "crash %d." % i,
                              "bboxx_company_flag": False})))
            thread.start()
            helio.until(lambda: len(proxy.cuts) > i)
            cluster.crash()
            cluster.start()
            # what others write now may have the numbers of what was lost
            cluster.sql("CREATE TABLE other%d (n int)" % i)
            thread.join()
            assert replies[0].status_code == 201, replies[0].text
    finally:
        server.stop()
    assert database.texts(folder, "SELECT name FROM entity WHERE name LIKE "
                          "'crash %' ORDER BY 1") == ["crash 0.", "crash 1."]


def test_writers_of_the_past_are_forgotten(folder):
    def writers(where):
        return int(database.texts(folder, "SELECT count(*) FROM helio_commit "
                                  "WHERE " + where)[0])
    assert writers("batch > 0") > 0
    database.sql("INSERT INTO helio_commit VALUES ('yesterday', 7, "
                 "now() - interval '25 hours'), ('today', 7, "
                 "now() - interval '23 hours')", database.name_of(folder))
    helio.run("doctor", "--data", folder)
    assert writers("writer = 'yesterday'") == 0
    assert writers("writer = 'today'") == 1


def test_idle_connections_may_go(cluster, folder):
    server = helio.Server(folder)
    api = admin(server)
    try:
        for how in (cut, lambda c: (c.stop(), c.start())):
            assert api.get("/entities").status_code == 200
            how(cluster)
            assert api.get("/entities").status_code == 200
            reply = post(api)
            assert reply.status_code == 201, reply.text
    finally:
        server.stop()


def test_no_database_is_a_quick_503(cluster, folder):
    server = helio.Server(folder)
    api = admin(server)
    cluster.stop()
    try:
        began = time.monotonic()
        for _ in range(5):
            reply = api.get("/entities")
            assert reply.status_code == 503, reply.text
            assert int(reply.headers["Retry-After"]) >= 1
        assert time.monotonic() - began < 10
        reply = api.post("/entities", {"name": "x"})
        assert reply.status_code == 503, reply.text
    finally:
        cluster.start()
    helio.until(lambda: api.get("/entities").status_code == 200)
    reply = post(api)
    assert reply.status_code == 201, reply.text
    server.stop()


def test_a_start_waits_for_the_database(cluster, folder):
    cluster.stop()
    threading.Timer(2, cluster.start).start()
    server = helio.Server(folder)
    assert admin(server).get("/entities").status_code == 200
    assert "store.waiting" in server.stderr()
    server.stop()


def test_a_start_gives_up_and_says_why(cluster, tmp_path):
    done = helio.run("serve", "--data", tmp_path, "--database-wait", "1",
                     check=False, env={"HELIO_DATABASE":
                                       "postgresql://u:s3cret@127.0.0.1:1/x"})
    assert done.returncode != 0
    assert "s3cret" not in done.stderr + done.stdout
    assert "127.0.0.1" in done.stderr


# ---- two servers ----

@pytest.fixture
def two(folder):
    servers = [helio.Server(folder) for _ in range(2)]
    yield servers
    for server in servers:
        if server.process.poll() is None:
            server.stop()


def test_a_user_of_one_is_known_on_the_other(two):
    token = admin(two[0]).token
    headers = {"Authorization": "Token token=" + token}

    def status():
        return requests.get(two[1].v1 + "/entities",
                            headers=headers).status_code
    assert status() == 200
    name = helio.username("SYSTEM", "GLOBAL")
    helio.run("user", "remove", name, "--data", two[0].folder)
    helio.until(lambda: status() == 401, seconds=5)


def test_numbers_counts_and_rows_agree(two):
    apis = [admin(server) for server in two]
    failed = []

    def write(api, who):
        for i in range(40):
            reply = api.post("/entities", {"name": "n%d-%d" % (who, i),
                                           "bboxx_company_flag": False})
            if reply.status_code != 201:
                failed.append(reply.text)

    threads = [threading.Thread(target=write, args=(api, n))
               for n, api in enumerate(apis)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, failed[:3]

    def agree():
        answers = [api.get("/entities?results_per_page=100").json()
                   for api in apis]
        return answers[0] == answers[1] and \
            answers[0]["num_results"] == len(answers[0]["objects"])
    helio.until(agree, seconds=5)
    names = [row["name"] for row in
             apis[0].get("/entities?results_per_page=100").json()["objects"]]
    assert sum(name.startswith("n") for name in names) == 80


def test_scope_and_its_counts_agree(two):
    """A unit goes from owner to owner, each time through the other server."""
    imei = helio.new_hub2(two[0].login("FACTORY"))[0]
    theirs = [server.login("ADMIN", "ENTITY") for server in two]

    def moves_to(server, entity):
        reply = admin(server).put("/products/%s/assign_entity" % imei,
                                  {"entity_id": entity})
        assert reply.status_code == 200, reply.text

    def count(api):
        return api.get("/products").json()["num_results"]

    for i in range(4):
        moves_to(two[i % 2], helio.ENTITY)
        for api in theirs:
            assert api.get("/products/" + imei).status_code == 200
        helio.until(lambda: [count(api) for api in theirs] == [1, 1],
                    seconds=5)
        reply = admin(two[1 - i % 2]).put(
            "/products/%s/remove_entity" % imei, {"entity_id": helio.ENTITY})
        assert reply.status_code == 200, reply.text
        for api in theirs:
            assert api.get("/products/" + imei).status_code == 404
        helio.until(lambda: [count(api) for api in theirs] == [0, 0],
                    seconds=5)


def test_the_hourly_work_is_done_by_one(two):
    """Both servers plan to look for samples that are too old, and one does."""
    api = admin(two[0])
    unit = helio.Unit(two[1], *helio.new_hub2(two[1].login("FACTORY")))
    policy = api.query("/retention_policies", single=True, filters=[
        {"name": "measurement", "op": "eq", "val": "telemetry"}]).json()
    reply = api.put("/retention_policies/%d" % policy["retention_policy_id"],
                    {"duration": 86400})
    assert reply.status_code == 200, reply.text

    def planned(due):
        return database.texts(two[0].folder, "SELECT count(*) FROM outbox "
                              "WHERE event = 'telemetry-retention' AND "
                              "due_at > %d" % due) == ["1"]

    def expired():
        return [line for server in two
                for line in server.stderr().splitlines()
                if "telemetry.expired" in line]

    for done in range(1, 4):
        assert unit.post_rm({"measurement": "telemetry", "fields": {
            "voltage": [[1577836800000 + n, 12.5]
                        for n in range(10)]}}).status_code == 200
        database.sql("UPDATE outbox SET due_at = 1 WHERE event = "
                     "'telemetry-retention'",
                     database.name_of(two[0].folder))
        post(api)               # wakes it up
        helio.until(lambda: planned(1) and len(expired()) == done)
        assert all("rows=10" in line for line in expired())


def test_an_event_has_one_deliverer(folder, tmp_path):
    """Wake-ups, asked for on both servers, go to a file of each."""
    files = [tmp_path / ("sms%d" % n) for n in range(2)]
    two = [helio.Server(folder, "--sms-file", file) for file in files]
    apis = [admin(server) for server in two]
    factory = two[0].login("FACTORY")
    units = [helio.new_hub2(factory)[0] for _ in range(12)]
    for n, imei in enumerate(units):
        reply = apis[n % 2].post("/products/%s/send_wakeup" % imei, {})
        assert reply.status_code == 200, reply.text

    def sent():
        return sum(len(file.read_text().splitlines()) if file.exists() else 0
                   for file in files)
    helio.until(lambda: sent() >= len(units))
    helio.until(lambda: database.sql("SELECT count(*) FROM outbox WHERE "
                                     "event = 'sms'",
                                     database.name_of(folder)) == "0")
    assert sent() == len(units)
    for server in two:
        server.stop()


class Gateway(Stub):
    """Takes a message by its key, once; the first one's sender waits for the
    answer."""

    def __init__(self):
        super().__init__()
        self.taken, self.keys = {}, []
        self.go_on = threading.Event()
        self.answer(self.take)

    def take(self, request):
        key = request.headers["Idempotency-Key"]
        self.keys.append(key)
        self.taken.setdefault(key, request.path)
        if len(self.keys) == 1:
            self.go_on.wait(60)
        return 202, {}, b""


def test_a_dead_servers_event_is_delivered_by_the_other(folder):
    """It was killed with the lease, when the gateway had the message and
    nobody knew: sent again after the lease, under the same key."""
    gateway = Gateway()
    flags = ("--sms-provider", "http", "--sms-url",
             gateway.url + "/?to={to}")
    dead = helio.Server(folder, *flags)
    units = [helio.new_hub2(dead.login("FACTORY"))[0] for _ in range(2)]
    admin(dead).post("/products/%s/send_wakeup" % units[0])
    helio.until(lambda: gateway.keys)
    dead.kill()
    server = helio.Server(folder, *flags)

    def waiting():
        return database.texts(folder, "SELECT attempts FROM outbox WHERE "
                              "event = 'sms'")
    try:
        admin(server).post("/products/%s/send_wakeup" % units[1])
        helio.until(lambda: len(gateway.keys) == 2)
        helio.until(lambda: waiting() == ["1"])
        assert len(gateway.taken) == 2      # the lease is respected
        database.sql("UPDATE outbox SET lease_until = 1 WHERE event = 'sms'",
                     database.name_of(folder))
        helio.until(lambda: waiting() == [])
        assert gateway.keys[2:] == gateway.keys[:1]
        assert len(gateway.taken) == 2
    finally:
        gateway.go_on.set()
        gateway.close()
        server.stop()


# ---- from one engine to the other ----

def test_an_installation_moves_both_ways(folder, tmp_path):
    nowhere = {"HELIO_DATABASE": ""}    # what the folder remembers
    (tmp_path / "lines").write_text("".join(json.dumps({
        "table": "entity", "row": {
            "entity_id": 500 + i, "name": "caf\u00e9 \\ %d%%" % i,
            "bboxx_company_flag": i % 2 == 0}}) + "\n" for i in range(50)))
    helio.run("import", tmp_path / "lines", "--data", folder)
    first = helio.run("export", "--data", folder).stdout
    (tmp_path / "first").write_text(first)

    small = tmp_path / "small"
    helio.run("init", "--data", small, env={**ADMIN, **nowhere})
    helio.run("import", tmp_path / "first", "--data", small, env=nowhere)
    assert (small / "helio.db").exists()
    second = helio.run("export", "--data", small, env=nowhere).stdout
    assert second == first

    (tmp_path / "second").write_text(second)
    back = tmp_path / "back"
    helio.run("init", "--data", back, env=ADMIN)
    helio.run("import", tmp_path / "second", "--data", back, env=nowhere)
    assert helio.run("export", "--data", back, env=nowhere).stdout == second
    assert os.stat(back / "database").st_mode & 0o777 == 0o600


# ---- init ----

def test_init_that_fails_leaves_nothing(cluster, tmp_path):
    data = tmp_path / "data"
    done = helio.run("init", "--data", data, check=False,
                     env={"HELIO_ADMIN_PASSWORD": "short"})
    assert done.returncode == 1
    assert database.sql("SELECT count(*) FROM pg_tables WHERE schemaname = "
                        "'public'", database.name_of(data)) == "0"
    assert not data.exists()
    helio.run("init", "--data", data, env=ADMIN)
    url = database.url(database.name_of(data))
    done = helio.run("init", "--data", tmp_path / "other", "--database", url,
                     env=ADMIN, check=False)
    assert done.returncode == 3 and "already" in done.stderr
    assert not (tmp_path / "other").exists()
    helio.run("doctor", "--data", data)


def test_a_database_that_is_none(cluster, folder, tmp_path):
    done = helio.run("doctor", "--data", folder, "--database",
                     database.url("nowhere"), check=False)
    assert done.returncode == 3 and '"nowhere" does not exist' in done.stderr
    name = database.name_of(tmp_path)
    database.create(name)
    done = helio.run("doctor", "--data", folder, "--database",
                     database.url(name), check=False)
    assert done.returncode == 3 and "helio init" in done.stderr


def test_a_password_in_the_url_is_not_shown(cluster, tmp_path):
    url = "postgresql://u:s3cret@127.0.0.1:1/x"
    done = helio.run("serve", "--print-config", "--database", url)
    assert "s3cret" not in done.stdout + done.stderr
    done = helio.run("export", "--data", tmp_path, "--database", "mysql://x",
                     check=False)
    assert done.returncode == 3 and "postgresql://" in done.stderr
