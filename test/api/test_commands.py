"""The commands as a user types them: help, usage, data folders, users,
import and export, settings of the server."""
import json
import os
import re
import socket
import stat
import struct
import subprocess

import pytest

import database
import helio

LISTED = re.findall(r"^  (\w[\w -]*?)  ", helio.run("--help").stdout, re.M)
ADMIN = {"HELIO_ADMIN_PASSWORD": helio.PASSWORD}
USER = {"HELIO_PASSWORD": helio.PASSWORD}


def fails(code, *words, **more):
    """A call that must fail with this code and say why; what it says."""
    done = helio.run(*words, check=False, **more)
    assert done.returncode == code, done.stdout + done.stderr
    # the tests' PostgreSQL does not sync, and a server says so
    said = "".join(line for line in done.stderr.splitlines(True)
                   if "event=store.unsafe" not in line)
    assert said.startswith("helio: "), said
    return said


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A data folder that tests only read."""
    folder = tmp_path_factory.mktemp("made") / "data"
    helio.run("init", "--data", folder, env=ADMIN)
    return folder


@pytest.fixture(scope="module")
def _fresh(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fresh") / "data"
    helio.run("init", "--data", folder, env=ADMIN)
    return folder


@pytest.fixture
def folder(_fresh, tmp_path):
    """A data folder of this test's own."""
    database.copy(_fresh, tmp_path / "data")
    return tmp_path / "data"


def export(folder):
    return helio.run("export", "--data", folder).stdout


def rows(folder, table):
    return [one["row"] for one in map(json.loads, export(folder).splitlines())
            if one["table"] == table]


# ---- help and usage ----

def test_commands_are_listed():
    assert {"init", "serve", "user add", "user list", "user passwd",
            "user remove", "import", "export", "doctor", "login", "api",
            "sim units"} <= set(LISTED)


@pytest.mark.parametrize("command", LISTED)
def test_every_command_has_help_with_an_example(command):
    page = helio.run(*command.split(), "--help").stdout
    assert page.startswith("usage: helio " + command)
    example = page.split("\nexample:\n")[1]
    assert "helio " + command in example
    assert helio.run(*command.split(), "-h").stdout == page
    for option in re.findall(r"^  --([\w-]+)", page, re.M):
        assert "_" not in option
        assert re.search(r"^  --%s .*\S" % option, page, re.M), option


@pytest.mark.parametrize("command", LISTED)
def test_unknown_options_are_usage_errors(command):
    words = command.split()
    said = fails(2, *words, "--no-such-option")
    assert "--no-such-option" in said and "--help" in said


# Their arguments may all be left out.
TAKE_NOTHING = (
    "schema", "serve", "imei format", "imei model", "refurb check", "xiq show",
    "telemetry stats", "telemetry export", "telemetry import",
    "telemetry retention list")


@pytest.mark.parametrize("command", [
    one for one in LISTED if one not in TAKE_NOTHING])
def test_nothing_at_all_is_a_usage_error(command):
    assert "--help" in fails(2, *command.split())


@pytest.mark.parametrize("words", [
    ["serve"], ["serve", "--data"], ["serve", "extra", "--data", "x"],
    ["init", "--data=x", "more"], ["doctor", "--json=1", "--data", "x"],
    ["user", "add", "--data", "x"], ["user", "list", "ann", "--data", "x"],
    ["user", "add", "ann", "--permissions", "KING", "--scope", "GLOBAL",
     "--data", "x"],
    ["user", "add", "ann", "--permissions", "ADMIN", "--scope", "ALL",
     "--data", "x"],
    ["user", "add", "ann", "--permissions", "ADMIN", "--scope", "ENTITY",
     "--data", "x"],
    ["user", "add", "ann", "--permissions", "ADMIN", "--scope", "ENTITY",
     "--entity", "four", "--data", "x"],
    ["api", "GET"], ["api", "GET", "/v1/x", "more"], ["login", "ops"],
    ["sim", "units", "--url", "http://127.0.0.1:1"],
    ["sim", "units", "--url", "x", "--user", "a", "--keys", "b"],
    ["sim", "units", "--url", "x", "--user", "a", "--count", "-1"],
    ["sim", "units", "--url", "x", "--user", "a", "--count", "1000000"]])
