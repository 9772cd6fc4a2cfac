"""Where units are: cells, GPS, the list of places, networks, reliability."""
import datetime
import gzip
import json
import math

import pytest
import requests

import helio

HEADLINE = "radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable," \
    "created,updated,averageSignal\n"


def cell(mcc, mnc, lac, cid, lat, lon, reach=1000, radio="GSM"):
    return "%s,%d,%d,%d,%d,0,%s,%s,%s,1,1,1459813819,1459813819,0\n" % (
        radio, mcc, mnc, lac, cid, lon, lat, reach)


def connection(api, unit):
    product = api.get("/products/" + unit.imei).json()
    return product, api.get("/connections/%d" % product[
        "latest_connection_id"]).json()


@pytest.fixture(scope="module")
def cells(server, tmp_path_factory):
    """Cells of a country that no other test is in, beside the server."""
    file = tmp_path_factory.mktemp("cells") / "cells.csv"
    file.write_text(
        HEADLINE + cell(901, 1, 10, 1, -2.0, 30.0) +
        cell(901, 1, 10, 2, -2.0, 30.02) +
        cell(901, 1, 10, 3, 5.5, 179.99) + cell(901, 1, 10, 4, 5.5, -179.99) +
        cell(901, 1, 65535, 268435455, 10, 10, radio="LTE"))
    done = helio.run("cells", "import", file, "--data", server.folder)
    assert "5 cells imported, 1 lines left out, 0 bad" in done.stdout


# ---- cells ----

def test_one_cell(cells, login, unit):
    unit.post_rc(connection={"mcc": 901, "mnc": 1, "cells": [
        {"lac": 10, "cid": 1, "signal": -70}]})
    product, row = connection(login("OVERVIEW"), unit)
    assert (row["latitude"], row["longitude"], row["error_radius"],
            row["location_failed_flag"]) == (
        "-2.000000", "30.000000", 1000, False)
    assert product["latest_connection_location_id"] == row["connection_id"]


def test_the_stronger_cell_is_nearer(cells, login, unit):
    for signals, side in (((-60, -80), -1), ((-80, -60), 1), ((-70, -70), 0)):
        unit.post_rc(connection={"mcc": 901, "mnc": 1, "cells": [
            {"lac": 10, "cid": i + 1, "signal": s}
            for i, s in enumerate(signals)]})
        _, row = connection(login("OVERVIEW"), unit)
        lon = float(row["longitude"])
        assert 30 < lon < 30.02
        assert side == 0 and lon == 30.01 or (lon - 30.01) * side > 0.005
        # the other one is two kilometres away, and each is heard for one
        assert 1000 < row["error_radius"] < 2500


def test_around_the_date_line(cells, login, unit):
    unit.post_rc(connection={"mcc": 901, "mnc": 1, "cells": [
        {"lac": 10, "cid": 3}, {"lac": 10, "cid": 4}]})
    _, row = connection(login("OVERVIEW"), unit)
    assert abs(float(row["longitude"])) == 180
    assert row["error_radius"] < 2000


def test_cells_of_other_networks_and_the_largest_numbers(cells, login, unit):
    unit.post_rc(connection={"mcc": 635, "mnc": 10, "cells": [
        {"lac": 65535, "cid": 268435455, "mcc": 901, "mnc": 1}]})
    _, row = connection(login("OVERVIEW"), unit)
    assert (row["latitude"], row["longitude"]) == ("10.000000", "10.000000")


def test_timing_advance_limits_the_range(cells, login, unit):
    unit.post_rc(connection={"mcc": 901, "mnc": 1, "timing_advance": 0,
                             "cells": [{"lac": 10, "cid": 1}]})
    assert connection(login("OVERVIEW"), unit)[1]["error_radius"] == 550


def test_unknown_cells(cells, login, unit):
    api = login("OVERVIEW")
    unit.post_rc(connection={"mcc": 901, "mnc": 1,
                             "cells": [{"lac": 10, "cid": 1}]})
    known = connection(api, unit)[1]["connection_id"]
    for cells_ in ([{"lac": 10, "cid": 99}], [{"lac": -1, "cid": 1}],
                   [{"cid": 1}]):
        unit.post_rc(connection={"mcc": 901, "mnc": 1, "cells": cells_})
        product, row = connection(api, unit)
        assert row["location_failed_flag"] is True, cells_
        assert row["latitude"] is None and row["error_radius"] is None
        # the last place that was known stays
        assert product["latest_connection_location_id"] == known


def test_no_cells_at_all_is_no_failure(login, unit):
    unit.post_rc()
    product, row = connection(login("OVERVIEW"), unit)
    assert row["location_failed_flag"] is False
    assert product["latest_connection_location_id"] is None


