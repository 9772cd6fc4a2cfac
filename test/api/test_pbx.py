"""`helio pbx`: requests as the fact sheet has them, tokens, refusals, and all
operations against the sandbox; then the PBX as the server's SMS gateway."""
import base64
import datetime
import json
import os
import socket
import stat
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

import helio
from helio import until
from sandbox import Sandbox
from stub import DROP, Stub, closed_url

SESSION = "2d51df1810812ace8d138a2558d0bd79"
API = "/ns-api/v2"
SECRETS = ("sandbox-secret", "sandbox-password")
SIM = 43
ACCEPTED = {"code": 202, "message": "Accepted"}


def environment(url, folder, **more):
    return {"HELIO_PBX_URL": url, "HELIO_PBX_USER": "103@sandbox.example",
            "HELIO_PBX_PASSWORD": "sandbox-password",
            "HELIO_PBX_CLIENT_ID": "sandbox-client",
            "HELIO_PBX_CLIENT_SECRET": "sandbox-secret",
            "XDG_CONFIG_HOME": str(folder), **more}


# ---- on the wire ----

def token_answer(number, life=3600):
    body = {"username": "103@sandbox.example", "scope": "Super User",
            "access_token": "a%031d" % number, "token_type": "Bearer",
            "refresh_token": "b%031d" % number}
    if life is not None:
        body["expires_in"] = life
    return 200, {"Content-Type": "application/json"}, \
        json.dumps(body).encode()


class Pbx(Stub):
    """A stub whose tokens are numbered; other answers are given in turn."""

    def __init__(self):
        super().__init__()
        self.tokens, self.life = 0, 3600
        self.others = []
        self.answer(self._any)

    def _any(self, request):
        if request.path == API + "/tokens":
            self.tokens += 1
            return token_answer(self.tokens, self.life)
        status, body = self.others.pop(0) if self.others else (200, [])
        return status, {"Content-Type": "application/json"}, \
            body if isinstance(body, bytes) else json.dumps(body).encode()

    def calls(self):
        """All but the tokens' requests."""
        return [one for one in self.requests
                if one.path != API + "/tokens"]


@pytest.fixture
def stub():
    one = Pbx()
    yield one
    one.close()


@pytest.fixture
def pbx(stub, tmp_path):
    """pbx(words..): helio pbx against the stub."""
    def run(*words, url=None, env=None, check=False):
        done = helio.run("pbx", *words, check=check, env=environment(
            url or stub.url, tmp_path, **(env or {})))
        for secret in SECRETS:
            assert secret not in done.stdout + done.stderr
        return done
    return run


def test_the_token_request(stub, pbx):
    assert pbx("messages").returncode == 0
    token = stub.requests[0]
    assert (token.method, token.path) == ("POST", API + "/tokens")
    assert token.headers["Content-Type"] == "application/json"
    assert "Authorization" not in token.headers
    assert json.loads(token.body) == {
        "grant_type": "password", "client_id": "sandbox-client",
        "client_secret": "sandbox-secret",
        "username": "103@sandbox.example", "password": "sandbox-password"}
    assert stub.calls()[0].headers["Authorization"] == "Bearer a%031d" % 1


SEND = ("send", "1234567890", "--from", "1987654321", "--text", "Hello")
SUBSCRIBE = ("subscription", "add", "--model", "message", "--post-url",
             "https://example.com/callback")
