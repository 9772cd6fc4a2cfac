"""Every table of the API, generated from the documents' facts: create, read,
filter, order, change, delete, and each refusal."""
import re

import pytest

import facts
import helio
from facts import SERVED, TABLES, having
from world import faults, is_envelope

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?$")

each_table = pytest.mark.parametrize("name", SERVED)


def each(*methods):
    return pytest.mark.parametrize("name", having(*methods))


def shown(table, row):
    """What of a body must come back."""
    return {name: row[name] for name, field in table.fields.items()
            if name in row and field.secret != facts.NOBODY}


def agrees(table, answer, row):
    wanted = shown(table, row)
    assert {name: answer[name] for name in wanted} == wanted


# ---- create ----

@each("POST")
def test_created_row_is_read_back(world, name):
    table = SERVED[name]
    body = world.rows.body(name)
    reply = world.system.post(table.path, body)
    assert reply.status_code == 201, reply.text
    row = reply.json()
    assert reply.headers["Content-Type"].startswith("application/json")
    assert set(row) == {table.key, *facts.META} | {
        f.name for f in table.fields.values() if f.secret != facts.NOBODY}
    agrees(table, row, body)
    assert reply.headers["Location"] == "%s%s" % (
        world.server.v1, table.item(row[table.key]))
    assert world.read(name, row[table.key]) == row


@each("POST")
def test_system_sets_the_meta_data(world, name):
    table = SERVED[name]
    claim = {"created_at": "1999-01-01T00:00:00", "created_by": "somebody",
             "modified_at": "1999-01-01T00:00:00", "modified_by": "somebody"}
    if not table.natural:
        claim[table.key] = 4
    reply = world.system.post(table.path, world.rows.body(name) | claim)
    assert reply.status_code == 201, reply.text
    row = reply.json()
    assert row["created_by"] == helio.username("SYSTEM", "GLOBAL")
    assert TIME.match(row["created_at"])
    assert not row["created_at"].startswith("1999")
    assert row["modified_at"] is None and row["modified_by"] is None
    assert table.natural or row[table.key] != 4


@each("POST")
def test_required_fields_are_enough(world, name):
    table = SERVED[name]
    body = world.rows.body(name)
    for field in table.writable:
        if not field.required:
            del body[field.name]
    reply = world.system.post(table.path, body)
    assert reply.status_code == 201, reply.text


# ---- read ----

