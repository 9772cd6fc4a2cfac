"""`helio imei`: numbers out of messy texts, their forms, their models."""
import csv
import io
import json
import os
import pty
import random
import re
import subprocess

import pytest

import helio

A, B, C = "350000000000006", "350000000000014", "350000000000022"
WRONG = "350000000000023"
ICCID = "8901000000000000019"
MESSY = 'Unit:%s;"%s"\r\n(%s)\tx%sx %s1 %s\n' % (A, B, ICCID, C, A, A[:14])


def form(*flags, input=MESSY, **more):
    return helio.run("imei", "format", *flags, input=input, **more)


# ---- forms ----

@pytest.mark.parametrize("flag,wanted", [
    ("-q", '"%s"\n"%s"\n"%s"\n' % (A, B, C)),
    ("--quoted", '"%s"\n"%s"\n"%s"\n' % (A, B, C)),
    ("-b", "%s\n%s\n%s\n" % (A, B, C)),
    ("-s", "%s %s %s\n" % (A, B, C)),
    ("-c", "%s, %s, %s\n" % (A, B, C)),
    ("-j", '"%s", "%s", "%s"\n' % (A, B, C)),
    ("--csv", "imei,line,luhn\n%s,1,true\n%s,1,true\n%s,2,true\n" % (A, B, C))])
def test_forms(flag, wanted):
    assert form(flag).stdout == wanted


def test_quoted_is_the_default_and_the_last_one_wins():
    assert form().stdout == form("-q").stdout
    assert form("-q", "-s", "-b").stdout == form("-b").stdout
    assert form("--json", "-c").stdout == form("-c").stdout


def test_json_is_json():
    found = json.loads(form("--json", input="%s\n\n%s" % (A, WRONG)).stdout)
    assert found == [{"imei": A, "line": 1, "luhn": True},
                     {"imei": WRONG, "line": 3, "luhn": False}]
    assert json.loads(form("--json", input="").stdout) == []


@pytest.mark.parametrize("flag,wanted", [
    ("-q", ""), ("-b", ""), ("-s", "\n"), ("-c", "\n"), ("-j", "\n")])
def test_a_text_without_any(flag, wanted):
    assert form(flag, input="none\n").stdout == wanted


def test_a_list_fits_into_json():
    assert json.loads("[%s]" % form("-j").stdout) == [A, B, C]


# ---- which ones ----

def test_longer_numbers_are_not_cut():
    done = form("-b", "--summary", input="%s\n%s0\n%s\n" % (
        ICCID, ICCID, A + "0"))
    assert done.stdout == ""
    assert done.stderr.startswith("0 IMEIs, 2 ICCIDs")
    assert form("-b", "--iccids", input=MESSY).stdout == ICCID + "\n"


def test_check_digits():
    done = form("-b", "--luhn", "--summary", input="%s %s" % (WRONG, A))
    assert done.stdout == A + "\n"
    assert "1 with a wrong check digit" in done.stderr


def test_repeats():
    text = " ".join([A, B, A, C, A, B])
    assert form("-c", input=text).stdout == text.replace(" ", ", ") + "\n"
    done = form("-s", "--unique", "--summary", input=text)
    assert done.stdout == "%s %s %s\n" % (A, B, C)
    assert "3 repeated" in done.stderr
    assert form("-s", "--duplicates", input=text).stdout == "%s %s\n" % (A, B)
    rows = json.loads(form("--json", "--duplicates",
                           input=text.replace(" ", "\n")).stdout)
    assert [(one["imei"], one["line"]) for one in rows] == [(A, 3), (B, 6)]


def test_many_repeats(tmp_path):
    dice = random.Random(3)
    numbers = ["%015d" % dice.randrange(50000) for _ in range(200000)]
    numbers += ["%020d" % dice.randrange(1000) for _ in range(5000)]
    text = "\n".join(numbers)
    wanted = list(dict.fromkeys(one for one in numbers if len(one) == 15))
    assert form("-b", "--unique", input=text).stdout.split() == wanted
    wanted = list(dict.fromkeys(one for one in numbers if len(one) == 20))
    assert form("-b", "--unique", "--iccids",
                input=text).stdout.split() == wanted


