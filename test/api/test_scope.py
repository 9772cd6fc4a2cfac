"""ENTITY scope: such a user sees and touches its own entity's units, what
hangs on them, and its own entity's rows; all else is not there.

The fleet has a chain of rows in every table for each kind of unit: one that
is assigned to our entity, to another one, to both, formerly to ours, and to
nobody.
"""
import pytest

import actions
import facts
import helio
from actions import ACTIONS
from facts import LEVELS, SERVED, TABLES, having
from helio import ENTITY, OTHER_ENTITY
from world import is_envelope

# The entity that the rows of a side belong to, and where its unit is and
# was: (entity, removed).
SIDES = {
    "ours": (ENTITY, [(ENTITY, None)]),
    "theirs": (OTHER_ENTITY, [(OTHER_ENTITY, None)]),
    "both": (103, [(ENTITY, None), (OTHER_ENTITY, None)]),
    "removed": (104, [(ENTITY, "2016-08-01T00:00:00"), (OTHER_ENTITY, None)]),
    "none": (105, []),
}
LINKER = "product_entity_linker"


def reach(name):
    """What decides whether a row is in scope: its unit, its entity, or
    nothing."""
    table = TABLES[name]
    required = {f.name for f in table.fields.values() if f.required}
    if name in ("product", "part", "part_parameter") or \
            "product_imei" in table.fields or "repair_id" in required:
        return "unit"
    if name == "entity" or "entity_id" in table.fields or \
            {"hub_id", "repair_centre_id"} & required:
        return "entity"
    return None


def visible(name, side):
    if name == "rtc_dead_letter":
        return False
    return {"unit": side in ("ours", "both"), "entity": side == "ours",
            None: True}[reach(name)]


class Fleet:
    def __init__(self, folder):
        helio.init(folder)
        self.lines = facts.Import()
        self.rows = {}          # side: facts.Rows
        self.links = []         # (side, key of a linker, is it ours to see)
        for side, (entity, _) in SIDES.items():
            if entity not in (ENTITY, OTHER_ENTITY):
                self.lines.add("entity", {
                    "entity_id": entity, "name": side,
                    "bboxx_company_flag": False})
            self._side(side, entity)
        self.loose_part = self.rows["theirs"].add("part", part_type_id=43)
        helio.import_rows(folder, self.lines.lines)
        self.server = helio.Server(folder)
        self.all = self.server.login("SYSTEM")
        self.ours = self.server.login("SYSTEM", "ENTITY")

    def _side(self, side, entity):
        rows = facts.Rows(self.lines.add, {"entity": entity}, share=True)
        self.rows[side] = rows
        for owner, removed in SIDES[side][1]:
            key = rows.add(LINKER, entity_id=owner, date_removed=removed)
            self.links.append(
                (side, key, owner == ENTITY and removed is None))
            rows.known.setdefault(LINKER, key)
        rows.known["part_product_linker"] = rows.add(
            "part_product_linker", date_removed=None)
        for name in TABLES:
            if name != LINKER:
                rows.parent(name)

    def keys(self, name):
        """Of every side with a row: (key, is it visible)."""
        if name == LINKER:
            return [(key, seen) for _, key, seen in self.links]
        return [(rows.known[name], visible(name, side))
                for side, rows in self.rows.items()]

    def key(self, name, side):
        return self.rows[side].known[name]

    def sees(self, name, side):
        """Is the side's row of the table visible?"""
        if name == LINKER:
            return dict(self.keys(name)).get(
                self.rows[side].known.get(name), False)
        return visible(name, side)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    fleet = Fleet(tmp_path_factory.mktemp("fleet") / "data")
    yield fleet
    fleet.server.stop()


def objects(api, name, **q):
    reply = api.query(SERVED[name].path + "?results_per_page=100", **q)
    assert reply.status_code == 200, reply.text
    return reply.json()


def keys_of(page, name):
    return {row[SERVED[name].key] for row in page["objects"]}


def among(name, keys):
    return {"name": SERVED[name].key, "op": "in", "val": list(keys)}


def equal(name, key):
    return {"name": SERVED[name].key, "op": "eq", "val": key}


READERS = [(name, level) for name, table in SERVED.items()
           for level in LEVELS if table.allows("GET", level)]
each_reader = pytest.mark.parametrize("name,level", READERS)
each_table = pytest.mark.parametrize("name", SERVED)


# ---- reading ----

