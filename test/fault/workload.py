"""Mixed writes from several client threads, and what must be true of them
after the server was killed at any moment.

A Ledger knows, for one thing that changes, what was acknowledged and what was
under way: after a restart the thing is as acknowledged, or as the one
request without an answer would have made it, and nothing else.
"""
import json
import random
import threading

import requests

import helio

ENTITY = 1


class Broken(Exception):
    """The server went away: no answer to a request."""


class Actor(threading.Thread):
    """A client of its own that goes on until the server is gone."""

    def __init__(self, server, token, seed):
        super().__init__(daemon=True)
        self.server, self.token = server, token
        self.rng = random.Random(seed)
        self.acknowledged = 0
        self.error = None

    def run(self):
        self.session = requests.Session()
        self.session.headers["Authorization"] = "Token token=" + self.token
        try:
            while True:
                self.step()
                self.acknowledged += 1
        except Broken:
            pass
        except Exception as error:      # told by the test, not by the thread
            self.error = error

    def send(self, method, path, body=None):
        try:
            reply = self.session.request(method, self.server.v1 + path,
                                         json=body, timeout=30)
        except requests.RequestException:
            raise Broken() from None
        if reply.status_code == 503:
            raise Broken()              # stopping; nothing was done
        return reply

    def step(self):
        raise NotImplementedError

    def check(self, api):
        """After the restart; asserts."""
        raise NotImplementedError


def found(api, path, *filters):
    """All rows that satisfy the filters, (name, op, value) each."""
    rows, page = [], 1
    while True:
        reply = api.get(path, params={
            "results_per_page": 100, "page": page, "q": json.dumps({
                "filters": [{"name": name, "op": op, "val": value}
                            for name, op, value in filters]})})
        assert reply.status_code == 200, reply.text
        body = reply.json()
        rows += body["objects"]
        if page >= body["total_pages"]:
            return rows
        page += 1


class Rows(Actor):
    """POST, PUT and DELETE of rows of one table, told apart by a text."""

    def __init__(self, server, token, seed, table):
        super().__init__(server, token, seed)
        self.path, self.key, self.text, self.fixed = table
        self.prefix = "%s-%x-" % (self.path.strip("/"), seed)
        self.n = 0
        self.rows = {}          # key: acknowledged text
        self.gone = []          # keys whose deletion was acknowledged
        self.doubt = None       # (key or None, text before, text after)

    def new_text(self):
        self.n += 1
        return self.prefix + str(self.n)

    def step(self):
        choice = self.rng.random()
        if not self.rows or choice < 0.5:
            self.create()
        elif choice < 0.8:
            self.change()
        else:
            self.remove()
        self.doubt = None

    def create(self):
        text = self.new_text()
        self.doubt = (None, None, text)
        reply = self.send("POST", self.path, {**self.fixed, self.text: text})
        assert reply.status_code == 201, reply.text
        self.rows[reply.json()[self.key]] = text

    def change(self):
        key = self.rng.choice(list(self.rows))
        text = self.new_text()
        self.doubt = (key, self.rows[key], text)
        reply = self.send("PUT", "%s/%s" % (self.path, key),
                          {self.text: text})
        assert reply.status_code == 200, reply.text
        self.rows[key] = text

    def remove(self):
        key = self.rng.choice(list(self.rows))
        self.doubt = (key, self.rows[key], None)
        reply = self.send("DELETE", "%s/%s" % (self.path, key))
        assert reply.status_code == 204, reply.text
        del self.rows[key]
        self.gone.append(key)

    def stored(self, api):
        return {row[self.key]: row[self.text] for row in found(
            api, self.path, (self.text, "like", self.prefix + "%"))}

    def check(self, api):
        now = self.stored(api)
        assert len(set(now.values())) == len(now), "created twice"
        wanted = dict(self.rows)
        if self.doubt is not None:
            self._settle(wanted, now)
        assert now == wanted
        self.rows = wanted

    def _settle(self, wanted, now):
        """The request without an answer happened wholly or not at all."""
        key, before, after = self.doubt
        self.doubt = None
        if key is None:         # a creation
            wanted.update({k: t for k, t in now.items() if t == after})
        elif now.get(key) == after:
            wanted.pop(key)
            if after is not None:
                wanted[key] = after