@pytest.mark.parametrize("seed", range(4))
def test_any_text_as_the_definition_says(seed, tmp_path):
    """Runs of exactly 15 digits, wherever pieces of the input end."""
    dice = random.Random(seed)
    text = "".join(
        "".join(dice.choice("0123456789") for _ in range(
            dice.choice([1, 14, 15, 15, 15, 16, 19, 20, 31, 64, 300])))
        + dice.choice(["\n", ",", " x ", "é", '"'])
        for _ in range(60000))
    (tmp_path / "text").write_text(text)
    runs = re.findall(r"[0-9]+", text)
    got = helio.run("imei", "format", "-b", tmp_path / "text").stdout.split()
    assert got == [one for one in runs if len(one) == 15]
    rows = csv.DictReader(io.StringIO(helio.run(
        "imei", "format", "--csv", tmp_path / "text").stdout))
    lines = [int(one["line"]) for one in rows]
    wanted = [n for n, line in enumerate(text.split("\n"), 1)
              for one in re.findall(r"[0-9]+", line) if len(one) == 15]
    assert lines == wanted


def test_files_do_not_run_together(tmp_path):
    (tmp_path / "a").write_text(A[:7])
    (tmp_path / "b").write_text(A[7:])
    assert helio.run("imei", "format", "-b", tmp_path / "a",
                     tmp_path / "b").stdout == ""
    (tmp_path / "a").write_text(A)
    (tmp_path / "b").write_text(B)
    assert helio.run("imei", "format", "-s", tmp_path / "a", "-",
                     tmp_path / "b", input=C).stdout == "%s %s %s\n" % (
                         A, C, B)


# ---- failures ----

def test_files_that_are_none(tmp_path):
    for bad in (tmp_path / "none", tmp_path):
        done = helio.run("imei", "format", bad, check=False)
        assert done.returncode == 1 and str(bad) in done.stderr


def test_a_full_disk():
    with open("/dev/full", "w") as full:
        done = subprocess.run([helio.HELIO, "imei", "format"], input=A,
                              stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and "standard output" in done.stderr


def test_memory_does_not_grow(tmp_path):
    """Sixteen times the input, no more memory."""
    def most(size):
        with open(tmp_path / "list", "w") as file:
            for _ in range(size):
                file.write((A + "\n") * 65536)
        child = subprocess.Popen([helio.HELIO, "imei", "format", "-b",
                                  tmp_path / "list"],
                                 stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        assert status == 0
        return usage.ru_maxrss
    assert most(32) < most(2) * 1.2


def test_a_person_is_asked():
    """In a terminal: the seed's prompt, apart from the list."""
    main, terminal = pty.openpty()
    process = subprocess.Popen(
        [helio.HELIO, "imei", "format", "-s"], stdin=terminal,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    os.close(terminal)
    os.write(main, ("x %s y\n" % A).encode() + b"\x04")
    out, said = process.communicate(timeout=30)
    os.close(main)
    assert out == A + "\n"
    assert said == "Enter IMEIs (CTRL+D to finish)>> << End of Input\n"


# ---- models ----

def model(*words, code=0, **more):
    done = helio.run("imei", "model", *words, check=False, **more)
    assert done.returncode == code, done.stderr
    return done.stdout


def test_models_of_numbers():
    assert model("001303000000007") == "001303000000007 Model03_NEW\n"
    assert model("999999000000007", "12", code=1) == (
        "999999000000007 Unknown\n12 Unknown\n")
    text = "a 001001000000015;001010000000014\n"
    assert model(input=text) == (
        "001001000000015 Model01\n001010000000014 Model06\n")
    assert model("--csv", "001001000000015") == (
        "imei,tac,luhn,model\n001001000000015,00100100,true,Model01\n")
    assert json.loads(model("--json", "001001000000016")) == {
        "imei": "001001000000016", "tac": "00100100", "luhn": False,
        "models": ["Model01"]}


def test_models_of_codes():
    assert model("--code", "A8021A") == "A8021A Model01 2 26\n"
    assert model("--code", "--csv", "FF0102", code=1) == (
        "code,model,major,minor\nFF0102,Unknown,1,2\n")
    assert model("--code", "a8021a", "x", code=1) == (
        "a8021a Unknown 2 26\nx Unknown\n")
    assert model("--code", input=" 580101\nDB0000 ") == (
        "580101 Model02 1 1\nDB0000 Model03 0 0\n")


def test_a_table_of_ones_own(tmp_path):
    table = tmp_path / "table"
    table.write_text(helio.run("imei", "model", "--print-table").stdout +
                     "imei 35 A\nimei 3500 B\ntype FF C\n")
    assert model("--models", table, A, "001010000000014") == (
        A + " A B\n001010000000014 Model06\n")
    assert model("--models", table, "--code", "FF0000") == "FF0000 C 0 0\n"
    table.write_text("imei 35 A\nimei what B\n")
    done = helio.run("imei", "model", "--models", table, A, check=False)
    assert done.returncode == 2 and "line 2" in done.stderr
    done = helio.run("imei", "model", "--models", "/no/such", A, check=False)
    assert done.returncode == 2 and "/no/such" in done.stderr
