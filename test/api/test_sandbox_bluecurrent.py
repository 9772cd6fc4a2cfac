"""The Blue Current sandbox as other clients of the service use it: those of
2022 and of 2025, which end when a member is missing."""
import asyncio
import json
import re

import pytest
import requests
import websockets

import helio
from bluecurrent import ClientError, NewClient, OldClient
from sandbox import Sandbox

TOKEN = "sandbox-api-token"


@pytest.fixture(scope="module")
def _shared():
    sandbox = Sandbox("bluecurrent", "--answer-ms", "1", "--push", "60")
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(_shared):
    """Idle charge points, and no faults."""
    _shared.control("PUT", "faults", {"fail": "", "delay": 0, "limit": 0})
    for point in _shared.control("GET", "points")["points"]:
        _shared.control("POST", "points", {
            "evse_id": point["evse_id"], "reject": "", "offline": False,
            "broken": False, "operative": True})
        assert point["activity"] != "charging", "a test left it charging"
    _shared.forget()
    return _shared


@pytest.fixture
def own():
    """own(flags..): a sandbox of this test alone."""
    started = []

    def start(*flags):
        started.append(Sandbox("bluecurrent", "--answer-ms", "1", *flags))
        return started[-1]
    yield start
    for one in started:
        one.stop()


def talk(steps):
    """Run a coroutine with a time limit."""
    return asyncio.run(asyncio.wait_for(steps, 60))


async def connected(kind, sandbox):
    client = kind(sandbox.url)
    await client.connect(TOKEN)
    return client


CLIENTS = pytest.mark.parametrize("kind", [OldClient, NewClient])


# ---- whole days of both clients ----

@CLIENTS
def test_a_clients_day(sandbox, kind):
    async def steps():
        client = await connected(kind, sandbox)
        await client.ask("GET_CHARGE_POINTS")
        points = (await client.wait("CHARGE_POINTS"))["data"]
        assert [one["evse_id"] for one in points] == [
            "BCU101", "BCU102", "BCU103"]
        for one in points:
            await client.ask("GET_CH_STATUS", one["evse_id"])
            assert (await client.wait("CH_STATUS"))["data"][
                "activity"] == "available"
            await client.ask("GET_CH_SETTINGS", one["evse_id"])
            await client.wait("CH_SETTINGS")
        await client.ask("GET_GRID_STATUS", "BCU101")
        grid = (await client.wait("GRID_STATUS"))["data"]
        assert grid["id"] == "GRID-BCU101" and grid["grid_max_current"] == 3
        await client.ask("GET_CHARGE_CARDS")
        card = (await client.wait("CHARGE_CARDS"))["cards"][0]["uid"]
        await client.ask("START_SESSION", "BCU101", card=card)
        assert (await client.wait("START_SESSION"))["error"] == ""
        data = (await client.wait("CH_STATUS"))["data"]
        assert data["activity"] == "charging"
        assert data["vehicle_status"] == "ready"
        assert data["total_kw"] > 6
        await client.ask("STOP_SESSION", "BCU101")
        await client.wait("STOP_SESSION")
        data = (await client.wait("CH_STATUS"))["data"]
        assert data["activity"] == "available" and data["total_kw"] == 0
        await client.close()
    talk(steps())


@CLIENTS
def test_settings_of_both_clients(sandbox, kind):
    async def steps():
        client = await connected(kind, sandbox)
        for command, object in (
                ("SET_PUBLIC_CHARGING", "PUBLIC_CHARGING"),
                ("SET_PLUG_AND_CHARGE", "PLUG_AND_CHARGE")):
            for value in (True, False):
                await client.ask(command, "BCU102", value)
                assert (await client.wait(object))["result"] is value
        await client.ask("SET_INOPERATIVE", "BCU102")
        assert (await client.wait("CH_STATUS"))["data"][
            "activity"] == "unavailable"
        await client.ask("SET_OPERATIVE", "BCU102")
        assert (await client.wait("CH_STATUS"))["data"][
            "activity"] == "available"
        await client.close()
    talk(steps())


