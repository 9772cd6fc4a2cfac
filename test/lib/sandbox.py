"""Sandboxes as tests use them: `helio sandbox KIND` on a free port."""
import os
import re
import signal
import subprocess
import tempfile
import threading

import requests

from helio import HELIO


class Sandbox:
    """One that runs; stop() checks that it ends cleanly."""

    def __init__(self, kind, *flags, env=None):
        self.log = tempfile.NamedTemporaryFile("w+", suffix=".log")
        self.process = subprocess.Popen(
            [HELIO, "sandbox", kind, "--listen", "127.0.0.1:0",
             *map(str, flags)], stdout=subprocess.PIPE, stderr=self.log,
            text=True, env={**os.environ, **(env or {})})
        self.url = self._read_url("listening on")
        # a kind with a listener of its own tells where its control is
        self.control_url = self.url if self.url.startswith("http") \
            else self._read_url("control listening on")
        self.session = requests.Session()
        self.session.verify = False
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def _read_url(self, words):
        line = self.process.stdout.readline()
        found = re.match(words + r" (\w+://\S+)$", line)
        if not found:
            self.process.wait(30)
            raise AssertionError("no '%s': %r\n%s" % (
                words, line, self.stderr()))
        return found.group(1)

    def stderr(self):
        with open(self.log.name) as log:
            return log.read()

    def control(self, method, path, body=None):
        """What /_control/PATH answers; it must be a 200."""
        reply = self.session.request(
            method, self.control_url + "/_control/" + path, json=body,
            timeout=30)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def requests(self, path=None):
        """What was asked so far, oldest first, of paths that fit a glob."""
        query = "?path=" + requests.utils.quote(path) if path else ""
        return [Recorded(one) for one in
                self.control("GET", "requests" + query)["requests"]]

    def forget(self):
        self.control("DELETE", "requests")

    def fail(self, spec):
        self.control("PUT", "faults", {"fail": spec})

    def advance(self, seconds):
        return self.control("POST", "clock", {"advance": seconds})

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        log = self.stderr()
        assert code == 0, "exit %d\n%s" % (code, log)
        assert "Sanitizer" not in log and "runtime error" not in log, log


class Recorded:
    """A request as it came in; header names in lower case."""

    def __init__(self, one):
        self.method, self.target = one["method"], one["target"]
        self.headers = {name.lower(): value for name, value
                        in one["headers"]}
        self.body, self.status = one["body"], one["status"]
        self.seq = one["seq"]
