"""Crises in the audit: the events that belong to a license's crisis, and what looks like abuse.

Nothing here is a contradiction: a crisis license lasts beyond its crisis on purpose, and a
center may take two. What stands out is shown, and people judge it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ledger.errors import MalformedRequest
from ledger.models import Region
from ledger.services.findings import Finding, Severity
from ledger.store import Session, catalog, crises
from ledger.store.crisistables import CrisisLicenseRow, CrisisRow
from ledger.store.tables import EventRow, RedemptionRow

MANY_LICENSES = 3
"""Licenses of one design that one center took in one crisis: from so many on it is shown.

Two can be a first batch and what it lacked; three go around what a pledge allows to one.
"""

MOST_LICENSES = 5_000
"""Licenses of one crisis that are counted: as many rows as an audit reads of any sort."""


def events_about(session: Session, numbers: Iterable[int]) -> list[EventRow]:
    """The declaration and the end of each crisis in which one of these licenses was taken."""
    found = {
        row.crisis: row
        for number in sorted(set(numbers))
        if (row := crises.crisis_of(session, number)) is not None
    }
    return [event for row in found.values() for event in events_of(session, row)]


def events_of(session: Session, crisis: CrisisRow) -> list[EventRow]:
    """The declaration of a crisis, and its end if its council ended it."""
    places = [(crisis.block, crisis.log_index)]
    if crisis.ended_block is not None and crisis.ended_log_index is not None:
        places.append((crisis.ended_block, crisis.ended_log_index))
    return [
        event
        for block, log_index in places
        for event in catalog.events(session, block=block, log_index=log_index)
    ]


def crisis_findings(
    session: Session, events: Sequence[EventRow], redemptions: Sequence[RedemptionRow]
) -> Iterator[Finding]:
    """What stands out about these redemptions, and about the crises that the events declare."""
    yield from _printed_after(session, redemptions)
    for event in events:
        if event.name != "CrisisDeclared":
            continue
        number = int(json.loads(event.arguments)["crisis"])
        row = crises.crisis(session, number)
        if row is not None:
            yield from _taken_in_numbers(crises.licenses_of(session, MOST_LICENSES, crisis=number))
            yield from _odd_region(row)


def _printed_after(session: Session, redemptions: Sequence[RedemptionRow]) -> Iterator[Finding]:
    """A license outlasts its crisis; how much was printed on it afterwards is worth a look."""
    for redemption in redemptions:
        crisis = crises.crisis_of(session, redemption.license)
        if crisis is not None and is_after(redemption, crisis):
            prints = int(redemption.take, 16).bit_count()
            how = "was ended early" if crisis.ended is not None else "ran out"
            yield Finding(
                "printed-after-crisis",
                Severity.WARNING,
                f"{prints} prints of license {redemption.license} were redeemed at "
                f"{redemption.redeemed_at}; crisis {crisis.crisis} {how} at {crisis.over_from}.",
                f"transaction {redemption.transaction}",
            )


def is_after(redemption: RedemptionRow, crisis: CrisisRow) -> bool:
    """Whether serials were redeemed when the crisis was over.

    Where an event ended it, the places on the chain decide: both can be of one second.
    """
    if crisis.ended_block is None or crisis.ended_log_index is None:
        return redemption.redeemed_at >= crisis.over_from
    end = (crisis.ended_block, crisis.ended_log_index)
    return (redemption.block, redemption.log_index) > end


def _taken_in_numbers(taken: Sequence[CrisisLicenseRow]) -> Iterator[Finding]:
    """A pledge limits what one license has; who takes many goes around it."""
    counts = Counter((row.taker, row.design) for row in taken)
    for (taker, design), count in sorted(counts.items()):
        if count >= MANY_LICENSES:
            mine = [row for row in taken if (row.taker, row.design) == (taker, design)]
            yield Finding(
                "licenses-taken-in-numbers",
                Severity.WARNING,
                f"{taker} took {count} licenses of {design} in crisis {mine[0].crisis}, for "
                f"{sum(row.quota for row in mine)} prints in all.",
                "licenses " + ", ".join(str(row.license) for row in mine[:20]),
            )


def _odd_region(crisis: CrisisRow) -> Iterator[Finding]:
    """No contract checks the region, so a council can write anything."""
    try:
        Region(crisis.region)
    except MalformedRequest:
        yield Finding(
            "region-unknown",
            Severity.NOTE,
            f"Crisis {crisis.crisis} was declared for {crisis.region}, which is no ISO 3166 code.",
            f"transaction {crisis.transaction}",
        )
