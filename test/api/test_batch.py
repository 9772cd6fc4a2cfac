"""helio batch: rows in, results out, and going on after a stop of any kind."""
import csv
import io
import json
import os
import pty
import signal
import subprocess
import threading
import time

import pytest

import helio
from stub import DROP, service

IMEIS = ["35000000000%04d" % i for i in range(8)]


@pytest.fixture
def env(stub, tmp_path):
    return {"HELIO_URL": stub.url, "HELIO_TOKEN": "given",
            "HELIO_SESSION": str(tmp_path / "session.json")}


@pytest.fixture
def batch(env):
    """batch(words.., env=): the completed process; its results as a list."""
    def run(*words, code=0, env=env, **more):
        done = helio.run("batch", *words, check=False, env=env, **more)
        assert done.returncode == code, done.stderr
        done.results = [json.loads(line)
                        for line in done.stdout.splitlines()]
        return done
    return run


def done_answer(request):
    return 200, {}, b'{"status":"success","message":"ok","data":{"a":1}}'


def lines(tmp_path, text, name="rows"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def asked(stub):
    return [one.path.split("/")[3] for one in stub.requests]


# ---- input and output ----

def test_lines_from_standard_input(stub, batch):
    stub.answer(done_answer)
    done = batch("enable", input="\n %s \n\n%s\r\n" % (IMEIS[0], IMEIS[1]))
    assert [(one.method, one.path, one.body) for one in stub.requests] == [
        ("PUT", "/v1/products/%s/enable" % imei, b"") for imei in IMEIS[:2]]
    assert done.results == [
        {"line": n, "product_imei": imei, "outcome": "done", "status": 200,
         "message": "ok", "data": {"a": 1}}
        for n, imei in ((2, IMEIS[0]), (4, IMEIS[1]))]
    assert done.stderr == "2 rows: 2 done, 0 failed, 0 bad, 0 done before\n"


def test_csv_with_columns_of_every_kind(stub, batch, tmp_path):
    stub.answer(done_answer)
    rows = lines(tmp_path, '\ufeffnote,new_state,product_imei\r\n'
                 '"a, ""b""\nc",repair,%s\r\n,,%s\r\n,"x y",%s' % (
                     tuple(IMEIS[:3])), "rows.csv")
    done = batch("change_state", "new_state=stock", "--file", rows)
    assert [json.loads(one.body) for one in stub.requests] == [
        {"new_state": "repair"}, {"new_state": "stock"}, {"new_state": "x y"}]
    assert asked(stub) == IMEIS[:3]
    assert [one["line"] for one in done.results] == [2, 4, 5]


def test_json_lines_and_types(stub, batch):
    stub.answer(done_answer)
    batch("suggest_energy_limit", input='{"product_imei":"a","energy_limit":'
          '2.5}\n{"product_imei":"b","energy_limit":"3"}\n')
    batch("set_is_payg", "is_payg=true", input="a\n")
    batch("update_software", input='{"product_imei":"a","software":7}\n'
          '{"product_imei":"b","software":"hub v2"}')
    batch("write_data", input=json.dumps({
        "product_imei": "a", "fields": {"x": [[1, 2]]}, "tags": None}))
    assert [json.loads(one.body) for one in stub.requests] == [
        {"energy_limit": 2.5}, {"energy_limit": 3}, {"is_payg": True},
        {"software": 7}, {"software": "hub v2"}, {"fields": {"x": [[1, 2]]}}]


def test_another_column_and_no_subject(stub, batch, tmp_path):
    stub.answer(done_answer)
    batch("disable", "--column", "unit", input="unit,x\na/b,1\n")
    assert stub.requests[0].path == "/v1/products/a%2Fb/disable"
    done = batch("create_hub2", input="imei,imsi,device_key\n1,23,kkk\n")
    assert done.results[0]["imei"] == "1" and "kkk" not in done.stdout
    assert json.loads(stub.requests[1].body) == {
        "imei": "1", "imsi": "23", "device_key": "kkk"}
    stub.answer(done_answer)
    batch("dismiss_alert", "dismissal_reason=old", input="12\n")
    assert stub.requests[-1].path == "/v1/alerts/12/dismiss"


def test_reading_goes_into_the_query(stub, batch):
    stub.answer(done_answer)
    batch("read_data", "start=2024-01-01T00:00:00Z", "limit=5", input="a\n")
    assert stub.requests[0].path == (
        "/v1/products/a/data?start=2024-01-01T00%3A00%3A00Z&limit=5")


def test_results_as_csv_in_a_file(stub, batch, tmp_path):
    stub.answer(400, body=b'{"message":"a \\"b\\", c","data":[1,2]}')
    out = tmp_path / "out.csv"
    out.write_text("of another run\n")
    done = batch("enable", "--csv", "--output", out, code=7, input="a\n")
    assert done.stdout == ""
    assert list(csv.reader(io.StringIO(out.read_text()))) == [
        ["line", "product_imei", "outcome", "status", "message", "data"],
        ["1", "a", "failed", "400", 'a "b", c', "[1,2]"]]


def test_nowhere_to_write_or_read(stub, batch, tmp_path):
    stub.answer(done_answer)
    done = batch("enable", "--output", tmp_path / "no" / "x", code=1,
                 input="a\n")
    assert "no/x" in done.stderr
    batch("enable", "--file", tmp_path / "none", code=1)
    done = batch("enable", "--output", "/dev/full", code=1, input="a\nb\n")
    assert "No space" in done.stderr
    assert len(stub.requests) <= 1


# ---- what is wrong with rows ----

def test_bad_lines_have_their_numbers(stub, batch, tmp_path):
    stub.answer(done_answer)
    rows = lines(tmp_path, b'product_imei,new_state\na,repair\nb\nc,d,e\n'
                 b',repair\n"x\n"y,repair\n\xff,repair\ng,"q"r\nh,repair\n'
                 b'i,a"b\n"j"k"\nz,"no end\n', "rows.csv")
    done = batch("change_state", "--file", rows, code=7)
    assert asked(stub) == ["a", "h"]
    assert [(one["line"], one["message"]) for one in done.results
            if one["outcome"] == "bad"] == [
        (3, "fewer fields than the header has"),
        (4, "more fields than the header has"),
        (5, "product_imei is missing"),
        (6, "something follows a closing quote"),
        (8, "not valid UTF-8"),
        (9, "something follows a closing quote"),
        (11, "a quote inside a field"), (13, "a quote is not closed")]
    assert "2 done, 0 failed, 8 bad" in done.stderr


def test_bad_json_lines(stub, batch):
    stub.answer(done_answer)
    done = batch("enable", "--format", "jsonl", code=7, input='{"product_'
                 'imei":"a"}\n{\n[]\n{"product_imei":null}\n7\n'
                 '{"product_imei":"a\\u0000b"}\n{"product_imei":"b"}\n')
    assert asked(stub) == ["a", "b"]
    assert [one["line"] for one in done.results
            if one["outcome"] == "bad"] == [2, 3, 4, 5, 6]


def test_arguments_of_the_wrong_kind_are_bad_rows(stub, batch):
    stub.answer(done_answer)
    done = batch("assign_entity", code=7, input="product_imei,entity_id\n"
                 "a,5\nb,five\nc,99999999999999999999\n")
    assert asked(stub) == ["a"]
    assert [one["message"] for one in done.results
            if one["outcome"] == "bad"] == [
        "entity_id must be a whole number, not '%s'" % value
        for value in ("five", "99999999999999999999")]


def test_a_line_without_end(stub, batch):
    stub.answer(done_answer)
    done = batch("enable", code=7, input="x" * (3 << 20) + "\na\n")
    assert asked(stub) == ["a"]
    assert done.results[0]["message"] == "the line is too long"


def test_wrong_words(stub, batch, tmp_path):
    done = batch("explode", code=2)
    assert "  enable " in done.stderr
    for words in (["enable", "x=1"], ["change_state", "new_state"],
                  ["set_is_payg", "is_payg=true", "is_payg=true"],
                  ["enable", "--format", "xml"], ["enable", "--rate", "0"],
                  ["enable", "--rate", "fast"]):
        batch(*words, code=2)
    done = batch("enable", "--format", "csv", code=1, input="imei\na\n")
    assert "no column product_imei" in done.stderr
    done = batch("enable", "--format", "csv", code=1, input="")
    assert "no header" in done.stderr
    assert stub.requests == []


# ---- failing ----

def test_failing_rows_do_not_stop_the_others(stub, batch):
    stub.answer(lambda request: (404, {}, b'{"message":"no such"}')
                if request.path.split("/")[3] == "b" else
                done_answer(request))
    done = batch("enable", code=7, input="a\nb\nc\n")
    assert [one["outcome"] for one in done.results] == [
        "done", "failed", "done"]
    assert done.results[1]["message"] == "no such"
    assert "2 done, 1 failed" in done.stderr


def test_enough_failures_end_it(stub, batch):
    stub.answer(400)
    done = batch("enable", "--stop-after", 3, code=8,
                 input="\n".join(IMEIS))
    assert len(stub.requests) == 3 and "--resume" in done.stderr


def test_a_refused_token_ends_it(stub, batch):
    stub.answer(401)
    batch("enable", code=8, input="a\nb\n")
    assert len(stub.requests) == 1


def test_a_lost_answer_of_a_post_is_told(stub, batch):
    stub.answer(DROP).answer(done_answer)
    done = batch("sync", code=7, input="a\nb\n")
    assert asked(stub) == ["a", "b"]
    assert done.results[0]["message"].startswith("POST /v1/products/a/sync: ")


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again(stub, batch, status):
    stub.answer(status).answer(done_answer)
    done = batch("sync", input="a\nb\n")
    assert asked(stub) == ["a", "a", "b"]
    assert [one["outcome"] for one in done.results] == ["done", "done"]


# ---- going on ----

def test_resume_skips_what_is_done(stub, batch, tmp_path):
    resume = tmp_path / "done"
    failing = {"b"}
    stub.answer(lambda request: (500, {}, b"{}") if request.path.split(
        "/")[3] in failing else done_answer(request))
    rows = "a\nb\nc\na\n"
    batch("enable", "--resume", resume, code=7, input=rows)
    assert asked(stub) == ["a", "b", "c", "a"]
    failing.clear()
    done = batch("enable", "--resume", resume, input=rows)
    assert asked(stub)[4:] == ["b"]
    assert done.stderr.endswith("3 done before\n")
    # the same row once more is another row, and another order another one
    batch("enable", "--resume", resume, input=rows + "a\nd\n")
    assert asked(stub)[5:] == ["a", "d"]
    done = batch("disable", "--resume", resume, code=1, input=rows)
    assert "'batch disable'" in done.stderr
    assert len(stub.requests) == 7


def test_a_torn_resume_file_is_mended(stub, batch, tmp_path):
    stub.answer(done_answer)
    resume, out = tmp_path / "done", tmp_path / "out"
    words = ["enable", "--resume", resume, "--output", out]
    batch(*words, input="a\nb\n")
    with open(resume, "r+") as file:
        file.truncate(os.path.getsize(resume) - 3)
    with open(out, "r+") as file:
        file.truncate(os.path.getsize(out) - 3)
    batch(*words, input="a\nb\n")
    assert asked(stub) == ["a", "b", "b"]
    assert [json.loads(line)["product_imei"]
            for line in out.read_text().splitlines()] == ["a", "b"]
    resume.write_text("something else\n")
    batch(*words, code=1, input="a\n")
    assert resume.read_text() == "something else\n"


def test_a_dry_run_does_nothing(stub, batch, tmp_path):
    stub.answer(done_answer)
    resume = tmp_path / "done"
    done = batch("assign_entity", "--dry-run", "--resume", resume, code=7,
                 input="product_imei,entity_id\na,5\nb,x\n")
    assert [one["outcome"] for one in done.results] == [
        "would be done", "bad"]
    assert not resume.exists() and stub.requests == []
    batch("assign_entity", "entity_id=5", "--resume", resume, input="a\n")
    done = batch("assign_entity", "entity_id=5", "--dry-run", "--resume",
                 resume, input="a\nb\n")
    assert [one["product_imei"] for one in done.results] == ["b"]


class Slow:
    """Answers that wait until they are let go."""

    def __init__(self, stub, after):
        self.gate, self.came = threading.Event(), threading.Semaphore(0)
        self.count, self.after = 0, after
        stub.answer(self.answer)

    def answer(self, request):
        self.count += 1
        if self.count > self.after:
            self.came.release()
            self.gate.wait(30)
        return done_answer(request)


def caught(process, number):
    """Has the process a handler for the signal?  It is gone with the first."""
    with open("/proc/%d/status" % process.pid) as status:
        mask, = [int(line.split()[1], 16) for line in status
                 if line.startswith("SigCgt:")]
    return mask >> (number - 1) & 1


def start(env, *words):
    return subprocess.Popen(
        [helio.HELIO, "batch", *map(str, words)], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, **env})


