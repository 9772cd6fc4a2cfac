"""What the documents say of the data endpoint, sentence by sentence, where the
examples (test_seed_examples.py) and the functions (test_telemetry_query.py)
do not show it."""
import datetime as dt

import pytest

import helio

NOW = dt.datetime.utcnow().replace(microsecond=0)


def ago(**how):
    return (NOW - dt.timedelta(**how)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def imei(server):
    return helio.new_hub2(server.login("FACTORY"))[0]


@pytest.fixture
def write(system, imei):
    """write(fields, **members): stored."""
    def write(fields, **members):
        reply = system.post("/products/%s/data" % imei, {
            "measurement": "telemetry", "fields": fields, **members})
        assert reply.status_code == 200, reply.text
    return write


@pytest.fixture
def read(system, imei):
    """read(**params): the data."""
    def read(**params):
        reply = system.get("/products/%s/data" % imei, params=params)
        assert reply.status_code == 200, reply.text
        assert reply.json()["message"] == "data retrieved successfully"
        return reply.json()["data"]
    return read


def test_from_seven_days_ago_until_now_unless_told(write, read):
    ahead = ago(hours=-2)
    write({"v": [[ago(days=8), 1], [ago(days=6), 2], [ago(hours=1), 3],
                 [ahead, 4]]})
    assert read()["v"] == [[2, ago(days=6)], [3, ago(hours=1)]]
    assert [v for v, _ in read(start=ago(days=9))["v"]] == [1, 2, 3]
    assert [v for v, _ in read(end=ago(hours=-3))["v"]] == [2, 3, 4]


def test_the_measurement_is_telemetry_unless_told(write, read):
    write({"v": [[ago(hours=1), 1]]})
    write({"w": [[ago(hours=1), 2]]}, measurement="analysis")
    found = read()
    assert (found["measurement"], "v" in found, "w" in found) == \
        ("telemetry", True, False)
    found = read(measurement="analysis")
    assert (found["measurement"], "v" in found, "w" in found) == \
        ("analysis", False, True)


def test_all_fields_unless_told_and_new_ones_at_any_time(write, read):
    write({"first": [[ago(hours=2), 1]]})
    write({"never-seen-before": [[ago(hours=1), 2]]})
    assert read()["never-seen-before"] == [[None, ago(hours=2)],
                                           [2, ago(hours=1)]]
    assert set(read(fields="first")) == {"measurement", "tags", "first"}
    assert set(read(fields=["first", "never-seen-before"])) == {
        "measurement", "tags", "first", "never-seen-before"}
    assert set(read(fields="first,never-seen-before")) == {
        "measurement", "tags", "first", "never-seen-before"}


def test_tags_are_those_of_every_point_and_choose(write, read, imei):
    write({"v": [[ago(hours=2), 1]], "w": [[ago(hours=2), 1]]},
          tags={"place": "roof"})
    write({"v": [[ago(hours=1), 2]]})
    assert [v for v, _ in read()["v"]] == [1, 2]
    assert [v for v, _ in read(tags="{}")["v"]] == [1, 2]
    found = read(tags='{"place": "roof"}')
    assert (found["v"], found["w"]) == ([[1, ago(hours=2)]],
                                        [[1, ago(hours=2)]])
    assert found["tags"] == {"product_imei": imei, "place": "roof"}
    assert "v" not in read(tags='{"place": "cellar"}')


def test_the_unit_is_a_tag_that_need_not_be_given(write, system, imei):
    write({"v": [[ago(hours=1), 1]]}, tags={"product_imei": imei})
    reply = system.post("/products/%s/data" % imei, {
        "measurement": "telemetry", "tags": {"product_imei": "other"},
        "fields": {"v": [[ago(hours=1), 2]]}})
    assert reply.status_code == 400 and "tags" in reply.json()["data"]


def test_limit_gives_the_first_points(write, read):
    write({"v": [[ago(hours=5 - i), i] for i in range(5)]})
    assert [v for v, _ in read(limit=3)["v"]] == [0, 1, 2]
    assert [v for v, _ in read(limit=100)["v"]] == [0, 1, 2, 3, 4]


def test_the_mean_of_intervals_unless_told(write, read):
    day = (NOW - dt.timedelta(days=2)).replace(hour=0, minute=0, second=0)
    times = [(day + dt.timedelta(minutes=i)).strftime("%Y-%m-%dT%H:%M:%SZ")
             for i in range(10)]
    write({"v": [[t, i] for i, t in enumerate(times)]})
    start = (day - dt.timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    end = times[-1]
    whole = {"start": start, "end": end, "fill": "none"}
    assert read(ds_interval="5m", **whole)["v"] == [[2, times[0]],
                                                    [7, times[5]]]
    for name in ("ds_function", "ds_fucntion"):
        assert read(ds_interval="5m", **{name: "max"}, **whole)["v"] == \
            [[4, times[0]], [9, times[5]]]
    assert read(ds_interval="1d", ds_function="sum", **whole)["v"] == \
        [[45, times[0]]]
    assert len(read(ds_interval="500000u", **whole)["v"]) == 10


@pytest.mark.parametrize("time", [
    1475685693839, "1475685693839", "2016-10-05T16:41:33.839Z",
    "2016-10-05T16:41:33.839000000Z", "2016-10-05 16:41:33.839",
    "2016-10-05 16:41:33.839000000"])
def test_forms_of_a_time(write, read, time):
    write({"v": [[time, 1]]})
    assert read(start="2016-10-01", end="2016-10-06")["v"] == \
        [[1, "2016-10-05T16:41:33.839Z"]]


def test_nanoseconds_are_kept(write, read):
    write({"v": [["2016-10-05T16:41:33.123456789Z", 1]]})
    assert read(start="2016-10-01", end="2016-10-06")["v"] == \
        [[1, "2016-10-05T16:41:33.123456789Z"]]


def test_who_may_write_and_read(server, imei):
    body = {"measurement": "telemetry", "fields": {"v": [[ago(hours=1), 1]]}}
    path = "/products/%s/data" % imei
    assert server.login("OVERVIEW").post(path, body).status_code == 403
    assert server.login("TECHNICAL").post(path, body).status_code == 200
    assert server.login("OVERVIEW").get(path).status_code == 200
