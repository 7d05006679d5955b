"""A real Moonraker with the component, in front of the stand-in for Klippy (klippy.py)."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from ledger.cli.assembly import SystemClock
from ledger.gate.hosts.moonraker import MoonrakerHost
from ledger.gate.hosts.rest import Rest
from tests.hosts.bed import ROOT, SECONDS, HostBed, digest, require, until

PYTHON = Path(os.environ.get("PLATEMARK_MOONRAKER", ROOT / ".tools/moonraker/bin/python"))
NAME = "0x00000000000000000000000000000000000000aa"
GCODE = b"M83\nG28\n" + b"".join(b"G1 X%d Y%d E1.5\n" % (n, n) for n in range(20))


def require_moonraker() -> None:
    """Skip where Moonraker was not installed, unless hosts are required."""
    require(PYTHON, "Moonraker")


class Printer(HostBed):
    """The two programs, their files, and the gate's key. A context: at its end they are gone."""

    def __init__(self, folder: Path) -> None:
        """`folder` is made, and removed at the end."""
        super().__init__(folder, NAME)
        self.data = folder / "data"
        self.gcodes = self.data / "gcodes"
        self.record = folder / "record.jsonl"
        self.socket = folder / "klippy.sock"
        for name in ("config", "gcodes", "logs"):
            (self.data / name).mkdir(parents=True)
        subprocess.run(
            [PYTHON, "-m", "platemark_moonraker.install", self.data],
            check=True,
            capture_output=True,
            timeout=SECONDS,
        )
        self.printer_cfg = self.data / "config" / "printer.cfg"
        self.printer_cfg.write_text(
            f"[printer]\nkinematics: none\n[virtual_sdcard]\npath: {self.data}/platemark/card\n"
            "[pause_resume]\n[display_status]\n[include platemark.cfg]\n"
        )
        self.headers: dict[str, str] = {}
        self._conf = (
            f"[server]\nhost: 127.0.0.1\nport: {self.port}\nklippy_uds_address: {self.socket}\n"
            "[machine]\nprovider: none\nvalidate_service: False\nvalidate_config: False\n"
            "[announcements]\ndev_mode: True\n[octoprint_compat]\n"
        )
        self.pair(self.key.public_key.hex(), NAME)

    def pair(self, gate_key: str, host: str, authorization: str = "") -> None:
        """Write `moonraker.conf` for a gate; Moonraker must be started again."""
        (self.data / "config" / "moonraker.conf").write_text(
            f"{self._conf}[authorization]\ntrusted_clients: 127.0.0.1\n{authorization}\n"
            f"[platemark]\ngate_key: {gate_key}\nhost: {host}\n"
        )

    # ------------------------------------------------------------ the programs

    def begin(self) -> None:
        """See `HostBed.begin`."""
        self.start_klippy()
        self.start_moonraker()

    def start_klippy(self) -> None:
        """Start the stand-in."""
        program = [PYTHON, "-m", "tests.hosts.klippy"]
        self.launch("klippy", [*program, self.socket, self.printer_cfg, self.record], ROOT)
        until(self.socket.exists)

    def start_moonraker(self, *, component: bool = True) -> None:
        """Start Moonraker and wait for it and for Klippy."""
        self.launch("moonraker", [PYTHON, "-m", "moonraker", "-d", self.data], ROOT)
        until(self._connected if component else self._ready)

    def kill(self, name: str) -> None:
        """`kill -9` of `moonraker` or `klippy`."""
        self.end(name)
        if name == "klippy":
            self.socket.unlink(missing_ok=True)

    def _connected(self) -> bool:
        assert self.lives("moonraker"), "Moonraker ended by itself"
        with contextlib.suppress(httpx.HTTPError):
            return bool(self.status()["wrong"] != "Klipper is not connected")
        return False

    def _ready(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return bool(self.get("/server/info")["klippy_state"] == "ready")
        return False

    # ------------------------------------------------------------ the gate's side

    def host(self, held: Path | None = None, *, own_files: bool = False) -> MoonrakerHost:
        """The gate's adapter."""
        rest, clock = Rest(self.url), SystemClock()
        return MoonrakerHost(rest, self.statements, self.held(held), clock, own_files=own_files)

    def say(self, wire: dict[str, str]) -> httpx.Response:
        """A statement."""
        return self.post("/server/platemark/statement", json=wire)

    def release(self, job: str, data: bytes = GCODE) -> dict[str, str]:
        """Upload a job's file as the gate does; the release for it, not yet said."""
        self.upload(f"{job}.gcode", data, path=f"platemark/{job}")
        return self.statements.release(job, f"platemark/{job}/{job}.gcode", digest(data))

    def job(self, job: str) -> Any:
        """What the component knows of a job."""
        return self.get("/server/platemark/job", job=job)

    def status(self) -> Any:
        """What the component says."""
        return self.get("/server/platemark/status")

    # ------------------------------------------------------------ everybody else

    def get(self, path: str, **query: str) -> Any:
        """What a user is shown."""
        found = self._http.get(path, params=query, headers=self.headers)
        return found.raise_for_status().json()["result"]

    def post(self, path: str, **arguments: Any) -> httpx.Response:
        """Any request of a user's."""
        return self._http.post(path, headers=self.headers, **arguments)

    def upload(self, name: str, data: bytes = GCODE, **fields: str) -> httpx.Response:
        """A user's upload."""
        return self.post("/server/files/upload", files={"file": (name, data)}, data=fields)

    def script(self, script: str) -> httpx.Response:
        """A user's G-code."""
        return self.post("/printer/gcode/script", json={"script": script})

    def klippy(self, method: str, **params: Any) -> dict[str, Any]:
        """A second client on Klippy's own socket: past Moonraker."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(SECONDS)
            line.connect(str(self.socket))
            line.sendall(json.dumps({"id": 1, "method": method, "params": params}).encode())
            line.sendall(b"\x03")
            data = b""
            while not data.endswith(b"\x03"):
                piece = line.recv(65536)
                if not piece:
                    return {}
                data += piece
        answer: dict[str, Any] = json.loads(data[:-1])
        return answer

    def heard(self) -> None:
        """Wait until Moonraker has heard how it stands with Klippy now."""
        self.klippy("stand_in/told")
        # It is answered on the same line, so after the news.
        self.get("/printer/objects/query", print_stats="state")

    def machine(self) -> dict[str, Any]:
        """Klippy's statistics of the print."""
        query = self.klippy("objects/query", objects={"print_stats": None, "virtual_sdcard": None})
        status: dict[str, Any] = query["result"]["status"]
        return status

    def printed(self) -> list[dict[str, Any]]:
        """What really moved the machine, or began or ended a print."""
        if not self.record.exists():
            return []
        whole = self.record.read_text().rpartition("\n")[0]  # a line may just be written
        return [json.loads(line) for line in whole.splitlines()]

    def moves(self, file: str = "") -> int:
        """How many lines of a file (its name's end) moved the machine."""
        return sum("moved" in e and e["file"].endswith(file) for e in self.printed())


def a_printer(folder: Path) -> Iterator[Printer]:
    """For fixtures."""
    require_moonraker()
    with Printer(folder) as printer:
        yield printer
