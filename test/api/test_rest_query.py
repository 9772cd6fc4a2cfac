"""Reading and writing resources through the one REST engine: filters, order,
pages, sub-resources, bodies; facts after flask-restless-behaviour, with what
was a 500 there being a 400 here."""
import json
import urllib.parse

import pytest
import requests

import helio

COUNT = 30
HUBS = {501: helio.ENTITY, 502: helio.OTHER_ENTITY}


def imei(i):
    return "90000000000%04d" % i


def unit(i):
    """Unit i of the fleet, as the rows below make it."""
    return {
        "product_imei": imei(i),
        "imsi": "20%013d" % i,
        "serial_number": "HB%06d" % i,
        "product_type_id": [4, 6, 7][i % 3],
        "hub_id": 501 if i < 10 else 502 if i < 20 else None,
        "device_key": "key%021d" % i,
        "gps_lat": i * 1.5,
        "gps_lon": None if i % 2 else float(30 - i),
        "assembler": ["Ann", "ann", "Bob_b", None][i % 4],
        "warranty_start_date": "2016-%02d-01" % (i % 12 + 1),
        "software_lock": None,
        "current_enable_flag": i % 2 == 0,
        "desired_enable_flag": i % 5 == 0,
        "rtc_enabled_flag": False,
        "dcm_enabled_flag": False,
        "is_payg": True,
    }


UNITS = [unit(i) for i in range(COUNT)]


def rows():
    """Everything the tests look at, for `helio import`."""
    for hub, entity in HUBS.items():
        yield {"table": "hub", "row": {
            "hub_id": hub, "name": "hub %d" % hub, "entity_id": entity}}
    for shop in range(5):
        yield {"table": "shop", "row": {
            "shop_id": 600 + shop, "name": "shop %d" % shop,
            "hub_id": 501 + shop % 2}}
    for i, product in enumerate(UNITS):
        yield {"table": "product", "row": product}
        if i < 25:
            yield {"table": "product_entity_linker", "row": {
                "product_entity_linker_id": 1000 + i,
                "product_imei": imei(i),
                "entity_id": helio.ENTITY if i < 15 else helio.OTHER_ENTITY,
                "date_added": "2016-01-01T00:00:00"}}
        for n in range(i % 4):
            yield {"table": "state", "row": {
                "state_id": 2000 + 10 * i + n, "product_imei": imei(i),
                "prev_state_type": n + 1, "current_state_type": n + 2}}
    yield {"table": "part", "row": {
        "part_id": 3000, "serial_number": "PCB1", "part_type_id": 44,
        "properties": {"device_key": "sesame", "colour": "red"}}}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rest") / "data"
    helio.init(folder)
    helio.import_rows(folder, rows())
    server = helio.Server(folder)
    yield server
    server.stop()


@pytest.fixture
def api(fleet):
    return fleet.login("SYSTEM")


def imeis(reply):
    assert reply.status_code == 200, reply.text
    return [o["product_imei"] for o in reply.json()["objects"]]


def find(api, *filters, **q):
    """The units that a query finds, all of them, by number."""
    q = {"filters": list(filters), **q}
    reply = api.get("/products", params={
        "q": json.dumps(q), "results_per_page": 100})
    found = imeis(reply)
    assert reply.json()["num_results"] == len(found)
    return [int(x[-4:]) for x in found]


def f(name, op, val=None, **more):
    return {"name": name, "op": op, "val": val, **more}


def refused(reply, place=None, message="Unable to construct query"):
    assert reply.status_code == 400, reply.text
    body = reply.json()
    assert body["message"] == message
    assert body["status"] in ("error", "validation-error")
    if place is not None:
        assert place in body["data"], body
    return body


# ---- filters: what they find --------------------------------------------

