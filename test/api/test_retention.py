"""helio telemetry retention: how long samples are kept, and who says so."""
import json

import pytest
import requests

import helio


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("retention") / "data"
    helio.init(folder)
    server = helio.Server(folder)
    yield server
    server.stop()


@pytest.fixture
def cli(place, tmp_path):
    """cli(words..): the completed process."""
    def run(*words, code=0, level="SYSTEM"):
        done = helio.run("telemetry", "retention", *words, check=False, env={
            "HELIO_URL": place.url, "HELIO_TOKEN": place.login(level).token,
            "HELIO_SESSION": str(tmp_path / "session.json")})
        assert done.returncode == code, (done.stdout, done.stderr)
        return done
    return run


def listed(cli):
    rows = [line.split() for line in cli("list").stdout.splitlines()]
    assert rows[0] == ["measurement", "name", "kept"]
    return {tuple(row) for row in rows[1:]}


def shown(place):
    """SHOW RETENTION POLICIES: {name: duration}."""
    reply = requests.get(place.url + "/query", params={
        "q": "SHOW RETENTION POLICIES"}, headers={
            "Authorization": "Bearer " + place.login("OVERVIEW").token})
    return {row[0]: row[1]
            for row in reply.json()["results"][0]["series"][0]["values"]}


def test_the_seeds_policies_are_there(place, cli):
    assert listed(cli) >= {("telemetry", "telemetry_rp", "forever"),
                           ("analysis", "analysis_rp", "forever")}
    assert shown(place) == {"autogen": "0s", "telemetry_rp": "0s",
                            "analysis_rp": "0s"}
    rows = [json.loads(line)
            for line in cli("list", "--json").stdout.splitlines()]
    assert {(row["measurement"], row["name"], row["duration"])
            for row in rows} == {("telemetry", "telemetry_rp", None),
                                 ("analysis", "analysis_rp", None)}


def test_set_and_remove(place, cli):
    assert cli("set", "telemetry", "104w").stdout == \
        "telemetry: kept for 104w\n"
    assert ("telemetry", "telemetry_rp", "104w") in listed(cli)
    assert shown(place)["telemetry_rp"] == "17472h0m0s"
    cli("set", "telemetry", "36h")
    assert ("telemetry", "telemetry_rp", "36h") in listed(cli)
    assert shown(place)["telemetry_rp"] == "36h0m0s"
    cli("set", "telemetry", "90d", "--name", "quarter")
    assert ("telemetry", "quarter", "90d") in listed(cli)
    cli("set", "telemetry", "forever", "--name", "telemetry_rp")
    assert ("telemetry", "telemetry_rp", "forever") in listed(cli)
    assert shown(place)["telemetry_rp"] == "0s"

    cli("set", "log book", "90m")
    assert shown(place)["log book_rp"] == "1h30m0s"
    assert cli("remove", "log book").stdout == \
        "log book: kept forever, without a policy\n"
    assert "log book_rp" not in shown(place)
    assert "no policy" in cli("remove", "log book", code=4).stderr


@pytest.mark.parametrize("duration", [
    "", "0s", "-1d", "1", "d", "1y", "1.5h", "1 d", "1dd", "90D", "for ever",
    "10000000001s", "99999999999999999999w"])
def test_what_is_no_duration(cli, duration):
    done = cli("set", "m", duration, code=2)
    assert "is no duration" in done.stderr


def test_who_may(cli):
    cli("list", level="OVERVIEW")
    assert "not allowed" in cli("set", "m", "1d", code=4,
                                level="FACTORY").stderr
    assert "not allowed" in cli("remove", "telemetry", code=4,
                                level="FACTORY").stderr


def test_a_name_that_is_taken(cli):
    done = cli("set", "m", "1d", "--name", "telemetry_rp", code=4)
    assert done.stderr != ""
    assert not any(row[0] == "m" for row in listed(cli))


def test_policies_that_the_api_sets(place, cli):
    """Seconds with a fraction, and what retention takes for ever."""
    api = place.login()
    for name, duration in (("part", 0.5), ("long", 2e10), ("none", 0)):
        assert api.post("/retention_policies", {
            "name": name, "measurement": name,
            "duration": duration}).status_code == 201
    found = shown(place)
    assert [found[name] for name in ("part", "long", "none")] == \
        ["0.5s", "0s", "0s"]
    assert ("part", "part", "0.5s") in listed(cli)
