"""The shell of all sandboxes, seen through the field devices' one: options,
configuration, faults, recording, the control endpoint."""
import base64
import re
import subprocess
import threading
import time

import pytest
import requests

import helio
from sandbox import Sandbox

BASIC = "Basic " + base64.b64encode(b"sandbox-client:sandbox-secret").decode()


@pytest.fixture
def sandbox():
    """sandbox(*flags, kind=): one that is stopped at the end."""
    started = []

    def start(*flags, kind="field-device"):
        started.append(Sandbox(kind, *flags))
        return started[-1]
    yield start
    for one in started:
        one.stop()


def ask_token(box, **more):
    return requests.post(box.url + "/oauth2/token", timeout=30, **{
        "data": {"grant_type": "client_credentials"},
        "headers": {"Authorization": BASIC}, **more})


# ---- recording ----

def test_requests_are_recorded_as_they_came(sandbox):
    box = sandbox()
    reply = requests.post(box.url + "/v2/device/info?x=%20y", data=b'{"a": 1}',
                          headers={"X-Odd": "Yes", "Content-Type": "x/y"})
    one, = box.requests()
    assert (one.method, one.target, one.body) == (
        "POST", "/v2/device/info?x=%20y", '{"a": 1}')
    assert one.headers["x-odd"] == "Yes"
    assert one.headers["content-type"] == "x/y"
    assert one.status == reply.status_code == 401


def test_requests_are_found_by_path_and_forgotten(sandbox):
    box = sandbox()
    for path in ("/a/1", "/a/2", "/b"):
        assert requests.get(box.url + path).status_code == 404
    assert [one.target for one in box.requests("/a/*")] == ["/a/1", "/a/2"]
    after = box.requests()[0].seq
    later = box.control("GET", "requests?after=%d" % after)["requests"]
    assert [one["target"] for one in later] == ["/a/2", "/b"]
    box.forget()
    assert box.requests() == []


def test_recording_is_bounded(sandbox):
    box = sandbox()
    session = requests.Session()
    for i in range(4100):
        session.get(box.url + "/%d" % i)
    kept = box.control("GET", "requests")
    assert len(kept["requests"]) == 4096 and kept["forgotten"] == 4
    assert kept["requests"][0]["target"] == "/4"


def test_other_bytes_than_text(sandbox):
    box = sandbox()
    requests.post(box.url + "/x", data=b"\xff\x00\xc3\xa9")
    assert box.requests()[0].body == "\ufffd\x00\u00e9"


# ---- faults ----

def statuses(box, n, path="/v2/device/info"):
    found = []
    for _ in range(n):
        try:
            found.append(requests.post(box.url + path).status_code)
        except requests.ConnectionError:
            found.append("gone")
    return found


@pytest.mark.parametrize("spec,wanted", [
    ("every=3:503", [401, 401, 503, 401, 401, 503]),
    ("first=2:drop", ["gone", "gone", 401, 401, 401, 401]),
    ("after=4:500", [401, 401, 401, 401, 500, 500]),
    ("nth=2:429,nth=3:drop", [401, 429, "gone", 401, 401, 401]),
    ("all:418:/v2/*", [418] * 6),
    ("all:418:/v1/*", [401] * 6),
    ("100%:500", [500] * 6),
    ("first=1:500,all:502", [500, 502, 502, 502, 502, 502])])
def test_faults(sandbox, spec, wanted):
    assert statuses(sandbox("--fail", spec), 6) == wanted


def test_a_fault_can_tell_when_to_come_again(sandbox):
    box = sandbox("--fail", "first=1:503/7")
    reply = requests.post(box.url + "/x")
    assert (reply.status_code, reply.headers["Retry-After"]) == (503, "7")
    assert "error" in reply.json()


def test_half_an_answer(sandbox):
    box = sandbox("--fail", "nth=1:malformed:/oauth2/*")
    broken, whole = ask_token(box), ask_token(box)
    assert broken.status_code == 200
    with pytest.raises(ValueError):
        broken.json()
    assert len(broken.content) * 2 in (len(whole.content),
                                       len(whole.content) - 1)


def test_the_same_seed_is_the_same_story(sandbox):
    def story(seed):
        box = sandbox("--seed", seed, "--fail", "50%:500")
        return statuses(box, 20), ask_token(box).content
    assert story(7) == story(7)
    assert story(7) != story(8)


@pytest.mark.parametrize("spec", [
    "503", "every:503", "every=0:503", "all:99", "all:600", "all:explode",
    "every=3:503/x", "0%:503", "all:drop:" + "x" * 200, ",",
    ",".join(["all:500"] * 17)])
def test_faults_that_make_no_sense(spec):
    done = helio.run("sandbox", "field-device", "--listen", "127.0.0.1:0",
                     "--fail", spec, check=False)
    assert done.returncode == 2 and "fail" in done.stderr


