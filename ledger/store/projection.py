"""Events of the chain into rows: the same events give the same rows, whenever they come.

Each handler is one event. The rows hold nothing that is not in the events, so the
projection can be dropped and rebuilt to the same bytes (`fingerprint`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from sqlalchemy import delete, func, inspect
from sqlmodel import Session, col, select

from ledger import checkpoints
from ledger.models import NATIVE_CURRENCY, Digest
from ledger.store import crises, life, lineage, money, redemptions
from ledger.store.logtables import CheckpointRow, as_text
from ledger.store.places import place_of
from ledger.store.tables import (
    PROJECTION,
    CursorRow,
    DesignRow,
    EventRow,
    IssuerRow,
    LicenseRow,
    OfferRow,
    PartyRow,
)

_ADDRESS_LENGTH = 42
_NO_PARTIES = ("currency", "reason")
"""Arguments that can be as long as an address, and name nobody."""


class Event(Protocol):
    """What `ledger.chain.ChainEvent` is: the projection needs no more of the chain."""

    @property
    def name(self) -> str: ...
    @property
    def arguments(self) -> Mapping[str, Any]: ...
    @property
    def block(self) -> int: ...
    @property
    def block_hash(self) -> Digest: ...
    @property
    def block_time(self) -> int: ...
    @property
    def transaction(self) -> Digest: ...
    @property
    def log_index(self) -> int: ...


def position(session: Session) -> tuple[int, str] | None:
    """`(block, block hash)` that the projection has come to, or None before the first."""
    row = session.get(CursorRow, 1)
    return (row.block, row.block_hash) if row else None


def advance(session: Session, events: Iterable[Event], block: int, block_hash: Digest) -> int:
    """Apply the events up to and including `block`; return how many there were."""
    count = 0
    for event in events:
        session.add(_event_row(event))
        session.add_all(_parties(event))
        _apply(session, event)
        count += 1
    session.merge(CursorRow(id=1, block=block, block_hash=str(block_hash)))
    return count


def drop(session: Session) -> None:
    """Empty the projection. What only the service knows stays."""
    for table in PROJECTION:
        session.execute(delete(table))


def fingerprint(session: Session) -> str:
    """SHA-256 over every row of the projection in its order, as hexadecimal."""
    digest = hashlib.sha256()
    for table in PROJECTION:
        if table is CursorRow:
            continue
        keys = inspect(table).primary_key
        for row in session.exec(select(table).order_by(*keys)):
            digest.update(json.dumps([table.__name__, row.model_dump()], sort_keys=True).encode())
    return digest.hexdigest()


def _event_row(event: Event) -> EventRow:
    arguments = event.arguments
    design = arguments.get("design")
    if event.name == "Transfer":
        design = str(Digest.of_int(int(arguments["tokenId"])))
    return EventRow(
        block=event.block,
        log_index=event.log_index,
        name=event.name,
        arguments=json.dumps(arguments, sort_keys=True),
        block_hash=str(event.block_hash),
        block_time=event.block_time,
        transaction=str(event.transaction),
        design=design,
    )


def _parties(event: Event) -> list[PartyRow]:
    named = {
        value
        for name, value in event.arguments.items()
        if isinstance(value, str) and len(value) == _ADDRESS_LENGTH and name not in _NO_PARTIES
    }
    return [
        PartyRow(account=account, block=event.block, log_index=event.log_index)
        for account in sorted(named)
    ]


def _apply(session: Session, event: Event) -> None:
    _HANDLERS[event.name](session, event)
    session.flush()


def _transfer(session: Session, event: Event) -> None:
    """ERC-721 puts a mint's `Transfer` before our `DesignRegistered`, which makes the row."""
    row = session.get(DesignRow, str(Digest.of_int(int(event.arguments["tokenId"]))))
    if row is not None:
        row.owner = event.arguments["to"]


