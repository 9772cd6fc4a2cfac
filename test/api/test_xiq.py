"""`helio xiq`: what a capture asks, prints and keeps; its prompts in a
pseudo-terminal; counts as telemetry; the sandbox itself."""
import json
import os
import pty
import re
import select
import signal
import subprocess
import time

import pytest
import requests

import helio
from helio import until
from sandbox import Sandbox
from stub import DROP, Stub, closed_url

PATH = "/xapi/v1/monitor/clients"
NOW = "2020-11-23T17:12:34"
CREDENTIALS = {
    "HELIO_XIQ_CLIENT_ID": "sandbox-client",
    "HELIO_XIQ_CLIENT_SECRET": "sandbox-secret",
    "HELIO_XIQ_REDIRECT_URI": "https://sandbox.example",
    "HELIO_XIQ_TOKEN": "sandbox-token", "HELIO_XIQ_OWNER": "94009"}
SECRETS = ("sandbox-secret", "sandbox-token")


@pytest.fixture
def box():
    one = Sandbox("xiq", "--seed", "5", "--page-size", "300")
    yield one
    one.stop()


class Capture:
    """helio xiq in a folder of its own."""

    def __init__(self, url, folder):
        self.url, self.folder = url, folder
        self.env = {**CREDENTIALS, "HELIO_XIQ_URL": url,
                    "XDG_CONFIG_HOME": str(folder / "config")}

    def words(self, *words, hours=2):
        return ["xiq", "capture", "--now", NOW, "--hours", str(hours),
                *map(str, words)]

    def __call__(self, *words, code=0, hours=2, input="", env=None):
        done = helio.run(*self.words(*words, hours=hours), check=False,
                         cwd=self.folder, input=input,
                         env={**self.env, **(env or {})})
        assert done.returncode == code, done.stdout + done.stderr
        for secret in SECRETS:
            assert secret not in done.stdout + done.stderr
        return done.stdout

    @property
    def file(self):
        return self.folder / "data.json"

    def data(self):
        return json.loads(self.file.read_text())

    @property
    def failed(self):
        path = self.folder / "data.json.failed"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def capture(box, tmp_path):
    return Capture(box.url, tmp_path)


def at(hour):
    return "2020-11-23T%02d:00:00.000Z" % hour


def link(box, hour, page=0):
    return "%s%s?ownerId=94009&startTime=%s&endTime=%s%s" % (
        box.url, PATH, at(hour), at(hour + 1),
        "&page=%d" % page if page else "")


def truth(box, hour):
    return box.control("GET", "counts?startTime=%s&endTime=%s" % (
        at(hour), at(hour + 1)))


# ---- on the wire ----

def test_requests_are_the_seeds(box, capture):
    capture(hours=1)
    first, *others = box.requests()
    assert first.method == "GET" and first.body == ""
    assert first.target == PATH + "?ownerId=94009&startTime=%s&endTime=%s" \
        % (at(16), at(17))
    for name, value in (("x-ah-api-client-id", "sandbox-client"),
                        ("x-ah-api-client-secret", "sandbox-secret"),
                        ("x-ah-api-client-redirect-uri",
                         "https://sandbox.example"),
                        ("authorization", "Bearer sandbox-token"),
                        ("content-type", "application/json")):
        assert first.headers[name] == value
    # pages count from 0: the first call was one
    assert [one.target for one in others][:2] == [
        first.target + "&page=1", first.target + "&page=2"]


def test_the_page_size_comes_last(box, capture):
    capture("--page-size", "100", hours=1)
    targets = [one.target for one in box.requests()]
    assert targets[0].endswith("%s&pageSize=100" % at(17))
    assert targets[1].endswith("&page=1&pageSize=100")


def test_a_day_is_25_windows(box, capture):
    capture(hours=24)
    assert len(capture.data()) == 25
    assert list(capture.data())[0] == "2020-11-22T17:00:00.000Z"
    assert list(capture.data())[-1] == at(17)


