"""What journals, receipts and redemptions say against one another, each rule by itself."""

from __future__ import annotations

from typing import Any

from ledger.services.findings import Severity
from ledger.services.leaseaudit import LeaseEvidence, judge
from ledger.store.leasetables import DueSpendRow, JournalEntryRow, LeaseRow
from ledger.store.tables import ReceiptRow, RedemptionRow

LEASE, TOKEN, PRINTER = "0xle", "0xto", "0xpr"
END = 1_000


def entry(sequence: int, kind: str = "spend", serial: int = 0, **changed: Any) -> JournalEntryRow:
    values: dict[str, Any] = {
        "digest": f"0x{sequence}",
        "printer": PRINTER,
        "sequence": sequence,
        "previous": f"0x{sequence - 1}",
        "machine": "0xm1",
        "kind": kind,
        "lease": LEASE,
        "serial": serial,
        "at": 500,
        "seen": 500,
        "signature": "0x",
        "forked": False,
        "received_at": 600,
        **changed,
    }
    return JournalEntryRow(**values)


def found(*entries: JournalEntryRow, **more: Any) -> list[str]:
    lease = LeaseRow(
        digest=LEASE,
        place=1,
        request="0x",
        design="0xde",
        license=1,
        printer=PRINTER,
        count=4,
        not_before=0,
        deadline=END,
        silence=60,
        issued_at=0,
        file=b"",
    )
    evidence = LeaseEvidence(entries, {LEASE: lease}, {LEASE: {0: 0b1111}}, **more)
    findings = judge(evidence)
    assert all(one.where for one in findings)
    return [one.kind for one in findings]


def redemption(take: int) -> RedemptionRow:
    return RedemptionRow(
        block=1,
        log_index=0,
        design="0xde",
        license=1,
        printer=PRINTER,
        word=0,
        take=hex(take),
        job="0x",
        token=TOKEN,
        signer="0x",
        transaction="0xtx",
        redeemed_at=700,
    )


def test_an_honest_journal_gives_no_finding() -> None:
    spends = [entry(1), entry(2, serial=1), entry(3, "return")]
    assert found(*spends, redemptions=[redemption(0b11)], tokens={TOKEN: LEASE}) == []


def test_two_entries_of_one_number_are_a_fork() -> None:
    assert found(entry(1), entry(1, serial=1, digest="0xf", forked=True)) == ["journal-forked"]


def test_a_clock_is_behind_only_past_the_margin() -> None:
    assert found(entry(1, at=380)) == []
    assert found(entry(1, at=379)) == ["clock-set-back"]
    assert found(entry(1, "clock")) == ["clock-set-back"]


def test_another_machine_is_seen_without_its_own_word() -> None:
    assert found(entry(1), entry(2, serial=1, machine="0xm2")) == ["machine-changed"]


def test_a_spend_after_the_return_or_the_end_or_outside() -> None:
    assert found(entry(1, "return"), entry(2)) == ["spend-after-return"]
    assert found(entry(1, at=END)) == ["spend-after-lease"]
    assert found(entry(1, seen=END, at=END - 1)) == ["spend-after-lease"]
    assert found(entry(1, at=END - 1, seen=END - 1)) == []
    assert found(entry(1, serial=4)) == ["spend-outside-lease"]
    assert found(entry(1, lease="0xother")) == ["spend-outside-lease"]


def test_a_serial_that_was_spent_twice_was_printed_twice() -> None:
    assert found(entry(1), entry(2)) == ["printed-twice"]


def test_two_receipts_for_a_leased_serial() -> None:
    def receipt(digest: str) -> ReceiptRow:
        values: dict[str, Any] = {"license": 1, "serial": 0, "token": TOKEN, "printer": PRINTER}
        return ReceiptRow(digest=digest, **values)

    told = [receipt("0xa"), receipt("0xb")]
    assert found(receipts=told, tokens={TOKEN: LEASE}) == ["printed-twice"]
    assert found(receipts=told) == [], "prints of tokens that are no lease are judged elsewhere"


def test_a_refused_spend_and_a_redemption_that_no_entry_tells_of() -> None:
    due = DueSpendRow(
        license=1,
        serial=0,
        lease=LEASE,
        token=TOKEN,
        printer=PRINTER,
        entry="0x1",
        state="refused",
        error="TokenExpired",
        stored_at=0,
        next_try=0,
    )
    assert found(entry(1), dues=[due]) == ["spend-not-redeemed"]
    more = {"redemptions": [redemption(0b11)], "tokens": {TOKEN: LEASE}}
    assert found(entry(1), **more) == ["redemption-without-spend"]


def test_what_nobody_paid_for_weighs_most() -> None:
    evidence = LeaseEvidence([entry(1), entry(1, digest="0xf", forked=True)])
    assert {one.severity for one in judge(evidence)} == {Severity.ERROR}


def test_a_memory_of_the_time_that_goes_back_is_told_of_once() -> None:
    """Each entry is sound by itself: the clock was believed again, whatever was seen before."""
    told = [entry(1, seen=900, at=900), entry(2, serial=1), entry(3, serial=2)]
    assert found(*told) == ["clock-set-back"]
    assert found(entry(1, seen=620), entry(2, serial=1)) == []


def test_two_leases_with_one_serial_were_printed_twice() -> None:
    """Also where the other spend is another printer's: it is paid for, and this one is not."""
    other = DueSpendRow(
        license=1,
        serial=0,
        lease="0xanother",
        token="0x",
        printer="0xother",
        entry="0xtheirs",
        stored_at=1,
        next_try=0,
    )
    assert found(entry(1), paid=[other]) == ["printed-twice"]
    other.entry = "0x1"
    assert found(entry(1), paid=[other]) == []
    other.entry, other.serial = "0xtheirs", 1
    assert found(entry(1), paid=[other]) == []
