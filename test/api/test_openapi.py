"""The API's own description: valid, complete, and good enough for a client.

The validator and the client generator come from npm, as pinned in
test/openapi/, into a cache outside the tree (HELIO_NPM_CACHE).
"""
import hashlib
import json
import os
import re
import shutil
import subprocess

import pytest
import requests

import facts
import helio
from actions import ACTIONS

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..",
                    "openapi")
METHODS = {"get", "post", "put", "delete", "patch"}


@pytest.fixture(scope="module")
def document(server):
    reply = requests.get(server.v1 + "/openapi.json")
    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == "application/json"
    return reply.json()


@pytest.fixture(scope="module")
def npm():
    """A folder with the packages and our scripts beside them."""
    cache = os.environ.get("HELIO_NPM_CACHE", os.path.expanduser(
        "~/.cache/heliograph"))
    names = sorted(os.listdir(HERE))
    mark = hashlib.sha256(b"".join(
        open(os.path.join(HERE, n), "rb").read() for n in names)).hexdigest()
    folder = os.path.join(cache, "openapi-" + mark[:16])
    if not os.path.exists(os.path.join(folder, "done")):
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(HERE, folder)
        done = subprocess.run(["npm", "ci", "--ignore-scripts"], cwd=folder,
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        open(os.path.join(folder, "done"), "w").close()
    return folder


def test_it_is_valid(document, npm):
    done = subprocess.run(["node", "validate.js"], cwd=npm, text=True,
                          input=json.dumps(document), capture_output=True)
    assert done.returncode == 0, done.stdout[:4000] + done.stderr[:4000]


def test_a_generated_client(document, npm, server, factory, tmp_path):
    imei, _ = helio.new_hub2(factory)
    for name in ("client.ts", "tsconfig.json", "package.json"):
        shutil.copy(os.path.join(npm, name), tmp_path)
    os.symlink(os.path.join(npm, "node_modules"), tmp_path / "node_modules")
    (tmp_path / "document.json").write_text(json.dumps(document))
    for command in (
            ["node_modules/.bin/openapi-typescript", "document.json",
             "-o", "api.d.ts"],
            ["node_modules/.bin/tsc", "-p", "tsconfig.json"]):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True,
                              text=True)
        assert done.returncode == 0, done.stdout[:4000] + done.stderr[:4000]
    done = subprocess.run(
        ["node", "client.js", server.url, helio.username("SYSTEM", "GLOBAL"),
         helio.PASSWORD, imei], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "serial": factory.get("/products/" + imei).json()["serial_number"],
        "note": "typed", "listed": [imei], "missing": 404,
        "refusal": "error"}


# ---- every route, both ways ----

def example(path):
    """A path with something in place of its arguments."""
    return re.sub(r"\{\w+\}", "1", path)


def test_each_path_has_the_methods_that_the_server_answers(document, server):
    session = requests.Session()
    for path, methods in document["paths"].items():
        allow = session.options(server.url + example(path)).headers["Allow"]
        served = {m.lower() for m in allow.split(", ")} - {"options", "head"}
        # what an argument stands for may be a path of its own, too
        assert set(methods) <= served, path
        if "{" not in path:
            assert set(methods) == served, path


def path_of(document, path):
    """Which path of the document a real one is."""
    parts = path.split("?")[0].strip("/").split("/")
    found = []
    for known in document["paths"]:
        names = known.strip("/").split("/")
        if len(names) == len(parts) and all(
                n[0] == "{" or n == p for n, p in zip(names, parts)):
            found.append(known)
    return min(found, key=lambda known: known.count("{"))


def test_every_table_is_there(document):
    for table in facts.SERVED.values():
        listed = document["paths"]["/v1" + table.path]
        assert ("get" in listed) == ("GET" in table.methods), table.path
        assert ("post" in listed) == ("POST" in table.methods), table.path
        one = document["paths"]["/v1" + table.path + "/{key}"]
        assert {m.lower() for m in table.methods} - {"post"} == set(one)
        for method, level in table.methods.items():
            where = listed if method == "POST" else one
            assert where[method.lower()]["x-level"] == level, table.path


def test_every_action_is_there(document):
    for name, action in ACTIONS.items():
        path = path_of(document, "/v1" + action.path)
        operation = document["paths"][path][action.method.lower()]
        assert operation["x-level"] == action.level, name
        assert str(action.status) in operation["responses"], name
        assert operation["security"] == [{"token": []}, {"bearer": []}]


def test_every_route_answers_as_described(document, server):
    """Without a token: 401 where one is needed; and never 404 or 405."""
    session = requests.Session()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            reply = session.request(method, server.url + example(path))
            if operation["security"]:
                assert reply.status_code == 401, (method, path)
            else:
                # reports of messages are taken where they were asked for
                assert reply.status_code in (200, 204, 400) or \
                    path == "/v1/sms/delivery", (method, path)


def test_routes_of_the_other_parts_are_there(document):
    assert {"/v1/home", "/v1/auth/login", "/v1/auth/logout", "/v1/rc_data",
            "/v1/rm_data", "/v1/openapi.json", "/docs"} <= set(
                document["paths"])


def test_names_and_references(document):
    ids = [o["operationId"] for methods in document["paths"].values()
           for o in methods.values()]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch("[a-z]+_[A-Za-z0-9_]+", i) for i in ids)
    for ref in set(re.findall(r'"\$ref": "#/([^"]+)"',
                              json.dumps(document))):
        at = document
        for part in ref.split("/"):
            at = at[part]


def test_rows_have_the_members_described(document, factory, unit):
    schema = document["components"]["schemas"]["product"]
    row = factory.get("/products/" + unit.imei).json()
    assert set(row) == set(schema["properties"])
    assert set(schema["required"]) == set(row) - {"device_key"}
    new = document["components"]["schemas"]["product_note_new"]
    assert set(new["required"]) == {"note_text", "product_imei"}
    user = document["components"]["schemas"]["user_change"]["properties"]
    assert "password" in user and "password_hash" not in user
    assert "password_hash" not in json.dumps(document)


# ---- the page for people ----

def test_the_page_needs_nobody_else(server):
    page = requests.get(server.url + "/docs")
    assert page.status_code == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert set(links) == {"/docs/page.css", "/docs/page.js",
                          "/v1/openapi.json"}
    for link in links:
        reply = requests.get(server.url + link)
        assert reply.status_code == 200
        assert "//" not in re.sub(r"/\*.*?\*/", "", reply.text, flags=re.S) \
            or link.endswith(".json")


def test_it_is_not_sent_twice(server):
    first = requests.get(server.v1 + "/openapi.json")
    again = requests.get(server.v1 + "/openapi.json", headers={
        "If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
