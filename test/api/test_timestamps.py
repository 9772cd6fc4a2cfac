"""`helio timestamps`: every form of CloudWatch's exports, zones, lags."""
import csv
import io
import json
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

import helio

IMEI = "350000000000006"
LOCK = datetime(2020, 7, 1, 13, 34, 51, tzinfo=timezone.utc)
SENT = LOCK + timedelta(seconds=10)
GOT = SENT + timedelta(seconds=1, milliseconds=789)


def message(locked=LOCK, sent=SENT, head="RESP", count=0xd0, code="A80904"):
    return ("+%s:GTDOG,%s,%s,,,00,1,1,4.3,92,70.0,-73.985428,40.748817,%s,"
            "0310,0410,0936,0C68860F,0.0,87,%s,%04X$" % (
                head, code, IMEI, locked.strftime("%Y%m%d%H%M%S"),
                sent.strftime("%Y%m%d%H%M%S"), count))


def ms(at):
    return round(at.timestamp() * 1000)


def local(at, zone="America/New_York"):
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def read(text, *flags, code=0):
    done = helio.run("timestamps", "-", "--json", *flags, input=text,
                     check=False)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def one(text, *flags):
    found, = read(text, *flags)["messages"]
    return found


# ---- the forms ----

FORMS = {
    "the seed's": '%s,"%s"\n' % (local(GOT), message()),
    "console": "timestamp,message\n%d,\"%s\"\n" % (ms(GOT), message()),
    "insights": '@timestamp,@message\n%s,"%s"\r\n' % (local(GOT), message()),
    "insights json": json.dumps({"status": "Complete", "results": [[
        {"field": "@timestamp", "value": local(GOT)},
        {"field": "@message", "value": message()},
        {"field": "@ptr", "value": "x"}]]}),
    "filter-log-events": json.dumps({"events": [{
        "logStreamName": "s", "timestamp": ms(GOT), "eventId": "3",
        "message": message() + "\n", "ingestionTime": ms(GOT) + 5000}],
        "searchedLogStreams": []}, indent=4),
    "a list": json.dumps([{"timestamp": ms(GOT), "message": message()}]),
    "json lines": json.dumps({"timestamp": ms(GOT), "message": "START"}) +
    "\n" + json.dumps({"timestamp": ms(GOT), "message": message()}) + "\n",
    "insights json lines": json.dumps({
        "@timestamp": local(GOT), "@message": message()}) + "\n",
    "text": "EVENTS\t%d\t%s\t%d\n" % (ms(GOT), message(), ms(GOT) + 5000),
    "tail": "%s+00:00 stream/1 %s\n" % (
        GOT.strftime("%Y-%m-%dT%H:%M:%S.%f"), message()),
    "lambda": "%sZ\tid\tINFO\t%s\n" % (
        GOT.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3], message()),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form(form):
    found = one(FORMS[form])
    assert found["lock_time"] == "2020-07-01T13:34:51+00:00"
    assert found["sent_time"] == "2020-07-01T13:35:01+00:00"
    assert found["server_time"].startswith("2020-07-01T13:35:02.789")
    assert (found["lock_to_send"], found["send_to_receive"]) == (10, 1.789)
    assert (found["imei"], found["model"], found["firmware"]) == (
        IMEI, "Model01", "9.4")
    assert (found["msg_count"], found["gps_acc"], found["msg_type"]) == (
        0xd0, "1", "GTDOG")
    assert (found["lat"], found["long"]) == ("40.748817", "-73.985428")
    assert found["raw_data"] == message()


def test_a_message_alone_has_no_receipt():
    found = one(message(head="BUFF"))
    assert found["buff/resp"] == "BUFF" and found["lock_to_send"] == 10
    assert found["server_time"] is None and found["send_to_receive"] is None


def test_hours_above_twelve():
    late = datetime(2020, 7, 1, 23, 59, 59, tzinfo=timezone.utc)
    found = one(message(locked=late, sent=late + timedelta(seconds=1)))
    assert found["lock_time"] == "2020-07-01T23:59:59+00:00"
    assert found["sent_time"] == "2020-07-02T00:00:00+00:00"


# ---- zones ----

def test_the_zone_of_receipts():
    text = '%s,"%s"\n' % (local(GOT, "Asia/Kolkata"), message())
    assert one(text, "--zone", "Asia/Kolkata")["send_to_receive"] == 1.789
    found = one(text, "--zone", "Asia/Kolkata", "--show-zone",
                "America/New_York")
    assert found["server_time"] == "2020-07-01T09:35:02.789-04:00"
    assert found["sent_time"] == "2020-07-01T09:35:01-04:00"


