"""The HTTP transport alone, driven with raw sockets: limits, deadlines,
malformed requests, connection handling, stopping.  The application behind it
is test/lib/http_echo.c."""
import json
import os
import random
import re
import select
import signal
import socket
import ssl
import subprocess
import threading
import time

import pytest

ECHO = os.environ.get("HTTP_ECHO", os.path.join(os.path.dirname(
    os.environ.get("HELIO", os.path.join(
        os.path.dirname(__file__), "..", "..", "build", "helio"))),
    "test", "lib", "http_echo"))
HOST = b"Host: test\r\n"
GET = b"GET /hello HTTP/1.1\r\n" + HOST + b"\r\n"
PATIENCE = 20               # seconds until a test gives up
SHORT = ["--header-ms", "400", "--body-ms", "400", "--idle-ms", "800"]


class Echo:
    """http_echo, running."""

    def __init__(self, *flags):
        self.process = subprocess.Popen(
            [ECHO, *flags], stdout=subprocess.PIPE, text=True)
        self.rest = None
        line = self.process.stdout.readline()
        self.address = re.match(r"listening on https?://(.*):(\d+)$", line)
        assert self.address, line

    def connect(self, receive_buffer=None):
        s = socket.socket()
        if receive_buffer:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        s.settimeout(PATIENCE)
        s.connect((self.address[1], int(self.address[2])))
        return s

    def ask(self, data):
        """Send, read one reply, close."""
        with self.connect() as s:
            s.sendall(data)
            return read_reply(s)

    def memory(self):
        """Resident bytes."""
        with open("/proc/%d/status" % self.process.pid) as status:
            return 1024 * int(re.search(r"VmRSS:\s+(\d+)", status.read())[1])

    def stop(self):
        """SIGTERM; what it had left to say.  A crash or a sanitizer's
        finding fails here."""
        if self.rest is None:
            self.process.terminate()
            self.rest = self.process.stdout.read()
            assert self.process.wait(PATIENCE) == 0
            assert self.rest.endswith("stopped\n")
        return self.rest


class Reply:
    def __init__(self, head, body):
        lines = head.decode("latin-1").split("\r\n")
        self.version, status, _ = lines[0].split(" ", 2)
        self.status = int(status)
        self.headers = {}
        for line in lines[1:]:
            name, value = line.split(":", 1)
            assert name.lower() not in self.headers, "twice: " + line
            self.headers[name.lower()] = value.strip()
        self.body = body

    def closes(self):
        return self.headers.get("connection", "").lower() == "close"


class Stream:
    """Replies one after the other on one socket."""

    def __init__(self, s):
        self.socket = s
        self.data = b""

    def more(self):
        got = self.socket.recv(65536)
        self.data += got
        return got != b""

    def reply(self, body=True):
        """The next reply, None when the connection ends before one."""
        while b"\r\n\r\n" not in self.data:
            if not self.more():
                assert self.data == b""
                return None
        head, self.data = self.data.split(b"\r\n\r\n", 1)
        reply = Reply(head, b"")
        n = int(reply.headers.get("content-length", 0)) if body else 0
        while len(self.data) < n:
            assert self.more(), "the body is cut"
        reply.body, self.data = self.data[:n], self.data[n:]
        return reply

    def at_end(self):
        """Nothing more comes, and the connection is closed in order."""
        try:
            return not self.more() and self.data == b""
        except ConnectionResetError:
            return self.data == b""


def read_reply(s):
    return Stream(s).reply()


def post(path, body, *headers):
    return b"POST %s HTTP/1.1\r\n%sContent-Length: %d\r\n%s\r\n%s" % (
        path.encode(), HOST, len(body),
        b"".join(h + b"\r\n" for h in headers), body)


def chunked(path, *chunks):
    return b"POST %s HTTP/1.1\r\n%sTransfer-Encoding: chunked\r\n\r\n%s" \
        b"0\r\n\r\n" % (path.encode(), HOST, b"".join(
            b"%x\r\n%s\r\n" % (len(c), c) for c in chunks))


@pytest.fixture(scope="module")
def echo():
    server = Echo("--loops", "2", "--body-max", "100000")
    yield server
    server.stop()