def test_resume_after_a_kill(stub, env, batch, tmp_path):
    rows = lines(tmp_path, "\n".join(IMEIS))
    words = ["enable", "--file", rows, "--resume", tmp_path / "done",
             "--output", tmp_path / "out"]
    slow = Slow(stub, 3)
    process = start(env, *words)
    assert slow.came.acquire(timeout=30)
    helio.until(lambda: len((tmp_path / "done").read_text().splitlines())
                == 4)
    process.kill()
    process.communicate()
    slow.gate.set()
    batch(*words)
    # what was under way may have been done: it is asked for once more
    assert asked(stub) == IMEIS[:4] + IMEIS[3:]
    assert [json.loads(line)["product_imei"] for line in (
        tmp_path / "out").read_text().splitlines()] == IMEIS


def test_an_interrupt_ends_it_cleanly(stub, env, batch, tmp_path):
    rows = lines(tmp_path, "\n".join(IMEIS))
    words = ["enable", "--file", rows, "--resume", tmp_path / "done"]
    slow = Slow(stub, 2)
    process = start(env, *words)
    assert slow.came.acquire(timeout=30)
    process.send_signal(signal.SIGINT)
    # nothing new begins; what is under way comes to its end
    helio.until(lambda: not caught(process, signal.SIGINT))
    slow.gate.set()
    out, err = process.communicate(timeout=30)
    assert process.returncode == 9, err
    assert [json.loads(line)["product_imei"] for line in
            out.splitlines()] == IMEIS[:3]
    assert "goes on" in err and "Sanitizer" not in err
    batch(*words)
    assert asked(stub) == IMEIS