def _design_registered(session: Session, event: Event) -> None:
    session.add(
        DesignRow(
            design=event.arguments["design"],
            owner=event.arguments["designer"],
            designer=event.arguments["designer"],
            metadata_digest=event.arguments["metadata"],
            registered_at=event.block_time,
            **place_of(event),
        )
    )


def _issuer_authorized(session: Session, event: Event) -> None:
    session.merge(
        IssuerRow(
            designer=event.arguments["designer"],
            issuer=event.arguments["issuer"],
            expiry=event.arguments["expiry"],
        )
    )


def _offer_opened(session: Session, event: Event) -> None:
    session.merge(
        OfferRow(
            offer=event.arguments["offer"],
            design=event.arguments["design"],
            terms=event.arguments["terms"],
            currency=event.arguments["currency"],
            price=str(event.arguments["price"]),
            min_quota=event.arguments["minQuota"],
            max_quota=event.arguments["maxQuota"],
            opens=event.arguments["opens"],
            closes=event.arguments["closes"],
            duration=event.arguments["duration"],
            grace=event.arguments["grace"],
            licensee=event.arguments["licensee"],
            max_per_licensee=event.arguments["maxPerLicensee"],
            rights=event.arguments["rights"],
            open=True,
            **place_of(event),
        )
    )


def _offer_closed(session: Session, event: Event) -> None:
    row = session.get_one(OfferRow, event.arguments["offer"])
    row.open = False


def _license_issued(session: Session, event: Event) -> None:
    """One that was bought has the currency and the rights of its offer."""
    named = event.arguments.get("offer")
    offer = None if named is None else session.get_one(OfferRow, named)
    session.add(
        LicenseRow(
            license=int(event.arguments["license"]),
            design=event.arguments["design"],
            licensee=event.arguments["licensee"],
            quota=event.arguments["quota"],
            expiry=event.arguments["expiry"],
            grace=event.arguments["grace"],
            offer=named,
            currency=offer.currency if offer and int(offer.price) else NATIVE_CURRENCY,
            rights=offer.rights if offer else event.arguments["rights"],
            price=str(event.arguments.get("price", 0)),
            issued_at=event.block_time,
            **place_of(event),
        )
    )


def _license_ended(session: Session, event: Event) -> None:
    row = session.get_one(LicenseRow, int(event.arguments["license"]))
    row.expiry, row.revoked = event.arguments["expiry"], True


def _anchored(session: Session, event: Event) -> None:
    """Anybody can anchor a log of their own: each log is held to its own past."""
    log, root = event.arguments["log"], event.arguments["root"]
    size = int(event.arguments["size"])
    before = select(CheckpointRow).where(col(CheckpointRow.log) == log)
    same = before.where(col(CheckpointRow.size) == as_text(size)).order_by(
        col(CheckpointRow.block), col(CheckpointRow.log_index)
    )
    first = session.exec(same.limit(1)).first()
    greatest = session.exec(
        select(func.max(CheckpointRow.size)).where(col(CheckpointRow.log) == log)
    ).one()
    verdict = checkpoints.judge(
        size,
        Digest.parse(root),
        int(greatest or 0),
        Digest.parse(first.root) if first else None,
    )
    session.add(
        CheckpointRow(
            log=log,
            size=as_text(size),
            root=root,
            verdict=verdict.value,
            anchored_at=event.block_time,
            **place_of(event),
        )
    )


_HANDLERS: Mapping[str, Callable[[Session, Event], None]] = {
    "Transfer": _transfer,
    "DesignRegistered": _design_registered,
    "IssuerAuthorized": _issuer_authorized,
    "OfferOpened": _offer_opened,
    "OfferClosed": _offer_closed,
    "LicenseBought": _license_issued,
    "LicenseGranted": _license_issued,
    "LicenseEnded": _license_ended,
    "Anchored": _anchored,
    **crises.HANDLERS,
    **life.HANDLERS,
    **lineage.HANDLERS,
    **money.HANDLERS,
    **redemptions.HANDLERS,
}
