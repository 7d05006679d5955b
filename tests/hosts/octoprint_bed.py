"""A real OctoPrint with the plugin, in front of its own virtual printer."""

from __future__ import annotations

import contextlib
import json
import os
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from ledger.cli.assembly import SystemClock
from ledger.gate.hosts.octoprint import OctoPrintHost
from ledger.gate.hosts.rest import Rest
from tests.hosts.bed import ROOT, HostBed, digest, require, until
from tests.hosts.octoprint_rogue import ROGUE

PROGRAM = Path(os.environ.get("PLATEMARK_OCTOPRINT", ROOT / ".tools/octoprint/bin/octoprint"))
NAME = "0x00000000000000000000000000000000000000bb"
API_KEY = "0123456789ABCDEF0123456789ABCDEF"
LINES = b"".join(b"G1 X%d Y%d F60000\n" % (n % 9 + 1, n % 7 + 1) for n in range(10))
GCODE = b"G1 X123.4 Y56.7 F60000\n" + LINES
"""A print; X123.4 is in no other line that the machine is ever sent."""
LONG = GCODE + b"@pause\n" + LINES
"""A print that stops in the middle, until somebody lets it go on."""
OURS = b"X123.4"

_UNUSED = (
    "achievements",
    "announcements",
    "discovery",
    "errortracking",
    "health_check",
    "pluginmanager",
    "softwareupdate",
    "tracking",
)


def require_octoprint() -> None:
    """Skip where OctoPrint was not installed, unless hosts are required."""
    require(PROGRAM, "OctoPrint")


