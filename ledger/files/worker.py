"""The child process in which a stranger's file is parsed.

It reads one request from its input, confines itself, does the work and writes
one answer, both JSON. A refusal is an answer; anything unforeseen is left to
end the process, and the parent (child.py) says what that means.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from pathlib import Path
from typing import Any

from ledger.errors import InvalidDesign
from ledger.files.limits import MIB, Limits

MAX_ANSWER_BYTES = 16 * MIB
MEMORY_REFUSAL = "Reading the file takes more memory than one file may use."


def confine(limits: Limits) -> None:
    """Bound this process for good: CPU, address space, open files, bytes written, no core dump.

    Done here and not between fork and exec, which is not safe in a server with
    threads. RLIMIT_AS is not enforced on macOS; the limits on sizes and counts
    hold everywhere.
    """
    import resource

    def bound(kind: int, value: int) -> None:
        _, hard = resource.getrlimit(kind)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))

    bound(resource.RLIMIT_CPU, limits.parse_seconds)
    bound(resource.RLIMIT_CORE, 0)
    bound(resource.RLIMIT_NOFILE, 64)
    bound(resource.RLIMIT_FSIZE, MAX_ANSWER_BYTES)
    if sys.platform != "darwin":
        bound(resource.RLIMIT_AS, limits.parse_memory_bytes)
    sys.addaudithook(_forbid)


def _forbid(event: str, _arguments: object) -> None:
    """No parser has business with the network or with other programs.

    A guard against what Python code in a dependency might do; native code does
    not ask.
    """
    if event.startswith(("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn")):
        raise PermissionError(f"{event} is not allowed while a design file is read")


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Measure and draw as the request says; a refusal is part of the answer."""
    from dataclasses import asdict

    from ledger.files.measuring import measure

    limits = Limits(**request["limits"])
    try:
        measures, shape = measure(Path(request["path"]), limits)
        png = None
        if shape is not None and request["size"]:
            from ledger.files.render import picture

            png = base64.b64encode(picture(shape, request["size"])).decode()
    except InvalidDesign as error:
        return {
            "refused": error.detail,
            "error": type(error).__name__,
            "facts": dict(error.facts),
        }
    except MemoryError:
        return {"refused": MEMORY_REFUSAL, "error": InvalidDesign.__name__, "facts": {}}
    return {"measures": asdict(measures), "png": png}


def main() -> None:
    """One request, one answer. Nothing but the answer reaches the real output."""
    output = os.dup(1)
    os.dup2(2, 1)  # whatever a native library prints goes to the error output
    request = json.load(sys.stdin.buffer)
    confine(Limits(**request["limits"]))
    with os.fdopen(output, "wb") as stream:
        stream.write(json.dumps(answer(request)).encode())


if __name__ == "__main__":
    main()
