"""Between a server and PostgreSQL: cuts a connection at its COMMIT, before
the database has seen it or when it has been done, and nobody was told."""
import os
import select
import shutil
import socket
import struct
import tempfile
import threading

BEFORE, AFTER = "before", "after"


class Proxy:
    """A unix socket that stands for the cluster's.  After arm(BEFORE, marker)
    or arm(AFTER, marker) the next transaction with the marker among its
    values is cut."""

    def __init__(self, cluster):
        self.folder = tempfile.mkdtemp(prefix="helio-px-")
        self.target = os.path.join(cluster.folder,
                                   ".s.PGSQL.%d" % cluster.port)
        self.port, self.armed, self.cuts = cluster.port, None, []
        self.lock = threading.Lock()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(os.path.join(self.folder,
                                        ".s.PGSQL.%d" % self.port))
        self.listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, name):
        return "postgresql:///%s?host=%s&port=%d&user=helio" % (
            name, self.folder, self.port)

    def close(self):
        self.listener.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def arm(self, how, marker):
        with self.lock:
            self.armed = (how, marker.encode())

    def _accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,),
                             daemon=True).start()

    def _serve(self, client):
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(self.target)
            _Link(self, client, server).run()
        except OSError:
            pass            # one side is gone, and so is the other now
        finally:
            client.close()
            server.close()


class _Link:
    """One connection."""

    def __init__(self, proxy, client, server):
        self.proxy, self.client, self.server = proxy, client, server
        self.pending = b""          # of a message that is not whole
        self.started = False
        self.commits = set()        # names of statements that are COMMIT
        self.marked = None          # how to cut, once the marker was seen

    def run(self):
        while True:
            for ready in select.select([self.client, self.server], [],
                                       [])[0]:
                data = ready.recv(65536)
                if not data:
                    return
                if ready is self.server:
                    self.client.sendall(data)
                elif self._passes(data):
                    self.server.sendall(data)
                else:
                    self._cut(data)
                    return

    def _cut(self, data):
        """Nothing of the answer is passed on."""
        if self.marked == AFTER:
            self.server.sendall(data)
            seen = b""
            while b"COMMIT\0" not in seen:
                seen += self.server.recv(65536)
        self.proxy.cuts.append(self.marked)

    def _passes(self, data):
        """False: a COMMIT to be cut is in it."""
        self.pending += data
        for kind, body in self._messages():
            if kind == b"P":
                name, text = body.split(b"\0")[:2]
                if text == b"COMMIT":
                    self.commits.add(name)
            elif kind == b"B":
                self._look(body)
                if self.marked and body.split(b"\0")[1] in self.commits:
                    return False
        return True

    def _look(self, body):
        with self.proxy.lock:
            armed = self.proxy.armed
            if armed and armed[1] in body:
                self.marked, self.proxy.armed = armed[0], None

    def _messages(self):
        while True:
            head = 1 if self.started else 0     # the first has no letter
            if len(self.pending) < head + 4:
                return
            size = head + struct.unpack_from("!I", self.pending, head)[0]
            if len(self.pending) < size:
                return
            message = self.pending[:size]
            self.pending = self.pending[size:]
            if self.started:
                yield message[:1], message[5:]
            self.started = True
