"""Content keys over HTTP: for the printer that a token names, and for nobody else."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ledger import tickets
from ledger.errors import TokenExpired
from ledger.models import ContentHash, Digest, KeyRequest
from ledger.services import audit, releasing
from ledger.store import slices
from tests.api.unchanged import nothing_changes
from tests.scene import Scene
from tests.service import Printer, chain_of


def test_a_key_is_released_before_redemption_and_only_to_the_tokens_printer(ours: Scene) -> None:
    ticket, other = ours.ticket(), ours.enrolled()
    body = ours.key_request(ticket)
    released = ours.center.ok("POST", "/keys", json=body)
    assert (released["cid"], released["sealed_size"]) == (ticket["cid"], ticket["sealed_size"])
    assert ours.center.ok("POST", "/keys", json=body)["wrapped"] != released["wrapped"]
    ours.redeem(ticket)
    ours.center.ok("POST", "/keys", json=body)  # after a crash it is asked for again
    with nothing_changes(ours.ledger):
        theirs = ours.key_request(ticket, other)
        ours.center.refused("KeyNotReleasable", "POST", "/keys", json=theirs)
        stolen = ours.key_request(ticket, other, printer=ours.printer.address)
        ours.center.refused("BadSignature", "POST", "/keys", json=stolen)
        stranger = ours.key_request(ticket, Printer.new())
        ours.center.refused("PrinterNotEnrolled", "POST", "/keys", json=stranger)


def test_each_release_is_kept_once(ours: Scene) -> None:
    ticket = ours.ticket()
    for _ in range(3):
        ours.center.ok("POST", "/keys", json=ours.key_request(ticket))
    with ours.ledger.database.read() as session:
        (row,) = slices.releases(session, [ticket["digest"]])
    assert (row.printer, row.released_at <= ours.now) == (ours.printer.address, True)


def test_a_token_whose_serials_went_by_another_token_gives_no_key(
    scene: Callable[..., Scene],
) -> None:
    """The designer may sign for a serial on their own; what is spent so cannot be printed."""
    theirs = scene()
    ticket = theirs.ticket()
    token = replace(tickets.parse(json.dumps(ticket).encode()).token, not_before=1)
    signer, chain = theirs.designer.signer, chain_of(theirs.ledger)
    signature = signer.sign(theirs.ledger.domain.print_token(token))
    chain.send(chain.redeem(token, signature, token.serials), chain.sender(signer))
    theirs.ledger.indexer.catch_up()
    with nothing_changes(theirs.ledger):
        body = theirs.key_request(ticket)
        theirs.center.refused("KeyNotReleasable", "POST", "/keys", json=body)


def test_no_key_is_given_when_the_designer_took_the_authority_back(
    scene: Callable[..., Scene],
) -> None:
    theirs = scene()
    ticket = theirs.ticket()
    chain = chain_of(theirs.ledger)
    call = chain.remove_issuer(theirs.ledger.issuer.address)
    chain.send(call, chain.sender(theirs.designer.signer))
    theirs.ledger.indexer.catch_up()
    with nothing_changes(theirs.ledger):
        body = theirs.key_request(ticket)
        theirs.center.refused("NotIssuer", "POST", "/keys", json=body)


def test_no_key_is_given_when_the_token_is_over(scene: Callable[..., Scene]) -> None:
    """And the audit tells of a key that was released, and never followed by a redemption."""
    theirs = scene()
    redeemed, left = theirs.ticket(), theirs.ticket()
    for ticket in (redeemed, left):
        theirs.center.ok("POST", "/keys", json=theirs.key_request(ticket))
    theirs.redeem(redeemed)
    assert "key-released-not-redeemed" not in theirs.findings(theirs.license)
    later = replace(theirs.ledger, clock=lambda: left["token"]["deadline"] + 10**6)
    request = KeyRequest(
        theirs.design,
        theirs.license,
        Digest.parse(left["digest"]),
        theirs.printer.address,
        later.now() + 60,
    )
    signature = theirs.printer.signer.sign(later.domain.key_request(request))
    with nothing_changes(theirs.ledger), pytest.raises(TokenExpired):
        releasing.release_key(later, request, signature)
    dossier = audit.audit(later, str(theirs.design))
    found = [f.where for f in dossier.findings if f.kind == "key-released-not-redeemed"]
    assert found == [f"print token {left['digest']}"]


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"deadline": 1}, "SignatureExpired"),
        ({"deadline": 2**40 - 1}, "MalformedRequest"),
        ({"token": Digest(b"\x5a" * 32)}, "TokenNotFound"),
        ({"license": 10**6}, "KeyNotReleasable"),
        ({"design": ContentHash(b"\x5a" * 32)}, "KeyNotReleasable"),
    ],
)
def test_a_key_request_that_names_something_else_gets_no_key(
    ours: Scene, changed: dict[str, Any], error: str
) -> None:
    ticket = ours.ticket()
    ours.redeem(ticket)
    with nothing_changes(ours.ledger):
        body = ours.key_request(ticket, **changed)
        ours.center.refused(error, "POST", "/keys", json=body)


def test_a_redeemed_token_of_one_design_gives_no_key_of_another(
    scene: Callable[..., Scene], ours: Scene
) -> None:
    theirs = scene()
    ticket = ours.ticket()
    ours.redeem(ticket)
    with nothing_changes(ours.ledger):
        body = ours.key_request(ticket, design=theirs.design, license=theirs.license)
        ours.center.refused("KeyNotReleasable", "POST", "/keys", json=body)
