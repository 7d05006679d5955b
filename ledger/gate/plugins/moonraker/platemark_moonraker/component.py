"""The component `[platemark]`: it holds every print, and releases on the gate's signed word.

    [platemark]
    gate_key: …        the gate's public host key (64 hex digits)
    host: 0x…          the printer's address, as the gate knows it

Endpoints (with Moonraker's own authorization, and then the gate's signature):
`POST /server/platemark/statement`, `GET /server/platemark/status` and `…/job?job=`.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any

from moonraker.common import RequestType, WebRequest
from moonraker.utils import ServerError
from platemark_release import Refused, Statement, check

from .absence import Absence
from .edge import Edge
from .files import inside
from .press import WATCHED, Press
from .records import Records
from .requests import Pulse, Requests
from .setting import wrong_with
from .uploads import UPLOADED, Uploads

GONE_SECONDS = 60.0
"""How long Klippy may be away before what it printed counts as interrupted."""


class Platemark:
    """The parts, and Moonraker's events."""

    def __init__(self, config: Any) -> None:
        """Raises the configuration's errors."""
        self.server = config.get_server()
        try:
            self._key = bytes.fromhex(config.get("gate_key"))
        except ValueError:
            self._key = b""
        if len(self._key) != 32:
            raise config.error("[platemark] gate_key: must have 64 hex digits")
        self._host = config.get("host")
        home = Path(self.server.get_app_args()["data_path"]) / "platemark"
        self.folder = home / "card"
        for made in (home, self.folder):
            made.mkdir(mode=0o700, exist_ok=True)
            made.chmod(0o700)
        files = self.server.lookup_component("file_manager")
        files.add_reserved_path("platemark", home, False)
        self._gcodes = Path(files.get_directory("gcodes"))
        self._uploads = Uploads(files, home / "uploads")
        edge = Edge(self.server, self._goes_on, self._asked)
        self._records = Records(home / "journal.jsonl")
        self.press = Press(self._records, self.folder, edge, time.time, self._say)
        self._pulse = Pulse()
        self._requests = Requests()
        self._wrong: str | None = "Klipper is not connected"
        self._away = Absence(GONE_SECONDS, lambda: self.press.lost("Klipper went away"))
        for path, kind, answer in (
            ("/server/platemark/statement", RequestType.POST, self._statement),
            ("/server/platemark/status", RequestType.GET, self._status),
            ("/server/platemark/job", RequestType.GET, self._job),
        ):
            self.server.register_endpoint(path, kind, answer)
        for event, handler in (
            ("server:klippy_ready", self._ready),
            ("server:klippy_shutdown", self._shutdown),
            ("server:klippy_disconnect", self._disconnected),
        ):
            self.server.register_event_handler(event, handler)

    # ------------------------------------------------------------ the gate

    async def _statement(self, request: WebRequest) -> dict[str, Any]:
        wire = {name: request.get(name) for name in ("statement", "signature")}
        try:
            statement = check(wire, self._key, self._host, int(time.time()))
            if statement.kind == "beat":
                self._pulse.take(statement.members)
                return self._told()
            if statement.kind == "release":
                return await self._release(statement)
            job = str(statement["job"])
            if statement.kind == "cancel":
                return {"cancelled": await self.press.cancel(job)}
            await self.press.discard(job)
            self._uploads.wipe(job)
        except Refused as error:
            raise ServerError(f"Platemark: {error}", 409) from error
        return {"discarded": True}

    async def _release(self, statement: Statement) -> dict[str, Any]:
        if self._wrong is not None:
            raise Refused(f"{self._wrong}.")
        job, name = str(statement["job"]), str(statement["file"])
        if statement["own"]:
            if not self._requests.asks(name, statement["sha256"]):
                raise Refused("Nobody asked for this file.")
            source = inside(self._gcodes, name)
        else:
            source = self._uploads.file(job, name)
        try:
            used = await self.press.release(statement.members, source)
        finally:
            self._uploads.wipe(job)
        # What else was asked for must not follow by itself, onto the part on the bed.
        self._requests.forget()
        return used.told()

    async def _status(self, _: WebRequest) -> dict[str, Any]:
        return self._told()

    def _told(self) -> dict[str, Any]:
        now = time.time()
        why = self._pulse.why_not(now)
        if self._wrong is not None:
            why = f"{self._wrong}: nothing prints"
        return {
            "host": self._host,
            "installation": self._records.installation,
            "ready": self._wrong is None,
            "wrong": self._wrong,
            "busy": self.press.busy,
            "gate_runs": self._pulse.alive(now),
            "own_files": self._pulse.own_files(now),
            "why": why,
            "requests": self._requests.all(now),
        }

    async def _job(self, request: WebRequest) -> dict[str, Any]:
        job = await self.press.job(request.get_str("job"))
        told = {"known": False} if job is None else {"known": True, **job.told()}
        return {"installation": self._records.installation, **told}

    # ------------------------------------------------------------ everybody else

    def _goes_on(self) -> bool:
        return self.press.active is not None and self._pulse.alive(time.time())

    async def _asked(self, name: str) -> None:
        """A user, the queue or another component wants to print a file of the G-codes."""
        now = time.time()
        if (why := self._pulse.why_not(now)) is not None:
            self._say(f"{name} does not print: {why}.")
            raise ServerError(f"Platemark: {why}.", 403)
        try:
            if name.split("/")[0] == UPLOADED:
                raise Refused("This folder is the gate's")
            await self._requests.ask(name, inside(self._gcodes, name), now)
            if self.press.busy:
                self._requests.forget()
                raise Refused("The machine is busy")
        except Refused as error:
            raise ServerError(f"Platemark: {error}", 403) from error
        self._say(f"{name} waits for the gate, which looks whether it is anybody's design.")

    def _say(self, text: str) -> None:
        logging.info("Platemark: %s", text)
        self.server.send_event("server:gcode_response", f"// Platemark: {text}")

    # ------------------------------------------------------------ Klippy

    async def _ready(self) -> None:
        self._away.end()
        apis = self.server.lookup_component("klippy_apis")
        found = await apis.query_objects({"configfile": ["config"]})
        self._wrong = wrong_with(found["configfile"]["config"], self.folder)
        if self._wrong is None:
            # Moonraker wants the card to be the folder of uploads; here it must not be.
            self.server.remove_warning("gcode_path")
        else:
            self.server.add_warning(f"[platemark]: {self._wrong}.", "platemark")
        self.press.ready(await apis.subscribe_objects(WATCHED, self._news))

    def _news(self, status: dict[str, dict[str, Any]], _: float) -> None:
        self.press.update(status)

    def _shutdown(self) -> None:
        self._wrong = "Klipper has shut down"
        self.press.lost("Klipper has shut down")

    def _disconnected(self) -> None:
        self._wrong = "Klipper is not connected"
        self._away.begin()


def load_component(config: Any) -> Platemark:
    """Moonraker's entry."""
    return Platemark(config)