WIRE = {
    "send": (SEND, "POST", "/domains/~/users/~/messages", {
        "type": "sms", "message": "Hello", "destination": ["1234567890"],
        "from-number": "1987654321"}),
    "send in a session": (
        SEND + ("--session", SESSION), "POST",
        "/domains/~/users/~/messagesessions/%s/messages" % SESSION, {
            "type": "sms", "message": "Hello",
            "destination": ["1234567890"], "from-number": "1987654321"}),
    "send to many": (
        ("send", "1", "2", "3", "--from", "9", "--text", "é", "--type",
         "chat"), "POST", "/domains/~/users/~/messages", {
            "type": "chat", "message": "é",
            "destination": ["1", "2", "3"], "from-number": "9"}),
    "sessions of the domain": (
        ("messages",), "GET", "/domains/~/messagesessions", None),
    "sessions of another domain": (
        ("messages", "--domain", "testdomain.com", "--limit", "50"), "GET",
        "/domains/testdomain.com/messagesessions?limit=50", None),
    "sessions of a user": (
        ("messages", "--domain", "2132560400.com", "--user", "103"), "GET",
        "/domains/2132560400.com/users/103/messagesessions", None),
    "messages": (
        ("messages", "--session", SESSION, "--domain", "testdomain.com",
         "--user", "123"), "GET", "/domains/testdomain.com/users/123/"
        "messagesessions/%s/messages" % SESSION, None),
    "messages of oneself": (
        ("messages", "--session", SESSION, "--start", "3", "--limit", "7"),
        "GET", "/domains/~/users/~/messagesessions/%s/messages"
        "?start=3&limit=7" % SESSION, None),
    "names are escaped": (
        ("messages", "--user", "a/b?c"), "GET",
        "/domains/~/users/a%2Fb%3Fc/messagesessions", None),
    "subscribe": (SUBSCRIBE, "POST", "/subscriptions", {
        "model": "message", "post-url": "https://example.com/callback",
        "subscription-geo-support": "yes", "reseller": "*", "domain": "*",
        "user": "*"}),
    "subscribe with all": (
        SUBSCRIBE + ("--geo-support", "no", "--domain", "company.com",
                     "--user", "101", "--reseller", "Main",
                     "--preferred-server", "core1.nms-server.com",
                     "--expires", "2030-01-02 03:04:05"),
        "POST", "/subscriptions", {
            "model": "message", "post-url": "https://example.com/callback",
            "subscription-geo-support": "no", "reseller": "Main",
            "domain": "company.com", "user": "101",
            "preferred-server": "core1.nms-server.com",
            "subscription-expires-datetime": "2030-01-02 03:04:05"}),
    "read subscriptions": (
        ("subscription", "list"), "GET", "/subscriptions", None),
    "read a subscription": (
        ("subscription", "list", SESSION), "GET",
        "/subscriptions/" + SESSION, None),
    "update": (
        ("subscription", "set", SESSION, "--model", "cdr"), "PUT",
        "/subscriptions/" + SESSION, {"model": "cdr"}),
    "update all": (
        ("subscription", "set", SESSION, "--model", "cdr", "--post-url",
         "https://x.example", "--geo-support", "no", "--expires",
         "2030-01-02 03:04:05", "--preferred-server", "core2",
         "--reset-errors", "--reset-posts"), "PUT",
        "/subscriptions/" + SESSION, {
            "model": "cdr", "post-url": "https://x.example",
            "subscription-geo-support": "no",
            "subscription-expires-datetime": "2030-01-02 03:04:05",
            "preferred-server": "core2", "error-count": "0",
            "posts-count": "0"}),
    "unsubscribe": (
        ("subscription", "remove", SESSION), "DELETE",
        "/subscriptions/" + SESSION, None),
    "calls": (("calls",), "GET", "/domains/~/calls", None),
    "count calls": (
        ("calls", "--domain", "a.com", "--count"), "GET",
        "/domains/a.com/calls/count", None),
    "calls of a user": (
        ("calls", "--user", "103"), "GET", "/domains/~/users/103/calls",
        None),
    "a call": (
        ("calls", "xyz", "--user", "~"), "GET",
        "/domains/~/users/~/calls/xyz", None),
    "dial": (
        ("call", "100", "--from", "103@a.com", "--id", "mine",
         "--caller-id", "1", "--callback-caller-id", "2", "--auto-answer",
         "--wait"), "POST", "/domains/~/users/~/calls", {
            "synchronous": "yes", "call-id": "mine",
            "dial-rule-application": "call", "call-term-user": "100",
            "call-orig-user": "103@a.com", "auto-answer-enabled": "yes",
            "caller-id-number": "1", "callback-caller-id-number": "2"}),
}