def test_gps_wins(cells, login, unit):
    unit.post_rc(gps={"latitude": 1.5, "longitude": -7.25}, connection={
        "mcc": 901, "mnc": 1, "cells": [{"lac": 10, "cid": 1}]})
    product, row = connection(login("OVERVIEW"), unit)
    assert (row["latitude"], row["longitude"], row["error_radius"]) == (
        "1.500000", "-7.250000", 10)
    assert (product["gps_lat"], product["gps_lon"]) == (1.5, -7.25)
    assert product["latest_connection_location_id"] == row["connection_id"]


# ---- helio cells import ----

def imported(tmp_path, content, name="cells.csv", **more):
    folder = tmp_path / "data"
    if not folder.exists():
        helio.init(folder)
    (tmp_path / name).write_bytes(content)
    return helio.run("cells", "import", tmp_path / name, "--data", folder,
                     check=False, **more)


def test_bad_lines_are_told(tmp_path):
    lines = [HEADLINE, cell(901, 1, 1, 1, 0, 0), "GSM,901\n", "\n",
             cell(901, 1, 1, 2, 91, 0), cell(1000, 1, 1, 3, 0, 0),
             cell(901, 1, 1, 4, "x", 0), "x" * 10000 + "\n",
             cell(901, 1, 99999, 5, 0, 0, radio="NR"),
             cell(901, 1, 1, 6, 0, 0).rstrip("\n")]
    done = imported(tmp_path, "".join(lines).encode())
    assert done.returncode == 1
    assert "2 cells imported, 3 lines left out, 5 bad" in done.stdout
    for n, why in ((3, "fewer than 9"), (5, "lat"), (6, "out of range"),
                   (7, "lat"), (8, "too long")):
        assert any("line %d " % n in line and why in line
                   for line in done.stderr.splitlines()), (n, done.stderr)


def test_many_bad_lines_are_counted(tmp_path):
    done = imported(tmp_path, b"bad\n" * 1000)
    assert done.returncode == 1
    assert "980 more lines are bad" in done.stderr
    assert len(done.stderr.splitlines()) == 21


def test_gzip_and_again(tmp_path):
    text = (cell(901, 1, 1, 1, 1, 2) + cell(901, 1, 1, 2, 3, 4)).encode()
    for _ in range(2):
        done = imported(tmp_path, gzip.compress(text), "cells.csv.gz")
        assert done.returncode == 0, done.stderr
        assert "2 cells imported" in done.stdout
    cut = imported(tmp_path, gzip.compress(text)[:-12], "cut.csv.gz")
    assert cut.returncode == 1 and "cut.csv.gz" in cut.stderr
    exported = helio.run("export", "--data", tmp_path / "data").stdout
    found = [json.loads(line)["row"] for line in exported.splitlines()
             if '"cell"' in line]
    assert [(c["cid"], c["latitude"], c["longitude"]) for c in found] == [
        (1, 1.0, 2.0), (2, 3.0, 4.0)]


def test_a_file_that_is_not_there(tmp_path):
    helio.init(tmp_path / "data")
    done = helio.run("cells", "import", tmp_path / "none", "--data",
                     tmp_path / "data", check=False)
    assert done.returncode == 1 and "none" in done.stderr


# ---- /products/locations ----

def locations(api, **params):
    reply = api.get("/products/locations", params=params)
    assert reply.status_code == 200, reply.text
    assert list(reply.json()) == ["data"]
    return reply.json()["data"]


def test_the_places_of_units(server, login, unit):
    r = requests.get(
        url=server.v1 + "/products/locations",
        params={"page": 1, "results_per_page": 100000000},
        headers={"Content-Type": "application/json",
                 "Authorization": "Token token=" + login("OVERVIEW").token})
    assert unit.imei not in {p["product_imei"] for p in r.json()["data"]}
    unit.post_rc(gps={"latitude": -2.354956, "longitude": 29.740627})
    unit.post_rc()
    places = locations(login("OVERVIEW"), page=1, results_per_page=100000000)
    place, = [p for p in places if p["product_imei"] == unit.imei]
    assert place == {"product_imei": unit.imei, "latitude": "-2.354956",
                     "longitude": "29.740627", "error_radius": 10}


def test_pages_of_places(login, server, factory):
    units = [helio.Unit(server, *helio.new_hub2(factory)) for _ in range(3)]
    for unit in units:
        unit.post_rc(gps={"latitude": 1, "longitude": 1})
    api = login("OVERVIEW")
    everything = locations(api, results_per_page=100000)
    assert len(everything) >= 3
    paged = []
    for page in range(1, len(everything) + 2):
        paged += locations(api, page=page, results_per_page=2)
    assert paged == everything
    assert locations(api, page=2 ** 62, results_per_page=1000) == []
    assert locations(api, results_per_page=0) == everything[:1000]
    for bad in ({"page": 0}, {"page": "x"}, {"results_per_page": "x"}):
        r = api.get("/products/locations", params=bad)
        assert r.status_code == 400 and r.json()["validation_errors"], bad