@CLIENTS
def test_refusals_of_both_clients(sandbox, kind):
    async def steps():
        client = await connected(kind, sandbox)
        await client.ask("STOP_SESSION", "BCU103")
        assert (await client.wait("STOP_SESSION"))["error"] == \
            "no active session for chargepoint: BCU103"
        await client.ask("START_SESSION", "BCU103", card="STRANGER")
        assert (await client.wait("START_SESSION"))["error"] == \
            "start_session rejected for chargepoint: BCU103"
        sandbox.control("POST", "points", {"evse_id": "BCU103",
                                           "offline": True})
        assert (await client.wait("CH_STATUS"))["data"][
            "activity"] == "offline"
        await client.ask("SOFT_RESET", "BCU103")
        assert (await client.wait("SOFT_RESET"))["error"] == \
            "soft_reset timeout for chargepoint: BCU103"
        await client.close()
    talk(steps())


@CLIENTS
@pytest.mark.parametrize("request_of,number", [
    ({"command": "FLY"}, 0), ({"command": "GET_CH_STATUS"}, 2),
    ({"command": "GET_CH_STATUS", "evse_id": "BCU999"}, 2)])
def test_errors_of_both_clients(sandbox, kind, request_of, number):
    async def steps():
        client = await connected(kind, sandbox)
        await client.send(request_of)
        with pytest.raises(ClientError) as error:
            await client.wait("NOTHING")
        assert error.value.args[0] == number
        await client.close()
    talk(steps())


def test_a_wrong_token(sandbox):
    async def steps():
        with pytest.raises(ClientError, match="Invalid Api Token"):
            await NewClient(sandbox.url).validate("nonsense")
    talk(steps())


# ---- the wire ----

class Raw:
    """A connection with the auth token; messages as they are."""

    def __init__(self, sandbox):
        self.sandbox = sandbox

    async def __aenter__(self):
        self.ws = await websockets.connect(self.sandbox.url)
        await self.ws.send(json.dumps({"command": "VALIDATE_API_TOKEN",
                                       "token": TOKEN}))
        self.auth = "Token " + (await self.read())["token"]
        return self

    async def __aexit__(self, *_):
        await self.ws.close()

    async def read(self, seconds=20):
        return json.loads(await asyncio.wait_for(self.ws.recv(), seconds))

    async def ask(self, command, **members):
        await self.ws.send(json.dumps({
            "command": command, **members, "Authorization": self.auth}))
        return await self.read()

    async def objects(self, n):
        return [(await self.read())["object"] for _ in range(n)]


def test_an_action_is_received_answered_and_shown(sandbox):
    async def steps():
        async with Raw(sandbox) as raw:
            assert (await raw.ask("HELLO"))["object"] == "HELLO"
            first = await raw.ask("REBOOT", evse_id="BCU101", flow_id="F1")
            assert first["object"] == "RECEIVED_REBOOT"
            assert (first["success"], first["error"]) == (True, "")
            second = await raw.read()
            assert second == {
                "object": "STATUS_REBOOT", "success": True, "flow_id": "F1",
                "evse_id": "BCU101", "error": "", "result": {}}
            third = await raw.read()
            assert third["object"] == "CH_STATUS"
            assert third["data"]["activity"] == "offline"
            assert re.match(r"\d{8} \d\d:\d\d:\d\d$",
                            third["data"]["offline_since"])
            sandbox.advance(10)
            back = await raw.read()
            assert back["data"]["activity"] == "available"
            assert back["data"]["offline_since"] == ""
    talk(steps())


def test_nothing_is_pushed_before_hello(sandbox):
    async def steps():
        async with Raw(sandbox) as quiet, Raw(sandbox) as raw:
            await raw.ask("HELLO", header="homeassistant")
            await raw.ask("SOFT_RESET", evse_id="BCU101")
            assert await raw.objects(2) == ["STATUS_SOFT_RESET", "CH_STATUS"]
            sandbox.advance(2)
            assert await raw.objects(1) == ["CH_STATUS"]
            # the next that it hears is what it asks for
            assert (await quiet.ask("GET_CHARGE_CARDS"))[
                "object"] == "CHARGE_CARDS"
    talk(steps())


