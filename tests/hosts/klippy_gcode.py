"""The stand-in's G-code: commands, macros in Jinja2, and what of it moved the machine.

Behaves like Klipper's dispatch where a macro could notice: one script at a time, words of
extended commands quoted as in a shell, `rename_existing`, a macro that is rendered whole
before its first line runs, and errors that end a script.
"""

from __future__ import annotations

import ast
import asyncio
import json
import re
import shlex
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2

_WORDS = re.compile(r"([A-Z_]+|[A-Z*])")
_TRADITIONAL = re.compile(r"[A-Z][0-9.]+")
_QUIET = [
    "G21",
    "G28",
    "G90",
    "G91",
    "G92.1",
    "M18",
    "M82",
    "M83",
    "M84",
    "M73",
    "M104",
    "M105",
    "M106",
    "M107",
    "M109",
    "M140",
    "M190",
    "M117",
    "M118",
    "M201",
    "M203",
    "M204",
    "M205",
    "M221",
    "M400",
    "M900",
    "TURN_OFF_HEATERS",
    "SAVE_GCODE_STATE",
    "RESTORE_GCODE_STATE",
    "SET_PRINT_STATS_INFO",
    "SET_VELOCITY_LIMIT",
]


class CommandError(Exception):
    """A command that Klipper would refuse."""


@dataclass
class Command:
    """One line of G-code. `source` is the printed file's name, or empty for a script."""

    word: str
    line: str
    params: dict[str, str]
    source: str = ""

    @property
    def raw(self) -> str:
        """What follows the command's word."""
        at = self.line.upper().find(self.word)
        return self.line[at + len(self.word) :].strip()

    def get(self, name: str) -> str:
        """One parameter. Raises CommandError."""
        if name not in self.params:
            raise CommandError(f"Error on '{self.line}': missing {name}")
        return self.params[name]


Handler = Callable[[Command], Awaitable[None]]


@dataclass
class Extruder:
    """How much filament went through, in millimetres, and how E is counted."""

    used: float = 0.0
    relative: bool = False
    last: float = 0.0

    def move(self, e: float) -> None:
        """A move with this E."""
        self.used += e if self.relative else e - self.last
        self.last = self.last if self.relative else e


class GCode:
    """Commands by their words, and who may be told what they answer."""

    def __init__(self, record: Path) -> None:
        """`record` gets one JSON line for each line that moved the machine."""
        self.handlers: dict[str, Handler] = {}
        self.lock = asyncio.Lock()
        self.answer: Callable[[str], None] = lambda _: None
        self.extruder = Extruder()
        self._record = record
        for word in _QUIET:
            self.handlers[word] = self._nothing
        for word in ("G0", "G1", "G2", "G3"):
            self.handlers[word] = self._move
        self.handlers |= {"M82": self._mode, "M83": self._mode, "G92": self._origin}
        self.handlers |= {"G4": self._dwell}

    async def run(self, script: str, source: str = "") -> None:
        """Run a script when no other one runs. Raises CommandError."""
        async with self.lock:
            await self.run_inside(script, source)

    async def run_inside(self, script: str, source: str = "") -> None:
        """The same from within a command."""
        for line in script.split("\n"):
            if command := _parsed(line.strip(), source):
                handler = self.handlers.get(command.word)
                if handler is None:
                    self.answer(f'// Unknown command:"{command.word}"')
                else:
                    await self._call(handler, command)

    async def _call(self, handler: Handler, command: Command) -> None:
        if not _TRADITIONAL.fullmatch(command.word):
            words = shlex.shlex(command.raw, posix=True)
            words.whitespace_split = True
            words.commenters = "#;"
            try:
                pairs = [word.split("=", 1) for word in words]
                command.params = {name.upper(): value for name, value in pairs}
            except ValueError:
                raise CommandError(f"Malformed command '{command.line}'") from None
        try:
            await handler(command)
        except CommandError as error:
            self.answer(f"!! {error}")
            raise

    def record(self, **entry: object) -> None:
        """Write down what the machine did."""
        with self._record.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"at": time.time(), **entry}) + "\n")

    async def _move(self, command: Command) -> None:
        if "E" in command.params:
            self.extruder.move(float(command.params["E"]))
        self.record(moved=command.line, file=command.source)

    async def _mode(self, command: Command) -> None:
        self.extruder.relative = command.word == "M83"

    async def _origin(self, command: Command) -> None:
        self.extruder.last = float(command.params.get("E", self.extruder.last))

    async def _dwell(self, command: Command) -> None:
        await asyncio.sleep(float(command.params.get("P", "0")) / 1000)

    async def _nothing(self, command: Command) -> None:
        pass


