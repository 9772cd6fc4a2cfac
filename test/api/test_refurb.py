"""`helio refurb check` and `helio device info` against the sandbox: the wire,
the three lists, the journal, suspending; tokens that end."""
import base64
import csv
import fcntl
import io
import json
import os
import pty
import subprocess
import termios

import pytest

import helio
from field import PASSWORD, SECRET, Field, body
from stub import Stub, closed_url

TAKEN, TAKEN2, FREE, ODD = ("001001000000015", "001001000000023",
                            "001001000000031", "001001000000106")
ICCID = {TAKEN: "8901000000000000019", TAKEN2: "8901000000000000027",
         FREE: "8901000000000000035", ODD: "8901000000000000100"}


def pairs(*imeis):
    return "".join("%s %s\n" % (one, ICCID[one]) for one in imeis)


@pytest.fixture
def field():
    field = Field()
    yield field
    field.box.stop()


def lists(done):
    found = json.loads(done.stdout)
    return {name: [one["imei"] for one in found[name]] for name in found}


# ---- the wire (fact sheet, sections 3 and 4) ----

def test_a_token_and_a_question_as_they_are_sent(field):
    done = field.run("device", "info", TAKEN)
    login, = field.logins()
    assert (login.method, login.body) == (
        "POST", "grant_type=client_credentials")
    assert login.headers["authorization"] == "Basic " + base64.b64encode(
        ("sandbox-client:" + SECRET).encode()).decode()
    assert login.headers["accept"] == "application/json"
    assert login.headers["content-type"] == \
        "application/x-www-form-urlencoded"
    asked, = field.calls()
    assert (asked.method, asked.target) == ("POST", "/v2/device/info")
    assert body(asked) == {"imei": TAKEN}
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["authorization"].startswith("Bearer ")
    assert done.stdout.startswith(TAKEN + "\n{")


def test_info_as_json(field):
    lines = field.run("device", "info", TAKEN, FREE, ODD, "--json").stdout
    found = [json.loads(line) for line in lines.splitlines()]
    assert [(one["imei"], one["code"], one["list"]) for one in found] == [
        (TAKEN, None, "taken"), (FREE, 406, "successful"),
        (ODD, 500, "failed")]
    assert found[0]["body"]["iccid"] == ICCID[TAKEN]
    assert len(field.logins()) == 1


def test_info_wants_imeis(field):
    done = field.run("device", "info", TAKEN, "12", code=2)
    assert "'12'" in done.stderr and field.calls() == []


# ---- the lists ----

def test_three_lists_in_the_seeds_layout(field):
    text = field.run("refurb", "check", input=pairs(
        TAKEN, FREE, ODD, TAKEN2)).stdout
    assert text == (
        "Account Name:\nAccount Email:\nPlan:\nDevice Names:\n\n"
        "To Add:\n\n%s\n\nICCIDs to check:\n\n%s\n\n"
        "Devices to remove from refurb queue\n\n%s - %s\n%s - %s\n\n"
        "Errors to look into\n\n%s - %s : 500 - %s\n" % (
            FREE, ICCID[FREE], TAKEN, ICCID[TAKEN], TAKEN2, ICCID[TAKEN2],
            ODD, ICCID[ODD],
            '{"statusCode": 500, "message": "the device cannot be read"}'))


    text = field.run("refurb", "check", input=pairs(TAKEN)).stdout
    assert "To Add:\n\nNone\n\nDevices" in text
    assert "ICCIDs to check" not in text
    assert text.endswith("Errors to look into\n\nNone\n")


def test_csv_and_json(field):
    rows = list(csv.DictReader(io.StringIO(field.run(
        "refurb", "check", "--csv", input=pairs(FREE, TAKEN, ODD)).stdout)))
    assert [(row["list"], row["imei"], row["code"]) for row in rows] == [
        ("successful", FREE, "406"), ("taken", TAKEN, ""),
        ("failed", ODD, "500")]
    assert rows[2]["note"].startswith('500 - {"statusCode": 500')
    done = field.run("refurb", "check", "--json", input=pairs(FREE, TAKEN))
    assert lists(done) == {"successful": [FREE], "failed": [],
                           "taken": [TAKEN]}


