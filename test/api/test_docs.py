"""The examples in README.md and docs/ run, and say what they show.

Placeholders of a page are replaced by name, in the test that runs it.
"""
import hashlib
import hmac
import json
import os
import re
import socket
import subprocess

import pytest
import requests

import helio
import pages

UNIT_PAGE = "docs/reference/unit-protocol.md"
API_PAGE = "docs/reference/api.md"
CHARGE_PAGE = "docs/howto/charge-points.md"
MANUAL = "docs/man/helio.1"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture
def folder(tmp_path):
    """A folder that looks like the project's after `make`."""
    for name in ("bin", "build"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "helio").symlink_to(os.path.abspath(helio.HELIO))
    (tmp_path / "etc").symlink_to(os.path.join(pages.TOP, "etc"))
    return tmp_path


@pytest.fixture
def shell(folder):
    shell = pages.Shell(folder, HELIO_SESSION=str(folder / "session.json"))
    yield shell
    shell.close()


def stub(folder, name, text):
    """A program of this name that is not to be run for real."""
    path = folder / "bin" / name
    path.write_text("#!/bin/sh\n" + text + "\n")
    path.chmod(0o755)


def replaced(text, **words):
    for old, new in words.items():
        text = text.replace(old, str(new))
    return text


# ---- the pages that a reader follows ----

def test_readme(folder, shell):
    """`Use it`: three blocks; the server goes to the background."""
    stub(folder, "make", "exit 0")
    port = str(free_port())
    serve = "build/helio serve --data fleet"
    texts = [text.replace("8080", port) for text in re.findall(
        r"^```sh\n(.*?)^```$", pages.section("README.md", "Use it"),
        re.M | re.S)]
    assert len(texts) == 3 and texts[0].count(serve) == 1
    said = shell.run(texts[0].replace(serve, serve + (
        " --listen 127.0.0.1:%s > server.log 2> log & "
        "until grep -q listening server.log; do sleep 0.02; done;" % port)))
    password = re.search(r"^password: (\S+)$", said, re.M).group(1)
    assert (folder / "server.log").read_text() == \
        "listening on http://127.0.0.1:%s\n" % port
    login, api = texts[1].splitlines()
    assert "logged in" in shell.run("%s\n%s" % (
        login.split("#")[0] + "<<< " + password, api))
    token, read = texts[2].splitlines()
    answer = json.loads(shell.run(token.replace("PASSWORD", password)))
    token = answer["message"]["login_successful"]["API_token"]
    answer = json.loads(shell.run(read.replace("API_TOKEN", token)))
    assert answer["num_results"] > 5


def test_tutorial(folder, shell):
    """Every block in its order; those after a ```text show its output."""
    port = str(free_port())
    said = ""
    for info, text in pages.blocks("docs/tutorial/first-unit.md", "sh",
                                   "text", "python"):
        if info == "sh":
            said = shell.run(text.replace("8090", port))
        elif info == "text":
            assert pages.matches(text, said), said
        else:
            (folder / info.split()[1]).write_text(text)
    assert not (folder / "tutorial").exists()


def test_field_devices(folder, shell):
    """Every block in its order; those after a ```text show its output."""
    port, said = str(free_port()), ""
    start = "helio sandbox field-device --listen 127.0.0.1:%s &" % port
    for info, text in pages.blocks("docs/howto/field-devices.md", "sh",
                                   "text"):
        if info == "text":
            assert pages.matches(text, said), said
            continue
        said = shell.run(text.replace("8090", port).replace(start, (
            start[:-1] + "> box.log & "
            "until grep -q listening box.log; do sleep 0.02; done")))
    results = (folder / "results.jsonl").read_text().splitlines()
    assert [json.loads(one)["message"] for one in results] == [
        "attempt 0 success"] * 2


def test_import_and_export(folder, shell):
    helio.run("init", "--data", folder / "fleet", "--admin", "ops")
    (_, line), = pages.blocks("docs/howto/import-export.md", "json")
    (folder / "hubs.jsonl").write_text(line)
    for _, text in pages.blocks("docs/howto/import-export.md", "sh"):
        shell.run(text)
    assert "Kigali" in helio.run("export", "--data", folder / "fleet").stdout


