"""A stand-in for Klippy, Klipper's host program, and no more than that: it moves nothing.

It speaks Klippy's unix socket (JSON messages, each ended by 0x03), reads a real
`printer.cfg` with everything that it includes, and carries out `[gcode_macro]` sections in
Jinja2 as Klipper does, so that a test shows what a macro does. What would have moved the
machine is written to a record. What is missing: motion, heaters, sensors, and every module
of Klipper's that is not named here. What runs on a real machine is Klipper itself.

    python -m tests.hosts.klippy SOCKET PRINTER_CFG RECORD

Besides Klippy's own there are requests for the tests: `stand_in/hold`, `stand_in/go`,
`stand_in/step`, `stand_in/fault`, `stand_in/quiet` and `stand_in/told`.
"""

from __future__ import annotations

import asyncio
import configparser
import contextlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.hosts.klippy_card import Card
from tests.hosts.klippy_gcode import Command, CommandError, GCode, Macros

END = b"\x03"
_REFRESH = 0.05


def read_config(path: Path) -> dict[str, dict[str, str]]:
    """The sections of a configuration; of a section that is there twice the last words win."""
    parser = configparser.RawConfigParser(strict=False, inline_comment_prefixes=(";",))
    parser.read_string("\n".join(_lines(path)))
    return {name: dict(parser.items(name)) for name in parser.sections()}


def _lines(path: Path) -> list[str]:
    found: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.partition("#")[0].rstrip()
        if text.startswith("[include "):
            for included in sorted(path.parent.glob(text[len("[include ") : -1].strip())):
                found += _lines(included)
        else:
            found.append(text)
    return found


