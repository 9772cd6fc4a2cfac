"""Fixtures of the black-box tests; see test/lib/helio.py."""
import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))

import database  # noqa: E402
import helio  # noqa: E402
import world as worlds  # noqa: E402
from stub import Stub  # noqa: E402


@pytest.fixture(autouse=True)
def _databases():
    """Those that a test has made go with it."""
    before = database.made()
    yield
    database.drop(before)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """One server for all tests that need nothing special of it."""
    folder = tmp_path_factory.mktemp("helio") / "data"
    helio.init(folder)
    server = helio.Server(folder)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """A server with rows in every table; see world.World."""
    world = worlds.World(tmp_path_factory.mktemp("world") / "data")
    yield world
    world.server.stop()


@pytest.fixture
def stub():
    """A server that says what the test tells it to; see stub.Stub."""
    stub = Stub()
    yield stub
    stub.close()


@pytest.fixture
def login(server):
    """login(level, scope) gives an Api; see helio.Api."""
    return server.login


@pytest.fixture
def system(server):
    return server.login("SYSTEM")


@pytest.fixture
def factory(server):
    return server.login("FACTORY")


@pytest.fixture
def unit(server, factory):
    """A registered Hub 2 that can speak."""
    imei, key = helio.new_hub2(factory)
    return helio.Unit(server, imei, key)


@pytest.fixture
def fresh_server(tmp_path):
    """Start servers on a data folder of this test's own:
    fresh_server(*flags).  All are stopped at the end."""
    folder = tmp_path / "data"
    helio.init(folder)
    started = []

    def start(*flags, env=None):
        started.append(helio.Server(folder, *flags, env=env))
        return started[-1]

    start.folder = folder
    yield start
    for one in started:
        if one.process.poll() is None:
            one.stop()