@dataclass
class Status(Mapping[str, Any]):
    """`printer` in a template: the state of each object, read when it is asked for."""

    objects: Mapping[str, Callable[[], dict[str, Any]]]

    def __getitem__(self, name: str) -> Any:
        return self.objects[name]()

    def __iter__(self) -> Any:
        return iter(self.objects)

    def __len__(self) -> int:
        return len(self.objects)


@dataclass
class Macro:
    """One `[gcode_macro]` section."""

    name: str
    template: jinja2.Template
    variables: dict[str, Any] = field(default_factory=dict)
    running: bool = False


class Macros:
    """All macros of a configuration, registered with its commands."""

    def __init__(
        self,
        gcode: GCode,
        config: Mapping[str, Mapping[str, str]],
        objects: dict[str, Callable[[], dict[str, Any]]],
    ) -> None:
        """Raises CommandError for a configuration that Klipper would not start with."""
        self._gcode = gcode
        self._objects = objects
        self._macros: dict[str, Macro] = {}
        environment = jinja2.Environment("{%", "%}", "{", "}", autoescape=False)
        gcode.handlers["SET_GCODE_VARIABLE"] = self._set_variable
        for section, options in config.items():
            if section.startswith("gcode_macro "):
                name = section.split()[1]
                macro = Macro(name, environment.from_string(options["gcode"]))
                for option, value in options.items():
                    if option.startswith("variable_"):
                        macro.variables[option.removeprefix("variable_")] = ast.literal_eval(value)
                self._add(macro, options.get("rename_existing"))
                objects[section] = lambda m=macro: m.variables  # type: ignore[misc]

    def _add(self, macro: Macro, renamed: str | None) -> None:
        word = macro.name.upper()
        if renamed is not None:
            if word not in self._gcode.handlers:
                raise CommandError(f"Existing command '{word}' not found in gcode_macro rename")
            if bool(_TRADITIONAL.fullmatch(word)) != bool(_TRADITIONAL.fullmatch(renamed)):
                raise CommandError(f"G-Code macro rename of different types ('{word}')")
            self._gcode.handlers[renamed] = self._gcode.handlers.pop(word)
        elif word in self._gcode.handlers:
            raise CommandError(f"gcode command {word} already registered")
        self._macros[macro.name] = macro
        self._gcode.handlers[word] = lambda command: self._run(macro, command)

    async def _run(self, macro: Macro, command: Command) -> None:
        if macro.running:
            raise CommandError(f"Macro {macro.name} called recursively")
        context = dict(macro.variables)
        context |= {"printer": Status(self._objects), "params": dict(command.params)}
        context |= {"rawparams": command.raw, "action_raise_error": _raise}
        context |= {"action_respond_info": self._respond}
        macro.running = True
        try:
            try:
                script = macro.template.render(context)
            except Exception as error:
                what = f"{type(error).__name__}: {error}"
                raise CommandError(f"Error evaluating '{macro.name}:gcode': {what}") from error
            await self._gcode.run_inside(script, command.source)
        finally:
            macro.running = False

    async def _set_variable(self, command: Command) -> None:
        macro = self._macros.get(command.get("MACRO"))
        name = command.get("VARIABLE")
        if macro is None or name not in macro.variables:
            raise CommandError(f"Unknown gcode_macro variable '{name}'")
        try:
            value = ast.literal_eval(command.get("VALUE"))
        except (SyntaxError, ValueError) as error:
            raise CommandError(f"Unable to parse '{command.get('VALUE')}'") from error
        macro.variables = {**macro.variables, name: value}

    def _respond(self, text: str) -> str:
        self._gcode.answer(f"// {text}")
        return ""


def _raise(text: str) -> str:
    raise CommandError(text)


def _parsed(line: str, source: str) -> Command | None:
    parts = _WORDS.split(line.partition(";")[0].upper())
    numbered = "".join(parts[:2]) == "N"
    word = "".join(parts[3:5] if numbered else parts[:3]).strip()
    if not word:
        return None
    if word.split()[0] in ("M23", "M117", "M118"):
        word = word.split()[0]
    params = {parts[i]: parts[i + 1].strip() for i in range(1, len(parts) - 1, 2)}
    return Command(word, line, params, source)
