"""Running the real program: data folders, servers, users, units.

Nothing here knows how the program works inside; everything goes through
the command line and HTTP, as a user would.
"""
import hashlib
import hmac
import itertools
import json
import os
import re
import signal
import subprocess
import tempfile
import threading
import time

import requests

import database

HELIO = os.environ.get("HELIO", os.path.join(
    os.path.dirname(__file__), "..", "..", "build", "helio"))
PASSWORD = "correct horse battery"
LEVELS = ["OVERVIEW", "TECHNICAL", "ADMIN", "FACTORY", "SYSTEM"]
ENTITY = 101            # the entity of the ENTITY-scoped users
OTHER_ENTITY = 102
_counter = itertools.count(1)


def run(*args, env=None, input=None, check=True, timeout=120, **more):
    """Run `helio ARGS`; the completed process, its output as text."""
    done = subprocess.run(
        [HELIO, *map(str, args)], text=True, errors="replace",
        capture_output=True, input=input,
        env={**os.environ, **database.environment(args), **(env or {})},
        timeout=timeout, **more)
    assert "Sanitizer" not in done.stderr, done.stderr
    assert "runtime error" not in done.stderr, done.stderr
    if check and done.returncode != 0:
        raise AssertionError("helio %s: exit %d\n%s%s" % (
            " ".join(map(str, args)), done.returncode, done.stdout,
            done.stderr))
    return done


_template = tempfile.TemporaryDirectory(prefix="helio-template-")


def init(folder):
    """A new data folder with an administrator, two entities and a user of
    every level and scope.  It is made once, and copied."""
    template = os.path.join(_template.name, "data")
    if not os.path.exists(template):
        init_anew(template)
        database.keep(template)
    database.copy(template, folder)


def init_anew(folder):
    """The same without the copy."""
    run("init", "--data", folder, "--admin", "admin",
        env={"HELIO_ADMIN_PASSWORD": PASSWORD})
    import_rows(folder, [
        {"table": "entity", "row": {"entity_id": ENTITY, "name": "Ours",
                                    "bboxx_company_flag": True}},
        {"table": "entity", "row": {"entity_id": OTHER_ENTITY,
                                    "name": "Theirs",
                                    "bboxx_company_flag": False}}])
    for level in LEVELS:
        run("user", "add", username(level, "GLOBAL"), "--permissions", level,
            "--scope", "GLOBAL", "--data", folder,
            env={"HELIO_PASSWORD": PASSWORD})
        run("user", "add", username(level, "ENTITY"), "--permissions", level,
            "--scope", "ENTITY", "--entity", ENTITY, "--data", folder,
            env={"HELIO_PASSWORD": PASSWORD})


def until(condition, seconds=30):
    """Wait for the truth of something, and give it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen in %d s" % seconds)


def username(level, scope):
    return "%s.%s@example.com" % (level.lower(), scope.lower())


def import_rows(folder, rows, check=True):
    """`helio import` of rows given as dictionaries."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as lines:
        for row in rows:
            lines.write(json.dumps(row) + "\n")
        lines.flush()
        return run("import", lines.name, "--data", folder, check=check)


class Server:
    """`helio serve` on a free port of the loopback address."""

    def __init__(self, folder, *flags, env=None):
        self.folder = str(folder)
        self.flags = [str(f) for f in flags]
        self.env = env or {}
        self.process = None
        self.sessions = {}
        self.start()

    def start(self):
        self.log = tempfile.NamedTemporaryFile("w+", suffix=".log")
        command = [HELIO, "serve", "--data", self.folder, *self.flags]
        if "--listen" not in self.flags:
            command += ["--listen", "127.0.0.1:0"]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self.log, text=True,
            env={**os.environ, **database.environment(command[1:]),
                 **self.env})
        line = self.process.stdout.readline()
        found = re.match(r"listening on (https?://\S+)$", line)
        if not found:
            self.process.wait(30)
            raise AssertionError("no 'listening on': %r\n%s" % (
                line, self.stderr()))
        self.url = found.group(1)
        self.v1 = self.url + "/v1"
        self.admin = self.read_url("admin") \
            if "--admin-listen" in self.flags else None
        self.sessions.clear()
        # keep the pipe empty, whatever is printed later
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def read_url(self, name):
        """The address of another listener, printed after the first."""
        for line in self.process.stdout:
            found = re.match(name + r" listening on (\S+)$", line)
            if found:
                return found.group(1)
        raise AssertionError("no '%s listening'\n%s" % (name, self.stderr()))

    def stderr(self):
        with open(self.log.name) as log:
            return log.read()

    def kill(self):
        """SIGKILL: no chance to tidy up."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)

    def stop(self, check=True):
        """SIGTERM; the exit status must be 0 and no sanitizer may speak."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        log = self.stderr()
        if check:
            assert code == 0, "exit %d\n%s" % (code, log)
            assert "Sanitizer" not in log and "runtime error" not in log, log
        return code

    def login(self, level="SYSTEM", scope="GLOBAL"):
        """An Api for the user of that level and scope (kept)."""
        key = (level, scope)
        if key not in self.sessions:
            self.sessions[key] = Api(self, username(level, scope))
        return self.sessions[key]


