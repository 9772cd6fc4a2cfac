"""Who may do what: every table, method and level, and every action."""
import pytest
import requests

import actions
import facts
import helio
from actions import ACTIONS
from facts import LEVELS, SERVED
from world import is_envelope

EVERY = [(name, method) for name, table in SERVED.items()
         for method in facts.METHODS if method in table.methods]
WITH_LEVEL = [(*one, level) for one in EVERY for level in LEVELS]


def request(world, api, name, method, legal=True):
    """One request that only the permission can refuse."""
    table = SERVED[name]
    if method == "POST":
        return api.post(table.path, world.rows.body(name) if legal else {})
    if method == "GET":
        return api.get(table.item(world.fixed(name)))
    if method == "PUT":
        return api.put(table.item(world.fixed(name)), {})
    return api.delete(table.item(world.new(name) if legal
                                 else world.fixed(name)))


GOOD = {"POST": 201, "GET": 200, "PUT": 200, "DELETE": 204}


@pytest.mark.parametrize("name,method,level", WITH_LEVEL)
def test_method_is_allowed_from_its_level_up(world, name, method, level):
    table = SERVED[name]
    allowed = table.allows(method, level)
    api = world.server.login(level)
    reply = request(world, api, name, method, legal=allowed)
    if allowed:
        assert reply.status_code == GOOD[method], reply.text
    else:
        assert reply.status_code == 403, reply.text
        body = is_envelope(reply)
        assert body["message"].startswith("Your user is not allowed")
        world.read(name, world.fixed(name))
    if method == "GET":
        page = api.get(table.path)
        assert page.status_code == (200 if allowed else 403)


@pytest.mark.parametrize("name,method", EVERY)
def test_nothing_without_a_token(world, name, method):
    table = SERVED[name]
    path = world.server.v1 + (
        table.path if method == "POST" else table.item(world.fixed(name)))
    for headers in ({}, {"Authorization": "Token token=" + "x" * 64},
                    {"Authorization": "Token token="},
                    {"Authorization": "Basic YWRtaW46YWRtaW4="}):
        reply = requests.request(method, path, headers=headers, json={})
        assert reply.status_code == 401, headers
        is_envelope(reply)
        assert "WWW-Authenticate" in reply.headers
    world.read(name, world.fixed(name))


@pytest.mark.parametrize("name", SERVED)
def test_relations_need_the_level_of_both_tables(world, name):
    """A sub-resource or a filter must not show what its table hides."""
    table = SERVED[name]
    key = world.fixed(name)
    for relation, (child, _) in table.relations.items():
        if child not in SERVED:
            continue
        least = max(LEVELS.index(SERVED[n].methods["GET"])
                    for n in (name, child))
        for i, level in enumerate(LEVELS):
            api = world.server.login(level)
            reply = api.get("%s/%s" % (table.item(key), relation))
            assert reply.status_code == (200 if i >= least else 403)
            if i < LEVELS.index(SERVED[child].methods["GET"]) and \
                    table.allows("GET", level):
                q = {"filters": [{"name": relation, "op": "any", "val": {
                    "name": SERVED[child].key, "op": "ge", "val": 0}}]}
                assert api.query(table.path, **q).status_code in (400, 403)


# ---- actions ----

@pytest.fixture(scope="module")
def imei(world):
    imei = helio.new_hub2(world.server.login("FACTORY"))[0]
    world.system.put("/products/" + imei, {"rtc_enabled_flag": True})
    return imei


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", ACTIONS)
def test_action_is_allowed_from_its_level_up(world, imei, name, level):
    action = ACTIONS[name]
    allowed = level in facts.levels_from(action.level)
    if name == "change_state" and allowed:
        imei = helio.new_hub2(world.server.login("FACTORY"))[0]
    reply = action.call(world.server.login(level), imei)
    if allowed:
        assert reply.status_code == action.status, reply.text
        assert (reply.json().get("status", "success") == "success") == (
            action.status < 400)
    else:
        assert reply.status_code == 403, reply.text
        is_envelope(reply)


