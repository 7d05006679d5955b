"""One account, and several who send from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ledger.anvil import Anvil
from ledger.chain import sender as sending
from ledger.chain.reverts import RevertDecoder
from ledger.chain.rpc import Rpc
from ledger.chain.sender import Sender
from ledger.errors import ChainUnavailable
from ledger.models import Address
from ledger.signing import Signer

pytestmark = pytest.mark.chain


def test_who_is_overtaken_by_another_process_with_the_same_key_takes_the_next_nonce(
    anvil: Anvil, funded: Callable[[], Signer], monkeypatch: pytest.MonkeyPatch
) -> None:
    signer, fill = funded(), sending.fill
    ours, theirs = (Sender(Rpc(anvil.url, RevertDecoder([])), signer) for _ in range(2))
    quicker = [1, 2]

    def overtaken(rpc: Rpc, address: Address, transaction: dict[str, Any]) -> dict[str, Any]:
        complete = fill(rpc, address, transaction)
        if transaction["value"] == 7 and quicker:
            theirs.send({"to": str(signer.address), "value": quicker.pop()})
        return complete

    monkeypatch.setattr(sending, "fill", overtaken)
    receipt = ours.send({"to": str(signer.address), "value": 7})
    assert receipt["status"] == 1
    assert anvil.rpc("eth_getTransactionCount", signer.address, "latest") == "0x3"


def test_who_is_overtaken_each_time_is_told_so(
    anvil: Anvil, funded: Callable[[], Signer], monkeypatch: pytest.MonkeyPatch
) -> None:
    signer, fill = funded(), sending.fill
    ours = Sender(Rpc(anvil.url, RevertDecoder([])), signer)
    ours.send({"to": str(signer.address), "value": 1})

    def late(*arguments: Any) -> dict[str, Any]:
        return {**fill(*arguments), "nonce": 0}

    monkeypatch.setattr(sending, "fill", late)
    with pytest.raises(ChainUnavailable, match="nonce too low"):
        ours.send({"to": str(signer.address), "value": 2})