@pytest.mark.parametrize("utc", [
    datetime(2020, 11, 1, 5, 30), datetime(2020, 11, 1, 6, 30),
    datetime(2020, 3, 8, 6, 59, 58), datetime(2020, 3, 8, 7, 0, 1)])
def test_the_night_that_clocks_change(utc):
    """01:30 comes twice in November: the one after sending is meant."""
    sent = utc.replace(tzinfo=timezone.utc)
    text = '%s,"%s"\n' % (local(sent + timedelta(seconds=2)),
                          message(locked=sent, sent=sent))
    assert one(text)["send_to_receive"] == 2


@pytest.mark.parametrize("zone", ["Nowhere/City", "../../etc/passwd", ""])
def test_zones_that_are_none(zone):
    for flag in ("--zone", "--show-zone"):
        done = helio.run("timestamps", "-", flag, zone, input="", check=False)
        assert done.returncode == 2 and "zone" in done.stderr


# ---- output ----

def test_csv():
    text = FORMS["the seed's"] + "START x\n" + message(count=7) + "\n"
    out = helio.run("timestamps", "-", "--csv", input=text).stdout
    rows = list(csv.DictReader(io.StringIO(out)))
    assert list(rows[0])[:12] == [
        "msg_count", "gps_acc", "lock_time", "lock_to_send", "sent_time",
        "send_to_receive", "server_time", "buff/resp", "lat", "long",
        "msg_type", "raw_data"]
    assert [row["raw_data"] for row in rows] == [message(), message(count=7)]
    assert [row["send_to_receive"] for row in rows] == ["1.789", ""]


def test_text_ends_with_the_summary():
    out = helio.run("timestamps", "-", input=FORMS["console"]).stdout
    lines = out.splitlines()
    assert len(lines) == 3 and lines[0].startswith(IMEI)
    assert lines[1].startswith("lock_to_send     n 1  min 10.000")
    assert lines[2].startswith("send_to_receive  n 1  min 1.789")


def test_percentiles():
    text = "".join("%d %s\n" % (ms(SENT + timedelta(seconds=n)), message())
                   for n in range(100, 0, -1))
    found = read(text, "--summary")
    assert found["messages"] == []
    assert found["summary"]["send_to_receive"] == {
        "n": 100, "min": 1, "mean": 50.5, "p50": 50, "p90": 90, "p95": 95,
        "p99": 99, "max": 100}
    out = helio.run("timestamps", "-", "--summary", "--csv", input=text).stdout
    assert out.splitlines()[2] == ("send_to_receive,100,1.000,50.500,50.000,"
                                   "90.000,95.000,99.000,100.000")
    assert read("", "--summary")["summary"]["lock_to_send"] == {"n": 0}


def test_a_receipt_before_sending_is_told_as_it_is():
    text = "%d %s" % (ms(SENT - timedelta(seconds=3)), message())
    assert one(text)["send_to_receive"] == -3


# ---- bad input ----

def test_messages_that_are_none_are_told_with_their_line():
    text = message() + "\nnothing\n+RESP:GTDO!,1$\n" + message() + "\n"
    done = helio.run("timestamps", "-", "--csv", input=text, check=False)
    assert done.returncode == 1
    assert "standard input: line 3: " in done.stderr
    assert len(done.stdout.splitlines()) == 3


def test_times_that_are_none():
    found = one(message().replace("20200701133451", "20201301000000"))
    assert found["lock_time"] is None and found["lock_to_send"] is None
    assert found["sent_time"] is not None
    found = one("+ACK:GTRTO,A80904,%s$" % IMEI)
    assert found["sent_time"] is None and found["model"] == "Model01"


@pytest.mark.parametrize("text", [
    "", "\n\n", "{", "[", "[]", "{}", '{"events": 7}', '[[["x"]], 5, null]',
    '{"events": [{"message": 5}]}', '{"results": [[{"field": 1}]]}'])
def test_input_without_a_message(text):
    assert read(text)["messages"] == []


def test_files(tmp_path):
    for n in (1, 2):
        (tmp_path / str(n)).write_text(message(count=n) + "\n")
    out = helio.run("timestamps", tmp_path / "1", tmp_path / "2",
                    "--json").stdout
    assert [m["msg_count"] for m in json.loads(out)["messages"]] == [1, 2]
    done = helio.run("timestamps", tmp_path / "none", check=False)
    assert done.returncode == 1 and "none" in done.stderr
