"""libhelio through `helio api`, `helio login` and `helio sim units`: tokens,
retries, exit codes, replies that are not to be believed."""
import hashlib
import hmac
import json
import os
import re
import stat
import socket
import subprocess
import threading
import time

import pytest

import helio
import pages
from stub import DROP, RESET, Raw, closed_url, login_answer, service


@pytest.fixture
def session(tmp_path):
    """The file in which the token is kept."""
    return tmp_path / "config" / "session.json"


@pytest.fixture
def cli(stub, session):
    """cli(words.., env=, input=): helio, which talks to the stub."""
    def run(*words, env=None, url=None, **more):
        return helio.run(*words, check=False, **more, env={
            "HELIO_SESSION": str(session),
            "HELIO_URL": url or stub.url, **(env or {})})
    return run


USER = {"HELIO_USER": "ops", "HELIO_PASSWORD": "correct horse"}
TOKEN = {"HELIO_TOKEN": "given"}


def kept(url, token="kept", user="ops", expires_s=None):
    if expires_s is None:
        expires_s = time.time() + 3600
    return {"url": url, "username": user, "token": token,
            "expires_us": int(expires_s * 1e6)}


def write_session(session, content):
    session.parent.mkdir(exist_ok=True)
    session.write_text(content if isinstance(content, str)
                       else json.dumps(content))


# ---- one request ----

def test_a_request_as_it_is_sent(stub, cli):
    stub.answer(200, body=b'{"id": 5}')
    done = cli("api", "POST", "/v1/hubs?x=%20y", "--data", '{"a": 1}',
               env=TOKEN)
    assert (done.returncode, done.stdout) == (0, '{"id": 5}\n')
    sent, = stub.requests
    assert (sent.method, sent.path, sent.body) == (
        "POST", "/v1/hubs?x=%20y", b'{"a": 1}')
    assert sent.token == "given"
    assert sent.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_methods(stub, cli, method):
    stub.answer(204, body=b"")
    done = cli("api", method, "/v1/hubs/5", env=TOKEN)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert stub.requests[0].method == method
    assert stub.requests[0].body == b""


def test_data_from_file_and_standard_input(stub, cli, tmp_path):
    stub.answer(200)
    (tmp_path / "body").write_text('{"from": "file"}')
    cli("api", "POST", "/v1/x", "--data", "@%s" % (tmp_path / "body"),
        env=TOKEN)
    cli("api", "POST", "/v1/x", "--data", "@-", env=TOKEN, input="[1]")
    assert [one.body for one in stub.requests] == [
        b'{"from": "file"}', b"[1]"]
    done = cli("api", "POST", "/v1/x", "--data", "@/no/such", env=TOKEN)
    assert done.returncode != 0 and "/no/such" in done.stderr
    assert len(stub.requests) == 2


@pytest.mark.parametrize("status,code", [
    (200, 0), (201, 0), (204, 0), (400, 4), (403, 4), (404, 4), (409, 4),
    (500, 5), (502, 5), (503, 5)])
def test_exit_codes(stub, cli, status, code):
    stub.answer(status, body=b"" if status == 204 else b'{"why": 1}')
    done = cli("api", "PUT", "/v1/x", "--status", env=TOKEN)
    assert done.returncode == code
    assert str(status) in done.stderr
    if status != 204:
        assert json.loads(done.stdout) == {"why": 1}


def test_nobody_there(cli):
    done = cli("api", "GET", "/v1/x", env=TOKEN, url=closed_url())
    assert done.returncode == 6
    assert done.stderr.startswith("helio: GET /v1/x: ")


@pytest.mark.parametrize("url", ["nonsense://x", "", "http://", "file:///etc"])
def test_an_address_that_is_none(cli, url):
    done = cli("api", "GET", "/v1/x", "--url", url, env=TOKEN)
    assert done.returncode in (1, 2, 6)
    assert done.stderr.startswith("helio: ")
    assert done.stdout == ""


def test_no_server_is_named(session):
    done = helio.run("api", "GET", "/v1/x", check=False, env={
        "HELIO_SESSION": str(session)})
    assert done.returncode == 2
    assert "helio login" in done.stderr


def test_the_path_begins_with_a_slash(stub, cli):
    done = cli("api", "GET", "v1/x", env=TOKEN)
    assert done.returncode == 2 and "/v1/" in done.stderr
    assert stub.requests == []


# ---- trying again ----

def test_a_lost_answer_is_asked_for_again(stub, cli):
    stub.answer(DROP).answer(DROP).answer(200)
    assert cli("api", "GET", "/v1/x", env=TOKEN).returncode == 0
    assert len(stub.requests) == 3


