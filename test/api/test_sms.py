"""Short messages: ordered, sent, reported, expired."""
import datetime
import http.server
import json
import re
import threading
import urllib.parse

import pytest
import requests

import database
import helio
from helio import until

ANN = helio.username("ADMIN", "GLOBAL")


def messages(api, imei):
    return api.query("/sms_histories", filters=[
        {"name": "product_imei", "op": "eq", "val": imei}],
        order_by=[{"field": "sms_history_id", "direction": "asc"}]
    ).json()["objects"]


def lines(path):
    return [json.loads(line) for line in open(path)] \
        if path.exists() else []


class Gateway:
    """Takes what the provider sends; `answers` are given in turn, then 200."""

    def __init__(self):
        self.requests = []
        self.answers = []
        gateway = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                size = int(self.headers.get("Content-Length", 0))
                gateway.requests.append((
                    self.command, self.path, dict(self.headers),
                    self.rfile.read(size).decode()))
                self.send_response(gateway.answers.pop(0)
                                   if gateway.answers else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_POST = do_GET

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()
        self.url = "http://127.0.0.1:%d" % self.server.server_port

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def gateway():
    one = Gateway()
    yield one
    one.close()


# ---- send_wakeup ----

def test_the_documents_example(server, login, unit):
    headers = {"Content-Type": "application/json",
               "Authorization": "Token token=" + login("ADMIN").token}
    r = requests.post(url=server.v1 + "/products/%s/send_wakeup" % unit.imei,
                      headers=headers)
    assert r.status_code == 200, r.text
    body = r.json()
    row = body["data"]
    assert (body["status"], body["message"]) == \
        ("success", "sms successfully sent")
    assert {k: row[k] for k in (
        "product_imei", "attempted_retries", "enable_history_id",
        "sms_timeout", "status", "trigger", "message", "modified_at",
        "created_by")} == {
        "product_imei": unit.imei, "attempted_retries": 0,
        "enable_history_id": None, "sms_timeout": 3600.0, "status": None,
        "trigger": "wakeup", "message": None, "modified_at": None,
        "created_by": ANN}
    assert re.fullmatch(r"/[0-9a-f]{16}/[0-9]{17}", row["message_reference"])
    assert datetime.datetime.fromisoformat(row["sent_time"])
    assert messages(login("ADMIN"), unit.imei) == [row]


def test_who_may(login, unit):
    path = "/products/%s/send_wakeup" % unit.imei
    assert login("TECHNICAL").post(path).status_code == 403
    assert login("ADMIN", "ENTITY").post(path).status_code == 404
    assert login("ADMIN").post("/products/nobody/send_wakeup").status_code \
        == 404
    assert login("ADMIN").put(path).status_code == 405
    assert messages(login("ADMIN"), unit.imei) == []


# ---- after enable and disable ----

def switched(login, unit, software):
    ann = login("TECHNICAL")
    unit.post_rc(software=software, enabled=False)
    assert ann.put("/products/%s/enable" % unit.imei).status_code == 200
    return ann


def test_enabling_wakes_what_understands_it(login, unit):
    ann = switched(login, unit, "hub-stc-6")
    sms, = messages(ann, unit.imei)
    product = ann.get("/products/" + unit.imei).json()
    assert sms["enable_history_id"] == product["latest_enable_history_id"]
    assert sms["trigger"] == "wakeup"
    # pending already: nothing is ordered, nothing is sent
    ann.put("/products/%s/enable" % unit.imei)
    assert len(messages(ann, unit.imei)) == 1
    ann.put("/products/%s/disable" % unit.imei)
    assert len(messages(ann, unit.imei)) == 2


def test_other_software_is_not_woken(system, login, unit):
    name = "s%d" % helio.fresh()
    version = system.post("/software_version_types", {
        "name": name, "release_date": "2020-01-01T00:00:00"}).json()
    ann = switched(login, unit, name)
    assert messages(ann, unit.imei) == []
    # the list is data
    r = system.post("/wakeup_software", {
        "software_version_type_id": version["software_version_type_id"]})
    assert r.status_code == 201, r.text
    ann.put("/products/%s/disable" % unit.imei)
    assert len(messages(ann, unit.imei)) == 1


def test_a_unit_without_software_is_not_woken(login, unit):
    ann = login("TECHNICAL")
    ann.put("/products/%s/enable" % unit.imei)
    assert messages(ann, unit.imei) == []


def test_users_of_one_entity_wake_their_units(server, login):
    unit = helio.Unit(server, *helio.new_hub2(login("FACTORY", "ENTITY")))
    unit.post_rc(software="hub-stc-1", enabled=False)
    ann = login("TECHNICAL", "ENTITY")
    assert ann.put("/products/%s/enable" % unit.imei).status_code == 200
    bob = login("ADMIN", "ENTITY")
    for verb in "send_wakeup", "force_connection":
        r = bob.post("/products/%s/%s" % (unit.imei, verb))
        assert r.status_code == 200, r.text
    assert len(messages(ann, unit.imei)) == 3


# ---- force_connection ----

def test_force_connection_means_a_message(login, unit):
    path = "/products/%s/force_connection" % unit.imei
    r = login("TECHNICAL").post(path)
    assert r.status_code == 403, r.text
    assert login("OVERVIEW").post(path).status_code == 403
    r = login("ADMIN").post(path)
    assert r.json() == {"status": "success", "data": {},
                        "message": "Force connection request sent"}
    assert len(messages(login("ADMIN"), unit.imei)) == 1


# ---- the file, and reports ----

@pytest.fixture
def sender(fresh_server, tmp_path):
    """A server that writes messages to a file, a unit, an administrator."""
    class Sender:
        file = tmp_path / "sms"
        server = fresh_server("--sms-file", tmp_path / "sms",
                              "--sms-report-url", "http://fleet.example")
        admin = server.login("ADMIN")
        factory = server.login("FACTORY")
        imei = helio.new_hub2(factory, iccid="89%d" % helio.fresh())[0]

        def wake(self):
            before = len(lines(self.file))
            r = self.admin.post("/products/%s/send_wakeup" % self.imei)
            assert r.status_code == 200, r.text
            until(lambda: len(lines(self.file)) > before)
            return lines(self.file)[-1]

        def report(self, sent, status, method="get", **more):
            url = urllib.parse.urlsplit(sent["report_url"])
            return requests.request(
                method, "%s%s?%s&status=%s" % (
                    self.server.url, url.path, url.query, status), **more)

        def row(self):
            return messages(self.admin, self.imei)[-1]

    return Sender()


def test_a_message_in_the_file(sender):
    sent = sender.wake()
    row = sender.row()
    product = sender.admin.get("/products/" + sender.imei).json()
    assert sent["to"] == product["imsi"]
    assert sent["text"] == "WAKEUP"
    assert sent["reference"] == row["message_reference"]
    assert sent["report_url"].startswith(
        "http://fleet.example/v1/sms/delivery?reference=")
    # who may read the history cannot make a report of it
    assert row["message_reference"] not in sent["report_url"]


def test_the_number_of_the_sim(sender):
    system = sender.server.login("SYSTEM")
    links = system.query("/part_product_linker", filters=[
        {"name": "product_imei", "op": "eq", "val": sender.imei}]).json()
    for link in links["objects"]:
        part = system.get("/parts/%d" % link["part_id"]).json()
        if part["part_type_id"] == 43:
            r = system.put("/parts/%d" % link["part_id"], {
                "properties": {"msisdn": "+250788123456"}})
            assert r.status_code == 200, r.text
    assert sender.wake()["to"] == "+250788123456"


def test_a_delivery_report(sender):
    sent = sender.wake()
    assert sender.report(sent, "8").status_code == 200
    assert sender.row()["status"] is None
    r = sender.report(sent, "1")
    assert r.json() == {"status": "success", "message": "Report taken",
                        "data": None}
    row = sender.row()
    assert row["status"] == "Delivered"
    assert row["modified_at"] > row["created_at"]
    # said again, it changes nothing
    for status in "1", "2", "8":
        assert sender.report(sent, status).status_code == 200
    assert sender.row() == row


def test_a_report_in_a_body(sender):
    sent = sender.wake()
    query = urllib.parse.parse_qs(
        urllib.parse.urlsplit(sent["report_url"]).query)
    url = sender.server.v1 + "/sms/delivery"
    body = {"reference": query["reference"][0], "status": "delivered"}
    assert requests.post(url, data=body).status_code == 200
    assert sender.row()["status"] == "Delivered"
    sent = sender.wake()
    query = urllib.parse.parse_qs(
        urllib.parse.urlsplit(sent["report_url"]).query)
    assert requests.post(url, json={
        "reference": query["reference"][0], "status": 1}).status_code == 200
    assert sender.row()["status"] == "Delivered"


def test_reports_that_are_none(sender):
    sent = sender.wake()
    url = sender.server.v1 + "/sms/delivery"
    row = sender.row()
    for query in ("", "?status=1", "?status=1&reference=",
                  "?status=1&reference=" + "x" * 64,
                  "?status=1&reference=" + "%00" * 64,
                  "?status=1&reference=" + row["message_reference"]):
        assert requests.get(url + query).status_code == 404, query
    assert sender.report(sent, "perhaps").status_code == 400
    assert requests.put(url).status_code == 405
    assert sender.row() == row


def test_a_failure_is_tried_again(sender):
    sent = sender.wake()
    assert sender.report(sent, "16").status_code == 200
    # said twice, it counts once
    assert sender.report(sent, "2").status_code == 200
    row = sender.row()
    assert (row["status"], row["attempted_retries"]) == (None, 1)
    assert sender.report(sent, "1").status_code == 200
    assert sender.row()["status"] == "Delivered"


def test_old_messages_expire(tmp_path):
    """What the outbox holds when the time is over."""
    folder = tmp_path / "data"
    helio.init(folder)
    server = helio.Server(folder)
    imei = helio.new_hub2(server.login("FACTORY"))[0]
    server.stop()
    at = "2020-01-01T00:00:00"
    helio.import_rows(folder, [
        {"table": "sms_history", "row": {
            "sms_history_id": n, "product_imei": imei, "sent_time": at,
            "attempted_retries": 0, "sms_timeout": 3600.0,
            "status": status, "trigger": "wakeup"}}
        for n, status in ((1, None), (2, "Delivered"))] + [
        {"table": "sms_waiting", "row": {
            "sms_history_id": n, "report_key": "%064d" % n}}
        for n in (1, 2)] + [
        {"table": "outbox", "row": {
            "outbox_id": 2 * n + i, "event": event, "payload": n,
            "created_at": at, "due_at": at, "attempts": 0}}
        for n in (1, 2) for i, event in enumerate(("sms", "sms-expiry"))])
    file = tmp_path / "sms"
    server = helio.Server(folder, "--sms-file", file)
    admin = server.login("ADMIN")
    until(lambda: messages(admin, imei)[0]["status"] == "Expired")
    assert messages(admin, imei)[1]["status"] == "Delivered"
    assert lines(file) == []
    r = requests.get(server.v1 + "/sms/delivery?status=1&reference=%064d" % 1)
    assert r.status_code == 404
    server.stop()


# ---- the generic gateway ----

def test_a_template(fresh_server, gateway):
    server = fresh_server(
        "--sms-provider", "http", "--sms-url", gateway.url +
        "/send?to={to}&m={text}&ref={reference}&by={from}&cb={report_url}",
        "--sms-text", "Wake up & go", "--sms-from", "Hélio",
        "--sms-user", "ann", "--sms-report-url", "http://fleet",
        env={"HELIO_SMS_PASSWORD": "secret"})
    admin = server.login("ADMIN")
    imei = helio.new_hub2(server.login("FACTORY"))[0]
    row = admin.post("/products/%s/send_wakeup" % imei).json()["data"]
    until(lambda: gateway.requests)
    method, path, headers, body = gateway.requests[0]
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(path).query)
    assert method == "GET"
    assert query["m"] == ["Wake up & go"] and query["by"] == ["Hélio"]
    assert query["ref"] == [row["message_reference"]]
    assert query["cb"][0].startswith("http://fleet/v1/sms/delivery?")
    assert headers["Idempotency-Key"] == row["message_reference"]
    assert headers["Authorization"] == "Basic YW5uOnNlY3JldA=="
    assert "secret" not in server.stderr()


