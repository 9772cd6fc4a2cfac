"""helio telemetry stats, export and import: what goes out comes back equal."""
import csv
import io
import json
import random
import struct

import pytest
import requests

import helio

FLOATS = [0.0, -0.0, 1.0, -1.5, 0.1, 1 / 3, 5e-324, -5e-324,
          2.2250738585072014e-308, 1.7976931348623157e308,
          -1.7976931348623157e308, 1e21, 1e22, 123456789012345680000.0,
          1e18, 9007199254740993.0, -1e-7]
INTS = [0, 1, -1, 2**63 - 1, -2**63, 2**53 + 1]
TEXTS = ["", "plain", 'a "quoted" one', "comma, and = and blank",
         "two\nlines\r\nand three", "back\\slash \\\" \\n", "#hash", "é€😀",
         "\t tab", ",", '"', "\n", " 1700000000000000000"]
T0 = 1700000000123456789


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    made = []
    for name in ("from", "to"):
        folder = tmp_path_factory.mktemp(name) / "data"
        helio.init(folder)
        made.append(helio.Server(folder))
    yield made
    for server in made:
        server.stop()


@pytest.fixture
def cli(tmp_path):
    """cli(server, words..): the completed process."""
    def run(server, *words, code=0, level="SYSTEM", scope="GLOBAL", **more):
        env = {"HELIO_URL": server.url,
               "HELIO_TOKEN": server.login(level, scope).token,
               "HELIO_SESSION": str(tmp_path / "session.json")}
        done = helio.run("telemetry", *words, check=False, env=env, **more)
        assert done.returncode == code, (done.stdout, done.stderr)
        return done
    return run


def write(server, lines):
    reply = requests.post(
        server.url + "/write", params={"db": "x"}, data=lines.encode(),
        headers={"Authorization": "Bearer " + server.login().token},
        timeout=60)
    assert reply.status_code == 204, reply.text


def ask(server, q, **how):
    reply = requests.get(
        server.url + "/query", params={"q": q, "epoch": "ns"},
        headers={"Authorization": "Bearer " + server.login().token},
        timeout=60)
    assert reply.status_code == 200, reply.text
    return json.loads(reply.text, **how)["results"][0]["series"]


def quoted(text):
    return '"%s"' % text.replace("\\", "\\\\").replace('"', '\\"')


def hard_lines(measurement):
    """Every kind of value, with gaps, in three series of different tags."""
    lines = []
    keys = [measurement, measurement + ",site=no\\ rth\\,\\=,unit=7",
            measurement + ",site=south"]
    for key in keys:
        for i in range(max(len(FLOATS), len(TEXTS))):
            fields = ['on=%s' % ("true" if i % 3 else "false")]
            if i < len(FLOATS):
                fields.append("f=%r" % FLOATS[i])
            if i < len(INTS):
                fields.append("i=%di" % INTS[i])
            if i < len(TEXTS):
                fields.append("odd\\ \\,\\=name=" + quoted(TEXTS[i]))
            lines.append("%s %s %d" % (key, ",".join(fields), T0 + i * 7))
    # before 1970, and the same fields in a row of their own
    lines.append(measurement + " f=-0 -5")
    return "".join(line + "\n" for line in lines)


def bits(server, measurement):
    found = ask(server, 'SELECT f FROM "%s" WHERE time > 0 AND site::tag = '
                "'south'" % measurement, parse_int=float)
    return [struct.pack("<d", row[1]) for row in found[0]["values"]]


@pytest.mark.parametrize("form", ["csv", "line"])
def test_what_is_exported_is_imported_equal(servers, cli, tmp_path, form):
    here, there = servers
    name = "hard " + form
    write(here, hard_lines(name.replace(" ", "\\ ")))
    path = tmp_path / ("samples." + form)
    said = cli(here, "export", name, "--format", form, "--output",
               path).stderr
    assert said == "52 points of 3 series\n"
    assert cli(there, "import", path).stderr == \
        "52 points stored, 0 lines bad\n"
    for q in ('SELECT *::field FROM "%s" GROUP BY *', 'SHOW SERIES FROM "%s"',
              'SHOW FIELD KEYS FROM "%s"'):
        assert ask(here, q % name) == ask(there, q % name)
    assert bits(there, name) == [struct.pack("<d", f) for f in FLOATS]
    texts = ask(there, 'SELECT "odd ,=name" FROM "%s" WHERE site::tag = '
                "'south'" % name)
    assert [row[1] for row in texts[0]["values"]] == TEXTS
    ints = ask(there, 'SELECT i FROM "%s" WHERE site::tag = \'south\'' % name)
    assert [row[1] for row in ints[0]["values"]] == INTS
    again = tmp_path / "again"
    cli(there, "export", name, "--format", form, "--output", again)
    assert again.read_bytes() == path.read_bytes()


