"""The states of a unit: all 81 moves, as the documents' table has them."""
import json

import pytest
import requests

import helio

ALLOWED = {
    1: {2}, 2: {3, 9}, 3: {4, 5, 8, 9}, 4: {5, 8, 9}, 5: {6, 7, 8, 9},
    6: {7, 8, 9}, 7: {6, 8, 9}, 8: {5, 9}, 9: set()}
# how a unit that is STORED gets into each state
WAY = {1: None, 2: [], 3: [3], 4: [3, 4], 5: [3, 5], 6: [3, 5, 6],
       7: [3, 5, 7], 8: [3, 8], 9: [9]}
NAMES = ["NON_EXISTANT", "STORED", "SHIPPED", "ACTIVATING", "ACTIVATED",
         "MONITORED", "UNMONITORED", "IN_REPAIR_SYSTEM", "TERMINATED"]


def change(api, imei, state):
    return api.put("/products/%s/change_state" % imei, {"new_state": state})


def state_of(api, imei):
    product = api.get("/products/" + imei).json()
    return api.get("/states/%d" % product["latest_state_id"]).json()


def unit_in(factory, state):
    imei, _ = helio.new_hub2(factory)
    for step in WAY[state]:
        assert change(factory, imei, step).status_code == 200
    return imei


@pytest.mark.parametrize("start", [s for s in WAY if WAY[s] is not None])
def test_moves(factory, login, start):
    admin = login("ADMIN")
    imei = unit_in(factory, start)
    for to in range(1, 10):
        if to in ALLOWED[start]:
            continue
        r = change(admin, imei, to)
        assert r.status_code == 400
        text = {"state_transition": " A unit may not transition from state "
                "'%d' to state '%d'" % (start, to)}
        assert r.json() == {
            "status": "validation-error", "data": text,
            "validation_errors": text,
            "message": "Your request contained invalid data. See 'data' or "
                       "'validation_errors' for exact details"}
        assert state_of(admin, imei)["current_state_type"] == start
    for to in ALLOWED[start]:
        imei = unit_in(factory, start)
        assert change(admin, imei, to).json() == {
            "status": "success", "message": "Product state changed"}
        row = state_of(admin, imei)
        assert (row["prev_state_type"], row["current_state_type"]) == (
            start, to)
        assert row["created_by"] == helio.username("ADMIN", "GLOBAL")


def test_moves_out_of_nothing(fresh_server):
    """No unit of the API's own is NON_EXISTANT; one may be imported so."""
    rows = []
    for n in range(9):
        imei = "NX%d" % n
        rows += [
            {"table": "product", "row": {
                "product_imei": imei, "imsi": "99999%d" % n,
                "product_type_id": 7, "serial_number": imei,
                "current_enable_flag": False, "desired_enable_flag": False,
                "rtc_enabled_flag": False, "dcm_enabled_flag": False,
                "is_payg": True, "latest_state_id": 1000 + n}},
            {"table": "state", "row": {
                "state_id": 1000 + n, "product_imei": imei,
                "prev_state_type": 1, "current_state_type": 1}}]
    helio.import_rows(fresh_server.folder, rows)
    server = fresh_server()
    admin = server.login("ADMIN")
    for to in range(1, 10):
        r = change(admin, "NX%d" % (to - 1), to)
        assert r.status_code == (200 if to in ALLOWED[1] else 400)


def test_the_documents_example(server, factory, login):
    imei = unit_in(factory, 5)
    url = server.v1 + "/products/%s/change_state" % imei
    headers = {"Content-Type": "application/json",
               "Authorization": "Token token=" + login("ADMIN").token}
    r = requests.put(url=url, headers=headers,
                     data=json.dumps({"new_state": 8}))
    assert r.json() == {"status": "success",
                        "message": "Product state changed"}


def test_by_name(factory):
    imei = unit_in(factory, 2)
    assert change(factory, imei, "SHIPPED").status_code == 200
    assert change(factory, imei, "5").status_code == 200


@pytest.mark.parametrize("state", [0, 10, -1, "x", "", None, [], {}, 2.5,
                                   2 ** 63 - 1, True])
def test_no_such_state(factory, unit, state):
    r = change(factory, unit.imei, state)
    assert r.status_code == 400
    assert set(r.json()["validation_errors"]) == {"new_state"}


def test_who_may(login, unit):
    assert change(login("TECHNICAL"), unit.imei, 3).status_code == 403
    assert change(login("ADMIN", "ENTITY"), unit.imei, 3).status_code == 404
    assert change(login("ADMIN"), "nobody", 3).status_code == 404
    assert change(login("ADMIN"), unit.imei, 3).status_code == 200
