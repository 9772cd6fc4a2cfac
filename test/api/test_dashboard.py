"""/dashboard2: what a dashboard shows of each unit."""
import json

import pytest

import helio

ENTITY_ID = 501
SOLD_TO = "A Test Entity"
FIELDS = {
    "product_imei", "serial_number", "imsi", "hardware_type", "entities",
    "hub_id", "shop_id", "location_date", "alerts", "software_lock",
    "pending_software_created_at", "state", "state_date", "recent_connection",
    "latitude", "longitude", "error_radius", "capacity_limit",
    "current_enable_flag", "desired_enable_flag", "current_tamper_flag",
    "desired_tamper_flag", "notes", "software", "pending_software",
    "created_at", "created_by", "modified_at"}


def product(n, **more):
    return {"table": "product", "row": {
        "product_imei": "8800000000%05d" % n, "imsi": "8900000000%05d" % n,
        "serial_number": "HB-DASH-%d" % n, "product_type_id": 7,
        "created_at": "2015-04-16T02:09:55", "created_by": "test@example.com",
        **more}}


def link(n, number, entity=ENTITY_ID, **more):
    return {"table": "product_entity_linker", "row": {
        "product_entity_linker_id": number, "entity_id": entity,
        "product_imei": "8800000000%05d" % n,
        "date_added": "2015-04-16", **more}}


ROWS = [
    {"table": "entity", "row": {
        "entity_id": ENTITY_ID, "name": SOLD_TO, "bboxx_company_flag": True,
        "financier": None, "tariff": "A Test Tariff"}},
    {"table": "entity", "row": {
        "entity_id": 502, "name": "Second", "bboxx_company_flag": False}},
    product(1, latest_state_id=9001, latest_connection_id=9002,
            latest_connection_location_id=9001, current_enable_flag=True,
            desired_enable_flag=True, modified_at="2016-01-01"),
    product(2),
    product(3),
    {"table": "state", "row": {
        "state_id": 9001, "product_imei": "880000000000001",
        "prev_state_type": 4, "current_state_type": 5,
        "created_at": "2015-08-18T14:05:08"}},
    {"table": "connection", "row": {
        "connection_id": 9001, "product_imei": "880000000000001",
        "date": "2016-08-02T19:38:56", "latitude": "-0.400234",
        "longitude": "34.599241", "error_radius": 69583}},
    {"table": "connection", "row": {
        "connection_id": 9002, "product_imei": "880000000000001",
        "date": "2016-08-03T10:00:00", "location_failed_flag": True}},
    {"table": "software_version_type", "row": {
        "software_version_type_id": 901, "name": "2.16-test",
        "release_date": "2016-01-01"}},
    {"table": "software_version_type", "row": {
        "software_version_type_id": 902, "name": "2.17-test",
        "release_date": "2016-01-02"}},
    {"table": "product_software_linker", "row": {
        "product_software_linker_id": 901, "software_version_type_id": 901,
        "product_imei": "880000000000001", "date_added": "2015-05-01"}},
    {"table": "product_software_linker", "row": {
        "product_software_linker_id": 902, "software_version_type_id": 902,
        "product_imei": "880000000000001",
        "created_at": "2016-02-03T04:05:06"}},
    {"table": "product_parameter", "row": {
        "product_parameter_id": 901, "parameter_type_id": 4, "value": "7",
        "product_imei": "880000000000001", "status": "active"}},
    {"table": "product_parameter", "row": {
        "product_parameter_id": 902, "parameter_type_id": 4, "value": "8",
        "product_imei": "880000000000001", "status": "pending"}},
    {"table": "tamper_enable_history", "row": {
        "tamper_enable_history_id": 901, "date": "2016-01-01",
        "product_imei": "880000000000001", "prev_enable_state": "enabled",
        "current_enable_state": "pending_disabled", "user": "u"}},
    {"table": "alert_type", "row": {
        "alert_type_id": 901, "name": "Too hot", "version": 1,
        "status": "stable", "analysis_frequency": 3600,
        "cooling_off_period": 3600, "active": True, "label": "too_hot"}},
    {"table": "alert", "row": {
        "alert_id": 901, "alert_type_id": 901,
        "product_imei": "880000000000002"}},
    {"table": "alert", "row": {
        "alert_id": 902, "alert_type_id": 901, "dismissed_at": "2016-01-01",
        "product_imei": "880000000000003"}},
    {"table": "product_note", "row": {
        "product_note_id": 901, "note_text": "spare fuse",
        "product_imei": "880000000000002"}},
    link(1, 901), link(2, 902), link(2, 903, entity=502),
    link(3, 904, date_removed="2015-05-01"),
    link(3, 905, entity=helio.ENTITY),
]
MINE = {"name": "serial_number", "op": "like", "val": "HB-DASH-%"}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dashboard") / "data"
    helio.init(folder)
    helio.import_rows(folder, ROWS)
    server = helio.Server(folder)
    yield server
    server.stop()


