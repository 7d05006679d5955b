"""What a void does to the money, the audit and the log; and what cannot be revoked."""

from __future__ import annotations

from collections.abc import Callable

from ledger.anvil import Anvil
from ledger.models import NATIVE_CURRENCY, Digest, Rights
from tests.api.failing import draft, failed, state
from tests.api.unchanged import nothing_changes
from tests.scene import Scene
from tests.service import PRICE, chain_of


def test_the_design_earns_one_price_for_one_good_print(scene: Callable[..., Scene]) -> None:
    ours = scene(quota=3)
    (receipt,) = failed(ours)
    path = f"/licenses/{ours.license}/voids"
    ours.designer.send(ours.designer.ok("POST", path, json=draft(ours, receipt)))
    for _ in range(3):
        ours.redeem(ours.ticket())
    settle = f"/licenses/{ours.license}/settlement"
    ours.center.send(ours.center.ok("POST", settle, json={"sender": ours.center.address}))
    chain = chain_of(ours.ledger)
    assert chain.tally(ours.license) == (3, 0, 1)
    assert chain.earnings(ours.design, NATIVE_CURRENCY) == 3 * PRICE
    assert (state(ours)["earned"], state(ours)["quota"], state(ours)["spent"]) == (3, 4, 4)


def test_a_print_that_was_settled_first_is_replaced_without_a_second_price(
    scene: Callable[..., Scene],
) -> None:
    ours = scene(quota=2)
    (receipt,) = failed(ours)
    settle, sender = f"/licenses/{ours.license}/settlement", {"sender": ours.center.address}
    ours.center.send(ours.center.ok("POST", settle, json=sender))
    path = f"/licenses/{ours.license}/voids"
    ours.designer.send(ours.designer.ok("POST", path, json=draft(ours, receipt)))
    for _ in range(2):
        ours.redeem(ours.ticket())
    ours.center.send(ours.center.ok("POST", settle, json=sender))
    ours.center.refused("NothingToSettle", "POST", settle, json=sender)
    assert chain_of(ours.ledger).tally(ours.license) == (2, 0, 1)


def test_what_is_never_printed_after_a_void_is_refunded(
    scene: Callable[..., Scene], later: Callable[[int], None], anvil: Anvil
) -> None:
    ours = scene(quota=3, duration=10_000)
    (receipt,) = failed(ours)
    path = f"/licenses/{ours.license}/voids"
    ours.designer.send(ours.designer.ok("POST", path, json=draft(ours, receipt)))
    chain = anvil.rpc("evm_snapshot")
    later(10_001)
    body = {"licensee": ours.center.address}
    refund = ours.center.ok("POST", f"/licenses/{ours.license}/refund", json=body)
    ours.center.send(refund)
    assert chain_of(ours.ledger).tally(ours.license) == (0, 3, 1)
    assert (state(ours)["refunded"], state(ours)["voided"]) == (3, 1)
    anvil.rpc("evm_revert", chain)
    ours.ledger.indexer.catch_up()


def test_the_audit_finds_voids_without_evidence_and_voids_of_good_prints(
    scene: Callable[..., Scene],
) -> None:
    ours = scene(quota=9)
    chain = chain_of(ours.ledger)
    sender = chain.sender(ours.designer.signer)
    ticket = ours.ticket(count=2)
    ours.redeem(ticket)
    done = ours.center.ok("POST", "/receipts", json=ours.receipt(ticket, 0))
    bad = ours.center.ok("POST", "/receipts", json=ours.receipt(ticket, 1, outcome="failed"))
    evidence = Digest.parse(bad["digest"])
    chain.send(chain.void_prints(ours.design, ours.license, 0, 3, evidence), sender)
    kinds = sorted(ours.findings(ours.license))
    assert kinds == ["print-not-done", "void-of-good-print", "void-without-evidence"]
    said = [
        finding["detail"]
        for finding in ours.dossier(ours.license)["findings"]
        if finding["kind"].startswith("void-")
    ]
    assert all("serial 0 of" in text.lower() for text in said)
    assert done["digest"] in "".join(said)


def test_a_voided_serials_receipt_stays_in_the_log(scene: Callable[..., Scene]) -> None:
    ours = scene(quota=2)
    (receipt,) = failed(ours)
    path = f"/licenses/{ours.license}/voids"
    ours.designer.send(ours.designer.ok("POST", path, json=draft(ours, receipt)))
    proven = ours.dossier(f"{ours.license}:0")["log"]
    assert receipt["digest"] in [row["digest"] for row in proven]


def test_a_license_that_cannot_be_revoked_is_named_so_before_anything_is_signed(
    scene: Callable[..., Scene],
) -> None:
    ours = scene()
    chain = chain_of(ours.ledger)
    grant = chain.grant(
        ours.design, ours.center.address, 3, ours.now + 9_000, 0, Rights.IRREVOCABLE
    )
    mined = chain.send(grant, chain.sender(ours.designer.signer))
    number = mined.events[0].arguments["license"]
    ours.ledger.indexer.catch_up()
    body = {"sender": ours.designer.address, "reason": "because"}
    with nothing_changes(ours.ledger):
        ours.designer.refused(
            "LicenseIrrevocable", "POST", f"/licenses/{number}/revocation", json=body
        )