SINGLE = [
    (f("product_type_id", "eq", 4), lambda u: u["product_type_id"] == 4),
    (f("product_type_id", "==", "4"), lambda u: u["product_type_id"] == 4),
    (f("product_type_id", "!=", 4), lambda u: u["product_type_id"] != 4),
    (f("product_type_id", "in", [4, 7.0, "6.5"]),
     lambda u: u["product_type_id"] in (4, 7)),
    (f("product_type_id", "not_in", [4, 7]),
     lambda u: u["product_type_id"] == 6),
    (f("product_type_id", "gt", 5.5), lambda u: u["product_type_id"] > 5.5),
    (f("product_type_id", "lt", 1e30), lambda u: True),
    (f("product_type_id", "gt", 1e30), lambda u: False),
    (f("product_type_id", "eq", 10 ** 30), lambda u: False),
    (f("hub_id", "is_null"), lambda u: u["hub_id"] is None),
    (f("hub_id", "is_not_null", ""), lambda u: u["hub_id"] is not None),
    (f("hub_id", "ne", 501), lambda u: u["hub_id"] == 502),
    (f("hub_id", "not_in", [501]), lambda u: u["hub_id"] == 502),
    (f("hub_id", "in", []), lambda u: False),
    (f("hub_id", "not_in", []), lambda u: True),
    (f("hub_id", "in", [501, None]), lambda u: u["hub_id"] == 501),
    (f("hub_id", "not_in", [501, None]), lambda u: False),
    (f("gps_lat", ">=", "6"), lambda u: u["gps_lat"] >= 6),
    (f("gps_lat", "le", 4.5), lambda u: u["gps_lat"] <= 4.5),
    (f("gps_lon", "<", 10), lambda u: u["gps_lon"] is not None
     and u["gps_lon"] < 10),
    (f("current_enable_flag", "eq", True), lambda u: u["current_enable_flag"]),
    (f("current_enable_flag", "eq", "false"),
     lambda u: not u["current_enable_flag"]),
    (f("current_enable_flag", "eq", 0),
     lambda u: not u["current_enable_flag"]),
    (f("assembler", "like", "A%"), lambda u: u["assembler"] == "Ann"),
    (f("assembler", "ilike", "a%"),
     lambda u: (u["assembler"] or "").lower() == "ann"),
    (f("assembler", "like", "Bob\\_b"), lambda u: u["assembler"] == "Bob_b"),
    (f("assembler", "like", "nn"), lambda u: False),
    (f("warranty_start_date", "lt", "2016-04-01 12:00"),
     lambda u: u["warranty_start_date"] < "2016-04-01"),
    (f("warranty_start_date", "eq", "Fri, April 1st 2016"),
     lambda u: u["warranty_start_date"] == "2016-04-01"),
    (f("created_at", "le", "CURRENT_TIMESTAMP"), lambda u: True),
    (f("created_at", "lt", "2016-01-01"), lambda u: False),
    (f("gps_lat", "gt", field="gps_lon"), lambda u: u["gps_lon"] is not None
     and u["gps_lat"] > u["gps_lon"]),
    (f("gps_lat", "lt", fieldname="gps_lon"),
     lambda u: u["gps_lon"] is not None and u["gps_lat"] < u["gps_lon"]),
    (f("states", "any", f("current_state_type", "eq", 4)),
     lambda u: int(u["product_imei"][-4:]) % 4 == 3),
    (f("states__current_state_type", "any", 3),
     lambda u: int(u["product_imei"][-4:]) % 4 >= 2),
    (f("states__current_state_type", "gt", 3),
     lambda u: int(u["product_imei"][-4:]) % 4 == 3),
    (f("states", "is_null"), lambda u: int(u["product_imei"][-4:]) % 4 == 0),
    (f("states__state_id", "is_not_null"),
     lambda u: int(u["product_imei"][-4:]) % 4 != 0),
    (f("hub", "has", f("name", "like", "%501")),
     lambda u: u["hub_id"] == 501),
    (f("hub__name", "has", "hub 502"), lambda u: u["hub_id"] == 502),
    (f("hub__entity_id", "ne", helio.ENTITY), lambda u: u["hub_id"] == 502),
    (f("hub", "has", f("shops", "any", f("shop_id", "in", [600]))),
     lambda u: u["hub_id"] == 501),
    ({"or": [f("hub_id", "eq", 501), {"and": [
        f("product_type_id", "eq", 4), f("gps_lat", "gt", 40)]}]},
     lambda u: u["hub_id"] == 501 or
     (u["product_type_id"] == 4 and u["gps_lat"] > 40)),
    ({"or": []}, lambda u: True),
    ({"or": [{"and": []}, f("hub_id", "eq", 501)]},
     lambda u: u["hub_id"] == 501),
]


