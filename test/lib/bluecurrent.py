"""The two sides of Blue Current's WebSocket as tests need them: a service
that says what a test tells it to, and clients that behave as those of 2022
and of 2025 do, down to the members without which they end."""
import asyncio
import json
import threading
import time
from datetime import datetime
from http import HTTPStatus

import websockets

TOKEN = "AUTH"
CUSTOMER = "C1"
DEFAULTS = {
    "VALIDATE_API_TOKEN": {"object": "STATUS_API_TOKEN", "success": True,
                           "token": TOKEN, "customer_id": CUSTOMER},
    "HELLO": {"object": "HELLO"},
    "GET_CHARGE_CARDS": {"object": "CHARGE_CARDS", "cards": [
        {"uid": "UID1", "id": "ID1", "name": "One"}]},
    "GET_ACCOUNT": {"object": "ACCOUNT", "login": "a@example.com"},
    "GET_CHARGE_POINTS": {"object": "CHARGE_POINTS", "data": [
        {"evse_id": "BCU101", "name": "One", "model_type": "U:MOVE22",
         "smart_charging": False, "activity": "available"}]},
    "GET_CH_STATUS": {"object": "CH_STATUS", "evse_id": "BCU101", "data": {
        "actual_p1": 14, "actual_p2": 12, "actual_p3": 15,
        "actual_v1": 230, "actual_v2": 230, "actual_v3": 230,
        "actual_kwh": 11, "activity": "charging", "max_usage": 16,
        "smartcharging_max_usage": 14, "max_offline": 10,
        "offline_since": "", "start_datetime": "20221104 09:00:00",
        "stop_datetime": "", "total_cost": 5.31, "vehicle_status": "C",
        "evse_id": "BCU101"}},
    "GET_CH_SETTINGS": {"object": "CH_SETTINGS", "data": {
        "evse_id": "BCU101",
        "plug_and_charge": {"value": True, "permission": "write"},
        "public_charging": {"value": False, "permission": "write"}}},
    "GET_GRID_STATUS": {"object": "GRID_STATUS", "data": {
        "id": "GRID-BCU101", "grid_actual_p1": 12, "grid_actual_p2": 14,
        "grid_actual_p3": 15}},
}


class Close:
    """Close with this code; None breaks the connection off."""

    def __init__(self, code, reason=""):
        self.code, self.reason = code, reason


def status(command, error="", **more):
    """What a charge point answers to an action."""
    return {"object": "STATUS_" + command, "success": not error,
            "flow_id": "", "evse_id": "BCU101", "result": {},
            "error": error, **more}


def received(command, error=""):
    return {"object": "RECEIVED_" + command, "success": not error,
            "error": error}


def action(command, **more):
    return [received(command), status(command, **more)]


class Service:
    """Answers from `answers` (a command's list of things to send; else
    DEFAULTS, else as an action that works); keeps what came in."""

    def __init__(self, ssl=None):
        self.answers, self.frames, self.headers = {}, [], []
        self.refusals = []      # of the next handshakes: (status, reason)
        self.hellos = 0
        self.loop = asyncio.new_event_loop()
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(ssl,),
                                       daemon=True)
        self.thread.start()
        assert self.ready.wait(20)

    def _run(self, ssl):
        asyncio.set_event_loop(self.loop)
        serve = websockets.serve(
            self._serve, "127.0.0.1", 0, ssl=ssl, ping_interval=None,
            compression=None, process_request=self._handshake)
        server = self.loop.run_until_complete(serve)
        port = server.sockets[0].getsockname()[1]
        self.url = "%s://127.0.0.1:%d/haserver" % (
            "wss" if ssl else "ws", port)
        self.ready.set()
        self.loop.run_forever()
        server.close()
        self.loop.run_until_complete(server.wait_closed())
        self.loop.close()

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(20)

    async def _handshake(self, path, headers):
        self.headers.append((path, headers))
        if self.refusals:
            status, reason = self.refusals.pop(0)
            headers = [("x-websocket-reject-reason", reason)] \
                if reason else []
            return HTTPStatus(status), headers, b""

    async def _serve(self, ws, path):
        try:
            async for text in ws:
                await self._answer(ws, text)
        except websockets.ConnectionClosed:
            pass

    async def _answer(self, ws, text):
        # in the order of the frame
        pairs = json.loads(text, object_pairs_hook=list)
        self.frames.append(pairs)
        command = dict(pairs)["command"]
        answer = self.answers.get(command, DEFAULTS.get(
            command, action(command)))
        if callable(answer):
            answer = answer(dict(pairs))
        for one in answer if isinstance(answer, list) else [answer]:
            await self._send(ws, one)

    async def _send(self, ws, one):
        if isinstance(one, Close) and one.code is None:
            ws.transport.abort()
        elif isinstance(one, Close):
            await ws.close(one.code, one.reason)
        elif one == "ping":
            await (await ws.ping())     # waits for the pong
        elif isinstance(one, dict):
            await ws.send(json.dumps(one))
        else:
            await ws.send(one)          # text, or its fragments


# ---- clients ----

class ClientError(Exception):
    pass


STATUS_NEEDED = [
    "actual_p1", "actual_p2", "actual_p3", "actual_v1", "actual_v2",
    "actual_v3", "offline_since", "start_datetime", "stop_datetime",
    "vehicle_status"]
ACTIONS = ("START_SESSION", "STOP_SESSION", "SOFT_RESET", "REBOOT")
WORDS = {"A": "standby", "B": "vehicle_detected", "C": "ready",
         "D": "ready", "E": "no_power", "F": "vehicle_error"}


