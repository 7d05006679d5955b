"""The inbox: which files are complete, and taking them out of everybody's reach."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable
from pathlib import Path

from ledger import tickets
from ledger.errors import LedgerError
from ledger.gate.config import Config
from ledger.gate.disk import move, translated
from ledger.gate.ports import Clock

_UNFINISHED = (".part", ".partial", ".tmp", ".crdownload")
_MAX_NAME_BYTES = 160


class Inbox:
    """The folder in which tickets (and what else people try) are dropped.

    A file is *claimed* by a rename into a private folder, and judged there: nobody can
    change its name or swap it between look and decision.
    """

    def __init__(self, config: Config, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._seen: dict[str, tuple[tuple[int, int, int], int]] = {}

    def tidy(self) -> None:
        """After a start: remove what a life that was killed left half written. StoreUnavailable."""
        with translated("The inbox"):
            for path in self._config.intake.iterdir():
                if path.name.startswith("."):  # no claim does
                    path.unlink()

    def claim_ready(self) -> bool:
        """Claim every file that is complete; whether any was. Raises StoreUnavailable."""
        with translated("The inbox"):
            present = sorted(path for path in self._config.inbox.iterdir() if _visible(path))
            self._seen = {p.name: self._seen[p.name] for p in present if p.name in self._seen}
            return self._claim_all(path for path in present if self._is_complete(path))

    def claims(self) -> list[Path]:
        """What was claimed and not decided yet, oldest first. Raises StoreUnavailable."""
        with translated("The inbox"):
            return sorted(self._config.intake.iterdir())

    def waiting(self) -> bool:
        """Whether there is anything in the inbox that will be claimed sooner or later."""
        with translated("The inbox"):
            return any(_visible(path) for path in self._config.inbox.iterdir())

    def _is_complete(self, path: Path) -> bool:
        try:
            status = path.lstat()
        except FileNotFoundError:
            return False
        # A ticket is complete when it can be read as one: no need to wait.
        regular = stat.S_ISREG(status.st_mode)
        if regular and path.name.endswith(tickets.SUFFIX) and _is_ticket(path):
            return True
        now = self._clock.now()
        look = (status.st_ino, status.st_size, status.st_mtime_ns)
        last, since = self._seen.get(path.name, (None, now))
        if last != look or now < since:
            self._seen[path.name] = (look, now)
            return False
        return now - since >= self._config.settle_seconds

    def _claim_all(self, ready: Iterable[Path]) -> bool:
        """Claim what can be; one file that cannot does not keep the others waiting."""
        claimed, trouble = False, None
        for path in ready:
            try:
                claimed |= self._claim(path)
            except OSError as error:
                trouble = error
        if trouble is not None:
            raise trouble
        return claimed

    def _claim(self, path: Path) -> bool:
        name = _plain(path.name)
        number = 1
        while True:
            claim = f"{self._clock.now()}-{number}-{name}"
            if not any((folder / claim).exists() for folder in self._taken_by):
                break
            number += 1
        try:
            move(path, self._config.intake / claim)
        except FileNotFoundError:  # taken back at the last moment
            return False
        return True

    @property
    def _taken_by(self) -> tuple[Path, Path]:
        return self._config.intake, self._config.refused


def original_name(claim: str) -> str:
    """The name under which a claimed file was dropped (its safe characters)."""
    return claim.split("-", 2)[2]


def read_ticket(path: Path) -> bytes:
    """A ticket's bytes, one more than allowed at most. Raises OSError.

    Neither through a link nor from a pipe, which somebody may have put there a moment ago:
    the gate would wait for its other end.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return b""
        return file.read(tickets.MAX_BYTES + 1)


def _visible(path: Path) -> bool:
    return not path.name.startswith(".") and not path.name.endswith(_UNFINISHED)


def _is_ticket(path: Path) -> bool:
    try:
        tickets.parse(read_ticket(path))
    except (LedgerError, OSError):
        return False
    return True


def _plain(name: str) -> str:
    """The name without what a file system, a log or a page could stumble over; its end."""
    safe = re.sub(r"[^\w.\- ]", "_", name)
    return safe.encode()[-_MAX_NAME_BYTES:].decode(errors="ignore")