@pytest.mark.parametrize("info,name", [
    ("free", "successful"), ("in use", "taken"), ("text", "taken"),
    ("404", "failed"), ("200", "failed"), ("0", "taken"), ("500", "failed")])
def test_what_an_answer_means(field, info, name):
    field.add("350000000000006", info)
    done = field.run("refurb", "check", "--json",
                     input="350000000000006 8901000000000000019")
    assert lists(done)[name] == ["350000000000006"]


# ---- input ----

@pytest.mark.parametrize("line", [
    "%s %s", "%s\t%s\r", "%s,%s", '"%s";"%s"', "  %s   %s  "])
def test_pairs_in_either_order(field, line):
    for both in ((FREE, ICCID[FREE]), (ICCID[FREE], FREE)):
        done = field.run("refurb", "check", "--json", input=line % both)
        assert lists(done)["successful"] == [FREE]


def test_bad_lines_are_told_and_left_out(field):
    text = "\n".join([
        FREE, "%s %s x" % (FREE, ICCID[FREE]), "", "   ",
        "%s 12" % FREE, "a b", "%s %s" % (ICCID[FREE], ICCID[FREE]),
        "%s %s" % (TAKEN, ICCID[TAKEN])])
    done = field.run("refurb", "check", "--json", input=text, code=1)
    assert lists(done)["taken"] == [TAKEN]
    for line in (1, 2, 5, 6, 7):
        assert "helio: line %d: " % line in done.stderr
    assert len(field.calls()) == 1


def test_a_device_is_asked_about_once(field):
    text = pairs(TAKEN, FREE, TAKEN) + "%s 8901999999999999999\n" % FREE
    done = field.run("refurb", "check", "--json", input=text, code=1)
    assert len(field.calls()) == 2
    assert "line 4" in done.stderr and ICCID[FREE] in done.stderr


def test_a_file(field, tmp_path):
    (tmp_path / "in").write_text(pairs(FREE))
    field.run("refurb", "check", tmp_path / "in")
    done = field.run("refurb", "check", tmp_path / "none", code=1)
    assert "none" in done.stderr


# ---- what goes wrong on the way ----

def test_transport_errors_do_not_end_the_run(field):
    field.box.fail("nth=2:drop:/v2/*")
    done = field.run("refurb", "check", "--json", code=1,
                     input=pairs(TAKEN, TAKEN2, FREE))
    assert lists(done) == {"successful": [FREE], "failed": [TAKEN2],
                           "taken": [TAKEN]}
    assert "asks about them again" in done.stderr


def test_the_journal_goes_on_where_a_run_ended(field, tmp_path):
    journal = tmp_path / "journal"
    field.box.fail("nth=2:drop:/v2/*")
    check = ("refurb", "check", "--json", "--journal", journal)
    field.run(*check, input=pairs(TAKEN, TAKEN2), code=1)
    field.box.fail("")
    field.box.forget()
    done = field.run(*check, input=pairs(TAKEN, TAKEN2, FREE))
    assert [body(one)["imei"] for one in field.calls()] == [TAKEN2, FREE]
    assert lists(done) == {"successful": [FREE], "failed": [],
                           "taken": [TAKEN, TAKEN2]}
    assert os.stat(journal).st_mode & 0o777 == 0o600