class Switch(Actor):
    """Orders a unit on and off; nobody else does."""

    def __init__(self, server, token, seed, unit):
        super().__init__(server, token, seed)
        self.imei = unit.imei
        self.path = "/products/" + unit.imei
        self.on = False
        self.orders = 0         # acknowledged ones that changed something
        self.doubt = None

    def step(self):
        self.doubt = not self.on
        reply = self.send("PUT", self.path + (
            "/enable" if self.doubt else "/disable"))
        assert reply.status_code == 200, reply.text
        self.on, self.doubt = self.doubt, None
        self.orders += 1

    def check(self, api):
        row = api.get(self.path).json()
        orders = len([
            one for one in found(api, "/enable_history",
                                 ("product_imei", "eq", self.imei))
            if one["current_enable_state"].startswith("pending_")])
        if self.doubt is not None and row["desired_enable_flag"] == self.doubt:
            self.on = self.doubt
            self.orders += 1
        self.doubt = None
        assert row["desired_enable_flag"] == self.on
        assert orders == self.orders


class Device(Actor):
    """A unit that reports and uploads; each sample once, in order."""

    START = 1577836800000       # 2020-01-01

    def __init__(self, server, token, seed, unit):
        super().__init__(server, token, seed)
        self.unit = unit
        self.accepted = 0       # samples
        self.reports = 0
        self.sequence = 0       # the last one whose answer came
        self.doubt = None
        self.floor = 0          # connections are at least so many

    def send_signed(self, method, path, body=None):
        self.unit.server = self.server
        try:
            reply = self.unit.request(method, path, body)
        except requests.RequestException:
            raise Broken() from None
        if reply.status_code == 503:
            raise Broken()
        assert reply.status_code == 200, reply.text
        self.unit.check_reply(reply)
        self.sequence = reply.sequence
        return reply.json()["data"]

    def step(self):
        if self.rng.random() < 0.5:
            self.doubt = "sample"
            data = self.send_signed("POST", "/rm_data", {
                "measurement": "telemetry", "fields": {"voltage": [
                    [self.START + self.accepted * 1000, self.accepted]]}})
            assert data == {"written": 1, "rejected": []}, data
            self.accepted += 1
        else:
            self.doubt = "report"
            self.send_signed("POST", "/rc_data", {
                "enabled": self.rng.random() < 0.5})
            self.reports += 1
        self.doubt = None

    def check(self, api):
        self._check_samples(api)
        self._check_reports(api)
        self._check_sequence()
        self.doubt = None

    def _check_samples(self, api):
        reply = api.get("/products/%s/data" % self.unit.imei, {
            "measurement": "telemetry", "fields": ["voltage"],
            "start": "2019-12-31", "end": "2025-01-01", "limit": 1000000})
        assert reply.status_code == 200, reply.text
        values = voltages(reply.json())
        if self.doubt == "sample" and len(values) == self.accepted + 1:
            self.accepted += 1
        assert values == list(range(self.accepted)), (
            self.accepted, len(values), reply.text[:300])

    def _check_reports(self, api):
        n = len(found(api, "/connections",
                      ("product_imei", "eq", self.unit.imei)))
        if self.doubt == "report" and n == self.reports + 1:
            self.reports += 1
        assert n == self.reports

    def _check_sequence(self):
        """An old number is refused with one not below the last answered."""
        if self.sequence == 0:
            return
        reply = self.unit.request("GET", "/rc_data", sequence=1)
        assert reply.status_code == 401, reply.text
        last = int(reply.headers["X-Helio-Sequence"])
        assert self.sequence <= last <= self.unit.sequence
        self.unit.check_reply(reply, last)


