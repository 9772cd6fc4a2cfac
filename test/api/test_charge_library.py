"""The Blue Current part of libhelio from C: the programs in docs/examples/, with
the shared library, against the sandbox."""
import os
import re
import signal
import subprocess

import pytest

import helio
from sandbox import Sandbox

FOLDER = os.path.join(os.path.dirname(os.path.abspath(helio.HELIO)),
                      "docs", "examples")
ENV = {**os.environ, "BLUECURRENT_TOKEN": "sandbox-api-token"}
OPERATIONS = [
    "charge_cards", "charge_points", "status", "settings", "grid_status",
    "public_charging", "plug_and_charge", "operative", "start_session",
    "stop_session", "wait_for_response", "any_request", "reset", "reboot",
    "again"]


@pytest.fixture
def sandbox():
    sandbox = Sandbox("bluecurrent", "--answer-ms", "1", "--seed", "1")
    yield sandbox
    sandbox.stop()


def calls(*words, env=ENV):
    done = subprocess.run([os.path.join(FOLDER, "example_bluecurrent"), *words],
                          text=True, capture_output=True, env=env,
                          timeout=60)
    assert "Sanitizer" not in done.stderr, done.stderr
    return done


def test_every_operation(sandbox):
    done = calls(sandbox.url, "BCU101")
    # a point that restarts does not answer the next order
    assert re.findall(r"^(\w+): done$", done.stdout, re.M) == [
        one for one in OPERATIONS if one != "reboot"], done.stdout
    assert "reboot: REBOOT: reboot timeout for chargepoint: BCU101" in \
        done.stdout
    assert re.match(r"customer SANDBOX01; the request limit is reset in \d+",
                    done.stdout)
    for shown in ("  driver@example.com\n", "  BCU101 available: 0.00 kW\n",
                  "  most current of a phase: 3 A\n",
                  "  public charging: no\n"):
        assert shown in done.stdout
    # the next message, here a change that the session's end has pushed
    assert re.search(r"^  CH(ARGE_POINTS|_STATUS)$", done.stdout, re.M)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_one_operation(sandbox, operation):
    done = calls(sandbox.url, "BCU102", operation)
    # there is no session to stop yet
    if operation == "stop_session":
        assert done.returncode == 1
        assert "no active session for chargepoint: BCU102" in done.stdout
    else:
        assert done.returncode == 0, done.stdout
        assert "%s: done" % operation in done.stdout


def test_tokens_and_addresses(sandbox):
    done = calls(sandbox.url, "BCU101",
                 env={**ENV, "BLUECURRENT_TOKEN": "other"})
    assert (done.returncode, done.stderr) == (1, "Invalid API token\n")
    done = calls(sandbox.url, "BCU101",
                 env={**ENV, "BLUECURRENT_TOKEN": ""})
    assert done.stderr == "token not set\n"
    done = calls("http://127.0.0.1/", "BCU101")
    assert "is no ws:// or wss:// address" in done.stderr


def test_a_loop_of_ones_own_connects_again(sandbox):
    process = subprocess.Popen(
        [os.path.join(FOLDER, "example_bluecurrent_loop"), sandbox.url, "3"], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
    assert process.stdout.readline() == "CHARGE_POINTS \n"
    sandbox.control("POST", "close", {"code": 0})
    assert process.stdout.readline().startswith(
        "lost: connection was closed.")
    assert process.stdout.readline() == "CHARGE_POINTS \n"
    # a change that nobody asked for
    sandbox.control("POST", "points", {"evse_id": "BCU103", "vehicle": True})
    assert process.stdout.readline() == "CH_STATUS BCU103\n"
    assert process.wait(30) == 0
    assert process.stderr.read() == ""


def test_a_loop_that_is_ended(sandbox):
    process = subprocess.Popen(
        [os.path.join(FOLDER, "example_bluecurrent_loop"), sandbox.url, "99"], text=True,
        stdout=subprocess.PIPE, env=ENV)
    process.stdout.readline()
    # signals are the program's: the library's thread takes none
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == -signal.SIGTERM
    helio.until(lambda: sandbox.control("GET", "peers")["peers"] == 0)


def test_the_limit_ends_calls(sandbox):
    sandbox.fail("all:429:/GET_CH_STATUS")
    done = calls(sandbox.url, "BCU101", "status")
    assert done.stdout.endswith(
        "status: GET_CH_STATUS: Request limit reached\n")
    assert done.returncode == 1
