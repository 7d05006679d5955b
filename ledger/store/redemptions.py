"""Redemptions in the projection: of one token, and of the words of several at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sqlmodel import Session

from ledger.store.tables import LicenseRow, RedemptionRow, SpentRow

if TYPE_CHECKING:
    from ledger.store.projection import Event


def _serials_redeemed(session: Session, event: Event) -> None:
    said = event.arguments
    _spend(session, event, 0, said)


def _words_redeemed(session: Session, event: Event) -> None:
    """As if each token had been redeemed alone; `item` counts them within the one event."""
    for item, part in enumerate(event.arguments["words"]):
        _spend(session, event, item, part)


def _spend(session: Session, event: Event, item: int, part: Mapping[str, Any]) -> None:
    """Note one token's redemption; `part` names its printer, word, serials and digest."""
    said, word, take = event.arguments, part["word"], int(part["take"])
    row = session.get_one(LicenseRow, int(said["license"]))
    row.spent += take.bit_count()
    spent = session.get(SpentRow, (row.license, word)) or SpentRow(license=row.license, word=word)
    spent.serials = hex(int(spent.serials, 16) | take)
    session.add(spent)
    session.add(
        RedemptionRow(
            block=event.block,
            log_index=event.log_index,
            item=item,
            design=said["design"],
            license=row.license,
            printer=part["printer"],
            word=word,
            take=hex(take),
            job=said["job"],
            token=part["token"],
            signer=said["signer"],
            transaction=str(event.transaction),
            redeemed_at=event.block_time,
        )
    )
    session.flush()


HANDLERS: Mapping[str, Callable[[Session, Any], None]] = {
    "SerialsRedeemed": _serials_redeemed,
    "WordsRedeemed": _words_redeemed,
}
"""What each event changes, by its name."""