def test_two_runs_do_not_share_a_resume_file(stub, env, batch, tmp_path):
    slow = Slow(stub, 0)
    rows = lines(tmp_path, "a\n")
    words = ["enable", "--file", rows, "--resume", tmp_path / "done"]
    process = start(env, *words)
    assert slow.came.acquire(timeout=30)
    done = batch(*words, code=1)
    assert "another run" in done.stderr
    slow.gate.set()
    process.communicate(timeout=30)
    assert process.returncode == 0


# ---- at once, and how fast ----

def test_rows_at_once_share_one_token(stub, env, batch):
    login = service()
    together = threading.Barrier(4)

    def answer(request):
        if not request.path.endswith("login"):
            together.wait(30)
        return login(request)
    stub.answer(answer)
    user = {**env, "HELIO_USER": "ops", "HELIO_PASSWORD": "correct horse"}
    del user["HELIO_TOKEN"]
    done = batch("enable", "--concurrency", 4, env=user,
                 input="\n".join(IMEIS))
    assert sorted(one["product_imei"] for one in done.results) == IMEIS
    assert [one.path for one in stub.requests].count("/v1/auth/login") == 1


def test_the_rate_is_kept(stub, batch):
    stub.answer(done_answer)
    began = time.monotonic()
    batch("enable", "--rate", 20, "--concurrency", 8, input="\n".join(IMEIS))
    assert time.monotonic() - began >= 7 / 20