def test_usage_errors(words, tmp_path):
    fails(2, *words, cwd=tmp_path, env=USER)
    assert os.listdir(tmp_path) == []


def test_words_that_are_no_command():
    assert "frobnicate" in fails(2, "frobnicate")
    done = helio.run("user", check=False)
    assert done.returncode == 2 and "helio user add" in done.stderr
    assert "helio user add" in helio.run("user", "--help").stdout
    done = helio.run(check=False)
    assert done.returncode == 2 and "commands:" in done.stderr


def test_version():
    assert re.match(r"helio \d+\.\d+\.\d+\n$", helio.run("--version").stdout)


# ---- init and doctor ----

def test_init_makes_a_folder_for_its_owner_alone(folder):
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    for name in os.listdir(folder):
        assert stat.S_IMODE(os.stat(folder / name).st_mode) == 0o600
    assert helio.PASSWORD not in export(folder)


def test_init_gives_a_password_that_works(tmp_path):
    done = helio.run("init", "--data", tmp_path / "data", "--admin", "ops")
    assert "administrator: ops\n" in done.stdout
    password = re.search(r"^password: (\S{12,})$", done.stdout, re.M).group(1)
    server = helio.Server(tmp_path / "data")
    user = helio.Api(server, "ops", password).user
    server.stop()
    assert user["permissions"] == "SYSTEM"


def test_init_refuses_a_data_folder(folder):
    before = export(folder)
    assert "already" in fails(3, "init", "--data", folder, env=ADMIN)
    assert export(folder) == before


def test_init_uses_an_empty_folder(tmp_path):
    helio.run("init", "--data", tmp_path, env=ADMIN)
    helio.run("doctor", "--data", tmp_path)


@pytest.mark.parametrize("admin,password", [
    ("admin", "short"), ("admin", "x" * 2000), ("", helio.PASSWORD),
    ("a" * 200, helio.PASSWORD)])
def test_a_failed_init_leaves_nothing(tmp_path, admin, password):
    fails(1, "init", "--data", tmp_path / "data", "--admin", admin,
          env={"HELIO_ADMIN_PASSWORD": password})
    assert os.listdir(tmp_path) == []


