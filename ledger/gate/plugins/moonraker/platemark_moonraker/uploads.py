"""A job's file on its way in: kept from the G-codes, which everybody may list, read and copy.

Moonraker has one method through which all uploads come to an end. It would put the file among
the G-codes, read its metadata and tell all clients of it, and only then answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import posixpath
import re
import shutil
from pathlib import Path
from typing import Any

from moonraker.utils import ServerError
from platemark_release import Refused

from .files import wipe

UPLOADED = "platemark"
"""The folder of the G-codes under whose name the gate uploads. It is never there."""

_JOB = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")


class Uploads:
    """Takes the gate's uploads into `folder`, mode 0700, one file a job."""

    def __init__(self, files: Any, folder: Path) -> None:
        """`files` is Moonraker's file manager. What a crash left in `folder` is wiped."""
        wipe(folder)
        folder.mkdir(mode=0o700)
        self._folder = folder
        self._finish = files.finalize_upload
        files.finalize_upload = self._guarded

    def file(self, job: str, name: str) -> Path:
        """The file that was uploaded for a job. Raises Refused."""
        path = self._folder / job
        if not _JOB.fullmatch(job) or not name.startswith(f"{UPLOADED}/{job}/"):
            raise Refused("A job's file lies in its own folder.")
        if not path.is_file():
            raise Refused(f"There is no file {name[:200]!r}.")
        return path

    def wipe(self, job: str) -> None:
        """Remove a job's file. Harmless if there is none."""
        if _JOB.fullmatch(job):
            (self._folder / job).unlink(missing_ok=True)

    async def _guarded(self, form: dict[str, Any]) -> dict[str, Any]:
        place = posixpath.join(
            "/", form.get("path", "").lstrip("/"), form["filename"].strip().lstrip("/")
        )
        parts = posixpath.normpath(place).split("/")[1:]
        if form.get("root", "gcodes").lower() != "gcodes" or parts[0].lower() != UPLOADED:
            finished: dict[str, Any] = await self._finish(form)
            return finished
        try:
            if len(parts) != 3 or not _JOB.fullmatch(parts[1]):
                raise ServerError("Platemark: this folder is the gate's.", 403)
            target = self._folder / parts[1]
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(None, _take, form["tmp_file_path"], target)
        except BaseException:
            # Also when the upload is cancelled: it may be a job's file, and lies readable there.
            with contextlib.suppress(OSError):
                Path(form["tmp_file_path"]).unlink()
            raise
        item = {"root": "gcodes", "path": "/".join(parts), "size": target.stat().st_size}
        return {"action": "create_file", "item": item, "print_started": False}


def _take(source: str, target: Path) -> None:
    shutil.move(source, target)
    target.chmod(0o600)