def read_time(text):
    """None for no time; ValueError for what the clients cannot read."""
    return datetime.strptime(text, "%Y%m%d %H:%M:%S") if text else None


def mean(values):
    used = [one for one in values if one]
    return round(sum(used) / len(used), 1) if used else 0


class OldClient:
    """Of 2022: validates on a connection of its own, then HELLO; one message
    at a time; ends with KeyError where a member is missing."""
    hello = {"command": "HELLO"}
    cards_limit = None
    stop_member = "evseid"
    needs_customer = False
    needed = STATUS_NEEDED

    def __init__(self, url):
        self.url, self.got = url, []

    async def validate(self, token):
        async with websockets.connect(self.url) as ws:
            await ws.send(json.dumps({"command": "VALIDATE_API_TOKEN",
                                      "token": token}))
            reply = json.loads(await asyncio.wait_for(ws.recv(), 5))
        if reply["object"] == "ERROR":
            raise ClientError(reply["error"], reply["message"])
        if not reply.get("success"):
            raise ClientError("Invalid Api Token")
        self.auth = "Token " + reply["token"]
        if self.needs_customer:
            self.customer = reply["customer_id"]

    async def connect(self, token):
        await self.validate(token)
        self.ws = await websockets.connect(self.url)
        await self.send(self.hello)

    async def send(self, request):
        await self.ws.send(json.dumps({**request,
                                       "Authorization": self.auth}))

    async def ask(self, command, evse_id=None, value=None, card=None):
        request = {"command": command}
        if evse_id:
            member = self.stop_member if command == "STOP_SESSION" \
                else "evse_id"
            request[member] = evse_id
        if value is not None:
            request["value"] = value
        if card:
            request["session_token"] = card
        if command == "GET_CHARGE_CARDS" and self.cards_limit:
            request["limit"] = self.cards_limit
        await self.send(request)

    async def wait(self, object, seconds=20):
        """The next message of that name, after the client's changes."""
        end = time.monotonic() + seconds
        while True:
            text = await asyncio.wait_for(self.ws.recv(),
                                          end - time.monotonic())
            message = self.change(json.loads(text))
            if message is None:
                continue
            self.got.append(message)
            if message["object"] == object:
                return message

    def change(self, message):
        name = message["object"]
        if not name:
            raise ClientError("no object")
        if name == "ERROR":
            raise ClientError(message["error"], message["message"])
        if ("RECEIVED" in name and not message.get("error")) or \
                name == "HELLO" or "OPERATIVE" in name:
            return None
        if name == "CH_STATUS":
            self.change_status(message)
        elif name == "GRID_STATUS":
            self.change_grid(message["data"])
        elif name in ("STATUS_SET_PUBLIC_CHARGING",
                      "STATUS_SET_PLUG_AND_CHARGE"):
            message["result"] = "true" in message["result"]["setting"]
            message["object"] = name[len("STATUS_SET_"):]
        elif name.endswith(ACTIONS):
            self.change_action(message)
        elif name == "CH_SETTINGS":
            self.change_settings(message["data"])
        elif name == "CHARGE_POINTS":
            self.change_points(message["data"])
        return message

    def change_status(self, message):
        data = message["data"]
        for name in self.needed:
            data[name]          # KeyError
        data["vehicle_status"] = WORDS[data["vehicle_status"]]
        for name in ("offline_since", "start_datetime", "stop_datetime"):
            data[name] = read_time(data[name])
        volts = mean([data["actual_v%d" % i] for i in (1, 2, 3)])
        current = [data["actual_p%d" % i] for i in (1, 2, 3)]
        data["total_kw"] = self.kw(current, volts)

    def kw(self, current, volts):
        return round(sum(current) * volts / 1000, 2)

    def change_grid(self, data):
        phases = [data["grid_actual_p%d" % i] for i in (1, 2, 3)]
        data["grid_max_current"] = max(phases)
        data["grid_avg_current"] = mean(phases)

    def change_action(self, message):
        told = message["object"]
        name = told.replace("STATUS_", "").replace("RECEIVED_", "")
        message["object"] = name
        if message["error"] and told.startswith("STATUS_"):
            message["error"] = "%s %s for chargepoint: %s" % (
                name.lower(), message["error"].lower(), message["evse_id"])
        elif name == "START_SESSION" and not message["error"]:
            message["evse_id"]      # KeyError

    def change_settings(self, data):
        pass

    def change_points(self, data):
        pass

    async def close(self):
        await self.ws.close()


class NewClient(OldClient):
    """Of 2025."""
    hello = {"command": "HELLO", "header": "homeassistant"}
    cards_limit = 100
    stop_member = "evse_id"
    needs_customer = True
    needed = STATUS_NEEDED + ["max_usage", "smartcharging_max_usage"]

    def __init__(self, url):
        super().__init__(url)
        self.smart = {}

    def change_status(self, message):
        message["evse_id"]              # KeyError
        super().change_status(message)
        data = message["data"]
        most = data["smartcharging_max_usage" if self.smart.get(
            message["evse_id"]) else "max_usage"]
        data["current_left"] = most - mean(
            [data["actual_p%d" % i] for i in (1, 2, 3)])

    def kw(self, current, volts):
        return round(mean(current) * volts * 1.732 / 1000, 2)

    def change_settings(self, data):
        data["plug_and_charge"] = data["plug_and_charge"]["value"]
        data["linked_charge_cards_only"] = \
            not data["public_charging"]["value"]
        self.smart[data["evse_id"]] = data["smart_charging"]

    def change_points(self, data):
        for one in data:
            self.smart[one["evse_id"]] = one["smart_charging"]