@pytest.mark.parametrize("one,keep", SINGLE, ids=lambda v:
                         json.dumps(v)[:60] if isinstance(v, dict) else "")
def test_filter_finds_what_python_finds(api, one, keep):
    wanted = [i for i, u in enumerate(UNITS) if keep(u)]
    assert find(api, one) == wanted


def test_filters_are_a_conjunction(api):
    assert find(api, f("hub_id", "eq", 501), f("product_type_id", "eq", 4)) \
        == [0, 3, 6, 9]


def test_numbers_find_texts(api):
    # the seed's own example: product_imei in [1, 2, 5]
    assert find(api, f("product_imei", "in", [1, 2, int(imei(5))])) == [5]
    assert find(api, f("product_imei", "eq", int(imei(7)))) == [7]


def test_unlike_fields_are_never_equal(api):
    assert find(api, f("product_imei", "equals_to",
                       fieldname="current_enable_flag")) == []


# ---- filters: what is refused --------------------------------------------

@pytest.mark.parametrize("one,place", [
    (f("nothing", "eq", 1), "filters[0].name"),
    (f("product_type_id", "foo", 1), "filters[0].op"),
    (f("product_type_id", "EQ", 1), "filters[0].op"),
    (f("product_type_id", "eq", None), "filters[0].val"),
    (f("product_type_id", "eq", "abc"), "filters[0].val"),
    (f("product_type_id", "eq", [1]), "filters[0].val"),
    (f("product_type_id", "in", 3), "filters[0].val"),
    (f("product_type_id", "like", "3%"), "filters[0].op"),
    (f("current_enable_flag", "eq", "maybe"), "filters[0].val"),
    (f("created_at", "gt", "soon"), "filters[0].val"),
    (f("created_at", "gt", 3), "filters[0].val"),
    (f("states", "has", f("state_id", "eq", 1)), "filters[0].op"),
    (f("hub", "any", f("hub_id", "eq", 1)), "filters[0].op"),
    (f("hub", "eq", 501), "filters[0].op"),
    (f("states", "any", 3), "filters[0].val"),
    (f("states", "any", f("x", "eq", 1)), "filters[0].val.name"),
    ({"or": [{"and": 3}]}, "filters[0].or[0].and"),
    ("x", "filters[0]"),
    (None, "filters[0]"),
])
def test_bad_filter_is_named(api, one, place):
    refused(api.query("/products", filters=[one]), place)


@pytest.mark.parametrize("level", helio.LEVELS)
def test_secrets_answer_no_question(fleet, level):
    api = fleet.login(level)
    key = f("device_key", "like", "key%")
    for q in [{"filters": [key]}, {"order_by": [{"field": "device_key"}]},
              {"group_by": [{"field": "device_key"}]},
              {"filters": [f("device_key", "is_null")]}]:
        refused(api.query("/products", **q))
    refused(api.query("/states", filters=[f("product", "has", key)]))
    refused(api.query("/states", filters=[f("product__device_key", "eq",
                                            "k")]))
    refused(api.query("/states", order_by=[{"field": "product__device_key"}]))
    refused(api.query("/parts", filters=[f("properties", "like", "%s%")]))
    found = api.query("/parts", filters=[f("properties", "is_not_null")])
    assert found.status_code == 200


def test_secrets_are_shown_from_factory_on(fleet):
    for level in helio.LEVELS:
        seen = level in ("FACTORY", "SYSTEM")
        one = fleet.login(level).get("/products/" + imei(0)).json()
        assert ("device_key" in one) == seen
        part = fleet.login(level).get("/parts/3000").json()
        assert part["properties"]["colour"] == "red"
        assert ("device_key" in part["properties"]) == seen


