"""helio charge: what goes over the wire, what is made of the answers, and
connections that fail; against a service that says what each test wants."""
import json
import os
import pty
import re
import select
import signal
import socket
import ssl
import subprocess
import time

import pytest

import helio
from bluecurrent import (Close, DEFAULTS, Service, action, received, status)
from sandbox import Sandbox

TOKEN = "api-token-very-secret"


@pytest.fixture
def service():
    service = Service()
    yield service
    service.stop()


def environment(url, token=TOKEN, **more):
    return {"HELIO_CHARGE_URL": url, "HELIO_CHARGE_TOKEN": token, **more}


@pytest.fixture
def charge(service):
    """charge(words..): `helio charge`, which talks to the service."""
    def run(*words, check=True, env=None):
        return helio.run("charge", *words, check=check, env={
            **environment(service.url), **(env or {})})
    return run


def fails(done, code, text):
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    assert done.stderr.startswith("helio: "), done.stderr
    assert text in done.stderr
    assert TOKEN not in done.stderr and "AUTH" not in done.stderr


# ---- the wire ----

AUTH = ("Authorization", "Token AUTH")
EVSE = ("evse_id", "BCU101")


def frame(command, *members):
    return [("command", command), *members]


VALIDATE = frame("VALIDATE_API_TOKEN", ("token", TOKEN))
HELLO = frame("HELLO", ("header", "homeassistant"), AUTH)
OLD_HELLO = frame("HELLO", AUTH)
SAME = [
    (["points"], frame("GET_CHARGE_POINTS", AUTH)),
    (["status", "BCU101"], frame("GET_CH_STATUS", EVSE, AUTH)),
    (["settings", "BCU101"], frame("GET_CH_SETTINGS", EVSE, AUTH)),
    (["grid", "BCU101"], frame("GET_GRID_STATUS", EVSE, AUTH)),
    (["set", "public-charging", "BCU101", "on"],
     frame("SET_PUBLIC_CHARGING", EVSE, ("value", True), AUTH)),
    (["set", "plug-and-charge", "BCU101", "off"],
     frame("SET_PLUG_AND_CHARGE", EVSE, ("value", False), AUTH)),
    (["set", "operative", "BCU101", "on"],
     frame("SET_OPERATIVE", EVSE, AUTH)),
    (["set", "operative", "BCU101", "off"],
     frame("SET_INOPERATIVE", EVSE, AUTH)),
    (["reset", "BCU101"], frame("SOFT_RESET", EVSE, AUTH)),
    (["reboot", "BCU101"], frame("REBOOT", EVSE, AUTH)),
    (["start", "BCU101", "UID1"],
     frame("START_SESSION", EVSE, ("session_token", "UID1"), AUTH)),
    (["start", "BCU101"],
     frame("START_SESSION", EVSE, ("session_token", "BCU-APP"), AUTH)),
    (["send", "POST_CLEAR_OVERRIDE_CURRENT", "--data",
      '{"schedule_id": 7}'],
     frame("POST_CLEAR_OVERRIDE_CURRENT", ("schedule_id", 7), AUTH)),
    (["send", "SET_DELAYED_CHARGING", "--data",
      '{"value": true, "evse_id": "BCU101"}'],
     frame("SET_DELAYED_CHARGING", EVSE, ("value", True), AUTH)),
]
LIMITED = frame("GET_CHARGE_CARDS", ("limit", 100), AUTH)
OTHERS = {
    None: [(["cards"], LIMITED),
           (["stop", "BCU101"], frame("STOP_SESSION", EVSE,
                                      ("evseid", "BCU101"), AUTH))],
    "2022": [(["cards"], frame("GET_CHARGE_CARDS", AUTH)),
             (["stop", "BCU101"], frame("STOP_SESSION",
                                        ("evseid", "BCU101"), AUTH))],
    "2025": [(["cards"], LIMITED),
             (["stop", "BCU101"], frame("STOP_SESSION", EVSE, AUTH))],
}


