"""What idle keep-alive connections cost: resident memory, and whether they
hurt somebody else's requests."""
import os
import resource
import socket
import statistics
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "test", "lib"))
import helio  # noqa: E402

CONNECTIONS = int(os.environ.get("BENCH_CONNECTIONS", "10000"))


def resident_mb(pid):
    for line in open("/proc/%d/status" % pid):
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024


def median_ms(api, path):
    times = []
    for _ in range(200):
        began = time.monotonic()
        api.get(path)
        times.append(time.monotonic() - began)
    return statistics.median(times) * 1000


def main():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory() as folder:
        helio.init(folder + "/data")
        server = helio.Server(folder + "/data")
        try:
            api = server.login("SYSTEM")
            host, port = server.url[len("http://"):].split(":")
            request = ("GET /v1/states HTTP/1.1\r\nHost: x\r\nAuthorization: "
                       "Token token=%s\r\n\r\n" % api.token).encode()
            before_ms = median_ms(api, "/product_types")
            before = resident_mb(server.process.pid)
            idle = []
            for _ in range(CONNECTIONS):
                one = socket.create_connection((host, int(port)))
                one.sendall(request)
                assert one.recv(65536).startswith(b"HTTP/1.1 200")
                idle.append(one)
            after = resident_mb(server.process.pid)
            print("%d idle connections: %.0f MB before, %.0f MB after, "
                  "%.1f KB each" % (CONNECTIONS, before, after,
                                    (after - before) * 1024 / CONNECTIONS))
            print("median GET: %.2f ms without, %.2f ms beside them" % (
                before_ms, median_ms(api, "/product_types")))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
