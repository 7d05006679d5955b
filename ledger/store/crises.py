"""Pledges and crises in the projection: what their events make, and questions to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlmodel import Session, col, select

from ledger.models import Digest, Region, Rights
from ledger.store.crisistables import CenterRow, CrisisLicenseRow, CrisisRow, PledgeRow
from ledger.store.places import Place, in_order, place_of
from ledger.store.tables import LicenseRow

if TYPE_CHECKING:
    from ledger.store.projection import Event


# --- from events -------------------------------------------------------------


def _pledged(session: Session, event: Event) -> None:
    """A pledge after one that ran out counts from zero; one that still binds counts on."""
    said = event.arguments
    before = session.get(PledgeRow, (said["design"], said["council"]))
    binds = before is not None and event.block_time < before.until
    session.merge(
        PledgeRow(
            design=said["design"],
            council=said["council"],
            by=said["by"],
            until=said["until"],
            max_duration=said["maxDuration"],
            quota_per_license=said["quotaPerLicense"],
            quota_in_all=said["quotaInAll"],
            taken=before.taken if before is not None and binds else 0,
            document=said["document"],
            pledged_at=event.block_time,
            **place_of(event),
        )
    )


def _declared(session: Session, event: Event) -> None:
    said = event.arguments
    session.add(
        CrisisRow(
            crisis=int(said["crisis"]),
            council=said["council"],
            region=Region.show(Digest.parse(said["region"])),
            until=said["until"],
            evidence=said["evidence"],
            signer=said["signer"],
            declared_at=event.block_time,
            **place_of(event),
        )
    )


def _ended(session: Session, event: Event) -> None:
    row = session.get_one(CrisisRow, int(event.arguments["crisis"]))
    row.ended = event.arguments["ended"]
    row.ended_block, row.ended_log_index = event.block, event.log_index


def _center_named(session: Session, event: Event) -> None:
    said = event.arguments
    session.merge(CenterRow(council=said["council"], center=said["center"], named=said["named"]))


def _taken(session: Session, event: Event) -> None:
    said = event.arguments
    number, crisis = int(said["license"]), int(said["crisis"])
    session.add(
        LicenseRow(
            license=number,
            design=said["design"],
            licensee=said["licensee"],
            quota=said["quota"],
            expiry=said["expiry"],
            grace=0,
            rights=Rights.IRREVOCABLE | Rights.CRISIS,
            issued_at=event.block_time,
            **place_of(event),
        )
    )
    session.add(
        CrisisLicenseRow(
            license=number,
            crisis=crisis,
            design=said["design"],
            taker=said["licensee"],
            quota=said["quota"],
            taken_at=event.block_time,
        )
    )
    council = session.get_one(CrisisRow, crisis).council
    session.get_one(PledgeRow, (said["design"], council)).taken += said["quota"]


HANDLERS: Mapping[str, Callable[[Session, Any], None]] = {
    "DesignPledged": _pledged,
    "CrisisDeclared": _declared,
    "CrisisEnded": _ended,
    "CenterNamed": _center_named,
    "CrisisLicenseTaken": _taken,
}
"""What each event changes, by its name."""


# --- questions ---------------------------------------------------------------


def crisis(session: Session, number: int) -> CrisisRow | None:
    """One crisis by its number."""
    return session.get(CrisisRow, number)


def crises(
    session: Session, council: str | None, after: Place | None, limit: int
) -> Sequence[CrisisRow]:
    """Crises in the order of their declaration, of one council if named."""
    return in_order(session, CrisisRow, {"council": council}, after, limit)


def pledges(
    session: Session,
    design: str | None,
    council: str | None,
    after: Place | None,
    limit: int,
) -> Sequence[PledgeRow]:
    """Pledges in the order of their newest terms, of one design or to one council if named."""
    return in_order(session, PledgeRow, {"design": design, "council": council}, after, limit)


def crisis_of(session: Session, license: int) -> CrisisRow | None:
    """The crisis in which a license was taken; None for any other license."""
    taken = session.get(CrisisLicenseRow, license)
    return None if taken is None else session.get(CrisisRow, taken.crisis)


def licenses_of(
    session: Session, limit: int | None = None, **wanted: str | int
) -> Sequence[CrisisLicenseRow]:
    """Licenses that were taken in crises, those whose columns have these values, by number."""
    query = select(CrisisLicenseRow).order_by(col(CrisisLicenseRow.license)).limit(limit)
    for name, value in wanted.items():
        query = query.where(getattr(CrisisLicenseRow, name) == value)
    return session.exec(query).all()


def centers(session: Session, council: str) -> tuple[bool, list[str]]:
    """`(whether the council names centers at all, those that it names)`."""
    rows = session.exec(
        select(CenterRow).where(col(CenterRow.council) == council).order_by(col(CenterRow.center))
    ).all()
    return bool(rows), [row.center for row in rows if row.named]