MALFORMED = [
    ("", "Unable to decode data"), ("x", "Unable to decode data"),
    ("{", "Unable to decode data"), ("{} x", "Unable to decode data"),
    ("null", "Unable to construct query"), ("[]", "Unable to construct query"),
    ("3", "Unable to construct query"), ('"x"', "Unable to construct query"),
    ('{"filters":null}', "Unable to construct query"),
    ('{"filters":3}', "Unable to construct query"),
    ('{"filters":"x"}', "Unable to construct query"),
    ('{"filters":{"name":"hub_id"}}', "Unable to construct query"),
    ('{"order_by":null}', "Unable to construct query"),
    ('{"order_by":["hub_id"]}', "Unable to construct query"),
    ('{"order_by":[{"field":"hub_id","direction":"ASC"}]}',
     "Unable to construct query"),
    ('{"order_by":[{"field":"hub_id","x":1}]}', "Unable to construct query"),
    ('{"group_by":[{"field":"x"}]}', "Unable to construct query"),
    ('{"limit":"abc"}', "Unable to construct query"),
    ('{"limit":-1}', "Unable to construct query"),
    ('{"offset":[]}', "Unable to construct query"),
]


@pytest.mark.parametrize("q,message", MALFORMED)
def test_malformed_q(api, q, message):
    refused(api.get("/products", params={"q": q}), message=message)


def test_q_that_cannot_be_decoded_is_not_ignored(api):
    assert api.get("/products?q=%zz").status_code == 400
    assert api.get("/products?q").status_code == 400


@pytest.mark.parametrize("q", [
    "{}", '{"x":1}', '{"filters":{}}', '{"filters":""}', '{"filters":[]}',
    '{"limit":0,"offset":0}', '{"limit":null}', '{"group_by":[]}',
    '{"order_by":[]}', '{"single":false}',
])
def test_q_that_asks_nothing(api, q):
    reply = api.get("/products", params={"q": q})
    assert reply.json()["num_results"] == COUNT


def test_the_first_q_counts(api):
    one = json.dumps({"filters": [f("product_imei", "eq", imei(1))]})
    reply = api.get("/products?" + urllib.parse.urlencode(
        [("q", one), ("q", "x")]))
    assert imeis(reply) == [imei(1)]


def nested(depth):
    one = f("hub_id", "eq", 501)
    for i in range(depth):
        one = {"or" if i % 2 else "and": [one, f("hub_id", "eq", i)]}
    return one


def test_complexity_is_bounded(api):
    assert find(api, nested(8)) is not None
    refused(api.query("/products", filters=[nested(40)]))
    refused(api.get("/products", params={"q": "{\"filters\":" + "[" * 3000}),
            message="Unable to decode data")
    many = [f("hub_id", "gt", 400 + i) for i in range(110)]
    assert find(api, *many) == []
    refused(api.get("/products", params={"q": json.dumps(
        {"filters": [{"or": []}] * 300})}))
    chain = f("hub_id", "eq", 501)
    for i in range(12):
        chain = f("hub" if i % 2 else "products", "has" if i % 2 else "any",
                  chain)
    refused(api.query("/hubs", filters=[chain]))


# ---- order, limit, group, single -------------------------------------------

def test_order_breaks_ties_by_key(api):
    order = find(api, order_by=[{"field": "product_type_id",
                                 "direction": "desc"}])
    assert order == sorted(range(COUNT), key=lambda i: (
        -UNITS[i]["product_type_id"], i))


def test_nulls_come_first_ascending(api):
    order = find(api, order_by=[{"field": "hub_id"}])
    assert order == list(range(20, 30)) + list(range(20))
    order = find(api, order_by=[{"field": "hub_id", "direction": "desc"}])
    assert order == list(range(10, 20)) + list(range(10)) + \
        list(range(20, 30))


def test_order_over_a_relation_is_an_inner_join(api):
    order = find(api, order_by=[{"field": "hub__name", "direction": "desc"}])
    assert order == list(range(10, 20)) + list(range(10))
    reply = api.get("/products", params={"q": json.dumps({
        "order_by": [{"field": "states__state_id"}]}),
        "results_per_page": 100})
    body = reply.json()
    assert body["num_results"] == sum(i % 4 for i in range(COUNT))
    found = imeis(reply)
    assert len(found) == len(set(found)) == sum(
        i % 4 > 0 for i in range(COUNT))


