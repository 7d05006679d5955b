"""What the gate refuses: kept, with its reason, reported, and nothing printed or spent."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import LedgerError, LicenseRevoked, PrinterNotEnrolled, ServiceUnavailable
from ledger.gate import disk, refusing
from ledger.models import Address, ContentHash, Digest
from ledger.signing import Signer
from ledger.tickets import digest_of, dump
from tests.gate.fakes import START
from tests.gate.world import World, seal

STRANGER = Signer.from_secret(b"\x09" * 32)


def revoke(world: World) -> None:
    world.chain.change(world.design, 1, revoked=True, expiry=START)


def expire(world: World) -> None:
    world.chain.change(world.design, 1, expiry=START, grace=48)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"signer": STRANGER}, "NotIssuer"),
        ({"printer": STRANGER.address}, "PrinterNotNamed"),
        ({"chain_id": 1}, "WrongDomain"),
        ({"contract": Address("0x" + "33" * 20)}, "WrongDomain"),
        ({"deadline": START}, "TokenExpired"),
        ({"license": 7}, "LicenseNotFound"),
        ({"design": ContentHash(b"\x07" * 32)}, "NotIssuer"),
        ({"serials": 0b1000}, "QuotaExhausted"),
        ({"job": Digest(b"\x07" * 32)}, "JobNotNamed"),
        ({"signature": b"\x01" * 66}, "BadSignature"),
    ],
)
def test_a_ticket_that_fails_the_check(world: World, fields: dict[str, Any], error: str) -> None:
    world.drop(world.ticket(**fields))
    world.settle()
    assert world.errors() == [error]
    assert [r.error for r in world.service.refusals] == [error]
    assert world.waiting() == []
    assert world.chain.redeemed == {}


def test_a_tampered_token(world: World) -> None:
    row = json.loads(dump(world.ticket()))
    row["token"]["serials"] = "3"
    world.drop_bytes(json.dumps(row).encode(), "t.token.json")
    world.settle()
    assert world.errors() == ["BadSignature"]


@pytest.mark.parametrize(
    ("change", "error"), [(revoke, "LicenseRevoked"), (expire, "LicenseExpired")]
)
def test_a_license_that_is_over(world: World, change: Any, error: str) -> None:
    change(world)
    world.drop(world.ticket())
    world.settle()
    assert world.errors() == [error]


def test_the_chains_clock_counts_as_well(world: World) -> None:
    world.chain.newest = START + 5_000
    world.drop(world.ticket())
    world.settle()
    assert world.errors() == ["TokenExpired"]


def test_a_revocation_between_redemption_and_hand_over(world: World) -> None:
    world.service.after["redeem"] = lambda: revoke(world)
    world.drop(world.ticket())
    world.settle()
    assert world.errors() == ["LicenseRevoked"]
    assert world.waiting() == []
    assert len(world.chain.redeemed) == 1
    assert not list((world.config.hot / ".platemark-staging").iterdir())


def test_a_tampered_sealed_file_costs_no_serial(world: World) -> None:
    path = world.config.folder.parent / "blocks" / world.sealed.cid
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    world.drop(world.ticket())
    world.settle()
    assert world.errors() == ["DigestMismatch"]
    assert world.chain.redeemed == {}
    assert not list(world.config.sealed.iterdir())


def test_a_ticket_that_points_to_another_sealed_file(world: World) -> None:
    """The CID is not signed. What it costs is a refusal, and no serial."""
    other, _ = seal(world.store, b"another file")
    world.drop(replace(world.ticket(), cid=other.cid, sealed_size=other.sealed_size))
    world.settle()
    assert world.errors() == ["UnsealFailed"]
    assert world.waiting() == []
    assert world.chain.redeemed == {}
    world.drop(world.ticket(), "right.token.json")
    assert len(world.print_all()) == 1
    assert world.service.calls.count("redeem") == 1
    assert len(world.service.receipts) == 1


def test_the_same_serial_again(world: World) -> None:
    world.drop(world.ticket())
    world.print_all()
    world.drop(world.ticket(), "again.token.json")  # the same ticket
    world.settle()
    world.drop(world.ticket(deadline=START + 4_000), "other.token.json")  # another one
    world.settle()
    assert world.errors() == ["SerialAlreadySpent"] * 2
    assert len(world.service.receipts) == 1


def test_a_ticket_that_is_under_way(world: World) -> None:
    world.drop(world.ticket())
    world.step()
    world.drop(world.ticket(), "again.token.json")
    world.settle()
    assert world.errors() == ["SerialAlreadySpent"]
    assert len(world.machine()) == 1


def test_a_serial_that_is_spent_meanwhile(world: World) -> None:
    """Two tickets for one serial: the machine gets one file."""
    first, second = world.ticket(), world.ticket(deadline=START + 4_000)
    world.drop(first, "a.token.json")
    world.drop(second, "b.token.json")
    assert len(world.print_all()) == 1
    world.settle()
    assert world.errors() == ["SerialAlreadySpent"]


def test_a_serial_that_is_spent_under_the_gates_nose(world: World) -> None:
    """Another printer redeems between the check and our own redemption."""
    world.service.before["redeem"] = lambda: world.chain.spend(1, 0, Digest(b"\x05" * 32))
    world.drop(world.ticket())
    world.settle()
    assert world.errors() == ["SerialAlreadySpent"]
    assert world.waiting() == []


def test_a_lost_journal_prints_nothing_twice(world: World) -> None:
    world.drop(world.ticket(0b11))
    world.step()
    world.machine()
    world.stop()
    world.config.journal.unlink()
    world.restart()
    world.drop(world.ticket(0b111), "again.token.json")
    spent = len(world.chain.redeemed)
    printed = world.print_all()
    assert len(printed) == 3 - spent
    assert set(world.errors()) == {"SerialAlreadySpent"}


def test_some_serials_of_a_ticket_can_be_printed(world: World) -> None:
    world.chain.spend(1, 1, Digest(b"\x05" * 32))
    world.drop(world.ticket(0b1111))
    assert [name.split("-")[2] for name in world.print_all()] == ["S0", "S2"]
    assert world.errors() == ["QuotaExhausted", "SerialAlreadySpent"]


@pytest.mark.parametrize(
    ("method", "error"),
    [("redeem", LicenseRevoked("The chain says so.")), ("release_key", PrinterNotEnrolled("No."))],
)
def test_what_the_service_refuses(world: World, method: str, error: LedgerError) -> None:
    world.service.fails[method] = [error]
    world.drop(world.ticket())
    world.settle()
    assert world.errors() == [type(error).__name__]
    assert world.waiting() == []
    world.drop(world.ticket(), "again.token.json")  # nothing is lost by it
    assert len(world.print_all()) == 1


def test_refusals_are_reported_when_the_service_is_back(world: World) -> None:
    world.service.fails["report_refusal"] = [ServiceUnavailable("down")] * 3
    world.drop_bytes(b"bare", "part.stl")
    world.step()
    world.clock.time += 2
    world.step()
    assert world.service.refusals == []
    assert not world.gate.idle
    world.restart()
    world.settle()
    assert len(world.service.refusals) == 1
    assert world.gate.idle


def test_a_crash_before_the_refused_file_was_moved(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_disk(*_: Path) -> None:
        raise OSError(5, "Input/output error")

    world.drop(world.ticket(printer=STRANGER.address))
    monkeypatch.setattr(refusing, "move", no_disk)
    world.step()
    assert world.refused() == {}
    monkeypatch.undo()
    world.restart()
    world.settle()
    assert world.errors() == ["PrinterNotNamed"]
    assert len(world.service.refusals) == 1


def test_a_refusal_while_the_hot_folder_is_gone(world: World) -> None:
    staging = world.config.hot / ".platemark-staging"

    def vanish() -> None:
        staging.rename(world.config.hot / ".gone")
        revoke(world)

    world.service.after["redeem"] = vanish
    world.drop(world.ticket())
    world.step()
    (world.config.hot / ".gone").rename(staging)
    world.settle()
    assert world.errors() == ["LicenseRevoked"]
    assert not list(staging.iterdir())
    assert digest_of(world.ticket()) == world.service.chain.redeemed[1, 0][0]


def test_a_refused_job_that_cannot_be_kept_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = iter([True])

    def full_once(path: Path, data: bytes) -> None:
        if next(tries, False):
            raise OSError(28, "No space left on device")
        disk.write_atomically(path, data)

    monkeypatch.setattr(refusing, "write_atomically", full_once)
    world.service.after["release_key"] = lambda: revoke(world)
    world.drop(world.ticket())
    world.settle()
    assert world.errors() == ["LicenseRevoked"]
    assert len(world.service.refusals) == 1
    assert not list((world.config.hot / ".platemark-staging").iterdir())