def test_others_hear_of_changes(sandbox):
    async def steps():
        async with Raw(sandbox) as one, Raw(sandbox) as other:
            await other.ask("HELLO")
            await one.ask("START_SESSION", evse_id="BCU101",
                          session_token="BCU-APP")
            assert (await other.read())["data"]["activity"] == "charging"
            await one.read()            # STATUS_START_SESSION, no push
            reply = await one.ask("STOP_SESSION", evse_id="BCU101")
            assert reply["object"] == "RECEIVED_STOP_SESSION"
            assert (await other.read())["data"]["activity"] == "available"
    talk(steps())


def test_evseid_of_older_clients(sandbox):
    async def steps():
        async with Raw(sandbox) as raw:
            reply = await raw.ask("STOP_SESSION", evseid="BCU101")
            assert reply["evse_id"] == "BCU101"
    talk(steps())


def test_user_name_and_password(sandbox):
    async def steps():
        async with websockets.connect(sandbox.url.replace(
                "/haserver", "/appserver/2.0")) as ws:
            await ws.send(json.dumps({
                "command": "VALIDATE_PASSWORD",
                "username": "driver@example.com", "password": "{}"}))
            reply = json.loads(await ws.recv())
            assert reply["accepted"] is True
            await ws.send(json.dumps({
                "command": "GET_ACCOUNT",
                "Authorization": "Token " + reply["token"]}))
            assert json.loads(await ws.recv())["login"] == \
                "driver@example.com"
    talk(steps())


def test_newer_requests(sandbox):
    async def steps():
        async with Raw(sandbox) as raw:
            await raw.ask("SET_DELAYED_CHARGING", evse_id="BCU101",
                          value=True)
            await raw.read()
            settings = await raw.ask("GET_CH_SETTINGS", evse_id="BCU101")
            assert settings["data"]["set_delayed_charging"] is True
            times = {"overridestarttime": "08:00", "overridestartdays":
                     ["MO", "TU"], "overridestoptime": "09:00",
                     "overridestopdays": ["MO"], "overridevalue": 8}
            new = await raw.ask("POST_SET_OVERRIDE_CURRENT",
                                chargepoints=["BCU101"], **times)
            schedule = new["data"]
            assert schedule["override_start_days"] == "MO,TU"
            listed = await raw.ask("LIST_OVERRIDE_CURRENT")
            assert listed["data"] == [schedule]
            edited = await raw.ask(
                "POST_EDIT_OVERRIDE_CURRENT", chargepoints=["BCU101"],
                schedule_id=schedule["schedule_id"],
                **{**times, "overridevalue": 6})
            assert edited["data"]["override_value"] == 6
            await raw.ask("POST_CLEAR_OVERRIDE_CURRENT",
                          schedule_id=schedule["schedule_id"])
            assert (await raw.ask("LIST_OVERRIDE_CURRENT"))["data"] == []
            assert (await raw.ask("POST_CLEAR_OVERRIDE_CURRENT",
                                  schedule_id=99))["object"] == "ERROR"
    talk(steps())


# ---- meters, clock and seed ----