@pytest.mark.parametrize("case", WIRE)
def test_requests(stub, pbx, case):
    words, method, path, body = WIRE[case]
    done = pbx(*words)
    assert done.returncode == 0, done.stderr
    one, = stub.calls()
    assert (one.method, one.path) == (method, API + path)
    assert one.headers["Authorization"] == "Bearer a%031d" % 1
    if body is None:
        assert one.body == b""
    else:
        assert one.headers["Content-Type"] == "application/json"
        sent = json.loads(one.body)
        assert sent == body
        assert list(sent) == list(body)


def test_a_picture(stub, pbx, tmp_path):
    picture = bytes(range(256)) * 5
    (tmp_path / "x.jpg").write_bytes(picture)
    done = pbx("send", "1234567890", "1987654321", "--from", "1234567899",
               "--text", "Here's a photo!", "--media", tmp_path / "x.jpg",
               "--mime-type", "image/jpeg")
    assert done.returncode == 0, done.stderr
    assert json.loads(stub.calls()[0].body) == {
        "type": "mms", "message": "Here's a photo!",
        "destination": ["1234567890", "1987654321"],
        "from-number": "1234567899",
        "data": base64.b64encode(picture).decode(),
        "mime-type": "image/jpeg", "size": "1280"}


def test_a_made_up_call_id(stub, pbx):
    assert pbx("call", "100", "--from", "103@a.com").returncode == 0
    body = json.loads(stub.calls()[0].body)
    assert body["synchronous"] == "no"
    assert body["auto-answer-enabled"] == "no"
    assert len(body["call-id"]) > 20


@pytest.mark.parametrize("words", [
    SEND + ("--session", "too-short"), SEND + ("--type", "fax"),
    ("messages", "--session", "x" * 31),
    ("subscription", "add", "--model", "fax", "--post-url", "http://x"),
    ("subscription", "set", SESSION, "--expires", "tomorrow"),
    ("subscription", "set", SESSION, "--model", "fax"),
    ("calls", "--user", "103", "--count"), ("calls", "xyz")])
def test_nothing_is_sent_that_makes_no_sense(stub, pbx, words):
    done = pbx(*words)
    assert done.returncode == 2
    assert done.stderr.startswith("helio: ")
    assert stub.requests == []


@pytest.mark.parametrize("status", [200, 202])
def test_both_ways_of_saying_yes(stub, pbx, status):
    stub.others = [(status, ACCEPTED)]
    done = pbx(*SEND, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout) == ACCEPTED


def test_more_than_a_page(stub, pbx):
    """No limit means all: the service gives 100 unasked."""
    records = [{"messagesession-id": "s%d" % i} for i in range(130)]
    stub.others = [(200, records[:100]), (200, records[100:])]
    done = pbx("messages", "--json")
    assert json.loads(done.stdout) == records
    assert [one.path for one in stub.calls()] == [
        API + "/domains/~/messagesessions",
        API + "/domains/~/messagesessions?start=101"]


def test_all_subscriptions(stub, pbx):
    records = [{"id": "s%d" % i} for i in range(130)]
    stub.others = [(200, records[:100]), (200, records[100:])]
    assert json.loads(pbx("subscription", "list", "--json").stdout) == records
    assert [one.path for one in stub.calls()] == [
        API + "/subscriptions", API + "/subscriptions?start=101"]


def test_more_than_the_service_gives_at_once(stub, pbx):
    records = [{"id": i} for i in range(1500)]
    stub.others = [(200, records[:1000]), (200, records[1000:])]
    done = pbx("messages", "--limit", "1500", "--json")
    assert json.loads(done.stdout) == records
    assert [one.path.split("?")[1] for one in stub.calls()] == [
        "limit=1000", "start=1001&limit=500"]


def test_a_service_that_turns_no_pages(stub, pbx):
    records = [{"id": i} for i in range(100)]
    stub.others = [(200, records), (200, records)]
    assert len(json.loads(pbx("messages", "--json").stdout)) == 100
    assert len(stub.calls()) == 2


# ---- tokens ----

def test_the_token_is_kept(stub, pbx, tmp_path):
    for _ in range(3):
        assert pbx("messages").returncode == 0
    assert stub.tokens == 1
    path = tmp_path / "helio" / "pbx-token.json"
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    for secret in SECRETS:
        assert secret not in path.read_text()


