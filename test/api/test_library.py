"""libhelio as others use it: what it exports, its headers, its pages, and
the examples, compiled against an installed copy."""
import glob
import json
import os
import re
import subprocess

import pytest

import helio
import pages
from field import Field
from sandbox import Sandbox
from stub import login_answer

BUILD = os.path.dirname(os.path.abspath(helio.HELIO))
SYMBOLS = "src/client/libhelio.symbols"
HEADERS = sorted(os.path.basename(path) for path in glob.glob(
    os.path.join(pages.TOP, "include/helio/*.h")))
EXAMPLES = sorted(os.path.basename(path)[:-2] for path in glob.glob(
    os.path.join(pages.TOP, "docs/examples/*.c")))


def output(*words, **more):
    done = subprocess.run([str(word) for word in words], text=True,
                          capture_output=True, **more)
    assert done.returncode == 0, "%s\n%s%s" % (
        " ".join(map(str, words)), done.stdout, done.stderr)
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder below which the library is installed."""
    folder = tmp_path_factory.mktemp("installed")
    output("meson", "install", "-C", BUILD, "--no-rebuild", "--quiet",
           "--destdir", folder)
    return folder


@pytest.fixture(scope="module")
def library(installed):
    path, = glob.glob(str(installed / "usr/local/lib/**/libhelio.so"),
                      recursive=True)
    return path


@pytest.fixture(scope="module")
def flags(installed, library):
    """(of the compiler, of the linker) as pkg-config gives them."""
    env = {**os.environ, "PKG_CONFIG_SYSROOT_DIR": str(installed),
           "PKG_CONFIG_PATH": os.path.join(os.path.dirname(library),
                                           "pkgconfig")}
    sanitizers = ["-fsanitize=address,undefined"] if "__asan_init" in output(
        "nm", "-D", library) else ["-fsanitize=thread"] \
        if "__tsan_init" in output("nm", "-D", library) else []
    return (output("pkg-config", "--cflags", "helio", env=env).split()
            + sanitizers,
            output("pkg-config", "--libs", "helio", env=env).split())


@pytest.fixture(scope="module")
def build(flags, library, tmp_path_factory):
    """build(source) -> run(words.., env=, input=): the program's output."""
    folder = tmp_path_factory.mktemp("programs")

    def make(source, static=False):
        program = folder / (os.path.basename(source) + ".out")
        compiler, libs = flags
        if static:              # as libhelio(3) says
            libs = [os.path.join(os.path.dirname(library), "libhelio.a"),
                    "-lcurl", "-ljansson", "-lsodium", "-lwebsockets", "-lm",
                    "-pthread"]
        output("cc", "-std=c99", "-D_POSIX_C_SOURCE=200809L", "-Wall",
               "-Wextra", "-Werror", "-Wno-unused-parameter", "-o", program,
               source, *compiler, *libs)

        def run(*words, env=None, code=0, input=None):
            done = subprocess.run(
                [str(program), *map(str, words)], text=True, cwd=folder,
                input=input, capture_output=True, timeout=60, env={
                    **os.environ, **(env or {}),
                    "LD_LIBRARY_PATH": os.path.dirname(library)})
            assert done.returncode == code, done.stderr
            return done.stdout + done.stderr
        run.folder = folder
        return run
    return make


def example(name):
    return os.path.join(pages.TOP, "docs/examples", name + ".c")


# ---- what is exported ----

def test_symbols_are_those_promised(library):
    """A symbol that is gone breaks programs; a new one is added to the list
    in the same change."""
    found = {line.split()[-1] for line in output(
        "nm", "-D", "--defined-only", "--with-symbol-versions",
        library).splitlines()}
    promised = set(pages.page(SYMBOLS).split())
    assert found - promised - {"HELIO_0"} == set()
    assert promised - found == set()
    assert "SONAME" in output("readelf", "-d", library)
    assert "libhelio.so.0" in output("readelf", "-d", library)


def test_every_symbol_is_declared_and_all_are_exported():
    declared = set()
    for header in HEADERS:
        text = re.sub(r"/\*.*?\*/", "", pages.page("include/helio/" + header),
                      flags=re.S)
        declared |= set(re.findall(
            r"^(?!typedef)[a-z][^;{}()]*?\b(helio_\w+)\(", text, re.M))
    assert {name + "@@HELIO_0" for name in declared} == set(
        pages.page(SYMBOLS).split())


@pytest.mark.parametrize("header", HEADERS)
def test_headers_stand_alone_in_c_and_cpp(flags, header, tmp_path):
    for name, standard, more in (("x.c", "-std=c99", ["-pedantic"]),
                                 ("x.cc", "-std=c++11", [])):
        (tmp_path / name).write_text("#include <helio/%s>\n" % header)
        output("gcc", "-fsyntax-only", standard, "-Wall", "-Wextra",
               "-Werror", *more, *flags[0], tmp_path / name)