@each_table
def test_list_is_a_page(world, name):
    world.fixed(name)
    page = world.system.get(SERVED[name].path).json()
    assert set(page) == {"num_results", "total_pages", "page", "objects"}
    assert page["page"] == 1
    assert page["num_results"] >= 1
    assert page["total_pages"] == -(-page["num_results"] // 10)
    assert len(page["objects"]) == min(10, page["num_results"])
    keys = [row[SERVED[name].key] for row in page["objects"]]
    assert keys == sorted(keys)


@each_table
def test_pages_cut_the_list(world, name):
    world.new(name)
    world.new(name)
    path = SERVED[name].path
    reply = world.system.get(path, params={"results_per_page": 1, "page": 2})
    page = reply.json()
    assert page["page"] == 2
    assert page["total_pages"] == page["num_results"] >= 2
    assert len(page["objects"]) == 1
    assert 'rel="last"' in reply.headers["Link"]
    beyond = world.system.get(path, params={"page": 1000000})
    assert beyond.status_code == 200
    assert beyond.json()["objects"] == []
    assert beyond.json()["num_results"] == page["num_results"]


def searchable(field):
    return field.type != "json"


def true_of(field, value):
    """Filters that a row with this value passes."""
    yes = [{"op": "is_not_null"}, {"op": "eq", "val": value},
           {"op": "in", "val": [value]}]
    if field.type != "bool":
        yes += [{"op": "ge", "val": value}, {"op": "<=", "val": value}]
    if field.type == "text":
        yes += [{"op": "like", "val": value},
                {"op": "ilike", "val": value.upper()}]
    return [f | {"name": field.name} for f in yes]


def false_of(field, value):
    no = [{"op": "is_null"}, {"op": "!=", "val": value},
          {"op": "not_in", "val": [value]}]
    if field.type != "bool":
        no += [{"op": "gt", "val": value}, {"op": "<", "val": value}]
    return [f | {"name": field.name} for f in no]


@each_table
def test_every_field_can_be_filtered(world, name):
    table = SERVED[name]
    key = world.fixed(name)
    row = world.read(name, key)
    only = {"name": table.key, "op": "eq", "val": key}
    for field in filter(searchable, table.shown):
        if row[field.name] is None:
            page = world.find(name, filters=[only, {
                "name": field.name, "op": "is_null"}])
            assert page["num_results"] == 1, field
            continue
        page = world.find(name, filters=[
            only, *true_of(field, row[field.name])])
        assert page["objects"] == [row], field
        page = world.find(name, filters=[
            only, {"or": false_of(field, row[field.name])}])
        assert page["num_results"] == 0, field


@each_table
def test_every_field_can_be_ordered_by(world, name):
    table = SERVED[name]
    world.new(name)
    world.fixed(name)
    for field in filter(searchable, table.shown):
        for direction in "asc", "desc":
            rows = world.find(name, order_by=[
                {"field": field.name, "direction": direction}])["objects"]
            values = [row[field.name] for row in rows
                      if row[field.name] is not None]
            assert values == sorted(values, reverse=direction == "desc"), field


@each_table
def test_single_gives_the_object(world, name):
    table = SERVED[name]
    key = world.fixed(name)
    only = [{"name": table.key, "op": "eq", "val": key}]
    reply = world.system.query(table.path, filters=only, single=True)
    assert reply.status_code == 200
    assert reply.json() == world.read(name, key)
    none = world.system.query(table.path, single=True, filters=[
        {"name": table.key, "op": "is_null"}])
    assert none.status_code == 404
    assert is_envelope(none)["message"] == "No result found"


@each_table
def test_unknown_field_in_a_query_is_refused(world, name):
    path = SERVED[name].path
    for q in ({"filters": [{"name": "no_such", "op": "eq", "val": 1}]},
              {"order_by": [{"field": "no_such"}]},
              {"group_by": [{"field": "no_such"}]}):
        reply = world.system.query(path, **q)
        assert reply.status_code == 400, q
        assert is_envelope(reply)["message"] == "Unable to construct query"


# ---- relations ----

TO_MANY = [(name, relation) for name, table in SERVED.items()
           for relation in table.relations]
TO_ONE = [(field.table, field.name) for table in SERVED.values()
          for field in table.fields.values()
          if field.target in SERVED]


@pytest.mark.parametrize("name,relation", TO_MANY)
def test_to_many_relation(world, name, relation):
    """Sub-resource, any, and ordering reach the rows that lead here."""
    table = SERVED[name]
    child, field = table.relations[relation]
    parent, key = world.pairs[child, field]
    path = "%s/%s" % (table.item(parent), relation)
    if child not in SERVED:
        return
    page = world.system.get(path).json()
    assert page["num_results"] == 1
    assert page["objects"] == [world.read(child, key)]
    one = world.system.get("%s/%s" % (path, key))
    assert one.json() == world.read(child, key)
    found = world.find(name, filters=[
        {"name": relation, "op": "any", "val": {
            "name": TABLES[child].key, "op": "eq", "val": key}}])
    assert [row[table.key] for row in found["objects"]] == [parent]
    found = world.find(name, filters=[
        {"name": "%s__%s" % (relation, TABLES[child].key), "op": "any",
         "val": key}])
    assert [row[table.key] for row in found["objects"]] == [parent]


@pytest.mark.parametrize("name,relation", TO_MANY)
def test_sub_resource_of_another_parent_is_unknown(world, name, relation):
    table = SERVED[name]
    child, field = table.relations[relation]
    if child not in SERVED:
        return
    _, key = world.pairs[child, field]
    other = world.fixed(name)
    reply = world.system.get("%s/%s/%s" % (table.item(other), relation, key))
    assert reply.status_code == 404
    is_envelope(reply)


@pytest.mark.parametrize("name,field", TO_ONE)
def test_to_one_relation(world, name, field):
    table = SERVED[name]
    field = table.fields[field]
    parent, key = world.pairs[name, field.name]
    target = TABLES[field.target]
    reply = world.system.get("%s/%s" % (table.item(key), field.relation))
    assert reply.status_code == 200, reply.text
    assert reply.json() == world.read(target.name, parent)
    found = world.find(name, filters=[
        {"name": field.relation, "op": "has", "val": {
            "name": target.key, "op": "eq", "val": parent}}])
    assert [row[table.key] for row in found["objects"]] == [key]
    found = world.find(
        name, filters=[{"name": table.key, "op": "eq", "val": key}],
        order_by=[{"field": "%s__%s" % (field.relation, target.key)}])
    assert [row[table.key] for row in found["objects"]] == [key]


# ---- change ----

@each("PUT")
def test_every_field_can_be_changed(world, name):
    table = SERVED[name]
    key = world.new(name)
    before = world.read(name, key)
    body = world.rows.body(name)
    if name == "network":       # a key made of two fields
        body = {"name": body["name"]}
    elif table.natural:
        body.pop(table.key, None)
    reply = world.system.put(table.item(key), body)
    assert reply.status_code == 200, reply.text
    row = reply.json()
    assert world.read(name, key) == row
    agrees(table, row, body)
    same = {table.key, "created_at", "created_by"}
    assert {n: row[n] for n in same} == {n: before[n] for n in same}


def another(world, field, old):
    """A legal value other than the old one."""
    value = old
    while value == old:
        value = world.rows.body(field.table)[field.name] \
            if not field.target else world.rows.add(field.target)
    return value


@each("PUT")
def test_change_touches_what_it_names_and_the_meta_data(world, name):
    table = SERVED[name]
    key = world.new(name)
    before = world.read(name, key)
    assert before["modified_at"] is None
    for field in table.writable[:1]:
        reply = world.system.put(table.item(key), {
            field.name: another(world, field, before[field.name]),
            "created_by": "somebody", "modified_by": "somebody",
            "modified_at": "1999-01-01T00:00:00"})
        assert reply.status_code == 200, reply.text
        row = reply.json()
        assert TIME.match(row["modified_at"])
        assert not row["modified_at"].startswith("1999")
        assert row["modified_by"] == helio.username("SYSTEM", "GLOBAL")
        changed = {n for n in row if row[n] != before[n]}
        assert changed == {field.name, "modified_at", "modified_by"}


@pytest.mark.parametrize("name", [
    name for name in having("PUT") if SERVED[name].natural])
def test_natural_key_cannot_be_changed(world, name):
    table = SERVED[name]
    key = world.fixed(name)
    before = world.read(name, key)
    same = world.system.put(table.item(key), {table.key: key})
    assert (same.status_code, same.json()) == (200, before)
    other = 12399 if name == "network" else "another"
    reply = world.system.put(table.item(key), {table.key: other})
    assert faults(reply) == {table.key}
    assert world.read(name, key) == before
    assert world.system.get(table.item(other)).status_code == 404


@each("PUT")
def test_empty_change_changes_nothing(world, name):
    key = world.fixed(name)
    before = world.read(name, key)
    for body in "{}", "null", "[]":
        reply = world.system.put(SERVED[name].item(key), body)
        assert reply.status_code == 200, reply.text
        assert reply.json() == before


# ---- delete ----

@each("DELETE")
def test_deleted_row_is_gone(world, name):
    table = SERVED[name]
    key = world.new(name)
    reply = world.system.delete(table.item(key))
    assert (reply.status_code, reply.content) == (204, b"")
    for method in "GET", "DELETE":
        assert world.system.request(
            method, table.item(key)).status_code == 404
    page = world.find(name, filters=[
        {"name": table.key, "op": "eq", "val": key}])
    assert page["num_results"] == 0


CHILDREN = [(name, field.name) for name, table in SERVED.items()
            for field in table.fields.values()
            if field.target in having("DELETE")]


@pytest.mark.parametrize("name,field", CHILDREN)
def test_delete_of_a_row_that_others_lead_to(world, name, field):
    """Children lose their foreign key, or keep the parent when they need
    it."""
    field = SERVED[name].fields[field]
    rows = facts.Rows(world._post, world.rows.known)
    if {"POST"} <= set(SERVED[name].methods):
        parent = rows.add(field.target)
        child = rows.add(name, **{field.name: parent})
    else:
        parent, child = world.pairs.pop((name, field.name))
    before = world.read(name, child)
    assert before[field.name] == parent
    reply = world.system.delete(TABLES[field.target].item(parent))
    if field.required:
        assert name in faults(reply)
        assert world.read(name, child) == before
        world.read(field.target, parent)
    else:
        assert reply.status_code == 204, reply.text
        assert world.read(name, child)[field.name] is None


# ---- refusals of bodies ----

def refusals():
    for name in SERVED:
        table = SERVED[name]
        if not {"POST", "PUT"} & set(table.methods):
            continue
        for field in table.writable:
            for kind, applies in KINDS.items():
                if applies(field):
                    yield pytest.param(name, field.name, kind, id="%s-%s-%s"
                                       % (name, field.name, kind))


KINDS = {
    "missing": lambda f: f.required and not f.has_default and
    "POST" in SERVED[f.table].methods,
    "null": lambda f: f.required,
    "type": lambda f: facts.wrong(f) is not None,
    "option": lambda f: bool(f.options),
    "long": lambda f: f.max > 0 and not f.target,
    "nowhere": lambda f: bool(f.target),
    "duplicate": lambda f: f.unique,
}


def spoil(world, body, field, kind):
    """The value that makes the body illegal."""
    return {
        "missing": lambda: None,
        "null": lambda: None,
        "type": lambda: facts.wrong(field),
        "option": lambda: "none of them",
        "long": lambda: "9" * (field.max + 1),
        "nowhere": lambda: facts.nowhere(field),
        "duplicate": lambda: world.read(
            field.table, world.fixed(field.table))[field.name],
    }[kind]()


@pytest.mark.parametrize("name,field,kind", refusals())
def test_bad_field_is_named_and_nothing_stored(world, name, field, kind):
    table = SERVED[name]
    field = table.fields[field]
    if field.secret and kind == "duplicate":
        world.system.put(table.item(world.fixed(name)),
                         {field.name: "the same"})
    if "POST" in table.methods:
        body = world.rows.body(name)
        body[field.name] = spoil(world, body, field, kind)
        if kind == "missing":
            del body[field.name]
        before = world.count(name)
        assert faults(world.system.post(table.path, body)) == {field.name}
        assert world.count(name) == before
    if "PUT" in table.methods and kind != "missing":
        key = world.fixed(name) if kind != "duplicate" else world.new(name)
        before = world.read(name, key)
        bad = spoil(world, before, field, kind)
        reply = world.system.put(table.item(key), {field.name: bad})
        assert faults(reply) == {field.name}
        assert world.read(name, key) == before


@each("POST")
def test_all_bad_fields_are_named_at_once(world, name):
    table = SERVED[name]
    bad = {f.name: spoil(world, {}, f, "nowhere") if f.target
           else facts.wrong(f) for f in table.writable}
    bad = {n: v for n, v in bad.items() if v is not None}
    missing = {f.name for f in table.writable
               if f.required and not f.has_default} - set(bad)
    reply = world.system.post(table.path, {
        **bad, "password": helio.PASSWORD, "no_such_field": 1}
        if name == "user" else {**bad, "no_such_field": 1})
    named = faults(reply)
    if table.natural:
        named.discard(table.key)
    assert named == set(bad) | missing | {"no_such_field"}


@each("POST")
def test_unknown_field_is_refused(world, name):
    before = world.count(name)
    reply = world.system.post(SERVED[name].path, world.rows.body(name) |
                              {"no_such_field": 1})
    assert faults(reply) == {"no_such_field"}
    assert world.count(name) == before


@each("PUT")
def test_unknown_field_in_a_change_is_refused(world, name):
    reply = world.system.put(SERVED[name].item(world.fixed(name)),
                             {"no_such_field": 1})
    assert faults(reply) == {"no_such_field"}
    assert reply.json()["message"] == \
        "Model does not have field 'no_such_field'"


@pytest.mark.parametrize("name,field", facts.OWNED)
def test_column_of_an_action_is_refused(world, name, field):
    table = SERVED[name]
    key = world.fixed(name)
    before = world.read(name, key)
    reply = world.system.put(table.item(key), {
        field: facts.value(table.fields[field], 1)})
    assert faults(reply) == {field}
    assert facts.OWNED[name, field] in reply.json()["data"][field]
    assert world.read(name, key) == before


NO_OBJECTS = [b'{"name": ', b'{"a": 1} x', b"\xff\xfe", b"", b'"text"', b"12",
              b'[{"name": 1}]', b'{"a": NaN}', b"[" * 5000]


@each("POST")
def test_body_that_is_no_object_is_refused(world, name):
    path = SERVED[name].path
    before = world.count(name)
    for body in NO_OBJECTS:
        reply = world.system.post(path, body)
        assert reply.status_code == 400, body
        is_envelope(reply)
    reply = world.system.post(path, b'{"name": ')
    assert reply.json()["message"] == "Unable to decode data"
    assert world.count(name) == before


@each("PUT")
def test_change_that_is_no_object_is_refused(world, name):
    key = world.fixed(name)
    before = world.read(name, key)
    for body in b'{"name": ', b"12", b"":
        reply = world.system.put(SERVED[name].item(key), body)
        assert reply.status_code == 400, body
        is_envelope(reply)
    assert world.read(name, key) == before


# ---- refusals of addresses and methods ----

@each_table
def test_unknown_row_is_404(world, name):
    table = SERVED[name]
    for method in set(table.methods) - {"POST"}:
        for key in "987654321987", "-1", "no%20such%20row":
            reply = world.system.request(
                method, table.item(key), {} if method == "PUT" else None)
            assert reply.status_code == 404, (method, key)
            is_envelope(reply)


@each_table
def test_key_of_another_type_is_refused(world, name):
    table = SERVED[name]
    for key in "abc", "1.5", "1e3", "9" * 40, "%00", "0x10", "1;2":
        for method in set(table.methods) - {"POST"}:
            reply = world.system.request(
                method, table.item(key), {} if method == "PUT" else None)
            assert reply.status_code in (400, 404), (method, key)
            is_envelope(reply)


@each_table
def test_other_methods_are_405(world, name):
    table = SERVED[name]
    methods = set(table.methods)
    item = table.item(world.fixed(name))
    for path, allowed in ((table.path, methods & {"GET", "POST"}),
                          (item, methods & {"GET", "PUT", "DELETE"})):
        for method in {*facts.METHODS, "PATCH"} - allowed:
            reply = world.system.request(method, path, {})
            assert reply.status_code == 405, (method, path)
            is_envelope(reply)
            allow = set(re.split(r",\s*", reply.headers["Allow"]))
            assert allow - {"HEAD", "OPTIONS"} == allowed
            assert "HEAD" in allow


@each_table
def test_other_spellings_of_the_address_are_404(world, name):
    path = SERVED[name].path
    for other in path + "/", path.upper(), path + "x", path + "//":
        assert world.system.get(other).status_code == 404, other


@each_table
def test_head_and_options(world, name):
    path = SERVED[name].item(world.fixed(name))
    head = world.system.request("HEAD", path)
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["Content-Length"]) == len(
        world.system.get(path).content)
    assert world.system.request("OPTIONS", path).status_code == 200


@pytest.mark.parametrize("name", sorted(set(TABLES) - set(SERVED)))
def test_table_that_is_not_served(world, name):
    for path in name, name + "s", name + "es":
        assert world.system.get("/" + path).status_code == 404


def test_table_with_two_addresses(world):
    world.fixed("rtc_dead_letter")
    both = [world.system.get(path).json()
            for path in ("/rtc_dead_letters", "/rtc_dead_letter")]
    assert both[0] == both[1]


@pytest.mark.parametrize("name,field", facts.SECRET)
def test_secret_column_cannot_be_searched(world, name, field):
    for q in ({"filters": [{"name": field, "op": "eq", "val": "x"}]},
              {"filters": [{"name": field, "op": "is_null"}]},
              {"order_by": [{"field": field}]},
              {"group_by": [{"field": field}]}):
        assert world.system.query(SERVED[name].path, **q).status_code == 400
