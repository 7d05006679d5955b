"""A file of the owner's, whose print waits at the host for the gate's answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from ledger.models import Digest


@dataclass(frozen=True, slots=True)
class Wanted:
    """Its name at the host and its SHA-256, both as the host tells them."""

    name: str
    sha256: Digest


@runtime_checkable
class ListeningHost(Protocol):
    """A host that holds every print, and has to hear from time to time that the gate runs."""

    def allow_own_files(self, *, allowed: bool) -> None:
        """What the next beats tell of the owner's choice."""
        ...

    def beat(self) -> Sequence[Wanted]:
        """Tell that the gate runs; the own files that wait. Raises HostUnavailable."""
        ...

    def print_own(self, job: str, wanted: Wanted) -> None:
        """Release one of those files as `job`. Raises HostUnavailable."""
        ...