@each_reader
def test_list_holds_what_is_in_scope(fleet, name, level):
    api = fleet.server.login(level, "ENTITY")
    rows = fleet.keys(name)
    seen = {key for key, is_seen in rows if is_seen}
    page = objects(api, name, filters=[among(name, [k for k, _ in rows])])
    assert keys_of(page, name) == seen
    assert page["num_results"] == len(seen)
    everything = objects(api, name)
    assert everything["num_results"] == len(everything["objects"])
    assert not keys_of(everything, name) & {k for k, s in rows if not s}


@each_reader
def test_item_out_of_scope_is_404(fleet, name, level):
    api = fleet.server.login(level, "ENTITY")
    for key, is_seen in fleet.keys(name):
        reply = api.get(SERVED[name].item(key))
        assert reply.status_code == (200 if is_seen else 404), key
        if is_seen:
            assert reply.json()[SERVED[name].key] == key
        else:
            assert reply.json() == api.get(
                SERVED[name].item(123456789)).json()


@each_table
def test_order_and_groups_hold_what_is_in_scope(fleet, name):
    table = SERVED[name]
    rows = fleet.keys(name)
    mine = [among(name, [k for k, _ in rows])]
    seen = sorted((k for k, s in rows if s), reverse=True)
    page = objects(fleet.ours, name, filters=mine, order_by=[
        {"field": table.key, "direction": "desc"}])
    assert [row[table.key] for row in page["objects"]] == seen
    page = objects(fleet.ours, name, filters=mine,
                   group_by=[{"field": table.key}])
    assert page["num_results"] == len(seen)
    page = objects(fleet.ours, name, filters=[
        {"or": [*mine, {"name": table.key, "op": "is_null"}]}])
    assert page["num_results"] == len(seen)


# ---- relations ----

TO_MANY = [(name, relation) for name, table in SERVED.items()
           for relation, (child, _) in table.relations.items()
           if child in SERVED]
TO_ONE = [(name, field.name) for name, table in SERVED.items()
          for field in table.writable if field.target in SERVED]


def pairs(fleet, name, child, field):
    """Of every side: the parent's key, the child's, and whether the child
    can be found through the parent."""
    for side in SIDES:
        key = fleet.rows[side].known.get(child)
        if key is None:
            continue
        parent = fleet.key(name, side)
        owner = SIDES[side][1][0][0] if child == LINKER and \
            field == "entity_id" else parent
        yield side, owner, key, fleet.sees(child, side)


def can_see(fleet, name, key, side):
    return key == ENTITY if name == "entity" else fleet.sees(name, side)


@pytest.mark.parametrize("name,relation", TO_MANY)
def test_any_does_not_look_beyond_the_scope(fleet, name, relation):
    child, field = SERVED[name].relations[relation]
    if TABLES[child].fields[field].owner:
        return
    child_key = SERVED[child].key
    for side, parent, key, seen in pairs(fleet, name, child, field):
        found = seen and can_see(fleet, name, parent, side)
        inner = {"name": child_key, "op": "eq", "val": key}
        for q in ({"name": relation, "op": "any", "val": inner},
                  {"name": "%s__%s" % (relation, child_key), "op": "any",
                   "val": key}):
            page = objects(fleet.ours, name, filters=[q])
            assert keys_of(page, name) == ({parent} if found else set()), side


@pytest.mark.parametrize("name,relation", TO_MANY)
def test_sub_resource_does_not_look_beyond_the_scope(fleet, name, relation):
    child, field = SERVED[name].relations[relation]
    if TABLES[child].fields[field].owner:
        return
    for side, parent, key, seen in pairs(fleet, name, child, field):
        path = "%s/%s" % (SERVED[name].item(parent), relation)
        reply = fleet.ours.get(path)
        one = fleet.ours.get("%s/%s" % (path, key))
        if not can_see(fleet, name, parent, side):
            assert (reply.status_code, one.status_code) == (404, 404), side
            continue
        rows = reply.json()["objects"]
        assert reply.json()["num_results"] == len(rows)
        assert (key in [r[SERVED[child].key] for r in rows]) == seen, side
        assert one.status_code == (200 if seen else 404), side


@pytest.mark.parametrize("name,relation", TO_MANY)
def test_order_over_a_relation_stays_in_scope(fleet, name, relation):
    child, field = SERVED[name].relations[relation]
    if TABLES[child].fields[field].owner:
        return
    rows = list(pairs(fleet, name, child, field))
    page = objects(
        fleet.ours, name,
        filters=[among(name, [parent for _, parent, _, _ in rows])],
        order_by=[{"field": "%s__%s" % (relation, SERVED[child].key)}])
    assert keys_of(page, name) == {
        parent for side, parent, _, seen in rows
        if seen and can_see(fleet, name, parent, side)}