class OctoPrint(HostBed):
    """The program, its files, and the gate's key. A context: at its end they are gone."""

    def __init__(self, folder: Path, *, paired: bool = True, guarded: bool = True) -> None:
        """`guarded` false: without Platemark's plugin, as OctoPrint is for everybody else."""
        super().__init__(folder, NAME)
        self.base = folder / "octoprint"
        self.uploads = self.base / "uploads"
        self.data = self.base / "data" / "platemark"
        self._guarded = guarded
        self._http.headers["X-Api-Key"] = API_KEY
        (self.base / "plugins").mkdir(parents=True)
        self.uploads.mkdir()
        (self.base / "plugins" / "rogue.py").write_text(ROGUE)
        pairing = {"gate_key": self.key.public_key.hex(), "host": NAME} if paired else {}
        config = {
            "accessControl": {"salt": "0123456789abcdef"},
            "api": {"key": API_KEY},
            # It would read every upload again, in the background.
            "gcodeAnalysis": {"runAt": "never"},
            "server": {
                "firstRun": False,
                "host": "127.0.0.1",
                "port": self.port,
                "onlineCheck": {"enabled": False},
                "pluginBlacklist": {"enabled": False},
            },
            "serial": {"autoconnect": True, "port": "VIRTUAL", "baudrate": 115200},
            "plugins": {
                "_disabled": [*_UNUSED] if guarded else [*_UNUSED, "platemark"],
                "virtual_printer": {"enabled": True, "throttle": 0.0, "sendWait": False},
                "platemark": pairing,
            },
        }
        # JSON is YAML.
        (self.base / "config.yaml").write_text(json.dumps(config))

    # ------------------------------------------------------------ the program

    def begin(self) -> None:
        """See `HostBed.begin`."""
        self.start()

    def start(self) -> None:
        """Start it and wait for its machine."""
        command = [PROGRAM, "serve", "--basedir", self.base, "--iknowwhatimdoing", "--no-color"]
        self.launch("octoprint", command, self.folder, {"TMPDIR": str(self.folder)})
        until(self._up)

    def kill(self) -> None:
        """`kill -9`."""
        self.end("octoprint")

    def _up(self) -> bool:
        assert self.lives("octoprint"), "OctoPrint ended by itself"
        with contextlib.suppress(httpx.HTTPError, ValueError, KeyError):
            stands = not self._guarded or self.told()["state"] in ("ready", "busy")
            return bool(self.flags()["operational"]) and stands
        return False

    # ------------------------------------------------------------ the gate's side

    def host(self, held: Path | None = None, *, own_files: bool = False) -> OctoPrintHost:
        """The gate's adapter."""
        rest, clock = Rest(self.url, {"X-Api-Key": API_KEY}), SystemClock()
        return OctoPrintHost(rest, self.statements, self.held(held), clock, own_files=own_files)

    def say(self, wire: dict[str, str]) -> httpx.Response:
        """A statement."""
        return self.post("/plugin/platemark/statement", json=wire)

    def hand(self, job: str, data: bytes = GCODE) -> dict[str, str]:
        """Hand over a job's file as the gate does; the release for it, not yet said."""
        found = self.post(f"/plugin/platemark/files/{job}", files={"file": (f"{job}.gcode", data)})
        assert found.status_code == 200, found.text
        return self.hand_again(job, data)

    def hand_again(self, job: str, data: bytes = GCODE) -> dict[str, str]:
        """A fresh release for a job, without its file."""
        return self.statements.release(job, f"{job}.gcode", digest(data))

    def job(self, job: str) -> dict[str, Any]:
        """What the plugin knows of a job."""
        found: dict[str, Any] = self.get(f"/plugin/platemark/jobs/{job}").json()
        return found

    def told(self) -> dict[str, Any]:
        """What the plugin says."""
        found: dict[str, Any] = self.get("/plugin/platemark/state").json()
        return found

    # ------------------------------------------------------------ everybody else

    def get(self, path: str, **arguments: Any) -> httpx.Response:
        """Any question of a user's."""
        return self._http.get(path, **arguments)

    def post(self, path: str, **arguments: Any) -> httpx.Response:
        """Any request of a user's."""
        return self._http.post(path, **arguments)

    def delete(self, path: str) -> httpx.Response:
        """Any removal by a user."""
        return self._http.delete(path)

    def upload(self, name: str, data: bytes = GCODE, **fields: str) -> httpx.Response:
        """A user's upload."""
        return self.post("/api/files/local", files={"file": (name, data)}, data=fields)

    def select(self, name: str, **members: Any) -> httpx.Response:
        """A user's choice of a file."""
        return self.post(f"/api/files/local/{name}", json={"command": "select", **members})

    def do(self, command: str, **members: Any) -> httpx.Response:
        """A user's job command."""
        return self.post("/api/job", json={"command": command, **members})

    def rogue(self, what: str, **members: Any) -> dict[str, Any]:
        """What another plugin does."""
        found = self.post("/api/plugin/rogue", json={"command": "do", "what": what, **members})
        assert found.status_code == 200, found.text
        told: dict[str, Any] = found.json()
        return told

    def flags(self) -> dict[str, Any]:
        """OctoPrint's state of the machine."""
        flags: dict[str, Any] = self.get("/api/printer").json()["state"]["flags"]
        return flags

    def received(self) -> bytes:
        """All that the machine was ever sent. One line may be several of the log."""
        log = self.base / "logs" / "plugin_virtual_printer_serial.log"
        return b"\n".join(line for line in log.read_bytes().splitlines() if b">>>" not in line)

    def sent(self) -> bytes:
        """All that the machine was sent, when what waits on its way now has come there."""
        last = f"M117 {uuid4().hex}"
        assert self.post("/api/printer/command", json={"command": last}).is_success
        until(lambda: last.encode() in self.received())
        return self.received()

    def rest(self) -> None:
        """Wait until nothing prints, ending what does, and until the machine is there."""
        until(self._rests)

    def _rests(self) -> bool:
        """One step of it: the machine may come and go by itself meanwhile."""
        answer = self.get("/api/printer")
        if not answer.is_success:
            # Of no effect while a connection is there, also one that just goes or comes.
            self.post("/api/connection", json={"command": "connect", "port": "VIRTUAL"})
            return False
        flags = answer.json()["state"]["flags"]
        ends = flags["finishing"] or flags["cancelling"]
        if flags["paused"] or flags["pausing"] or (flags["printing"] and not ends):
            self.do("cancel")
            return False
        return bool(flags["ready"]) and (not self._guarded or self.told()["state"] == "ready")


def stays_blocked(octoprint: OctoPrint, before: int = 0) -> None:
    """The machine was sent nothing of a file of ours since then."""
    time.sleep(0.3)
    octoprint.rest()
    found = octoprint.sent().count(OURS)
    assert found == before


def refused(answer: httpx.Response, why: str = "not released") -> None:
    """Whoever asked was told no, and why."""
    assert answer.status_code == 403, answer.text
    assert why in answer.text