def test_service(folder, shell):
    """With other folders, as no other user, and without systemd."""
    for name in ("make", "useradd", "systemctl"):
        stub(folder, name, "echo %s $* >> %s/called" % (name, folder))
    stub(folder, "sudo", 'if [ "$1" = -u ]; then shift 2; fi; exec "$@"')
    (folder / "root/etc/systemd/system").mkdir(parents=True)
    (folder / "root/var/lib").mkdir(parents=True)

    def moved(text):
        return re.sub(r"(?<=[ =])/(etc|var)/", "%s/root/\\1/" % folder, text)
    setup, start, doctor = [
        moved(text).replace("-o helio ", "").replace("-g helio ", "")
        for _, text in pages.blocks("docs/howto/service.md", "sh")]
    assert "password: " in shell.run(setup)
    unit = moved((folder / "root/etc/systemd/system/helio.service"
                  ).read_text())
    command = re.search(r"^ExecStart=/usr/local/bin/(.*)$", unit, re.M)
    shell.run("%s --listen 127.0.0.1:0 > out 2> log & until grep -q listening out; "
              "do sleep 0.02; done" % command.group(1))
    shell.run(start)
    assert "BAD" not in shell.run(doctor)
    assert "systemctl enable --now helio" in (folder / "called").read_text()


def test_batches(server, factory, folder, shell):
    """Every block in its order, and what is said of each."""
    imeis = ["350000000000017", "350000000000025"]
    rows = "imei,imsi,device_key\n" + "".join(
        "%s,%d,%s\n" % (imei, 10**8 + helio.fresh(), imei) for imei in imeis)
    env = {"HELIO_URL": server.url, "HELIO_TOKEN": factory.token}
    helio.run("batch", "create_hub2", env=env, input=rows)
    shell.run("export HELIO_URL=%s HELIO_TOKEN=%s" % (
        server.url, factory.token))
    said = ""
    for info, text in pages.blocks("docs/howto/batch.md", "sh", "text"):
        if info == "sh":
            said = shell.run(text)
        else:
            assert pages.matches(text, said), said
    codes = re.findall(r"^\| (\d) \|", pages.page("docs/howto/batch.md"), re.M)
    manual = pages.page(MANUAL)
    for code in codes:
        assert re.search(r"^\.B %s$" % code, manual, re.M)


def test_samples_in_and_out(server, system, shell):
    """Every block in its order, and what is said of each."""
    shell.run("export HELIO_URL=%s HELIO_TOKEN=%s" % (
        server.url, system.token))
    said = ""
    for info, text in pages.blocks("docs/howto/telemetry.md", "sh", "text"):
        if info == "sh":
            said = shell.run(text)
        else:
            assert pages.matches(text, said), said
    manual = pages.page(MANUAL)
    for code in re.findall(r"^\| (\d) \|",
                           pages.page("docs/howto/telemetry.md"), re.M):
        assert re.search(r"^\.B %s$" % code, manual, re.M)


def test_charge_points(folder, shell):
    """The how-to against the sandbox that it starts."""
    said = ""
    for _, text in pages.blocks(CHARGE_PAGE, "sh"):
        # the port is whichever is free
        said += shell.run(text.replace("127.0.0.1:8092 ", "127.0.0.1:0 ")
                          .replace("ws://127.0.0.1:8092/haserver",
                                   "$(awk 'NR == 1 {print $3}' "
                                   "sandbox.log)"))
    for shown in ("customer SANDBOX01", "BCU103", "charging",
                  "START_SESSION: done", "SET_PUBLIC_CHARGING: done",
                  "STOP_SESSION: done", "open"):
        assert shown in said, said


