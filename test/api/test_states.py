"""The life of a unit as stages: all 81 transitions between the 9 of them."""
import pytest

from world import STATES, faults

NAMES = [None, "NON_EXISTANT", "STORED", "SHIPPED", "ACTIVATING", "ACTIVATED",
         "MONITORED", "UNMONITORED", "IN_REPAIR_SYSTEM", "TERMINATED"]
ALLOWED = {1: {2}, 2: {3, 9}, 3: {4, 5, 8, 9}, 4: {5, 8, 9},
           5: {6, 7, 8, 9}, 6: {7, 8, 9}, 7: {6, 8, 9}, 8: {5, 9}, 9: set()}


def state_of(world, imei):
    """The current state and the rows of its history."""
    product = world.read("product", imei)
    rows = world.find("state", filters=[
        {"name": "product_imei", "op": "eq", "val": imei}])["objects"]
    latest = [r for r in rows if r["state_id"] == product["latest_state_id"]]
    return latest[0]["current_state_type"], rows


@pytest.mark.parametrize("old", STATES)
@pytest.mark.parametrize("new", STATES)
def test_transition(world, old, new):
    imei = world.units[old].pop()
    admin = world.server.login("ADMIN")
    # by number or by name
    reply = admin.put("/products/%s/change_state" % imei, {
        "new_state": new if new % 2 else NAMES[new]})
    state, rows = state_of(world, imei)
    if new in ALLOWED[old]:
        assert reply.status_code == 200, reply.text
        assert state == new
        last = rows[-1]
        assert (last["prev_state_type"], last["current_state_type"]) == (
            old, new)
        assert last["created_by"] == admin.user["username"]
    else:
        assert faults(reply) == {"state_transition"}
        assert state == old
        assert len(rows) == 1


@pytest.mark.parametrize("new", [0, 10, -1, 1.5, "NO_SUCH", "", None, [], {},
                                 True, "5 "])
def test_no_such_state(world, new):
    imei = world.fixed("product")
    before = world.read("product", imei)
    reply = world.server.login("ADMIN").put(
        "/products/%s/change_state" % imei, {"new_state": new})
    assert faults(reply) == {"new_state"}
    assert world.read("product", imei) == before


def test_state_must_be_given(world):
    path = "/products/%s/change_state" % world.fixed("product")
    admin = world.server.login("ADMIN")
    for body in {}, {"entity_id": 8}, None:
        assert faults(admin.put(path, body)) == {"new_state"}
