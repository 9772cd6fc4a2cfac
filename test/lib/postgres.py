"""A PostgreSQL of the tests' own: a cluster in a temporary folder on a unix
socket, gone when the tests are.  As root it runs as the user postgres."""
import glob
import os
import shutil
import signal
import subprocess
import tempfile
import time

SETTINGS = """
listen_addresses = '%(listen)s'
port = %(port)d
unix_socket_directories = '%(folder)s'
max_connections = 250
shared_buffers = %(buffers)s
fsync = %(fsync)s
autovacuum_naptime = 10s
log_min_messages = warning
max_locks_per_transaction = 256
"""


def program(name):
    """The newest server's program: they are not in PATH."""
    found = shutil.which(name) or (sorted(glob.glob(
        "/usr/lib/postgresql/*/bin/" + name), key=len) or [None])[-1]
    if found is None:
        raise RuntimeError("%s is missing: tools/deps postgres" % name)
    return found


class Cluster:
    """One server with the role `helio`, who needs no password."""

    def __init__(self, fsync=True, port=None, buffers="64MB"):
        """With a port it listens on the loopback address, too."""
        self.folder = tempfile.mkdtemp(prefix="helio-pg-")
        self.who = {"user": "postgres", "group": "postgres",
                    "extra_groups": []} if os.geteuid() == 0 else {}
        if self.who:
            shutil.chown(self.folder, "postgres", "postgres")
        self.port = port or 5432
        self.data = os.path.join(self.folder, "data")
        self.process = None
        self.run("initdb", "-D", self.data, "-U", "helio", "-A", "trust",
                 "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        with open(os.path.join(self.data, "postgresql.auto.conf"), "a") as f:
            f.write(SETTINGS % {
                "listen": "127.0.0.1" if port else "", "port": self.port,
                "folder": self.folder, "fsync": "on" if fsync else "off",
                "buffers": buffers})
        self.start()

    def run(self, name, *args):
        done = subprocess.run([program(name), *args], cwd="/", text=True,
                              capture_output=True, **self.who)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self):
        self.log = open(os.path.join(self.folder, "log"), "a")
        self.process = subprocess.Popen(
            [program("postgres"), "-D", self.data], cwd="/",
            stdout=self.log, stderr=self.log, **self.who)
        end = time.monotonic() + 60
        while subprocess.run([program("pg_isready"), "-q", "-h", self.folder,
                              "-p", str(self.port)]).returncode != 0:
            assert self.process.poll() is None, self.text()
            assert time.monotonic() < end, self.text()
            time.sleep(0.05)

    def text(self):
        with open(os.path.join(self.folder, "log")) as log:
            return log.read()

    def stop(self, how=signal.SIGINT):
        """SIGINT ends it at once and cleanly, SIGQUIT at once and not."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(60)

    def crash(self):
        """Like a power cut, but for what the kernel keeps; a start
        recovers."""
        self.stop(signal.SIGQUIT)

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database="postgres", host=None):
        if host is not None:
            return "postgresql://helio@%s/%s" % (host, database)
        return "postgresql:///%s?host=%s&port=%d&user=helio" % (
            database, self.folder, self.port)

    def sql(self, text, database="postgres"):
        """What psql prints: rows as lines, columns parted by '|'."""
        return self.run("psql", "-XAtq", "-h", self.folder, "-p",
                        str(self.port), "-U", "helio", "-d", database,
                        "-v", "ON_ERROR_STOP=1", "-c", text).strip()