def test_progress_on_a_terminal(stub, env):
    stub.answer(done_answer)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [helio.HELIO, "batch", "enable"], stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL, stderr=theirs,
        env={**os.environ, **env})
    process.communicate(b"a\nb\n", timeout=30)
    os.close(theirs)
    said = os.read(ours, 4096).decode()
    os.close(ours)
    assert "\r\033[K" in said and "2 rows: 2 done" in said


# ---- the real server ----

def test_a_fleet_is_switched(server, system, factory):
    imeis = ["batch%d" % helio.fresh() for _ in range(3)]
    env = {"HELIO_URL": server.url, "HELIO_TOKEN": factory.token}
    helio.run("batch", "create_hub2", env=env, input="imei,imsi,device_key\n"
              + "".join("%s,%d,%s\n" % (imei, 10**8 + helio.fresh(), imei)
                        for imei in imeis))
    done = helio.run("batch", "enable", "--concurrency", 3, env=env,
                     input="\n".join(imeis + ["nope"]), check=False)
    assert done.returncode == 7
    results = {one["product_imei"]: one for one in map(
        json.loads, done.stdout.splitlines())}
    assert results["nope"]["status"] == 404
    for imei in imeis:
        assert results[imei]["outcome"] == "done"
        product = system.get("/products/%s" % imei).json()
        assert product["desired_enable_flag"] is True