@pytest.mark.parametrize("name", ACTIONS)
def test_no_action_without_a_token(world, imei, name):
    class Nobody(helio.Api):
        def __init__(self):
            self.v1 = world.server.v1
            self.session = requests.Session()

    reply = ACTIONS[name].call(Nobody(), imei)
    assert reply.status_code == 401
    is_envelope(reply)


@pytest.mark.parametrize("name", ACTIONS)
def test_action_has_its_methods_only(world, imei, name):
    path = ACTIONS[name].path.format(imei=imei)
    methods = {a.method for a in ACTIONS.values()
               if a.path == ACTIONS[name].path}
    for method in {*facts.METHODS, "PATCH"} - methods:
        reply = world.system.request(method, path, {})
        assert reply.status_code in (404, 405), method
        is_envelope(reply)
        if reply.status_code == 405:
            allow = reply.headers["Allow"].replace(" ", "").split(",")
            assert set(allow) - {"HEAD", "OPTIONS"} == methods


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("kind", actions.FROM_PCB)
def test_factory_makes_products_of_pcbs(world, kind, level):
    factory = world.server.login("FACTORY")
    pcb = actions.make_pcb(factory, kind)
    reply = world.server.login(level).post(
        "/products/create_product/" + kind, actions.from_pcb(kind, pcb))
    allowed = level in ("FACTORY", "SYSTEM")
    assert reply.status_code == (200 if allowed else 403), reply.text
    made = world.system.get("/products/" + pcb)
    assert made.status_code == (200 if allowed else 404)


def test_refused_action_changes_nothing(world, imei):
    """A 403 comes before anything else is looked at."""
    overview = world.server.login("OVERVIEW")
    before = world.read("product", imei)
    histories = world.count("enable_history")
    for name in "enable", "disable", "change_state":
        assert ACTIONS[name].call(overview, imei).status_code == 403
        assert ACTIONS[name].call(overview, "no-such-unit").status_code == 403
    assert world.read("product", imei) == before
    assert world.count("enable_history") == histories


def test_home_needs_no_token(world):
    for method in "GET", "POST":
        assert requests.request(
            method, world.server.v1 + "/home").status_code == 200


# ---- secrets ----

@pytest.mark.parametrize("level", LEVELS)
def test_device_key_is_shown_from_factory_up(world, imei, level):
    api = world.server.login(level)
    sees = level in ("FACTORY", "SYSTEM")
    only = [{"name": "product_imei", "op": "eq", "val": imei}]
    rows = [api.get("/products/" + imei).json(),
            *api.query("/products", filters=only).json()["objects"]]
    for row in rows:
        assert bool(row.get("device_key")) == sees
    linked = api.query("/part_product_linker", filters=only).json()["objects"]
    keys = []
    for link in linked:
        part = api.get("/parts/%d" % link["part_id"]).json()
        keys.append("device_key" in (part["properties"] or {}))
    assert any(keys) == sees


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("table,relation", [
    ("product_types", "products__device_key"),
    ("product_notes", "product__device_key"),
    ("product_notes", "created_by_rel__password_hash"),
    ("entities", "users__password_hash"),
])
def test_secrets_cannot_be_guessed_through_relations(
        world, table, relation, level):
    api = world.server.login(level)
    name, field = relation.split("__")
    for op in "any", "has":
        for q in ({"filters": [{"name": relation, "op": op, "val": "k"}]},
                  {"filters": [{"name": name, "op": op, "val": {
                      "name": field, "op": "like", "val": "k%"}}]},
                  {"order_by": [{"field": relation}]}):
            assert api.query("/" + table, **q).status_code == 400, q


def test_password_hashes_are_never_shown(world):
    for row in world.find("user")["objects"]:
        assert not {"password", "password_hash"} & set(row)
    key = world.fixed("user")
    for body in ({"password_hash": "x"}, {"password": "short"}):
        assert world.system.put("/users/%d" % key, body).status_code == 400
