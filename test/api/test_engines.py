"""What engines would answer differently if they were let: how texts sort and
match, where nulls go, what is too long for an index.  The expectation is
computed here, so that it is the same one wherever this runs."""
import json
import re

import pytest

import helio
from helio import import_rows

# capitals, accents in both forms, scripts, what LIKE means something by
WORDS = ["", " ", "a", "A", "aa", "ab", "aB", "Ab", "AB", "B", "b", "_", "%",
         "a%", "a_", "a\\", "\\", "10", "9", "-", "a-b", "a b", "'", "\"",
         "\u00e9t\u00e9", "\u00c9T\u00c9", "e\u0301te\u0301", "ete", "ETE",
         "\u00df", "ss", "\u0130", "i", "\u0131", "I", "\u00e6", "ae",
         "\u0416", "\u0436", "\u4e2d\u6587", "\u4e2d", "\uffff", "\U0001f600",
         "z", "Z", "\u017e", "~", "\x7f", "a\nb", "a\tb"]
# `assembler` of units: words and nothing, in an order that is none
VALUES = [word for i in range(len(WORDS))
          for word in [WORDS[i * 37 % len(WORDS)]] + [None] * (i % 10 == 0)]


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    folder = tmp_path_factory.mktemp("engines") / "data"
    helio.init(folder)
    import_rows(folder, [{"table": "product", "row": {
        "product_imei": "7%03d" % i, "imsi": "2%03d" % i, "assembler": word,
        "serial_number": "S%03d" % i, "product_type_id": 7}}
        for i, word in enumerate(VALUES)])
    server = helio.Server(folder)
    yield server
    server.stop()


@pytest.fixture
def api(fleet):
    return fleet.login("SYSTEM")


def words(api, *filters, **q):
    """What the units have that a query finds, in its order."""
    reply = api.get("/products", params={"results_per_page": 100, "q":
                    json.dumps({"filters": list(filters), **q})})
    assert reply.status_code == 200, reply.text
    found = [row["assembler"] for row in reply.json()["objects"]]
    assert reply.json()["num_results"] == len(found)
    return found


def is_(op, val=None):
    return {"name": "assembler", "op": op, "val": val}


def octets(word):
    """Nulls are before everything."""
    return (word is not None, (word or "").encode())


def test_texts_sort_by_their_bytes_and_nulls_first(api):
    assert len(set(VALUES)) == len(WORDS) + 1
    for direction, reverse in ("asc", False), ("desc", True):
        order = [{"field": "assembler", "direction": direction}]
        assert words(api, order_by=order) == sorted(
            VALUES, key=octets, reverse=reverse)


COMPARE = {
    "eq": lambda a, b: a == b, "ne": lambda a, b: a != b,
    "lt": lambda a, b: a < b, "ge": lambda a, b: a >= b,
    "le": lambda a, b: a <= b, "gt": lambda a, b: a > b,
}


@pytest.mark.parametrize("op", COMPARE)
def test_texts_compare_by_their_bytes(api, op):
    for val in WORDS:
        assert words(api, is_(op, val)) == [
            word for word in VALUES if word is not None and
            COMPARE[op](word.encode(), val.encode())], val


def ascii_lower(text):
    return re.sub("[A-Z]", lambda c: c.group().lower(), text)


def matches(pattern, text):
    """LIKE: the backslash takes the next literally, at the end itself."""
    parts = re.findall(r"\\.|.|\\", pattern, re.S)
    regex = "".join({"%": ".*", "_": "."}.get(p, re.escape(p[-1]))
                    for p in parts)
    return re.fullmatch(regex, text, re.S) is not None


