"""Commands beside a running server that is being written to."""
import json
import threading

import helio
from workload import Workload

ROUNDS = 3


def beside(commands):
    """Run functions at the same time, a few times each; their errors."""
    errors = []

    def repeat(command):
        try:
            for n in range(ROUNDS):
                command(n)
        except AssertionError as error:
            errors.append(error)
    threads = [threading.Thread(target=repeat, args=(one,))
               for one in commands]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


class Commands:
    """What an operator may run while the server works."""

    def __init__(self, folder):
        self.folder = folder
        self.users = []

    def add_user(self, n):
        name = "beside-%d" % n
        helio.run("user", "add", name, "--permissions", "SYSTEM", "--scope",
                  "GLOBAL", "--data", self.folder,
                  env={"HELIO_PASSWORD": helio.PASSWORD})
        self.users.append(name)

    def export(self, n):
        """One snapshot: every key in it leads to a row in it."""
        out = helio.run("export", "--data", self.folder).stdout
        rows = [json.loads(line) for line in out.splitlines()]
        imeis = {row["row"]["product_imei"] for row in rows
                 if row["table"] == "product"}
        used = {row["row"]["product_imei"] for row in rows
                if row["table"] in ("connection", "enable_history",
                                    "product_note")}
        assert used <= imeis
        assert any(row["table"] == "hub" for row in rows)

    def doctor(self, n):
        done = helio.run("doctor", "--data", self.folder, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_commands_beside_a_busy_server(folder):
    work = Workload(folder, seed=6)
    commands = Commands(folder)
    server = helio.Server(folder)
    work.prepare(server)
    errors = []

    def busy():
        errors.extend(beside([commands.add_user, commands.export,
                              commands.doctor]))
        server.kill()           # ends the writers at once
    work.run(server, busy)
    assert not errors, errors[0]
    assert len(commands.users) == ROUNDS
    server.start()
    work.check(server)
    for name in commands.users:
        helio.Api(server, name)
    server.stop()
    work.doctor()


def test_an_export_of_a_busy_server_can_be_imported(folder, tmp_path):
    work = Workload(folder, seed=7)
    server = helio.Server(folder)
    work.prepare(server)
    dump, copy = tmp_path / "dump.jsonl", tmp_path / "copy"

    def busy():
        with open(dump, "w") as out:
            out.write(helio.run("export", "--data", folder).stdout)
        server.kill()
    work.run(server, busy)
    helio.run("init", "--data", copy)
    helio.run("import", dump, "--data", copy)
    helio.run("doctor", "--data", copy)
    exported = set(helio.run("export", "--data", copy).stdout.splitlines())
    assert set(dump.read_text().splitlines()) <= exported


def test_a_user_added_beside_the_server_can_log_in_at_once(folder):
    server = helio.Server(folder)
    commands = Commands(folder)
    commands.add_user(0)
    api = helio.Api(server, "beside-0")
    assert api.get("/hubs").status_code == 200
    helio.run("user", "remove", "beside-0", "--data", folder)
    # the server looks for changes by others once a second
    while api.get("/hubs").status_code == 200:
        pass
    assert api.get("/hubs").status_code == 401
    server.stop()


def test_the_folder_is_refused_to_a_command_that_needs_it_alone(folder,
                                                                tmp_path):
    server = helio.Server(folder)
    lines = tmp_path / "lines.jsonl"
    lines.write_text('{"table": "hub", "row": {"hub_id": 7, "name": "x", '
                     '"entity_id": 1}}\n')
    done = helio.run("import", lines, "--data", folder, check=False)
    assert done.returncode == 1
    assert "in use" in done.stderr and "stop it" in done.stderr
    assert server.login("SYSTEM").get("/hubs/7").status_code == 404
    server.stop()
    helio.run("import", lines, "--data", folder)
