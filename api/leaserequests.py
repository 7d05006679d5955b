"""Requests about leases and printers' journals as JSON."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.fields import AddressText, DigestText, Number, Seconds, SignatureText, Uint32, Uint63
from api.requests import Body
from ledger.models import (
    Address,
    ContentHash,
    Digest,
    JournalEntry,
    JournalKind,
    LeaseRequest,
)
from ledger.services.journals import MOST_ENTRIES
from ledger.signing import parse_signature


class LeaseRequestBody(Body):
    """What the licensee asks for (EIP-712 `LeaseRequest`)."""

    design: DigestText
    license: Number
    printer: AddressText
    count: Annotated[Uint32, Field(examples=[250])]
    lifetime: Annotated[Seconds, Field(examples=[604_800])]
    silence: Annotated[Seconds, Field(examples=[172_800])]
    job: DigestText
    nonce: DigestText
    deadline: Seconds

    def message(self) -> LeaseRequest:
        """The signed message."""
        return LeaseRequest(
            ContentHash.parse(self.design),
            self.license,
            Address(self.printer),
            self.count,
            self.lifetime,
            self.silence,
            Digest.parse(self.job),
            Digest.parse(self.nonce),
            self.deadline,
        )


class LeaseIn(Body):
    """A lease request with its licensee's signature."""

    request: LeaseRequestBody
    signature: SignatureText


class JournalEntryBody(Body):
    """One line of a printer's journal (EIP-712 `JournalEntry`), of the printer in the path."""

    sequence: Annotated[Uint63, Field(ge=1, examples=[1])]
    previous: DigestText
    machine: DigestText
    kind: JournalKind
    lease: DigestText
    serial: Uint32
    at: Seconds
    seen: Seconds

    def message(self, printer: Address) -> JournalEntry:
        """The signed message."""
        return JournalEntry(
            printer,
            self.sequence,
            Digest.parse(self.previous),
            Digest.parse(self.machine),
            self.kind,
            Digest.parse(self.lease),
            self.serial,
            self.at,
            self.seen,
        )


class SignedEntryIn(Body):
    """An entry with its printer's signature."""

    entry: JournalEntryBody
    signature: SignatureText


class JournalIn(Body):
    """Entries of one printer's journal, numbered one after the other."""

    entries: Annotated[list[SignedEntryIn], Field(min_length=1, max_length=MOST_ENTRIES)]

    def signed(self, printer: Address) -> list[tuple[JournalEntry, bytes]]:
        """The messages with their signatures."""
        return [
            (one.entry.message(printer), parse_signature(one.signature)) for one in self.entries
        ]