def test_csv_is_what_csv_readers_read(servers, cli):
    write(servers[0], 'plain,unit=1 v=1.5,note="a, ""b"" ",n=2i 10\n'
          .replace('""', '\\"') + "plain,unit=1 v=2 20\n")
    done = cli(servers[0], "export", "plain")
    assert list(csv.reader(io.StringIO(done.stdout))) == [
        ["#datatype measurement", "tag", "long", "string", "double",
         "dateTime:number"],
        ["measurement", "unit", "n", "note", "v", "time"],
        ["plain", "1", "2", 'a, "b" ', "1.5", "10"],
        ["plain", "1", "", "", "2", "20"]]


def test_pages_give_every_row_once(servers, cli):
    draw = random.Random(5)
    times = sorted(draw.sample(range(10**6), 12345))
    write(servers[0], "".join("paged,unit=%d v=%d %d\n" % (unit, at, at)
                              for unit in (1, 2) for at in times))
    lines = cli(servers[0], "export", "paged", "--format",
                "line").stdout.splitlines()
    assert lines == ["paged,unit=%d v=%d %d" % (unit, at, at)
                     for unit in (1, 2) for at in times]


def test_large_texts_come_in_smaller_pages(servers, cli):
    text = "x" * 4000
    write(servers[0], "".join('large s="%s" %d\n' % (text, at)
                              for at in range(3000)))
    write(servers[0], "".join('large t="%s",u="%s",v="%s",w="%s" %d\n' % (
        text, text, text, text, at) for at in range(1000)))
    write(servers[0], "".join('large t="%s",u="%s",v="%s",w="%s" %d\n' % (
        text, text, text, text, at) for at in range(1000, 2000)))
    write(servers[0], "".join('large a="%s",b="%s",c="%s",d="%s" %d\n' % (
        text, text, text, text, at) for at in range(1000)))
    done = cli(servers[0], "export", "large", "--format", "line")
    assert done.stdout.count("\n") == 3000
    assert done.stdout.count(text) == 3000 + 4 * 3000


def test_many_fields_are_several_lines(servers, cli, tmp_path):
    here, there = servers
    names = ["f%03d" % i for i in range(300)]
    for part in (names[:150], names[150:]):
        write(here, "wide %s 1\n" % ",".join("%s=%si" % (n, n[1:])
                                             for n in part))
    for form in ("line", "csv"):
        path = tmp_path / ("wide." + form)
        cli(here, "export", "wide", "--format", form, "--output", path)
        cli(there, "import", path)
        assert ask(here, "SELECT * FROM wide") == \
            ask(there, "SELECT * FROM wide")


def test_ranges_and_units(servers, cli):
    imei = helio.new_hub2(servers[0].login("FACTORY"))[0]
    write(servers[0], "".join(
        "ranged,product_imei=%s v=%d %d\nranged v=9 %d\n" % (
            imei, day, t, t) for day, t in enumerate(
                range(1717200000 * 10**9, 1717632000 * 10**9,
                      86400 * 10**9))))
    out = cli(servers[0], "export", "ranged", "--format", "line", "--unit",
              imei, "--start", "2024-06-02", "--end",
              "2024-06-04T00:00:00Z").stdout
    assert out == "".join("ranged,product_imei=%s v=%d %d\n" % (
        imei, n, (1717200000 + n * 86400) * 10**9) for n in (1, 2))


def test_other_peoples_samples_are_not_exported(servers, cli):
    imei = helio.new_hub2(servers[0].login("FACTORY"))[0]
    write(servers[0], "secret,product_imei=%s v=1 1\n" % imei)
    done = cli(servers[0], "export", "secret", scope="ENTITY",
               level="OVERVIEW", code=4)
    assert (done.stdout, "no measurement 'secret'" in done.stderr) == \
        ("", True)
    assert "secret" not in cli(servers[0], "stats", scope="ENTITY",
                               level="OVERVIEW").stdout
    reply = servers[0].login("OVERVIEW", "ENTITY").get(
        "/telemetry/stats", params={"measurement": "secret"})
    assert (reply.status_code, reply.json()["data"]) == (200, [])