def test_it_is_refreshed_before_it_expires(stub, pbx, tmp_path):
    pbx("messages")
    path = tmp_path / "helio" / "pbx-token.json"
    kept = json.loads(path.read_text())
    kept["expires_us"] = int((time.time() + 30) * 1e6)
    path.write_text(json.dumps(kept))
    pbx("messages")
    first, second = [json.loads(one.body) for one in stub.requests
                     if one.path == API + "/tokens"]
    assert first["grant_type"] == "password"
    assert second == {
        "grant_type": "refresh_token", "client_id": "sandbox-client",
        "client_secret": "sandbox-secret", "refresh_token": "b%031d" % 1}
    assert stub.calls()[1].headers["Authorization"] == "Bearer a%031d" % 2


@pytest.mark.parametrize("life,seconds", [(None, 5), ("60", 60), (-1, 5)])
def test_how_long_a_token_lives(stub, pbx, life, seconds):
    """One that does not say is asked for again soon."""
    stub.life = life
    done = pbx("login", "--json")
    expires = datetime.datetime.strptime(
        json.loads(done.stdout)["expires_at"], "%Y-%m-%d %H:%M:%S")
    left = (expires - datetime.datetime.utcnow()).total_seconds()
    assert seconds - 5 <= left <= seconds


def test_a_refused_token_is_renewed_once(stub, pbx):
    stub.others = [(401, {"code": 401, "message": "Unauthorized"}),
                   (200, [{"id": "x"}])]
    done = pbx("messages", "--json")
    assert json.loads(done.stdout) == [{"id": "x"}]
    assert stub.tokens == 2
    stub.others = [(401, {}), (401, {})]
    assert pbx("messages").returncode == 4
    assert stub.tokens == 3


def test_wrong_credentials(stub, pbx):
    stub.answers = []
    stub.answer(401, body={"code": 401, "message": "Invalid credentials"})
    done = pbx("login")
    assert done.returncode == 4
    assert "Invalid credentials" in done.stderr
    assert len(stub.requests) == 1


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}",
                                  b'{"access_token": 5}',
                                  b'{"access_token": ""}'])
def test_token_replies_that_are_none(stub, pbx, body):
    stub.answers = []
    stub.answer(200, body=body)
    done = pbx("login")
    assert done.returncode == 6, done.stderr
    assert done.stdout == ""


# ---- trouble ----

@pytest.mark.parametrize("status,code", [
    (400, 4), (403, 4), (404, 4), (409, 4), (500, 5), (502, 5)])
def test_refusals(stub, pbx, status, code):
    stub.others = [(status, {"code": status, "message": "Why not"})]
    done = pbx(*SUBSCRIBE)
    assert done.returncode == code
    assert "Why not" in done.stderr and str(status) in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("body", [b"", b"<html>", b'[{"id": 1}', b"7",
                                  b'["\xff"]'])
def test_malformed_replies(stub, pbx, body):
    stub.others = [(200, body)]
    done = pbx("messages")
    assert done.returncode == 6
    assert done.stdout == ""


def test_a_list_must_be_one(stub, pbx):
    for words in ("messages",), ("subscription", "list"):
        stub.others = [(200, {"code": 200})]
        assert pbx(*words).returncode == 6


def test_broken_connections(stub, pbx):
    pbx("login")
    stub.answers = [DROP]
    before = len(stub.requests)
    assert pbx(*SEND).returncode == 6
    # a message may have been sent: not once more
    assert len(stub.requests) == before + 1


def test_nobody_there(pbx):
    assert pbx("messages", url=closed_url()).returncode == 6


def test_what_is_missing_is_named(tmp_path):
    done = helio.run("pbx", "messages", check=False, env={
        "XDG_CONFIG_HOME": str(tmp_path), "HELIO_PBX_URL": "http://x"})
    assert done.returncode == 2
    assert "HELIO_PBX_CLIENT_ID" in done.stderr or \
        "_CLIENT_ID" in done.stderr