@pytest.fixture
def ann(fleet):
    return fleet.login("OVERVIEW")


def imeis(reply):
    assert reply.status_code == 200, reply.text
    return [x["product_imei"][-1] for x in reply.json()["data"]]


def by(name, op, val):
    return {"name": name, "op": op, "val": val}


def test_the_documents_reply(ann):
    reply = ann.query("/dashboard2", filters=[
        by("product_imei", "eq", "880000000000001")])
    assert reply.status_code == 200
    body = reply.json()
    assert set(body) == {"data", "num_results", "num_results_filtered"}
    assert (body["num_results"], body["num_results_filtered"]) == (1, 1)
    shown = body["data"][0]
    assert set(shown) == FIELDS
    entity = shown.pop("entities")[0]
    assert (entity["entity_id"], entity["name"], entity["tariff"]) == (
        ENTITY_ID, SOLD_TO, "A Test Tariff")
    assert {"bboxx_company_flag", "financier", "created_at",
            "created_by", "modified_at"} <= set(entity)
    type_name = ann.get("/product_types/7").json()["name"]
    assert shown == {
        "product_imei": "880000000000001", "serial_number": "HB-DASH-1",
        "imsi": "890000000000001", "hardware_type": type_name,
        "hub_id": None, "shop_id": None,
        "location_date": "2016-08-02T19:38:56", "alerts": [None],
        "software_lock": None,
        "pending_software_created_at": "2016-02-03T04:05:06",
        "state": "activated", "state_date": "2015-08-18T14:05:08",
        "recent_connection": "2016-08-03T10:00:00",
        "latitude": "-0.400234", "longitude": "34.599241",
        "error_radius": 69583, "capacity_limit": "7",
        "current_enable_flag": True, "desired_enable_flag": True,
        "current_tamper_flag": True, "desired_tamper_flag": False,
        "notes": [None], "software": "2.16-test",
        "pending_software": "2.17-test",
        "created_at": "2015-04-16T02:09:55",
        "created_by": "test@example.com",
        "modified_at": "2016-01-01T00:00:00"}


def test_lists_and_absent_values(ann):
    two, three = ann.query("/dashboard2", filters=[
        by("product_imei", "in", ["880000000000002", "880000000000003"])
    ]).json()["data"]
    assert [x["name"] for x in two["entities"]] == [SOLD_TO, "Second"]
    assert [x["alert_id"] for x in two["alerts"]] == [901]
    assert [x["note_text"] for x in two["notes"]] == ["spare fuse"]
    assert three["alerts"] == [None]        # dismissed
    assert [x["entity_id"] for x in three["entities"]] == [helio.ENTITY]
    for name in ("state", "state_date", "software", "pending_software",
                 "capacity_limit", "recent_connection", "latitude"):
        assert two[name] is None, name
    assert (two["current_tamper_flag"], two["desired_tamper_flag"]) == (
        False, False)