def test_stats(servers, cli):
    write(servers[0], "counted,unit=1 a=1,b=2i 1000000000\n"
          "counted,unit=2 a=1 0\ncounted,unit=2 a=2 3000000000\n")
    found = json.loads(cli(servers[0], "stats", "counted", "--json").stdout)
    size = found[0].pop("bytes")
    assert 0 < size < 1000
    assert found == [{"measurement": "counted", "series": 2, "fields": 2,
                      "points": 3, "oldest": "1970-01-01T00:00:00Z",
                      "newest": "1970-01-01T00:00:03Z"}]
    table = cli(servers[0], "stats", "counted").stdout.splitlines()
    assert table[0].split() == ["measurement", "series", "fields", "points",
                                "bytes", "oldest", "newest"]
    assert table[1].split() == ["counted", "2", "2", "3", str(size),
                                "1970-01-01T00:00:00Z",
                                "1970-01-01T00:00:03Z"]


def test_stats_of_ones_own_units(servers, cli):
    login = servers[0].login
    mine, other = (helio.new_hub2(login("FACTORY"))[0] for _ in range(2))
    for imei, entity in ((mine, helio.ENTITY), (other, helio.OTHER_ENTITY)):
        reply = login("ADMIN").put("/products/%s/assign_entity" % imei,
                                   {"entity_id": entity})
        assert reply.status_code == 200, reply.text
    write(servers[0], "parted,product_imei=%s a=1 1000000000\n"
          "parted,product_imei=%s a=1 2000000000\nparted a=1 3000000000\n"
          % (mine, other))
    found = {scope: login("OVERVIEW", scope).get(
        "/telemetry/stats", params={"measurement": "parted"}).json()["data"][0]
             for scope in ("GLOBAL", "ENTITY")}
    assert [found["GLOBAL"][k] for k in ("series", "points", "newest")] == \
        [3, 3, "1970-01-01T00:00:03Z"]
    assert [found["ENTITY"][k] for k in (
        "series", "points", "oldest", "newest")] == \
        [1, 1, "1970-01-01T00:00:01Z", "1970-01-01T00:00:01Z"]
    assert 0 < found["ENTITY"]["bytes"] < found["GLOBAL"]["bytes"]


# ---- input that is not as it should be ----

def test_bad_lines_are_named_and_the_others_stored(servers, cli):
    lines = ["bad v=%d %d" % (i, i) for i in range(1, 101)]
    lines[16] = "bad v=seventeen 17"
    lines[49] = 'bad v="text" 50'
    lines[50] = 'bad note="over\ntwo lines" 51'
    lines[98] = "bad v=1 never"
    done = cli(servers[1], "import", input="\n".join(lines) + "\n", code=7)
    assert [line.split(": ", 3)[1:3] for line in
            done.stderr.splitlines()[:-1]] == [
        ["standard input", "line 17"], ["standard input", "line 50"],
        ["standard input", "line 100"]]
    assert "is type string, already exists as type float" in done.stderr
    assert done.stderr.endswith("97 points stored, 3 lines bad\n")
    count = ask(servers[1], "SELECT count(v), count(note) FROM bad")
    assert count[0]["values"][0][1:] == [96, 1]


