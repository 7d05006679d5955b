"""A receipt that the service can never take: kept with its answer, told of once, then left."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from structlog.testing import capture_logs
from typer.testing import CliRunner

from ledger import gate
from ledger.cli import app
from ledger.errors import (
    BadSignature,
    CertificateChanged,
    Conflict,
    IdempotencyKeyReused,
    LedgerError,
    MalformedRequest,
    PrinterNotEnrolled,
    PrinterRevoked,
    ReceiptContradicts,
    RequestReplayed,
    ServiceUnavailable,
    StoreUnavailable,
    all_errors,
)
from ledger.gate.book import Book
from ledger.gate.final import is_final
from ledger.gate.journal import State
from ledger.models import Digest, Outcome, Receipt, Ticket
from ledger.signing import require_signer
from ledger.tickets import digest_of
from tests.gate.fakes import DOMAIN, KEYS, START
from tests.gate.test_runner_crashes import die_at
from tests.gate.world import World

OTHER = Digest(b"\x0a" * 32)
OWN = Digest(b"\x0b" * 32)
digests = st.binary(min_size=32, max_size=32).map(Digest)

THAT_MAY_PASS = [
    BadSignature("It is signed otherwise."),
    MalformedRequest("There is no such member."),
    PrinterNotEnrolled("The printer is not enrolled here."),
    Conflict("Serial 0 of license 1 has another receipt already.", receipt=str(OTHER)),
    IdempotencyKeyReused("It is being answered."),
    RequestReplayed("It was answered."),
    StoreUnavailable("The disk is full."),
    ServiceUnavailable("Nothing answers."),
    CertificateChanged("It shows another certificate."),
    LedgerError("The service failed in a way that it should not."),
    ReceiptContradicts("There is another receipt."),
]
"""What may come back from `POST /receipts`, of a service of any version, and is not for ever."""


@pytest.mark.parametrize("kind", list(all_errors()), ids=lambda kind: kind.__name__)
def test_of_all_errors_two_are_final(kind: type[LedgerError]) -> None:
    final = kind in (ReceiptContradicts, PrinterRevoked)
    assert is_final(kind("No.", receipt=str(OTHER)), OWN) is final


@given(digests, digests)
def test_another_receipt_is_one_that_is_not_the_own(other: Digest, own: Digest) -> None:
    error = ReceiptContradicts("There is another.", receipt=str(other))
    assert is_final(error, own) is (other != own)
    assert not is_final(error, other)


@pytest.mark.parametrize("named", [None, "", "0x", "another", 7, True, "0x" + "0b" * 32])
def test_a_word_that_names_no_other_receipt_ends_nothing(named: str | int | None) -> None:
    assert not is_final(ReceiptContradicts("There is another.", receipt=named), OWN)
    assert not is_final(ReceiptContradicts("There is another."), OWN)


@pytest.mark.parametrize("error", THAT_MAY_PASS, ids=lambda error: type(error).__name__)
def test_what_may_pass_is_tried_until_it_has_passed(world: World, error: LedgerError) -> None:
    world.service.fails["report_receipt"] = [error] * 12
    world.drop(world.ticket())
    world.print_all()
    for _ in range(6):
        world.clock.time += 301
        world.step()
    world.restart()
    assert not world.gate.idle
    for _ in range(8):
        world.clock.time += 301
        world.step()
    assert [receipt.outcome for receipt in world.service.receipts] == [Outcome.DONE]
    assert world.service.calls.count("report_receipt") == 13
    assert world.gate.idle


def told_before(world: World, ticket: Ticket, serial: int = 0) -> Receipt:
    """The service has it already from a copy of this gate's folder: the print failed there."""
    said = Receipt(
        token=digest_of(ticket),
        design=world.design,
        license=1,
        serial=serial,
        printer=KEYS.printer,
        job=world.design,
        started=START,
        ended=START + 1,
        outcome=Outcome.FAILED,
        material_mg=0,
        energy_joule=0,
    )
    world.service.receipts.append(said)
    return said


def days_pass(world: World, lives: int = 3) -> None:
    for _ in range(lives):
        for _ in range(5):
            world.clock.time += 301
            world.step()
        world.restart()
    world.step()


