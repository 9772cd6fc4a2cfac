"""Checks of the tree: tools/check runs them all and names each finding.

Every check is a function that yields findings as text.
"""
import glob
import os
import re
import sys

# A folder may include its own headers and those of the folders named here.
ARROWS = {
    "base": [],
    "schema": ["base"],
    "i18n": ["base"],
    "http": ["base"],
    "store": ["base", "schema"],
    "telemetry": ["base", "schema", "store"],
    "influxql": ["base", "schema", "store", "telemetry"],
    "outbox": ["base", "schema", "store"],
    "hook": ["base", "schema", "store", "outbox"],
    "domain": ["base", "schema", "store", "telemetry", "outbox"],
    "api": ["base", "schema", "i18n", "store", "http"],
    "rest": ["base", "schema", "store", "http", "api", "domain"],
    "action": ["base", "schema", "store", "http", "api", "rest", "domain",
               "telemetry", "influxql"],
    "device": ["base", "schema", "store", "http", "api", "domain",
               "telemetry"],
    "influx": ["base", "schema", "store", "http", "api", "telemetry",
               "influxql"],
    "sms": ["base", "schema", "store", "outbox", "http", "api", "domain",
            "helio"],
    "rtc": ["base", "schema", "store", "outbox"],
    "batch": ["base"],
    "client": ["base", "helio"],
    "connector": ["base", "helio", "client"],
    "sim": ["base"],
    "sandbox": ["base", "http", "helio", "connector"],
    "openapi": ["base", "schema", "http", "api", "rest", "action"],
    "server": ["base", "schema", "store", "telemetry", "domain", "outbox",
               "hook", "http", "api", "rest", "action", "device", "influx", "sms", "rtc",
               "openapi"],
    "cmd": ["base", "schema", "store", "telemetry", "domain", "server",
            "batch", "client", "helio", "sim", "sandbox"],
}
BANNED = {
    "strcat": "use struct buf", "sprintf": "use snprintf or struct buf",
    "vsprintf": "use vsnprintf", "gets": "use fgets",
    "strtok": "use strcspn", "rand": "use random_below",
    "localtime": "times are UTC", "mktime": "times are UTC",
    "setlocale": "texts are chosen per request", "alloca": "use the arena",
    "system": "no shell", "popen": "no shell",
}
# strcpy is fine where the length was checked just before; sqlite only here.
SQLITE_ONLY = re.compile(r"src/store/sqlite")
PG_ONLY = re.compile(r"src/store/pg")


def sources():
    return sorted(glob.glob("src/**/*.[ch]", recursive=True))


def without_comments(text):
    text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group(0).count("\n"),
                  text, flags=re.S)
    return re.sub(r'"(\\.|[^"\\\n])*"', '""', text)


def check_arrows():
    for path in sources():
        folder = path.split("/")[1]
        if folder not in ARROWS:
            yield "%s: folder %s is not in tools/check.py" % (path, folder)
            continue
        for n, line in enumerate(open(path), 1):
            found = re.match(r'#include "(\w+)/', line)
            if found and found.group(1) != folder and \
                    found.group(1) not in ARROWS[folder]:
                yield "%s:%d: %s may not include %s" % (
                    path, n, folder, found.group(1))


def check_banned():
    for path in sources():
        text = without_comments(open(path).read())
        for n, line in enumerate(text.split("\n"), 1):
            for name, why in BANNED.items():
                if re.search(r"(?<![\w.>])%s\s*\(" % name, line):
                    yield "%s:%d: %s(): %s" % (path, n, name, why)
            if "sqlite3_" in line and not SQLITE_ONLY.match(path):
                yield "%s:%d: SQLite outside src/store/sqlite*" % (path, n)
            if re.search(r"\bPQ[a-z]\w+\(", line) and not PG_ONLY.match(path):
                yield "%s:%d: libpq outside src/store/pg*" % (path, n)


def check_commands():
    """Every command and every setting is in the manual page and samples."""
    page = open("docs/man/helio.1").read().replace("\\-", "-")
    for path in glob.glob("src/cmd/*.c"):
        for name in re.findall(r'\.name = "([^"]+)", \.args', open(path).read()):
            if not re.search(r"^\.SS %s\b" % re.escape(name), page, re.M):
                yield "docs/man/helio.1: command '%s' is missing" % name
    sample = open("etc/helio.conf").read()
    for name, default in re.findall(
            r'^CONFIG\((\w+),\s*\w+,\s*"([^"]*)"',
            open("src/server/config.def").read(), re.M):
        if not re.search(r"^;?%s = %s$" % (name, re.escape(default)), sample,
                         re.M):
            yield "etc/helio.conf: '%s = %s' is missing" % (name, default)
        if not re.search(r"^\.B %s$" % name, page, re.M):
            yield "docs/man/helio.1: setting '%s' is missing" % name


def check_errors():
    """Every error code has a row in the reference."""
    page = open("docs/reference/errors.md").read()
    for code, status in re.findall(r'"(H\d+)",\s*(\d+)',
                                   open("src/base/rc.def").read()):
        if not re.search(r"\| `?%s`? \| %s \|" % (code, status), page):
            yield "docs/reference/errors.md: %s %s is missing" % (code, status)


def check_links():
    """Relative links between the documents lead somewhere."""
    pages = glob.glob("*.md") + glob.glob("docs/**/*.md", recursive=True) + \
        glob.glob("schema/*.md")
    for page in pages:
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)",
                               open(page).read()):
            if not os.path.exists(os.path.join(os.path.dirname(page), link)):
                yield "%s: %s does not exist" % (page, link)


def main():
    findings = [f for name, check in sorted(globals().items())
                if name.startswith("check_") for f in check()]
    for finding in findings:
        print(finding)
    print("tools/check: %d findings" % len(findings))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