# ---- pages ----

@pytest.mark.parametrize("header", HEADERS)
def test_every_header_has_its_page(installed, header):
    name = "client" if header == "helio.h" else header[:-2]
    path = installed / "usr/local/share/man/man3" / ("helio_%s.3" % name)
    done = subprocess.run(
        ["man", "--warnings", "-l", path], text=True, capture_output=True,
        env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "120"})
    assert done.returncode == 0 and done.stderr == ""
    text = re.sub(r"/\*.*?\*/", "", pages.page("include/helio/" + header),
                  flags=re.S)
    for function in re.findall(r"\b(helio_\w+)\(", text):
        assert function + "(" in done.stdout, function
    assert "EXAMPLES" in done.stdout


def test_the_overview_names_every_page():
    text = pages.page("docs/man/libhelio.3")
    for header in HEADERS:
        assert "helio/" + header in text, header


# ---- examples ----

def test_every_example_is_run():
    """By a test of its name below."""
    for name in EXAMPLES:
        assert "test_example_" + name in globals(), name


@pytest.fixture
def charge_points():
    """(url, environment) of a sandbox of Blue Current."""
    sandbox = Sandbox("bluecurrent", "--answer-ms", "1")
    yield sandbox.url, {"BLUECURRENT_TOKEN": "sandbox-api-token"}
    sandbox.stop()


@pytest.mark.parametrize("static", [False, True])
def test_example_bluecurrent(build, charge_points, static):
    url, env = charge_points
    assert "status: done\n" in build(example("bluecurrent"), static)(
        url, "BCU101", "status", env=env)


def test_example_bluecurrent_loop(build, charge_points):
    """More in test_charge_library.py."""
    url, env = charge_points
    assert build(example("bluecurrent_loop"))(url, 1, env=env) == \
        "CHARGE_POINTS \n"


def test_example_http(build, stub):
    stub.answer(lambda request: (200, {}, request.path.encode()))
    said = build(example("http"))(stub.url)
    assert sorted(said.splitlines()) == [
        "first: status 200, /first", "second: status 200, /second"]


def test_example_error(build, stub):
    run = build(example("error"))
    stub.answer(404, body=b'{"message": "no such thing"}')
    assert run(stub.url, code=1) == \
        "refused\nfetching x: status 404: no such thing\n"
    said = run("http://127.0.0.1:1", code=1)
    assert said.startswith("unreachable\nfetching x: GET /x: ")


def test_example_token(build, stub):
    def answer(request):
        if request.path != "/token":
            good = request.headers["Authorization"] == "Bearer t1"
            return 200 if good else 401, {}, b"{}"
        assert request.headers["Authorization"] == "Basic bWU6c2VzYW1l"
        return 200, {}, b'{"access_token": "t1", "token_type": "Bearer"}'
    stub.answer(answer)
    run = build(example("token"))
    env = {"CLIENT_ID": "me", "CLIENT_SECRET": "sesame"}
    for _ in range(2):
        assert run(stub.url, stub.url + "/token", env=env) == "status 200\n"
    assert [one.path for one in stub.requests].count("/token") == 1
    kept = run.folder / "token.json"
    assert json.loads(kept.read_text())["token"] == "t1"
    assert kept.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("static", [False, True])
def test_example_json(build, stub, static):
    def answer(request):
        start = int(re.search(r"start=(\d+)&limit=2$", request.path)[1])
        return 200, {}, json.dumps({"data": [
            {"name": "n%d" % i} for i in range(start, min(start + 2, 6))
        ]}).encode()
    stub.answer(answer)
    assert build(example("json"), static)(stub.url).split() == [
        "n%d" % i for i in range(1, 6)]


def test_example_client(build, stub, server, system):
    run = build(example("client"))
    env = {"HELIO_URL": server.url, "HELIO_PASSWORD": helio.PASSWORD,
           "HELIO_USER": helio.username("SYSTEM", "GLOBAL")}
    wanted = [one["product_imei"] for one in system.query(
        "/products", filters=[{"name": "current_enable_flag", "op": "eq",
                               "val": True}]).json()["objects"]]
    assert set(wanted) <= set(run(env=env).split())
    # two pages, and a new login at a server whose token is not kept
    stub.answer(lambda request: login_answer("t1") if request.path.endswith(
        "login") else (200, {}, json.dumps({
            "objects": [{"product_imei": request.path.split("&", 1)[1]}],
            "total_pages": 2, "num_results": 2}).encode()))
    assert run(env={**env, "HELIO_URL": stub.url}).split() == [
        "page=%d&results_per_page=100" % n for n in (1, 2)]


def test_example_action(build, stub):
    run = build(example("action"))
    env = {"HELIO_URL": stub.url, "HELIO_TOKEN": "given"}
    stub.answer(200, body=b'{"status":"success"}')
    assert run("35", "repair", env=env) == "35 is in state repair now\n"
    assert json.loads(stub.requests[0].body) == {"new_state": "repair"}
    stub.answers = []
    stub.answer(400, body=b'{"message":"not from there"}')
    assert run("35", "repair", env=env, code=1) == \
        "moving 35: status 400: not from there\n"