@pytest.fixture
def start():
    servers = []

    def starter(*flags):
        servers.append(Echo(*flags))
        return servers[-1]

    yield starter
    for server in servers:
        server.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Certificate and key of localhost, and a key that is not its."""
    folder = tmp_path_factory.mktemp("tls")
    for name in ("cert", "other"):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-subj", "/CN=localhost", "-addext",
             "subjectAltName=DNS:localhost", "-keyout",
             str(folder / (name + ".key")), "-out",
             str(folder / (name + ".pem"))], check=True, capture_output=True)
    return folder


def is_json_error(reply):
    return reply.headers["content-type"] == "application/json" and \
        json.loads(reply.body)["status"] == "error"


# ---- requests as they should be ----

def test_echo_of_everything(echo):
    reply = echo.ask(post("/echo?a=1&b=%41+x&c=%zz&d", b"the body",
                          b"X-Test:  spaced  "))
    lines = reply.body.decode().split("\n")
    assert reply.status == 200 and reply.headers["x-echo"] == "yes"
    assert reply.headers["content-type"] == "text/plain"
    assert "date" in reply.headers
    assert lines[0] == "method=POST"
    assert lines[1] == "target=/echo?a=1&b=%41+x&c=%zz&d"
    assert lines[2:5] == ["path=/echo", "query=a=1&b=%41+x&c=%zz&d",
                          "peer=127.0.0.1"]
    assert lines[6].strip() == "x-test=spaced"
    assert lines[7:] == ["param a=1", "param b=A x", "param c=(bad)",
                         "param d=", "body 8", "the body"]


@pytest.mark.parametrize("target, path, query", [
    ("/echo", "/echo", ""),
    ("/echo?", "/echo", ""),
    ("/echo?x=%2f?y", "/echo", "x=%2f?y"),
    ("http://host/echo?z=1", "/echo", "z=1"),
    ("http://host:80/echo", "/echo", ""),
])
def test_target_is_left_as_sent(echo, target, path, query):
    reply = echo.ask(b"GET %s HTTP/1.1\r\n%s\r\n" % (target.encode(), HOST))
    lines = reply.body.decode().split("\n")
    assert lines[1:4] == ["target=" + target, "path=" + path,
                          "query=" + query]


def test_keep_alive(echo):
    with echo.connect() as s:
        stream = Stream(s)
        for _ in range(50):
            s.sendall(GET)
            reply = stream.reply()
            assert reply.status == 200 and len(reply.body) == 300
            assert not reply.closes()


def test_connection_close_is_obeyed(echo):
    with echo.connect() as s:
        s.sendall(GET[:-2] + b"Connection: close\r\n\r\n")
        stream = Stream(s)
        assert stream.reply().closes() and stream.at_end()


def test_http_1_0(echo):
    with echo.connect() as s:
        s.sendall(b"GET /hello HTTP/1.0\r\n\r\n")
        stream = Stream(s)
        assert stream.reply().status == 200 and stream.at_end()


def test_http_1_0_keep_alive(echo):
    with echo.connect() as s:
        stream = Stream(s)
        for _ in range(3):
            s.sendall(b"GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            assert stream.reply().status == 200


def test_pipelining_keeps_the_order(echo):
    parts = [b"GET /big?n=1 HTTP/1.1\r\n" + HOST + b"\r\n",
             post("/echo", b"abc"),
             b"GET /later?ms=30 HTTP/1.1\r\n" + HOST + b"\r\n",
             chunked("/echo", b"abc", b"defg"),
             b"GET /big?n=70000 HTTP/1.1\r\n" + HOST + b"\r\n", GET]
    with echo.connect() as s:
        s.sendall(b"".join(parts))
        stream = Stream(s)
        bodies = [stream.reply().body for _ in parts]
    assert bodies[0] == b"b"
    assert bodies[1].endswith(b"body 3\nabc")
    assert bodies[2] == b"later\n"
    assert bodies[3].endswith(b"body 7\nabcdefg")
    assert len(bodies[4]) == 70000 and len(bodies[5]) == 300


def test_head_has_a_length_and_no_body(echo):
    with echo.connect() as s:
        s.sendall(GET.replace(b"GET", b"HEAD") + GET)
        stream = Stream(s)
        assert stream.reply(body=False).headers["content-length"] == "300"
        assert len(stream.reply().body) == 300


def test_no_content(echo):
    with echo.connect() as s:
        s.sendall(GET.replace(b"hello", b"empty") + GET)
        stream = Stream(s)
        reply = stream.reply()
        assert reply.status == 204 and reply.body == b""
        assert "content-length" not in reply.headers
        assert stream.reply().status == 200


def test_request_in_single_bytes(echo):
    with echo.connect() as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in post("/echo", b"xyz"):
            s.send(bytes([byte]))
        assert read_reply(s).body.endswith(b"body 3\nxyz")


def test_chunked_in_odd_pieces(echo):
    data = chunked("/echo", b"a" * 1000, b"b", b"c" * 30000)
    with echo.connect() as s:
        for i in range(0, len(data), 777):
            s.sendall(data[i:i + 777])
        reply = read_reply(s)
    assert b"body 31001\n" in reply.body


def test_expect_100_continue(echo):
    with echo.connect() as s:
        data = post("/echo", b"hello", b"Expect: 100-continue")
        s.sendall(data[:-5])
        stream = Stream(s)
        assert stream.reply().status == 100
        s.sendall(data[-5:])
        assert stream.reply().body.endswith(b"body 5\nhello")


def test_expect_is_refused_before_the_body(echo):
    with echo.connect() as s:
        s.sendall(b"POST /echo HTTP/1.1\r\n" + HOST +
                  b"Content-Length: 100001\r\nExpect: 100-continue\r\n\r\n")
        assert read_reply(s).status == 413


def test_half_closed_client_gets_its_reply(echo):
    with echo.connect() as s:
        s.sendall(b"GET /later?ms=50 HTTP/1.1\r\n" + HOST + b"\r\n")
        s.shutdown(socket.SHUT_WR)
        assert read_reply(s).body == b"later\n"


def test_large_reply_is_whole(echo):
    reply = echo.ask(b"GET /big?n=20000000 HTTP/1.1\r\n" + HOST + b"\r\n")
    assert reply.body == b"b" * 20000000


# ---- replies from other threads ----

def test_reply_from_another_thread(echo):
    reply = echo.ask(b"GET /later?ms=20 HTTP/1.1\r\n" + HOST + b"\r\n")
    assert (reply.status, reply.body) == (200, b"later\n")
    assert reply.headers["x-thread"] == "other"


def test_reply_before_the_handler_returns(echo):
    with echo.connect() as s:
        stream = Stream(s)
        for _ in range(100):
            s.sendall(b"GET /race HTTP/1.1\r\n" + HOST + b"\r\n")
            assert stream.reply().body == b"later\n"


def test_many_held_at_once(echo):
    waiting = [echo.connect() for _ in range(200)]
    for s in waiting:
        s.sendall(b"GET /later?ms=100 HTTP/1.1\r\n" + HOST + b"\r\n" + GET)
    for s in waiting:
        stream = Stream(s)
        assert stream.reply().body == b"later\n"
        assert len(stream.reply().body) == 300
        s.close()


def test_client_that_leaves_while_held(echo):
    for _ in range(50):
        with echo.connect() as s:
            s.sendall(b"GET /later?ms=30 HTTP/1.1\r\n" + HOST + b"\r\n")
    assert echo.ask(GET).status == 200


# ---- replies that are streamed ----

def ask_stream(s, query, version=b"1.1", method=b"GET"):
    s.sendall(method + b" /stream?" + query.encode() + b" HTTP/" + version +
              b"\r\n" + HOST + b"\r\n")


def read_chunks(stream):
    """The bytes of a chunked body; None in place of its end when it is
    cut."""
    data = bytearray()
    while True:
        while b"\r\n" not in stream.data:
            if not stream.more():
                return data, None
        size, stream.data = stream.data.split(b"\r\n", 1)
        size = int(size, 16)
        while len(stream.data) < size + 2:
            if not stream.more():
                return data, None
        data += stream.data[:size]
        assert stream.data[size:size + 2] == b"\r\n"
        stream.data = stream.data[size + 2:]
        if size == 0:
            return data, True


LAST = b"the last words\n"      # of a stream that is over before its end


def digits(n):
    """What /stream sends."""
    period = b"".join(b"%d" % d * 7 for d in range(10))
    return (period * (n // 70 + 1))[:n]


def next_line(server):
    return server.process.stdout.readline().rstrip("\n")


def test_stream_is_whole_and_keeps_the_connection(start):
    server = start("--log")
    with server.connect() as s:
        stream = Stream(s)
        for n, piece in ((0, 10), (1, 10), (1000, 1), (262144, 262144),
                         (3000000, 1000000), (262145, 70000)):
            ask_stream(s, "n=%d&piece=%d" % (n, piece))
            reply = stream.reply()
            assert reply.status == 200 and not reply.closes()
            assert reply.headers["transfer-encoding"] == "chunked"
            assert reply.headers["content-type"] == "text/plain"
            assert read_chunks(stream) == (digits(n), True)
            s.sendall(GET)
            assert stream.reply().status == 200
            assert sorted(next_line(server) for _ in range(3)) == [
                "GET /hello 200 300", "GET /stream 200 %d" % n,
                "put %d all" % n]


def test_stream_that_is_slow_to_come(start):
    """No deadline runs while there is nothing to send."""
    server = start(*SHORT)
    with server.connect() as s:
        stream = Stream(s)
        ask_stream(s, "n=20&piece=10&ms=1500")
        stream.reply()
        assert read_chunks(stream) == (digits(20), True)


def test_stream_of_http_1_0_ends_with_the_connection(start):
    server = start()
    with server.connect() as s:
        stream = Stream(s)
        ask_stream(s, "n=1000000", version=b"1.0")
        assert "transfer-encoding" not in stream.reply().headers
        while stream.more():
            pass
        assert stream.data == digits(1000000)


def test_head_of_a_stream_has_no_body(start):
    server = start("--log")
    with server.connect() as s:
        stream = Stream(s)
        ask_stream(s, "n=1000000", method=b"HEAD")
        reply = stream.reply(body=False)
        assert reply.status == 200 and reply.closes() and stream.at_end()
    assert {next_line(server) for _ in range(2)} == {
        "put 0 H400", "HEAD /stream 200 0"}


def test_stream_that_fails_is_cut(start):
    server = start()
    with server.connect() as s:
        stream = Stream(s)
        ask_stream(s, "n=1000000&cut=1")
        stream.reply()
        data, end = read_chunks(stream)
        assert end is None and digits(1000000).startswith(data)
        assert stream.at_end()


def test_stream_takes_no_memory(start):
    """However long it is and however slow the reader."""
    server = start("--log")
    server.ask(GET)
    next_line(server)
    before = server.memory()
    n = 200000000
    with server.connect(receive_buffer=65536) as s:
        ask_stream(s, "n=%d" % n)
        most = got = 0
        while got < n:
            got += len(s.recv(1 << 20))
            most = max(most, server.memory())
    assert most - before < 8 << 20
    assert next_line(server) == "put %d all" % n


def test_stream_whose_reader_stops_is_cut(start):
    """The thread that makes it is let go, and so is the connection: once the
    server has said so, all that is left is what the sockets hold."""
    server = start("--log", "--stream-idle-ms", "300", "--header-ms", "400")
    for _ in range(3):
        with server.connect(receive_buffer=4096) as s:
            ask_stream(s, "n=100000000")
            lines = sorted(next_line(server) for _ in range(2))
            assert re.match(r"GET /stream 200 \d+$", lines[0])
            assert re.match(r"put \d+ H400$", lines[1])
            stream = Stream(s)
            stream.reply()
            data, end = read_chunks(stream)
            assert end is None and len(data) < 50000000


def test_stream_whose_reader_is_slow_goes_on(start):
    """Sockets take and give megabytes at a time: what counts is what the
    other side has got."""
    server = start("--log", "--stream-idle-ms", "600", "--header-ms", "400")
    n = 12000000
    with server.connect(receive_buffer=65536) as s:
        ask_stream(s, "n=%d" % n)
        until, got = time.monotonic() + 2, 0
        while time.monotonic() < until:     # much longer than idle
            got += len(s.recv(20000))
            time.sleep(0.05)
        assert got < n / 2
        while got < n:
            got += len(s.recv(1 << 20))
    assert "put %d all" % n in [next_line(server) for _ in range(2)]


def test_stream_that_takes_too_long_says_so(start):
    server = start("--log", "--stream-ms", "500", "--header-ms", "400")
    with server.connect() as s:
        stream = Stream(s)
        ask_stream(s, "n=100000000&piece=100&ms=20")
        stream.reply()
        data, end = read_chunks(stream)
        assert end and data.endswith(LAST)
        assert data == digits(len(data) - len(LAST)) + LAST
        s.sendall(GET)              # nothing is wrong with the connection
        assert stream.reply().status == 200
    assert any(re.match(r"put \d+ H400$", next_line(server))
               for _ in range(2))


def test_stream_that_takes_too_long_is_cut(start):
    """When even the last words are not read in time; bytes now and then help
    no more."""
    server = start("--log", "--stream-ms", "300", "--stream-idle-ms", "1500",
                   "--header-ms", "400")
    with server.connect(receive_buffer=4096) as s:
        ask_stream(s, "n=100000000")
        assert re.match(r"put \d+ H400$", next_line(server))
        got, begun = 0, time.monotonic()
        while not select.select([server.process.stdout], [], [], 0.05)[0]:
            got += len(s.recv(100))
            assert time.monotonic() < begun + PATIENCE
        assert got < 1000000
    assert re.match(r"GET /stream 200 \d+$", next_line(server))


def test_stream_whose_reader_leaves(start):
    server = start("--log")
    for _ in range(20):
        with server.connect() as s:
            ask_stream(s, "n=100000000")
            s.recv(1000)
        lines = sorted(next_line(server) for _ in range(2))
        assert re.match(r"GET /stream 200 \d+$", lines[0])
        assert re.match(r"put \d+ H400$", lines[1])
    assert server.ask(GET).status == 200


def test_streams_are_counted(start):
    server = start("--streams", "2")
    with server.connect() as a, server.connect() as b:
        for s in (a, b):
            ask_stream(s, "n=100000000")
            assert s.recv(1000)
        with server.connect() as c:
            ask_stream(c, "n=1")
            assert read_reply(c).status == 503
    def accepted():
        with server.connect() as s:
            ask_stream(s, "n=1")
            return Stream(s).reply(body=False).status == 200
    wait_until(accepted)


def wait_until(true):
    until = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_many_streams_at_once(start):
    server = start("--loops", "2")
    failed = []

    def read(i):
        n = 300000 + 12345 * i
        with server.connect() as s:
            stream = Stream(s)
            for _ in range(5):
                ask_stream(s, "n=%d&piece=%d" % (n, 1000 + 9999 * i))
                stream.reply()
                if read_chunks(stream) != (digits(n), True):
                    failed.append(i)

    threads = [threading.Thread(target=read, args=(i,)) for i in range(16)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failed


@pytest.mark.parametrize("query", [
    "n=3000000000", "n=3000000000&piece=1000000", "n=100&piece=1&ms=1000"])
def test_stop_ends_streams_with_last_words(start, query):
    """At once, long before the drain is over, and what was begun is whole."""
    server = start("--drain-ms", "60000")
    piece = 1000000 if "piece=1000000" in query else 1
    with server.connect() as s:
        stream = Stream(s)
        ask_stream(s, query)
        assert stream.reply().status == 200
        server.process.terminate()
        data, end = read_chunks(stream)
        assert end and data.endswith(LAST)
        assert (len(data) - len(LAST)) % piece == 0
        assert stream.at_end()
    server.stop()


@pytest.mark.parametrize("query", ["n=100000000", "n=100&piece=1&ms=1000"])
def test_stop_cuts_streams_after_the_drain(start, query):
    """Those that are not read as well as those that wait for bytes."""
    server = start("--drain-ms", "300")
    with server.connect(receive_buffer=4096) as s:
        ask_stream(s, query)
        assert s.recv(10)
        begun = time.monotonic()
        server.process.terminate()
        server.rest = server.process.stdout.read()
        assert server.process.wait(PATIENCE) == 0
        assert "stopped\n" in server.rest
        assert time.monotonic() - begun < 3


def test_stream_over_tls(start, certificate):
    server = tls_server(start, certificate)
    with tls_context(certificate).wrap_socket(
            server.connect(), server_hostname="localhost") as s:
        stream = Stream(s)
        for _ in range(3):
            ask_stream(s, "n=3000000")
            assert stream.reply().status == 200
            assert read_chunks(stream) == (digits(3000000), True)


# ---- replies that the loop itself asks for ----

def test_loops_hear_of_what_they_watch(start):
    echo = start("--loops", "2", "--idle-ms", "75000")
    asked = b"GET /asked HTTP/1.1\r\n" + HOST + b"\r\n"
    waiting = [echo.connect() for _ in range(60)]
    for _ in range(20):
        for s in waiting:
            s.sendall(asked)
        for s in waiting:
            assert read_reply(s).body == b"asked\n"
    # at once, and not when the loop looks round for another reason
    began = time.monotonic()
    for _ in range(100):
        waiting[0].sendall(asked)
        assert read_reply(waiting[0]).body == b"asked\n"
    assert time.monotonic() - began < 15
    for s in waiting:
        s.close()


# ---- limits ----

def test_body_at_the_limit(echo):
    assert b"body 100000\n" in echo.ask(post("/echo", b"x" * 100000)).body
    assert b"body 100000\n" in echo.ask(chunked("/echo", b"x" * 100000)).body


def test_announced_length_over_the_limit_is_told_at_once(echo):
    with echo.connect() as s:
        s.sendall(b"POST /echo HTTP/1.1\r\n" + HOST +
                  b"Content-Length: 100001\r\n\r\n")
        stream = Stream(s)
        reply = stream.reply()
        assert reply.status == 413 and is_json_error(reply)
        assert reply.closes() and stream.at_end()


@pytest.mark.parametrize("length", [
    b"9223372036854775807", b"18446744073709551615",
    b"999999999999999999"])
def test_absurd_length(echo, length):
    reply = echo.ask(b"POST /echo HTTP/1.1\r\n" + HOST +
                     b"Content-Length: " + length + b"\r\n\r\n")
    assert reply.status in (400, 413)


def test_client_that_sends_it_all_can_read_the_413(echo):
    for _ in range(10):
        with echo.connect() as s:
            s.sendall(post("/echo", b"x" * 2000000))
            reply = read_reply(s)
            assert reply.status == 413 and is_json_error(reply)


def test_chunks_over_the_limit(echo):
    for _ in range(10):
        with echo.connect() as s:
            s.sendall(chunked("/echo", *[b"x" * 50000] * 40))
            stream = Stream(s)
            reply = stream.reply()
            assert reply.status == 413 and is_json_error(reply)
            assert reply.closes() and stream.at_end()


def test_endless_chunks_are_cut_off(echo):
    with echo.connect() as s:
        s.sendall(chunked("/echo")[:-5])
        with pytest.raises(OSError):
            for _ in range(10000):
                s.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")


def test_answer_before_the_body_can_be_read(echo):
    for size in (3, 90000, 1500000):
        with echo.connect() as s:
            s.sendall(post("/early", b"x" * size))
            stream = Stream(s)
            reply = stream.reply()
            assert (reply.status, reply.body) == (401, b"early\n")
            assert stream.at_end()


def test_answer_in_begin_without_body_keeps_the_connection(echo):
    with echo.connect() as s:
        s.sendall(GET.replace(b"hello", b"early") + GET)
        stream = Stream(s)
        assert stream.reply().status == 401
        assert stream.reply().status == 200


def test_headers_just_below_the_limit(echo):
    rest = 16384 - len(GET) - len(b"X-Test: \r\n")
    reply = echo.ask(GET[:-2] + b"X-Test: " + b"a" * rest + b"\r\n\r\n")
    assert reply.status == 200


@pytest.mark.parametrize("data", [
    GET[:-2] + b"X-Test: " + b"a" * 16384 + b"\r\n\r\n",
    b"GET /" + b"a" * 16384 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    GET[:-2] + (b"X: " + b"a" * 995 + b"\r\n") * 17 + b"\r\n",
], ids=["one", "target", "many"])
def test_headers_over_the_limit(echo, data):
    reply = echo.ask(data)
    assert reply.status == 431 and is_json_error(reply) and reply.closes()


@pytest.mark.parametrize("data", [
    GET[:-2] + b"X-Test: " + b"a" * 500000 + b"\r\n\r\n",
    GET[:-2] + b"a:\r\n" * 100000 + b"\r\n",
    b"GET /?" + b"a&" * 200000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
], ids=["one", "many", "target"])
def test_headers_far_over_the_limit(echo, data):
    """MHD's memory is full before the head is in: it answers by itself."""
    with echo.connect() as s:
        try:
            s.sendall(data)
        except OSError:
            pass
        assert read_reply(s).status in (431, 414)


