"""The request examples of the API's documents, run as they stand: only the
base address is another, and placeholders have become legal values.  Replies
are compared with the documented ones."""
import datetime as dt
import json
import os
import re

import dateutil.parser
import pytest
import requests

import helio


class Like:
    """Equals every text of this form."""

    def __init__(self, pattern):
        self.pattern = re.compile(pattern)

    def __eq__(self, other):
        return isinstance(other, str) and bool(self.pattern.fullmatch(other))

    def __repr__(self):
        return "Like(%r)" % self.pattern.pattern


class Number:
    """Equals every whole number from 1."""

    def __eq__(self, other):
        return type(other) is int and other > 0

    def __repr__(self):
        return "Number()"


TIMESTAMP = Like(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?")
A_USER = helio.username("SYSTEM", "GLOBAL")


@pytest.fixture
def v1(server):
    return server.v1


@pytest.fixture
def A_VALID_TOKEN(server):
    return server.login("SYSTEM").token


@pytest.fixture
def headers(A_VALID_TOKEN):
    return {'Content-Type': 'application/json',
            'Authorization': 'Token token=' + A_VALID_TOKEN}


class Placeholder:
    """Numbers that no other example has used."""

    def __init__(self):
        n = helio.fresh()
        self.imei = "01010%010d" % n
        self.imsi = "21351%010d" % n
        self.iccid = "66685607592%09d" % n
        self.device_key = "4ab1ab3ab1ab%012d" % n
        self.battery = "BC4pDRSReEFnMHzH%08d" % n


@pytest.fixture
def a():
    return Placeholder()


@pytest.fixture
def imei(server):
    """A unit that exists."""
    return helio.new_hub2(server.login("FACTORY"))[0]


# ---- logging in ----

def test_login(v1):
    url = v1 + '/auth/login'
    fields = {
        "username": A_USER,
        "password": helio.PASSWORD
    }
    r = requests.post(url, data=fields)
    assert r.status_code == 200
    assert r.json() == {
        "status": "success",
        "message": {
            "login_successful": {
                "username": A_USER,
                "entity_id": None,
                "display_name": Like(".*"),
                "name": Like(".*"),
                "user_product_visibility": "GLOBAL",
                "hub_id": None,
                "shop_id": None,
                "API_token": Like("[0-9A-Za-z]{64}"),
                "token_expiry": Like(
                    r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} "
                    r"\d\d:\d\d:\d\d GMT"),
                "permissions": "SYSTEM"
            }
        }
    }


def test_login_for_an_entity(v1):
    r = requests.post(v1 + '/auth/login', data={
        "username": helio.username("TECHNICAL", "ENTITY"),
        "password": helio.PASSWORD})
    user = r.json()["message"]["login_successful"]
    assert user["entity_id"] == helio.ENTITY
    assert user["user_product_visibility"] == "ENTITY"
    assert user["permissions"] == "TECHNICAL"