class Api:
    """A requests session with a token; paths are below /v1."""

    def __init__(self, server, user, password=PASSWORD):
        self.v1 = server.v1
        self.session = requests.Session()
        reply = self.session.post(self.v1 + "/auth/login", data={
            "username": user, "password": password})
        assert reply.status_code == 200, reply.text
        self.user = reply.json()["message"]["login_successful"]
        self.token = self.user["API_token"]
        self.session.headers.update({
            "Content-Type": "application/json",
            "Authorization": "Token token=" + self.token})

    def request(self, method, path, body=None, **kw):
        if body is not None:
            kw["data"] = body if isinstance(body, (str, bytes)) \
                else json.dumps(body)
        return self.session.request(method, self.v1 + path, timeout=60, **kw)

    def get(self, path, body=None, **kw):
        return self.request("GET", path, body, **kw)

    def post(self, path, body=None, **kw):
        return self.request("POST", path, body, **kw)

    def put(self, path, body=None, **kw):
        return self.request("PUT", path, body, **kw)

    def delete(self, path, body=None, **kw):
        return self.request("DELETE", path, body, **kw)

    def query(self, path, **q):
        """GET with a q parameter."""
        return self.get(path, params={"q": json.dumps(q)})


class Unit:
    """A device that speaks the signed unit protocol (DESIGN section 6)."""

    def __init__(self, server, imei, key, sequence=0):
        self.server, self.imei, self.key = server, imei, key
        self.sequence = sequence

    def sign(self, *parts):
        return hmac.new(self.key.encode(), "\n".join(parts).encode(),
                        hashlib.sha256).hexdigest()

    def request(self, method, path, body=None, sequence=None, signature=None,
                headers=None):
        if sequence is None:
            self.sequence += 1
            sequence = self.sequence
        raw = b"" if body is None else (
            body if isinstance(body, bytes) else json.dumps(body).encode())
        if signature is None:
            signature = self.sign(method, "/v1" + path, str(sequence),
                                  hashlib.sha256(raw).hexdigest())
        reply = requests.request(
            method, self.server.v1 + path, data=raw, timeout=60, headers={
                "Authorization": "Unit %s:%s:%s" % (
                    self.imei, sequence, signature), **(headers or {})})
        reply.sequence = sequence
        return reply

    def check_reply(self, reply, sequence=None):
        """The reply's own signature must be right."""
        digest = hashlib.sha256(reply.content).hexdigest()
        wanted = self.sign(str(reply.status_code),
                           str(sequence or reply.sequence), digest)
        assert reply.headers["X-Helio-Signature"] == wanted
        return reply

    def post_rc(self, **members):
        return self.request("POST", "/rc_data", members)

    def get_rc(self, full=False):
        return self.request("GET", "/rc_data" + ("?full=1" if full else ""))

    def post_rm(self, body):
        return self.request("POST", "/rm_data", body)


def fresh():
    """A number no other test has."""
    return next(_counter) + os.getpid() % 1000 * 100000


def new_hub2(api, **more):
    """Register a Hub 2 through the API; (imei, device_key)."""
    n = fresh()
    imei, key = "35%013d" % n, "k%023d" % n
    reply = api.post("/products/create_hub2", {
        "imei": imei, "imsi": "20%013d" % n, "device_key": key, **more})
    assert reply.status_code == 200, reply.text
    return imei, key