def test_limit_and_offset_cut_before_pages(api):
    q = json.dumps({"limit": 15, "offset": 20})
    body = api.get("/products", params={"q": q}).json()
    assert body["num_results"] == 10
    q = json.dumps({"limit": "12", "offset": 3})
    reply = api.get("/products", params={"q": q, "page": 2})
    assert imeis(reply) == [imei(13), imei(14)]
    assert reply.json()["num_results"] == 12
    assert reply.json()["total_pages"] == 2
    q = json.dumps({"offset": 1000})
    assert api.get("/products", params={"q": q}).json()["num_results"] == 0


def test_group_by_gives_one_object_per_group(api):
    reply = api.query("/products", group_by=[{"field": "product_type_id"}])
    assert imeis(reply) == [imei(0), imei(1), imei(2)]
    assert reply.json()["num_results"] == 3
    reply = api.query("/products", group_by=[
        {"field": "hub__entity_id"}], filters=[f("hub", "is_not_null")])
    assert reply.json()["num_results"] == 2
    reply = api.query("/products", group_by=[
        {"field": "product_type_id"}, {"field": "hub_id"}])
    assert reply.json()["num_results"] == 9


def test_single(api):
    reply = api.query("/products", single=True,
                      filters=[f("product_imei", "eq", imei(4))])
    assert reply.status_code == 200
    assert reply.json()["product_imei"] == imei(4)
    assert reply.headers["Location"] == \
        api.v1 + "/products/" + imei(4)
    reply = api.query("/products", single="false",
                      filters=[f("product_imei", "eq", "x")])
    assert reply.status_code == 404
    assert reply.json()["message"] == "No result found"
    reply = api.query("/products", single=1)
    assert reply.status_code == 400
    assert reply.json()["message"] == "Multiple results found"
    assert api.query("/products", single=True, limit=1).status_code == 200


# ---- pages --------------------------------------------------------------

def page(api, **params):
    reply = api.get("/products", params=params)
    assert reply.status_code == 200, reply.text
    return reply


@pytest.mark.parametrize("size,want", [
    ("", 10), ("0", 10), ("-1", 10), ("abc", 10), ("2.5", 10), ("1e2", 10),
    (" 7 ", 7), ("100", 30), ("101", 30), ("9" * 30, 30), ("1", 1)])
def test_page_size(api, size, want):
    assert len(imeis(page(api, results_per_page=size))) == want


@pytest.mark.parametrize("accept", [None, "text/html", "*/*"])
def test_every_answer_is_json(api, accept):
    for path in "/hubs", "/hubs/501", "/hubs/99999", "/hubs?page=x":
        reply = api.get(path, headers={"Accept": accept})
        assert reply.headers["Content-Type"] == "application/json"
        assert "Accept" in reply.headers["Vary"].split(", ")
        assert reply.status_code != 406


def test_page_envelope(api):
    reply = page(api)
    assert reply.headers["Content-Type"].startswith("application/json")
    assert list(reply.json()) == [
        "num_results", "objects", "page", "total_pages"]
    assert reply.json()["page"] == 1
    assert reply.json()["total_pages"] == 3
    one = reply.json()["objects"][0]
    assert list(one) == sorted(one)
    assert "states" not in one and "hub" not in one


def test_page_beyond_the_end(api):
    for number in (4, 10 ** 9, 10 ** 30):
        body = page(api, page=number).json()
        assert body["objects"] == []
        assert body["page"] == number
        assert body["num_results"] == COUNT
    assert page(api, page=0).json()["objects"] == []


@pytest.mark.parametrize("number", ["", "abc", "1.5", "-1", "0x1"])
def test_bad_page_is_named(api, number):
    reply = api.get("/products", params={"page": number})
    assert reply.status_code == 400
    assert "page" in reply.json()["data"]


def test_nothing_found_has_no_pages(api):
    reply = api.query("/products", filters=[f("hub_id", "eq", 1)])
    assert reply.json() == {
        "num_results": 0, "objects": [], "page": 1, "total_pages": 0}
    assert reply.links["last"]["url"].endswith("page=0&results_per_page=10")
    assert "next" not in reply.links


