"""The facts of a dossier: what is told before what, whatever the clocks say."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, strategies as st

from ledger.services.facts import told_in_order
from ledger.services.gathering import Gathered
from ledger.store.tables import EventRow, VariantRow
from tests.unit.test_findings import DESIGN, JOB, PRINTER, TOKEN, receipt, token

TIMES = st.lists(st.integers(0, 5), min_size=4, max_size=4)


def event(name: str, number: int, time: int, **said: Any) -> EventRow:
    return EventRow(
        block=number,
        log_index=0,
        name=name,
        arguments=json.dumps({"license": "1", "design": DESIGN, **said}),
        block_hash="0x",
        block_time=time,
        transaction="0x",
    )


def variant(accepted_at: int) -> VariantRow:
    return VariantRow(
        license=1,
        job=JOB,
        design=DESIGN,
        licensee=PRINTER,
        reference="0x",
        deadline=9,
        signature="0x",
        cid="",
        format="stl",
        measures="{}",
        plain_size=1,
        sealed_size=1,
        wrapped_key=b"",
        sealed_at=0,
        accepted_at=accepted_at,
    )


@given(TIMES, TIMES)
def test_a_print_is_told_from_its_license_to_its_void(chain: list[int], here: list[int]) -> None:
    """The chain's time never falls; the service's may be anything."""
    blocks = sorted(chain)
    spent = {"word": 0, "take": "1", "token": TOKEN}
    events = [
        event("DesignRegistered", 1, blocks[0]),
        event("LicenseBought", 2, blocks[1]),
        event("SerialsRedeemed", 3, blocks[2], **spent),
        event("PrintsVoided", 4, blocks[3], word=0, serials="1", evidence="0xdeed"),
    ]
    gathered = Gathered(
        events,
        tokens=[token(issued_at=here[1], job=JOB)],
        receipts=[receipt(started=here[2], ended=here[2])],
    )
    told = [fact.what for fact in told_in_order(gathered, None, [variant(here[0])])]
    assert told == [
        "DesignRegistered",
        "LicenseBought",
        "VariantAccepted",
        "TokenIssued",
        "SerialsRedeemed",
        "PrintReported",
        "PrintsVoided",
    ]


@given(TIMES)
def test_words_that_are_redeemed_together_come_between_their_tokens_and_receipts(
    here: list[int],
) -> None:
    other = "0x" + "08" * 32
    parts = [{"word": 0, "take": "1", "token": TOKEN}, {"word": 1, "take": "6", "token": other}]
    gathered = Gathered(
        [event("WordsRedeemed", 1, 3, words=parts)],
        tokens=[token(issued_at=here[0]), token(issued_at=here[1], digest=other, word=1)],
        receipts=[receipt(ended=here[2]), receipt(ended=here[3], serial=258, digest="0xbeef")],
    )
    told = [fact.what for fact in told_in_order(gathered, None, [])]
    assert told == ["TokenIssued"] * 2 + ["WordsRedeemed"] + ["PrintReported"] * 2
