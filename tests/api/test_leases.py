"""Leases over HTTP: requested, issued, and returned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ledger import vault
from ledger.leasefiles import digest_of
from ledger.models import Digest, JournalKind, serials_of
from ledger.services import pooled
from ledger.signing import require_signer
from ledger.store import log
from tests.leasing import Book, lease, lease_request, serials
from tests.scene import NOBODY, Scene

pytestmark = pytest.mark.usefixtures("redeemed_only_when_told")

GRACE = 24


@pytest.fixture(scope="module")
def ours(scene: Callable[..., Scene]) -> Scene:
    """A license of 2,000 prints that may be redeemed a day later."""
    return scene(quota=2_000, max_quota=2_000, grace=GRACE)


def test_a_lease_is_whole_signed_and_opens_for_its_printer_alone(ours: Scene) -> None:
    file = lease(ours, count=300)
    assert file.lease.count == 300 == len(serials(file))
    assert len(file.tickets) == 2
    domain = ours.ledger.domain
    require_signer(domain.typed(file.lease), file.signature, ours.ledger.issuer.address)
    require_signer(domain.typed(file.news.news), file.news.signature, ours.ledger.issuer.address)
    info = vault.release_info(ours.design, ours.license, ours.printer.address, digest_of(file))
    vault.receive_key(file.key, ours.printer.kem, info)
    with ours.ledger.database.read() as session:
        assert log.indices(session, [str(digest_of(file))]), "it is in the log"


def test_the_same_request_again_is_answered_with_the_same_file(ours: Scene) -> None:
    request = lease_request(ours)
    first = ours.center.http.post("/leases", json=request)
    second = ours.center.http.post("/leases", json=request)
    digest = first.json()["digest"]
    assert first.content == second.content
    assert ours.center.http.get(f"/leases/{digest}").content == first.content
    listed = ours.center.ok("GET", "/leases", params={"license": ours.license, "limit": 200})
    assert digest in [one["digest"] for one in listed["items"]]
    assert ours.center.ok("GET", "/leases", params={"printer": NOBODY})["items"] == []


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"count": 0}, "MalformedRequest"),
        ({"count": 2_561}, "MalformedRequest"),
        ({"count": 2_400}, "QuotaExhausted"),
        ({"lifetime": 0}, "MalformedRequest"),
        ({"lifetime": 30 * 86_400 + 1}, "MalformedRequest"),
        ({"silence": 59}, "MalformedRequest"),
        ({"silence": 30 * 86_400 + 1}, "MalformedRequest"),
        ({"deadline": 1}, "SignatureExpired"),
        ({"printer": NOBODY}, "PrinterNotEnrolled"),
        ({"license": 10**9}, "LicenseNotFound"),
        ({"job": Digest(b"\x09" * 32)}, "VariantsNotAllowed"),
    ],
)
def test_a_request_that_cannot_be_answered(
    ours: Scene, changed: dict[str, Any], error: str
) -> None:
    ours.center.refused(error, "POST", "/leases", json=lease_request(ours, **changed))


def test_a_license_without_grace_is_for_prints_online_only(scene: Callable[..., Scene]) -> None:
    online = scene(quota=3)
    online.center.refused("LeaseNotAllowed", "POST", "/leases", json=lease_request(online))


def test_another_center_gets_no_lease(ours: Scene, scene: Callable[..., Scene]) -> None:
    other = replace(ours, center=scene().center)
    other.center.refused("BadSignature", "POST", "/leases", json=lease_request(other))
    ours.center.refused("LeaseNotFound", "GET", f"/leases/{'0x' + '5a' * 32}")


def test_a_returned_lease_has_its_unspent_serials_free_at_once(scene: Callable[..., Scene]) -> None:
    ours = scene(quota=10, grace=GRACE)
    book = Book(ours, ours.printer)
    file = lease(ours, count=10)
    ours.center.refused("QuotaExhausted", "POST", "/tokens", json=ours.token_request())
    first, second, *rest = serials(file)
    book.spend(file, first, second)
    book.write(JournalKind.RETURN, file)
    book.spend(file, rest[0])
    known = book.hand_in()
    assert [one["kind"] for one in known["findings"]] == ["spend-after-return"]
    issued = ours.tickets(count=8)
    taken = [s for one in issued for s in serials_of(0, int(one["token"]["serials"]))]
    assert taken == rest
    assert pooled.settle(ours.ledger, at_once=True) == 2
    assert "spend-after-return" in ours.findings(book.address)
