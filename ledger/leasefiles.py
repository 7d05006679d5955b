"""Leases as a file: print tokens for a printer that will be offline, with all that it needs.

JSON with `format` 1, the `lease` and its `signature`, who is said to have signed it, the
deployment that it is meant for, its `tickets` (as in a ticket's own file), the content `key`
wrapped to the printer, and the `news` of the day. Members beside those are ignored, except
in `lease`, whose content is signed and must be known to the last one. Reference:
docs/leases.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak

from ledger import newsfiles, tickets
from ledger.errors import MalformedLease, MalformedNews, MalformedTicket
from ledger.forms import Reader, portable
from ledger.models import Address, ContentHash, Digest, Lease, Ticket
from ledger.newsfiles import NewsFile
from ledger.tokens import Domain

FORMAT = 1
SUFFIX = ".lease.json"
"""How the name of a lease's file ends."""

MAX_TICKETS = 64
"""A lease has no more tokens: one names up to 256 serials."""

MAX_BYTES = newsfiles.MAX_BYTES + MAX_TICKETS * 16 * 1024
"""Larger files are no leases: one has some KiB, and the news that come with it."""

KEY_BYTES = 81
"""A content key wrapped to a printer (`vault.release_key`)."""

_LEASE_MEMBERS = frozenset(
    ("request", "design", "license", "printer", "tokens", "count", "content", "job")
) | frozenset(("not_before", "deadline", "silence"))
_TIME_BITS = 40
_READ = Reader("lease", MalformedLease, MAX_BYTES)


@dataclass(frozen=True, slots=True)
class LeaseFile:
    """A lease as it travels; nothing of it is believed before its signatures are checked.

    `tickets` are in the order of their words; `key` is the wrapped content key (81 bytes),
    bound to the lease's digest in place of a token's.
    """

    lease: Lease
    signature: bytes
    signer: Address
    chain_id: int
    contract: Address
    tickets: tuple[Ticket, ...]
    key: bytes
    news: NewsFile


def parse(data: bytes) -> LeaseFile:
    """The lease in a file.

    Raises MalformedLease for a wrong form, and if its parts do not belong together: tokens
    that are not those of the lease, or parts for different deployments.
    """
    return _READ.read(data, _file)


def dump(file: LeaseFile) -> bytes:
    """The file of a lease; `parse` undoes it."""
    return json.dumps(as_json(file), indent=1).encode() + b"\n"


def as_json(file: LeaseFile) -> dict[str, Any]:
    """A lease as a JSON object: the file's content, and the API's answer."""
    lease = file.lease
    return {
        "format": FORMAT,
        "lease": {
            "request": str(lease.request),
            "design": str(lease.design),
            "license": portable(lease.license),
            "printer": lease.printer,
            "tokens": str(lease.tokens),
            "count": lease.count,
            "content": str(lease.content),
            "job": str(lease.job),
            "not_before": lease.not_before,
            "deadline": lease.deadline,
            "silence": lease.silence,
        },
        "signature": "0x" + file.signature.hex(),
        "signer": file.signer,
        "chain_id": file.chain_id,
        "contract": file.contract,
        "digest": str(digest_of(file)),
        "tickets": [tickets.as_json(ticket) for ticket in file.tickets],
        "key": "0x" + file.key.hex(),
        "news": newsfiles.as_json(file.news),
    }


def digest_of(file: LeaseFile) -> Digest:
    """The EIP-712 digest of the lease, computed for the deployment that the file names."""
    domain = Domain(file.chain_id, registry=file.contract, licenses=file.contract)
    return domain.typed(file.lease).digest()


def tokens_digest(digests: Sequence[Digest]) -> Digest:
    """Keccak-256 of the tokens' digests, one behind the other: `Lease.tokens`."""
    return Digest(keccak(b"".join(digests)))


def _file(row: Mapping[str, Any]) -> LeaseFile:
    _READ.require_format(row, FORMAT)
    file = LeaseFile(
        lease=_lease(row["lease"]),
        signature=_READ.signature(row),
        signer=Address(_READ.text(row, "signer")),
        chain_id=_READ.integer(row, "chain_id", 256),
        contract=Address(_READ.text(row, "contract")),
        tickets=tuple(_ticket(item) for item in _READ.items(row, "tickets", MAX_TICKETS)),
        key=_key(_READ.text(row, "key")),
        news=_news(row["news"]),
    )
    _require_whole(file, Digest.parse(_READ.text(row, "digest")))
    return file


def _lease(value: object) -> Lease:
    row = _READ.members(value, "lease", _LEASE_MEMBERS)
    return Lease(
        request=Digest.parse(_READ.text(row, "request")),
        design=ContentHash.parse(_READ.text(row, "design")),
        license=_READ.integer(row, "license", 256),
        printer=Address(_READ.text(row, "printer")),
        tokens=Digest.parse(_READ.text(row, "tokens")),
        count=_READ.integer(row, "count", 32),
        content=ContentHash.parse(_READ.text(row, "content")),
        job=Digest.parse(_READ.text(row, "job")),
        not_before=_READ.integer(row, "not_before", _TIME_BITS),
        deadline=_READ.integer(row, "deadline", _TIME_BITS),
        silence=_READ.integer(row, "silence", _TIME_BITS),
    )


def _ticket(value: object) -> Ticket:
    row = _READ.members(value, "ticket")
    try:
        return tickets.form_of(row).ticket
    except MalformedTicket as error:
        raise MalformedLease(f"A ticket of the lease is none: {error.detail}") from error


def _news(value: object) -> NewsFile:
    row = _READ.members(value, "news")
    try:
        return newsfiles.file_of(row)
    except MalformedNews as error:
        raise MalformedLease(f"The news in the lease are none: {error.detail}") from error


def _key(text: str) -> bytes:
    try:
        key = bytes.fromhex(text.removeprefix("0x"))
    except ValueError as error:
        raise MalformedLease("The lease's key is not hexadecimal.") from error
    if len(key) != KEY_BYTES:
        raise MalformedLease(f"The lease's key has {KEY_BYTES} bytes, not {len(key)}.")
    return key


def _require_whole(file: LeaseFile, claimed: Digest) -> None:
    """Raise MalformedLease unless all parts of the file belong to one lease."""
    lease, deployment = file.lease, (file.chain_id, file.contract)
    if digest_of(file) != claimed:
        raise MalformedLease(f"The lease's digest is not the {claimed} that it claims.")
    if (file.news.chain_id, file.news.contract) != deployment:
        raise MalformedLease("The news in the lease are of another deployment.")
    said = (lease.design, lease.license, lease.printer, lease.job, lease.not_before, lease.deadline)
    for ticket in file.tickets:
        token = ticket.token
        if (ticket.chain_id, ticket.contract) != deployment:
            raise MalformedLease("A ticket of the lease is of another deployment.")
        if said != (
            *(token.design, token.license, token.printer),
            *(token.job, token.not_before, token.deadline),
        ):
            raise MalformedLease("A ticket of the lease is not of its license and window.")
    words = [ticket.token.word for ticket in file.tickets]
    if words != sorted(set(words)):
        raise MalformedLease("The lease's tickets are not in the order of their words.")
    if sum(ticket.token.serials.bit_count() for ticket in file.tickets) != lease.count:
        raise MalformedLease("The lease's tickets have not as many serials as it says.")
    if tokens_digest([tickets.digest_of(ticket) for ticket in file.tickets]) != lease.tokens:
        raise MalformedLease("The lease's tickets are not those that were signed.")
