"""Failed prints: which wait, who voids them, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from ledger.anvil import Anvil
from ledger.models import Digest, Outcome, Void
from ledger.services.context import Ledger
from ledger.signing import Signer
from tests.api.failing import draft, failed, state, waiting
from tests.api.unchanged import nothing_changes
from tests.scene import Scene, new_scene
from tests.service import ETHER, Party


@pytest.fixture(scope="module")
def generous(
    anvil: Anvil, ledger: Ledger, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Scene]]:
    """Makes scenes at the same service, if it voided a fifth of each license by itself."""
    voiding = replace(ledger, void_share=2_000)
    folder = tmp_path_factory.mktemp("files")
    with TestClient(create_app(ledger=voiding)) as http:

        def party() -> Party:
            signer = Signer.generate()
            anvil.rpc("anvil_setBalance", signer.address, hex(1_000 * ETHER))
            return Party(signer, http, ledger.domain)

        yield lambda **options: new_scene(voiding, party, folder, **options)


# --- by hand -----------------------------------------------------------------


@pytest.mark.parametrize("outcome", [o for o in Outcome if o is not Outcome.DONE])
def test_the_owner_voids_a_failed_print_and_the_license_gets_another(
    scene: Callable[..., Scene], outcome: Outcome
) -> None:
    ours = scene(quota=1)
    (receipt,) = failed(ours, outcome=outcome)
    assert waiting(ours) == [0]
    ours.center.refused("QuotaExhausted", "POST", "/tokens", json=ours.token_request())
    path = f"/licenses/{ours.license}/voids"
    answer = ours.designer.ok("POST", path, json=draft(ours, receipt))
    assert answer["receipts"] == [receipt]
    ours.designer.send(answer)
    shown = state(ours)
    assert (shown["quota"], shown["spent"], shown["voided"]) == (2, 1, 1)
    assert waiting(ours) == []
    (void,) = ours.center.ok("GET", "/voids", params={"license": ours.license})["items"]
    assert (void["serials"], void["evidence"]) == ("1", receipt["digest"])
    assert (void["by"], void["quota"]) == (ours.designer.address, 2)

    ticket = ours.ticket()
    assert (ticket["token"]["word"], ticket["token"]["serials"]) == (0, "2")
    ours.redeem(ticket)
    ours.center.ok("POST", "/receipts", json=ours.receipt(ticket, 1))
    assert ours.findings(f"{ours.license}:0") == ["print-not-done"]
    assert ours.findings(f"{ours.license}:1") == []
    kinds = [fact["what"] for fact in ours.dossier(f"{ours.license}:0")["facts"]]
    assert kinds[-2:] == ["PrintReported", "PrintsVoided"]
    assert "PrintsVoided" not in str(ours.dossier(f"{ours.license}:1")["facts"])


def test_several_prints_are_voided_in_one_transaction_or_none(scene: Callable[..., Scene]) -> None:
    ours = scene(quota=300, max_quota=300)
    receipts = failed(ours, 3)
    path = f"/licenses/{ours.license}/voids"
    ours.designer.send(ours.designer.ok("POST", path, json=draft(ours, *receipts)))
    assert (state(ours)["quota"], state(ours)["voided"]) == (303, 3)
    assert len(ours.center.ok("GET", "/voids", params={"license": ours.license})["items"]) == 3
    assert "void-without-evidence" not in ours.findings(ours.license)


def test_what_shows_no_failure_is_no_evidence(scene: Callable[..., Scene]) -> None:
    ours, theirs = scene(quota=5), scene(quota=5)
    (receipt,), (foreign,) = failed(ours), failed(theirs)
    done = ours.ticket()
    ours.redeem(done)
    good = ours.center.ok("POST", "/receipts", json=ours.receipt(done, 1))
    unredeemed = ours.ticket()
    never = ours.center.ok(
        "POST", "/receipts", json=ours.receipt(unredeemed, 2, outcome=Outcome.FAILED)
    )
    stranger = ours.enrolled()
    other = ours.center.ok(
        "POST", "/receipts", json=ours.receipt(done, 1, by=stranger, outcome=Outcome.FAILED)
    )
    path = f"/licenses/{ours.license}/voids"
    assert waiting(ours) == [0]
    with nothing_changes(ours.ledger):
        for row in (foreign, good, never, other, {"digest": "0x" + "55" * 32}):
            ours.designer.refused("EvidenceUnfit", "POST", path, json=draft(ours, receipt, row))
        ours.designer.refused("MalformedRequest", "POST", path, json=draft(ours))
        ours.center.refused(
            "NotIssuer", "POST", path, json=draft(ours, receipt, sender=ours.center)
        )
        ours.designer.refused(
            "LicenseNotFound", "POST", "/licenses/99999/voids", json=draft(ours, receipt)
        )
    ours.designer.send(ours.designer.ok("POST", path, json=draft(ours, receipt)))
    ours.designer.refused("EvidenceUnfit", "POST", path, json=draft(ours, receipt))


# --- by a message that anybody sends -----------------------------------------


def signed(ours: Scene, receipt: dict[str, Any], by: Party | None = None) -> dict[str, Any]:
    """What the owner signs of a failed print, as POST /voids takes it."""
    signer = by or ours.designer
    body = {"issuer": signer.address, "receipt": receipt["digest"]}
    answer = signer.ok("POST", f"/licenses/{ours.license}/voids/message", json=body)
    assert answer["receipt"] == receipt
    void = Void(
        ours.design,
        ours.license,
        answer["word"],
        int(answer["serials"]),
        Digest.parse(receipt["digest"]),
        signer.address,
        answer["deadline"],
    )
    message = ours.ledger.domain.void(void)
    assert message.as_json() == answer["typed_data"]
    return {
        "void": {
            "design": str(void.design),
            "license": void.license,
            "word": void.word,
            "serials": str(void.serials),
            "evidence": str(void.evidence),
            "issuer": void.issuer,
            "deadline": void.deadline,
        },
        "signature": "0x" + signer.signer.sign(message).hex(),
    }


def test_the_service_sends_what_the_owner_signed_once(scene: Callable[..., Scene]) -> None:
    ours = scene(quota=2)
    (receipt,) = failed(ours)
    body = signed(ours, receipt)
    assert ours.center.ok("POST", "/voids", json=body)["block"]
    assert (state(ours)["quota"], state(ours)["voided"]) == (3, 1)
    with nothing_changes(ours.ledger):
        ours.center.refused("EvidenceUnfit", "POST", "/voids", json=body)


def test_anybody_sends_what_the_owner_signed(scene: Callable[..., Scene]) -> None:
    ours = scene(quota=2)
    (receipt,) = failed(ours)
    body = signed(ours, receipt) | {"sender": ours.center.address}
    ours.center.send(ours.center.ok("POST", "/voids/relay", json=body))
    (void,) = ours.center.ok("GET", "/voids", params={"license": ours.license})["items"]
    assert void["by"] == ours.designer.address


def test_a_void_that_says_anything_else_than_was_signed_is_refused(
    scene: Callable[..., Scene],
) -> None:
    ours = scene(quota=5)
    receipt, another = failed(ours, 2)
    body = signed(ours, receipt)
    cases = [
        ({"serials": "2"}, "EvidenceUnfit"),
        ({"serials": "3"}, "EvidenceUnfit"),
        ({"word": 1}, "EvidenceUnfit"),
        ({"evidence": another["digest"]}, "EvidenceUnfit"),
        ({"evidence": another["digest"], "serials": "2"}, "BadSignature"),
        ({"deadline": body["void"]["deadline"] + 1}, "BadSignature"),
        ({"deadline": 1}, "SignatureExpired"),
        ({"issuer": ours.center.address}, "BadSignature"),
    ]
    with nothing_changes(ours.ledger):
        for change, error in cases:
            changed = body | {"void": body["void"] | change}
            ours.center.refused(error, "POST", "/voids", json=changed)
    own = signed(ours, receipt, by=ours.center)
    with nothing_changes(ours.ledger):
        ours.center.refused("NotIssuer", "POST", "/voids", json=own)


# --- without asking ----------------------------------------------------------


def test_nothing_is_voided_without_asking_unless_the_operator_set_a_share(
    scene: Callable[..., Scene],
) -> None:
    ours = scene(quota=5)
    failed(ours)
    assert state(ours)["voided"] == 0
    assert ours.center.ok("GET", f"/licenses/{ours.license}/failures")["left"] == 0


def test_the_service_voids_up_to_its_share_and_the_rest_waits(
    generous: Callable[..., Scene],
) -> None:
    ours = generous(quota=10)
    failed(ours, 3)
    shown = ours.center.ok("GET", f"/licenses/{ours.license}/failures")
    assert ([row["serial"] for row in shown["items"]], shown["left"]) == ([2], 0)
    assert (state(ours)["quota"], state(ours)["voided"]) == (12, 2)
    voids = ours.center.ok("GET", "/voids", params={"license": ours.license})["items"]
    assert {void["by"] for void in voids} == {ours.ledger.issuer.address}
    assert "void-without-evidence" not in ours.findings(ours.license)
    ours.designer.send(
        ours.designer.ok(
            "POST", f"/licenses/{ours.license}/voids", json=draft(ours, *shown["items"])
        )
    )
    assert waiting(ours) == []


def test_reports_that_come_at_once_do_not_void_more_than_the_share(
    generous: Callable[..., Scene],
) -> None:
    ours = generous(quota=10)
    ticket = ours.ticket(count=6)
    ours.redeem(ticket)
    bodies = [ours.receipt(ticket, serial, outcome=Outcome.FAILED) for serial in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda body: ours.center.ok("POST", "/receipts", json=body), bodies))
    assert (state(ours)["voided"], len(waiting(ours))) == (2, 4)


def test_a_receipt_is_taken_although_its_void_cannot_be_sent(
    generous: Callable[..., Scene],
) -> None:
    ours = generous(quota=10)
    ticket = ours.ticket()
    ours.redeem(ticket)
    removal = ours.designer.ok("POST", "/issuers/removal", json={"designer": ours.designer.address})
    ours.designer.send(removal)
    ours.center.ok("POST", "/receipts", json=ours.receipt(ticket, outcome=Outcome.FAILED))
    assert (state(ours)["voided"], waiting(ours)) == (0, [0])
    ours.designer.authorize_issuer(ours.now + 9_000)
    failed(ours)  # the next failure of the license takes the one before along
    assert (state(ours)["voided"], waiting(ours)) == (2, [])