def test_a_form(fresh_server, gateway):
    server = fresh_server(
        "--sms-provider", "http", "--sms-url", gateway.url + "/send",
        "--sms-body", "to={to}&pw={password}&unknown={word}",
        "--sms-password", "a&b")
    admin = server.login("ADMIN")
    imei = helio.new_hub2(server.login("FACTORY"))[0]
    admin.post("/products/%s/send_wakeup" % imei)
    until(lambda: gateway.requests)
    method, path, headers, body = gateway.requests[0]
    assert (method, path) == ("POST", "/send")
    product = admin.get("/products/" + imei).json()
    assert body == "to=%s&pw=a%%26b&unknown={word}" % product["imsi"]
    assert "Authorization" not in headers


def test_a_gateway_that_fails_at_first(fresh_server, gateway):
    gateway.answers = [500]
    server = fresh_server("--sms-provider", "http", "--sms-url",
                          gateway.url + "/?pw={password}",
                          env={"HELIO_SMS_PASSWORD": "secret"})
    admin = server.login("ADMIN")
    imei = helio.new_hub2(server.login("FACTORY"))[0]
    row = admin.post("/products/%s/send_wakeup" % imei).json()["data"]
    until(lambda: len(gateway.requests) == 2)
    assert len({r[2]["Idempotency-Key"] for r in gateway.requests}) == 1
    now, = messages(admin, imei)
    assert now["sms_history_id"] == row["sms_history_id"]
    assert now["attempted_retries"] == 1
    assert "answered 500" in server.stderr()
    assert "secret" not in server.stderr()