def test_links_lead_through_all_pages(api):
    q = json.dumps({"filters": [f("hub_id", "is_not_null")],
                    "order_by": [{"field": "gps_lat", "direction": "desc"}]})
    reply = page(api, q=q, results_per_page=7)
    assert reply.links["last"]["url"].startswith(api.v1 + "/products?")
    found = imeis(reply)
    while "next" in reply.links:
        reply = api.session.get(reply.links["next"]["url"])
        found += imeis(reply)
    assert found == [imei(i) for i in reversed(range(20))]
    assert reply.url == reply.links["last"]["url"]


def test_links_do_not_repeat_what_a_forged_host_says(fleet, api):
    reply = requests.get(fleet.v1 + "/products", headers={
        "Authorization": "Token token=" + api.token,
        "Host": "evil\"><script>"})
    assert "evil" not in reply.headers.get("Link", "")


# ---- items ----------------------------------------------------------------

@pytest.mark.parametrize("path", [
    "/states/1", "/states/abc", "/states/1.5", "/states/" + "9" * 30,
    "/products/nothing", "/states/%20", "/state", "/States"])
def test_missing_rows(api, path):
    reply = api.get(path)
    assert reply.status_code == 404
    assert set(reply.json()) >= {"status", "message", "data"}


def test_item_ignores_q(api):
    assert api.get("/products/" + imei(1), params={"q": "x"}).json()[
        "product_imei"] == imei(1)


def test_methods_that_are_not_there(api):
    for method, path, allow in [
            ("POST", "/products", {"GET"}),
            ("PUT", "/hubs", {"GET", "POST"}),
            ("DELETE", "/hubs/501/shops", {"GET"}),
            ("PUT", "/states/1", {"GET"})]:
        reply = api.request(method, path, {})
        assert reply.status_code == 405, (method, path)
        given = set(reply.headers["Allow"].split(", "))
        assert allow <= given and method not in given


# ---- sub-resources ----------------------------------------------------------

def test_related_rows(api):
    reply = api.get("/hubs/501/shops")
    assert [o["shop_id"] for o in reply.json()["objects"]] == [600, 602, 604]
    reply = api.get("/hubs/501/shops", params={"page": 2,
                                               "results_per_page": 2})
    assert [o["shop_id"] for o in reply.json()["objects"]] == [604]
    assert reply.json()["total_pages"] == 2
    assert "Link" not in reply.headers
    for q in ("{}", '{"limit":1}', "no JSON"):      # q is not looked at
        reply = api.get("/hubs/501/shops", params={"q": q})
        assert reply.json()["num_results"] == 3
    assert api.get("/products/%s/hub" % imei(0)).json()["hub_id"] == 501


def test_related_row_must_belong_to_its_parent(api):
    assert api.get("/hubs/501/shops/600").json()["shop_id"] == 600
    for path in ["/hubs/501/shops/601", "/hubs/501/shops/9", "/hubs/9/shops",
                 "/hubs/501/shops/x", "/hubs/x/shops", "/hubs/501/nothing",
                 "/products/%s/hub" % imei(29),
                 "/products/%s/hub/502" % imei(0)]:
        assert api.get(path).status_code == 404, path


def test_unlink_keeps_the_row(api):
    path = "/hubs/502/products/" + imei(19)
    assert api.delete(path).status_code == 204
    assert api.get("/products/" + imei(19)).json()["hub_id"] is None
    assert api.delete(path).status_code == 404
    put = api.put("/products/" + imei(19), {"hub_id": 502})
    assert put.status_code == 200, put.text


def test_unlink_of_a_required_key_is_refused(api):
    reply = api.delete("/hubs/501/shops/600")
    assert reply.status_code == 400
    assert "hub_id" in reply.json()["data"]


def test_unlink_needs_the_level_of_put(fleet):
    for level in helio.LEVELS[:-1]:
        reply = fleet.login(level).delete("/hubs/501/products/" + imei(0))
        assert reply.status_code == 403


