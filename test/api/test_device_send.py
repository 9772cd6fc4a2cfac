"""`helio device send` against the sandbox: the wire, attempts, bulk lists,
tokens, secrets."""
import csv
import io
import json
import os
import subprocess
import time

import pytest

import helio
from field import PASSWORD, SECRET, Field, body
from stub import closed_url

A, B, C = "001001000000015", "001001000000023", "001001000000049"
PHONE = "+15550000001"
DEFAULT = ("AT+GTDMS=%s,2,%s,1,192.0.2.7,5001,,,360,7F9F,,0,,0,30,,FFFF$"
           % (PASSWORD, PASSWORD))


@pytest.fixture
def field():
    field = Field()
    yield field
    field.box.stop()


def send(field, *words, **more):
    """The results, in the order of the rows."""
    done = field.run("device", "send", *words, **more)
    return sorted(map(json.loads, done.stdout.splitlines()),
                  key=lambda one: one["line"])


# ---- the wire (fact sheet, section 4) ----

def test_a_command_over_data_as_it_is_sent(field):
    found, = send(field, A)
    assert (found["imei"], found["message"]) == (A, "attempt 0 success")
    sent, = field.calls()
    assert (sent.method, sent.target) == (
        "POST", "/v1/devices/command/%s/send" % A)
    assert body(sent) == {"command": DEFAULT, "development": "dev-1"}
    assert sent.headers["content-type"] == "application/json"
    assert sent.headers["authorization"].startswith("Bearer ")


def test_a_command_over_sms_as_it_is_sent(field):
    found, = send(field, PHONE, "--sms")
    assert found["phone"] == PHONE
    sent, = field.calls()
    assert (sent.method, sent.target) == ("POST", "/v2/aws/sms/send")
    assert body(sent) == {"message": DEFAULT, "phoneNumbers": [PHONE],
                          "source": 2, "development": "dev-1"}
    assert field.device(A)["lastCommand"] == DEFAULT