def test_connection_cap(start):
    server = start("--connections", "20")
    first = [server.connect() for _ in range(20)]
    for s in first:
        s.sendall(GET)
        assert read_reply(s).status == 200
    for _ in range(5):
        with server.connect() as s:
            reply = read_reply(s)
            assert reply.status == 503 and is_json_error(reply)
            assert int(reply.headers["retry-after"]) > 0
    for s in first:
        s.sendall(GET)
        assert read_reply(s).status == 200
    first.pop().close()
    assert wait_until(lambda: server.ask(GET).status == 200)


def test_flood_over_the_cap_hurts_nobody(start):
    server = start("--connections", "10")
    with server.connect() as s:
        stream = Stream(s)
        flood = [server.connect() for _ in range(500)]
        for _ in range(20):
            s.sendall(GET)
            assert stream.reply().status == 200
        for one in flood:
            one.close()
    assert wait_until(lambda: server.ask(GET).status == 200)


def wait_until(true):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            if true():
                return True
        except (OSError, AttributeError):
            pass            # refused, or closed without a reply
        time.sleep(0.02)
    return False


# ---- deadlines ----

def drip(s, byte, seconds):
    """A byte now and then, until the server has enough of it or the time is
    over; how long that took."""
    begun = time.monotonic()
    s.settimeout(0.05)
    while time.monotonic() - begun < seconds:
        try:
            s.send(byte)
            if s.recv(1, socket.MSG_PEEK) == b"":
                break
            break
        except socket.timeout:
            continue
        except OSError:
            break
    s.settimeout(PATIENCE)
    return time.monotonic() - begun