@pytest.mark.parametrize("generation", [None, "2022", "2025"])
def test_frames_of_every_operation(service, charge, generation):
    service.answers["POST_CLEAR_OVERRIDE_CURRENT"] = {
        "object": "POST_CLEAR_OVERRIDE_CURRENT", "data": {}}
    words_of = ["--generation", generation] if generation else []
    hello = OLD_HELLO if generation == "2022" else HELLO
    # the frames that differ in all, the others once more in the default
    for words, wanted in OTHERS[generation] + (
            SAME if generation is None else SAME[:1]):
        service.frames.clear()
        charge(*words, *words_of)
        assert service.frames == [VALIDATE, hello, wanted], words


def test_the_handshake_tells_nothing(service, charge):
    charge("points")
    assert len(service.headers) == 2        # validate, then the lasting one
    for path, headers in service.headers:
        assert path == "/haserver"
        for name in ("Authorization", "Origin", "Sec-WebSocket-Protocol",
                     "Sec-WebSocket-Extensions"):
            assert name not in headers
        assert TOKEN not in str(headers)
        assert headers["Sec-WebSocket-Version"] == "13"


def test_login_uses_one_connection(service, charge):
    done = charge("login", "--json")
    assert json.loads(done.stdout) == {"valid": True, "customer_id": "C1"}
    assert (len(service.headers), service.frames) == (1, [VALIDATE])


# ---- figures ----

@pytest.mark.parametrize("generation,kw,left", [
    (None, 9.43, 2.3), ("2022", 9.43, None), ("2025", 5.46, 2.3)])
def test_status_figures(charge, generation, kw, left):
    words_of = ["--generation", generation] if generation else []
    done = charge("status", "BCU101", "--json", *words_of)
    data = json.loads(done.stdout)["data"]
    assert data["avg_current"] == 13.7 and data["avg_voltage"] == 230
    assert data["total_kw"] == kw
    assert data.get("current_left") == left
    assert data["vehicle_status"] == "ready"
    assert data["start_datetime"] == "2022-11-04T09:00:00+01:00"
    assert data["stop_datetime"] is None
    assert "0000" not in done.stdout.replace("09:00:00", "")    # 13.69999..


def test_settings_and_grid(charge):
    data = json.loads(charge("settings", "BCU101", "--json").stdout)["data"]
    assert (data["plug_and_charge"], data["public_charging"],
            data["linked_charge_cards_only"]) == (True, False, True)
    data = json.loads(charge("grid", "BCU101", "--json").stdout)["data"]
    assert (data["grid_avg_current"], data["grid_max_current"]) == (13.7, 15)


def test_what_a_person_sees(charge):
    assert re.search(r"^UID1 +ID1 +One", charge("cards").stdout, re.M)
    assert re.search(r"^BCU101 +One +U:MOVE22 +available",
                     charge("points").stdout, re.M)
    shown = charge("status", "BCU101").stdout
    assert re.search(r"^total_kw +9\.43$", shown, re.M)
    assert charge("start", "BCU101").stdout == "START_SESSION: done\n"


def test_names_cannot_steer_the_terminal(service, charge):
    service.answers["GET_CHARGE_CARDS"] = {
        "object": "CHARGE_CARDS", "cards": [
            {"uid": "U", "id": "I", "name": "\x1b[2Jgone\n"}]}
    done = charge("cards")
    assert "\x1b" not in done.stdout and "?[2Jgone?" in done.stdout


# ---- refusals ----

def test_the_charge_point_says_no(service, charge):
    service.answers["START_SESSION"] = action("START_SESSION",
                                              error="REJECTED")
    fails(charge("start", "BCU101", check=False), 4,
          "START_SESSION: start_session rejected for chargepoint: BCU101")
    service.answers["REBOOT"] = action("REBOOT", error="TIMEOUT")
    fails(charge("reboot", "BCU101", check=False), 4,
          "reboot timeout for chargepoint: BCU101")


def test_the_service_says_no_at_once(service, charge):
    service.answers["STOP_SESSION"] = received(
        "STOP_SESSION", "no active session for chargepoint: BCU101")
    fails(charge("stop", "BCU101", check=False), 4,
          "no active session for chargepoint: BCU101")


@pytest.mark.parametrize("number,code,text", [
    (0, 4, "Unknown command"), (2, 4, "Not authorized"),
    (9, 4, "Unknown error"), (7, 4, "seven"),
    (1, 4, "Invalid Auth Token"), (42, 5, "Request limit reached")])