def test_the_account_from_a_file(stub, tmp_path):
    (tmp_path / "helio").mkdir()
    text = "url = %s\nuser = ann@x\npassword = p\nclient_id = c\n" \
        "client_secret = s\n" % stub.url
    (tmp_path / "helio" / "pbx.conf").write_text(text)
    env = {"XDG_CONFIG_HOME": str(tmp_path)}
    assert helio.run("pbx", "messages", env=env).returncode == 0
    assert json.loads(stub.requests[0].body)["username"] == "ann@x"
    # the environment wins
    env["HELIO_PBX_USER"] = "bob@x"
    helio.run("pbx", "login", env=env)
    assert json.loads(stub.requests[-1].body)["username"] == "bob@x"
    (tmp_path / "other").write_text(text + "colour = red\n")
    done = helio.run("pbx", "messages", "--config", tmp_path / "other",
                     env=env, check=False)
    assert done.returncode == 2
    assert "other:6" in done.stderr and "colour" in done.stderr


def test_texts_do_not_steer_the_terminal(stub, pbx):
    stub.others = [(200, [{"id": "x", "text": "a\x1b[31mb\nc\td"}])]
    done = pbx("messages", "--session", SESSION)
    assert done.stdout.count("\n") == 1
    assert "\x1b" not in done.stdout


# ---- with the sandbox ----

@pytest.fixture
def box():
    one = Sandbox("netsapiens", "--deliver", "0", "--poll", "20")
    yield one
    one.stop()


@pytest.fixture
def cli(box, tmp_path):
    """cli(words..): what `helio pbx .. --json` says of the sandbox."""
    def run(*words, code=0):
        done = helio.run("pbx", *words, "--json", check=False,
                         env=environment(box.url, tmp_path))
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout) if code == 0 else done.stderr
    return run


def test_whose_token(box, cli):
    who = cli("login")
    assert (who["uid"], who["domain"], who["scope"]) == (
        "103@sandbox.example", "sandbox.example", "Super User")
    assert who["api_url"] == box.url
    until_when = datetime.datetime.strptime(who["expires_at"],
                                            "%Y-%m-%d %H:%M:%S")
    left = until_when - datetime.datetime.utcnow()
    assert 3500 < left.total_seconds() <= 3600
    assert "access_token" not in who and "refresh_token" not in who


def test_a_message_from_end_to_end(box, cli):
    sent = cli("send", "12125550100", "--from", "12125550199", "--text",
               "Hello")
    session = sent["messagesession-id"]
    listed, = cli("messages")
    assert listed["messagesession-id"] == session
    assert listed["messagesession-last-message"] == "Hello"
    until(lambda: cli("messages", "--session", session)[0]["status"] ==
          "delivered")
    box.control("POST", "messages", {
        "from": "12125550100", "to": "12125550199", "text": "Who is it?",
        "session": session})
    answer, first = cli("messages", "--session", session)
    assert (answer["text"], answer["direction"]) == ("Who is it?", "orig")
    assert (first["text"], first["direction"]) == ("Hello", "term")
    assert cli("messages")[0]["messagesession-last-status"] == "unread"
    cli("send", "12125550100", "--from", "12125550199", "--text", "I",
        "--session", session)
    assert len(cli("messages", "--session", session)) == 3
    assert len(cli("messages")) == 1


def test_pages(box, cli):
    for i in range(5):
        cli("send", "1", "--from", "2", "--text", str(i))
    texts = [one["messagesession-last-message"] for one in
             cli("messages", "--start", "2", "--limit", "2")]
    assert texts == ["3", "2"]
    assert len(cli("messages", "--user", "103")) == 5
    assert cli("messages", "--user", "104") == []
    assert cli("messages", "--domain", "other.example") == []


def test_an_expired_token_is_no_obstacle(box, cli):
    cli("login")
    box.control("POST", "tokens/expire", {"refresh": True})
    assert cli("messages") == []
    grants = [json.loads(one.body)["grant_type"]
              for one in box.requests(API + "/tokens")]
    # a refresh that is refused ends in the password again
    assert grants[0] == "password" and grants[-1] == "password"


class Subscriber:
    """Takes what the PBX posts."""

    def __init__(self, status=200):
        self.posts, self.status = [], status
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.posts.append((self.headers, json.loads(body)))
                self.send_response(outer.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,),
                         daemon=True).start()
        self.url = "http://127.0.0.1:%d/hook" % self.server.server_port

    def records(self):
        return [one for _, records in self.posts for one in records]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def subscriber():
    one = Subscriber()
    yield one
    one.close()


