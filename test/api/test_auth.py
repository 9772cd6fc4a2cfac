"""Login, tokens, permissions and the back-off against guessing, from outside."""
import datetime
import json
import threading
import time

import dateutil.parser
import pytest
import requests

import helio

JSON = "application/json"


def token_header(token):
    return {"Authorization": "Token token=" + token}


def post_login(server, **kw):
    return requests.post(server.v1 + "/auth/login", timeout=60, **kw)


def credentials(level="SYSTEM", scope="GLOBAL", password=helio.PASSWORD):
    return {"username": helio.username(level, scope), "password": password}


def check_error(reply, status, kind="error"):
    assert reply.status_code == status, reply.text
    assert reply.headers["Content-Type"].startswith(JSON)
    body = reply.json()
    assert body["status"] == kind
    assert body["message"] and "data" in body
    if kind == "validation-error":
        assert body["validation_errors"] == body["data"]
    return body


# ---- /home -------------------------------------------------------------

@pytest.mark.parametrize("method", ["GET", "POST"])
def test_home(server, method):
    reply = requests.request(method, server.v1 + "/home")
    assert reply.status_code == 200
    assert reply.headers["Content-Type"].startswith("text/plain")
    start = "Welcome to the SMARTSolar API: "
    assert reply.text.startswith(start)
    then = datetime.datetime.fromisoformat(reply.text[len(start):])
    now = datetime.datetime.utcnow()
    assert abs(now - then) < datetime.timedelta(minutes=1)


# ---- login -------------------------------------------------------------

def test_login_as_the_seed_does(server):
    reply = post_login(server, data=credentials())
    assert reply.status_code == 200
    body = reply.json()
    assert set(body) == {"status", "message"}
    assert body["status"] == "success"
    user = body["message"]["login_successful"]
    token = user.pop("API_token")
    expiry = dateutil.parser.parse(user.pop("token_expiry"))
    assert len(token) == 64 and token.isalnum()
    left = expiry.replace(tzinfo=None) - datetime.datetime.utcnow()
    assert abs(left - datetime.timedelta(hours=3)) < \
        datetime.timedelta(minutes=1)
    assert user == {
        "username": helio.username("SYSTEM", "GLOBAL"), "name": "",
        "display_name": user["display_name"], "entity_id": user["entity_id"],
        "user_product_visibility": "GLOBAL", "hub_id": None,
        "shop_id": None, "permissions": "SYSTEM"}


def test_login_of_an_entity_user(server):
    reply = post_login(server, data=credentials("ADMIN", "ENTITY"))
    user = reply.json()["message"]["login_successful"]
    assert user["entity_id"] == helio.ENTITY
    assert user["user_product_visibility"] == "ENTITY"
    assert user["permissions"] == "ADMIN"


@pytest.mark.parametrize("content_type", [
    JSON, "application/x-www-form-urlencoded", "text/plain", None])
@pytest.mark.parametrize("form", [True, False])
def test_login_whatever_the_content_type(server, form, content_type):
    body = requests.models.RequestEncodingMixin._encode_params(
        credentials()) if form else json.dumps(credentials())
    headers = {"Content-Type": content_type} if content_type else {}
    reply = post_login(server, data=body.encode(), headers=headers)
    assert reply.status_code == 200, reply.text


def test_each_login_gives_its_own_token(server):
    tokens = {helio.Api(server, helio.username("OVERVIEW", "GLOBAL")).token
              for _ in range(3)}
    assert len(tokens) == 3


def test_wrong_password(server):
    reply = post_login(server, data=credentials(password="no"))
    body = check_error(reply, 401)
    assert body["data"] is None
    assert "WWW-Authenticate" in reply.headers
    # a success makes the name new again
    assert post_login(server, data=credentials()).status_code == 200


def test_unknown_user_is_refused_alike(server):
    unknown = post_login(server, data={"username": "nobody@x", "password": "x"})
    wrong = post_login(server, data=credentials("FACTORY", password="x"))
    assert unknown.status_code == wrong.status_code == 401
    assert unknown.content == wrong.content


@pytest.mark.parametrize("body, missing", [
    ({}, {"username", "password"}),
    ({"username": "a"}, {"password"}),
    ({"password": "a"}, {"username"}),
    ({"username": "", "password": "a"}, {"username"}),
    ({"username": 5, "password": ["a"]}, {"username", "password"}),
    ({"username": None, "password": "a"}, {"username"}),
])
def test_missing_credentials_are_named(server, body, missing):
    reply = post_login(server, json=body)
    errors = check_error(reply, 400, "validation-error")["data"]
    assert set(errors) == missing