@pytest.mark.parametrize("head", [b"G", b"GET /hello HTT",
                                  b"GET /hello HTTP/1.1\r\nX: "])
def test_dripping_head(start, head):
    server = start(*SHORT)
    with server.connect() as s:
        s.sendall(head)
        assert drip(s, b"a", 5) < 4
        reply = read_reply(s)
        assert reply.status == 408 and is_json_error(reply)


def test_silent_head(start):
    server = start(*SHORT)
    with server.connect() as s:
        s.sendall(b"GET /hello HTTP/1.1\r\nHost: te")
        stream = Stream(s)
        assert stream.reply().status == 408 and stream.at_end()


def test_dripping_head_of_a_later_request(start):
    server = start(*SHORT)
    with server.connect() as s:
        s.sendall(GET)
        assert read_reply(s).status == 200
        s.sendall(b"GET /hello HTTP/1.1\r\nX: ")
        assert drip(s, b"a", 5) < 4
        assert read_reply(s).status == 408


@pytest.mark.parametrize("head", [
    b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: 90000\r\n\r\n",
    b"POST /echo HTTP/1.1\r\n" + HOST +
    b"Transfer-Encoding: chunked\r\n\r\nffff\r\n"], ids=["plain", "chunked"])
def test_dripping_body(start, head):
    server = start("--log", *SHORT)
    with server.connect() as s:
        s.sendall(head)
        assert drip(s, b"a", 5) < 4
        reply = read_reply(s)
        assert reply.status == 408 and is_json_error(reply)
    assert "POST /echo 408 0\n" in server.stop()


