"""`helio imei format` on a list of 1 GB against `wc -l` on the same file, both
in turn, in one run; wall and CPU time, the median of the ratios, and the most
memory used.

BENCH_DIR is where the list is made, BENCH_MB its size.
"""
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time

HELIO = os.environ.get("HELIO", "build/helio")
MEGABYTES = int(os.environ.get("BENCH_MB", "1024"))
ROUNDS = 7

# How a line of the list looks; messy ones as mails and tables have them.
LISTS = {
    "plain": lambda imei, dice: imei + "\n",
    "messy": lambda imei, dice: dice.choice([
        "%s\n", "\"%s\",returned,%d\r\n" % (imei, dice.randrange(10 ** 6)),
        "Unit %s (SIM 89010000%011d) is offline\n" % (
            imei, dice.randrange(10 ** 11)),
        "%s; see ticket %d\n" % (imei, dice.randrange(10 ** 9))])
    .replace("%s", imei),
}


def make(name, file):
    """A few megabytes of lines, over and over."""
    dice = random.Random(1)
    lines = "".join(LISTS[name]("35%013d" % dice.randrange(10 ** 13), dice)
                    for _ in range(200000)).encode()
    with open(file, "wb") as out:
        while out.tell() < MEGABYTES << 20:
            out.write(lines)


def measure(*command):
    """(wall s, CPU s, most memory in KB)"""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - start
    if status != 0:
        raise SystemExit("%s failed" % " ".join(command))
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def compare(name, file, *flags):
    walls, cpus, memory = [], [], 0
    for _ in range(ROUNDS):
        wc = measure("wc", "-l", file)
        ours = measure(HELIO, "imei", "format", *flags, file)
        walls.append(wc[0] / ours[0])
        cpus.append(wc[1] / ours[1])
        memory = max(memory, ours[2])
    print("%-6s %-18s wc -l %.2f s, helio %.2f s, speed %.2f x wc (CPU "
          "%.2f x), %d KB" % (
              name, " ".join(flags), wc[0], ours[0],
              statistics.median(walls), statistics.median(cpus), memory))


def main():
    with tempfile.TemporaryDirectory(
            dir=os.environ.get("BENCH_DIR")) as folder:
        for name in LISTS:
            file = os.path.join(folder, name)
            make(name, file)
            measure("wc", "-l", file)   # into the page cache
            for flags in (["-q"], ["-b"], ["-j"]):
                compare(name, file, *flags)
            os.unlink(file)


if __name__ == "__main__":
    sys.exit(main())
