"""The documents as tests see them: their fenced blocks, and a shell that
runs them one after the other."""
import os
import re
import select
import subprocess
import time

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
PATIENCE = 60


def page(name):
    with open(os.path.join(TOP, name)) as file:
        return file.read()


def blocks(name, *starts):
    """(info, text) of each fenced block whose info string, what follows the
    opening ```, starts with one of `starts`."""
    found = re.findall(r"^```([^\n]+)\n(.*?)^```$", page(name), re.M | re.S)
    return [(info, text) for info, text in found if info.startswith(starts)]


def section(name, heading):
    """The page from this heading to the next of its level."""
    found = re.search(r"^(#+) %s$.*?(?=^\1 |\Z)" % re.escape(heading),
                      page(name), re.M | re.S)
    assert found, "%s has no '%s'" % (name, heading)
    return found.group(0)


def matches(shown, said):
    """Is this the output that the page shows?  "..." stands for anything."""
    pattern = ".*".join(map(re.escape, shown.strip().split("...")))
    return re.fullmatch(pattern, said.strip(), re.S) is not None


class Shell:
    """One bash in which blocks run as typed; a failing command fails."""

    def __init__(self, folder, **env):
        path = "%s:/usr/bin:%s" % (folder / "bin", os.environ["PATH"])
        self.bash = subprocess.Popen(
            ["bash", "-e"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, cwd=folder,
            env={**os.environ, "PATH": path, **env})
        self.run("set -o pipefail; "
                 "trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT")

    def run(self, text):
        """Run a block; what it prints."""
        end = "<<the end of the block>>"
        self.bash.stdin.write(("{\n%s\n} < /dev/null\necho '%s'\n" % (
            text, end)).encode())
        self.bash.stdin.flush()
        said = self.read_until(end.encode() + b"\n").decode()
        assert end in said, "this ended with an error:\n%s\n%s" % (text, said)
        return said.replace(end, "")

    def read_until(self, end):
        until = time.monotonic() + PATIENCE
        pipe = self.bash.stdout.fileno()
        said = b""
        while end not in said and time.monotonic() < until:
            if not select.select([pipe], [], [], 1)[0]:
                continue
            more = os.read(pipe, 65536)
            if not more:
                break
            said += more
        return said

    def close(self):
        self.bash.stdin.close()
        self.read_until(b"never")
        self.bash.wait(PATIENCE)