class Client:
    """One connection."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.wanted: dict[str, list[str] | None] = {}
        self.template: dict[str, Any] = {}
        self.output: dict[str, Any] | None = None
        self.told: dict[str, dict[str, Any]] = {}

    def send(self, message: dict[str, Any]) -> None:
        """Send one message."""
        if not self.writer.is_closing():
            self.writer.write(json.dumps(message).encode() + END)


class Klippy:
    """The program between two restarts."""

    def __init__(self, config_file: Path, record: Path) -> None:
        self._config_file = config_file
        self.config = read_config(config_file)
        self.state, self.message = "ready", "Printer is ready"
        self.gcode = GCode(record)
        self.card = Card(self.gcode, Path(self.config["virtual_sdcard"]["path"]).expanduser())
        self.objects: dict[str, Callable[[], dict[str, Any]]] = {
            "webhooks": lambda: {"state": self.state, "state_message": self.message},
            "configfile": lambda: {"config": self.config, "settings": {}, "warnings": []},
            "virtual_sdcard": self.card.card_status,
            "print_stats": self.card.print_status,
            "pause_resume": self.card.pause_status,
            "display_status": lambda: {"progress": 0.0, "message": None},
            "gcode_move": lambda: {"speed_factor": 1.0, "extrude_factor": 1.0},
            "toolhead": lambda: {"homed_axes": "xyz", "print_time": time.monotonic()},
            "gcode": lambda: {"commands": {name: {} for name in self.gcode.handlers}},
        }
        for word in ("RESTART", "FIRMWARE_RESTART"):
            self.gcode.handlers[word] = self._restart
        self.gcode.handlers["M112"] = self._stop_at_once
        try:
            Macros(self.gcode, self.config, self.objects)
        except (CommandError, KeyError) as error:
            self.state, self.message = "error", str(error)
        self.gcode.answer = self._say
        self._clients: set[Client] = set()
        self._quiet = False
        self._told = asyncio.Event()
        self._ended = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, address: Path) -> None:
        """Answer until the program is to be restarted."""
        address.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(self._connected, str(address), limit=1 << 24)
        refresh = asyncio.create_task(self._refresh())
        await self._ended.wait()
        refresh.cancel()
        server.close()
        await self.card.stop()
        for client in self._clients:
            client.writer.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = Client(writer)
        self._clients.add(client)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                request = json.loads((await reader.readuntil(END))[:-1])
                task = asyncio.create_task(self._answer(client, request))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        self._clients.discard(client)
        writer.close()

    async def _answer(self, client: Client, request: dict[str, Any]) -> None:
        answer: dict[str, Any]
        try:
            result = await self._do(client, request["method"], request.get("params", {}))
            answer = {"result": result}
        except CommandError as error:
            answer = {"error": {"error": "WebRequestError", "message": str(error)}}
        if "id" in request:
            client.send({"id": request["id"], **answer})

    async def _do(self, client: Client, method: str, params: dict[str, Any]) -> dict[str, Any]:
        name = "_do_" + method.replace("/", "_")
        if not hasattr(self, name):
            raise CommandError(f"webhooks: No registered callback for path '{method}'")
        return await getattr(self, name)(client, params) or {}

    # ------------------------------------------------------------ requests

    async def _do_list_endpoints(self, *_: Any) -> dict[str, Any]:
        named = (
            "info emergency_stop list_endpoints register_remote_method gcode/script gcode/help "
            "gcode/subscribe_output gcode/restart gcode/firmware_restart objects/list "
            "objects/query objects/subscribe pause_resume/pause pause_resume/resume "
            "pause_resume/cancel"
        )
        return {"endpoints": named.split()}

    async def _do_info(self, *_: Any) -> dict[str, Any]:
        here = Path(__file__).parent
        return {
            "state": self.state,
            "state_message": self.message,
            "hostname": "stand-in",
            "klipper_path": str(here),
            "python_path": sys.executable,
            "process_id": os.getpid(),
            "user_id": os.getuid(),
            "group_id": os.getgid(),
            "log_file": "",
            "config_file": str(self._config_file),
            "software_version": "stand-in",
            "cpu_info": "",
        }

    async def _do_emergency_stop(self, *_: Any) -> None:
        await self._stop_at_once(None)

    async def _do_register_remote_method(self, *_: Any) -> None:
        pass

    async def _do_gcode_script(self, _: Client, params: dict[str, Any]) -> None:
        if self.state != "ready":
            raise CommandError(self.message)
        await self.gcode.run(params["script"])

    async def _do_gcode_help(self, *_: Any) -> dict[str, Any]:
        return dict.fromkeys(self.gcode.handlers, "")

    async def _do_gcode_subscribe_output(self, client: Client, params: dict[str, Any]) -> None:
        client.output = params.get("response_template", {})

    async def _do_gcode_restart(self, *_: Any) -> None:
        await self._restart(None)

    async def _do_gcode_firmware_restart(self, *_: Any) -> None:
        await self._restart(None)

    async def _do_pause_resume_pause(self, *_: Any) -> None:
        await self.gcode.run("PAUSE")

    async def _do_pause_resume_resume(self, *_: Any) -> None:
        await self.gcode.run("RESUME")

    async def _do_pause_resume_cancel(self, *_: Any) -> None:
        await self.gcode.run("CANCEL_PRINT")

    async def _do_objects_list(self, *_: Any) -> dict[str, Any]:
        return {"objects": list(self.objects)}

    async def _do_objects_query(self, _: Client, params: dict[str, Any]) -> dict[str, Any]:
        return {"eventtime": time.monotonic(), "status": self._status(params["objects"])}

    async def _do_objects_subscribe(self, client: Client, params: dict[str, Any]) -> dict[str, Any]:
        client.wanted = params["objects"]
        client.template = params.get("response_template", {})
        client.told = self._status(client.wanted)
        return {"eventtime": time.monotonic(), "status": client.told}

    async def _do_stand_in_hold(self, *_: Any) -> None:
        self.card.held = True

    async def _do_stand_in_go(self, *_: Any) -> None:
        self.card.held = False

    async def _do_stand_in_step(self, _: Client, params: dict[str, Any]) -> None:
        self.card.steps = params["lines"]

    async def _do_stand_in_fault(self, *_: Any) -> None:
        self.card.fault = "Heater extruder not heating at expected rate"

    async def _do_stand_in_quiet(self, _: Client, params: dict[str, Any]) -> None:
        """As between two pieces of news, for as long as a test wants."""
        self._quiet = params["quiet"]

    async def _do_stand_in_told(self, *_: Any) -> None:
        """Answered as soon as there was news of all that is now."""
        self._told.clear()
        await self._told.wait()

    # ------------------------------------------------------------ what it tells

    def _status(self, wanted: dict[str, list[str] | None]) -> dict[str, dict[str, Any]]:
        found = {}
        for name, members in wanted.items():
            status = self.objects[name]() if name in self.objects else {}
            picked = status if members is None else {m: status.get(m) for m in members}
            found[name] = dict(picked)
        return found

    async def _refresh(self) -> None:
        while True:
            await asyncio.sleep(_REFRESH)
            for client in () if self._quiet else self._clients:
                now = self._status(client.wanted)
                news: dict[str, dict[str, Any]] = {}
                for name, members in now.items():
                    told = client.told.get(name, {})
                    changed = {m: v for m, v in members.items() if told.get(m) != v}
                    if changed:
                        news[name] = changed
                if news:
                    client.told = now
                    params = {"eventtime": time.monotonic(), "status": news}
                    client.send({**client.template, "params": params})
            if not self._quiet:
                self._told.set()

    def _say(self, text: str) -> None:
        for client in self._clients:
            if client.output is not None:
                client.send({**client.output, "params": {"response": text}})

    async def _restart(self, _: Command | None) -> None:
        self._ended.set()

    async def _stop_at_once(self, _: Command | None) -> None:
        self.state, self.message = "shutdown", "Shutdown due to webhooks request"
        self.gcode.record(event="shutdown")
        await self.card.stop()


async def main(address: Path, config: Path, record: Path) -> None:
    """Run, and begin anew after each restart, until a signal ends it."""
    while True:
        await Klippy(config, record).serve(address)


if __name__ == "__main__":
    asyncio.run(main(*(Path(argument) for argument in sys.argv[1:4])))
