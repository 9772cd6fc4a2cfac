"""A server on the loopback address that says what a test tells it to.

    stub = Stub(); stub.answer(503, {"Retry-After": "1"}); stub.answer(200)

Answers are given in turn, the last one for ever; each may be a function of
the request.  Requests are kept in stub.requests.
"""
import json
import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DROP = object()         # close the connection without an answer
RESET = object()        # the same, with a TCP reset


class Raw(bytes):
    """These bytes, whatever they are, and then the end of the connection."""


class Request:
    def __init__(self, handler):
        self.method, self.path = handler.command, handler.path
        self.headers = handler.headers
        length = int(self.headers.get("Content-Length") or 0)
        self.body = handler.rfile.read(length)

    @property
    def token(self):
        """The token, or None."""
        value = self.headers.get("Authorization", "")
        return value[len("Token token="):] \
            if value.startswith("Token token=") else None


class Stub:
    def __init__(self):
        self.requests, self.answers = [], []
        self.lock = threading.Lock()
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                stub._handle(self)
            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = handle_any

            def log_message(self, *args):
                pass
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.01,),
                         daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, status, headers=None, body=b"{}"):
        """The next answer: a status, a function of the request that gives
        (status, headers, body), DROP, RESET or Raw bytes."""
        if isinstance(body, dict):
            body = json.dumps(body).encode()
        if isinstance(status, int):
            status = lambda _, it=(status, headers or {}, body): it  # noqa
        self.answers.append(status)
        return self

    def _handle(self, handler):
        request = Request(handler)
        with self.lock:
            self.requests.append(request)
            answer = self.answers.pop(0) if len(self.answers) > 1 \
                else self.answers[0]
        if not callable(answer):
            break_off(handler, answer)
            return
        status, headers, body = answer(request)
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if request.method != "HEAD":
            handler.wfile.write(body)


def break_off(handler, answer):
    handler.close_connection = True
    if isinstance(answer, Raw):
        handler.wfile.write(answer)
    if answer is RESET:
        handler.connection.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.connection.close()
    else:
        handler.connection.shutdown(socket.SHUT_RDWR)


def login_answer(token):
    """What POST /v1/auth/login says (the seed's form)."""
    return 200, {}, json.dumps({"status": "success", "message": {
        "login_successful": {
            "API_token": token, "username": "ops",
            "token_expiry": "Fri, 01 Jan 2100 00:00:00 GMT"}}}).encode()


def service(good=None, refused=None):
    """Answers of a whole server: logins give t1, t2, ..; anything else is
    200 with a token that is in `good` (all but `refused`), else 401."""
    given = []

    def answer(request):
        if request.path == "/v1/auth/login":
            given.append("t%d" % (len(given) + 1))
            return login_answer(given[-1])
        if request.token is None or request.token == refused or (
                good is not None and request.token not in good):
            return 401, {}, b'{"status":"error"}'
        return 200, {}, b'{"ok":true}'
    return answer


def closed_url():
    """A port nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return "http://127.0.0.1:%d" % one.getsockname()[1]