def test_meters_run_on_the_sandboxes_clock(own):
    sandbox = own("--clock", "stands", "--start", "20221104 10:30:00",
                  "--push", "60")

    async def steps():
        async with Raw(sandbox) as raw:
            await raw.ask("HELLO")
            await raw.ask("START_SESSION", evse_id="BCU101",
                          session_token="BCU-APP")
            assert await raw.objects(1) == ["STATUS_START_SESSION"]
            first = (await raw.read())["data"]
            # the push after a start still tells of the session before
            assert first["start_datetime"] == ""
            sandbox.advance(3600)
            second = (await raw.read())["data"]
            assert second["start_datetime"] == "20221104 10:30:00"
            # three phases of 16 A at 230 V for an hour
            assert second["actual_kwh"] == 11.04
            assert second["total_cost"] == 3.86
            assert (await raw.read())["object"] == "GRID_STATUS"
            await raw.ask("STOP_SESSION", evse_id="BCU101")
            await raw.read()
            last = (await raw.read())["data"]
            assert last["stop_datetime"] == "20221104 11:30:00"
            assert (last["actual_kwh"], last["actual_p1"]) == (11.04, 0)
            sandbox.advance(3600)
            again = (await raw.ask("GET_CH_STATUS", evse_id="BCU101"))
            assert again["data"]["actual_kwh"] == 11.04
    talk(steps())


def told(sandbox):
    """A session's messages, word for word."""
    async def steps():
        async with Raw(sandbox) as raw:
            texts = [raw.auth]
            await raw.ask("HELLO")
            await raw.ask("START_SESSION", evse_id="BCU101",
                          session_token="BCU-APP")
            for _ in range(2):
                texts.append(await raw.ws.recv())
            sandbox.advance(120)
            texts.append(await raw.ws.recv())
            return texts
    return talk(steps())


def test_the_same_seed_is_the_same_story(own):
    flags = ["--clock", "stands", "--start", "20221104 10:30:00"]
    one, same, other = (told(own(*flags, "--seed", seed))
                        for seed in (7, 7, 8))
    assert one == same and one[0] != other[0]


# ---- limits and faults ----

@pytest.mark.parametrize("by", ["error", "close", "handshake"])
def test_the_request_limit(own, by):
    sandbox = own("--limit", "3", "--limit-by", by)

    async def steps():
        async with Raw(sandbox) as raw:         # 1: validate
            if by == "handshake":               # the handshake counts too
                await raw.ask("GET_CHARGE_CARDS")
                with pytest.raises(websockets.InvalidStatusCode) as error:
                    await websockets.connect(sandbox.url)
                assert error.value.status_code == 403
                assert error.value.headers["x-websocket-reject-reason"] == \
                    "Request limit reached"
                return
            await raw.ask("GET_CHARGE_CARDS")
            await raw.ask("GET_CHARGE_CARDS")
            if by == "error":
                assert (await raw.ask("GET_CHARGE_CARDS"))["error"] == 42
                return
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await raw.ask("GET_CHARGE_CARDS")
            assert closed.value.rcvd.code == 4001
    talk(steps())


def test_one_connection_from_an_address(own):
    sandbox = own("--one-connection", "yes")

    async def steps():
        async with Raw(sandbox):
            with pytest.raises(websockets.InvalidStatusCode) as error:
                await websockets.connect(sandbox.url)
            assert error.value.headers["x-websocket-reject-reason"] == \
                "Already connected"
        # both kinds of client take one connection after the other
        for kind in (OldClient, NewClient):
            client = await connected(kind, sandbox)
            await client.close()
    talk(steps())


@pytest.mark.parametrize("status,number", [
    (401, 1), (403, 2), (404, 0), (429, 42), (500, 9)])
def test_faults_of_a_command(sandbox, status, number):
    sandbox.fail("first=1:%d:/GET_CHARGE_CARDS" % status)

    async def steps():
        async with Raw(sandbox) as raw:
            assert (await raw.ask("GET_CHARGE_CARDS"))["error"] == number
            assert (await raw.ask("GET_CHARGE_CARDS"))["cards"]
    talk(steps())