def test_errors_of_the_service(service, charge, number, code, text):
    service.answers["GET_CHARGE_POINTS"] = {
        "object": "ERROR", "error": number, "message": "seven"}
    fails(charge("points", check=False), code, text)


def test_a_wrong_token(service, charge):
    service.answers["VALIDATE_API_TOKEN"] = {
        "object": "STATUS_API_TOKEN", "success": False, "error": ""}
    done = charge("points", check=False)
    fails(done, 4, "Invalid API token")
    assert "driver portal" in done.stderr
    assert service.frames == [VALIDATE]
    service.answers["VALIDATE_API_TOKEN"] = {
        "object": "ERROR", "error": 42, "message": ""}
    fails(charge("login", check=False), 5, "the limit is reset in ")


def test_no_cards_in_2022(service, charge):
    service.answers["GET_CHARGE_CARDS"] = {"object": "CHARGE_CARDS",
                                           "cards": []}
    fails(charge("cards", "--generation", "2022", check=False), 4,
          "No cards found")
    assert charge("cards", "--json").stdout == \
        '{"object":"CHARGE_CARDS","cards":[]}\n'


@pytest.mark.parametrize("reason,text", [
    ("Request limit reached", "the limit is reset in "),
    ("Already connected", "one connection from an address")])
def test_refused_handshakes(service, charge, reason, text):
    service.refusals.append((403, reason))
    done = charge("points", check=False)
    fails(done, 5, text)
    assert reason in done.stderr


def test_refused_for_no_reason(service, charge):
    service.refusals.append((503, ""))
    fails(charge("points", check=False), 6, "HTTP 503")


def test_a_redirection_is_not_followed(service, charge):
    service.refusals.append((301, ""))
    fails(charge("points", check=False), 6, "301")


# ---- connections and messages that are broken ----

@pytest.mark.parametrize("close,code,text", [
    (Close(4001), 5, "Request limit reached"),
    (Close(1011, "sorry"), 6, "sorry"),
    (Close(None), 6, "connection was closed")])
def test_a_connection_that_ends(service, charge, close, code, text):
    service.answers["GET_CHARGE_POINTS"] = close
    fails(charge("points", check=False), code, text)
    service.answers = {"VALIDATE_API_TOKEN": close}
    fails(charge("points", check=False), code, text)


def test_nobody_there(service):
    for url in ("ws://127.0.0.1:1/haserver", "ws://no.such.host.invalid/x"):
        fails(helio.run("charge", "points", check=False,
                        env=environment(url)), 6, "Cannot connect")


@pytest.mark.parametrize("url", [
    "http://127.0.0.1/", "nonsense", "ws://", "wss://:0/", "ws://x:99999/"])
def test_an_address_that_is_none(url):
    done = helio.run("charge", "points", check=False, env=environment(url))
    fails(done, 1, url.rstrip("/"))


def test_answers_that_do_not_come(service, charge):
    service.answers["GET_CHARGE_POINTS"] = []
    fails(charge("points", "--timeout", "1", check=False), 6, "no answer")
    service.answers["REBOOT"] = [received("REBOOT")]
    fails(charge("reboot", "BCU101", "--timeout", "1", check=False), 6,
          "the charge point has not answered")


def test_a_peer_that_does_not_shake_hands():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(5)
        env = environment("ws://127.0.0.1:%d/haserver" %
                          silent.getsockname()[1])
        fails(helio.run("charge", "points", "--timeout", "1", check=False,
                        env=env), 6, "no connection in time")
        # and a watch that is ended meanwhile
        watch = Watch(env["HELIO_CHARGE_URL"])
        watch.state("validating")
        assert watch.stop() == (0, "")


def test_a_bad_message_costs_only_itself(service, charge):
    service.answers["GET_CHARGE_POINTS"] = [
        "nonsense", '{"no": "object"}', "[]", '{"object": 7}', '{"object"',
        "[" * 500, b'{"object": "CH_STATUS"}', DEFAULTS["GET_CH_STATUS"],
        DEFAULTS["GET_CHARGE_POINTS"]]
    assert "BCU101" in charge("points").stdout


def test_a_message_in_fragments_between_pings(service, charge):
    text = json.dumps(DEFAULTS["GET_CHARGE_POINTS"])
    service.answers["GET_CHARGE_POINTS"] = [
        "ping", [text[:10], text[10:11], text[11:]], "ping"]
    assert "BCU101" in charge("points").stdout