@pytest.mark.parametrize("body", [
    b"{", b'{"username":"a","password":"b"}x', b"[1", b"\xff\xfe", b"hello",
    b"username=%zz", b"a=%00", b"[" * 5000, b'{"a":' * 1000])
def test_unreadable_login(server, body):
    check_error(post_login(server, data=body), 400)


def test_array_is_no_login(server):
    check_error(post_login(server, data=b"[]"), 400, "validation-error")


def test_multipart_login(server):
    reply = post_login(server, files={"username": "a", "password": "b"})
    check_error(reply, 415)


def test_compressed_login(server):
    reply = post_login(server, json=credentials(),
                       headers={"Content-Encoding": "gzip"})
    check_error(reply, 415)


def test_login_is_not_taken_from_the_query(server):
    check_error(post_login(server, params=credentials()), 400,
                "validation-error")


def test_large_login_is_refused(server):
    reply = post_login(server, data=b"username=a&password=" + b"x" * 100000)
    check_error(reply, 413)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_login_is_post_only(server, method):
    reply = requests.request(method, server.v1 + "/auth/login")
    check_error(reply, 405)
    assert set(reply.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}


# ---- tokens ------------------------------------------------------------

@pytest.mark.parametrize("form", [
    "Token token=%s", 'Token token="%s"', "token TOKEN=%s", "Bearer %s",
    "bearer %s", "Token  token = %s"])
def test_ways_to_send_a_token(server, system, form):
    reply = requests.get(server.v1 + "/users",
                         headers={"Authorization": form % system.token})
    assert reply.status_code == 200


@pytest.mark.parametrize("value", [
    None, "", "Token", "Token token=", "Token token=wrong", "Bearer x",
    "Basic YTpi", "Token token=" + "x" * 64, "Token token=" + "x" * 5000])
def test_no_good_token(server, value):
    headers = {"Authorization": value} if value is not None else {}
    reply = requests.get(server.v1 + "/products", headers=headers)
    body = check_error(reply, 401)
    assert body["message"] == "Your token is invalid or not present"
    assert "WWW-Authenticate" in reply.headers


def test_logout_ends_the_token_and_no_other(server):
    user = helio.username("OVERVIEW", "GLOBAL")
    one, other = helio.Api(server, user), helio.Api(server, user)
    assert one.get("/products").status_code == 200
    reply = one.post("/auth/logout")
    assert reply.status_code == 200
    assert reply.json()["status"] == "success"
    check_error(one.get("/products"), 401)
    assert other.get("/products").status_code == 200
    check_error(one.post("/auth/logout"), 401)


def test_token_survives_a_restart(fresh_server):
    server = fresh_server()
    api = server.login("OVERVIEW")
    server.kill()
    server.start()
    reply = requests.get(server.v1 + "/products",
                         headers=token_header(api.token))
    assert reply.status_code == 200