def test_efficient_authentication_routine(v1, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    logins = []

    def login():
        logins.append(1)
        url = v1 + '/auth/login'
        fields = {
            "username": A_USER,
            "password": helio.PASSWORD
        }
        r = requests.post(url, data=fields)
        token = r.json()["message"]["login_successful"]["API_token"]
        headers = {'Content-Type': 'application/json',
                   'Authorization': 'Token token=' + token}
        write_token_to_file(r.json(), headers)
        return headers

    def write_token_to_file(data, headers):
        expiry = data["message"]["login_successful"]["token_expiry"]
        with open('token.json', 'w') as token_file:
            json.dump({'headers': headers, 'expiry': expiry}, token_file)

    def get_headers():
        if os.path.exists('token.json'):
            with open('token.json') as token_file:
                data = json.load(token_file)
            expiry = dateutil.parser.parse(
                data['expiry']).replace(tzinfo=None)
            # If it's expired, make a new one.
            if expiry < (dt.datetime.utcnow() - dt.timedelta(minutes=10)):
                return login()
            else:  # Else return the one in the file.
                return data['headers']
        else:
            return login()

    for _ in range(3):
        headers = get_headers()
        r = requests.get(url=v1 + '/products', headers=headers)
        assert r.status_code == 200
    assert len(logins) == 1
    with open('token.json') as token_file:
        expiry = dateutil.parser.parse(json.load(token_file)['expiry'])
    left = expiry.replace(tzinfo=None) - dt.datetime.utcnow()
    assert dt.timedelta(hours=2, minutes=59) < left <= dt.timedelta(hours=3)


# ---- resources ----

def test_meta_data(v1, A_VALID_TOKEN, a):
    """The body is a form, whatever the content type says."""
    url = v1 + '/product_types'
    data = {
        "name": "Test Product Type " + a.imei,
        "erp_code": "XX0005",
    }
    headers = {'Content-Type': 'application/json',
               'Authorization': 'Token token=' + A_VALID_TOKEN}
    r = requests.post(url=url, data=data, headers=headers)
    assert r.status_code == 201
    documented = {
        'product_type_id': Number(),
        'name': 'Test Product Type ' + a.imei,
        'erp_code': 'XX0005',
        'created_at': TIMESTAMP,
        'created_by': A_USER,
        'modified_at': None,
    }
    assert {name: r.json()[name] for name in documented} == documented


def test_action_type(v1, A_VALID_TOKEN):
    """The pattern of every table: POST, GET, list, PUT, DELETE."""
    test, changed = "test%d" % helio.fresh(), "changed%d" % helio.fresh()
    url = v1 + "/action_types"
    data = json.dumps({
        "name": test,
        "description": test,
        "label": test,
    })
    headers = {'Content-Type': 'application/json',
               'Authorization': 'Token token=' + A_VALID_TOKEN}
    r = requests.post(url=url, data=data, headers=headers)
    assert r.status_code == 201
    created = r.json()
    documented = {
        "action_type_id": Number(),
        "name": test,
        "description": test,
        "label": test,
        "created_at": TIMESTAMP,
        "created_by": A_USER,
        "modified_at": None,
    }
    assert {name: created[name] for name in documented} == documented

    url = v1 + '/action_types/%d' % created["action_type_id"]
    r = requests.get(url=url, headers=headers)
    assert (r.status_code, r.json()) == (200, created)

    url = v1 + '/action_types'
    r = requests.get(url=url, headers=headers)
    assert r.status_code == 200
    assert set(r.json()) == {'total_pages', 'objects', 'num_results', 'page'}

    url = v1 + '/action_types/%d' % created["action_type_id"]
    data = json.dumps({
        "name": changed,
        "description": changed,
        "label": changed,
    })
    r = requests.put(url=url, data=data, headers=headers)
    assert r.status_code == 200
    assert {name: r.json()[name] for name in documented} == documented | {
        "name": changed, "description": changed, "label": changed,
        "created_at": created["created_at"], "modified_at": TIMESTAMP}

    r = requests.delete(url=url, headers=headers)
    assert r.status_code == 204
    assert r.text == ''


def test_query(v1, headers, imei):
    url = v1 + "/products"
    filters = [
        {"name": "product_imei", "op": "eq", "val": imei},
        {"name": "product_type_id", "op": "lt", "val": 8}
    ]
    params = {
        "q": json.dumps({
            "filters": filters,
            "limit": 100,
            "offset": 0,
            "order_by": [{"field": "created_at", "direction": "asc"},
                         {"field": "imsi", "direction": "desc"}],
            "single": True
        })
    }
    r = requests.get(url, params, headers=headers)
    assert r.status_code == 200
    assert r.json()["product_imei"] == imei


# ---- parts ----

def create_pcb(v1, A_VALID_TOKEN, a, kind, **more):
    url = v1 + "/parts/create_%s_pcb" % kind
    data = json.dumps({"imsi": a.imsi,
                       "imei": a.imei,
                       "device_key": a.device_key,
                       "manufacturer": "A Factory"} | more)
    headers = {"Content-Type": "application/json",
               "Authorization": "Token token=" + A_VALID_TOKEN}
    return requests.post(url=url, data=data, headers=headers)


HB = Like("HB000501-[0-9]{6}-[0-9A-Z]")


@pytest.mark.parametrize("kind,part_type_id", [("tiger", 44), ("hyena", 77)])
def test_create_tiger_and_hyena_pcb(v1, A_VALID_TOKEN, a, kind, part_type_id):
    r = create_pcb(v1, A_VALID_TOKEN, a, kind)
    assert r.status_code == 200
    assert r.json() == {
        "status": "success",
        "message": "new pcb part and sim successfully created",
        "data": {"pcb": {"part_type_id": part_type_id,
                         "properties": {"device_key": a.device_key,
                                        "imei": a.imei,
                                        "imsi": a.imsi,
                                        "serial_number": HB},
                         "serial_number": a.imei,
                         "manufacturer": "A Factory"},
                 "sim": {"part_type_id": 43,
                         "serial_number": a.imsi}},
    }


def test_create_koala_pcb(v1, A_VALID_TOKEN, a):
    r = create_pcb(v1, A_VALID_TOKEN, a, "koala", iccid=a.iccid)
    assert r.status_code == 201
    assert r.json() == {
        "data": {
            "pcb": {
                "manufacturer": "A Factory",
                "part_type_id": 122,
                "properties": {
                    "device_key": a.device_key,
                    "erp_code_override": "PA01040102",
                    "iccid": a.iccid,
                    "imei": a.imei,
                    "imsi": a.imsi,
                    "serial_number": Like("BX0020-[0-9]{6}-[0-9A-Z]")
                },
                "serial_number": a.imei
            },
            "sim": {
                "part_type_id": 43,
                "serial_number": a.iccid
            }
        },
        "message": "new koala pcb successfully created.",
        "status": "success"
    }


def test_create_jackal_pcb(v1, A_VALID_TOKEN, a):
    r = create_pcb(v1, A_VALID_TOKEN, a, "jackal", iccid=a.iccid)
    assert r.status_code == 200
    assert r.json() == {
        'data': {
            'pcb': {
                'manufacturer': 'A Factory',
                'part_type_id': 158,
                'properties': {
                    'device_key': a.device_key,
                    'erp_code_override': 'PA04010102',
                    'iccid': a.iccid,
                    'imei': a.imei,
                    'imsi': a.imsi}},
            'sim': {
                'part_type_id': 43,
                'serial_number': a.iccid}},
        'message': 'new jackal pcb successfully created.',
        'status': 'success'}


# ---- products ----

def documented_product(a, name, product_type_id, pcb_type):
    """What the replies of all kinds but home3 have in common."""
    return {
        "status": "success",
        "data": {"pcb": {"part_id": Number(),
                         "part_type_id": pcb_type,
                         "serial": a.imei},
                 "product": {"device_key": a.device_key,
                             "imsi": a.imsi,
                             "product_imei": a.imei,
                             "product_type_id": product_type_id,
                             "serial_number": HB,
                             "assembler": "Assembly House 1"},
                 "sim": {"imsi": a.imsi,
                         "part_id": Number(),
                         "part_type_id": 43}},
        "message": Like(r"%s: HB000501-[0-9]{6}-[0-9A-Z] - \(%s\) created\."
                        % (name, a.imei)),
    }


def with_battery(documented, a, part_type_id):
    documented["data"]["battery"] = {"part_id": Number(),
                                     "part_type_id": part_type_id,
                                     "serial": a.battery}
    return documented


def test_create_hub2(v1, A_VALID_TOKEN, a):
    url = v1 + "/products/create_hub2"
    data = json.dumps({"imsi": a.imsi,
                       "imei": a.imei,
                       "device_key": a.device_key,
                       "product": {"assembler": "Assembly House 1"}})
    headers = {"Content-Type": "application/json",
               "Authorization": "Token token=" + A_VALID_TOKEN}
    r = requests.post(url=url, data=data, headers=headers)
    assert r.status_code == 200
    assert r.json() == documented_product(a, "Hub2Product", 7, 77)
    serial = r.json()["data"]["product"]["serial_number"]
    assert serial in r.json()["message"]


def test_create_enterprise(v1, A_VALID_TOKEN, a):
    url = v1 + "/products/create_enterprise"
    data = json.dumps({"imsi": a.imsi,
                       "imei": a.imei,
                       "device_key": a.device_key,
                       "battery": {
                           "part_type_id": 72,
                           "serial_number": a.battery,
                       },
                       "solar_panel_wattage": 100,
                       "product": {"assembler": "Assembly House 1"}
                       })
    headers = {"Content-Type": "application/json",
               "Authorization": "Token token=" + A_VALID_TOKEN}
    r = requests.post(url=url, data=data, headers=headers)
    assert r.status_code == 200
    assert r.json() == with_battery(
        documented_product(a, "EnterpriseProduct", 4, 77), a, 72)


def test_create_product_home2(v1, A_VALID_TOKEN, a):
    create_pcb(v1, A_VALID_TOKEN, a, "tiger")
    url = v1 + "/products/create_product/home2"
    data = json.dumps({"pcb_imei": a.imei,
                       "battery": {
                           "part_type_id": 45,
                           "serial_number": a.battery,
                       },
                       "product": {"assembler": "Assembly House 1"}
                       })
    headers = {"Content-Type": "application/json",
               "Authorization": "Token token=" + A_VALID_TOKEN}
    r = requests.post(url=url, data=data, headers=headers)
    assert r.status_code == 200
    assert r.json() == with_battery(
        documented_product(a, "Home2Product", 6, 44), a, 45)


def test_create_product_home3(v1, A_VALID_TOKEN, a):
    create_pcb(v1, A_VALID_TOKEN, a, "jackal", iccid=a.iccid)
    url = v1 + "/products/create_product/home3"
    data = json.dumps({
        'pcb_imei': a.imei,
        'battery': {
            'part_type_id': 18004,
            'serial_number': a.battery
        }
    })
    headers = {"Content-Type": "application/json",
               "Authorization": "Token token=" + A_VALID_TOKEN}
    r = requests.post(url=url, data=data, headers=headers)
    assert r.status_code == 200
    serial = Like("PA040000-[0-9]{6}-[0-9A-Z]")
    assert r.json() == {
        "data": {
            "battery": {
                "part_id": Number(),
                "part_type_id": 18004,
                "serial_number": a.battery
            },
            "pcb": {
                "part_id": Number(),
                "part_type_id": 158,
                "properties": {
                    "device_key": a.device_key,
                    "erp_code_override": "PA04010102",
                    "iccid": a.iccid,
                    "imei": a.imei,
                    "imsi": a.imsi,
                    "serial_number": serial
                },
                "serial_number": a.imei
            },
            "product": {
                "device_key": a.device_key,
                "iccid": a.iccid,
                "imei": a.imei,
                "imsi": a.imsi,
                "product_imei": a.imei,
                "product_type_id": 10,
                "serial_number": serial
            },
            "sim": {
                "part_id": Number(),
                "part_type_id": 43,
                "serial_number": a.iccid
            }
        },
        "message": "new Home3 product successfully created.",
        "status": "success"
    }


def test_create_product_hub2(v1, A_VALID_TOKEN, a):
    create_pcb(v1, A_VALID_TOKEN, a, "hyena")
    url = v1 + "/products/create_product/hub2"
    data = json.dumps({"pcb_imei": a.imei,
                       "product": {"assembler": "Assembly House 1"}})
    headers = {"Content-Type": "application/json",
               "Authorization": "Token token=" + A_VALID_TOKEN}
    r = requests.post(url=url, data=data, headers=headers)
    assert r.status_code == 200
    assert r.json() == documented_product(a, "Hub2Product", 7, 77)


def test_create_product_enterprise(v1, A_VALID_TOKEN, a):
    pcb = create_pcb(v1, A_VALID_TOKEN, a, "hyena").json()["data"]["pcb"]
    url = v1 + "/products/create_product/enterprise"
    data = json.dumps({"pcb_imei": a.imei,
                       "battery": {
                           "part_type_id": 72,
                           "serial_number": a.battery,
                       },
                       "solar_panel_wattage": 100,
                       "product": {"assembler": "Assembly House 1"}
                       })
    headers = {"Content-Type": "application/json",
               "Authorization": "Token token=" + A_VALID_TOKEN}
    r = requests.post(url=url, data=data, headers=headers)
    assert r.status_code == 200
    assert r.json() == with_battery(
        documented_product(a, "EnterpriseProduct", 4, 77), a, 72)
    assert r.json()["data"]["product"]["serial_number"] == \
        pcb["properties"]["serial_number"]


@pytest.mark.parametrize("verb", ["enable", "disable"])
def test_enable_and_disable(v1, A_VALID_TOKEN, imei, verb):
    url = v1 + "/products/%s/%s" % (imei, verb)
    headers = {'Content-Type': 'application/json',
               'Authorization': 'Token token=' + A_VALID_TOKEN}
    r = requests.put(url=url, headers=headers)
    assert r.status_code == 200
    assert r.json() == {
        "status": "success",
        "message": "Product %sd" % verb,
        "data": None
    }


# ---- states ----

def change_state(v1, A_VALID_TOKEN, imei, new_state):
    url = v1 + "/products/%s/change_state" % imei
    headers = {'Content-Type': 'application/json',
               'Authorization': 'Token token=' + A_VALID_TOKEN}
    data = {
        "new_state": new_state
    }
    return requests.put(url=url, headers=headers, data=json.dumps(data))


@pytest.fixture
def activated(v1, A_VALID_TOKEN, imei):
    for state in 3, 5:
        change_state(v1, A_VALID_TOKEN, imei, state)
    return imei


def test_change_state(v1, A_VALID_TOKEN, activated):
    r = change_state(v1, A_VALID_TOKEN, activated, 8)
    assert r.status_code == 200
    assert r.json() == {
        'status': 'success',
        'message': 'Product state changed'
    }


def test_change_state_that_is_not_allowed(v1, A_VALID_TOKEN, activated):
    r = change_state(v1, A_VALID_TOKEN, activated, 2)
    assert r.status_code == 400
    assert r.json() == {
        'status': 'validation-error',
        'validation_errors':
        {
            'state_transition':
            " A unit may not transition from state '5' to state '2'"
        },
        'message': "Your request contained invalid data. "
        "See 'data' or 'validation_errors' for exact details",
        'data':
        {
            'state_transition':
            " A unit may not transition from state '5' to state '2'"
        }
    }


# ---- telemetry ----

def test_write_data(v1, A_VALID_TOKEN, imei):
    url = v1 + "/products/%s/data" % imei
    headers = {'Content-Type': 'application/json',
               'Authorization': 'Token token=' + A_VALID_TOKEN}
    data = json.dumps({
        "measurement": "telemetry",
        "tags": {"some_tag": "tag_value"},
        "fields": {
            "current": [
                [1472688000000, 1.0],
                [1472774400000, 2.0],
                [1472860800000, 3.0]
            ],
            "voltage": [
                ['2016-09-01T00:00:00Z', 10.0],
                ['2016-09-02 00:00:00', 20.0],
                ['2016-09-03', 30.0]
            ],
            "temperature": [
                ['Thu, September 1st 2016', 0.1],
                ['Fri, September 2nd 2016', 0.2],
                ['Sat, September 3rd 2016', 0.3]
            ]
        }
    })
    r = requests.post(url=url, data=data, headers=headers)
    assert r.status_code == 200
    assert r.json() == {
        "status": "success",
        "message": "9 data-point(s) successfully written to influx",
        "data": None,
    }
    r = requests.get(url=url, headers=headers, params={
        "start": "2016-08-31", "end": "2016-09-04"})
    days = ["2016-09-0%dT00:00:00Z" % day for day in (1, 2, 3)]
    assert {name: r.json()["data"][name] for name in
            ("current", "voltage", "temperature")} == {
        "current": [[v, t] for v, t in zip((1, 2, 3), days)],
        "voltage": [[v, t] for v, t in zip((10, 20, 30), days)],
        "temperature": [[v, t] for v, t in zip((0.1, 0.2, 0.3), days)]}


def test_write_general_data(v1, A_VALID_TOKEN, imei):
    url = v1 + "/products/%s/data" % imei
    headers = {'Content-Type': 'application/json',
               'Authorization': 'Token token=' + A_VALID_TOKEN}
    data = json.dumps({
        "measurement": "analysis",
        "fields": {
            "curve-data": [
                ["2016-01-01T00:01:20", 1],
                ["2016-01-01T00:01:21", 2],
                ["2016-01-01T00:01:22", 3],
                ["2016-01-01T00:01:23", 4],
            ],
        },
        "tags": {
            "analysis-type": "state-of-health",
            "product_imei": imei
        }
    })
    r = requests.post(url=url, data=data, headers=headers)
    assert r.status_code == 200
    assert r.json() == {
        "status": "success",
        "message": "4 data-point(s) successfully written to influx",
        "data": None,
    }


CURRENT = [1.234, 2.234, 3.234, 1.234, 2.345, 2.678, 2.91, 2.345, 2.678, 2.91,
           2.345, 2.678, 2.91]
VOLTAGE = [14.243, 14.723, 14.826, 13.284, 12.345, 12.678, 12.91, 12.345,
           12.678, 12.91, 12.345, 12.678, 12.91]
TEMPERATURE = [21.345, None, 21.345, None, 21.345, None, 21.91, None, 21.678,
               None, 21.345, None, 21.91]
SAMPLES = {"current": CURRENT, "current_in": [0] * 13, "current_out": CURRENT,
           "voltage": VOLTAGE, "temperature": TEMPERATURE}


def write_example(v1, headers, imei, first):
    """The documents' data set: a sample every 4 hours; gives the times."""
    times = [(first + dt.timedelta(hours=4 * i)).strftime(
        "%Y-%m-%dT%H:%M:%SZ") for i in range(13)]
    fields = {name: [[t, v] for t, v in zip(times, values) if v is not None]
              for name, values in SAMPLES.items()}
    r = requests.post(v1 + "/products/%s/data" % imei, headers=headers,
                      data=json.dumps({"measurement": "telemetry",
                                       "fields": fields}))
    assert r.status_code == 200
    return times


def documented_data(imei, **fields):
    return {
        'status': 'success',
        'message': 'data retrieved successfully',
        'data': {
            'measurement': 'telemetry',
            'tags': {'product_imei': imei},
            **fields
        }
    }


def test_read_data_without_parameters(v1, headers, imei):
    now = dt.datetime.utcnow().replace(microsecond=0)
    times = write_example(v1, headers, imei, now - dt.timedelta(hours=49))
    url = v1 + "/products/%s/data" % imei
    r = requests.get(url=url, headers=headers)
    assert r.status_code == 200
    assert r.json() == documented_data(imei, **{
        name: [[v, t] for v, t in zip(values, times)]
        for name, values in SAMPLES.items()})


def test_read_data_from_a_start(v1, headers, imei):
    write_example(v1, headers, imei, dt.datetime(2016, 1, 1))
    url = v1 + "/products/%s/data" % imei
    params = {
        "start": "2016-01-02 23:00:00"
    }
    r = requests.get(url=url, params=params, headers=headers)
    assert r.status_code == 200
    assert r.json() == documented_data(
        imei,
        current=[[2.91, '2016-01-03T00:00:00Z']],
        current_in=[[0, '2016-01-03T00:00:00Z']],
        current_out=[[2.91, '2016-01-03T00:00:00Z']],
        voltage=[[12.91, '2016-01-03T00:00:00Z']],
        temperature=[[21.91, '2016-01-03T00:00:00Z']])


@pytest.mark.parametrize("as_body", [False, True])
def test_read_data_of_a_range(v1, headers, imei, as_body):
    """The start is exclusive, the end inclusive."""
    times = write_example(v1, headers, imei, dt.datetime(2016, 1, 1))
    url = v1 + "/products/%s/data" % imei
    params = {
        "start": '2016-01-01',
        "end": '2016-01-02',
        "limit": 100,
        "fields": ["current", "temperature"]
    }
    if as_body:
        r = requests.get(url=url, data=json.dumps(params), headers=headers)
    else:
        r = requests.get(url=url, params=params, headers=headers)
    assert r.status_code == 200
    assert r.json() == documented_data(
        imei,
        current=[[v, t] for v, t in zip(CURRENT, times)][1:7],
        temperature=[[v, t] for v, t in zip(TEMPERATURE, times)][1:7])


# ---- other endpoints ----

@pytest.mark.parametrize("method", ["GET", "POST"])
def test_home(v1, method):
    url = v1 + "/home"
    r = requests.request(method, url)
    assert r.status_code == 200
    assert r.headers["Content-Type"].startswith("text/plain")
    assert r.text == Like(r"Welcome to the SMARTSolar API: "
                          r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?")


def test_validate_user(v1, headers):
    url = v1 + '/auth/validate_user?username=' + A_USER
    r = requests.get(url=url, headers=headers)
    assert r.json() == {
        "status": "success",
        "message": "Successfully checked the username " + A_USER,
        "data": "True"
    }
    url = v1 + '/auth/validate_user?username=not_a_real_user@bboxx.co.uk'
    r = requests.get(url=url, headers=headers)
    assert r.status_code == 200
    assert r.json() == {
        "status": "success",
        "message": "Successfully checked the username "
        "not_a_real_user@bboxx.co.uk",
        "data": "False"
    }
    url = v1 + '/auth/validate_user'
    params = {
        "username": "not_a_real_user@bboxx.co.uk"
    }
    assert requests.get(url=url, params=params,
                        headers=headers).json() == r.json()


@pytest.mark.parametrize("path", ["validate_user_and_password",
                                  "validate_user_password"])
def test_validate_user_and_password(v1, headers, path):
    url = v1 + '/auth/%s?username=%s&password=%s' % (
        path, A_USER, helio.PASSWORD)
    r = requests.get(url=url, headers=headers)
    assert r.json() == {
        "status": "success",
        "message": "Successfully checked the username %s with it's password"
        % A_USER,
        "data": "True"
    }
    url = v1 + '/auth/' + path
    params = {
        "username": "not_a_real_user@bboxx.co.uk",
        "password": "not_a_real_pass",
    }
    r = requests.get(url=url, params=params, headers=headers)
    assert r.status_code == 200
    assert r.json() == {
        "status": "success",
        "message": "Successfully checked the username "
        "not_a_real_user@bboxx.co.uk with it's password",
        "data": "False"
    }