def test_faults_of_the_connection(sandbox):
    sandbox.fail("nth=1:503:/haserver,nth=2:429:/haserver,"
                 "nth=3:409:/haserver,nth=4:drop:/haserver,"
                 "all:drop:/GET_CHARGE_CARDS,all:malformed:/GET_ACCOUNT")

    async def steps():
        for status, reason in ((503, None), (403, "Request limit reached"),
                               (403, "Already connected")):
            with pytest.raises(websockets.InvalidStatusCode) as error:
                await websockets.connect(sandbox.url)
            assert error.value.status_code == status
            assert error.value.headers.get(
                "x-websocket-reject-reason") == reason
        with pytest.raises((websockets.InvalidMessage, OSError)):
            await websockets.connect(sandbox.url)
        async with Raw(sandbox) as raw:
            with pytest.raises(json.JSONDecodeError):
                await raw.ask("GET_ACCOUNT")
            with pytest.raises(websockets.ConnectionClosed):
                await raw.ask("GET_CHARGE_CARDS")
    talk(steps())


def test_delays(sandbox):
    sandbox.control("PUT", "faults", {"delay": 300})

    async def steps():
        loop = asyncio.get_running_loop()
        begin = loop.time()
        async with Raw(sandbox):
            assert loop.time() - begin >= 0.3
    talk(steps())


def test_auth_tokens_expire(own):
    sandbox = own("--token-life", "60")

    async def steps():
        async with Raw(sandbox) as raw:
            assert (await raw.ask("GET_CHARGE_CARDS"))["cards"]
            sandbox.advance(61)
            assert (await raw.ask("GET_CHARGE_CARDS"))["error"] == 1
        async with Raw(sandbox) as raw:
            sandbox.control("POST", "tokens/expire")
            assert (await raw.ask("GET_CHARGE_CARDS"))["error"] == 1
    talk(steps())


@pytest.mark.parametrize("message", [
    "", "nonsense", "[]", "{}", '{"command": 7}', "[" * 5000,
    b"\xff\xfe", '{"command": "HELLO", "Authorization": 7}',
    '{"command": "START_SESSION", "evse_id": "BCU101"}'])
def test_messages_that_make_no_sense(sandbox, message):
    async def steps():
        async with Raw(sandbox) as raw:
            await raw.ws.send(message)
            assert (await raw.read())["object"] == "ERROR"
            assert (await raw.ask("GET_CHARGE_CARDS"))["cards"]
    talk(steps())


def test_requests_without_what_they_need(sandbox):
    async def steps():
        async with Raw(sandbox) as raw:
            for command in ("START_SESSION", "SET_PUBLIC_CHARGING"):
                reply = await raw.ask(command, evse_id="BCU101")
                assert reply["object"] == "RECEIVED_" + command
                assert reply["success"] is False and reply["error"]
    talk(steps())


def test_fragments_pings_and_large_messages(sandbox):
    async def steps():
        async with Raw(sandbox) as raw:
            await raw.ws.send(['{"command": "GET_CHARGE_CARDS", ',
                               '"Authorization": "%s"}' % raw.auth])
            assert (await raw.read())["cards"]
            await asyncio.wait_for(await raw.ws.ping(), 20)
            await raw.ws.send("x" * 100000)
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await raw.read()
            assert closed.value.rcvd.code == 1009
    talk(steps())


def test_other_paths_and_plain_http(sandbox):
    async def steps():
        with pytest.raises(websockets.InvalidStatusCode) as error:
            await websockets.connect(sandbox.url.replace("haserver", "x"))
        assert error.value.status_code == 404
    talk(steps())
    r = requests.get(sandbox.url.replace("ws://", "http://"))
    assert r.status_code == 426


# ---- configuration and control ----

def test_configuration(own, tmp_path):
    (tmp_path / "conf").write_text(
        "points = 1\napi_token = other\n\n[point BCU900]\nname = Garage\n"
        "phases = 1\ncurrent = 10\nsmart = yes\nvehicle = yes\n\n"
        "[card ABC]\nname = Mine\n")
    sandbox = own("--config", tmp_path / "conf")
    env = {"HELIO_CHARGE_URL": sandbox.url, "HELIO_CHARGE_TOKEN": "other"}
    points = json.loads(helio.run("charge", "points", "--json",
                                  env=env).stdout)["data"]
    assert [(one["evse_id"], one["name"], one["smart_charging"])
            for one in points] == [("BCU101", "Charge point 1", False),
                                   ("BCU900", "Garage", True)]
    assert "Mine" in helio.run("charge", "cards", env=env).stdout
    helio.run("charge", "start", "BCU900", "ABC", env=env)
    data = json.loads(helio.run("charge", "status", "BCU900", "--json",
                                env=env).stdout)["data"]
    assert 9 < data["actual_p1"] < 11
    assert (data["actual_p2"], data["actual_v2"]) == (0, 0)
    card, = [one["card"] for one in sandbox.control("GET", "points")["points"]
             if one["evse_id"] == "BCU900"]
    assert card == "ABC"