def test_subscriptions(box, cli, subscriber):
    made = cli("subscription", "add", "--model", "message", "--post-url",
               subscriber.url)
    assert made["status"] == "pending" and made["error-count"] == 0
    assert cli("subscription", "list", made["id"])["model"] == "message"
    assert [one["id"] for one in cli("subscription", "list")] == [
        made["id"]]
    assert "already exists" in cli(
        "subscription", "add", "--model", "message", "--post-url",
        subscriber.url, code=4)
    cli("send", "1", "--from", "2", "--text", "x")
    until(lambda: [one["status"] for one in subscriber.records()] ==
          ["sending", "delivered"])
    assert all(headers["X-Correlation-ID"] == made["id"] and
               headers["Content-Type"] == "application/json"
               for headers, _ in subscriber.posts)
    until(lambda: cli("subscription", "list", made["id"])["posts-count"])
    assert cli("subscription", "list", made["id"])["status"] == "active"
    assert cli("subscription", "set", made["id"], "--model", "cdr",
               "--reset-posts") == ACCEPTED
    changed = cli("subscription", "list", made["id"])
    assert (changed["model"], changed["posts-count"]) == ("cdr", 0)
    assert cli("subscription", "remove", made["id"]) == ACCEPTED
    assert "404" in cli("subscription", "list", made["id"], code=4)


def test_posts_that_fail_are_kept(box, cli, subscriber):
    subscriber.status = 500
    made = cli("subscription", "add", "--model", "message", "--post-url",
               subscriber.url, "--expires", "2100-01-01 00:00:00")
    assert made["subscription-expires-datetime"] == \
        "2100-01-01T00:00:00+00:00"
    cli("send", "1", "--from", "2", "--text", "x")
    until(lambda: cli("subscription", "list", made["id"])["error-count"])
    subscriber.posts.clear()
    subscriber.status = 200
    until(lambda: "delivered" in [one["status"]
                                  for one in subscriber.records()])


def test_calls(cli):
    assert cli("calls") == []
    placed = cli("call", "100", "--from", "103@sandbox.example", "--id",
                 "one", "--wait")
    assert placed["call-id"] == "one"
    assert cli("call", "101", "--from", "103@sandbox.example") == ACCEPTED
    assert cli("calls", "--count") == {"total": 2}
    assert len(cli("calls", "--user", "~")) == 2
    assert cli("calls", "one", "--user", "103")["call-term-user"] == "100"
    assert "404" in cli("calls", "two", "--user", "103", code=4)


def test_as_the_originals_programs_need_it(box):
    """Statuses and forms that a client which knows no others insists on
    (fact sheet, sections 2 to 4)."""
    at = box.url + API

    def ask(method, path, body=None, status=200, token=None):
        reply = requests.request(method, at + path, json=body, headers={
            "Authorization": "Bearer " + token} if token else {})
        assert reply.status_code == status, reply.text
        assert reply.headers["Content-Type"].startswith("application/json")
        return reply.json()

    ask("POST", "/tokens", {"grant_type": "password"}, 401)
    ask("POST", "/tokens", {"grant_type": "magic"}, 400)
    given = ask("POST", "/tokens", {
        "grant_type": "password", "client_id": "sandbox-client",
        "client_secret": "sandbox-secret",
        "username": "103@sandbox.example", "password": "sandbox-password"})
    assert set(given) == {
        "username", "user", "territory", "domain", "department", "uid",
        "login", "scope", "user_email", "displayName", "access_token",
        "expires_in", "token_type", "refresh_token", "client_id",
        "apiversion"}
    assert len(given["access_token"]) == len(given["refresh_token"]) == 32
    refresh = {"grant_type": "refresh_token", "client_id": "sandbox-client",
               "client_secret": "sandbox-secret",
               "refresh_token": given["refresh_token"]}
    token = ask("POST", "/tokens", refresh)["access_token"]
    ask("POST", "/tokens", refresh, 401)
    ask("GET", "/subscriptions", None, 401)
    ask("GET", "/subscriptions", None, 401, "nonsense")
    # a number alone is as good as a list
    ask("POST", "/domains/~/users/~/messages", {
        "type": "sms", "message": "x", "destination": "1",
        "from-number": "2"}, 200, token)
    ask("POST", "/domains/~/users/~/messages", {"type": "sms"}, 400, token)
    ask("GET", "/domains/~/messagesessions?limit=1001", None, 400, token)
    ask("GET", "/domains/~/messagesessions?start=0", None, 400, token)
    made = ask("POST", "/subscriptions", {
        "model": "message", "post-url": "http://127.0.0.1:9/",
        "subscription-geo-support": "yes", "reseller": "*", "domain": "*",
        "user": "*"}, 200, token)
    ask("PUT", "/subscriptions/" + made["id"], {"model": "cdr"}, 202, token)
    ask("DELETE", "/subscriptions/" + made["id"], None, 202, token)
    ask("GET", "/domains/~/users/103", None, 200, token)
    box.advance(3600)
    ask("GET", "/subscriptions", None, 401, token)


