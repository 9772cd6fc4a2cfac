"""Single rows and first pages on PostgreSQL, which event loops ask for without
waiting (src/store/lane.h): many at a time, after changes, with a database that
dies, is slow, or says nothing."""
import contextlib
import re
import subprocess
import threading
import time

import pytest
import requests

import database
import helio
import postgres
from test_postgres import admin, cluster, cut, folder, made  # noqa: F401

PATIENCE = 15           # seconds in which any read has an answer
TYPE = "/state_types/1"      # reference data: never locked here


@pytest.fixture
def start(folder):  # noqa: F811
    """start(*flags): a server whose metrics can be read."""
    started = []

    def one(*flags):
        started.append(helio.Server(folder, "--admin-listen", "127.0.0.1:0",
                                    "--workers", "2", *flags))
        return started[-1]
    yield one
    for server in started:
        if server.process.poll() is None:
            server.stop()


def lanes(server):
    """(reads answered on lanes, reads lost by them)."""
    text = requests.get(server.admin + "/metrics").text
    return tuple(int(re.search(r"^helio_store_lane_%s_total (\d+)$" % what,
                               text, re.M)[1])
                 for what in ("answered", "lost"))


def warm(server, api, *paths):
    """Until lanes answer these."""
    for path in paths:
        before = lanes(server)[0]
        helio.until(lambda: api.get(path).status_code == 200 and
                    lanes(server)[0] > before)


def session(api):
    """Another connection of the same user."""
    one = requests.Session()
    one.headers.update(api.session.headers)
    return one


