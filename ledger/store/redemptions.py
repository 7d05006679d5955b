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
    _spend(session, event, 0, said["word"], int(said["take"]), said["token"])


def _words_redeemed(session: Session, event: Event) -> None:
    """As if each token had been redeemed alone; `item` counts them within the one event."""
    for item, part in enumerate(event.arguments["words"]):
        _spend(session, event, item, part["word"], int(part["take"]), part["token"])


def _spend(session: Session, event: Event, item: int, word: int, take: int, token: str) -> None:
    said = event.arguments
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
            printer=said["printer"],
            word=word,
            take=hex(take),
            job=said["job"],
            token=token,
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