@pytest.mark.parametrize("name,relation", TO_MANY)
def test_having_relatives_out_of_scope_is_having_none(fleet, name, relation):
    child, field = SERVED[name].relations[relation]
    if TABLES[child].fields[field].owner or (name, child) == (
            "entity", LINKER):      # ours has units of every side
        return
    for side, parent, _, seen in pairs(fleet, name, child, field):
        if not can_see(fleet, name, parent, side):
            continue
        for op, wanted in ("is_null", not seen), ("is_not_null", seen):
            page = objects(fleet.ours, name, filters=[
                equal(name, parent), {"name": relation, "op": op}])
            assert page["num_results"] == wanted, (side, op)


@pytest.mark.parametrize("name,field", TO_ONE)
def test_has_does_not_look_beyond_the_scope(fleet, name, field):
    table = SERVED[name]
    field = table.fields[field]
    target = SERVED[field.target]
    for side in SIDES:
        key = fleet.rows[side].known.get(name)
        if key is None or name == LINKER:
            continue
        parent = fleet.all.get(table.item(key)).json()[field.name]
        found = fleet.sees(name, side) and can_see(
            fleet, target.name, parent, side)
        page = objects(fleet.ours, name, filters=[
            equal(name, key), {"name": field.relation, "op": "has", "val": {
                "name": target.key, "op": "eq", "val": parent}}])
        assert page["num_results"] == found, side
        page = objects(fleet.ours, name, filters=[equal(name, key)], order_by=[
            {"field": "%s__%s" % (field.relation, target.key)}])
        assert page["num_results"] == found, side
        reply = fleet.ours.get(
            "%s/%s" % (table.item(key), field.relation))
        assert reply.status_code == (200 if found else 404), side


# ---- writing ----

HIDDEN = ["theirs", "removed", "none"]


@pytest.mark.parametrize("name", having("PUT"))
def test_row_out_of_scope_cannot_be_changed(fleet, name):
    table = SERVED[name]
    for side in HIDDEN:
        if fleet.sees(name, side):
            continue
        item = table.item(fleet.key(name, side))
        before = fleet.all.get(item).json()
        rows = facts.Rows(None, fleet.rows["ours"].known, share=True)
        for body in {}, {f.name: rows.body(name)[f.name] for f in
                         table.writable if not f.target}:
            assert fleet.ours.put(item, body).status_code == 404
        assert fleet.all.get(item).json() == before


@pytest.mark.parametrize("name", having("DELETE"))
def test_row_out_of_scope_cannot_be_deleted(fleet, name):
    table = SERVED[name]
    for key, is_seen in fleet.keys(name):
        if is_seen:
            continue
        assert fleet.ours.delete(table.item(key)).status_code == 404
        assert fleet.all.get(table.item(key)).status_code == 200


# Tables of which an entity has exactly one row.
ONE_EACH = {"entity", "entity_facility_linker", "repair_centre",
            "user_repair_centre_link"}


def own_body(fleet, name, share=False):
    """A row that hangs on what is ours."""
    def parent(table, row):
        reply = fleet.all.post(SERVED[table].path, row)
        assert reply.status_code == 201, reply.text
        return reply.json()[SERVED[table].key]

    more = {"user_product_visibility": "ENTITY"} if name == "user" else {}
    rows = facts.Rows(parent, fleet.rows["ours"].known, share)
    return rows.body(name, **more)


@pytest.mark.parametrize("name", sorted(set(having("POST")) - ONE_EACH))
def test_row_in_scope_can_be_made_changed_and_deleted(fleet, name):
    table = SERVED[name]
    reply = fleet.ours.post(table.path, own_body(fleet, name))
    assert reply.status_code == 201, reply.text
    item = table.item(reply.json()[table.key])
    assert fleet.ours.get(item).json() == reply.json()
    if "PUT" in table.methods:
        assert fleet.ours.put(item, {}).status_code == 200
    if "DELETE" in table.methods:
        assert fleet.ours.delete(item).status_code == 204


SCOPED_KEYS = [(name, field.name) for name in having("POST")
               for field in SERVED[name].writable
               if field.target and reach(field.target)]


@pytest.mark.parametrize("name,field", SCOPED_KEYS)
def test_row_cannot_lead_out_of_scope(fleet, name, field):
    """... and the refusal does not tell whether the other row exists."""
    table = SERVED[name]
    field = table.fields[field]
    body = own_body(fleet, name, share=name in ONE_EACH)
    count = objects(fleet.all, name)["num_results"]
    for side in HIDDEN:
        body[field.name] = fleet.key(field.target, side)
        hidden = fleet.ours.post(table.path, body)
        assert hidden.status_code in (400, 403, 404), hidden.text
        is_envelope(hidden, hidden.json()["status"])
        body[field.name] = facts.nowhere(field)
        unknown = fleet.ours.post(table.path, body)
        assert hidden.json() == unknown.json(), side
    assert objects(fleet.all, name)["num_results"] == count


