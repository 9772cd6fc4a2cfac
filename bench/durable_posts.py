"""Durable POSTs over HTTP against a bare SQLite group-commit loop, same disk,
same run: 64 keep-alive connections, one note each per request."""
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "test", "lib"))
import helio  # noqa: E402

SECONDS = int(os.environ.get("BENCH_SECONDS", "4"))
STORE_COMMIT = os.environ.get("STORE_COMMIT", "build/store_commit")
CLIENTS = 64

SCRIPT = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Token token=%s"
wrk.body = '{"product_imei": "%s", "note_text": "a note of some length"}'
done = function(summary, latency, requests)
  io.write(string.format("statuses %%d\\n", summary.errors.status))
end
"""


def posts(folder):
    data = folder + "/data"
    helio.init(data)
    server = helio.Server(data)
    try:
        api = server.login("SYSTEM")
        imei, _ = helio.new_hub2(api)
        with open(folder + "/post.lua", "w") as script:
            script.write(SCRIPT % (api.token, imei))
        out = subprocess.run(
            ["wrk", "-t1", "-c%d" % CLIENTS, "-d%ds" % SECONDS, "--latency",
             "-s", script.name, server.v1 + "/product_notes"],
            text=True, capture_output=True, check=True).stdout
        if "statuses 0" not in out:
            raise SystemExit("errors:\n" + out)
        done = int(re.search(r"(\d+) requests in", out).group(1))
        kept = api.get("/product_notes?results_per_page=1").json()[
            "num_results"]
        if not done <= kept <= done + CLIENTS:
            raise SystemExit("%d acknowledged, %d kept" % (done, kept))
        p99 = re.search(r"99%\s+(\S+)", out).group(1)
        return done / SECONDS, p99
    finally:
        server.stop()


def main():
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
        out = subprocess.run(
            [STORE_COMMIT, str(CLIENTS), str(SECONDS), folder], text=True,
            capture_output=True, check=True).stdout
        print(out, end="")
        rate, p99 = posts(folder)
        bare = float(re.search(r"^bare\s+([\d.]+)", out, re.M).group(1))
        print("POST over HTTP   %8.0f/s  p99 %s  ratio to bare %.2f" % (
            rate, p99, rate / bare))


if __name__ == "__main__":
    main()