# ---- entity scope ------------------------------------------------------------

def test_scope_reaches_every_query(fleet):
    api = fleet.login("ADMIN", "ENTITY")
    assert find(api) == list(range(15))
    assert find(api, f("hub__name", "eq", "hub 502")) == []
    assert find(api, f("hub", "is_null")) == list(range(10, 15))
    assert api.get("/products/" + imei(20)).status_code == 404
    assert api.get("/hubs/502/shops").status_code == 404
    states = api.get("/states").json()["num_results"]
    assert states == sum(i % 4 for i in range(15))
    order = api.query("/products", order_by=[{"field": "hub__name"}])
    assert order.json()["num_results"] == 10
    groups = api.query("/products", group_by=[{"field": "hub__name"}])
    assert groups.json()["num_results"] <= 2


# ---- bodies -------------------------------------------------------------------

def test_post_answers_the_whole_object(api):
    name = "type %d" % helio.fresh()
    reply = api.post("/product_types", {
        "name": name, "product_type_id": 1, "created_by": "me",
        "created_at": "2000-01-01", "parameter_types": [{"b": [1], "a": 0.1}]})
    assert reply.status_code == 201, reply.text
    body = reply.json()
    assert body["name"] == name and body["product_type_id"] != 1
    assert body["created_by"] == api.user["username"]
    assert body["modified_at"] is None and body["erp_code"] is None
    assert body["parameter_types"] == [{"b": [1], "a": 0.1}]
    assert reply.headers["Location"] == "%s/product_types/%d" % (
        api.v1, body["product_type_id"])
    assert api.get("/product_types/%d" % body["product_type_id"]).json() == body


def test_a_list_column_takes_lists_only(api):
    for wrong in (5, "x", {"a": 1}, True):
        reply = api.post("/product_types", {
            "name": "type %d" % helio.fresh(), "parameter_types": wrong})
        assert reply.status_code == 400
        assert reply.json()["data"] == {"parameter_types": "must be a list"}


def test_a_list_column_takes_lists_only_from_imports_too(tmp_path):
    folder = tmp_path / "data"
    helio.init(folder)
    row = {"product_type_id": 500, "name": "n", "parameter_types": {"a": 1}}
    done = helio.import_rows(folder, [{"table": "product_type", "row": row}],
                             check=False)
    assert done.returncode == 1
    assert "line 1" in done.stderr and "parameter_types" in done.stderr
    for good in ([], [1, "a"], None):
        helio.import_rows(folder, [{"table": "product_type", "row": {
            **row, "parameter_types": good}}])


def test_post_takes_a_form(api):
    name = "form %d" % helio.fresh()
    reply = api.post("/product_types", urllib.parse.urlencode(
        {"name": name, "erp_code": "XX0005"}))
    assert reply.status_code == 201, reply.text
    assert reply.json()["erp_code"] == "XX0005"


def test_every_bad_member_is_named(api):
    reply = api.post("/hubs", {"name": 3, "latitude": "1" * 13, "x": 1,
                               "entity_id": "abc", "products": []})
    assert reply.status_code == 400
    body = reply.json()
    assert body["status"] == "validation-error"
    assert set(body["data"]) == {
        "name", "latitude", "x", "entity_id", "products"}
    assert body["validation_errors"] == body["data"]


def test_constraints_are_named_with_the_rest(api):
    reply = api.post("/hubs", {"name": "hub 501", "entity_id": 987654,
                               "latitude": 3})
    assert reply.status_code == 400
    assert set(reply.json()["data"]) == {"name", "entity_id", "latitude"}
    reply = api.post("/hubs", {"name": "hub 501", "entity_id": 987654})
    assert set(reply.json()["data"]) == {"name", "entity_id"}
    reply = api.post("/hubs", {})
    assert set(reply.json()["data"]) == {"name", "entity_id"}


@pytest.mark.parametrize("body,status,message", [
    ("", 400, "Unable to decode data"), ("{", 400, "Unable to decode data"),
    ("3", 400, "The body must be a JSON object"),
    ('"x"', 400, None), ("[1]", 400, None), ("null", 400, None),
    ("[]", 400, None), ("{}", 400, None)])