def test_faults_are_changed_while_it_runs(sandbox):
    box = sandbox()
    box.fail("all:500")
    assert statuses(box, 2) == [500, 500]
    box.fail("")
    assert statuses(box, 1) == [401]
    reply = requests.put(box.url + "/_control/faults", json={"fail": "x"})
    assert reply.status_code == 400 and "'x'" in reply.json()["error"]
    assert statuses(box, 1) == [401]


def test_the_limit_counts_an_hour_of_the_clock(sandbox):
    box = sandbox("--limit", "2")
    assert statuses(box, 3) == [401, 401, 429]
    box.advance(3600)
    assert statuses(box, 3) == [401, 401, 429]
    box.control("PUT", "faults", {"limit": 0})
    assert statuses(box, 3) == [401, 401, 401]


def test_answers_wait(sandbox):
    box = sandbox("--delay", "300")
    start = time.monotonic()
    assert statuses(box, 1) == [401]
    assert time.monotonic() - start >= 0.3
    box.control("PUT", "faults", {"delay": 0})
    assert statuses(box, 1) == [401]


def test_a_stop_does_not_wait_for_late_answers(sandbox):
    box = sandbox("--delay", "600000")
    got = []
    thread = threading.Thread(target=lambda: got.extend(statuses(box, 1)))
    thread.start()
    helio.until(lambda: box.requests())
    box.stop()
    thread.join(10)
    assert got == [401]


# ---- the clock, paths, methods ----

def test_the_clock_moves_forward_only(sandbox):
    box = sandbox()
    before = box.control("GET", "clock")["now"]
    assert box.advance(86400)["now"][:10] > before[:10]
    for body in ({"advance": -1}, {"advance": "1"}, {}, [1]):
        reply = requests.post(box.url + "/_control/clock", json=body)
        assert reply.status_code == 400


@pytest.mark.parametrize("method,path,status", [
    ("GET", "/", 404), ("GET", "/v2/device/info", 405),
    ("GET", "/_control/nothing", 404), ("PUT", "/_control/clock", 405),
    ("POST", "/v1/devices/command//send", 404),
    ("POST", "/v1/devices/command/a/b/send", 404)])
def test_paths_that_are_none(sandbox, method, path, status):
    box = sandbox()
    assert requests.request(method, box.url + path).status_code == status


# ---- options and configuration ----

def test_defaults_are_in_the_help():
    page = helio.run("sandbox", "field-device", "--help").stdout
    assert re.search(r"--client-id VALUE .*default sandbox-client", page)
    assert re.search(r"--token-path VALUE .*default /oauth2/token", page)


def test_settings_from_a_file_and_from_flags(sandbox, tmp_path):
    (tmp_path / "box.conf").write_text(
        "client_id = ann\nclient-secret = s1\ndevices = 0\n"
        "[device 350000000000006]\ninfo = 499\n")
    box = sandbox("--config", tmp_path / "box.conf", "--client-secret", "s2")
    assert ask_token(box).status_code == 401
    right = base64.b64encode(b"ann:s2").decode()
    reply = ask_token(box, headers={"Authorization": "Basic " + right})
    assert reply.status_code == 200
    devices = box.control("GET", "devices")["devices"]
    assert [one["imei"] for one in devices] == ["350000000000006"]


@pytest.mark.parametrize("text,says", [
    ("nonsense = 1\n", "nonsense"), ("[what]\nx = 1\n", "what"),
    ("[device 1]\nsize = 1\n", "size"), ("[device 1]\ninfo = x\n", "info"),
    ("expired = never\n", "expired"), ("imei_prefix = 12\n", "imei_prefix"),
    ("client_id\n", "line 1")])
def test_configuration_that_makes_no_sense(tmp_path, text, says):
    (tmp_path / "box.conf").write_text(text)
    done = helio.run("sandbox", "field-device", "--listen", "127.0.0.1:0",
                     "--config", tmp_path / "box.conf", check=False)
    assert done.returncode == 2 and says in done.stderr


@pytest.mark.parametrize("flags,code", [
    (["--config", "/no/such"], 1), (["--listen", "nowhere"], 1),
    (["--tls-cert", "/no/such", "--tls-key", "/no/such"], 1),
    (["--delay", "99999999"], 2), (["--delay", "-1"], 2)])
def test_what_cannot_start(flags, code):
    done = helio.run("sandbox", "field-device", "--listen", "127.0.0.1:0",
                     *flags, check=False)
    assert done.returncode == code and done.stderr.startswith("helio: ")


def test_tls(sandbox, tmp_path):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
         "1", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=IP:127.0.0.1", "-keyout", tmp_path / "key.pem",
         "-out", tmp_path / "cert.pem"], check=True, capture_output=True)
    box = sandbox("--tls-cert", tmp_path / "cert.pem",
                  "--tls-key", tmp_path / "key.pem")
    assert box.url.startswith("https://")
    assert ask_token(box, verify=tmp_path / "cert.pem").status_code == 200