def test_places_in_scope_only(login, unit):
    unit.post_rc(gps={"latitude": 1, "longitude": 1})
    mine = {p["product_imei"] for p in locations(
        login("OVERVIEW", "ENTITY"), results_per_page=100000)}
    assert unit.imei not in mine


# ---- available_networks ----

def test_the_networks_of_a_sim(server, system, login, unit):
    r = requests.get(
        url=server.v1 + "/products/%s/available_networks?mcc=635" % unit.imei,
        headers={"Content-Type": "application/json",
                 "Authorization": "Token token=" + login("OVERVIEW").token})
    assert r.status_code == 200 and r.json()["status"] == "success"
    networks = r.json()["data"]["networks"]
    assert [(n["mccmnc"], n["name"], n["mcc"], n["mnc"])
            for n in networks] == [(63514, "Rwanda Airtel", 635, 14),
                                   (63510, "Rwanda MTN", 635, 10)]
    assert networks == [system.get("/networks/%d" % n["mccmnc"]).json()
                        for n in networks]
    r = login("OVERVIEW").get(
        "/products/%s/available_networks?mcc=999" % unit.imei)
    assert r.json()["data"] == {"networks": []}


@pytest.mark.parametrize("query", ["", "?mcc=", "?mcc=x", "?mcc=0",
                                   "?mcc=1000", "?mcc=-635", "?mcc=6.35"])
def test_no_country_no_networks(login, unit, query):
    r = login("OVERVIEW").get(
        "/products/%s/available_networks%s" % (unit.imei, query))
    assert r.status_code == 400, r.text
    assert "mcc" in r.json()["validation_errors"]


# ---- connectivity_reliability_rate ----

def reliability(api, unit, status=200, body=None, **params):
    r = api.get("/products/%s/connectivity_reliability_rate" % unit.imei,
                body, params=params)
    assert r.status_code == status, r.text
    return r.json() if status != 200 else \
        r.json()["data"]["connectivity_reliability_rate"]


def ago(**delta):
    return (datetime.datetime.utcnow() -
            datetime.timedelta(**delta)).isoformat()


def test_reliability_as_documented(server, login, unit):
    r = requests.get(
        url=server.v1 + "/products/%s/connectivity_reliability_rate"
        % unit.imei, headers={
            "Content-Type": "application/json",
            "Authorization": "Token token=" + login("OVERVIEW").token})
    assert r.json() == {
        "status": "success", "message": "Successfully computed product "
        "connectivity reliability rate",
        "data": {"connectivity_reliability_rate": 0.0}}


def test_reliability_is_actual_over_expected(login, unit):
    api = login("OVERVIEW")
    for days in (1, 2, 3, 20):
        unit.post_rc(connection={"date": ago(days=days)})
    assert math.isclose(reliability(api, unit), 3 / 42)
    assert math.isclose(reliability(api, unit, start=ago(days=30)), 4 / 180)
    # from the body, as the documents do it
    assert math.isclose(reliability(api, unit, body={
        "start": ago(days=30), "end": ago(days=10)}), 1 / 120)
    # 27 hours: six connections are due; 7 hours: one; 3 hours: none
    assert math.isclose(reliability(api, unit, start=ago(hours=27)), 1 / 6)
    assert reliability(api, unit, start=ago(hours=7)) == 0
    assert reliability(api, unit, start=ago(hours=3)) == 1
    for _ in range(3):
        unit.post_rc()
    assert reliability(api, unit, start=ago(hours=7)) == 1      # capped
    assert reliability(api, unit, start="2017-01-01 00:00:00",
                       end="2017-06-01 00:00:00") == 0


@pytest.mark.parametrize("params,words", [
    ({"start": "yesterday"}, ["start"]),
    ({"start": "01/02/2017"}, ["start"]),
    ({"start": "2017-02-30"}, ["start"]),
    ({"end": "2017-01-01T"}, ["end"]),
    ({"end": "20170101"}, ["end"]),
    ({"end": "9999-01-01 00:00:00"}, ["end", "future"]),
    ({"start": "2017-02-01 00:00:00", "end": "2017-01-01 00:00:00"},
     ["end", "before start"]),
    ({"start": "9999-01-01"}, ["before start"]),
    ({"end": "2017-01-01"}, ["before start"]),   # start is a week ago
])
def test_reliability_says_what_is_wrong(login, unit, params, words):
    body = reliability(login("OVERVIEW"), unit, 400, **params)
    assert body["status"] == "error"
    assert all(word in body["message"] for word in words), body
    assert reliability(login("OVERVIEW"), unit, 400, body=params) == body