def test_idle_connections_are_closed(start):
    server = start(*SHORT)
    fresh, used = server.connect(), server.connect()
    used.sendall(GET)
    stream = Stream(used)
    assert stream.reply().status == 200
    begun = time.monotonic()
    assert stream.at_end() and fresh.recv(1) == b""
    assert 0.5 < time.monotonic() - begun < 5


def test_held_requests_have_no_deadline(start):
    server = start(*SHORT)
    reply = server.ask(b"GET /later?ms=1500 HTTP/1.1\r\n" + HOST + b"\r\n")
    assert reply.body == b"later\n"


def test_reader_that_stops_is_dropped(start):
    server = start("--log", *SHORT)
    with server.connect(receive_buffer=4096) as s:
        s.sendall(b"GET /big?n=30000000 HTTP/1.1\r\n" + HOST + b"\r\n")
        s.recv(1)
        line = server.process.stdout.readline()
        assert line == "GET /big 200 0\n"


# ---- what is malformed ----

BAD = {
    "no version": b"GET /hello\r\n" + HOST + b"\r\n",
    "no target": b"GET HTTP/1.1\r\n" + HOST + b"\r\n",
    "bad version": b"GET /hello HTTP/x.y\r\n" + HOST + b"\r\n",
    "bad method": b"G(T /hello HTTP/1.1\r\n" + HOST + b"\r\n",
    "control in method": b"G\x01T /hello HTTP/1.1\r\n" + HOST + b"\r\n",
    "blank in target": b"GET /hel lo HTTP/1.1\r\n" + HOST + b"\r\n",
    "two blanks": b"GET  /hello HTTP/1.1\r\n" + HOST + b"\r\n",
    "NUL in target": b"GET /hel\0lo HTTP/1.1\r\n" + HOST + b"\r\n",
    "NUL in method": b"G\0T /hello HTTP/1.1\r\n" + HOST + b"\r\n",
    "control in target": b"GET /hel\x07lo HTTP/1.1\r\n" + HOST + b"\r\n",
    "NUL in header": GET[:-2] + b"X: a\0b\r\n\r\n",
    "NUL in header name": GET[:-2] + b"X\0Y: b\r\n\r\n",
    "control in header": GET[:-2] + b"X: a\x01b\r\n\r\n",
    "no colon": GET[:-2] + b"nonsense\r\n\r\n",
    "no name": GET[:-2] + b": value\r\n\r\n",
    "blank before colon": GET[:-2] + b"X : value\r\n\r\n",
    "no host": b"GET /hello HTTP/1.1\r\nX: y\r\n\r\n",
    "two hosts": b"GET /hello HTTP/1.1\r\n" + HOST + HOST + b"\r\n",
    "two lengths": b"POST /echo HTTP/1.1\r\n" + HOST +
                   b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
    "negative length": b"POST /echo HTTP/1.1\r\n" + HOST +
                       b"Content-Length: -3\r\n\r\nabc",
    "length in words": b"POST /echo HTTP/1.1\r\n" + HOST +
                       b"Content-Length: 3 bytes\r\n\r\nabc",
    "length and chunks": b"POST /echo HTTP/1.1\r\n" + HOST +
                         b"Content-Length: 3\r\nTransfer-Encoding: chunked"
                         b"\r\n\r\n0\r\n\r\n",
    "chunks and length": b"POST /echo HTTP/1.1\r\n" + HOST +
                         b"Transfer-Encoding: chunked\r\nContent-Length: 3"
                         b"\r\n\r\n0\r\n\r\n",
    "coding unknown": b"POST /echo HTTP/1.1\r\n" + HOST +
                      b"Transfer-Encoding: gzip\r\n\r\nabc",
    "coding list": b"POST /echo HTTP/1.1\r\n" + HOST +
                   b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "coding in 1.0": b"POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked"
                     b"\r\n\r\n0\r\n\r\n",
    "chunk size": chunked("/echo")[:-5] + b"xyz\r\n\r\n",
    "chunk end": chunked("/echo")[:-5] + b"3\r\nabcdef\r\n0\r\n\r\n",
}


