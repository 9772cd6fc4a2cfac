"""A wake-up through a real Kannel to its fake SMSC, and the report back."""
import os
import re
import shutil
import socket
import subprocess

import pytest

import helio
from helio import until

FAKESMSC = "/usr/lib/kannel/test/fakesmsc"
CONFIG = """
group = core
admin-port = {admin}
admin-password = secret
admin-deny-ip = "*.*.*.*"
admin-allow-ip = "127.0.0.1"
smsbox-port = {box}
box-deny-ip = "*.*.*.*"
box-allow-ip = "127.0.0.1"

group = smsc
smsc = fake
smsc-id = FAKE
port = {smsc}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {send}
sendsms-interface = "127.0.0.1"

group = sendsms-user
username = helio
password = pass&word

group = sms-service
keyword = default
text = "none"
"""


def which(name):
    return shutil.which(name, path=os.environ.get("PATH", "") +
                        ":/usr/sbin:/sbin")


def free_ports(n):
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Kannel:
    def __init__(self, folder):
        self.folder = folder
        names = ["admin", "box", "smsc", "send"]
        self.port = dict(zip(names, free_ports(len(names))))
        (folder / "kannel.conf").write_text(CONFIG.format(**self.port))
        self.running = []
        self.run("bearerbox", which("bearerbox"), "kannel.conf")
        until(lambda: listens(self.port["box"]))
        self.run("smsbox", which("smsbox"), "kannel.conf")
        until(lambda: listens(self.port["send"]))
        # what it is given to send is not sent: -m 0
        self.run("fakesmsc", FAKESMSC, "-H", "127.0.0.1", "-r",
                 str(self.port["smsc"]), "-m", "0", "1 2 text none")

    def run(self, name, *command):
        log = open(self.folder / (name + ".log"), "w")
        self.running.append(subprocess.Popen(
            command, cwd=self.folder, stdout=log, stderr=log,
            stdin=subprocess.DEVNULL))

    def arrived(self):
        """(from, to, text) of what the fake SMSC got."""
        log = (self.folder / "fakesmsc.log").read_text()
        return [tuple(m) for m in re.findall(
            r"Got message \d+: <(\S+) (\S+) text (.*)>", log)]

    def stop(self):
        for process in reversed(self.running):
            process.terminate()
        for process in reversed(self.running):
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)


@pytest.fixture
def kannel(tmp_path):
    assert which("bearerbox") and os.path.exists(FAKESMSC), \
        "tools/deps test installs kannel and kannel-extras"
    one = Kannel(tmp_path)
    yield one
    one.stop()


def test_there_and_back(kannel, fresh_server):
    port, = free_ports(1)
    server = fresh_server(
        "--listen", "127.0.0.1:%d" % port, "--sms-provider", "kannel",
        "--sms-url", "http://127.0.0.1:%d/cgi-bin/sendsms"
        % kannel.port["send"], "--sms-user", "helio", "--sms-from", "8080",
        "--sms-report-url", "http://127.0.0.1:%d" % port,
        env={"HELIO_SMS_PASSWORD": "pass&word"})
    admin = server.login("ADMIN")
    imei = helio.new_hub2(server.login("FACTORY"))[0]
    imsi = admin.get("/products/" + imei).json()["imsi"]
    row = admin.post("/products/%s/send_wakeup" % imei).json()["data"]
    path = "/sms_histories/%d" % row["sms_history_id"]
    until(lambda: ("8080", imsi, "WAKEUP") in kannel.arrived())
    until(lambda: admin.get(path).json()["status"] == "Delivered")
    after = admin.get(path).json()
    assert after["modified_at"] > row["created_at"]
    assert after["attempted_retries"] == 0
    assert kannel.arrived() == [("8080", imsi, "WAKEUP")]
    assert "pass" not in server.stderr()


def test_a_wrong_password_is_told(kannel, fresh_server):
    server = fresh_server(
        "--sms-provider", "kannel", "--sms-url",
        "http://127.0.0.1:%d/cgi-bin/sendsms" % kannel.port["send"],
        "--sms-user", "helio", "--sms-from", "8080",
        env={"HELIO_SMS_PASSWORD": "hushhush"})
    admin = server.login("ADMIN")
    imei = helio.new_hub2(server.login("FACTORY"))[0]
    assert admin.post("/products/%s/send_wakeup" % imei).status_code == 200
    until(lambda: "gateway: answered 403" in server.stderr())
    assert "hushhush" not in server.stderr()
    assert kannel.arrived() == []