def test_a_journal_that_was_cut(field, tmp_path):
    journal = tmp_path / "journal"
    check = ("refurb", "check", "--json", "--journal", journal)
    field.run(*check, input=pairs(TAKEN, TAKEN2))
    whole = journal.read_bytes()
    for cut in (1, 20, len(whole) // 2):
        journal.write_bytes(whole[:-cut])
        done = field.run(*check, input=pairs(TAKEN, TAKEN2))
        assert lists(done)["taken"] == [TAKEN, TAKEN2]
        assert journal.read_bytes() == whole


    (tmp_path / "x").write_text("my notes\nmore\n")
    done = field.run("refurb", "check", "--journal", tmp_path / "x",
                     input=pairs(TAKEN), code=2)
    assert "line 1" in done.stderr
    assert (tmp_path / "x").read_text() == "my notes\nmore\n"


# ---- tokens ----

@pytest.mark.parametrize("how", ["http", "json"])
def test_a_token_that_ends_is_renewed(how):
    field = Field("--expired", how)
    stop = field.box.stop
    try:
        process = subprocess.Popen(
            [helio.HELIO, "refurb", "check", "--json"], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ, **field.env})
        process.stdin.write(pairs(TAKEN))
        process.stdin.flush()
        helio.until(lambda: len(field.calls()) == 1)
        field.box.control("POST", "tokens/expire")
        process.stdin.write(pairs(TAKEN2))
        process.stdin.flush()
        helio.until(lambda: len(field.calls()) == 3)
        out = process.communicate(timeout=30)[0]
        assert process.returncode == 0
        assert json.loads(out)["taken"][1]["imei"] == TAKEN2
        old, refused, again = field.calls()
        assert body(refused) == body(again) == {"imei": TAKEN2}
        assert old.headers["authorization"] == \
            refused.headers["authorization"] != again.headers["authorization"]
        assert len(field.logins()) == 2
    finally:
        stop()


def test_a_token_without_a_life(field):
    other = Field("--expires-in", "no")
    other.run("device", "info", TAKEN)
    other.box.stop()


def test_a_service_that_gives_no_token(field):
    done = field.run("refurb", "check", input=pairs(TAKEN), code=4,
                     env={"CLIENT_SECRET": "wrong"})
    assert "invalid_client" in done.stderr or "401" in done.stderr
    assert field.calls() == []


def test_a_service_that_refuses_the_token_it_gave():
    stub = Stub()
    stub.answer(lambda request: (200, {}, b'{"access_token": "t"}')
                if request.path == "/token" else
                (200, {}, b'{"statusCode": 401}'))
    done = helio.run("device", "info", TAKEN, check=False, env={
        "ACCESS_TOKEN_URL": stub.url + "/token", "API_URL": stub.url,
        "CLIENT_ID": "a", "CLIENT_SECRET": "b"})
    stub.close()
    assert done.returncode == 4 and "refuses the token" in done.stderr


def test_nobody_there(field):
    done = field.run("device", "info", TAKEN, "--url", closed_url(), code=6)
    assert TAKEN in done.stderr


# ---- suspending ----

SUSPEND = ("refurb", "check", "--json", "--suspend")


def suspended(field):
    return [one.target for one in field.calls("/v1/sims/*")]


def test_sims_are_suspended_when_told_so(field, tmp_path):
    journal = ("--journal", tmp_path / "journal")
    text = pairs(TAKEN, FREE, ODD, TAKEN2)
    field.run("refurb", "check", *journal, input=text)
    assert suspended(field) == []
    done = field.run(*SUSPEND, *journal, "--dry-run", input="")
    assert suspended(field) == [] and "would be suspended" in done.stderr
    done = field.run(*SUSPEND, *journal, "--yes", input="")
    assert suspended(field) == ["/v1/sims/%s/suspend" % ICCID[one]
                                for one in (TAKEN, TAKEN2)]
    assert [one["suspended"] for one in
            json.loads(done.stdout)["taken"]] == [True, True]
    field.run(*SUSPEND, *journal, "--yes", input="")
    assert len(suspended(field)) == 2
    # set free by that: the next batch may have them
    assert lists(field.run("refurb", "check", "--json", input=text)) == {
        "successful": [TAKEN, FREE, TAKEN2], "failed": [ODD], "taken": []}


