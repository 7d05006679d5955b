"""The gate's work on good days: from a ticket to a print and its receipt."""

from __future__ import annotations

import os
import stat
import threading

import pytest

from ledger import gate
from ledger.errors import (
    KeyNotReleasable,
    ServiceUnavailable,
    SetupError,
    StoreUnavailable,
)
from ledger.gate.journal import State
from ledger.models import Outcome
from ledger.stopping import StopRequest
from ledger.tickets import digest_of
from tests.gate.fakes import FILE, ISSUER, KEYS, START
from tests.gate.world import World, seal


def test_one_print(world: World) -> None:
    ticket = world.ticket()
    dropped = world.drop(ticket)
    world.step()
    (name,) = world.waiting()
    design = world.design.hex()[:12]
    assert name == f"{design}-L1-S0-{digest_of(ticket).hex()[:8]}.3mf"
    assert (world.config.hot / name).read_bytes() == FILE
    assert not dropped.exists()
    assert not world.gate.idle
    world.machine()
    world.step()
    (receipt,) = world.service.receipts
    assert receipt.token == digest_of(ticket)
    assert (receipt.serial, receipt.outcome, receipt.job) == (0, Outcome.DONE, world.design)
    assert receipt.started == START
    assert [r.state for r in world.records()] == [
        State.ADMITTED,
        State.FETCHED,
        State.KEY_RECEIVED,
        State.OPENED,
        State.REDEEMING,
        State.REDEEMED,
        State.HANDING,
        State.HANDED,
        State.ENDED,
        State.RECEIPTED,
        State.REPORTED,
    ]
    assert world.gate.idle
    assert not list(world.config.sealed.iterdir())
    assert not list((world.config.hot / ".platemark-staging").iterdir())


def test_no_secret_in_the_journal(world: World) -> None:
    world.drop(world.ticket())
    world.print_all()
    text = world.config.journal.read_text()
    assert world.service.keys[world.design].expose().hex() not in text
    assert KEYS.kem.expose().hex() not in text


def test_plaintext_is_private_until_it_is_handed_over(world: World) -> None:
    staging = world.config.hot / ".platemark-staging"
    assert stat.S_IMODE(staging.stat().st_mode) == 0o700


def test_several_serials_are_printed_in_order(world: World) -> None:
    world.drop(world.ticket(0b111))
    printed = world.print_all()
    assert [name.split("-")[2] for name in printed] == ["S0", "S1", "S2"]
    assert [r.serial for r in world.service.receipts] == [0, 1, 2]
    assert world.service.calls.count("redeem") == 3


def test_the_next_serial_is_not_spent_before_the_machine_is_free(world: World) -> None:
    world.drop(world.ticket(0b11))
    world.step()
    assert len(world.waiting()) == 1
    assert len(world.chain.redeemed) == 1


def test_a_key_that_never_comes_spends_no_serial(world: World) -> None:
    world.service.fails["release_key"] = [KeyNotReleasable("no")] * 3
    world.drop(world.ticket(0b111))
    world.step()
    world.step()
    assert world.chain.redeemed == {}
    world.clock.time += 60
    world.settle()
    assert len(world.print_all()) == 3


def test_a_redemption_that_hangs_opens_one_file_only(world: World) -> None:
    world.service.fails["redeem"] = [ServiceUnavailable("down")] * 3
    world.drop(world.ticket(0b111))
    world.step()
    assert len(list((world.config.hot / ".platemark-staging").iterdir())) == 1
    assert world.service.calls.count("release_key") == 1
    world.clock.time += 60
    world.settle()
    assert len(world.print_all()) == 3


def test_a_failed_print_has_a_receipt_too(world: World) -> None:
    world.drop(world.ticket())
    world.step()
    world.machine("failed")
    world.step()
    assert [r.outcome for r in world.service.receipts] == [Outcome.FAILED]


