"""The field devices' commands against their sandbox."""
import json
import os

import helio
from sandbox import Sandbox

SECRET, PASSWORD = "s3cret-of-the-client", "p4ss-of-the-device"


class Field:
    """A sandbox of the field devices' API, and commands that use it."""

    def __init__(self, *flags, config=None, tmp_path=None):
        if config is not None:
            (tmp_path / "box.conf").write_text(config)
            flags += ("--config", tmp_path / "box.conf")
        self.box = Sandbox("field-device", "--client-secret", SECRET, *flags)
        self.env = {
            "ACCESS_TOKEN_URL": self.box.url + "/oauth2/token",
            "API_URL": self.box.url, "CLIENT_ID": "sandbox-client",
            "CLIENT_SECRET": SECRET, "PASSWORD": PASSWORD,
            "IPADDR": "192.0.2.7", "PORT": "5001", "DEVKEY": "dev-1"}

    def run(self, *words, code=0, env=None, **more):
        """helio WORDS, which must exit so; no secret may be printed."""
        done = helio.run(*words, check=False, env={**self.env, **(env or {})},
                         **more)
        assert done.returncode == code, done.stdout + done.stderr
        for secret in (SECRET, PASSWORD):
            assert secret not in done.stdout + done.stderr
        return done

    def calls(self, path="*"):
        """What was asked of the service, tokens left out."""
        return [one for one in self.box.requests(path)
                if one.target != "/oauth2/token"]

    def logins(self):
        return self.box.requests("/oauth2/token")

    def add(self, imei, info, **more):
        self.box.control("POST", "devices", {
            "imei": imei, "info": info, **more})

    def device(self, imei):
        found, = [one for one in self.box.control("GET", "devices")["devices"]
                  if one["imei"] == imei]
        return found

    def command_lines(self):
        """Arguments of every process there is, as others can see them."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/cmdline" % pid, "rb") as file:
                    found.append(file.read().decode(errors="replace"))
            except OSError:
                pass
        return found


def body(request):
    return json.loads(request.body)
