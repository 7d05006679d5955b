"""The sealed files that jobs need, each fetched once and verified against its CID."""

from __future__ import annotations

from pathlib import Path

from ledger.errors import DesignTooLarge
from ledger.gate.bench import Bench
from ledger.gate.book import Job
from ledger.gate.disk import translated
from ledger.ipfs import cid_of
from ledger.models import Ticket


class SealedFiles:
    """The folder of sealed files, as far as jobs or leases still have to open them."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._verified: set[str] = set()

    def get(self, job: Job) -> Path:
        """The sealed file of a job, fetched if it is not there. Raises what `fetch` does."""
        return self.fetch(job.ticket)

    def fetch(self, ticket: Ticket) -> Path:
        """The sealed file that a ticket names, fetched if it is not there.

        Raises ContentNotFound, IpfsUnavailable, DigestMismatch, DesignTooLarge, StoreUnavailable.
        """
        config = self._bench.config
        path = config.sealed / ticket.cid
        with translated("The folder of sealed files"):
            if path.exists() and path.name not in self._verified:
                with path.open("rb") as file:
                    if cid_of(file) == ticket.cid:
                        self._verified.add(path.name)
            if path.name in self._verified and path.exists():
                return path
            if ticket.sealed_size > config.max_sealed_bytes:
                raise DesignTooLarge(
                    f"The sealed file has {ticket.sealed_size} bytes; this gate takes at most "
                    f"{config.max_sealed_bytes} (max_sealed_bytes in gate.toml)."
                )
            partial = path.with_suffix(".part")
            try:
                with partial.open("wb") as sink:
                    self._bench.content.fetch(ticket.cid, sink, max_bytes=ticket.sealed_size)
                partial.replace(path)
            finally:
                partial.unlink(missing_ok=True)
        self._verified.add(path.name)
        return path

    def tidy(self) -> None:
        """Remove sealed files that no job needs any more. Raises StoreUnavailable."""
        needed = self._bench.needed_cids()
        with translated("The folder of sealed files"):
            for path in self._bench.config.sealed.iterdir():
                if path.name not in needed:
                    path.unlink()
                    self._verified.discard(path.name)
