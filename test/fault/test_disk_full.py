"""A full disk: writes get 503 and leave nothing, reads go on, and all is
well again once there is room."""
import os
import resource

import pytest

import database
import helio
from test_power_loss import preload
from workload import found

pytestmark = database.sqlite_only
HUBS = "/hubs"


class FileSizeLimit:
    """No file may grow: RLIMIT_FSIZE of the running process."""

    def __init__(self, tmp_path, folder):
        self.env = None
        self.folder = folder

    def _limit(self, server, size):
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE,
                         (size, resource.RLIM_INFINITY))

    def fill(self, server):
        # room for a few more pages in the log, so that one write is cut short
        size = os.path.getsize(os.path.join(self.folder, "helio.db-wal"))
        self._limit(server, size + 50000)

    def free(self, server):
        self._limit(server, resource.RLIM_INFINITY)


class NoSpace:
    """Writes get ENOSPC, from a preloaded library."""

    def __init__(self, tmp_path, folder):
        self.file = tmp_path / "full"
        self.env = {**preload(folder, tmp_path / "journal"),
                    "HELIO_UNSYNCED_FULL": str(self.file)}

    def fill(self, server):
        self.file.touch()

    def free(self, server):
        self.file.unlink()


@pytest.fixture(params=[FileSizeLimit, NoSpace])
def disk(request, folder, tmp_path):
    disk = request.param(tmp_path, folder)
    disk.server = helio.Server(folder, env=disk.env)
    yield disk
    disk.server.stop()


def post_hub(api, name):
    return api.post(HUBS, {"name": name, "entity_id": helio.ENTITY})


def fill_up(disk, api):
    """Post until it is refused; names taken, and the refusal."""
    taken = []
    disk.fill(disk.server)
    while len(taken) < 1000:
        name = "hub-%d" % len(taken)
        reply = post_hub(api, name)
        if reply.status_code != 201:
            return taken, reply
        taken.append(name)
    raise AssertionError("the disk never got full")


def hub_names(api):
    return sorted(row["name"] for row in found(api, HUBS))


def test_writes_are_refused_and_reads_go_on(disk):
    api = disk.server.login("SYSTEM")
    taken, reply = fill_up(disk, api)
    assert reply.status_code == 503, reply.text
    assert reply.json()["status"] == "error"
    assert "room" in reply.json()["message"]
    assert hub_names(api) == sorted(taken)
    for _ in range(20):         # and it stays so
        assert post_hub(api, "late").status_code == 503
    assert api.get("/entities/%d" % helio.ENTITY).status_code == 200
    assert hub_names(api) == sorted(taken)
    disk.free(disk.server)


def test_it_works_again_when_there_is_room(disk):
    api = disk.server.login("SYSTEM")
    taken, _ = fill_up(disk, api)
    disk.free(disk.server)
    assert post_hub(api, "after").status_code == 201
    assert hub_names(api) == sorted(taken + ["after"])
    helio.run("doctor", "--data", disk.server.folder)
    disk.server.stop()
    disk.server.start()
    assert hub_names(disk.server.login("SYSTEM")) == sorted(taken + ["after"])


def test_a_kill_while_full_keeps_what_was_acknowledged(disk):
    taken, _ = fill_up(disk, disk.server.login("SYSTEM"))
    disk.server.kill()
    if disk.server.env:
        disk.free(disk.server)
    disk.server.start()
    assert hub_names(disk.server.login("SYSTEM")) == sorted(taken)
    helio.run("doctor", "--data", disk.server.folder)


def test_a_unit_may_repeat_what_was_refused(disk):
    api = disk.server.login("SYSTEM")
    unit = helio.Unit(disk.server, *helio.new_hub2(
        disk.server.login("FACTORY")))
    assert unit.post_rc(enabled=False).status_code == 200
    fill_up(disk, api)
    body = {"measurement": "telemetry", "fields": {
        "voltage": [[1577836800000 + n * 1000, 12.5] for n in range(5000)]}}
    refused = unit.post_rm(body)
    assert refused.status_code == 503, refused.text
    disk.free(disk.server)
    reply = unit.request("POST", "/rm_data", body, sequence=refused.sequence)
    assert reply.status_code == 200, reply.text
    assert reply.json()["data"] == {"written": 5000, "rejected": []}


def limited(size):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE,
                           (size, resource.RLIM_INFINITY))
    return limit


def test_init_without_room_leaves_nothing(tmp_path):
    folder = tmp_path / "data"
    for size in (0, 100000, 1000000):
        done = helio.run("init", "--data", folder, check=False,
                         preexec_fn=limited(size))
        assert done.returncode in (1, 3), done.stderr
        assert "room" in done.stderr or "large" in done.stderr
        assert not folder.exists()


def test_import_without_room_keeps_nothing(folder, tmp_path):
    lines = tmp_path / "lines.jsonl"
    with open(lines, "w") as out:
        for n in range(2000, 22000):
            out.write('{"table": "hub", "row": {"hub_id": %d, "name": '
                      '"hub %d", "entity_id": %d}}\n' % (n, n, helio.ENTITY))
    done = helio.run("import", lines, "--data", folder, check=False,
                     preexec_fn=limited(1500000))
    assert done.returncode == 1, done.stderr
    assert "room" in done.stderr
    assert '"hub"' not in helio.run("export", "--data", folder).stdout
    helio.run("doctor", "--data", folder)
    helio.run("import", lines, "--data", folder)
