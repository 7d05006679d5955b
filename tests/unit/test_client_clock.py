"""What a client signs ends by its desk's clock, and by no other."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from ledger.client import ServiceClient, queueside, slices, variants
from ledger.client.desk import Desk
from ledger.client.transport import Transport
from ledger.errors import ServiceUnavailable
from ledger.models import ZERO_DIGEST, ContentHash, Digest, HookAction, OrderAction
from ledger.rules import MAX_REQUEST_SECONDS
from ledger.signing import Signer
from tests.unit.lying import DESIGN, PIN, license_row

NOW = 4_000_000_000
"""A hundred years from what any wall clock says."""
ANY = Digest(b"\x17" * 32)

SIGNED: dict[str, Callable[[Desk, Path], object]] = {
    "order": lambda desk, _: queueside.add(desk, 4, 1, seconds=60),
    "change of an order": lambda desk, _: queueside.change(desk, ANY, OrderAction.PAUSE),
    "sign-off": lambda desk, _: queueside.sign_off(desk, ANY, ANY, accepted=True),
    "webhook": lambda desk, _: queueside.webhooks(desk, HookAction.LIST),
    "slice": lambda desk, _: slices.approve_slice(
        desk, ContentHash(ANY), ZERO_DIGEST, ANY, "PrusaSlicer-2.5.0"
    ),
    "variant": lambda desk, file: variants.upload_variant(desk, 4, file),
}


@pytest.mark.parametrize("action", SIGNED.values(), ids=SIGNED)
def test_what_is_signed_ends_by_the_desks_clock(
    action: Callable[[Desk, Path], object], tmp_path: Path
) -> None:
    sent: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json=license_row() | {"design": str(DESIGN)})
        request.read()
        sent.append(_deadline(request))
        return httpx.Response(503)

    file = tmp_path / "shoe.stl"
    file.write_bytes(b"solid shoe in size 42")
    url = "http://service.test"
    service = ServiceClient(url, transport=Transport(url, inner=httpx.MockTransport(answer)))
    desk = Desk(service, PIN, Signer.generate(), clock=lambda: NOW + 0.5)
    with pytest.raises(ServiceUnavailable):
        action(desk, file)
    assert sent
    assert all(NOW < deadline <= NOW + MAX_REQUEST_SECONDS for deadline in sent)


def _deadline(request: httpx.Request) -> int:
    if "deadline" in request.url.params:
        return int(request.url.params["deadline"])
    body = json.loads(request.content)
    said = next((one for one in body.values() if isinstance(one, dict)), body)
    assert "MEMBERS" not in said  # the service takes a message's own members only
    return int(said["deadline"])
