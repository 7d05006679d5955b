"""How much is voided without asking: the operator's choice, and two processes at once."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from api import voider
from ledger.anvil import Anvil
from ledger.errors import ChainUnavailable, MalformedRequest, NotIssuer
from ledger.models import Digest, Outcome
from ledger.services import voiding, voidpolicy, voids
from ledger.services.context import Ledger, Mined
from ledger.store import Database, queue
from tests.api.failing import draft, failed, state, waiting
from tests.api.queueing import add, next_job, print_it, serial_of, shown, sign_off
from tests.conftest import ROOT
from tests.scene import Scene
from tests.service import chain_of

KILLED = """
import json, os, signal, sys
from pathlib import Path
from types import SimpleNamespace
from starlette.testclient import TestClient
from api import voider
from api.app import create_app
from ledger.bootstrap import build_ledger
from tests.service import settings_for

folder, url, body = sys.argv[1:]
ledger = build_ledger(settings_for(SimpleNamespace(url=url), Path(folder)))
voider.void = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
TestClient(create_app(ledger=ledger)).post("/receipts", json=json.loads(body))
"""
"""A service that is killed when it has stored a receipt and would void its print."""


def test_the_choice_for_a_license_goes_before_that_for_its_design(
    scene: Callable[..., Scene],
) -> None:
    ours = scene(quota=10)
    assert voids.failures(ours.ledger, ours.license).left == 0
    voidpolicy.choose_share(ours.ledger, ours.design, 5_000)
    assert voids.failures(ours.ledger, ours.license).left == 5
    voidpolicy.choose_share(ours.ledger, ours.license, 1_000)
    assert voids.failures(ours.ledger, ours.license).left == 1
    with pytest.raises(MalformedRequest):
        voidpolicy.choose_share(ours.ledger, ours.license, 10_001)


def test_a_failed_piece_of_the_queue_is_voided_up_to_the_share_and_then_waits(
    scene: Callable[..., Scene],
) -> None:
    ours = scene(quota=2)
    voidpolicy.choose_share(ours.ledger, ours.license, 5_000)
    order = add(ours, quantity=2, retries=2)
    serials = []
    for outcome in (Outcome.FAILED, Outcome.CANCELLED, Outcome.DONE):
        ticket = next_job(ours)["ticket"]
        serials.append(serial_of(ticket))
        print_it(ours, ticket, outcome)
    assert serials == [0, 1, 2]
    assert (state(ours)["voided"], waiting(ours)) == (1, [1])
    assert next_job(ours)["ticket"] is None
    (row,) = ours.center.ok("GET", f"/licenses/{ours.license}/failures")["items"]
    assert (row["order"], row["accepted"]) == (order, None)
    voids.void_by_hand(ours.ledger, ours.license, [_digest(row["digest"])])
    ticket = next_job(ours)["ticket"]
    assert serial_of(ticket) == 3
    print_it(ours, ticket)
    assert shown(ours, order)["state"] == "done"


def test_two_processes_do_not_both_take_the_last_of_the_share(
    scene: Callable[..., Scene], anvil: Anvil
) -> None:
    ours = scene(quota=10)
    failed(ours, 4)
    voidpolicy.choose_share(ours.ledger, ours.license, 1_000)
    url = ours.ledger.database.url.render_as_string(hide_password=False)
    others = [replace(ours.ledger, database=Database(url)) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda one: voidpolicy.void_by_share(one, ours.license), others))
    for one in others:
        one.database.close()
    assert len([mined for mined in done if mined is not None]) == 1
    assert state(ours)["voided"] == 1


def _digest(text: str) -> Digest:
    return Digest.parse(text)


def test_a_piece_that_its_center_calls_bad_asks_for_its_void_like_a_failed_print(
    scene: Callable[..., Scene],
) -> None:
    ours = scene(quota=2)
    voidpolicy.choose_share(ours.ledger, ours.license, 5_000)
    order = add(ours, quantity=2, retries=2, sign_off=True)
    said = []
    for accepted in (False, False, True):
        ticket = next_job(ours)["ticket"]
        print_it(ours, ticket)
        said.append(sign_off(ours, order, ticket, accepted=accepted))
    assert state(ours)["voided"] == 1
    (row,) = ours.center.ok("GET", f"/licenses/{ours.license}/failures")["items"]
    assert (row["serial"], row["outcome"], row["accepted"]) == (1, "done", False)
    assert row["evidence"] == row["sign_off"]["digest"] != row["digest"]
    assert row["sign_off"]["message"]["token"] == row["token"]
    (void,) = ours.center.ok("GET", "/voids", params={"license": ours.license})["items"]
    words = [one["digest"] for one in shown(ours, order)["statements"]]
    assert void["evidence"] == words[0]
    assert ours.findings(ours.license).count("void-on-a-centers-word") == 1
    assert not {"void-of-good-print", "void-without-evidence"} & set(ours.findings(ours.license))
    facts = [fact["what"] for fact in ours.dossier(f"{ours.license}:0")["facts"]]
    assert facts.index("PieceSignedOff") < facts.index("PrintsVoided")


def test_the_share_of_a_license_bounds_what_its_center_and_its_printers_call_failed_together(
    scene: Callable[..., Scene],
) -> None:
    ours = scene(quota=4)
    voidpolicy.choose_share(ours.ledger, ours.license, 2_500)
    order = add(ours, quantity=4, retries=9, sign_off=True)
    for outcome in (Outcome.FAILED, Outcome.DONE, Outcome.FAILED, Outcome.DONE, Outcome.DONE):
        ticket = next_job(ours)["ticket"]
        print_it(ours, ticket, outcome)
        sign_off(ours, order, ticket, accepted=False)
    assert next_job(ours)["ticket"] is None
    assert (state(ours)["voided"], state(ours)["quota"]) == (1, 5)
    assert sorted(waiting(ours)) == [1, 2, 3, 4]


def test_a_center_gets_nothing_for_calling_bad_what_it_accepted_or_what_was_not_reported(
    scene: Callable[..., Scene],
) -> None:
    ours = scene(quota=4)
    order = add(ours, quantity=3, retries=3, sign_off=True)
    ticket = next_job(ours)["ticket"]
    print_it(ours, ticket)
    sign_off(ours, order, ticket, accepted=True)
    with pytest.raises(AssertionError, match="Conflict"):
        sign_off(ours, order, ticket, accepted=False)
    unreported = next_job(ours)["ticket"]
    ours.redeem(unreported)
    sign_off(ours, order, unreported, accepted=False)
    assert waiting(ours) == []
    ours.center.ok("POST", "/receipts", json=ours.receipt(unreported, serial_of(unreported)))
    assert waiting(ours) == []


def test_an_owner_voids_on_a_centers_word_and_no_other_serial_on_it(
    scene: Callable[..., Scene],
) -> None:
    ours = scene(quota=2)
    order = add(ours, quantity=2, retries=1, sign_off=True)
    ticket = next_job(ours)["ticket"]
    receipt = print_it(ours, ticket)
    sign_off(ours, order, ticket, accepted=False)
    (row,) = ours.center.ok("GET", f"/licenses/{ours.license}/failures")["items"]
    path = f"/licenses/{ours.license}/voids"
    ours.designer.refused("EvidenceUnfit", "POST", path, json=draft(ours, receipt))
    body = {"sender": ours.designer.address, "receipts": [row["evidence"]]}
    ours.designer.send(ours.designer.ok("POST", path, json=body))
    assert (state(ours)["voided"], waiting(ours)) == (1, [])
    again = next_job(ours)["ticket"]
    print_it(ours, again)
    sign_off(ours, order, again, accepted=True)
    chain = chain_of(ours.ledger)
    call = chain.void_prints(ours.design, ours.license, 0, 2, Digest.parse(row["evidence"]))
    chain.send(call, chain.sender(ours.designer.signer))
    ours.ledger.indexer.catch_up()
    assert "void-without-evidence" in ours.findings(ours.license)


def test_a_service_killed_between_a_failed_receipt_and_its_void_voids_it_later(
    scene: Callable[..., Scene], anvil: Anvil
) -> None:
    ours = scene(quota=10)
    voidpolicy.choose_share(ours.ledger, ours.license, 1_000)
    ticket = ours.ticket()
    ours.redeem(ticket)
    body = ours.receipt(ticket, serial_of(ticket), outcome=Outcome.FAILED)
    database = Path(str(ours.ledger.database.url.database))
    folder = next(one for one in database.parents if (one / "deployment.json").exists())
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder), anvil.url, json.dumps(body)],
        cwd=ROOT,
        timeout=120,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert (waiting(ours), state(ours)["voided"]) == ([0], 0)
    assert ours.license not in voidpolicy.due(ours.ledger)  # a request may be at it
    later = replace(ours.ledger, clock=lambda: ours.now + voidpolicy.SOON_SECONDS)
    assert ours.license in voidpolicy.due(later)
    voider.void_what_is_due(later)
    assert (waiting(ours), state(ours)["voided"]) == ([], 1)
    assert ours.license not in voidpolicy.due(later)


def test_a_void_that_was_claimed_by_a_process_that_died_is_sent_when_the_claim_is_over(
    scene: Callable[..., Scene],
) -> None:
    ours = scene(quota=10)
    failed(ours)
    voidpolicy.choose_share(ours.ledger, ours.license, 1_000)
    with ours.ledger.database.write() as session:
        voidpolicy.note_failure(session, ours.license, ours.now)
    with ours.ledger.database.write() as session:
        (one,) = voids.failures(ours.ledger, ours.license).items
        queue.claim(session, ours.license, [one.evidence], ours.now + voiding.CLAIM_SECONDS)
    for seconds, voided in ((60, 0), (voiding.CLAIM_SECONDS + 60, 1)):
        later = replace(ours.ledger, clock=partial(int, ours.now + seconds))
        voider.void_what_is_due(later)
        assert state(ours)["voided"] == voided


def test_a_void_that_is_done_takes_its_room_in_the_share_once_though_its_claim_still_stands(
    scene: Callable[..., Scene],
) -> None:
    """The claim goes a moment after the void: what is told meanwhile is voided all the same."""
    ours = scene(quota=10)
    voidpolicy.choose_share(ours.ledger, ours.license, 2_000)
    (first,) = failed(ours)
    assert state(ours)["voided"] == 1
    with ours.ledger.database.write() as session:
        queue.claim(session, ours.license, [first["digest"]], ours.now + voiding.CLAIM_SECONDS)
    failed(ours)
    assert (state(ours)["voided"], waiting(ours)) == (2, [])


def test_a_void_that_the_chain_does_not_take_now_is_tried_again_and_one_it_refuses_waits(
    scene: Callable[..., Scene],
) -> None:
    ours = scene(quota=10)
    failed(ours)
    voidpolicy.choose_share(ours.ledger, ours.license, 1_000)
    with ours.ledger.database.write() as session:
        voidpolicy.note_failure(session, ours.license, ours.now)

    def down(*_: object) -> Mined:
        raise ChainUnavailable("It does not answer.")

    def refuse(*_: object) -> Mined:
        raise NotIssuer("It is none.")

    def due(seconds: int) -> bool:
        return ours.license in voidpolicy.due(at(seconds))

    def at(seconds: int) -> Ledger:
        return replace(ours.ledger, clock=lambda: ours.now + seconds)

    with pytest.raises(ChainUnavailable):
        voidpolicy.void_by_share(replace(ours.ledger, send=down), ours.license)
    assert due(60)
    with pytest.raises(NotIssuer):
        voidpolicy.void_by_share(replace(at(60), send=refuse), ours.license)
    assert not due(100_000)
    assert waiting(ours) == [0]


def test_a_failure_that_is_told_before_its_redemption_is_voided_after_it(
    scene: Callable[..., Scene],
) -> None:
    ours = scene(quota=10)
    voidpolicy.choose_share(ours.ledger, ours.license, 1_000)
    ticket = ours.ticket()
    body = ours.receipt(ticket, serial_of(ticket), outcome=Outcome.FAILED)
    ours.center.ok("POST", "/receipts", json=body)
    assert state(ours)["voided"] == 0
    ours.redeem(ticket)
    voider.void_what_is_due(replace(ours.ledger, clock=lambda: ours.now + 3_600))
    assert state(ours)["voided"] == 1


def test_a_failure_that_is_told_before_its_redemption_is_not_forgotten_over_another_void(
    scene: Callable[..., Scene],
) -> None:
    ours = scene(quota=10)
    voidpolicy.choose_share(ours.ledger, ours.license, 2_000)
    early, redeemed = ours.ticket(), ours.ticket()
    ours.redeem(redeemed)
    for ticket in (early, redeemed):
        body = ours.receipt(ticket, serial_of(ticket), outcome=Outcome.FAILED)
        ours.center.ok("POST", "/receipts", json=body)
    assert state(ours)["voided"] == 1
    ours.redeem(early)
    voider.void_what_is_due(replace(ours.ledger, clock=lambda: ours.now + 3_600))
    assert (state(ours)["voided"], waiting(ours)) == (2, [])
