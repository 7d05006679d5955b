"""The stand-in's virtual SD card, with its print statistics and its pausing."""

from __future__ import annotations

import asyncio
import contextlib
import time
from io import BufferedReader
from pathlib import Path
from typing import Any

from tests.hosts.klippy_gcode import Command, CommandError, GCode

_ENDINGS = (".gcode", ".g", ".gco")


class Card:
    """What Klipper's `[virtual_sdcard]`, `print_stats` and `[pause_resume]` do together.

    `held` and `fault` are the tests' own: a held card stops before each line but the
    first, except for the next `steps`, and a fault is raised by the next line.
    """

    def __init__(self, gcode: GCode, folder: Path) -> None:
        """`folder` is the `path` of `[virtual_sdcard]`."""
        self._gcode = gcode
        self._folder = folder
        self._file: BufferedReader | None = None
        self._work: asyncio.Task[None] | None = None
        self._must_pause = False
        self._paused = self._card_paused = False
        self._position = self._size = 0
        self.held = False
        self.steps = 0
        self.fault = ""
        self._started: float | None = None
        self._filament_from = 0.0
        self._reset_stats()
        named = "M23 M24 M25 M26 M27 SDCARD_PRINT_FILE SDCARD_RESET_FILE PAUSE RESUME CANCEL_PRINT"
        for word in [*named.split(), "CLEAR_PAUSE"]:
            gcode.handlers[word] = getattr(self, f"_{word.lower()}")
        for word in ("M28", "M29", "M30"):
            gcode.handlers[word] = self._no_writing

    # ------------------------------------------------------------ what is asked for

    def card_status(self) -> dict[str, Any]:
        """The object `virtual_sdcard`."""
        return {
            "file_path": self._file.name if self._file else None,
            "progress": self._position / self._size if self._size else 0.0,
            "is_active": self._work is not None,
            "file_position": self._position,
            "file_size": self._size,
        }

    def print_status(self) -> dict[str, Any]:
        """The object `print_stats`."""
        if self._started is not None:
            self._total = time.monotonic() - self._started
            self._filament = self._gcode.extruder.used - self._filament_from
        return {
            "filename": self._name,
            "total_duration": self._total,
            "print_duration": self._total,
            "filament_used": self._filament,
            "state": self._state,
            "message": self._message,
            "info": {"total_layer": None, "current_layer": None},
        }

    def pause_status(self) -> dict[str, Any]:
        """The object `pause_resume`."""
        return {"is_paused": self._paused}

    # ------------------------------------------------------------ commands

    async def _sdcard_print_file(self, command: Command) -> None:
        self._require_idle()
        await self._reset()
        self._load(command.get("FILENAME").removeprefix("/"), below=True)
        self._resume_work()

    async def _sdcard_reset_file(self, command: Command) -> None:
        if command.source:
            raise CommandError("SDCARD_RESET_FILE cannot be run from the sdcard")
        await self._reset()

    async def _m23(self, command: Command) -> None:
        self._require_idle()
        await self._reset()
        self._load(command.raw.removeprefix("/"), below=False)

    async def _m24(self, _: Command) -> None:
        self._resume_work()

    async def _m25(self, command: Command) -> None:
        await self._pause_work(command)

    async def _m26(self, command: Command) -> None:
        self._require_idle()
        self._position = int(command.get("S"))

    async def _m27(self, _: Command) -> None:
        self._gcode.answer(
            f"SD printing byte {self._position}/{self._size}" if self._file else "Not SD printing."
        )

    async def _no_writing(self, _: Command) -> None:
        raise CommandError("SD write not supported")

    async def _pause(self, command: Command) -> None:
        if not self._paused:
            self._card_paused = self._work is not None
            await self._pause_work(command)
            self._paused = True

    async def _resume(self, _: Command) -> None:
        if not self._paused:
            self._gcode.answer("// Print is not paused, resume aborted")
            return
        if self._card_paused:
            self._resume_work()
            self._card_paused = False
        self._paused = False

    async def _clear_pause(self, _: Command) -> None:
        self._paused = False

    async def _cancel_print(self, command: Command) -> None:
        if (self._work is not None or self._card_paused) and self._file is not None:
            await self._pause_work(command)
            self._close()
            self._finish("cancelled")
            self._position = self._size = 0
        self._paused = self._card_paused = False

    # ------------------------------------------------------------ the work

    async def stop(self) -> None:
        """The end of the program, or an emergency: nothing more is printed."""
        if self._work is not None:
            self._work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._work
            self._work = None

    def _require_idle(self) -> None:
        if self._work is not None:
            raise CommandError("SD busy")

    def _load(self, name: str, *, below: bool) -> None:
        paths = self._folder.rglob("*") if below else self._folder.glob("*")
        found = {str(p.relative_to(self._folder)).lower(): p for p in paths if p.is_file()}
        path = found.get(name.lower())
        if path is None or (below and path.suffix[1:] not in [e[1:] for e in _ENDINGS]):
            raise CommandError("Unable to open file")
        self._file = path.open("rb")
        self._size = path.stat().st_size
        self._reset_stats()
        self._name = name
        self._gcode.answer(f"File opened:{name} Size:{self._size}")

    def _resume_work(self) -> None:
        self._require_idle()
        self._must_pause = False
        self._work = asyncio.get_running_loop().create_task(self._print())

    async def _pause_work(self, command: Command) -> None:
        self._must_pause = True
        while self._work is not None and not command.source:
            await asyncio.sleep(0.001)

    async def _print(self) -> None:
        if self._file is None:
            self._work = None
            return
        self._file.seek(self._position)
        self._note_start()
        self._gcode.record(begins=self._name, position=self._position)
        error = ""
        first = True
        while not self._must_pause:
            if not first:
                await self._turn()
            if self._must_pause:
                break
            line = self._file.readline()
            if not line:
                self._close()
                break
            first = False
            try:
                await self._line(line)
            except CommandError as raised:
                error = str(raised)
                break
            self._position += len(line)
            await asyncio.sleep(0)
        self._work = None
        if error:
            self._finish("error", error)
        elif self._file is not None:
            self._state = "paused"
        else:
            self._finish("complete")

    async def _turn(self) -> None:
        """Wait until no script is under way, and the tests let the card go on."""
        while (self.held and not self.steps and not self.fault) or self._gcode.lock.locked():
            if self._must_pause:
                return
            await asyncio.sleep(0.005)
        self.steps = max(0, self.steps - 1)

    async def _line(self, line: bytes) -> None:
        if self.fault:
            fault, self.fault = self.fault, ""
            raise CommandError(fault)
        await self._gcode.run(line.decode("utf-8", "replace"), self._name)

    async def _reset(self) -> None:
        if self._file is not None:
            self._must_pause = True
            while self._work is not None:
                await asyncio.sleep(0.001)
            self._close()
        self._position = self._size = 0
        self._reset_stats()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    # ------------------------------------------------------------ statistics

    def _reset_stats(self) -> None:
        self._name = self._message = ""
        self._state = "standby"
        self._started = None
        self._total = self._filament = 0.0
        self._filament_from = 0.0

    def _note_start(self) -> None:
        if self._started is None:
            self._started = time.monotonic()
            self._filament_from = self._gcode.extruder.used
        self._state = "printing"

    def _finish(self, state: str, message: str = "") -> None:
        if self._started is None:
            return
        self.print_status()
        self._state, self._message, self._started = state, message, None
        self._gcode.record(ended=self._name, state=state)