PATTERNS = ["", "%", "_", "__", "a%", "A%", "%b", "a_b", "a\\%", "a\\_", "\\\\",
            "a\\\\", "a\\", "%\\", "\u00e9%", "\u00c9%", "\u00c9t\u00e9",
            "E_E", "_\u0301%", "\u4e2d_", "\u0416", "\u0130", "i", "I", "ss",
            "'", "%\n%", "[a-b]", "*", "a.", "%%%", "\U0001f600"]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_like_is_the_same(api, pattern):
    assert words(api, is_("like", pattern)) == [
        word for word in VALUES if word is not None and
        matches(pattern, word)]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_ilike_folds_ascii_alone(api, pattern):
    assert words(api, is_("ilike", pattern)) == [
        word for word in VALUES if word is not None and
        matches(ascii_lower(pattern), ascii_lower(word))]


def test_a_column_may_be_the_pattern(api):
    """Of another column; there half an escape at the end matches nothing."""
    for op in "like", "ilike":
        assert words(api, {"name": "assembler", "op": op,
                           "field": "assembler"}) == [
            word for word in VALUES if word is not None and
            not re.fullmatch(r"(\\\\|[^\\])*\\", word) and
            matches(word, word)]


def test_in_and_its_contrary(api):
    some = WORDS[::3]
    assert words(api, is_("in", some)) == [
        word for word in VALUES if word in some]
    assert words(api, is_("not_in", some)) == [
        word for word in VALUES if word is not None and word not in some]


def test_groups_are_of_equal_bytes(api):
    reply = api.query("/products", group_by=[{"field": "assembler"}])
    assert reply.json()["num_results"] == len(WORDS) + 1


# ---- what is too long for an index ----

def hub(api, **more):
    return api.post("/hubs", {"entity_id": helio.ENTITY, **more})


@pytest.mark.parametrize("one", ["x", "\u20ac", "\U0001f600"])
def test_an_indexed_text_has_255_characters_at_most(api, one):
    n = "%d" % helio.fresh()
    fits = (n + one * 255)[:255]
    row = hub(api, name=fits)
    assert row.status_code == 201, row.text
    assert api.query("/hubs", filters=[{"name": "name", "op": "eq", "val":
                                        fits}]).json()["num_results"] == 1
    for reply in (hub(api, name=fits + one),
                  api.put("/hubs/%d" % row.json()["hub_id"],
                          {"name": fits + one}),
                  hub(api, name=one * 60000)):
        assert reply.status_code == 400, reply.text
        assert reply.json()["validation_errors"] == {
            "name": "must have at most 255 characters"}


def test_a_long_text_may_be_searched_for(api):
    """Nothing is that long, and that is the answer."""
    for op in "eq", "in":
        val = "x" * 5000
        page = api.query("/hubs", filters=[{
            "name": "name", "op": op, "val": [val] if op == "in" else val}])
        assert page.status_code == 200, page.text
        assert page.json()["num_results"] == 0


def test_other_texts_may_be_long(api):
    text = "\u20ac" * 100000
    reply = api.post("/appliance_types", {"description": text})
    assert reply.status_code == 201, reply.text
    assert reply.json()["description"] == text


def test_an_import_names_the_long_text(tmp_path):
    helio.init(tmp_path / "data")
    done = import_rows(tmp_path / "data", [{"table": "hub", "row": {
        "hub_id": 7, "entity_id": helio.ENTITY, "name": "x" * 256}}],
        check=False)
    assert done.returncode == 1
    assert "line 1" in done.stderr and "name" in done.stderr
    assert "255" in done.stderr


def test_tags_of_a_series_have_2048_bytes_together(fleet, api):
    def write(size, **more):
        tags = {"tag%02d" % i: "v" * size for i in range(8)}
        return fleet.login("SYSTEM").session.post(
            fleet.url + "/write?db=telemetry", data="m,%s v=1 1717243200000"
            "000000" % ",".join("%s=%s" % tag for tag in tags.items()))
    assert write(200).status_code == 204
    reply = write(250)
    assert reply.status_code == 400, reply.text
    assert "tags" in reply.text and "2048" in reply.text
