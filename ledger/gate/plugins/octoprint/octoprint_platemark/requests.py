"""What is refused at OctoPrint's HTTP door already, so that whoever asks is told why."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from octoprint_platemark.folder import NAME
from octoprint_platemark.warden import NO_RELEASE, NO_RESTART, NO_SD, starts_card

CLOSED = "The gate's own files are nobody else's to read or change."

_FILES = "/api/files/"
_TRUE = {"true", "1", "yes", "y", "on"}
_DOWNLOADS = re.compile(r"/downloads/files/local(/.*)?")


def refusal(
    path: str, form: Mapping[str, Any], body: Mapping[str, Any], *, own_files: bool
) -> str | None:
    """Why a request that changes something is refused, or None.

    With `own_files` what would start a file goes on to the printer, which asks the gate.
    """
    path = posixpath.normpath(unquote(path))
    command = body.get("command")
    if path == "/api/job":
        return _of_job(command, own_files=own_files)
    if path == "/api/printer/command":
        lines = body.get("commands") or [command]
        given = lines if isinstance(lines, list) else [lines]
        return NO_SD if any(starts_card(str(line)) for line in given) else None
    if path.startswith(_FILES):
        target, _, file = path[len(_FILES) :].partition("/")
        if target == "sdcard":
            return NO_SD
        if _inside(file) or any(_inside(form.get(each)) for each in ("path", "foldername")):
            return CLOSED
        if command in ("copy", "move") and _inside(body.get("destination")):
            return CLOSED
        prints = str(body.get("print", form.get("print", ""))).lower() in _TRUE
        return NO_RELEASE if prints and not own_files else None
    return None


def hidden(path: str, files: list[str]) -> bool:
    """Whether a download would give away a file of the gate's."""
    path = posixpath.normpath(unquote(path))
    found = _DOWNLOADS.fullmatch(path)
    return found is not None and any(_inside(each) for each in [found[1] or "", *files])


def _of_job(command: object, *, own_files: bool) -> str | None:
    if command == "restart":
        return NO_RESTART
    return NO_RELEASE if command == "start" and not own_files else None


def _inside(file: object) -> bool:
    """Whether this is the gate's folder or lies in it."""
    if not isinstance(file, str):
        return False
    path = posixpath.normpath("/" + unquote(file)).lstrip("/")
    return path == NAME or path.startswith(NAME + "/")