def test_the_password_is_not_printed():
    done = helio.run("serve", "--print-config",
                     env={"HELIO_SMS_PASSWORD": "hush"})
    assert "hush" not in done.stdout
    assert "sms_password is set" in done.stdout


@pytest.mark.parametrize("flags", [
    ("--sms-provider", "pigeon"), ("--sms-provider", "kannel"),
    ("--sms-provider", "http")])
def test_settings_that_cannot_be(fresh_server, flags):
    done = helio.run("serve", "--data", fresh_server.folder, *flags,
                     check=False, timeout=30)
    assert done.returncode != 0
    assert "sms_" in done.stderr


def test_nothing_is_lost_by_a_crash(fresh_server, gateway):
    """Ordered while the gateway is down, sent after a kill -9."""
    gateway.answers = [503]
    server = fresh_server("--sms-provider", "http", "--sms-url", gateway.url)
    imei = helio.new_hub2(server.login("FACTORY"))[0]
    server.login("ADMIN").post("/products/%s/send_wakeup" % imei)

    def given_back():
        return database.texts(
            server.folder, "SELECT 1 FROM outbox WHERE event = 'sms' AND "
            "attempts = 1 AND lease_until IS NULL")

    until(given_back)
    server.kill()
    server.start()
    until(lambda: len(gateway.requests) == 2)
    assert len({r[2]["Idempotency-Key"] for r in gateway.requests}) == 1
    row, = messages(server.login("ADMIN"), imei)
    assert row["attempted_retries"] == 1