# MHD 0.9.75 answers these by itself and puts the head into its body, too.
LONGER = ("negative length", "length in words")


@pytest.mark.parametrize("name", BAD)
def test_malformed_is_400_and_closes(echo, name):
    with echo.connect() as s:
        s.sendall(BAD[name])
        stream = Stream(s)
        reply = stream.reply()
        assert reply.status == 400
        if name in LONGER:
            s.recv(65536)
            stream.data = b""
        assert stream.at_end()
    assert echo.ask(GET).status == 200


def test_chunk_of_absurd_size(echo):
    reply = echo.ask(chunked("/echo")[:-5] + b"f" * 20 + b"\r\n")
    assert reply.status in (400, 413) and reply.closes()


def test_http_2_preface(echo):
    reply = echo.ask(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    assert reply.status in (400, 505)


def test_smuggled_request_is_not_served(echo):
    """Whatever follows a refused request must not be read as one."""
    with echo.connect() as s:
        s.sendall(BAD["length and chunks"] + GET)
        stream = Stream(s)
        assert stream.reply().status == 400 and stream.at_end()


@pytest.mark.parametrize("data", [
    GET[:-2], post("/echo", b"abcdef")[:-1], chunked("/echo", b"abc")[:-3]],
    ids=["head", "body", "chunks"])
def test_truncated_requests_are_not_served(start, data):
    server = start("--log", "--header-ms", "1000")
    with server.connect() as s:
        s.sendall(data)
        s.shutdown(socket.SHUT_WR)
        assert read_reply(s).status == 400
    assert "200" not in server.stop()


def test_half_closed_connection_ends_after_its_reply(start):
    server = start("--header-ms", "1000")
    with server.connect() as s:
        s.sendall(GET)
        s.shutdown(socket.SHUT_WR)
        stream = Stream(s)
        assert stream.reply().status == 200 and stream.at_end()


def test_garbage(start):
    """A thousand connections of noise and damaged requests: no crash, no
    leak of descriptors, and others are served throughout."""
    server = start("--loops", "2", *SHORT)
    fds = "/proc/%d/fd" % server.process.pid
    before = len(os.listdir(fds))
    dice = random.Random(20161)
    good = [GET, post("/echo", b"x" * 50), chunked("/echo", b"abc", b"de")]
    for i in range(1000):
        with server.connect() as s:
            try:
                s.sendall(damaged(dice, good))
                if i % 10 == 0:
                    s.shutdown(socket.SHUT_WR)
                    while s.recv(65536):
                        pass
            except OSError:
                pass
        if i % 50 == 0:
            assert server.ask(GET).status == 200
    assert wait_until(lambda: len(os.listdir(fds)) <= before)


def damaged(dice, good):
    if dice.random() < 0.3:
        return dice.randbytes(dice.randrange(1, 3000))
    data = bytearray(dice.choice(good) * dice.randrange(1, 4))
    for _ in range(dice.randrange(1, 6)):
        at = dice.randrange(len(data))
        data[at:at + dice.randrange(3)] = dice.randbytes(dice.randrange(3))
        if not data:
            return b"\r\n"
    return bytes(data[:dice.randrange(1, len(data) + 1)])


# ---- many connections ----

def test_ten_thousand_idle_connections(start):
    """They cost at most 300 MB, and requests go on as before."""
    import resource
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    count = min(10000, hard - 500)
    server = start("--loops", "2")
    before = server.memory()
    idle = []
    for _ in range(count):
        idle.append(server.connect())
        idle[-1].sendall(GET)
        assert read_reply(idle[-1]).status == 200
    used = (server.memory() - before) * 10000 // count
    begun = time.monotonic()
    for s in random.sample(idle, 200):
        s.sendall(GET)
        assert read_reply(s).status == 200
    assert time.monotonic() - begun < 2
    for s in idle:
        s.close()
    assert used < (2 if sanitized() else 1) * 300 * 1000 * 1000


def sanitized():
    with open(ECHO, "rb") as f:
        return b"__asan_init" in f.read()


# ---- stopping ----

def test_stop_answers_what_is_under_way(start):
    server = start("--drain-ms", "10000")
    with server.connect() as held, server.connect() as idle, \
            server.connect() as body:
        held.sendall(b"GET /later?ms=600 HTTP/1.1\r\n" + HOST + b"\r\n")
        data = post("/echo", b"abcdef")
        body.sendall(data[:-3])
        idle.sendall(GET)
        assert read_reply(idle).status == 200
        server.process.terminate()
        assert idle.recv(1) == b""
        with pytest.raises(OSError):
            for _ in range(100):
                server.connect().close()
                time.sleep(0.02)
        body.sendall(data[-3:])
        for s, text in ((body, b"body 6\nabcdef"), (held, b"later\n")):
            stream = Stream(s)
            reply = stream.reply()
            assert reply.status == 200 and reply.body.endswith(text)
            assert reply.closes() and stream.at_end()
    server.stop()


def test_stop_does_not_wait_longer_than_the_drain(start):
    server = start("--drain-ms", "300")
    with server.connect() as held, server.connect() as body:
        held.sendall(b"GET /later?ms=3000 HTTP/1.1\r\n" + HOST + b"\r\n")
        body.sendall(post("/echo", b"abcdef")[:-3])
        server.ask(GET)
        begun = time.monotonic()
        server.stop()
        assert time.monotonic() - begun < 2.5


def test_stop_serves_what_is_queued(start):
    """Connections that the server has not yet accepted are not reset."""
    server = start("--drain-ms", "10000", "--loops", "2")
    server.process.send_signal(signal.SIGSTOP)
    waiting = [server.connect() for _ in range(100)]
    for s in waiting:
        s.sendall(GET)
    server.process.terminate()
    server.process.send_signal(signal.SIGCONT)
    for s in waiting:
        assert read_reply(s).status == 200
        s.close()
    server.stop()


def test_stop_at_once_when_idle(start):
    server = start("--drain-ms", "10000")
    with server.connect() as s:
        s.sendall(GET)
        assert read_reply(s).status == 200
        begun = time.monotonic()
        server.stop()
        assert time.monotonic() - begun < 5


# ---- TLS, addresses ----

def tls_context(folder):
    return ssl.create_default_context(cafile=str(folder / "cert.pem"))


def tls_server(start, folder, *flags):
    return start("--cert", str(folder / "cert.pem"), "--key",
                 str(folder / "cert.key"), "--body-max", "100000", *flags)


def test_tls(start, certificate):
    server = tls_server(start, certificate)
    context = tls_context(certificate)
    with context.wrap_socket(server.connect(),
                             server_hostname="localhost") as s:
        assert s.version() in ("TLSv1.2", "TLSv1.3")
        stream = Stream(s)
        s.sendall(post("/echo", b"secret") + GET)
        assert b"tls=1\n" in stream.reply().body
        assert len(stream.reply().body) == 300
        s.sendall(b"GET /later?ms=20 HTTP/1.1\r\n" + HOST + b"\r\n")
        assert stream.reply().body == b"later\n"
        s.sendall(b"GET /big?n=3000000 HTTP/1.1\r\n" + HOST + b"\r\n")
        assert len(stream.reply().body) == 3000000


@pytest.mark.parametrize("data", [post("/echo", b"x" * 300000),
                                  chunked("/echo", *[b"x" * 60000] * 5)],
                         ids=["plain", "chunked"])
def test_tls_413(start, certificate, data):
    server = tls_server(start, certificate)
    with tls_context(certificate).wrap_socket(
            server.connect(), server_hostname="localhost") as s:
        s.sendall(data)
        assert read_reply(s).status == 413


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_tls_below_1_2_is_refused(start, certificate):
    server = tls_server(start, certificate)
    context = tls_context(certificate)
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, OSError)):
        context.wrap_socket(server.connect(), server_hostname="localhost")