def test_a_gateway_that_is_down_suspends_nobody(field):
    field.add("350000000000006", "text", iccid="8901000000000000019")
    done = field.run(*SUSPEND, "--yes",
                     input="350000000000006 8901000000000000019")
    found, = json.loads(done.stdout)["taken"]
    assert "no device record: HTTP 502" in found["note"]
    assert suspended(field) == []


def test_a_sim_that_is_not_suspended(field):
    field.box.fail("nth=1:500:/v1/sims/*")
    done = field.run(*SUSPEND, "--yes", input=pairs(TAKEN, TAKEN2), code=1)
    assert [one["suspended"] for one in
            json.loads(done.stdout)["taken"]] == [False, True]
    assert ICCID[TAKEN] + " is not suspended" in done.stderr


def on_terminal(field, answer, *words):
    """The command with a terminal of its own, which answers."""
    main, terminal = pty.openpty()

    def take_terminal():
        os.setsid()
        fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    process = subprocess.Popen(
        [helio.HELIO, *words], stdin=subprocess.PIPE, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=take_terminal, env={**os.environ, **field.env})
    process.stdin.write(pairs(TAKEN))
    process.stdin.close()
    process.stdin = None
    asked = b""
    while b"(y/n) " not in asked:
        asked += os.read(main, 1000)
    os.write(main, answer)
    out, err = process.communicate(timeout=30)
    os.close(main)
    os.close(terminal)
    return process.returncode, asked.decode(), out


@pytest.mark.parametrize("answer,code,n", [
    (b"y\n", 0, 1), (b"n\n", 1, 0), (b"\n", 1, 0), (b"\x04", 1, 0)])
def test_a_person_is_asked_before_suspending(field, answer, code, n):
    got, asked, out = on_terminal(field, answer, *SUSPEND)
    assert (got, len(suspended(field))) == (code, n)
    assert "suspend 1 SIMs?" in asked
    assert json.loads(out)["taken"][0]["suspended"] is (n == 1)


def test_nobody_to_ask(field):
    done = field.run(*SUSPEND, input=pairs(TAKEN), code=1,
                     start_new_session=True)
    assert "--yes" in done.stderr and suspended(field) == []


# ---- secrets ----

def test_settings_from_a_file_that_is_private(field, tmp_path):
    env = tmp_path / "field.env"
    env.write_text("# account\nexport CLIENT_ID = sandbox-client\n"
                   "CLIENT_SECRET='%s'\nACCESS_TOKEN_URL=\"%s\"\r\n"
                   "API_URL=%s\n" % (SECRET, field.env["ACCESS_TOKEN_URL"],
                                     field.box.url))
    bare = {name: None for name in field.env}
    bare = {k: v for k, v in os.environ.items() if k not in bare}
    command = [helio.HELIO, "device", "info", TAKEN, "--env", env]
    done = subprocess.run(command, env=bare, text=True, capture_output=True)
    assert done.returncode == 2 and "chmod 600" in done.stderr
    env.chmod(0o600)
    done = subprocess.run(command, env=bare, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    # the environment wins
    field.run("device", "info", TAKEN, "--env", env, code=4,
              env={"CLIENT_SECRET": "wrong"})


@pytest.mark.parametrize("name", [
    "ACCESS_TOKEN_URL", "CLIENT_ID", "CLIENT_SECRET"])
def test_settings_that_are_missing(field, name):
    done = field.run("device", "info", TAKEN, code=2, env={name: ""})
    assert name in done.stderr and "--env" in done.stderr


def test_no_secret_can_be_seen_from_outside(field):
    """Neither in the arguments of the process nor in what it prints."""
    process = subprocess.Popen(
        [helio.HELIO, "refurb", "check"], text=True, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, **field.env})
    process.stdin.write(pairs(TAKEN))
    process.stdin.flush()
    helio.until(field.calls)
    with open("/proc/%d/cmdline" % process.pid) as file:
        seen = file.read()
    seen += process.communicate(timeout=30)[0]
    token = field.calls()[0].headers["authorization"].split()[1]
    for secret in (SECRET, PASSWORD, token):
        assert secret not in seen