def test_bodies_that_are_no_object(api, body, status, message):
    reply = api.request("POST", "/hubs", body)
    assert reply.status_code == status
    if message:
        assert reply.json()["message"] == message


def test_put_changes_only_what_is_named(api):
    made = api.post("/product_types", {
        "name": "put %d" % helio.fresh(), "erp_code": "a"}).json()
    path = "/product_types/%d" % made["product_type_id"]
    reply = api.put(path, {"erp_code": "b", "product_type_id": 7,
                           "created_by": "x"})
    assert reply.status_code == 200
    after = reply.json()
    assert after.pop("modified_at") and after.pop("modified_by")
    assert after == {**{k: v for k, v in made.items() if k not in (
        "modified_at", "modified_by")}, "erp_code": "b"}
    for nothing in ("{}", "null", "[]"):
        assert api.request("PUT", path, nothing).json()["erp_code"] == "b"
    reply = api.put(path, {"x": 1, "y": 1})
    assert reply.json()["message"] == "Model does not have field 'x'"
    assert set(reply.json()["data"]) == {"x", "y"}
    assert api.put(path, {"name": None}).status_code == 400
    assert api.put("/product_types/987654", {"x": 1}).status_code == 400
    assert api.put("/product_types/987654", {}).status_code == 404
    assert api.put("/product_types/987654", {"name": "x"}).status_code == 404
    assert api.put("/product_types/abc", {"name": "x"}).status_code == 404


def test_what_actions_own_is_refused_by_name(api):
    reply = api.put("/products/" + imei(1), {"desired_enable_flag": True,
                                             "product_imei": "other"})
    assert reply.status_code == 400
    data = reply.json()["data"]
    assert "enable" in json.dumps(data["desired_enable_flag"])
    assert "product_imei" in data
    reply = api.put("/products/" + imei(1), {"product_imei": imei(1),
                                             "assembler": "Zoe"})
    assert reply.json()["assembler"] == "Zoe"
    api.put("/products/" + imei(1), {"assembler": UNITS[1]["assembler"]})


def test_delete(api):
    made = api.post("/product_types", {"name": "gone %d" % helio.fresh()})
    path = "/product_types/%d" % made.json()["product_type_id"]
    reply = api.delete(path)
    assert reply.status_code == 204 and reply.content == b""
    assert api.get(path).status_code == 404
    assert api.delete(path).status_code == 404
    assert api.delete("/product_types/abc").status_code == 404
    assert api.delete("/product_types/4").status_code == 400


def test_natural_keys(api):
    mnc = helio.fresh() % 900 + 100
    reply = api.post("/networks", {"name": "n", "mcc": 999, "mnc": mnc})
    assert reply.status_code == 201, reply.text
    assert reply.json()["mccmnc"] == int("999%d" % mnc)
    again = api.post("/networks", {"name": "n", "mcc": 999, "mnc": mnc})
    assert again.status_code == 400 and "mccmnc" in again.json()["data"]
    name = "a b/c %d" % helio.fresh()
    reply = api.post("/channels", {"name": name})
    assert reply.status_code == 201
    assert api.session.get(reply.headers["Location"]).json()["name"] == name


def test_users_have_passwords(fleet, api):
    name = "user%d@example.com" % helio.fresh()
    body = {"username": name, "permissions": "ADMIN",
            "user_product_visibility": "GLOBAL"}
    reply = api.post("/users", body)
    assert "password" in reply.json()["data"]
    reply = api.post("/users", {**body, "password": "quite a secret"})
    assert reply.status_code == 201, reply.text
    assert not [k for k in reply.json() if "password" in k]
    assert helio.Api(fleet, name, "quite a secret").get(
        "/products").status_code == 200
    path = "/users/%d" % reply.json()["user_id"]
    assert api.put(path, {"password": "another secret"}).status_code == 200
    helio.Api(fleet, name, "another secret")
    refused(api.query("/users", filters=[f("password_hash", "is_null")]))
    reply = api.put(path, {"password_hash": "x"})
    assert reply.status_code == 400 and "password_hash" in reply.json()["data"]