def test_example_field(build):
    text = ('1593606902789,"+BUFF:GTDOG,A80904,350000000000006,,,00,1,1,4.3,'
            '92,70.0,-73.985428,40.748817,20200701133451,0310,0410,0936,'
            '0C68860F,0.0,87,20200701133501,00D0$" 350000000000014')
    assert build(example("field"))(input=text) == (
        "type A8, firmware 9.4\nsent 10 s after its position was known\n"
        "IMEI 350000000000006\nIMEI 350000000000014\n")


def test_example_field_client(build):
    field = Field()
    run = build(example("field_client"))
    assert run("001001000000015", "AT+X$", env=field.env) == (
        "001001000000015: taken\nsent at attempt 1\n")
    assert run("001001000000031", "AT+X$", env=field.env) == \
        "001001000000031: successful\n"
    assert field.device("001001000000015")["lastCommand"] == "AT+X$"
    assert "token" in run("001001000000031", "AT+X$", code=1, env={
        **field.env, "CLIENT_SECRET": "wrong"})
    field.box.stop()


def test_example_netsapiens(build, tmp_path):
    """Every operation, and the asynchronous form of one."""
    box = Sandbox("netsapiens")
    try:
        env = {"PBX_USER": "103@sandbox.example",
               "PBX_PASSWORD": "sandbox-password",
               "PBX_CLIENT_ID": "sandbox-client",
               "PBX_CLIENT_SECRET": "sandbox-secret"}
        run = build(example("netsapiens"))
        said = {line.split(": ", 1)[0]: json.loads(line.split(": ", 1)[1])
                for line in run(box.url, "http://127.0.0.1:9/",
                                env=env).splitlines()}
        assert said["login"]["uid"] == "103@sandbox.example"
        session = said["send"]["messagesession-id"]
        assert said["send a picture"]["messagesession-id"] == session
        assert said["send a picture"]["media-size"] == "4"
        assert len(said["sessions"]) == 1 and len(said["messages"]) == 2
        assert said["subscription"]["id"] == said["subscribe"]["id"]
        assert said["subscription"]["subscription-expires-datetime"] == \
            "2100-01-01T00:00:00+00:00"
        accepted = {"code": 202, "message": "Accepted"}
        assert said["resubscribe"] == said["unsubscribe"] == \
            said["call"] == accepted
        assert said["calls"] == {"total": 1}
        assert said["in a loop"] == []
        refused = run(box.url, "x", env={**env, "PBX_PASSWORD": "no"},
                      code=1)
        assert refused.startswith("login: ") and "401" in refused
    finally:
        box.stop()


def test_example_xiq(build, tmp_path):
    box = Sandbox("xiq")
    try:
        env = {"XIQ_OWNER": "94009", "XIQ_CLIENT_ID": "sandbox-client",
               "XIQ_CLIENT_SECRET": "sandbox-secret",
               "XIQ_REDIRECT_URI": "https://sandbox.example",
               "XIQ_TOKEN": "sandbox-token"}
        run = build(example("xiq"))
        words = box.url, 1606150800, tmp_path / "counts"
        said = run(*words, env=env).splitlines()
        kept = json.loads((tmp_path / "counts").read_text())
        assert said[0].startswith("100 of ")
        assert "counted 2020-11-23T15:00:00.000Z" in said
        assert said[-1] == "2 counted, 0 kept, 0 skipped"
        for start, counts in kept.items():
            for ssid, clients in counts.items():
                assert "%s %s %d" % (start, ssid, clients) in said
        assert run(*words, env=env).splitlines()[-1] == \
            "0 counted, 2 kept, 0 skipped"
        assert "invalid access token" in run(
            *words, env={**env, "XIQ_TOKEN": "no"}, code=1)
    finally:
        box.stop()


def test_the_how_to(build, server, factory, tmp_path):
    """Its programs, in a file each, compiled and run as the page says."""
    page = "docs/howto/c-client.md"
    programs = pages.blocks(page, "c ")
    assert len(programs) >= 2
    imei = "ctest%d" % helio.fresh()
    factory.post("/products/create_hub2", {
        "imei": imei, "imsi": str(10**8 + helio.fresh()),
        "device_key": imei})
    env = {"HELIO_URL": server.url, "HELIO_TOKEN": factory.token}
    shown = dict((info.split()[1], text)
                 for info, text in pages.blocks(page, "text "))
    for info, text in programs:
        name = info.split()[1]
        (tmp_path / name).write_text(text)
        said = build(str(tmp_path / name))(imei, imei, env=env)
        assert pages.matches(shown[name].replace("350000000000017", imei),
                             said), said
