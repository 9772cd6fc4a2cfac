"""Which engine the black-box tests run on.

With HELIO_TEST_DATABASE (a PostgreSQL URL; tools/with-postgres sets it) every
data folder has a database of its own there, else SQLite in the folder.  The
folder's path is the database's name, so that tests need not know.
"""
import hashlib
import os
import re
import shutil
import sqlite3
import subprocess

import pytest

BASE = os.environ.get("HELIO_TEST_DATABASE")
_made = []              # names, in the order they were made

# For a test of what SQLite's file is, or does.
sqlite_only = pytest.mark.skipif(bool(BASE), reason="of SQLite's file")


def sql(text, name=None):
    """Run SQL on the server; what psql prints."""
    done = subprocess.run(
        ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", text,
         url(name) if name else BASE], text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def texts(folder, query):
    """The first column of a query on a folder's rows, as the store has them."""
    if BASE:
        return sql(query, name_of(folder)).splitlines()
    with sqlite3.connect("file:%s/helio.db?mode=ro" % folder,
                         uri=True) as db:
        return [str(row[0]) for row in db.execute(query)]


def url(name):
    return re.sub(r"^(\w+://[^/]*/)\w*", r"\g<1>" + name, BASE)


def name_of(folder):
    return "h" + hashlib.sha1(
        os.path.realpath(folder).encode()).hexdigest()[:16]


def environment(words):
    """What a command with --data FOLDER among its words needs besides."""
    words = [str(word) for word in words]
    if not BASE or "--data" not in words[:-1] or "--database" in words:
        return {}
    name = name_of(words[words.index("--data") + 1])
    if words[0] == "init" and name not in _made:
        create(name)
    return {"HELIO_DATABASE": url(name)}


def create(name, template="template0"):
    sql("CREATE DATABASE %s TEMPLATE %s STRATEGY file_copy" % (
        name, template))
    _made.append(name)


def copy(source, target):
    """A folder, and its database."""
    shutil.copytree(source, target)
    if BASE:
        create(name_of(target), name_of(source))
        with open(os.path.join(target, "database"), "w") as file:
            file.write(url(name_of(target)) + "\n")


def keep(folder):
    """The folder's database stays until the server goes."""
    if BASE:
        _made.remove(name_of(folder))


def made():
    return len(_made)


def drop(keep):
    """Drop all but the first ones made."""
    while len(_made) > keep:
        sql("DROP DATABASE IF EXISTS %s WITH (FORCE)" % _made.pop())


def forget(keep):
    """Those but the first ones made are gone with their server."""
    del _made[keep:]