def test_a_failed_init_leaves_what_was_there(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    fails(1, "init", "--data", tmp_path,
          env={"HELIO_ADMIN_PASSWORD": "short"})
    assert os.listdir(tmp_path) == ["notes.txt"]


@pytest.mark.parametrize("path", ["/no/such/place/data", "/dev/null",
                                  "/dev/null/data"])
def test_init_where_nothing_can_be(path):
    assert path in fails(3, "init", "--data", path, env=ADMIN)


def test_init_leaves_a_file_as_it_is(tmp_path):
    file = tmp_path / "data"
    file.write_text("mine")
    file.chmod(0o644)
    assert str(file) in fails(3, "init", "--data", file, env=ADMIN)
    assert file.stat().st_mode & 0o777 == 0o644
    assert file.read_text() == "mine"


def test_doctor_is_content(made):
    text = helio.run("doctor", "--data", made).stdout
    assert all(line.startswith("ok ") for line in text.splitlines())
    found = helio.run("doctor", "--data", made, "--json").stdout
    found = [json.loads(line) for line in found.splitlines()]
    assert len(found) > 3 and all(one["ok"] is True for one in found)


@database.sqlite_only
def test_doctor_sees_damage(folder):
    size = os.path.getsize(folder / "helio.db")
    with open(folder / "helio.db", "r+b") as file:
        for page in range(20, size // 4096, 3):
            file.seek(page * 4096)
            file.write(b"\xa5" * 512)
    done = helio.run("doctor", "--data", folder, check=False)
    assert done.returncode in (1, 3)
    assert done.stderr.startswith("helio: ")


# ---- folders that are none ----

OPENS = [["doctor"], ["export"], ["user", "list"], ["user", "remove", "x"],
         ["user", "passwd", "x"], ["user", "add", "x", "--permissions",
                                   "ADMIN", "--scope", "GLOBAL"]]


@pytest.mark.parametrize("words", OPENS, ids=" ".join)
def test_a_missing_folder(words, tmp_path):
    said = fails(3, *words, "--data", tmp_path / "none",
                 env={**USER, "HELIO_DATABASE": ""})
    assert "helio init" in said
    assert not (tmp_path / "none").exists()


@database.sqlite_only
@pytest.mark.parametrize("words", OPENS[:2], ids=" ".join)
def test_a_folder_of_another_kind(words, tmp_path):
    assert "helio init" in fails(3, *words, "--data", tmp_path)
    assert os.listdir(tmp_path) == []
    (tmp_path / "helio.db").write_bytes(b"no database at all" * 1000)
    fails(3, *words, "--data", tmp_path)


# ---- users ----

def add_user(folder, name, *more, env=USER, **kw):
    words = more or ("--permissions", "ADMIN", "--scope", "GLOBAL")
    return helio.run("user", "add", name, *words, "--data", folder, env=env,
                     **kw)


def users(folder):
    lines = helio.run("user", "list", "--data", folder, "--json").stdout
    return {one["username"]: one for one in map(json.loads,
                                                lines.splitlines())}


def test_users_are_added_and_listed(folder):
    add_user(folder, "ann")
    add_user(folder, "ben", "--permissions", "OVERVIEW", "--scope", "ENTITY",
             "--entity", "1")
    found = users(folder)
    assert set(found) == {"admin", "ann", "ben"}
    assert found["ann"] == {"username": "ann", "permissions": "ADMIN",
                            "scope": "GLOBAL", "entity_id": None,
                            "active": True}
    assert (found["ben"]["scope"], found["ben"]["entity_id"]) == ("ENTITY", 1)
    text = helio.run("user", "list", "--data", folder).stdout
    assert re.search(r"^ben +OVERVIEW +ENTITY +1 +active$", text, re.M)


def test_a_name_is_taken_once(folder):
    add_user(folder, "ann")
    said = fails(1, "user", "add", "ann", "--permissions", "ADMIN",
                 "--scope", "GLOBAL", "--data", folder, env=USER)
    assert "username" in said
    assert list(users(folder)) == ["admin", "ann"]


@pytest.mark.parametrize("name", ["", "x" * 129, b"\xff\xfe"])
def test_names_that_are_none(folder, name):
    fails(1, "user", "add", os.fsdecode(name), "--permissions", "ADMIN",
          "--scope", "GLOBAL", "--data", folder, env=USER)
    assert list(users(folder)) == ["admin"]


def test_an_entity_that_is_none(folder):
    said = fails(1, "user", "add", "ann", "--permissions", "ADMIN", "--scope",
                 "ENTITY", "--entity", "999", "--data", folder, env=USER)
    assert "entity_id" in said


@pytest.mark.parametrize("password", ["", "short", "x" * 1025])
def test_passwords_that_are_none(folder, password):
    said = fails(1, "user", "add", "ann", "--permissions", "ADMIN",
                 "--scope", "GLOBAL", "--data", folder,
                 env={"HELIO_PASSWORD": password})
    assert "8 to 1024" in said
    fails(1, "user", "passwd", "admin", "--data", folder, input=password)
    assert list(users(folder)) == ["admin"]


def test_passwords_from_standard_input_and_passwd(folder):
    helio.run("user", "add", "ann", "--permissions", "ADMIN", "--scope",
              "GLOBAL", "--data", folder, input="from stdin 1\nmore\n")
    server = helio.Server(folder)
    old = helio.Api(server, "ann", "from stdin 1")
    helio.run("user", "passwd", "ann", "--data", folder,
              input="another one\n")
    helio.Api(server, "ann", "another one")
    with pytest.raises(AssertionError):
        helio.Api(server, "ann", "from stdin 1")
    # the server looks for changes by others once a second
    while old.get("/hubs").status_code == 200:
        pass
    assert old.get("/hubs").status_code == 401
    server.stop()


def test_users_are_removed(folder):
    add_user(folder, "ann")
    helio.run("user", "remove", "ann", "--data", folder)
    assert list(users(folder)) == ["admin"]
    assert "ann" in fails(1, "user", "remove", "ann", "--data", folder)
    assert "ann" in fails(1, "user", "passwd", "ann", "--data", folder,
                          env=USER)
    add_user(folder, "ann")


# ---- import and export ----

HUB = '{"table": "hub", "row": {"hub_id": 7, "name": "x", "entity_id": 1}}\n'


def test_an_import_of_an_export_is_the_same(folder, tmp_path):
    add_user(folder, "ann")
    helio.import_rows(folder, [
        {"table": "entity", "row": {
            "entity_id": 900, "name": "Ünïcode \u0001 \U0001f600",
            "bboxx_company_flag": True, "created_at":
                "2016-09-01T01:02:03.000004", "created_by": "somebody"}},
        {"table": "hub", "row": {"hub_id": 12345678901, "name": "h",
                                 "entity_id": 900}}])
    before = export(folder)
    (tmp_path / "dump").write_text(before)
    copy = tmp_path / "copy"
    helio.run("init", "--data", copy, env=ADMIN)
    helio.run("import", tmp_path / "dump", "--data", copy)
    assert export(copy) == before
    helio.run("import", tmp_path / "dump", "--data", copy)
    assert export(copy) == before
    helio.run("doctor", "--data", copy)
    assert "password_hash" in before


def test_numbers_go_on_after_an_import(folder):
    helio.import_rows(folder, [json.loads(HUB)])
    server = helio.Server(folder)
    api = helio.Api(server, "admin")
    reply = api.post("/hubs", {"name": "y", "entity_id": 1})
    server.stop()
    assert reply.json()["hub_id"] == 8


def test_several_files_any_order_and_standard_input(folder, tmp_path):
    (tmp_path / "a").write_text(HUB.replace('_id": 1', '_id": 900'))
    (tmp_path / "b").write_text(
        "\n  \n" '{"table": "entity", "row": {"entity_id": 900, "name": "e", '
        '"bboxx_company_flag": false}}')
    done = helio.run("import", tmp_path / "a", tmp_path / "b",
                     "--data", folder)
    assert done.stdout == "2 rows imported\n"
    helio.run("import", "-", "--data", folder,
              input=HUB.replace("x", "from stdin"))
    assert rows(folder, "hub")[0]["name"] == "from stdin"


@pytest.mark.parametrize("line,says", [
    ("nonsense", "line 3"), ("[]", "line 3"), ("{}", "line 3"),
    ('{"table": "nope", "row": {}}', "line 3"),
    ('{"table": "hub"}', "line 3"), ('{"table": "hub", "row": 7}', "line 3"),
    ('{"table": "hub", "row": {"name": "no key"}}', "line 3"),
    ('{"table": "hub", "row": {"hub_id": "a", "name": "x"}}', "hub_id"),
    ('{"table": "hub", "row": {"hub_id": 8, "name": null}}', "name"),
    ('{"table": "hub", "row": {"hub_id": 8, "entity_id": 1}}', "name"),
    ('{"table": "hub", "row": {"hub_id": 8, "bogus": 1, "name": "y", '
     '"entity_id": 1}}', "bogus"),
    ('{"table": "hub", "row": {"hub_id": 8, "name": "x", "entity_id": 1}}',
     "name"),
    ('{"table": "hub", "row": {"hub_id": 8, "name": "y", "entity_id": 99}}',
     "entity_id"),
    ('{"table": "hub", "row": {"hub_id": 99999999999999999999}}', "line 3"),
    ('{"table": "hub", "row": {"hub_id": 8, "name": "\\ud800"}}', "line 3"),
    ('{"table": "token", "row": {"token_hash": "x"}}', "token")])
def test_a_bad_line_is_named_and_nothing_kept(folder, tmp_path, line, says):
    before = export(folder)
    lines = tmp_path / "lines.jsonl"
    lines.write_text(HUB + "\n" + line + "\n")
    said = fails(1, "import", lines, "--data", folder)
    assert "line 3" in said and says in said, said
    assert export(folder) == before
    helio.run("doctor", "--data", folder)


def test_an_import_that_cannot_be_read_keeps_nothing(folder, tmp_path):
    before = export(folder)
    (tmp_path / "good").write_text(HUB)
    os.mkdir(tmp_path / "dir")
    for bad in ("none", "dir"):
        said = fails(1, "import", tmp_path / "good", tmp_path / bad,
                     "--data", folder)
        assert str(tmp_path / bad) in said
        assert export(folder) == before


def test_a_read_error_in_the_middle_keeps_nothing(folder):
    """Standard input is a connection, reset when most has been read."""
    before = export(folder)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        theirs = socket.create_connection(listening.getsockname())
        ours, _ = listening.accept()
    process = subprocess.Popen(
        [helio.HELIO, "import", "-", "--data", str(folder)], stdin=theirs,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    theirs.close()
    # more than the buffers between us hold, so the first lines were taken
    ours.sendall(HUB.encode() * 200000)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))
    ours.close()
    _, said = process.communicate(timeout=120)
    assert process.returncode == 1, said
    assert said.startswith("helio: -: "), said
    assert export(folder) == before


def test_import_beside_a_server_is_refused(fresh_server, tmp_path):
    (tmp_path / "lines").write_text(HUB)
    fresh_server()
    said = fails(1, "import", tmp_path / "lines", "--data",
                 fresh_server.folder)
    assert "in use" in said


def test_export_says_when_it_cannot_write(made):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [helio.HELIO, "export", "--data", str(made)], stdout=full,
            stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and done.stderr.startswith("helio: ")


# ---- serve ----

def test_settings_and_where_they_come_from(tmp_path):
    config = tmp_path / "helio.conf"
    config.write_text("drain = 1\ntoken_ttl = 60\nloops = 3\n")
    done = helio.run("serve", "--print-config", "--config", config,
                     "--drain", "7", env={"HELIO_TOKEN_TTL": "90"})
    said = dict(re.findall(r"^(\w+) = (.*)$", done.stdout, re.M))
    assert (said["drain"], said["token_ttl"], said["loops"]) == (
        "7", "90", "3")
    assert said["header_deadline"] == "10"
    assert "now from: flag\ndrain = 7" in done.stdout
    again = tmp_path / "again.conf"
    again.write_text(done.stdout)
    reread = helio.run("serve", "--print-config", "--config", again).stdout
    assert dict(re.findall(r"^(\w+) = (.*)$", reread, re.M)) == said


@pytest.mark.parametrize("words,says", [
    (["--drain", "soon"], "drain"), (["--log-level", "loud"], "log_level"),
    (["--config", "/no/such.conf"], "/no/such.conf"),
    (["--config", "/tmp"], "/tmp")])
def test_wrong_settings(made, words, says):
    assert says in fails(2, "serve", "--data", made, *words)


def test_a_wrong_line_in_the_settings(made, tmp_path):
    (tmp_path / "c").write_text("drain = 1\n\nbogus = 2\n")
    said = fails(2, "serve", "--data", made, "--config", tmp_path / "c")
    assert "line 3" in said and "bogus" in said


def test_serve_on_no_folder(tmp_path):
    said = fails(3, "serve", "--data", tmp_path / "none",
                 env={"HELIO_DATABASE": ""})
    assert "helio init" in said
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("listen", [
    "nonsense", "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", ":x",
    "999.1.1.1:80", "127.0.0.1:80:80", ""])
def test_addresses_that_are_none(made, listen):
    fails(1, "serve", "--data", made, "--listen", listen)


def test_a_port_in_use(made):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = "127.0.0.1:%d" % taken.getsockname()[1]
        assert address in fails(1, "serve", "--data", made, "--listen",
                                address)


def test_a_port_in_use_by_another_server(made, tmp_path):
    first = helio.Server(made)
    other = tmp_path / "other"
    helio.run("init", "--data", other, env=ADMIN)
    address = first.url[len("http://"):]
    assert address in fails(1, "serve", "--data", other, "--listen", address)
    first.stop()


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """A certificate of our own for 127.0.0.1: (certificate, key)."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
         "2", "-subj", "/CN=127.0.0.1", "-addext",
         "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert],
        check=True, capture_output=True)
    return cert, key


def test_tls_files_that_are_none(made, tls, tmp_path):
    cert, key = map(str, tls)
    (tmp_path / "junk").write_text("junk")
    junk, none = str(tmp_path / "junk"), str(tmp_path / "none")
    for one, other in ((cert, none), (none, key), (cert, junk), (junk, key),
                       (key, cert)):
        fails(1, "serve", "--data", made, "--listen", "127.0.0.1:0",
              "--tls-cert", one, "--tls-key", other)
    assert "together" in fails(1, "serve", "--data", made, "--listen",
                               "127.0.0.1:0", "--tls-cert", cert)


def test_tls_and_the_client(folder, tls, tmp_path):
    cert, key = map(str, tls)
    server = helio.Server(folder, "--tls-cert", cert, "--tls-key", key)
    assert server.url.startswith("https://")
    env = {"HELIO_URL": server.url, "HELIO_USER": "admin",
           "HELIO_SESSION": str(tmp_path / "session"), **USER}
    # a certificate that nobody vouches for
    done = helio.run("api", "GET", "/v1/hubs", check=False, env=env)
    assert done.returncode == 6
    done = helio.run("api", "GET", "/v1/hubs",
                     env={**env, "HELIO_CA_FILE": cert})
    assert json.loads(done.stdout)["num_results"] == 0
    server.stop()


# ---- simulated units ----

def test_simulated_units_register_and_obey(fresh_server):
    server = fresh_server()
    words = ("sim", "units", "--url", server.url, "--user",
             helio.username("FACTORY", "GLOBAL"), "--count", 3, "--seed", 5,
             "--interval", 1, "--rounds", 2, "--json")
    figures = json.loads(helio.run(*words, env=USER).stdout)
    assert figures["units"] == 3 and figures["failures"] == 0
    assert figures["reports"] + figures["unheard"] >= 6
    # the same seed is the same fleet: nothing new to register
    figures = json.loads(helio.run(*words, env=USER).stdout)
    assert figures["failures"] == 0
    api = server.login("SYSTEM")
    assert api.get("/products").json()["num_results"] == 3


def test_simulated_units_without_a_password(fresh_server):
    env = {"HELIO_PASSWORD": "wrong password"}
    fails(1, "sim", "units", "--url", fresh_server().url, "--user", "nobody",
          "--rounds", 1, env=env)


@pytest.mark.parametrize("content", ["", "only-imei\n", ",,,\n"])
def test_a_key_file_without_keys(tmp_path, content):
    (tmp_path / "keys").write_text(content)
    said = fails(1, "sim", "units", "--url", "http://127.0.0.1:1", "--keys",
                 tmp_path / "keys", "--rounds", 1)
    assert "keys" in said
    assert "none" in fails(1, "sim", "units", "--url", "http://127.0.0.1:1",
                           "--keys", tmp_path / "none", "--rounds", 1)
