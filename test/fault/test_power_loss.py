"""Loss of power under mixed writes: SIGKILL, and then everything that was
not yet synced is taken from the files (test/lib/unsynced.c).

The same run on a layer whose fsync() is a lie, which is what SQLite's
synchronous=OFF comes to, must lose acknowledged changes: or this test would
see nothing.
"""
import os
import random
import time

import pytest

import database
import helio
import powerloss
from workload import Workload

pytestmark = database.sqlite_only
LIBRARY = os.environ.get("HELIO_UNSYNCED", os.path.join(
    os.path.dirname(helio.HELIO), "test", "lib", "unsynced.so"))


def preload(folder, journal, lie=False):
    """The environment of a server whose unsynced writes are known."""
    assert os.path.exists(LIBRARY), "not built: %s" % LIBRARY
    os.mkdir(journal)
    options = [os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0"]
    env = {"LD_PRELOAD": LIBRARY,
           "ASAN_OPTIONS": ":".join(filter(None, options)),
           "HELIO_UNSYNCED_DIR": str(folder),
           "HELIO_UNSYNCED_JOURNAL": str(journal)}
    return {**env, "HELIO_UNSYNCED_LIE": "1"} if lie else env


def prepared(folder, seed):
    """A workload whose beginnings are safely on disk."""
    work = Workload(folder, seed)
    server = helio.Server(folder)
    work.prepare(server)
    server.stop()
    return work


def run_to_power_loss(work, journal, rng, lie=False, keep=0.0):
    """One life of a server; returns how many changes were not synced."""
    server = helio.Server(work.folder, env=preload(work.folder, journal, lie))

    def kill():
        time.sleep(rng.uniform(0.05, 0.5))
        server.kill()
    work.check(server)
    work.run(server, kill)
    noted = powerloss.Journal(journal)
    noted.lose_power(work.folder, keep, seed=rng.random())
    return noted.count()


def losses(folder, tmp_path, rounds, seed):
    """Returns acknowledged changes and unsynced writes that were lost."""
    rng = random.Random(seed)
    work = prepared(folder, seed)
    unsynced = 0
    for n in range(rounds):
        # all of what was not synced is lost, or a part, pages torn
        unsynced += run_to_power_loss(work, tmp_path / ("journal%d" % n), rng,
                                      keep=(0.0, 0.5)[n % 2])
    server = helio.Server(work.folder)
    try:
        work.check(server)
        work.doctor()
    finally:
        server.stop()
    return work.acknowledged(), unsynced


def test_power_is_lost(folder, tmp_path):
    changes, _ = losses(folder, tmp_path, 20, seed=3)
    assert changes > 200


@pytest.mark.slow
def test_power_is_lost_often(folder, tmp_path):
    changes, unsynced = losses(folder, tmp_path, 50, seed=4)
    print("50 losses of power, %d acknowledged changes, none lost; "
          "%d writes were not synced" % (changes, unsynced))
    assert changes > 500


def test_a_lie_about_syncs_is_noticed(folder, tmp_path):
    work = prepared(folder, 5)
    before = work.acknowledged()
    run_to_power_loss(work, tmp_path / "journal", random.Random(5), lie=True)
    changes = work.acknowledged() - before
    server = helio.Server(work.folder)
    try:
        missing = work.missing(server)
        with pytest.raises(AssertionError):
            work.check(server)
    finally:
        server.stop()
    print("fsync() that lies: %d of %d acknowledged rows were lost" % (
        missing, changes))
    assert missing > 0


def test_what_commands_confirm_is_safe(tmp_path):
    """init, user add and import, each followed by a loss of power."""
    folder, lines = tmp_path / "data", tmp_path / "lines.jsonl"
    lines.write_text('{"table": "hub", "row": {"hub_id": 7, "name": "x", '
                     '"entity_id": 1}}\n')
    os.mkdir(folder)
    words = [("init",), ("user", "add", "ann", "--permissions", "SYSTEM",
                         "--scope", "GLOBAL"), ("import", lines)]
    for n, command in enumerate(words):
        journal = tmp_path / ("journal%d" % n)
        helio.run(*command, "--data", folder, env={
            **preload(folder, journal), "HELIO_PASSWORD": helio.PASSWORD,
            "HELIO_ADMIN_PASSWORD": helio.PASSWORD})
        powerloss.Journal(journal).lose_power(folder)
        helio.run("doctor", "--data", folder)
    server = helio.Server(folder)
    helio.Api(server, "admin")
    api = helio.Api(server, "ann")
    assert api.get("/hubs/7").json()["name"] == "x"
    server.stop()