@pytest.mark.parametrize("op", ["eq", "=", "=="])
def test_entities_by_name(ann, op):
    assert imeis(ann.query("/dashboard2", filters=[
        by("entities", op, SOLD_TO)])) == ["1", "2"]


def test_entities_in_formulas(ann):
    assert imeis(ann.query("/dashboard2", filters=[{"or": [
        by("entities", "eq", "Second"),
        by("product_imei", "eq", "880000000000003")]}])) == ["2", "3"]
    assert imeis(ann.query("/dashboard2", filters=[
        by("entities", "ilike", "a test%"),
        by("entities", "=", "Second")])) == ["2"]
    assert imeis(ann.query("/dashboard2", filters=[
        by("entities", "any", by("entity_id", "eq", 502))])) == ["2"]
    assert imeis(ann.query("/dashboard2", filters=[
        by("entities", "in", ["Second", "Ours"])])) == ["2", "3"]
    assert imeis(ann.query("/dashboard2", filters=[
        by("entities", "eq", ENTITY_ID)])) == []


def test_other_filters_and_order(ann):
    assert imeis(ann.query("/dashboard2", filters=[
        MINE, by("current_enable_flag", "eq", True)])) == ["1"]
    assert imeis(ann.query("/dashboard2", filters=[MINE], order_by=[
        {"field": "product_imei", "direction": "desc"}])) == ["3", "2", "1"]
    assert imeis(ann.query("/dashboard2", filters=[
        by("alerts", "any", by("dismissed_at", "is_null", ""))])) == ["2"]


def test_pages(ann):
    q = json.dumps({"filters": [MINE]})
    reply = ann.get("/dashboard2", params={
        "q": q, "page": 2, "results_per_page": 2})
    assert imeis(reply) == ["3"]
    assert reply.json()["num_results"] == 3
    assert imeis(ann.get("/dashboard2", params={"q": q, "page": 3})) == []
    cut = ann.query("/dashboard2", filters=[MINE], limit=1, offset=1).json()
    assert (cut["num_results"], cut["num_results_filtered"]) == (1, 3)
    plain = ann.get("/dashboard2").json()
    assert plain["num_results"] == plain["num_results_filtered"] == 3
    assert ann.get("/dashboard2?page=x").status_code == 400


def test_single(ann):
    assert imeis(ann.query("/dashboard2", single=True, filters=[
        by("entities", "eq", "Second")])) == ["2"]
    assert ann.query("/dashboard2", single=True, filters=[
        by("entities", "eq", "nobody")]).status_code == 404
    assert ann.query("/dashboard2", single=True).status_code == 400


@pytest.mark.parametrize("q", [
    "", "nonsense", "[]", '{"filters": [{"name": "nothing", "op": "eq", '
    '"val": 1}]}', '{"filters": [{"name": "entities", "op": "eq"}]}',
    '{"filters": [{"name": "entities", "op": "wrong", "val": "x"}]}',
    '{"filters": [{"name": "device_key", "op": "=", "val": "x"}]}'])
def test_bad_queries(ann, q):
    reply = ann.get("/dashboard2", params=[("q", q)])
    assert reply.status_code == 400, reply.text
    assert reply.json()["status"] == "error"


def test_scope(fleet):
    ours = fleet.login("OVERVIEW", "ENTITY")
    reply = ours.get("/dashboard2").json()
    assert [x["product_imei"][-1] for x in reply["data"]] == ["3"]
    assert reply["num_results"] == 1
    assert imeis(ours.query("/dashboard2", filters=[
        by("entities", "eq", SOLD_TO)])) == []


def test_who_may(fleet):
    import requests
    assert requests.get(fleet.v1 + "/dashboard2").status_code == 401
    assert fleet.login("SYSTEM").post("/dashboard2").status_code == 405