def wait_until(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def test_token_expires_without_use(fresh_server):
    server = fresh_server("--token-ttl", "2")
    api = server.login("OVERVIEW")
    used = server.login("TECHNICAL")
    start = time.monotonic()
    while time.monotonic() - start < 3:
        assert used.get("/products").status_code == 200
        time.sleep(0.2)
    check_error(api.get("/products"), 401)
    assert used.get("/products").status_code == 200


def test_removing_a_user_elsewhere_counts_soon(fresh_server):
    server = fresh_server()
    name = helio.username("TECHNICAL", "GLOBAL")
    api = server.login("TECHNICAL")
    assert api.get("/products").status_code == 200
    helio.run("user", "remove", name, "--data", fresh_server.folder)
    wait_until(lambda: api.get("/products").status_code == 401, 10)


def test_deactivating_a_user_counts_at_once(fresh_server):
    server = fresh_server()
    system, victim = server.login("SYSTEM"), server.login("ADMIN")
    for active in False, True, False:
        reply = system.put("/users/%d" % user_id(system, victim),
                           {"active": active})
        assert reply.status_code == 200, reply.text
        # what ended stays ended
        assert victim.get("/products").status_code == 401
        reply = post_login(server, data=credentials("ADMIN"))
        assert reply.status_code == (200 if active else 401)


def test_a_new_password_ends_the_tokens(fresh_server):
    server = fresh_server()
    system, victim = server.login("SYSTEM"), server.login("ADMIN")
    path = "/users/%d" % user_id(system, victim)
    assert system.put(path, {"display_name": "A"}).status_code == 200
    assert victim.get("/products").status_code == 200
    assert system.put(path, {"password": "another one"}).status_code == 200
    check_error(victim.get("/products"), 401)
    helio.Api(server, helio.username("ADMIN", "GLOBAL"), "another one")


def test_the_last_administrator_stays(fresh_server):
    server = fresh_server()
    system = server.login("SYSTEM")
    others = system.query("/users", filters=[
        {"name": "permissions", "op": "eq", "val": "SYSTEM"}])
    own = "/users/%d" % user_id(system, system)
    for user in others.json()["objects"]:
        path = "/users/%d" % user["user_id"]
        if user["user_product_visibility"] == "GLOBAL" and path != own:
            assert system.delete(path).status_code == 204
    for change in ({"active": False}, {"permissions": "FACTORY"}, {
            "user_product_visibility": "ENTITY", "entity_id": helio.ENTITY}):
        check_error(system.put(own, change), 409)
    check_error(system.delete(own), 409)
    assert system.put(own, {"name": "me"}).status_code == 200
    # an ENTITY-scoped one does not count, and may still go
    entity = server.login("SYSTEM", "ENTITY")
    assert system.delete(
        "/users/%d" % user_id(system, entity)).status_code == 204


@pytest.mark.parametrize("name", ["", "two\nlines", "\x7f"])
def test_names_of_users_have_one_line(server, login, name):
    reply = login("SYSTEM").post("/users", {
        "username": name, "permissions": "ADMIN", "password": "long enough",
        "user_product_visibility": "GLOBAL"})
    assert "username" in check_error(reply, 400, "validation-error")["data"]


def user_id(system, api):
    found = system.query("/users", filters=[
        {"name": "username", "op": "eq", "val": api.user["username"]}])
    return found.json()["objects"][0]["user_id"]


def test_new_permissions_count_at_once(fresh_server):
    server = fresh_server()
    system, other = server.login("SYSTEM"), server.login("OVERVIEW")
    check_error(other.get("/users"), 403)
    reply = system.put("/users/%d" % user_id(system, other),
                       {"permissions": "SYSTEM"})
    assert reply.status_code == 200, reply.text
    assert other.get("/users").status_code == 200


# ---- order of refusals -------------------------------------------------

def test_401_before_403_before_body(server, login):
    low = login("OVERVIEW")
    assert requests.post(server.v1 + "/users", data="{").status_code == 401
    assert low.post("/users", "{").status_code == 403
    assert login("SYSTEM").post("/users", "{").status_code == 400


def test_404_and_405_before_401(server):
    for path in "", "/", "/nothing", "/products/":
        check_error(requests.get(server.v1 + path), 404)
    check_error(requests.get(server.url + "/"), 404)
    check_error(requests.patch(server.v1 + "/products"), 405)


def test_options(server):
    reply = requests.options(server.v1 + "/products")
    assert reply.status_code == 200 and reply.content == b""
    allow = set(reply.headers["Allow"].split(", "))
    assert {"GET", "HEAD", "OPTIONS"} <= allow
    assert requests.options(server.v1 + "/nothing").status_code == 404


def test_head_is_get_without_a_body(server, login):
    low = login("OVERVIEW")
    get, head = low.get("/products"), low.request("HEAD", "/products")
    assert head.status_code == get.status_code == 200
    assert head.content == b""
    assert head.headers["Content-Length"] == get.headers["Content-Length"]


def test_nobody_may_upload_without_a_token(server):
    """Refused from the headers: the body is not waited for."""
    import socket
    host, port = server.url.split("//")[1].split(":")
    with socket.create_connection((host, int(port)), 10) as s:
        s.sendall(b"POST /v1/users HTTP/1.1\r\nHost: x\r\n"
                  b"Content-Length: 900000\r\n\r\n{")
        assert s.recv(100).startswith(b"HTTP/1.1 401 ")


# ---- validate_user -----------------------------------------------------

def validated(reply, name, suffix=""):
    assert reply.status_code == 200, reply.text
    body = reply.json()
    assert body["status"] == "success"
    assert body["message"] == \
        "Successfully checked the username " + name + suffix
    return body["data"]


@pytest.mark.parametrize("level", helio.LEVELS)
def test_validate_user(server, login, level):
    name = helio.username(level, "ENTITY")
    reply = login("SYSTEM").get("/auth/validate_user",
                                params={"username": name})
    assert validated(reply, name) == "True"


def test_validate_unknown_user(system):
    reply = system.get("/auth/validate_user?username=not_a_real_user@x.org")
    assert validated(reply, "not_a_real_user@x.org") == "False"


def test_validate_user_from_the_body(system):
    reply = system.get("/auth/validate_user", {"username": "admin"})
    assert validated(reply, "admin") == "True"


@pytest.mark.parametrize("path", ["/auth/validate_user_and_password",
                                  "/auth/validate_user_password"])
def test_validate_user_and_password(system, path):
    good, bad = credentials("OVERVIEW"), credentials("OVERVIEW", password="x")
    suffix = " with it's password"
    assert validated(system.get(path, params=good), good["username"],
                     suffix) == "True"
    assert validated(system.get(path, params=bad), bad["username"],
                     suffix) == "False"
    assert validated(system.get(path, good), good["username"],
                     suffix) == "True"
    errors = check_error(system.get(path), 400, "validation-error")["data"]
    assert set(errors) == {"username", "password"}


def test_validate_user_needs_its_parameter_and_system(system, login):
    check_error(system.get("/auth/validate_user"), 400, "validation-error")
    check_error(login("FACTORY").get("/auth/validate_user?username=a"), 403)
    check_error(system.post("/auth/validate_user?username=a"), 405)


def test_validate_user_sees_its_scope_only(login):
    ours = login("SYSTEM", "ENTITY")
    name = helio.username("ADMIN", "ENTITY")
    reply = ours.get("/auth/validate_user", params={"username": name})
    assert validated(reply, name) == "True"
    name = "admin"
    reply = ours.get("/auth/validate_user", params={"username": name})
    assert validated(reply, name) == "False"


# ---- guessing ----------------------------------------------------------

def test_guessing_is_slowed_down(fresh_server):
    server = fresh_server()
    replies = [post_login(server, data=credentials("ADMIN", password="guess"))
               for _ in range(9)]
    statuses = [r.status_code for r in replies]
    assert statuses[:5] == [401] * 5
    assert 429 in statuses
    blocked = replies[statuses.index(429)]
    check_error(blocked, 429)
    assert int(blocked.headers["Retry-After"]) >= 1
    # the right password does not help while blocked; others are free
    while True:
        reply = post_login(server, data=credentials("ADMIN", password="no"))
        if reply.status_code == 429:
            break
    assert post_login(server, data=credentials("ADMIN")).status_code == 429
    assert post_login(server, data=credentials("FACTORY")).status_code == 200
    wait_until(lambda: post_login(
        server, data=credentials("ADMIN")).status_code == 200, 60)


def test_a_flood_of_logins_is_bounded(fresh_server):
    """More than the queue takes at once: each is answered, 200 or 503."""
    server = fresh_server()
    seen = []

    def one():
        reply = post_login(server, data=credentials("OVERVIEW"))
        if reply.status_code == 503:
            assert int(reply.headers["Retry-After"]) >= 1
        seen.append(reply.status_code)

    threads = [threading.Thread(target=one) for _ in range(150)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 150
    assert set(seen) <= {200, 503}
    assert seen.count(200) >= 60


def test_secrets_are_not_logged(fresh_server):
    server = fresh_server("--log-level", "debug", "--access-log", "on")
    api = server.login("SYSTEM")
    secret = "a-very-secret-password"
    api.get("/auth/validate_user_and_password",
            params={"username": "admin", "password": secret})
    post_login(server, data=credentials(password=secret))
    post_login(server, data=("username=admin&password=%zz" + secret).encode())
    requests.get(server.v1 + "/authlogin?password=" + secret)
    requests.get(server.v1 + "/home?Token=" + secret)
    api.query("/products", filters=[
        {"name": "device_key", "op": "eq", "val": secret}])
    server.stop()
    log = server.stderr()
    assert "validate_user_and_password" in log
    assert secret not in log and api.token not in log
    assert helio.PASSWORD not in log