def test_every_request_is_in_the_how_to():
    table = pages.page("src/connector/bluecurrent/request.def")
    rows = re.findall(r'^REQUEST\((\w+),\s*((?:"[^"]*"\s*)+),', table, re.M)
    assert len(rows) > 20
    for command, members in rows:
        if command in ("VALIDATE_API_TOKEN", "HELLO"):
            continue
        shown = re.search(r"^\| `%s` \| (.*) \|$" % command,
                          pages.page(CHARGE_PAGE), re.M).group(1)
        wanted = re.findall(r"(\w+):\w(\??)", members)
        assert re.findall(r"`(\w+)`[^,?]*(\??)", shown) == wanted, command


def test_queries(server, folder, shell):
    for _, text in pages.blocks("docs/reference/query.md", "sh"):
        said = shell.run("TOKEN=%s\n%s" % (
            server.login().token,
            text.replace("http://127.0.0.1:8080", server.url)
            .replace("curl", "curl -s")))
        assert "num_results" in json.loads(said)
    filters = pages.blocks("docs/reference/query.md", "json filter of ")
    assert len(filters) == 2
    for info, text in filters:
        r = server.login().query(info.split("/v1")[1],
                                 filters=[json.loads(text)])
        assert r.status_code == 200, r.text


def test_every_page_is_reached_from_the_readme():
    todo, seen = ["README.md"], set()
    while todo:
        name = todo.pop()
        seen.add(name)
        for link in re.findall(r"\]\(([^)#:]+\.md)", pages.page(name)):
            link = os.path.normpath(os.path.join(os.path.dirname(name), link))
            if link not in seen:
                todo.append(link)
    for folder, _, names in os.walk(os.path.join(pages.TOP, "docs")):
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), pages.TOP)
            assert path in seen or not path.endswith(".md"), path


# ---- the unit protocol ----