def test_silent_tls_client_is_dropped(start, certificate):
    server = tls_server(start, certificate, *SHORT)
    with server.connect() as s:
        s.sendall(b"\x16\x03\x01")
        assert Stream(s).at_end()


@pytest.mark.parametrize("cert, key, says", [
    ("cert.pem", "none.key", "none.key"),
    ("none.pem", "cert.key", "none.pem"),
    ("cert.pem", "other.key", "other.key"),
    ("cert.key", "cert.key", "cert.key"),
    ("cert.pem", None, "no key"),
])
def test_tls_files_that_do_not_work(certificate, cert, key, says):
    args = [ECHO, "--cert", str(certificate / cert)]
    if key:
        args += ["--key", str(certificate / key)]
    done = subprocess.run(args, capture_output=True, text=True, timeout=20)
    assert done.returncode == 1
    assert says in done.stderr and "TLS" in done.stderr


def test_port_in_use_is_told(echo):
    """Also with SO_REUSEPORT, which would let two servers share it."""
    address = "%s:%s" % (echo.address[1], echo.address[2])
    done = subprocess.run([ECHO, "--listen", address], capture_output=True,
                          text=True, timeout=20)
    assert done.returncode == 1
    assert address in done.stderr and "in use" in done.stderr


@pytest.mark.parametrize("address", ["nonsense", "127.0.0.1:", ":x",
                                     "no.such.host.invalid:80", "1.2.3.4:80"])
def test_addresses_that_do_not_work(address):
    done = subprocess.run([ECHO, "--listen", address], capture_output=True,
                          text=True, timeout=30)
    assert done.returncode == 1 and address in done.stderr


def test_ipv6(start):
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    try:
        server = start("--listen", "[::1]:0")
    except AssertionError:
        pytest.skip("no IPv6 here")
    assert server.address[1] == "[::1]"
    with socket.create_connection(("::1", int(server.address[2]))) as s:
        s.sendall(GET.replace(b"hello", b"echo"))
        assert b"peer=::1\n" in read_reply(s).body


def test_load_from_many_threads(start):
    """Held and immediate replies mixed; this is what runs under the thread
    sanitizer."""
    server = start("--loops", "2", "--drain-ms", "10000")
    wrong = []

    def client(seed):
        dice = random.Random(seed)
        with server.connect() as s:
            stream = Stream(s)
            for _ in range(100):
                path = dice.choice([b"hello", b"race", b"later?ms=1"])
                s.sendall(GET.replace(b"hello", path))
                if stream.reply().status != 200:
                    wrong.append(path)

    threads = [threading.Thread(target=client, args=(i,)) for i in range(16)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert wrong == []