def test_not_for_ever(stub, cli):
    stub.answer(DROP)
    assert cli("api", "GET", "/v1/x", env=TOKEN).returncode == 6
    assert len(stub.requests) == 4


def test_a_post_that_may_have_had_its_effect_is_not_repeated(stub, cli):
    stub.answer(DROP)
    assert cli("api", "POST", "/v1/x", "--data", "{}",
               env=TOKEN).returncode == 6
    assert len(stub.requests) == 1


@pytest.mark.parametrize("broken", [
    RESET, Raw(b""), Raw(b"HTTP/1.1 200 OK\r\nContent-"),
    Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"),
    Raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab")])
def test_broken_answers(stub, cli, broken):
    """Never half an answer: asked for again, or told."""
    stub.answer(broken).answer(200, body=b'{"whole": 1}')
    done = cli("api", "GET", "/v1/x", env=TOKEN)
    assert (done.returncode, done.stdout) == (0, '{"whole": 1}\n')
    stub.answers = []
    stub.answer(broken)
    done = cli("api", "POST", "/v1/x", "--data", "{}", env=TOKEN)
    assert (done.returncode, done.stdout) == (6, "")
    assert "POST /v1/x: " in done.stderr
    assert len(stub.requests) == 3


def test_what_is_no_http(stub, cli):
    stub.answer(Raw(b"SSH-2.0-OpenSSH_9.2\r\n"))
    done = cli("api", "GET", "/v1/x", env=TOKEN)
    assert (done.returncode, done.stdout) == (6, "")
    assert len(stub.requests) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_the_server_says_when(stub, cli, status):
    stub.answer(status, {"Retry-After": "1"}).answer(201)
    began = time.monotonic()
    assert cli("api", "POST", "/v1/x", "--data", "{}",
               env=TOKEN).returncode == 0
    assert time.monotonic() - began >= 1
    assert len(stub.requests) == 2


@pytest.mark.parametrize("status,after,code", [
    (503, None, 5), (429, None, 4), (429, "3600", 4), (500, "1", 5),
    (502, "1", 5)])
def test_no_second_try(stub, cli, status, after, code):
    stub.answer(status, {"Retry-After": after} if after else {})
    assert cli("api", "GET", "/v1/x", env=TOKEN).returncode == code
    assert len(stub.requests) == 1


# ---- tokens ----

def test_login_keeps_a_token_for_its_owner_alone(stub, cli, session):
    stub.answer(service())
    done = cli("login", "ops", "--url", stub.url, env=USER)
    assert done.returncode == 0, done.stderr
    assert json.loads(stub.requests[0].body) == {
        "username": "ops", "password": "correct horse"}
    assert stat.S_IMODE(os.stat(session).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(session.parent).st_mode) == 0o700
    assert os.listdir(session.parent) == [session.name]
    file = json.loads(session.read_text())
    assert (file["url"], file["username"], file["token"]) == (
        stub.url, "ops", "t1")
    assert "correct horse" not in session.read_text()
    # and another command uses it, without a word about server or user
    done = helio.run("api", "GET", "/v1/x",
                     env={"HELIO_SESSION": str(session)})
    assert stub.requests[-1].token == "t1"
    assert len(stub.requests) == 2


def test_login_is_refused(stub, cli, session):
    stub.answer(401, body=b'{"status":"error"}')
    done = cli("login", "ops", "--url", stub.url, env=USER)
    assert done.returncode == 4
    assert "ops" in done.stderr and "correct horse" not in done.stderr
    assert not session.exists()


def test_login_reply_without_sense(stub, cli, session):
    for body in (b"", b"[]", b'{"message":7}', json.dumps({"message": {
            "login_successful": {"API_token": "x" * 5000}}}).encode()):
        stub.answers = []
        stub.answer(200, body=body)
        assert cli("login", "ops", "--url", stub.url,
                   env=USER).returncode == 4
        assert not session.exists()


def test_login_is_not_possible_now(stub, cli):
    stub.answer(500)
    assert cli("login", "ops", "--url", stub.url, env=USER).returncode == 5
    assert cli("api", "GET", "/v1/x", env=USER).returncode == 5


def test_a_token_that_cannot_be_kept(stub, cli, tmp_path):
    stub.answer(service())
    (tmp_path / "file").write_text("")
    done = cli("login", "ops", "--url", stub.url, env={
        **USER, "HELIO_SESSION": str(tmp_path / "file" / "session.json")})
    assert done.returncode == 1
    assert str(tmp_path / "file") in done.stderr


def test_processes_share_a_token(stub, cli, session):
    stub.answer(service())
    for _ in range(3):
        assert cli("api", "GET", "/v1/x", env=USER).returncode == 0
    assert [one.path for one in stub.requests].count("/v1/auth/login") == 1
    assert {one.token for one in stub.requests[1:]} == {"t1"}


def test_401_means_to_log_in_again_once(stub, cli, session):
    write_session(session, kept(stub.url, "old"))
    stub.answer(service(refused="old"))
    assert cli("api", "POST", "/v1/x", "--data", "{}",
               env=USER).returncode == 0
    assert [(one.path, one.token) for one in stub.requests] == [
        ("/v1/x", "old"), ("/v1/auth/login", None), ("/v1/x", "t1")]
    assert json.loads(session.read_text())["token"] == "t1"


def test_a_second_401_is_the_answer(stub, cli):
    stub.answer(service(good=[]))
    assert cli("api", "GET", "/v1/x", env=USER).returncode == 4
    assert [one.path for one in stub.requests] == [
        "/v1/auth/login", "/v1/x", "/v1/auth/login", "/v1/x"]


def test_without_a_password_401_is_the_answer(stub, cli, session):
    write_session(session, kept(stub.url, "old"))
    stub.answer(service(good=[]))
    assert cli("api", "GET", "/v1/x").returncode == 4
    assert len(stub.requests) == 1


@pytest.mark.parametrize("change", [
    {"url": "http://127.0.0.1:1"}, {"username": "other"},
    {"expires_us": 1}, {"token": "x" * 5000}, {"token": 7}])
def test_a_token_of_another_kind_is_not_used(stub, cli, session, change):
    write_session(session, {**kept(stub.url), **change})
    stub.answer(service())
    assert cli("api", "GET", "/v1/x", env=USER).returncode == 0
    assert stub.requests[0].path == "/v1/auth/login"
    assert stub.requests[1].token == "t1"


@pytest.mark.parametrize("content", ["", "{", "[]", "7", "\0" * 100])
def test_a_broken_session_file_is_no_session(stub, cli, session, content):
    write_session(session, content)
    stub.answer(service())
    assert cli("api", "GET", "/v1/x", env=USER).returncode == 0
    assert json.loads(session.read_text())["token"] == "t1"


def test_processes_at_once_log_in_once(stub, session):
    """While one gets the token, the others wait for it."""
    answer, together = service(), threading.Event()

    def slow_login(request):
        if request.path == "/v1/auth/login":
            together.wait(30)
        return answer(request)
    stub.answer(slow_login)
    session.parent.mkdir()
    env = {**os.environ, **USER, "HELIO_URL": stub.url,
           "HELIO_SESSION": str(session)}
    processes = [subprocess.Popen(
        [helio.HELIO, "api", "GET", "/v1/x"], env=env,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)]
    helio.until(lambda: stub.requests)
    together.set()
    for process in processes:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    assert [one.path for one in stub.requests].count("/v1/auth/login") == 1
    assert os.listdir(session.parent) == [session.name]


def test_a_login_that_is_broken_off(stub, cli, session):
    stub.answer(RESET).answer(service())
    assert cli("api", "GET", "/v1/x", env=USER).returncode == 0
    stub.answers = []
    stub.answer(Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"))
    session.unlink()
    done = cli("api", "GET", "/v1/x", env=USER)
    assert done.returncode == 6
    assert done.stderr.startswith("helio: GET /v1/x: login of ops: "
                                  "POST http://127.0.0.1:")
    assert "correct horse" not in done.stderr
    assert not session.exists()


def test_a_server_whose_clock_is_behind(stub, cli, session):
    """Its tokens seem to be past; they are used once each."""
    given = iter(range(9))

    def answer(request):
        if not request.path.endswith("login"):
            return 200, {}, b"{}"
        status, headers, body = login_answer("t%d" % next(given))
        return status, headers, body.replace(b"2100", b"2010")
    stub.answer(answer)
    for _ in range(2):
        assert cli("api", "GET", "/v1/x", env=USER).returncode == 0
    assert [one.token for one in stub.requests] == [None, "t0", None, "t1"]


def dumpable(*words, env=None):
    """May the process leave a core file?  Whose /proc entry it is tells."""
    group = {"group": 65534} if os.getuid() == 0 else {}
    process = subprocess.Popen(words, stdin=subprocess.PIPE,
                               stdout=subprocess.DEVNULL,
                               env={**os.environ, **(env or {})}, **group)
    entry = "/proc/%d/status" % process.pid

    def is_root():
        status = os.stat(entry)
        return (status.st_gid if group else status.st_uid) == 0
    try:
        end = time.monotonic() + 5
        while not is_root() and time.monotonic() < end and env:
            time.sleep(0.02)
        return not is_root()
    finally:
        process.kill()
        process.communicate()


def test_no_core_file_holds_secrets(stub, session):
    env = {**TOKEN, "HELIO_URL": stub.url, "HELIO_SESSION": str(session)}
    assert dumpable("sleep", "60")
    assert not dumpable(helio.HELIO, "batch", "enable", env=env)
    assert not dumpable(helio.HELIO, "login", "ops", "--url", stub.url,
                        env={"HELIO_SESSION": str(session)})


def test_no_core_file_holds_secrets_of_services(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = "//127.0.0.1:%d" % silent.getsockname()[1]
        assert not dumpable(helio.HELIO, "pbx", "login", env={
            "HELIO_PBX_URL": "http:" + url, "HELIO_PBX_USER": "u",
            "HELIO_PBX_PASSWORD": "p", "HELIO_PBX_CLIENT_ID": "i",
            "HELIO_PBX_CLIENT_SECRET": "s", "HOME": str(tmp_path)})
        assert not dumpable(helio.HELIO, "charge", "watch", "--url",
                            "ws:" + url, env={"HELIO_CHARGE_TOKEN": "t"})


def test_a_given_token_wins(stub, cli, session):
    write_session(session, kept(stub.url))
    stub.answer(service())
    assert cli("api", "GET", "/v1/x", env={**USER, **TOKEN}).returncode == 0
    assert [one.token for one in stub.requests] == ["given"]


# ---- units ----

KEY, IMEI = "k" * 24, "350000000000017"


def sign(*parts):
    return hmac.new(KEY.encode(), "\n".join(parts).encode(),
                    hashlib.sha256).hexdigest()


def unit_sequence(request):
    imei, sequence, signature = request.headers["Authorization"][
        len("Unit "):].split(":")
    assert imei == IMEI
    assert signature == sign(request.method, request.path, sequence,
                             hashlib.sha256(request.body).hexdigest())
    return sequence


def signed(request, status=200, body=b'{"status":"success","data":{}}',
           sequence=None, headers=None):
    digest = hashlib.sha256(body).hexdigest()
    signature = sign(str(status), sequence or unit_sequence(request), digest)
    return status, {"X-Helio-Signature": signature, **(headers or {})}, body


@pytest.fixture
def simulate(cli, stub, tmp_path):
    """Run one unit for one connection; its figures."""
    keys = tmp_path / "keys"
    keys.write_text("%s %s\n" % (IMEI, KEY))

    def run(code=0, seed=1):
        done = cli("sim", "units", "--url", stub.url, "--keys", keys,
                   "--rounds", 1, "--interval", 60, "--seed", seed, "--json")
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout)
    return run


def test_a_unit_signs_and_believes_what_is_signed(stub, simulate):
    stub.answer(signed)
    figures = simulate()
    assert figures["reports"] == 1 and figures["failures"] == 0
    assert [one.path for one in stub.requests[:2]] == [
        "/v1/rc_data", "/v1/rc_data"]
    numbers = [int(unit_sequence(one)) for one in stub.requests]
    assert numbers == sorted(set(numbers)) and numbers[0] == 1


@pytest.mark.parametrize("forge", [
    lambda reply: {},
    lambda reply: {"X-Helio-Signature": "0" * 64},
    lambda reply: {"X-Helio-Signature": ""},
    lambda reply: {"X-Helio-Signature":
                   reply[1]["X-Helio-Signature"].upper()},
    lambda reply: {"X-Helio-Signature":
                   reply[1]["X-Helio-Signature"] + "0"}])
def test_a_forged_reply_is_no_reply(stub, simulate, forge):
    stub.answer(lambda request: (
        200, forge(signed(request)), signed(request)[2]))
    figures = simulate(code=6)
    assert figures["reports"] == 0 and figures["failures"] > 0


def test_a_changed_body_is_noticed(stub, simulate):
    def answer(request):
        status, headers, body = signed(request)
        return status, headers, body.replace(b"{}", b'{"enabled":true}')
    stub.answer(answer)
    assert simulate(code=6)["reports"] == 0


def test_a_reply_to_an_older_request_is_no_reply(stub, simulate):
    stub.answer(lambda request: signed(request, sequence="7"))
    assert simulate(code=6)["reports"] == 0


def test_a_unit_that_lost_its_counter_goes_on(stub, simulate):
    def answer(request):
        if int(unit_sequence(request)) > 40:
            return signed(request)
        return signed(request, 401, b"{}", sequence="40",
                      headers={"X-Helio-Sequence": "40"})
    stub.answer(answer)
    assert simulate()["reports"] == 1
    assert [unit_sequence(one) for one in stub.requests[:3]] == [
        "1", "41", "42"]


def test_a_forged_counter_is_not_believed(stub, simulate):
    stub.answer(lambda request: (401, {
        "X-Helio-Sequence": "9000000000000000000",
        "X-Helio-Signature": "0" * 64}, b"{}"))
    simulate(code=6)
    assert {unit_sequence(one) for one in stub.requests} == {"1"}


@pytest.mark.parametrize("last", ["", "x", "-5", "99999999999999999999",
                                  "0" * 40, "9223372036854775807"])
def test_a_counter_without_sense(stub, simulate, last):
    stub.answer(lambda request: signed(
        request, 401, b"{}", sequence=last, headers={
            "X-Helio-Sequence": last}))
    assert simulate(code=6)["reports"] == 0


# ---- against the real server ----

def test_login_and_requests(server, tmp_path):
    env = {"HELIO_SESSION": str(tmp_path / "session.json"),
           "HELIO_PASSWORD": helio.PASSWORD}
    user = helio.username("SYSTEM", "GLOBAL")
    helio.run("login", user, "--url", server.url, env=env)
    del env["HELIO_PASSWORD"]
    name = "client %d" % helio.fresh()
    made = helio.run("api", "POST", "/v1/hubs", "--data", json.dumps(
        {"name": name, "entity_id": helio.ENTITY}), env=env)
    hub = json.loads(made.stdout)
    assert hub["name"] == name
    got = helio.run("api", "GET", "/v1/hubs/%d" % hub["hub_id"], env=env)
    assert json.loads(got.stdout)["name"] == name
    gone = helio.run("api", "DELETE", "/v1/hubs/%d" % hub["hub_id"], env=env)
    assert gone.stdout == ""
    for path, code in (("/v1/hubs/%d" % hub["hub_id"], 4), ("/v1/nope", 4)):
        done = helio.run("api", "GET", path, env=env, check=False)
        assert done.returncode == code
        assert json.loads(done.stdout)["status"] == "error"


def test_a_wrong_password(server, tmp_path):
    done = helio.run(
        "login", "nobody", "--url", server.url, check=False, env={
            "HELIO_SESSION": str(tmp_path / "s"), "HELIO_PASSWORD": "x" * 20})
    assert done.returncode == 4


def test_actions_are_those_of_the_server():
    """Every row of action.def: its path, method and arguments."""
    rows = re.findall(
        r'HELIO_ACTION\(\w+,\s*"(\w+)",\s*"(\w+)",\s*"([^"]+)",'
        r'\s*"[^"]+"(.*?)\)\n(?=HELIO_ACTION|$)',
        pages.page("include/helio/action.def").split("*/", 1)[1], re.S)
    assert len(rows) > 35
    text = helio.run("schema").stdout.split("\n# Tables\n")[0]
    theirs = {}
    for method, path, rest in re.findall(
            r"^## (\w+) (\S+)\n(.*?)(?=^## |\Z)", text, re.M | re.S):
        theirs[method, re.sub(r"<\w+>", "{}", path)] = dict(
            (name, (kind, why.startswith("required"))) for name, kind, why in
            re.findall(r"^\| `(\w+)` \| (\w+) \| (.*) \|$", rest, re.M))
    same = {"TEXT": {"text", "datetime"}, "INT": {"int"}, "REAL": {"float"},
            "BOOL": {"bool"}, "JSON": {"json"}}
    known = set()
    for name, method, path, rest in rows:
        known.add((method, path))
        assert (method, path) in theirs, name
        wanted = theirs[method, path]
        for arg, kind, required in re.findall(
                r'HELIO_ARG\("(\w+)", (\w+), (\w+)\)', rest):
            if name == "write_data":
                continue        # its body is checked as a whole
            assert wanted[arg][0] in same[kind], (name, arg)
            assert wanted[arg][1] == (required == "true"), (name, arg)
    assert {path for _, path in set(theirs) - known} == {
        "/v1/current_enable_status", "/v1/dashboard2",
        "/v1/products/locations",       # lists
        "/v1/products/{}/remove"}       # another name of remove_entity