def test_writes_as_the_service_does_by_default(tmp_path):
    box = Sandbox("netsapiens", "--writes", "202")
    try:
        done = helio.run("pbx", *SEND, "--json",
                         env=environment(box.url, tmp_path))
        assert json.loads(done.stdout) == ACCEPTED
    finally:
        box.stop()


# ---- the server's gateway ----

def wake(server, **unit):
    admin = server.login("ADMIN")
    imei = helio.new_hub2(server.login("FACTORY"), **unit)[0]
    row = admin.post("/products/%s/send_wakeup" % imei).json()["data"]
    return admin, "/sms_histories/%d" % row["sms_history_id"], imei


def gateway_flags(box):
    return ("--sms-provider", "netsapiens", "--sms-url", box.url,
            "--sms-user", "103@sandbox.example", "--sms-client-id",
            "sandbox-client", "--sms-from", "12125550199")


GATEWAY_SECRETS = {"HELIO_SMS_PASSWORD": "sandbox-password",
                   "HELIO_SMS_CLIENT_SECRET": "sandbox-secret"}


def serve_with(fresh_server, box, report=True):
    """A server whose wake-ups go through the sandbox; it knows its own
    address only after it was started once."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    flags = gateway_flags(box) + ("--listen", "127.0.0.1:%d" % port)
    if report:
        flags += ("--sms-report-url", "http://127.0.0.1:%d" % port)
    return fresh_server(*flags, env=GATEWAY_SECRETS)


def no_secrets(server):
    for secret in SECRETS:
        assert secret not in server.stderr()


def test_a_wakeup_and_its_delivery(fresh_server, box):
    server = serve_with(fresh_server, box)
    admin, path, imei = wake(server)
    until(lambda: admin.get(path).json()["status"] == "Delivered")
    sent, = box.control("GET", "messages")
    product = admin.get("/products/" + imei).json()
    assert (sent["text"], sent["dialed"], sent["from-number"]) == (
        "WAKEUP", product["imsi"], "12125550199")
    kept, = box.control("GET", "subscriptions")
    assert kept["post-url"] == server.v1 + "/sms/netsapiens"
    # the next one needs neither token nor subscription anew
    box.forget()
    admin, path, _ = wake(server)
    until(lambda: admin.get(path).json()["status"] == "Delivered")
    assert [one.method for one in box.requests()] == ["POST"]
    no_secrets(server)
    # nor does another run, or a server beside it
    server.stop()
    server.start()
    admin, path, _ = wake(server)
    until(lambda: admin.get(path).json()["status"] == "Delivered")
    assert len(box.control("GET", "subscriptions")) == 1


def set_number(server, imei, number):
    system = server.login("SYSTEM")
    for link in system.query("/part_product_linker", filters=[
            {"name": "product_imei", "op": "eq", "val": imei}]).json()[
                "objects"]:
        path = "/parts/%d" % link["part_id"]
        if system.get(path).json()["part_type_id"] == SIM:
            reply = system.put(path, {"properties": {"msisdn": number}})
            assert reply.status_code == 200, reply.text


def test_a_wakeup_that_does_not_arrive(fresh_server):
    """What the PBX calls failed is ordered once more, in a minute."""
    number = "12125550100"
    box = Sandbox("netsapiens", "--deliver", "0", "--poll", "20",
                  "--undeliverable", number)
    try:
        server = serve_with(fresh_server, box)
        admin = server.login("ADMIN")
        factory = server.login("FACTORY")
        imei = helio.new_hub2(factory, iccid="89%d" % helio.fresh())[0]
        set_number(server, imei, "+" + number)
        row = admin.post("/products/%s/send_wakeup" % imei).json()["data"]
        path = "/sms_histories/%d" % row["sms_history_id"]
        until(lambda: admin.get(path).json()["attempted_retries"] == 1)
        assert admin.get(path).json()["status"] is None
        sent, = box.control("GET", "messages")
        assert (sent["dialed"], sent["status"]) == (number, "failed")
    finally:
        box.stop()


def test_reports_of_what_has_ended_change_nothing(fresh_server, box):
    server = serve_with(fresh_server, box)
    admin, path, _ = wake(server)
    until(lambda: admin.get(path).json()["status"] == "Delivered")
    key = box.control("GET", "messages")[0]["messagesession-id"]
    reply = requests.post(server.v1 + "/sms/netsapiens", json=[
        {"messagesession-id": key, "status": "failed"}])
    assert reply.status_code == 200
    assert admin.get(path).json()["status"] == "Delivered"
    assert admin.get(path).json()["attempted_retries"] == 0


def test_a_pbx_that_fails_at_first(fresh_server, box):
    box.fail("first=2:503:" + API + "/domains/*")
    server = serve_with(fresh_server, box)
    admin, path, _ = wake(server)
    until(lambda: admin.get(path).json()["status"] == "Delivered", 60)
    assert len(box.control("GET", "messages")) == 1
    no_secrets(server)


def test_a_message_whose_answer_is_lost_is_sent_once(fresh_server):
    """Its session tells the next try that it is there, before any report."""
    box = Sandbox("netsapiens", "--poll", "1000000", "--fail",
                  "nth=1:malformed:" + API + "/domains/*/messages")
    try:
        server = serve_with(fresh_server, box)
        admin, path, _ = wake(server)
        look = API + "/domains/*/messagesessions/*_0/messages?limit=1"
        until(lambda: [one.status for one in box.requests(look)] == [200],
              60)
        assert admin.get(path).json()["attempted_retries"] == 1
        assert len(box.control("GET", "messages")) == 1
    finally:
        box.stop()


def test_without_reports(fresh_server, box):
    server = serve_with(fresh_server, box, report=False)
    wake(server)
    until(lambda: box.control("GET", "messages"))
    assert box.control("GET", "subscriptions") == []
    assert box.requests(API + "/domains/*")[0].target == \
        API + "/domains/~/users/~/messages"


def test_a_subscription_that_cannot_be_made_stops_no_message(fresh_server,
                                                             box):
    box.fail("all:500:" + API + "/subscriptions*")
    server = serve_with(fresh_server, box)
    wake(server)
    until(lambda: box.control("GET", "messages"))
    until(lambda: "sms.no_reports" in server.stderr())
    no_secrets(server)


def test_what_is_no_report(server):
    at = server.v1 + "/sms/netsapiens"
    for body in ([], [5], [{}], [{"messagesession-id": SESSION,
                                  "status": "delivered"}],
                 [{"messagesession-id": "a" * 64 + "_0",
                   "status": "delivered"}]):
        assert requests.post(at, json=body).status_code == 200
    for body in (b"", b"{}", b"5", b"[", b'[{"x":'):
        assert requests.post(at, data=body).status_code == 400
    assert requests.get(at).status_code == 405


@pytest.mark.parametrize("missing", [0, 2, 4, 6])
def test_settings_that_are_missing(fresh_server, box, missing):
    flags = list(gateway_flags(box))
    if missing == 0:
        env = {}
    else:
        del flags[missing:missing + 2]
        env = GATEWAY_SECRETS
    done = helio.run("serve", "--data", fresh_server.folder, *flags,
                     check=False, timeout=30, env=env)
    assert done.returncode != 0
    assert "sms_" in done.stderr or "missing" in done.stderr
