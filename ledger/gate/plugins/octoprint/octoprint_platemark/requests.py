"""What is refused at OctoPrint's HTTP door already, so that whoever asks is told why."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from octoprint.util.files import sanitize_filename

from octoprint_platemark.folder import NAME
from octoprint_platemark.lines import extrudes, starts_card
from octoprint_platemark.warden import NO_RELEASE, NO_RESTART, NO_SD, NO_STREAM

CLOSED = "The gate's own files are nobody else's to read or change."
STAYS = "Platemark is switched off or taken out on the machine itself, and not from here."

_FILES = "/api/files/"
_TAKEN_FROM = ("file.name", "filename", "foldername", "path")
"""Fields of an upload of which OctoPrint makes the place where it goes."""
_TAKES_OUT = {"disable", "uninstall", "cleanup"}
_SAFE_MODE = "/api/system/commands/core/restart_safe"
_RESTORE = "/plugin/backup/restore"
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
        return _of_lines(body.get("commands") or [command])
    if path in (_SAFE_MODE, _RESTORE) or (
        path == "/api/plugin/pluginmanager" and _takes_out(command, body)
    ):
        return STAYS
    if path.startswith(_FILES):
        target, _, file = path[len(_FILES) :].partition("/")
        if target == "sdcard":
            return NO_SD
        if _inside(file) or any(_inside(form.get(each)) for each in _TAKEN_FROM):
            return CLOSED
        if any(_inside(body.get(each)) for each in ("destination", "gcode", "path")):
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


def _of_lines(lines: object) -> str | None:
    given = [str(line) for line in (lines if isinstance(lines, list) else [lines])]
    if any(starts_card(line) for line in given):
        return NO_SD
    return NO_STREAM if any(extrudes(line) for line in given) else None


def _takes_out(command: object, body: Mapping[str, Any]) -> bool:
    """Whether the plugin manager would take this plugin out, or its records."""
    return command == "cleanup_all" or (
        command in _TAKES_OUT and f'"{NAME}"' in json.dumps(body).lower()
    )


def _inside(file: object) -> bool:
    """Whether a path has the gate's folder in it, once OctoPrint has tidied its parts.

    OctoPrint takes characters out of each part, so that many names are one.
    """
    if not isinstance(file, str):
        return False
    parts = unquote(file).replace("\\", "/").split("/")
    return any(sanitize_filename(part).lower() == NAME for part in parts)
