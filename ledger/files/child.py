"""Starting the child process that parses a file, and judging how it ended."""

from __future__ import annotations

import base64
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import ledger
from ledger.errors import DesignTooLarge, InvalidDesign, ToolMissing
from ledger.files.limits import DEFAULT, Limits
from ledger.models import DesignFormat, Measures

_log = logging.getLogger(__name__)
_COMMAND = (sys.executable, "-P", "-m", "ledger.files.worker")
_MESH_FORMATS = frozenset((DesignFormat.STL, DesignFormat.THREE_MF, DesignFormat.OBJ))
_ERRORS = {kind.__name__: kind for kind in (InvalidDesign, DesignTooLarge)}
_PNG = b"\x89PNG\r\n\x1a\n"
PREVIEW_SIZE = 384
WALL_FACTOR = 2
"""Processor time is the bound; the clock only catches a child that hangs."""


def inspect(path: Path, limits: Limits = DEFAULT) -> Measures:
    """Format and measures of the file at `path`, lengths in mm, volume in mm³.

    The file is parsed in a child process that is bounded in time and memory.
    Raises InvalidDesign if it is empty, unknown, cut off, damaged, a bomb, or
    makes its reader crash or run out of bounds; DesignTooLarge above
    `limits.max_bytes`. Nothing of the file is kept.
    """
    return _run(path, limits, 0)[0]


def inspect_with_preview(
    path: Path, limits: Limits = DEFAULT, size: int = PREVIEW_SIZE
) -> tuple[Measures, bytes | None]:
    """What `inspect` and `preview` give, for one start of the child process."""
    return _run(path, limits, size)


def preview(
    path: Path, measures: Measures, limits: Limits = DEFAULT, size: int = PREVIEW_SIZE
) -> bytes | None:
    """PNG of a shaded view of the mesh, `size` pixels square, on a transparent ground.

    None where there is no mesh to draw (STEP, G-code, a mesh too large to be
    measured). Drawn from the geometry alone: a thumbnail inside the file is the
    sender's claim. Raises as `inspect` does.
    """
    if measures.format not in _MESH_FORMATS or measures.bounding_box_mm is None:
        return None
    return _run(path, limits, size)[1]


def _run(path: Path, limits: Limits, size: int) -> tuple[Measures, bytes | None]:
    request = {"path": str(Path(path).absolute()), "limits": asdict(limits), "size": size}
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        # Files and not pipes: what a broken child writes is bounded by its RLIMIT_FSIZE.
        with subprocess.Popen(
            _COMMAND,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=errors,
            env=_environment(),
            start_new_session=True,
        ) as process:
            try:
                process.communicate(
                    json.dumps(request).encode(), WALL_FACTOR * limits.parse_seconds
                )
            except subprocess.TimeoutExpired as error:
                raise InvalidDesign(_too_slow(limits)) from error
            finally:
                _end(process)
        output.seek(0)
        errors.seek(0)
        return _judge(process.returncode, output.read(), errors.read(), limits)


def _environment() -> dict[str, str]:
    """Nothing of ours but where Python finds this package; one thread, for bounded memory."""
    root = str(Path(ledger.__file__).parents[1])
    return {
        "PYTHONPATH": root,
        "PYTHONHASHSEED": "0",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the child and whatever it started, if it still runs."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


def _too_slow(limits: Limits) -> str:
    return f"Reading the file takes longer than {limits.parse_seconds} seconds."


def _judge(
    status: int, output: bytes, errors: bytes, limits: Limits
) -> tuple[Measures, bytes | None]:
    """What the child's end means. Raises InvalidDesign, or ToolMissing for a missing package."""
    if status == 0:
        return _understood(output)
    text = errors[-4_000:].decode(errors="replace")
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        raise InvalidDesign(_too_slow(limits))
    last = text.strip().rpartition("\n")[2]
    if last.startswith(("ModuleNotFoundError", "ImportError")):
        raise ToolMissing(f"A package that reads design files is not installed: {last}")
    _log.error("the reader of a design file ended with status %d: %s", status, text)
    if "MemoryError" in last or "bad_alloc" in text:
        raise InvalidDesign("Reading the file takes more memory than one file may use.")
    raise InvalidDesign("The file makes its reader crash: it is damaged.", status=status)


def _understood(output: bytes) -> tuple[Measures, bytes | None]:
    """Measures and picture from the answer, which is checked: a native parser wrote beside it."""
    try:
        answer: dict[str, Any] = json.loads(output)
        if "refused" in answer:
            raise _ERRORS[answer["error"]](str(answer["refused"]), **answer["facts"])
        stated = answer["measures"]
        box = stated["bounding_box_mm"]
        measures = Measures(
            format=DesignFormat(stated["format"]),
            bounding_box_mm=None if box is None else (float(box[0]), float(box[1]), float(box[2])),
            volume_mm3=None if stated["volume_mm3"] is None else float(stated["volume_mm3"]),
            triangles=None if stated["triangles"] is None else int(stated["triangles"]),
            watertight=None if stated["watertight"] is None else bool(stated["watertight"]),
            note=None if stated["note"] is None else str(stated["note"]),
        )
        png = None if answer["png"] is None else base64.b64decode(answer["png"], validate=True)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise InvalidDesign("The file makes its reader give no sensible answer.") from error
    if png is not None and not png.startswith(_PNG):
        raise InvalidDesign("The file makes its reader give no sensible picture.")
    return measures, png