def test_large_messages(service, charge):
    cards = [{"uid": "U%d" % i, "id": "I", "name": "x" * 50}
             for i in range(5000)]
    service.answers["GET_CHARGE_CARDS"] = {"object": "CHARGE_CARDS",
                                           "cards": cards}
    assert charge("cards").stdout.count("\n") == 5001
    service.answers["GET_CHARGE_CARDS"] = "x" * ((1 << 20) + 1)
    fails(charge("cards", check=False), 6, "a message is too large")


def test_an_answer_for_another_point_is_not_ours(service, charge):
    other = json.loads(json.dumps(DEFAULTS["GET_CH_STATUS"]).replace(
        "BCU101", "BCU999"))
    service.answers["GET_CH_STATUS"] = [other, DEFAULTS["GET_CH_STATUS"]]
    done = charge("status", "BCU101", "--json")
    assert json.loads(done.stdout)["evse_id"] == "BCU101"


# ---- TLS ----

@pytest.fixture
def certificate(tmp_path):
    """Of 127.0.0.1, signed by itself; (certificate, key)."""
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
         "-days", "2", "-keyout", key, "-out", cert, "-subj", "/CN=sandbox",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True)
    return cert, key


def test_tls_is_checked(certificate, tmp_path):
    cert, key = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    service = Service(ssl=context)
    try:
        env = environment(service.url)
        fails(helio.run("charge", "points", check=False, env=env), 6,
              "Cannot connect")
        assert service.frames == []
        done = helio.run("charge", "points", env={
            **env, "HELIO_CA_FILE": str(cert)})
        assert "BCU101" in done.stdout
        # another name than the certificate's
        done = helio.run("charge", "points", check=False, env={
            **environment(service.url.replace("127.0.0.1", "localhost")),
            "HELIO_CA_FILE": str(cert)})
        fails(done, 6, "Cannot connect")
    finally:
        service.stop()


def test_the_sandbox_speaks_tls(certificate):
    cert, key = certificate
    sandbox = Sandbox("bluecurrent", "--tls-cert", cert, "--tls-key", key)
    try:
        assert sandbox.url.startswith("wss://")
        done = helio.run("charge", "points", env=environment(
            sandbox.url, "sandbox-api-token", HELIO_CA_FILE=str(cert)))
        assert "BCU101" in done.stdout
    finally:
        sandbox.stop()


# ---- usage and secrets ----

def test_words_that_make_no_sense(charge, service):
    for words in (["set", "colour", "BCU101", "on"],
                  ["set", "operative", "BCU101", "maybe"],
                  ["points", "--generation", "2023"],
                  ["send", "REBOOT", "--data", "{"]):
        done = charge(*words, check=False)
        fails(done, 2, "")
    fails(charge("send", "FLY", check=False), 1, "there is no command FLY")
    fails(charge("send", "REBOOT", "--data", '{"x": 1}', check=False), 1,
          "REBOOT has no member x")


def test_the_token_comes_from_a_file_or_the_environment(service, tmp_path):
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    env = {"HELIO_CHARGE_URL": service.url}
    helio.run("charge", "login", "--token-file", file, env=env)
    assert service.frames == [VALIDATE]
    for words in ([], ["--token-file", tmp_path / "none"]):
        done = helio.run("charge", "login", *words, check=False, env=env)
        assert done.returncode == 2 and "token" in done.stderr
    help = helio.run("charge", "login", "--help").stdout
    assert "--token " not in help


# ---- watch ----

class Watch:
    """`helio charge watch` that runs; lines of JSON."""

    def __init__(self, url, *flags, token=TOKEN, env=None):
        self.process = subprocess.Popen(
            [helio.HELIO, "charge", "watch", "--json", *map(str, flags)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, **environment(url, token), **(env or {})})
        self.seen = []

    def until(self, wanted):
        """Read lines up to one for which wanted(line) is true."""
        for line in self.process.stdout:
            self.seen.append(json.loads(line))
            if wanted(self.seen[-1]):
                return self.seen[-1]
        raise AssertionError("%s\n%s" % (self.seen[-3:],
                                         self.process.stderr.read()))

    def state(self, name):
        return self.until(lambda line: line["object"] == "STATE" and
                          line["state"] == name)

    def object(self, name):
        return self.until(lambda line: line["object"] == name)

    def stop(self, how=signal.SIGINT):
        self.process.send_signal(how)
        code = self.process.wait(30)
        errors = self.process.stderr.read()
        assert "Sanitizer" not in errors and "runtime error" not in errors
        return code, errors