def shape(value):
    """The names in a value, all the way down."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value[:1]]
    return None


def shown(page, what):
    (_, text), = pages.blocks(page, "json " + what)
    return json.loads(text)


@pytest.mark.parametrize("method, target, path", [
    ("POST", "POST /v1/rc_data", "/rc_data"),
    ("POST", "POST /v1/rm_data", "/rm_data")])
def test_unit_messages_are_accepted(unit, method, target, path):
    messages = pages.blocks(UNIT_PAGE, "json " + target)
    assert messages
    for _, text in messages:
        r = unit.request(method, path, text.encode())
        assert r.status_code == 200, r.text
        data = r.json()["data"]
        assert data.get("rejected", []) == []
        # the page's parameter is none of this unit's
        assert data.get("ignored", []) in (
            [], ["applied.parameters.product.7"])


def test_unit_replies_are_as_shown(system, unit):
    reply = shown(UNIT_PAGE, "reply to POST /v1/rc_data")
    r = unit.post_rc(applied={"parameters": [{"kind": "product", "id": 7}]})
    assert shape(r.json()) == shape(reply)
    assert r.json()["message"] == reply["message"]
    assert r.json()["data"]["ignored"] == reply["data"]["ignored"]

    reply = shown(UNIT_PAGE, "reply to GET /v1/rc_data")
    system.post("/product_parameters", {
        "product_imei": unit.imei, "parameter_type_id": 1,
        "status": "pending", "value": "7"})
    system.post("/product_software_linker", {
        "product_imei": unit.imei, "software_version_type_id": 7})
    r = unit.get_rc()
    assert shape(r.json()) == shape(reply)
    assert r.json()["message"] == reply["message"]
    assert r.json()["data"]["poll_after"] == reply["data"]["poll_after"]

    reply = shown(UNIT_PAGE, "reply to POST /v1/rm_data")
    r = unit.post_rm({"measurement": "telemetry", "fields": {
        "voltage": [[1717243200000, 1], [1717243201000, 2], ["x", 3]]}})
    assert r.json() == reply


def signature(key, *lines):
    return hmac.new(key.encode(), "\n".join(lines).encode(),
                    hashlib.sha256).hexdigest()


def test_signature_vectors(server, factory):
    """They are what the page says, and what the server takes."""
    text = pages.page(UNIT_PAGE)
    key = re.search(r"with the key `(\w+)`", text).group(1)
    imei = "vector"
    r = factory.post("/products/create_hub2", {
        "imei": imei, "imsi": "123456", "device_key": key})
    assert r.status_code == 200, r.text
    vectors = re.findall(r"^\| `(\w+) (\S+)` \| (\d+) \| (\S+) \| `(\w{64})`",
                         text, re.M)
    assert len(vectors) == 2
    unit = helio.Unit(server, imei, key)
    for method, target, sequence, body, wanted in vectors:
        body = b"" if body == "none" else body.strip("`").encode()
        assert wanted == signature(key, method, target, sequence,
                                   hashlib.sha256(body).hexdigest())
        r = unit.request(method, target[3:], body, int(sequence), wanted)
        assert r.status_code == 200, r.text
    status, sequence, body, wanted = re.search(
        r"status (\d+), sequence (\d+), body `(.*?)` gives\n`(\w{64})`",
        text).groups()
    assert wanted == signature(key, status, sequence, hashlib.sha256(
        body.encode()).hexdigest())


def test_unit_refusals_are_as_listed(unit):
    """Each status of the table that a test can provoke: signed or not."""
    listed = {(code, signed) for codes, signed in re.findall(
        r"^\| (\d{3}[^|]*) \| (yes|no) \|", pages.page(UNIT_PAGE), re.M)
        for code in re.findall(r"\d{3}", codes)}
    big = b"{" + b" " * (1 << 20) + b"}"
    for reply, code in [
            (unit.post_rc(), 200), (unit.request("POST", "/rc_data", b"["),
                                    400),
            (unit.request("GET", "/rc_data", sequence=1), 401),
            (unit.request("GET", "/rc_data", signature="0" * 64), 401),
            (unit.request("GET", "/rx_data"), 404),
            (unit.request("PUT", "/rc_data"), 405),
            (unit.request("POST", "/rc_data", big), 413),
            (unit.request("POST", "/rc_data", b"{}", headers={
                "Content-Encoding": "br"}), 415),
            (unit.request("GET", "/rc_data?" + "x" * 17000), 431)]:
        signed = "yes" if "X-Helio-Signature" in reply.headers else "no"
        assert reply.status_code == code
        assert (str(code), signed) in listed, (code, signed)


# ---- requests and actions ----

def test_login_is_as_shown(server):
    reply = shown(API_PAGE, "reply to POST /v1/auth/login")
    for how in ("data", "json"):
        r = requests.post(server.v1 + "/auth/login", **{how: {
            "username": "admin", "password": helio.PASSWORD}})
        assert shape(r.json()) == shape(reply)


def test_a_user_is_made_as_shown(system):
    body = shown("docs/reference/permissions.md", "POST /v1/users")
    r = system.post("/users", body)
    assert r.status_code == 201, r.text
    assert "password" not in r.json()
    for name in set(body) - {"password"}:
        assert r.json()[name] == body[name]


def test_telemetry_is_accepted(factory, unit):
    r = factory.post("/products/%s/data" % unit.imei,
                     shown(API_PAGE, "POST /v1/products/<imei>/data"))
    assert r.json()["message"] in pages.page(API_PAGE)


def printed_actions():
    """(method, path, level) of every action that `helio schema` prints."""
    text = helio.run("schema").stdout.split("\n# Tables\n")[0]
    return re.findall(r"^## (\w+) (/v1/\S+)\n\n.*? Needs ([A-Z]+)\.$", text,
                      re.M | re.S)


def test_actions_are_printed_and_served(server):
    actions = printed_actions()
    assert len(actions) >= 15
    for method, path, _ in actions:
        r = requests.request(method, server.url + path.replace("<", "")
                             .replace(">", ""))
        assert r.status_code == 401, (method, path, r.text)


def test_listed_actions_have_their_levels():
    """The rows of the page: the first path is whole, the others differ in
    their last part."""
    levels = {(method, path): level
              for method, path, level in printed_actions()}
    rows = re.findall(r"^\| `(\w+) (/v1/\S+)`(.*?) \| ([A-Z]+) \|",
                      pages.section(API_PAGE, "Actions"), re.M)
    assert len(rows) > 5
    for method, first, more, level in rows:
        first = first.replace("<imei>", "<product_imei>")
        paths = [first] + [
            first.rsplit("/", 1)[0] + "/" + last
            for last in re.findall(r"`/?(\w+)`", more)]
        for path in paths:
            if "/auth/" not in path:
                assert levels.get((method, path)) == level, path


# ---- limits ----

def constant(header, name):
    """The value of an enum constant, such as 16 << 20."""
    value = re.search(r"\b%s = ([\d <*+]+)" % name,
                      pages.page(header)).group(1)
    return eval(value)


@pytest.mark.parametrize("page, shown, header, name", [
    (UNIT_PAGE, r"at most ([\d,]+) values in all", "telemetry/telemetry.h",
     "TELEMETRY_POINTS_MAX"),
    (UNIT_PAGE, r"up to (\d+) names", "telemetry/telemetry.h",
     "TELEMETRY_FIELDS_MAX"),
    (UNIT_PAGE, r"of 1 to (\d+) bytes", "telemetry/telemetry.h",
     "TELEMETRY_NAME_MAX"),
    (UNIT_PAGE, r"a text of up to (\d+) bytes", "telemetry/telemetry.h",
     "TELEMETRY_TEXT_MAX"),
    (UNIT_PAGE, r"The first (\d+) are listed", "device/rm_store.h",
     "RM_REJECTS_TOLD"),
    (UNIT_PAGE, r"the last (\d+) of each unit", "device/rm_store.h",
     "RM_REJECTS_KEPT"),
    (UNIT_PAGE, r"holds at most (\d+) names", "domain/report.h",
     "REPORT_IGNORED_MAX"),
    (UNIT_PAGE, r"up to (\d+) objects", "domain/report.h",
     "REPORT_CELLS_MAX"),
    (UNIT_PAGE, r"up to (\d+) ids", "domain/report.h", "REPORT_IDS_MAX"),
    (UNIT_PAGE, r"At most (\d+), the rest next time", "domain/offer.h",
     "OFFER_PARAMETERS_MAX"),
    ("docs/explain/memory.md", r"JSON nesting \| (\d+)", "api/body.h",
     "BODY_DEPTH_MAX"),
    ("docs/explain/memory.md", r"in a body \| ([\d,]+), and", "api/body.h",
     "BODY_VALUES_MAX"),
    ("docs/explain/memory.md", r"in a body \| [\d,]+, and ([\d,]+)",
     "api/body.h", "BODY_GROUPS_MAX"),
    ("docs/explain/memory.md", r"telemetry upload \| ([\d,]+)",
     "telemetry/telemetry.h", "TELEMETRY_POINTS_MAX"),
    ("docs/explain/memory.md", r"telemetry reply \| ([\d,]+)",
     "action/product_data_read.c", "VALUES_MAX"),
    ("docs/explain/memory.md", r"for units \| ([\d,]+)", "api/api.c",
     "WORK_MAX"),
    ("docs/explain/memory.md", r"waiting for the writer \| (\d+)",
     "store/store.c", "queue_max"),
    ("docs/explain/memory.md", r"`q` \| (\d+) levels", "rest/plan.h",
     "PLAN_DEPTH"),
    ("docs/explain/memory.md", r"`q` \| .*?, (\d+) filters", "rest/plan.h",
     "PLAN_CONDITIONS"),
    ("docs/reference/query.md", r"\((\d+) values at most", "rest/plan.h",
     "PLAN_LIST_VALUES"),
    ("docs/reference/query.md", r"at most, (\d+) in all lists",
     "rest/plan.h", "PLAN_VALUES"),
    ("docs/reference/query.md", r"unless given, (\d+) at most",
     "rest/page.h", "PAGE_SIZE_MAX")])
def test_limits_are_those_of_the_program(page, shown, header, name):
    found = re.search(shown, pages.page(page))
    assert found, "%s: nothing like '%s'" % (page, shown)
    assert int(found.group(1).replace(",", "")) == constant(
        "src/" + header, name)


def test_settings_of_the_limits_exist():
    names = re.findall(r"^CONFIG\((\w+),", pages.page(
        "src/server/config.def"), re.M)
    for name in re.findall(r"\| (`\w+`(?:, `\w+`)?) \|$", pages.page(
            "docs/explain/memory.md"), re.M):
        for one in re.findall(r"\w+", name):
            assert one in names, one


# ---- the manual page ----

def command_names():
    return re.findall(r"^  ([a-z]+(?: [a-z-]+)*)  +\S", helio.run(
        "--help").stdout, re.M)


def sandbox_settings(name):
    """Names of the settings of "sandbox KIND"."""
    return re.findall(r"^SETTING\((\w+),", pages.page(
        "src/sandbox/%s.def" % name.split()[1].replace("-", "_")), re.M)


@pytest.mark.parametrize("name", command_names())
def test_every_option_is_in_the_manual(name):
    text = pages.page(MANUAL).replace("\\-", "-").replace("\\&", "")
    # with what the whole group of commands takes (.SS charge)
    part = "".join(re.findall(r"^\.SS (?:%s|%s$).*?(?=^\.S[SH] )" % (
        name + r"\b", name.split()[0]), text, re.M | re.S))
    help = helio.run(*name.split(), "--help").stdout
    assert "\nexample:\n  " in help
    # a sandbox's settings: the manual sends the reader to --help
    settings = sandbox_settings(name) if name.startswith("sandbox ") else []
    for option in re.findall(r"^  --([a-z-]+)", help, re.M):
        if option.replace("-", "_") in settings:
            continue
        assert re.search(r"^\.B --%s\b" % option, part, re.M) or (
            name == "serve" and re.search(
                r"^\.B %s$" % option.replace("-", "_"), text, re.M)), option


def test_no_command_is_forgotten():
    listed = re.findall(r"^COMMAND\(", pages.page("src/cmd/list.def"), re.M)
    assert len(command_names()) == len(listed) > 20


def test_manual_has_no_mistakes():
    done = subprocess.run(
        ["man", "--warnings", "-l", os.path.join(pages.TOP, MANUAL)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "LC_ALL": "C.UTF-8"})
    assert done.returncode == 0 and done.stderr == ""


# ---- other services ----

def try_out(shell, name, url):
    """The block that starts a sandbox, on a free port; what it printed."""
    port = url.rsplit(":", 1)[1]
    text = replaced(pages.blocks(name, "sh")[0][1], **{
        port: str(free_port())})
    return shell.run(text.replace(
        " &\n", " > box.log & until grep -q listening box.log; do "
        "sleep 0.02; done\n", 1))


def test_pbx_page(shell, folder):
    shell.run("export XDG_CONFIG_HOME=%s" % folder)
    login, sent, listed = try_out(
        shell, "docs/howto/pbx.md", "http://127.0.0.1:8091").strip() \
        .splitlines()
    assert "103@sandbox.example" in login
    assert sent.split("\t")[1] == listed.split("\t")[0]
    assert listed.endswith("We come tomorrow.")


def test_wifi_page(shell, folder, server, login, unit):
    name = "docs/howto/wifi-counts.md"
    shell.run("export XDG_CONFIG_HOME=%s HELIO_URL=%s HELIO_TOKEN=%s" % (
        folder, server.url, login("TECHNICAL").token))
    said = try_out(shell, name, "http://127.0.0.1:8092")
    counts = json.loads((folder / "data.json").read_text())
    assert len(counts) == 7 and "completed capture at " in said
    assert "\nTIME,Guest,Scanners,Staff\r\n" in said
    form, = [json.loads(text) for _, text in pages.blocks(name, "json")]
    assert {type(n) for window in form.values() for n in window.values()} \
        == {int}
    push = pages.blocks(name, "sh")[1][1]
    shell.run(push.replace("350000000000017", unit.imei))
    reply = login("OVERVIEW").get("/products/%s/data" % unit.imei, params={
        "measurement": "wifi_clients", "tags": '{"site": "north"}'})
    assert set(reply.json()["data"]) == {"measurement", "tags", "Staff",
                                         "Guest", "Scanners"}
