"""The gate through a license's life: replacements print, what was passed on does not."""

from __future__ import annotations

from ledger.models import Outcome
from ledger.tickets import digest_of
from tests.gate.fakes import CENTER, ISSUER
from tests.gate.world import World


def outcomes(world: World) -> list[tuple[int, Outcome]]:
    return [(receipt.serial, receipt.outcome) for receipt in world.service.receipts]


def test_a_failed_print_is_reported_and_its_replacement_is_a_print_like_any_other(
    world: World,
) -> None:
    world.chain.change(world.design, 1, quota=1)
    failed = world.ticket(serials=0b1)
    world.drop(failed)
    world.step()
    world.machine("failed")
    world.step()
    assert outcomes(world) == [(0, Outcome.FAILED)]

    world.chain.change(world.design, 1, quota=2)  # the issuer voided it
    replacement = world.ticket(serials=0b10)
    world.drop(replacement, "again.token.json")
    world.print_all()
    assert outcomes(world) == [(0, Outcome.FAILED), (1, Outcome.DONE)]
    assert world.service.receipts[1].token == digest_of(replacement)
    assert world.refused() == {}


def test_a_voided_serial_is_never_printed_again(world: World) -> None:
    world.drop(world.ticket(serials=0b1))
    world.step()
    world.machine("failed")
    world.step()
    world.chain.change(world.design, 1, quota=4)
    world.drop(world.ticket(serials=0b1, deadline=world.clock.time + 999), "again.token.json")
    assert world.print_all() == []
    assert world.errors() == ["SerialAlreadySpent"]


def test_a_token_for_serials_that_were_passed_on_prints_nothing(world: World) -> None:
    world.drop(world.ticket(serials=0b100))
    world.chain.change(world.design, 1, quota=2)  # its holder split the last serial off
    assert world.print_all() == []
    assert world.errors() == ["QuotaExhausted"]
    assert world.chain.redeemed == {}


def test_a_license_that_passed_on_as_a_whole_honours_the_tokens_that_were_out(
    world: World,
) -> None:
    world.drop(world.ticket(serials=0b1))
    world.chain.change(world.design, 1, licensee=ISSUER.address)
    assert CENTER.address != ISSUER.address
    assert len(world.print_all()) == 1
    assert outcomes(world) == [(0, Outcome.DONE)]