@pytest.mark.parametrize("name,field", [
    (name, field) for name, field in SCOPED_KEYS
    if "PUT" in SERVED[name].methods])
def test_row_cannot_be_moved_out_of_scope(fleet, name, field):
    table = SERVED[name]
    field = table.fields[field]
    item = table.item(fleet.key(name, "ours"))
    before = fleet.all.get(item).json()
    for side in HIDDEN:
        reply = fleet.ours.put(item, {
            field.name: fleet.key(field.target, side)})
        assert reply.status_code in (400, 403, 404), reply.text
    assert fleet.all.get(item).json() == before


@pytest.mark.parametrize("name,relation", TO_MANY)
def test_rows_out_of_scope_cannot_be_unlinked(fleet, name, relation):
    child, field = SERVED[name].relations[relation]
    for side, parent, key, seen in pairs(fleet, name, child, field):
        if seen:
            continue
        before = fleet.all.get(SERVED[child].item(key)).json()
        reply = fleet.ours.delete("%s/%s/%s" % (
            SERVED[name].item(parent), relation, key))
        assert reply.status_code in (400, 404, 405), (side, reply.text)
        assert fleet.all.get(SERVED[child].item(key)).json() == before


# ---- actions ----

@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", [
    n for n in ACTIONS if ACTIONS[n].on_unit and not ACTIONS[n].moves])
def test_action_on_a_unit_out_of_scope_is_404(fleet, name, level):
    if level not in facts.levels_from(ACTIONS[name].level):
        return
    api = fleet.server.login(level, "ENTITY")
    unknown = ACTIONS[name].call(api, "no-such-unit")
    for side in SIDES:
        imei = fleet.key("product", side)
        before = fleet.all.get("/products/" + imei).json()
        reply = ACTIONS[name].call(api, imei)
        assert (reply.status_code == 404) == (
            not visible("product", side)), (side, reply.text)
        assert reply.status_code != 403 or name == "force_connection", \
            (side, reply.text)
        if reply.status_code == 404:
            assert reply.json() == unknown.json()
            assert fleet.all.get("/products/" + imei).json() == before


def test_samples_of_a_unit_out_of_scope_stay_hidden(fleet):
    imei = fleet.key("product", "theirs")
    assert ACTIONS["write_data"].call(fleet.all, imei).status_code == 200
    assert ACTIONS["read_data"].call(fleet.all, imei).status_code == 200
    for level in LEVELS:
        api = fleet.server.login(level, "ENTITY")
        assert ACTIONS["read_data"].call(api, imei).status_code == 404


# ---- parts ----

@pytest.mark.parametrize("level", LEVELS)
def test_part_in_no_unit_is_shown_from_factory_up(fleet, level):
    api = fleet.server.login(level, "ENTITY")
    reply = api.get("/parts/%d" % fleet.loose_part)
    seen = level in ("FACTORY", "SYSTEM")
    assert reply.status_code == (200 if seen else 404)
    page = objects(api, "part", filters=[equal("part", fleet.loose_part)])
    assert page["num_results"] == seen


# ---- registration ----

@pytest.mark.parametrize("level", ["FACTORY", "SYSTEM"])
@pytest.mark.parametrize("kind", actions.FROM_PCB)
def test_new_unit_belongs_to_the_entity_of_its_maker(fleet, kind, level):
    api = fleet.server.login(level, "ENTITY")
    imei = actions.make_pcb(api, kind)
    reply = api.post("/products/create_product/" + kind,
                     actions.from_pcb(kind, imei))
    assert reply.status_code == 200, reply.text
    assert_is_ours(fleet, imei)


@pytest.mark.parametrize("name", ["create_hub2", "create_enterprise"])
def test_new_unit_with_its_pcb_belongs_to_the_entity_of_its_maker(
        fleet, name):
    api = fleet.server.login("FACTORY", "ENTITY")
    reply = ACTIONS[name].call(api)
    assert reply.status_code == 200, reply.text
    assert_is_ours(fleet, reply.json()["data"]["product"]["product_imei"])


def assert_is_ours(fleet, imei):
    overview = fleet.server.login("OVERVIEW", "ENTITY")
    assert overview.get("/products/" + imei).status_code == 200
    links = objects(fleet.all, LINKER, filters=[
        {"name": "product_imei", "op": "eq", "val": imei}])["objects"]
    assert [(link["entity_id"], link["date_removed"]) for link in links] == [
        (ENTITY, None)]


