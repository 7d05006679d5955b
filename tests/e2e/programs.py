"""The programs of the kill scenarios that are not Platemark's own commands, each run by name.

`python -m tests.e2e.programs service PORT` is the service alone, without the stack around it;
`python -m tests.e2e.programs machine HOT SECONDS` is a machine that prints from a hot folder
and writes down, durably, every file that it began to print.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path


def service(port: int) -> None:
    """Serve until killed; settings from the environment."""
    import uvicorn

    from api.app import create_app

    uvicorn.run(create_app(), host="127.0.0.1", port=port, log_level="warning")


def machine(hot: Path, seconds: float) -> None:
    """Print what comes, one file after the other; what was under way at a kill has failed."""
    taken, done, failed = hot.parent / "taken", hot / "done", hot / "failed"
    taken.mkdir(exist_ok=True)
    for path in taken.iterdir():
        path.rename(failed / path.name)
    while True:
        for path in sorted(hot.iterdir()):
            if path.is_dir() or path.name.startswith("."):
                continue
            print_one(path, taken, done, hot.parent / "printed.log", seconds)
        time.sleep(0.02)


def print_one(path: Path, taken: Path, done: Path, record: Path, seconds: float) -> None:
    """Take the file, write down that it is printed, and print it."""
    mine = taken / path.name
    path.rename(mine)
    with record.open("a", encoding="utf-8") as file:
        file.write(path.name + "\n")
        file.flush()
        os.fsync(file.fileno())
    time.sleep(seconds)
    mine.rename(done / path.name)


if __name__ == "__main__":
    name, first, *rest = sys.argv[1:]
    if name == "service":
        service(int(first))
    else:
        machine(Path(first), float(rest[0]))