@pytest.mark.parametrize("text,why", [
    ("points = many\n[point ]\n", "point"), ("[car X]\nname = x\n", "car X"),
    ("[point P]\nphases = 4\n", "phases"), ("[card C]\nuid = x\n", "uid"),
    ("colour = red\n", "colour")])
def test_a_configuration_that_makes_no_sense(tmp_path, text, why):
    (tmp_path / "conf").write_text(text + "\nx = y\n")
    done = helio.run("sandbox", "bluecurrent", "--listen", "127.0.0.1:0",
                     "--config", tmp_path / "conf", check=False)
    assert done.returncode == 2 and why in done.stderr


@pytest.mark.parametrize("flags,why", [
    (["--limit-by", "magic"], "limit_by"), (["--clock", "walks"], "clock"),
    (["--one-connection", "perhaps"], "one_connection"),
    (["--push", "0"], "push"), (["--points", "5000"], "points"),
    (["--start", "yesterday"], "start"), (["--path", "x"], "path"),
    (["--listen", "nowhere"], "nowhere")])
def test_settings_that_make_no_sense(flags, why):
    done = helio.run("sandbox", "bluecurrent", "--listen", "127.0.0.1:0",
                     *flags, check=False)
    assert done.returncode == 2 and why in done.stderr


def test_an_address_that_is_taken(sandbox):
    taken = re.search(r"//([\d.:]+)/", sandbox.url).group(1)
    done = helio.run("sandbox", "bluecurrent", "--listen", taken,
                     check=False)
    assert done.returncode == 1 and taken in done.stderr


def test_control_of_connections(sandbox):
    async def steps():
        async with Raw(sandbox) as raw:
            assert sandbox.control("GET", "peers")["peers"] >= 1
            requests.post(sandbox.control_url + "/_control/send",
                          data='{"object": "NEWS"}')
            assert await raw.read() == {"object": "NEWS"}
            sandbox.control("POST", "close", {"code": 4001})
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await raw.read()
            assert closed.value.rcvd.code == 4001
        async with Raw(sandbox) as raw:
            sandbox.control("POST", "close", {"code": 0})
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await raw.read()
            assert closed.value.rcvd is None
    talk(steps())


def test_everything_is_recorded(sandbox):
    async def steps():
        async with Raw(sandbox) as raw:
            await raw.ask("GET_CHARGE_CARDS")
    talk(steps())
    seen = [(one.method, one.target) for one in sandbox.requests()]
    assert seen == [
        ("OPEN", "/haserver"), ("RECV", "/VALIDATE_API_TOKEN"),
        ("SENT", "/STATUS_API_TOKEN"), ("RECV", "/GET_CHARGE_CARDS"),
        ("SENT", "/CHARGE_CARDS")]
    first = sandbox.requests("/VALIDATE*")[0]
    assert json.loads(first.body) == {"command": "VALIDATE_API_TOKEN",
                                      "token": TOKEN}


def test_changes_that_make_no_sense(sandbox):
    for body in ({}, {"evse_id": ""}, {"evse_id": "BCU101", "phases": 9},
                 {"evse_id": "BCU101", "colour": "red"},
                 {"evse_id": "BCU101", "smart": "perhaps"},
                 {"evse_id": "x" * 99}):
        r = requests.post(sandbox.control_url + "/_control/points",
                          json=body)
        assert r.status_code == 400, body