# ---- counting ----

def test_counts_are_right(box, capture):
    said = capture()
    assert capture.data() == {at(h): truth(box, h) for h in (15, 16, 17)}
    assert sum(capture.data()[at(16)].values()) > 600
    assert capture.failed == []
    pages = -(-sum(truth(box, 15).values()) // 300)
    assert said.split("\n\n")[0].splitlines() == [
        "collecting client data for " + at(15), "successful connection",
        *("API call on %d of %d" % (i, pages - 1) for i in range(1, pages)),
        "completed capture at 2020-11-23 15:00:00+00:00"]


def test_clients_that_come_twice_and_cables(tmp_path):
    box = Sandbox("xiq", "--doubles", "30", "--wired", "20", "--seed", "1")
    try:
        capture = Capture(box.url, tmp_path)
        capture(hours=1)
        assert capture.data()[at(16)] == truth(box, 16)
    finally:
        box.stop()


def test_steps_of_some_hours(box, capture):
    capture("--step", "3", hours=6)
    assert list(capture.data()) == [at(11), at(14), at(17)]


def test_the_file_is_merged(box, capture):
    capture.file.write_text(json.dumps({
        "2019-01-01T00:00:00.000Z": {"Old": 3}, at(16): {"Wrong": 1}}))
    capture()
    data = capture.data()
    assert data["2019-01-01T00:00:00.000Z"] == {"Old": 3}
    assert data[at(16)] == truth(box, 16)
    assert list(data)[0] == "2019-01-01T00:00:00.000Z"
    # as the original's readers know it
    assert capture.file.read_text() == json.dumps(data)


def test_a_file_of_another_kind_is_left_alone(box, capture):
    capture.file.write_text("[1, 2]")
    capture(code=1)
    assert capture.file.read_text() == "[1, 2]"
    assert box.requests() == []


# ---- a stop loses nothing ----

def test_stopped_and_resumed(box, capture):
    box.control("PUT", "faults", {"delay": 150})
    process = subprocess.Popen(
        [helio.HELIO, *capture.words(hours=6)], cwd=capture.folder,
        stdout=subprocess.DEVNULL, env={**os.environ, **capture.env})
    until(lambda: capture.file.exists() and len(capture.data()) >= 2)
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    had = list(capture.data())
    assert len(had) < 7
    box.control("PUT", "faults", {"delay": 0})
    box.forget()
    said = capture("--resume", hours=6)
    assert said.count("already captured") == len(had)
    asked = {re.search("startTime=([^&]+)", one.target).group(1)
             for one in box.requests()}
    assert not asked & set(had)
    assert capture.data() == {at(h): truth(box, h) for h in range(11, 18)}


# ---- failures, with nobody to ask ----

def test_a_page_that_fails_once(box, capture):
    box.control("PUT", "pages", [{"page": 1, "how": "malformed"},
                                 {"page": 2, "how": "error"}])
    said = capture(hours=1)
    assert capture.data()[at(16)] == truth(box, 16)
    assert "unknown API error: on API " + link(box, 16, 1) in said
    assert "API Failed with reason: Status Code 500: internal error - on " \
        "API " + link(box, 16, 2) in said
    assert "\nThere were 2 API calls that failed\n\n" \
        "Retry 1 of 2: Successful\nRetry 2 of 2: Successful\n" in said


def test_a_page_that_fails_for_good(box, capture):
    box.control("PUT", "pages", [{"page": 1, "start": at(16), "times": 9}])
    said = capture(code=1)
    assert "Retry 1 of 1: Failure - added to Failed list\n" in said
    # one more round, then the link is left for somebody to look
    assert "Trying 1 of 1: Failure\n" in said
    assert said.endswith("%s::%s\n" % (link(box, 16, 1), at(16)))
    assert capture.failed == ["%s::%s" % (link(box, 16, 1), at(16))]
    data = capture.data()
    assert data[at(15)] == truth(box, 15)
    assert 0 < sum(data[at(16)].values()) < sum(truth(box, 16).values())
    # a later run takes that window alone anew
    box.control("PUT", "pages", [])
    box.forget()
    capture("--resume")
    assert capture.data()[at(16)] == truth(box, 16)
    assert capture.failed == []
    assert all("startTime=" + at(16) in one.target
               for one in box.requests())


@pytest.mark.parametrize("how,line", [
    ("error", "API Failed with reason: Status Code 500: internal error - "
     "on API %s"),
    ("malformed", "unknown API error: on API %s"),
    ("no pagination", "unknown API error: on API %s")])
def test_a_first_call_that_fails(box, capture, how, line):
    box.control("PUT", "pages", [{"page": 0, "start": at(15), "times": 5,
                                  "how": how}])
    said = capture(code=1)
    assert said.count(line % link(box, 15)) == 5
    assert "API call has failed 5 times: " + link(box, 15) in said
    assert "Skipping 2020-11-23 15:00:00+00:00\n" in said
    assert list(capture.data()) == [at(16), at(17)]
    # the next run asks for it again
    capture("--resume")
    assert set(capture.data()) == {at(15), at(16), at(17)}


def test_four_failures_are_none(box, capture):
    box.control("PUT", "pages", [{"page": 0, "start": at(15), "times": 4}])
    said = capture()
    assert " - attempt 2 of 5\n" in said and " - attempt 5 of 5\n" in said
    assert capture.data()[at(15)] == truth(box, 15)


def test_stop_as_policy(box, capture):
    box.control("PUT", "pages", [{"page": 0, "start": at(16), "times": 9}])
    capture("--on-failure", "stop", code=1)
    assert list(capture.data()) == [at(15)]


def test_what_came_of_it_as_json(box, capture):
    box.control("PUT", "pages", [{"page": 0, "start": at(15), "times": 9}])
    said = capture("--json", "--tries", "2", code=1)
    assert json.loads(said) == {
        "counted": 2, "kept": 0, "skipped": 1, "calls_left": 0,
        "stopped": False, "unsent": 0}


def test_refusals_are_told(box, capture):
    said = capture("--on-failure", "stop", code=1,
                   env={"HELIO_XIQ_TOKEN": "wrong"})
    assert "Status Code 401: invalid access token" in said
    said = capture("--on-failure", "stop", "--owner", "5", code=1)
    assert "Status Code 403" in said and "ownerId=5&" in said


def test_broken_connections_and_nobody_there(tmp_path):
    stub = Stub()
    try:
        stub.answer(DROP)
        said = Capture(stub.url, tmp_path)("--on-failure", "stop", code=1)
        assert said.count("Other error occurred: ") == 5
        assert len(stub.requests) == 5
    finally:
        stub.close()
    url = closed_url()
    said = Capture(url, tmp_path)("--on-failure", "stop", code=1)
    assert "Other error occurred: " in said


@pytest.mark.parametrize("name", [
    "CLIENT_ID", "CLIENT_SECRET", "REDIRECT_URI", "TOKEN", "OWNER", "URL"])
def test_what_is_missing_is_named(tmp_path, name):
    env = {**CREDENTIALS, "HELIO_XIQ_URL": "http://127.0.0.1:1",
           "XDG_CONFIG_HOME": str(tmp_path)}
    del env["HELIO_XIQ_" + name]
    done = helio.run("xiq", "capture", check=False, env=env, cwd=tmp_path)
    assert done.returncode == 2
    assert "missing" in done.stderr
    assert not (tmp_path / "data.json").exists()


def test_the_account_from_a_file(box, tmp_path):
    path = tmp_path / "account"
    path.write_text("".join("%s = %s\n" % (
        name.replace("HELIO_XIQ_", "").lower(), value)
        for name, value in CREDENTIALS.items()) + "url = %s\n" % box.url)
    helio.run("xiq", "capture", "--config", path, "--now", NOW, "--hours",
              "1", cwd=tmp_path, env={"XDG_CONFIG_HOME": str(tmp_path)})
    assert (tmp_path / "data.json").exists()


@pytest.mark.parametrize("words", [
    ("--owner", "1&x=2"), ("--page-size", "many"), ("--now", "whenever"),
    ("--on-failure", "pray"), ("--hours", "100000")])
def test_words_that_make_no_sense(box, capture, words):
    capture(*words, code=2)
    assert box.requests() == []


# ---- prompts ----

class Terminal:
    """A capture whose owner sits at a terminal."""

    def __init__(self, capture, *words):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(capture.folder)
            os.execve(helio.HELIO, [helio.HELIO, *capture.words(*words)],
                      {**os.environ, **capture.env})
        self.said = ""
        self.seen = 0

    def _read(self, seconds):
        if not select.select([self.fd], [], [], seconds)[0]:
            return False
        try:
            more = os.read(self.fd, 65536)
        except OSError:
            return False
        self.said += more.decode().replace("\r\n", "\n")
        return bool(more)

    def wait_for(self, text):
        end = time.monotonic() + 30
        while text not in self.said[self.seen:]:
            assert time.monotonic() < end, self.said
            self._read(0.5)
        self.seen = self.said.index(text, self.seen) + len(text)

    def answer(self, question, answer):
        self.wait_for(question + "? (y/n)")
        os.write(self.fd, answer.encode() + b"\n")

    def end(self):
        """The exit status, when it has ended."""
        while self._read(30):
            pass
        os.close(self.fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


MORE = "Would you like to continue trying 5 more times"
ONCE = "Would you like to try this call again"
FAILED = "There are 1 API calls that have failed attempts. " \
    "Would you like to rety these"


def test_prompt_after_five_failures(box, capture):
    box.control("PUT", "pages", [{"page": 0, "start": at(15), "times": 10}])
    terminal = Terminal(capture)
    terminal.answer(MORE, "maybe")
    terminal.wait_for("Please enter 'y' or 'n'")
    os.write(terminal.fd, b"Y\n")
    terminal.answer(MORE, "n")
    terminal.wait_for("Skipping 2020-11-23 15:00:00+00:00")
    terminal.wait_for("completed capture at 2020-11-23 17:00:00+00:00")
    assert terminal.end() == 1
    assert list(capture.data()) == [at(16), at(17)]
    asked = [one for one in box.requests() if at(15) + "&" in one.target]
    assert len(asked) == 10


def test_prompt_after_an_answer_that_is_none(box, capture):
    box.control("PUT", "pages", [{"page": 0, "start": at(15), "times": 2,
                                  "how": "malformed"}])
    terminal = Terminal(capture)
    terminal.wait_for("unknown API error: on API " + link(box, 15))
    terminal.answer(ONCE, "y")
    terminal.wait_for("Unknown API error - attempt 2 of 5")
    terminal.answer(ONCE, "y")
    terminal.wait_for("Unknown API error - attempt 3 of 5")
    assert terminal.end() == 0
    assert capture.data()[at(15)] == truth(box, 15)


def test_prompt_about_pages_that_failed(box, capture):
    box.control("PUT", "pages", [{"page": 1, "start": at(15), "times": 3}])
    terminal = Terminal(capture)
    terminal.wait_for("There were 1 API calls that failed")
    terminal.wait_for("Retry 1 of 1: Failure - added to Failed list")
    terminal.answer(FAILED, "y")
    terminal.wait_for("Trying 1 of 1: Failure")
    terminal.answer(FAILED, "y")
    terminal.wait_for("Trying 1 of 1: Success")
    assert terminal.end() == 0
    assert capture.data()[at(15)] == truth(box, 15)


def test_prompt_answered_with_no_prints_the_links(box, capture):
    box.control("PUT", "pages", [{"page": 1, "start": at(15), "times": 3}])
    terminal = Terminal(capture)
    terminal.answer(FAILED, "n")
    terminal.wait_for("%s::%s" % (link(box, 15, 1), at(15)))
    assert terminal.end() == 1


def test_answers_through_a_pipe(box, capture):
    box.control("PUT", "pages", [{"page": 0, "start": at(15), "times": 5}])
    capture("--on-failure", "ask", input="y\n")
    box.control("PUT", "pages", [{"page": 0, "start": at(15), "times": 5}])
    # the end of the answers is a no
    capture("--on-failure", "ask", input="", code=1)


# ---- shown ----

def show(folder, *words, check=True):
    return helio.run("xiq", "show", *words, cwd=folder, check=check)


def test_shown(tmp_path):
    (tmp_path / "data.json").write_text(json.dumps({
        at(15): {"Guest": 10, 'A "b", c': 40}, at(16): {"Guest": 20},
        at(17): {}}))
    assert show(tmp_path, "--csv").stdout.replace("\r\n", "\n") == (
        'TIME,"A ""b"", c",Guest\n%s,40,10\n%s,,20\n%s,,\n' % (
            at(15), at(16), at(17)))
    assert json.loads(show(tmp_path, "--json").stdout) == json.loads(
        (tmp_path / "data.json").read_text())
    chart = show(tmp_path, "--ssid", "Guest").stdout.splitlines()
    assert chart[0] == "Guest"
    assert [len(line) - len(line.rstrip("#")) for line in chart[1:]] == [
        27, 54, 0]
    assert chart[1].startswith("  2020-11-23 15:00      10 #")


def test_shown_without_steering_the_terminal(tmp_path):
    (tmp_path / "x").write_text(json.dumps({at(15): {"a\x1b[2J": 1}}))
    assert "\x1b" not in show(tmp_path, "x").stdout


def test_nothing_to_show(tmp_path):
    assert show(tmp_path).stdout == ""
    (tmp_path / "data.json").write_text("x")
    done = show(tmp_path, check=False)
    assert done.returncode == 1 and "data.json" in done.stderr


# ---- as telemetry ----

@pytest.fixture
def fleet(server, login, unit):
    """What `helio` needs to write to the server, and a product."""
    class Fleet:
        imei = unit.imei
        env = {"HELIO_URL": server.url,
               "HELIO_TOKEN": login("TECHNICAL").token}

        def data(self, **more):
            reply = login("OVERVIEW").get(
                "/products/%s/data" % unit.imei, params={
                    "measurement": "wifi_clients", "start": "2020-01-01",
                    **more})
            assert reply.status_code == 200, reply.text
            return reply.json()["data"]
    return Fleet()


def as_samples(data):
    """{ssid: {start: clients}} of a counts file, times as replies have
    them."""
    found = {}
    for start, counts in data.items():
        for ssid, clients in counts.items():
            found.setdefault(ssid, {})[start[:19] + "Z"] = clients
    return found


def samples(reply):
    return {name: {when: value for value, when in pairs if value is not None}
            for name, pairs in reply.items()
            if name not in ("measurement", "tags")}


def test_counts_become_telemetry(box, capture, fleet):
    capture("--push", fleet.imei, "--tags", "site=north,floor=2",
            env=fleet.env)
    assert samples(fleet.data()) == as_samples(capture.data())
    assert samples(fleet.data(tags='{"site": "north"}')) == as_samples(
        capture.data())
    assert samples(fleet.data(tags='{"site": "south"}')) == {}


def test_a_page_that_came_late_mends_the_telemetry(box, capture, fleet):
    box.control("PUT", "pages", [{"page": 1, "start": at(15), "times": 2}])
    capture("--push", fleet.imei, env=fleet.env)
    assert capture.data()[at(15)] == truth(box, 15)
    assert samples(fleet.data()) == as_samples(capture.data())


def test_pushed_later(box, capture, fleet):
    said = capture("--push", fleet.imei, "--json", code=1,
                   env={**fleet.env, "HELIO_URL": closed_url()})
    assert json.loads(said)["unsent"] == 3
    for _ in range(2):      # twice changes nothing
        helio.run("xiq", "push", "--imei", fleet.imei, cwd=capture.folder,
                  env=fleet.env)
    assert samples(fleet.data()) == as_samples(capture.data())
    done = helio.run("xiq", "push", "--imei", "nobody", check=False,
                     cwd=capture.folder, env=fleet.env)
    assert done.returncode == 4
    done = helio.run("xiq", "push", "--imei", fleet.imei, "--tags", "x",
                     check=False, cwd=capture.folder, env=fleet.env)
    assert done.returncode == 2


# ---- the sandbox, as any client sees it ----

def ask(box, headers=None, **query):
    return requests.get(box.url + PATH, params={
        "ownerId": "94009", "startTime": at(15), "endTime": at(16), **query},
        headers={"X-AH-API-CLIENT-ID": "sandbox-client",
                 "X-AH-API-CLIENT-SECRET": "sandbox-secret",
                 "X-AH-API-CLIENT-REDIRECT-URI": "https://sandbox.example",
                 "Authorization": "Bearer sandbox-token",
                 "Content-Type": "application/json", **(headers or {})})


def test_pages_from_zero_to_past_the_end(box):
    """A client that asks for pages 1 to n, as the original does, gets an
    empty list on the last (fact sheet, section 4)."""
    first = ask(box).json()
    assert first == ask(box, page=0).json()
    assert first["error"] is None
    total = first["pagination"]["totalCount"]
    n = -(-total // first["pagination"]["countInPage"])
    ids = [one["clientId"] for one in first["data"]]
    for page in range(1, n + 1):
        reply = ask(box, page=page).json()
        assert reply["pagination"]["totalCount"] == total
        assert reply["pagination"]["countInPage"] == len(reply["data"])
        ids += [one["clientId"] for one in reply["data"]]
    assert reply["data"] == [] and reply["error"] is None
    assert len(ids) == len(set(ids)) == total


def test_a_client_as_it_is_told(box):
    one = ask(box, pageSize=1).json()["data"][0]
    assert set(one) == {"clientId", "clientMac", "hostName",
                        "connectionType", "ssid", "sessionStart",
                        "sessionEnd"}
    assert one["connectionType"] == "WIRELESS"


def test_the_same_seed_has_the_same_clients(box):
    other = Sandbox("xiq", "--seed", "5", "--page-size", "300")
    third = Sandbox("xiq", "--seed", "6", "--page-size", "300")
    try:
        assert ask(other).json() == ask(box).json()
        assert ask(third).json() != ask(box).json()
    finally:
        other.stop()
        third.stop()


@pytest.mark.parametrize("status,headers,query", [
    (401, {"Authorization": "Bearer x"}, {}),
    (401, {"X-AH-API-CLIENT-SECRET": "x"}, {}),
    (403, {}, {"ownerId": "1"}), (400, {}, {"startTime": "x"}),
    (400, {}, {"endTime": at(15)}), (400, {}, {"page": "x"}),
    (400, {}, {"pageSize": "0"})])
def test_errors_are_members(box, status, headers, query):
    reply = ask(box, headers, **query)
    assert reply.status_code == reply.json()["error"]["status"] == status
    assert reply.json()["error"]["message"]


def test_injected_faults_have_the_services_form(box):
    box.fail("all:503")
    reply = ask(box)
    assert reply.status_code == 503
    assert reply.json()["error"] == {"status": 503,
                                     "message": "injected fault"}
    box.fail("")
    assert ask(box).status_code == 200


def test_settings_that_cannot_be():
    for words in (("--clients", "200001"), ("--clients", "-1"),
                  ("--ssids", ""), ("--ssids", "a,,b"),
                  ("--page-size", "0"), ("--wired", "101")):
        done = helio.run("sandbox", "xiq", "--listen", "127.0.0.1:0",
                         *words, check=False, timeout=30)
        assert done.returncode == 2, words
