"""Leases, news and orders that are dropped into the inbox."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ledger import leasefiles, newsfiles
from ledger.errors import (
    ChainUnavailable,
    LeaseEnded,
    LeaseNotFound,
    LicenseNotFound,
    LicenseRevoked,
    NotIssuer,
    QuotaExhausted,
    Recalled,
    RequestReplayed,
)
from ledger.gate.bench import Bench
from ledger.gate.disk import translated
from ledger.gate.journal import State
from ledger.gate.leases import orders
from ledger.gate.leases.check import LeaseFacts, accept
from ledger.gate.leases.desk import Desk
from ledger.gate.refusing import drop_claim
from ledger.leasefiles import LeaseFile
from ledger.models import Digest, JournalKind, serials_of
from ledger.vault import receive_key, release_info


class LeaseIntake:
    """Decides on dropped files that are about leases, by the endings of their names."""

    def __init__(self, bench: Bench, desk: Desk) -> None:
        self._bench = bench
        self._desk = desk
        self._by_suffix: dict[str, tuple[int, Callable[[Path, Digest, bytes], None]]] = {
            leasefiles.SUFFIX: (leasefiles.MAX_BYTES, self._lease),
            newsfiles.SUFFIX: (newsfiles.MAX_BYTES, self._news),
            orders.PRINT_SUFFIX: (orders.MAX_BYTES, self._print),
            orders.RETURN_SUFFIX: (orders.MAX_BYTES, self._return),
        }

    def takes(self, name: str) -> bool:
        """Whether a file of this name is for this intake."""
        return name.endswith(tuple(self._by_suffix))

    def decide(self, claim: Path, file: Digest) -> None:
        """Take one claimed file in; it is gone from the intake then. Safe to repeat.

        `file` is its SHA-256. Raises why it is refused; StoreUnavailable and
        TokenNotYetValid if it cannot be decided yet.
        """
        most, decide = next(
            found for suffix, found in self._by_suffix.items() if claim.name.endswith(suffix)
        )
        with translated("The inbox"), claim.open("rb") as source:
            data = source.read(most + 1)
        decide(claim, file, data)
        drop_claim(claim)

    def _lease(self, claim: Path, _file: Digest, data: bytes) -> None:
        file = leasefiles.parse(data)
        digest, desk = leasefiles.digest_of(file), self._desk
        earlier = desk.shelf.leases.get(digest)
        if earlier is not None and earlier.live:
            if earlier.claim == claim.name:  # a crash came before the file was removed
                return
            raise RequestReplayed("This gate has the lease already.", lease=str(digest))
        if earlier is not None and (earlier.returned or not desk.left(earlier)):
            raise LeaseEnded(f"The lease is over: {earlier.ended}.", lease=str(digest))
        desk.require_sound()
        accept(self._facts(digest, file)).require()
        gone = self._gone(file)
        self._require_key(digest, file)
        desk.take_news(desk.news_for(file.news), live=False)
        desk.keep_key(digest, file.key)
        self._bench.record(
            str(digest),
            State.LEASED,
            lease=str(digest),
            # A journal is for ever, and the key is not.
            document=leasefiles.dump(replace(file, key=bytes(leasefiles.KEY_BYTES))).decode(),
            claim=claim.name,
            machine=str(desk.machine),
            gone=sorted(gone),
        )

    def _facts(self, digest: Digest, file: LeaseFile) -> LeaseFacts:
        bench, desk = self._bench, self._desk
        return LeaseFacts(
            digest=digest,
            file=file,
            domain=bench.domain,
            printer=bench.keys.printer,
            issuer=bench.config.issuer,
            time=max(desk.reading().time, file.news.news.issued_at),
            news=desk.news_for(file.news),
            tickets={},
            spent=frozenset(),
            turn=None,
        )

    def _gone(self, file: LeaseFile) -> set[int]:
        """The serials that are spent on chain already, by whomever.

        Where the chain answers it decides: raises NotIssuer, Recalled, LicenseNotFound or
        LicenseRevoked. Where it does not, the pinned issuer's signature has to do.
        """
        gone: set[int] = set()
        try:
            for ticket in file.tickets:
                facts, token = self._bench.facts(ticket), ticket.token
                if facts.recalled is not None:
                    raise Recalled(
                        f"{facts.recalled} is recalled.",
                        design=str(token.design),
                        recalled=str(facts.recalled),
                    )
                if not facts.may_issue:
                    raise NotIssuer(
                        f"{ticket.signer} may not sign for the design {token.design}.",
                        signer=ticket.signer,
                        design=str(token.design),
                    )
                if facts.license is None:
                    raise LicenseNotFound(f"There is no license {token.license}.")
                if facts.license.revoked:
                    raise LicenseRevoked(f"License {token.license} was revoked.")
                gone.update(serials_of(token.word, token.serials & facts.spent))
        except ChainUnavailable:
            return gone  # what it said before it fell silent holds
        return gone

    def _require_key(self, digest: Digest, file: LeaseFile) -> None:
        """Raise UnsealFailed unless the lease's key opens here: better now than at the print."""
        lease, keys = file.lease, self._bench.keys
        info = release_info(lease.design, lease.license, keys.printer, digest)
        receive_key(file.key, keys.kem, info)

    def _news(self, _claim: Path, _file: Digest, data: bytes) -> None:
        self._desk.take_news(newsfiles.parse(data), live=False)

    def _print(self, claim: Path, file: Digest, data: bytes) -> None:
        wanted, shelf = orders.parse_print(data), self._desk.shelf
        if claim.name in shelf.orders:  # a crash came before the file was removed
            return
        held = shelf.leases.get(wanted.lease)
        if held is None:
            raise LeaseNotFound(f"This gate does not have the lease {wanted.lease}.")
        if not held.live or held.returned:
            raise LeaseEnded(f"The lease is over: {held.ended or 'it was given back'}.")
        left = self._desk.left(held)
        if wanted.count is None or wanted.count > left:
            raise QuotaExhausted(
                f"{wanted.count} prints are asked for; the lease has {left} left.",
                license=str(held.file.lease.license),
                free=left,
            )
        self._bench.record(
            claim.name,
            State.WANTED,
            lease=str(wanted.lease),
            count=wanted.count,
            file=str(file),
        )

    def _return(self, _claim: Path, _file: Digest, data: bytes) -> None:
        wanted = orders.parse_return(data)
        held = self._desk.shelf.leases.get(wanted.lease)
        if held is None:
            raise LeaseNotFound(f"This gate does not have the lease {wanted.lease}.")
        if held.returned:
            return  # given back once is given back
        # A copy does not know what the other one has spent: it gives nothing back.
        self._desk.require_home()
        self._desk.enter(JournalKind.RETURN, wanted.lease)