def test_watch_asks_for_every_point(service):
    service.answers["GET_CHARGE_POINTS"] = {
        "object": "CHARGE_POINTS", "data": [
            {"evse_id": "BCU101"}, {"evse_id": "BCU102"}]}
    watch = Watch(service.url)
    watch.object("GRID_STATUS")
    helio.until(lambda: len(service.frames) >= 6)
    assert service.frames[2:] == [
        frame("GET_CHARGE_POINTS", AUTH), frame("GET_CH_STATUS", EVSE, AUTH),
        frame("GET_GRID_STATUS", EVSE, AUTH),
        frame("GET_CH_STATUS", ("evse_id", "BCU102"), AUTH)]
    assert watch.stop() == (0, "")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_watch_ends_cleanly_in_every_state(service, how):
    watch = Watch(service.url)
    watch.state("open")
    assert watch.stop(how) == (0, "")
    watch = Watch("ws://127.0.0.1:1/haserver")
    watch.state("waiting")
    assert watch.stop(how) == (0, "")


def test_watch_connects_again_with_the_same_auth_token(service):
    lost = []

    def points(request):
        lost.append(request)
        return Close(None) if len(lost) == 1 else \
            DEFAULTS["GET_CHARGE_POINTS"]
    service.answers["GET_CHARGE_POINTS"] = points
    watch = Watch(service.url)
    waiting = watch.state("waiting")
    assert waiting["fault"] == "lost" and 0.5 <= waiting["wait"] < 1.5
    watch.object("CH_STATUS")
    assert [f for f in service.frames if f == VALIDATE] == [VALIDATE]
    assert watch.stop() == (0, "")


def until_reset():
    """Seconds to the next 00:00:30 in Amsterdam, from the zone's file."""
    from datetime import datetime, timedelta
    from zoneinfo import ZoneInfo
    zone = ZoneInfo("Europe/Amsterdam")
    now = datetime.now(zone)
    then = (now + timedelta(days=1)).replace(hour=0, minute=0, second=30,
                                             microsecond=0)
    return then.timestamp() - now.timestamp()


@pytest.mark.parametrize("how", ["close", "error", "handshake"])
def test_watch_waits_for_the_reset_of_the_limit(service, how):
    if how == "handshake":
        service.refusals.append((403, "Request limit reached"))
    service.answers["GET_CHARGE_POINTS"] = Close(4001) if how == "close" \
        else {"object": "ERROR", "error": 42, "message": ""}
    watch = Watch(service.url)
    waiting = watch.state("waiting")
    assert waiting["fault"] == "limit"
    assert -5 < waiting["wait"] - until_reset() < 65
    before = len(service.headers)
    assert watch.stop() == (0, "")
    assert len(service.headers) == before       # it did not try again


def test_watch_ends_with_an_invalid_token(service):
    service.answers["VALIDATE_API_TOKEN"] = {
        "object": "STATUS_API_TOKEN", "success": False, "error": ""}
    watch = Watch(service.url)
    watch.state("closed")
    assert watch.process.wait(30) == 4
    assert "Invalid API token" in watch.process.stderr.read()


def test_watch_stops_after_its_seconds(service):
    done = helio.run("charge", "watch", "--seconds", "1",
                     env=environment(service.url))
    assert "open" in done.stderr


def test_the_token_is_nowhere_to_be_seen(service):
    watch = Watch(service.url)
    watch.object("GRID_STATUS")
    with open("/proc/%d/cmdline" % watch.process.pid) as file:
        assert TOKEN not in file.read()
    code, errors = watch.stop()
    assert "AUTH" not in json.dumps(watch.seen) and TOKEN not in errors


# ---- with the sandbox: a table, and telemetry ----

@pytest.fixture
def sandbox():
    sandbox = Sandbox("bluecurrent", "--answer-ms", "10", "--push", "1")
    yield sandbox
    sandbox.stop()