def test_a_job_that_nobody_takes_in_time_is_pulled_back(world: World) -> None:
    world.drop(world.ticket())
    world.step()
    world.clock.time = START + 5_000
    world.step()
    assert world.waiting() == []
    assert [r.outcome for r in world.service.receipts] == [Outcome.CANCELLED]


def test_the_license_may_end_before_the_token(world: World) -> None:
    world.chain.change(world.design, 1, expiry=START + 100)
    world.drop(world.ticket())
    world.step()
    world.clock.time = START + 100
    world.step()
    assert [r.outcome for r in world.service.receipts] == [Outcome.CANCELLED]


def test_a_job_for_this_file_only(world: World) -> None:
    world.drop(world.ticket(job=world.design))
    assert len(world.print_all()) == 1


def test_a_format_that_is_unknown_is_printed_as_bin(world: World) -> None:
    world.sealed, key = seal(world.store, b"\x00\x01 no format that we know")
    design = world.sealed.content_hash
    world.service.keys[design] = key
    world.chain.issuers[design] = {ISSUER.address}
    world.design = design
    world.add_license(2)
    world.drop(world.ticket(license=2))
    assert world.print_all()[0].endswith(".bin")


# --------------------------------------------------------------- the process


def test_it_runs_until_it_is_told_to_stop(world: World) -> None:
    stop = StopRequest()
    world.drop(world.ticket())
    thread = threading.Thread(target=world.gate.run, args=(stop, 0.01))
    thread.start()
    for _ in range(6_000):
        if world.waiting():
            break
        stop.wait(0.01)
    stop.set()
    thread.join(60)
    assert not thread.is_alive()
    assert len(world.waiting()) == 1


def test_two_gates_never_share_a_folder(world: World) -> None:
    world.step()
    second = World.__new__(World)
    second.__dict__.update(world.__dict__, _gate=None)
    with pytest.raises(SetupError, match="Another gate"):
        _ = second.gate


def test_a_broken_journal_stops_the_gate(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    world.drop(world.ticket())
    world.step()
    world.machine()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreUnavailable):
        world.gate.step()
    monkeypatch.undo()
    with pytest.raises(StoreUnavailable):  # and it stays stopped
        world.gate.step()
    world.restart()
    world.step()
    assert len(world.service.receipts) == 1


def test_content_is_bounded_by_what_the_ticket_says(world: World) -> None:
    world.drop(world.ticket(sealed_size=10))
    world.settle()
    assert world.errors() == ["DigestMismatch"]


def test_content_is_bounded_by_the_settings(world: World) -> None:
    world.drop(world.ticket(sealed_size=2**62))
    world.settle()
    assert world.errors() == ["DesignTooLarge"]


def test_status(world: World) -> None:
    down = [ServiceUnavailable("down")]
    world.service.fails = {"report_receipt": list(down), "report_refusal": list(down)}
    world.drop(world.ticket(0b11))
    world.step()
    world.machine()
    world.gate.step()  # the first has ended and its receipt waits; the second is under way
    world.drop_bytes(b"{}", "bad.token.json")
    world.gate.step()
    world.clock.time += 2
    world.service.fails["report_receipt"] += down
    world.gate.step()
    KEYS.signer.save(world.config.signing_key, "pw")
    found = gate.status(world.config, world.clock.now())
    assert found.printer == KEYS.printer
    assert found.by_state == {"handed": 1, "receipted": 1}
    assert (found.receipts_waiting, found.refusals_waiting) == (1, 1)
    row = found.as_json()
    assert row["last_refusal"]["error"] == "MalformedTicket"
    assert row["last_refusal"]["file"] == "bad.token.json"
    assert [(job["serial"], job["state"]) for job in row["jobs"]] == [
        (0, "receipted"),
        (1, "handed"),
    ]


def test_status_of_a_new_gate(world: World) -> None:
    KEYS.signer.save(world.config.signing_key, "pw")
    found = gate.status(world.config, world.clock.now()).as_json()
    assert (found["jobs"], found["last_refusal"], found["by_state"]) == ([], None, {})