def test_new_unit_of_a_global_user_is_not_ours(fleet):
    imei, _ = helio.new_hub2(fleet.server.login("FACTORY"))
    assert fleet.ours.get("/products/" + imei).status_code == 404


def test_pcb_in_a_unit_of_another_entity_cannot_be_taken(fleet):
    imei, _ = helio.new_hub2(fleet.server.login("FACTORY"))
    factory = fleet.server.login("FACTORY", "ENTITY")
    before = fleet.all.get("/products/" + imei).json()
    reply = factory.post("/products/create_product/hub2", {"pcb_imei": imei})
    assert reply.status_code in (400, 404, 409), reply.text
    assert fleet.all.get("/products/" + imei).json() == before
    assert fleet.ours.get("/products/" + imei).status_code == 404


# ---- users ----

def new_user(**more):
    return {"username": "user%d" % helio.fresh(), "permissions": "OVERVIEW",
            "user_product_visibility": "ENTITY", "entity_id": ENTITY,
            "password": helio.PASSWORD} | more


@pytest.mark.parametrize("more", [
    {"user_product_visibility": "GLOBAL"},
    {"user_product_visibility": "GLOBAL", "entity_id": None},
    {"entity_id": OTHER_ENTITY},
    {"entity_id": None},
])
def test_access_beyond_the_own_entity_cannot_be_given(fleet, more):
    body = new_user(**more)
    reply = fleet.ours.post("/users", body)
    assert reply.status_code in (400, 403), reply.text
    page = objects(fleet.all, "user", filters=[
        {"name": "username", "op": "eq", "val": body["username"]}])
    assert page["num_results"] == 0
    mine = fleet.ours.post("/users", new_user()).json()
    item = "/users/%d" % mine["user_id"]
    reply = fleet.ours.put(item, more)
    assert reply.status_code in (400, 403), reply.text
    assert fleet.all.get(item).json() == mine


def test_own_access_cannot_be_widened(fleet):
    name = helio.username("SYSTEM", "ENTITY")
    row = objects(fleet.ours, "user", filters=[
        {"name": "username", "op": "eq", "val": name}])["objects"][0]
    reply = fleet.ours.put("/users/%d" % row["user_id"], {
        "user_product_visibility": "GLOBAL"})
    assert reply.status_code in (400, 403)
    hidden = fleet.ours.get("/products/" + fleet.key("product", "theirs"))
    assert hidden.status_code == 404


def test_usernames_of_other_entities_are_not_confirmed(fleet):
    body = new_user(entity_id=OTHER_ENTITY)
    assert fleet.all.post("/users", body).status_code == 201
    for path in "validate_user", "validate_user_and_password":
        for api, answer in (fleet.all, "True"), (fleet.ours, "False"):
            reply = api.get("/auth/" + path, params={
                "username": body["username"], "password": helio.PASSWORD})
            assert reply.json()["data"] == answer, path


def test_user_moved_to_another_entity_sees_that_one(fleet):
    """Scope follows the user's row, with the token it has."""
    body = new_user(permissions="TECHNICAL")
    user = fleet.all.post("/users", body).json()
    api = helio.Api(fleet.server, body["username"])
    ours, theirs = ["/products/" + fleet.key("product", side)
                    for side in ("ours", "theirs")]
    assert (api.get(ours).status_code, api.get(theirs).status_code) == (
        200, 404)
    reply = fleet.all.put("/users/%d" % user["user_id"],
                          {"entity_id": OTHER_ENTITY})
    assert reply.status_code == 200
    assert (api.get(ours).status_code, api.get(theirs).status_code) == (
        404, 200)


@each_table
def test_user_of_no_entity_sees_reference_data_only(fleet, nobody, name):
    table = SERVED[name]
    for api in nobody:
        if not table.allows("GET", api.user["permissions"]):
            continue
        page = objects(api, name)
        if reach(name) or name == "rtc_dead_letter":
            found = keys_of(page, name) & {k for k, _ in fleet.keys(name)}
            assert not found
        else:
            assert page["num_results"] >= len(fleet.keys(name))


@pytest.fixture(scope="module")
def nobody(fleet):
    """ENTITY users that belong to no entity, if there can be such."""
    users = [new_user(permissions=level, entity_id=None)
             for level in ("OVERVIEW", "SYSTEM")]
    made = [fleet.all.post("/users", user).status_code for user in users]
    return [helio.Api(fleet.server, user["username"])
            for user, status in zip(users, made) if status == 201]