def crowd(number, work):
    """Run work(n) in threads; what went wrong there fails the test."""
    failed = []

    def run(n):
        try:
            work(n)
        except Exception as error:
            failed.append(error)
    threads = [threading.Thread(target=run, args=(n,)) for n in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, failed[:3]


def test_many_reads_on_two_loops(start):
    server = start("--loops", "2")
    api = admin(server)
    warm(server, api, TYPE, "/state_types", "/entities/%d" % helio.ENTITY)
    wanted = {path: api.get(path) for path in (
        TYPE, "/state_types", "/state_types?page=2&results_per_page=3",
        "/entities/%d" % helio.ENTITY, "/entities", "/state_types/no",
        "/state_types/12345", "/state_types?page=x")}
    assert [r.status_code for r in wanted.values()] == [
        200, 200, 200, 200, 200, 404, 404, 400]
    before = lanes(server)[0]

    def read(n):
        mine = session(api)
        for _ in range(10):
            for path, first in wanted.items():
                reply = mine.get(server.v1 + path, timeout=PATIENCE)
                assert reply.status_code == first.status_code
                assert reply.text == first.text
                assert reply.headers.get("Link") == first.headers.get("Link")
        assert mine.head(server.v1 + TYPE).status_code == 200
    crowd(16, read)
    # some settle the token, which is a thread's work
    assert lanes(server)[0] - before > 16 * 10 * 5 / 2


def test_a_lane_answers_as_a_thread_does(start):
    """A request with a body is a thread's, whatever it asks."""
    server = start()
    api = admin(server)
    ours = "/entities/%d" % helio.ENTITY
    warm(server, api, ours, "/entities", "/parts")
    for path in (ours, "/entities", "/parts", "/entities?results_per_page=1",
                 "/entities?page=2&results_per_page=1", "/entities?page=0",
                 "/entities?page=99", "/entities/0", "/parts/1", "/users"):
        there = api.get(path, body="{}")
        for _ in range(3):      # prepared, then asked
            here = api.get(path)
            assert (here.status_code, here.text) == (
                there.status_code, there.text), path
            assert here.headers.get("Link") == there.headers.get("Link")


def test_scope_applies(start):
    server = start()
    api = server.login("SYSTEM", "ENTITY")
    ours, theirs = ("/entities/%d" % n for n in (helio.ENTITY,
                                                 helio.OTHER_ENTITY))
    warm(server, api, ours)
    for _ in range(20):
        assert api.get(ours).status_code == 200
        assert api.get(theirs).status_code == 404


def test_a_read_sees_what_was_acknowledged(start):
    server = start("--loops", "2")
    api = admin(server)
    key = api.post("/entities", {"name": "0", "bboxx_company_flag": False}
                   ).json()["entity_id"]
    path = "/entities/%d" % key
    warm(server, api, path, "/entities")
    stop = threading.Event()

    def others(n):
        mine = session(api)
        while not stop.is_set():
            mine.get(server.v1 + path, timeout=PATIENCE)

    def change(n):
        mine = session(api)
        for i in range(60):
            reply = mine.put(server.v1 + path, timeout=PATIENCE,
                             json={"name": "n%d" % i})
            assert reply.status_code == 200, reply.text
            assert mine.get(server.v1 + path).json()["name"] == "n%d" % i
            total = mine.get(server.v1 + "/entities").json()["num_results"]
            reply = mine.post(server.v1 + "/entities", json={
                "name": "more %d" % i, "bboxx_company_flag": False})
            assert reply.status_code == 201, reply.text
            assert mine.get(server.v1 + "/entities"
                            ).json()["num_results"] == total + 1
        stop.set()
    before = lanes(server)[0]
    crowd(5, lambda n: change(n) if n == 0 else others(n))
    assert lanes(server)[0] - before > 60


def reading(server, api, trouble):
    """Reads by many while there is trouble: each is answered, in time."""
    stop = threading.Event()
    seen = set()

    def read(n):
        mine = session(api)
        while not stop.is_set():
            reply = mine.get(server.v1 + (TYPE, "/state_types")[n % 2],
                             timeout=PATIENCE)
            assert reply.status_code in (200, 503), reply.text
            assert reply.status_code == 200 or reply.headers["Retry-After"]
            seen.add(reply.status_code)

    def disturb():
        try:
            trouble()
        finally:
            stop.set()
    crowd(9, lambda n: disturb() if n == 8 else read(n))
    return seen


def test_connections_are_cut_under_reads(cluster, start):  # noqa: F811
    server = start("--loops", "2")
    api = admin(server)
    warm(server, api, TYPE, "/state_types")

    def trouble():
        for _ in range(5):
            time.sleep(0.3)
            cut(cluster)
    assert 200 in reading(server, api, trouble)
    warm(server, api, TYPE, "/state_types")
    assert "store.lane_lost" in server.stderr()


def test_the_database_dies_under_reads(cluster, start):  # noqa: F811
    server = start("--loops", "2")
    api = admin(server)
    warm(server, api, TYPE, "/state_types")

    def trouble():
        time.sleep(0.3)
        cluster.crash()
        time.sleep(1)
        cluster.start()
    assert reading(server, api, trouble) == {200, 503}
    warm(server, api, TYPE, "/state_types")


@contextlib.contextmanager
def locked(cluster, folder, table):  # noqa: F811
    """Nobody else gets at a table."""
    name = database.name_of(folder)
    holder = subprocess.Popen(
        [postgres.program("psql"), "-XAtq", "-d", database.url(name), "-c",
         "BEGIN; LOCK TABLE %s; SELECT pg_sleep(60)" % table], cwd="/",
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        helio.until(lambda: database.sql(
            "SELECT count(*) FROM pg_locks WHERE granted AND mode = "
            "'AccessExclusiveLock' AND relation = '%s'::regclass" % table,
            name) == "1")
        yield
    finally:
        holder.terminate()
        holder.wait()
        cluster.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE query LIKE '%pg_sleep(60)%' AND "
                    "pid <> pg_backend_pid()")


def until_blocked(folder):  # noqa: F811
    helio.until(lambda: database.sql(
        "SELECT count(*) FROM pg_locks WHERE NOT granted",
        database.name_of(folder)) != "0")


def test_a_slow_read_holds_nobody_up(cluster, folder, start):  # noqa: F811
    """It ends with the database's patience; others go round it."""
    server = start("--loops", "1")
    api = admin(server)
    slow = "/entities/%d" % helio.ENTITY
    warm(server, api, TYPE, slow)
    ended = []
    with locked(cluster, folder, "entity"):
        thread = threading.Thread(target=lambda: ended.append(
            session(api).get(server.v1 + slow, timeout=60)))
        thread.start()
        until_blocked(folder)
        meanwhile = 0
        while not ended:
            assert api.get(TYPE).status_code == 200
            meanwhile += not ended
        assert meanwhile > 0
        thread.join()
        assert ended[0].status_code == 503, ended[0].text
        assert ended[0].headers["Retry-After"]
    warm(server, api, TYPE, slow)


def test_a_stop_does_not_wait_for_an_answer(cluster, folder,  # noqa: F811
                                            start):
    server = start("--loops", "2", "--drain", "1")
    api = admin(server)
    slow = "/entities/%d" % helio.ENTITY
    warm(server, api, slow)
    ended = []

    def read(n):
        try:
            ended.append(session(api).get(server.v1 + slow, timeout=60))
        except requests.ConnectionError as error:
            ended.append(error)
    with locked(cluster, folder, "entity"):
        threads = [threading.Thread(target=read, args=(n,)) for n in range(6)]
        for thread in threads:
            thread.start()
        until_blocked(folder)
        began = time.monotonic()
        server.stop()           # no crash, nothing that a sanitizer minds
        assert time.monotonic() - began < 30
        for thread in threads:
            thread.join()
    assert len(ended) == 6
