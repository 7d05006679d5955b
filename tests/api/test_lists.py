"""Lists come in pages; a walk through them meets each item once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from ledger.anvil import Anvil
from ledger.signing import Signer
from tests.scene import Scene, new_file, new_scene
from tests.service import Party, new_ledger


@pytest.fixture(scope="module")
def many(anvil: Anvil, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A service of its own with five of everything."""
    folder = tmp_path_factory.mktemp("many")
    ledger = new_ledger(anvil, folder)

    def party() -> Party:
        signer = Signer.generate()
        anvil.rpc("anvil_setBalance", signer.address, hex(10**21))
        return Party(signer, client, ledger.domain)

    with TestClient(create_app(ledger=ledger)) as client:
        ours = new_scene(ledger, party, folder, quota=50)
        for number in range(4):
            ours.designer.register(new_file(folder))
            ours.designer.open_offer(ours.design, ours.now, price=str(number))
            ours.center.buy(ours.offer, 1)
            ours.enrolled()
        for ticket in [ours.ticket() for _ in range(5)]:
            serial = int(ticket["token"]["serials"]).bit_length() - 1
            client.post("/receipts", json=ours.receipt(ticket, serial))
        yield ours


LISTS = ["/designs", "/offers", "/licenses", "/tokens", "/receipts", "/printers"]


@pytest.mark.parametrize("path", LISTS)
def test_a_walk_through_the_pages_meets_each_item_once_in_order(many: Scene, path: str) -> None:
    whole = many.center.ok("GET", path, params={"limit": 200})
    assert len(whole["items"]) == 5
    assert whole["next_cursor"] is None
    for limit in (1, 2, 3, 5):
        found, cursor = [], None
        while True:
            query = {"limit": limit} | ({"cursor": cursor} if cursor else {})
            page = many.center.ok("GET", path, params=query)
            assert len(page["items"]) <= limit
            found += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert found == whole["items"], limit


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    "cursor", ["x", "%", "é", "MQ", "MSwyLDM", "LTEsMA", "YSxi", "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAsMA"]
)
def test_a_cursor_that_was_not_handed_out_is_refused(many: Scene, path: str, cursor: str) -> None:
    if cursor == "MQ" and path in ("/tokens", "/receipts"):
        return  # "1": that is a cursor there
    many.center.refused("CursorInvalid", "GET", path, params={"cursor": cursor})


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("limit", ["0", "-1", "201", "many"])
def test_a_page_has_1_to_200_items(many: Scene, path: str, limit: str) -> None:
    many.center.refused("MalformedRequest", "GET", path, params={"limit": limit})


def test_a_list_can_be_of_one_owner_design_or_licensee(many: Scene) -> None:
    nobody = {"owner": many.center.address}
    assert many.center.ok("GET", "/designs", params=nobody)["items"] == []
    for query in ({"licensee": many.center.address}, {"design": str(many.design)}):
        assert len(many.center.ok("GET", "/licenses", params=query)["items"]) == 5
    assert (
        many.center.ok("GET", "/licenses", params={"licensee": many.designer.address})["items"]
        == []
    )
    assert many.center.ok("GET", "/offers", params={"design": "5a" * 32})["items"] == []
    many.center.refused("MalformedRequest", "GET", "/licenses", params={"licensee": "me"})