def read_until(fd, wanted, seconds=30):
    """What a terminal shows until it has shown that."""
    text, end = "", time.monotonic() + seconds
    while wanted not in text:
        left = end - time.monotonic()
        assert left > 0 and select.select([fd], [], [], left)[0], text
        text += os.read(fd, 65536).decode()
    return text


def test_watch_on_a_terminal(sandbox):
    env = environment(sandbox.url, "sandbox-api-token")
    main, other = pty.openpty()
    process = subprocess.Popen([helio.HELIO, "charge", "watch"],
                               stdout=other, stderr=other, stdin=other,
                               env={**os.environ, **env})
    os.close(other)
    try:
        shown = read_until(main, "BCU103")
        assert "EVSE" in shown and "BCU101" in shown
        helio.run("charge", "start", "BCU102", env=env)
        read_until(main, "charging")
    finally:
        process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    os.close(main)


def charts(api, imei):
    """{field: [[value, time], ..]} of the measurement."""
    reply = api.get("/products/%s/data" % imei, params={
        "measurement": "charge_point"})
    assert reply.status_code == 200, reply.text
    found = reply.json()["data"]
    return found.get("data", found)


def fields_of(value):
    """Find the fields wherever the reply nests them."""
    while isinstance(value, dict) and "total_kw" not in value and value:
        inner = [one for one in value.values() if isinstance(one, dict)]
        if not inner:
            return {}
        value = inner[0]
    return value


def test_charts_of_charge_points_in_heliograph(sandbox, server, factory,
                                                tmp_path):
    """A session in the sandbox becomes telemetry that people can read."""
    imei, _ = helio.new_hub2(factory)
    other, _ = helio.new_hub2(factory)
    (tmp_path / "map").write_text(
        "# charge point, product\nBCU101 %s\nBCU102, %s\n" % (imei, other))
    technical = server.login("TECHNICAL")
    env = environment(sandbox.url, "sandbox-api-token",
                      HELIO_URL=server.url, HELIO_TOKEN=technical.token,
                      HELIO_SESSION=str(tmp_path / "session"))
    watch = Watch(sandbox.url, "--push", tmp_path / "map",
                  token="sandbox-api-token", env=env)
    watch.object("CH_STATUS")
    helio.run("charge", "start", "BCU101", env=env)
    watch.until(lambda line: line["object"] == "CH_STATUS" and
                line["data"].get("activity") == "charging" and
                line["data"]["start_datetime"])
    sandbox.advance(1800)
    watch.until(lambda line: line["object"] == "CH_STATUS" and
                line["data"].get("actual_kwh", 0) > 5)
    assert watch.stop() == (0, "")

    overview = server.login("OVERVIEW")
    read = fields_of(charts(overview, imei))
    kw = [value for value, _ in read["total_kw"] if value is not None]
    assert kw[0] == 0 and max(kw) > 10
    assert max(value for value, _ in read["actual_kwh"]
               if value is not None) > 5
    assert {"available", "charging"} <= {
        value for value, _ in read["activity"]}
    # the other point did not charge; the third has no product
    read = fields_of(charts(overview, other))
    assert {value for value, _ in read["total_kw"]} == {0}


def test_a_heliograph_that_refuses(sandbox, server, tmp_path):
    (tmp_path / "map").write_text("BCU101 999\n")
    env = environment(sandbox.url, "sandbox-api-token",
                      HELIO_URL=server.url,
                      HELIO_TOKEN=server.login("TECHNICAL").token,
                      HELIO_SESSION=str(tmp_path / "session"))
    watch = Watch(sandbox.url, "--push", tmp_path / "map",
                  token="sandbox-api-token", env=env)
    watch.object("CH_STATUS")
    code, errors = watch.stop()
    assert code == 4 and "status 404" in errors


@pytest.mark.parametrize("text", ["", "# nothing\n", "BCU101\n"])
def test_a_map_that_is_none(sandbox, tmp_path, text):
    (tmp_path / "map").write_text(text)
    done = helio.run("charge", "watch", "--push", tmp_path / "map",
                     check=False, env=environment(sandbox.url))
    assert done.returncode == 2 and "no charge point" in done.stderr