class Pusher(Actor):
    """Uploads of line protocol, in and out of order, over and over the same
    times; several have a field each of the same series."""

    START = 1577836800          # 2020-01-01
    SLOTS = 4000                # seconds that are written to

    def __init__(self, server, token, seed, unit):
        super().__init__(server, token, seed)
        self.imei = unit.imei
        self.field = "f%x" % seed
        self.values = {}        # acknowledged: slot to value
        self.doubt = {}
        self.at = 0

    def values_of_one_upload(self):
        n = self.rng.choice((1, 5, 60, 300))
        if self.rng.random() < 0.7:         # what comes next
            first, self.at = self.at, (self.at + n) % self.SLOTS
        else:
            first = self.rng.randrange(self.SLOTS)
        return {(first + i) % self.SLOTS: self.rng.choice((
            self.rng.random() * 10 ** self.rng.randrange(-9, 9),
            round(self.rng.uniform(11, 14), 2))) for i in range(n)}

    def step(self):
        self.doubt = self.values_of_one_upload()
        lines = "\n".join("pushed,product_imei=%s %s=%r %d" % (
            self.imei, self.field, value, self.START + slot)
            for slot, value in self.doubt.items())
        try:
            reply = self.session.post(
                self.server.url + "/write", data=lines, timeout=30,
                params={"db": "x", "precision": "s"})
        except requests.RequestException:
            raise Broken() from None
        if reply.status_code == 503:
            raise Broken()
        assert reply.status_code == 204, reply.text
        self.values.update(self.doubt)
        self.doubt = {}

    def check(self, api):
        reply = api.get("/products/%s/data" % self.imei, {
            "measurement": "pushed", "fields": [self.field],
            "start": "2019-12-31", "end": "2025-01-01"})
        assert reply.status_code == 200, reply.text
        got = [value for value, _ in
               reply.json()["data"].get(self.field, [])]
        times = [time for _, time in
                 reply.json()["data"].get(self.field, [])]
        assert len(set(times)) == len(times)
        with_doubt = {**self.values, **self.doubt}
        if got == [with_doubt[slot] for slot in sorted(with_doubt)]:
            self.values = with_doubt
        assert got == [self.values[slot] for slot in sorted(self.values)]
        self.doubt = {}


def voltages(body):
    """The values, in the order of time."""
    return [value for value, _ in body["data"].get("voltage", [])]


TABLES = [
    # path, key, text, what else a row needs
    ("/hubs", "hub_id", "name", {"entity_id": ENTITY}),
    ("/entities", "entity_id", "name", {"bboxx_company_flag": True}),
]
NOTES = ("/product_notes", "product_note_id", "note_text")


class Workload:
    """All actors over the life of several servers on one data folder."""

    def __init__(self, folder, seed=1):
        self.folder, self.seed = folder, seed
        self.rng = random.Random(seed)
        self.actors = []
        self.token = None

    def prepare(self, server):
        """Users, units, and the actors; the server is not killed yet."""
        system, factory = server.login("SYSTEM"), server.login("FACTORY")
        self.token = system.token
        units = [helio.Unit(server, *helio.new_hub2(factory))
                 for _ in range(3)]
        notes = NOTES + ({"product_imei": units[0].imei},)
        makers = [(Rows, one) for one in TABLES + [notes, notes]] + [
            (Switch, units[0]), (Device, units[1]), (Device, units[2]),
            (Pusher, units[0]), (Pusher, units[0]), (Pusher, units[1])]
        self.actors = [
            make(server, self.token, self.seed * 100 + n, what)
            for n, (make, what) in enumerate(makers)]

    def run(self, server, stop):
        """Write until stop() has made the server go away."""
        for actor in self.actors:
            threading.Thread.__init__(actor, daemon=True)
            actor.server = server
            actor.start()
        stop()
        for actor in self.actors:
            actor.join(60)
            assert not actor.is_alive()
            if actor.error is not None:
                raise actor.error

    def acknowledged(self):
        return sum(actor.acknowledged for actor in self.actors)

    def check(self, server):
        """Everything acknowledged is there, once."""
        api = Session(server, self.token)
        for actor in self.actors:
            actor.server = server
            if isinstance(actor, Device):
                actor.unit.server = server
            actor.check(api)

    def missing(self, server):
        """How many acknowledged rows are not there."""
        api = Session(server, self.token)
        return sum(len(set(actor.rows) - set(actor.stored(api)))
                   for actor in self.actors if isinstance(actor, Rows))

    def doctor(self):
        done = helio.run("doctor", "--data", self.folder, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


class Session(helio.Api):
    """An Api with a token from before the kill: it must still be good."""

    def __init__(self, server, token):
        self.v1 = server.v1
        self.token = token
        self.session = requests.Session()
        self.session.headers.update({
            "Content-Type": "application/json",
            "Authorization": "Token token=" + token})