def test_a_second_receipt_is_offered_once_and_kept_with_the_answer(world: World) -> None:
    ticket = world.ticket()
    first = told_before(world, ticket)
    world.drop(ticket)
    with capture_logs() as logs:
        world.print_all()
        days_pass(world)
    assert world.service.calls.count("report_receipt") == 1
    assert world.service.receipts == [first]
    assert world.gate.idle
    (told,) = [line for line in logs if line["event"] == "gate.receipt_refused"]
    assert (told["log_level"], told["error"]) == ("warning", "ReceiptContradicts")

    (record,) = [r for r in world.records() if r.state is State.RECEIPT_REFUSED]
    other = str(DOMAIN.receipt(first).digest())
    assert record.data["answer"] == {
        "error": "ReceiptContradicts",
        "detail": "There is another receipt.",
        "facts": {"receipt": other},
    }
    (job,) = Book(world.records()).jobs()
    kept = DOMAIN.receipt(job.receipt())
    require_signer(kept, job.signature, KEYS.printer)
    assert str(kept.digest()) == record.data["receipt"] == told["receipt"] != other


def test_the_status_tells_of_it_as_long_as_the_journal_lasts(world: World) -> None:
    ticket = world.ticket(0b11)
    told_before(world, ticket)
    world.drop(ticket)
    world.print_all()
    KEYS.signer.save(world.config.signing_key, "pw")
    for _ in range(2):
        found = gate.status(world.config, world.clock.now())
        assert (found.receipts_waiting, found.jobs) == (0, ())
        assert found.by_state == {"reported": 1, "receipt refused": 1}
        (row,) = found.as_json()["receipts_refused"]
        assert (row["license"], row["serial"], row["outcome"]) == (1, 0, "done")
        assert row["answer"]["error"] == "ReceiptContradicts"
        assert row["refused_at"] >= row["ended"] >= row["started"]
        days_pass(world, lives=1)
    settings = ("name", "center", "service_url", "rpc_url", "deployment", "inbox", "hot")
    lines = [f'{name} = "{getattr(world.config, name)}"' for name in (*settings, "ipfs_folder")]
    (world.config.folder / "gate.toml").write_text("\n".join(lines))
    shown = CliRunner().invoke(app, ["gate", "status", str(world.config.folder)])
    assert shown.exit_code == 0
    words = " ".join(shown.stdout.split())
    assert "receipts refused 1, and offered no more; the last is for serial 0 of license 1" in words
    assert "ReceiptContradicts: There is another receipt." in words


def test_a_revoked_printers_receipts_are_kept_and_offered_once_each(world: World) -> None:
    world.service.fails["report_receipt"] = [PrinterRevoked("Stolen.")] * 2
    world.drop(world.ticket(0b11))
    world.print_all()
    days_pass(world)
    assert world.service.calls.count("report_receipt") == 2
    assert world.service.receipts == []
    refused = [r.data for r in world.records() if r.state is State.RECEIPT_REFUSED]
    assert [said["answer"]["detail"] for said in refused] == ["Stolen."] * 2
    assert world.gate.idle


def test_a_print_whose_receipt_is_refused_for_good_lets_the_queue_go_on(world: World) -> None:
    ticket = world.ticket()
    told_before(world, ticket)
    world.drop(ticket)
    world.print_all()
    assert Book(world.records()).unfinished() == []
    world.drop(world.ticket(0b10), "next.token.json")
    assert len(world.print_all()) == 1
    assert [receipt.serial for receipt in world.service.receipts] == [0, 1]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_it_is_final_whatever_the_gate_dies_of(world: World, moment: str) -> None:
    ticket = world.ticket()
    first = told_before(world, ticket)
    world.drop(ticket)
    die_at(world, State.RECEIPT_REFUSED, moment)
    days_pass(world)
    states = [record.state for record in world.records()]
    assert states[-2:] == [State.RECEIPTED, State.RECEIPT_REFUSED]
    assert states.count(State.RECEIPT_REFUSED) == 1
    calls = world.service.calls.count("report_receipt")
    assert calls == (2 if moment == "before" else 1)
    assert world.service.receipts == [first]
    assert world.gate.idle


def test_the_same_receipt_again_is_never_taken_for_another(world: World) -> None:
    """An answer that got lost: the service has it, and says so when it comes again."""
    world.drop(world.ticket())
    world.step()
    world.machine()
    accept = world.service.report_receipt

    def lose(receipt: Receipt, signature: bytes) -> None:
        accept(receipt, signature)
        world.service.report_receipt = accept  # type: ignore[method-assign]
        raise ServiceUnavailable("The connection broke off.")

    world.service.report_receipt = lose  # type: ignore[method-assign]
    days_pass(world, lives=1)
    states = [record.state for record in world.records()]
    assert states[-1] is State.REPORTED
    assert world.service.calls.count("report_receipt") == 2
    assert len(world.service.receipts) == 1