def test_bad_csv_is_named(servers, cli, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text("\ufeff#datatype measurement,double,long,boolean,string,"
                    "ignored,dateTime:number\r\n"
                    "measurement,d,l,b,s,x,time\r\n"
                    "badcsv,1,2,true,\"two\nlines\",?,1\r\n"
                    "badcsv,x=1 y,2,true,,?,2\r\n"
                    "badcsv,1,2.5,true,,?,3\r\n"
                    "badcsv,1,2,yes,,?,4\r\n"
                    "badcsv,1,2,true,a\"b,?,5\r\n"
                    "badcsv,1,2,true\r\n"
                    "badcsv,,,,,?,7\r\n"
                    "badcsv,1,2,true,,?,\r\n"
                    "#group,true\r\n"
                    "badcsv,,,,\"\",?,9\r\n", encoding="utf-8", newline="")
    done = cli(servers[1], "import", path, code=7)
    assert [line.split(": line ")[1] for line in
            done.stderr.splitlines()[:-1]] == [
        "5: no number", "6: no whole number", "7: neither true nor false",
        "8: a quote inside a field",
        "9: another number of fields than #datatype has", "10: no value",
        "11: no time", "12: of the records that begin with # only #datatype "
        "is known"]
    found = ask(servers[1], "SELECT * FROM badcsv")
    assert found[0]["values"] == [[1, True, 1, 2, "two\nlines"],
                                  [9, None, None, None, ""]]


def test_csv_without_types_is_refused(servers, cli, tmp_path):
    path = tmp_path / "no.csv"
    path.write_text("measurement,v,time\nx,1,1\n")
    assert "line 1: there is no #datatype above" in \
        cli(servers[1], "import", path, code=7).stderr
    for types in ("measurement,dateTime:number", "double,dateTime:number",
                  "measurement,double", "measurement,dateTime:number,real"):
        path.write_text("#datatype %s\n" % types)
        assert "line 1: #datatype " in \
            cli(servers[1], "import", path, code=7).stderr


def test_too_many_bad_lines_end_it(servers, cli):
    done = cli(servers[1], "import", "--stop-after", "3", code=8,
               input="late v=1 1\n" + "never\n" * 9)
    assert done.stderr.count(": line ") == 3
    assert "lines up to 3 are settled" in done.stderr
    assert done.stderr.endswith("1 points stored, 3 lines bad\n")


def test_precision_and_lines_without_a_time(servers, cli):
    cli(servers[1], "import", "--precision", "s", input="fine v=1 1700000000\n"
        'fine v=2\nfine s="1 2"\n')
    found = ask(servers[1], "SELECT v FROM fine")[0]["values"]
    assert found[0] == [1700000000 * 10**9, 1]
    assert found[1][0] > 1720000000 * 10**9
    assert len(ask(servers[1], "SELECT s FROM fine")[0]["values"]) == 1


def test_who_may_not(servers, cli):
    done = cli(servers[1], "import", level="OVERVIEW", code=7,
               input="may v=1 1\n")
    assert "line 1: " in done.stderr


@pytest.mark.parametrize("words", [
    ["import", "--precision", "d"], ["import", "--format", "xml"],
    ["export", "--format", "xml"]])
def test_wrong_words(servers, cli, words):
    cli(servers[1], *words, code=2)


def test_files_that_cannot_be_opened(servers, cli, tmp_path):
    missing = tmp_path / "missing" / "file"
    assert str(missing) in cli(servers[1], "import", missing, code=1).stderr
    assert str(missing) in cli(servers[1], "export", "--output", missing,
                               code=1).stderr


# ---- a server that is busy, or no server ----

def cli_of(stub, tmp_path):
    def run(*words, **more):
        return helio.run("telemetry", *words, check=False, env={
            "HELIO_URL": stub.url, "HELIO_TOKEN": "given",
            "HELIO_SESSION": str(tmp_path / "session.json")}, **more)
    return run


def test_a_busy_server_is_tried_again(stub, tmp_path):
    answers = [(503, {"Retry-After": "0"}, b"{}"),
               (429, {"Retry-After": "0"}, b"{}"), (204, {}, b"")]
    stub.answer(lambda request: answers[len(stub.requests) - 1])
    done = cli_of(stub, tmp_path)("import", input="m v=1\n")
    assert (done.returncode, done.stderr) == (
        0, "1 points stored, 0 lines bad\n")
    bodies = {one.body for one in stub.requests}
    assert len(stub.requests) == 3 and len(bodies) == 1
    assert bodies.pop().startswith(b"m v=1 1")


def test_a_server_in_trouble_ends_it(stub, tmp_path):
    stub.answer(500, {}, b'{"error":"no luck"}')
    done = cli_of(stub, tmp_path)("import", input="m v=1 1\n")
    assert (done.returncode, "no luck" in done.stderr) == (5, True)


def test_replies_that_are_none(stub, tmp_path):
    for body in (b"", b"{", b'{"values":7}', b'{"values":[[{}]]}',
                 b'{"error":7}'):
        stub.answer(200, {}, body)
        done = cli_of(stub, tmp_path)("export", "m")
        assert done.returncode == 6, (body, done.stderr)