def test_a_development_key_that_is_missing_is_false(field):
    del field.env["DEVKEY"]
    env = {k: v for k, v in os.environ.items() if k != "DEVKEY"}
    done = subprocess.run([helio.HELIO, "device", "send", A], text=True,
                          env={**env, **field.env}, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert body(field.calls()[0])["development"] == "False"


def test_a_body_of_ones_own(field):
    send(field, A, "--body", '{"command": "AT+X=1$", "n": [1, 2]}')
    assert field.calls()[0].body == '{"command": "AT+X=1$", "n": [1, 2]}'


@pytest.mark.parametrize("words", [
    (), (A, "--body", "[1]"), (A, "--body", "{"), (A, "--body", '{"a": 1} x'),
    (A, "--body", "{}", "--sms"), (A, "--body", "{}", "--command", "x"),
    (A, "--file", "x")])
def test_usage(field, words):
    field.run("device", "send", *words, code=2)
    assert field.calls() == []


def test_devices_answer_after_a_while(field):
    send(field, A)
    assert field.device(A)["acknowledged"] == 0
    field.box.advance(10)
    assert field.device(A)["acknowledged"] == 1


# ---- commands ----

def test_what_a_command_is_filled_in_with(field):
    rows = ("imei,minutes,command\n%s,5,\n%s,7,AT+OTHER={minutes}$\n"
            % (A, B))
    send(field, "--file", "-", "--command", "AT+GTFRI={PASSWORD},{minutes}$",
         input=rows)
    assert [body(one)["command"] for one in field.calls()] == [
        "AT+GTFRI=%s,5$" % PASSWORD, "AT+OTHER=7$"]


@pytest.mark.parametrize("command,says", [
    ("AT+{NOTHING}$", "NOTHING"), ("AT+{PORT", "closed"), ("AT+{}", "closed")])
def test_commands_that_cannot_be_filled_in(field, command, says):
    found, = send(field, A, "--command", command, code=7)
    assert says in found["message"] and field.calls() == []


def test_the_default_needs_its_settings(field):
    found, = send(field, A, env={"PASSWORD": ""}, code=0)
    del field.env["IPADDR"]
    env = {k: v for k, v in os.environ.items() if k != "IPADDR"}
    done = subprocess.run([helio.HELIO, "device", "send", A], text=True,
                          env={**env, **field.env}, capture_output=True)
    assert done.returncode == 7 and "IPADDR" in done.stdout


# ---- attempts ----

@pytest.mark.parametrize("words,path,n", [
    ((A,), "/v1/devices/*", 3), ((PHONE, "--sms"), "/v2/aws/*", 2),
    ((A, "--attempts", "5"), "/v1/devices/*", 5)])
def test_attempts_end_when_they_are_used_up(field, words, path, n):
    field.box.fail("all:500:" + path)
    found, = send(field, *words, code=7)
    assert found["message"] == "attempt %d failed with 500" % (n - 1)
    assert len(field.calls()) == n


@pytest.mark.parametrize("fault", ["500", "drop", "429/1", "malformed"])
def test_attempts_end_at_the_first_success(field, fault):
    field.box.fail("first=1:%s:/v1/*" % fault)
    found, = send(field, A)
    # an answer that is cut in half is no yes, though the command was sent
    assert found["message"] == "attempt 1 success"
    assert len(field.calls()) == 2


def test_a_device_that_is_not_there(field):
    found, = send(field, "350000000000006", code=7)
    assert found["message"] == "attempt 2 failed with 404"
    assert found["data"]["statusCode"] == 404


def test_nobody_there(field):
    found, = send(field, A, "--url", closed_url(), "--attempts", "2", code=7)
    assert "attempt 2 of 2" in found["message"]


# ---- tokens ----

@pytest.mark.parametrize("how", ["http", "json"])
def test_a_token_that_ends_uses_up_no_attempt(how):
    field = Field("--expired", how)
    send(field, A)
    field.box.control("POST", "tokens/expire")
    field.box.forget()
    # one process keeps its token: a list, the token ending in between
    process = subprocess.Popen(
        [helio.HELIO, "device", "send", "--file", "-", "--format", "lines"],
        text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env={**os.environ, **field.env})
    for i, imei in enumerate((A, B)):
        process.stdin.write(imei + "\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["message"] == \
            "attempt 0 success"
        field.box.control("POST", "tokens/expire")
    process.communicate(timeout=30)
    assert process.returncode == 0
    assert [one.target for one in field.calls()] == [
        "/v1/devices/command/%s/send" % one for one in (A, B, B)]
    assert [field.device(one)["commands"] for one in (A, B)] == [2, 1]
    field.box.stop()


def test_a_list_ends_when_there_is_no_token(field):
    found = send(field, A, B, C, code=8, env={"CLIENT_SECRET": "wrong"})
    assert len(found) <= 1 and field.calls() == []


def test_threads_share_one_token(field):
    rows = "".join("%s\n" % one["imei"] for one in
                   field.box.control("GET", "devices")["devices"])
    found = send(field, "--file", "-", "--format", "lines", "--concurrency",
                 "8", input=rows)
    assert len(found) == 20 and len(field.logins()) == 1


# ---- lists ----

def test_a_list_with_bad_rows(field, tmp_path):
    (tmp_path / "rows").write_text("%s\n12\n%s\nx\n" % (A, PHONE))
    found = send(field, "--file", tmp_path / "rows", code=7)
    assert [one["message"] for one in found] == [
        "attempt 0 success"] + ["it is no IMEI (15 digits)"] * 3
    assert len(field.calls()) == 1
    found = send(field, "--file", tmp_path / "rows", "--sms", code=7)
    assert [one["message"] for one in found] == [
        "attempt 0 success", "it is no phone number", "attempt 0 success",
        "it is no phone number"]


@pytest.mark.parametrize("phone", ["12", "+", "1-555", "+1 555", "x555555",
                                   "12345678901234567"])
def test_phone_numbers_that_are_none(field, phone):
    found, = send(field, phone, "--sms", code=7)
    assert found["message"] == "it is no phone number"


def test_a_dry_run_sends_nothing(field, tmp_path):
    done = field.run("device", "send", A, B, "--dry-run")
    assert field.calls() == [] and field.logins() == []
    assert "2 to be done" in done.stderr


def test_a_list_goes_on_where_it_ended(field, tmp_path):
    words = ("--file", tmp_path / "rows", "--resume", tmp_path / "done",
             "--attempts", "1")
    (tmp_path / "rows").write_text("%s\n%s\n%s\n" % (A, B, C))
    field.box.fail("nth=2:500:/v1/*")
    send(field, *words, code=7)
    field.box.forget()
    found, = send(field, *words)
    assert found["imei"] == B and len(field.calls()) == 1
    # of another command: the rows mean something else
    field.run("device", "send", *words, "--sms", code=1)


def test_results_as_csv(field):
    done = field.run("device", "send", A, "12", "--csv", code=7)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert sorted((row["line"], row["imei"], row["status"])
                  for row in rows) == [("1", A, "200"), ("2", "12", "")]


def test_the_rate_is_kept(field):
    start = time.monotonic()
    send(field, A, B, C, "--rate", "5")
    assert time.monotonic() - start >= 0.35


# ---- secrets ----

def test_no_secret_can_be_seen_from_outside(field, tmp_path):
    field.box.control("PUT", "faults", {"delay": 300})
    words = [helio.HELIO, "device", "send", A, "--output", tmp_path / "out",
             "--resume", tmp_path / "done"]
    process = subprocess.Popen(words, text=True, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT,
                               env={**os.environ, **field.env})
    helio.until(field.calls)
    with open("/proc/%d/cmdline" % process.pid) as file:
        seen = file.read()
    seen += process.communicate(timeout=30)[0]
    seen += (tmp_path / "out").read_text() + (tmp_path / "done").read_text()
    token = field.calls()[0].headers["authorization"].split()[1]
    for secret in (SECRET, PASSWORD, token):
        assert secret not in seen
