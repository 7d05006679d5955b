"""The development stack from inside: what stands in its way is said, and nothing is left."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from ledger.client import ServiceClient
from ledger.config import Settings
from ledger.devchain import rpc
from ledger.errors import ChainUnavailable, ServiceUnavailable, SetupError
from ledger.stack import ISSUER_WEI, Stack

pytestmark = pytest.mark.chain


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield int(other.getsockname()[1])


@pytest.mark.parametrize("option", ["port", "chain_port"])
def test_a_port_in_use_is_named(tmp_path: Path, taken: int, option: str) -> None:
    ports = {"port": 0, "chain_port": 0, option: taken}
    stack = Stack(Settings(home=tmp_path), port=ports["port"], chain_port=ports["chain_port"])
    with pytest.raises(SetupError, match=f"{taken} is in use"):
        stack.start()


def test_pinned_files_keep_their_store(tmp_path: Path) -> None:
    """Files were pinned in the embedded store: a Kubo that came later does not hide them."""
    (tmp_path / "service" / "blocks").mkdir(parents=True)
    (tmp_path / "service" / "blocks" / "a-file").write_bytes(b"x")
    said: dict[str, str] = {}
    settings = Settings(home=tmp_path, ipfs_api=None)
    with Stack(settings, port=0, chain_port=0, say=said.__setitem__) as stack:
        assert "embedded" in said["ipfs"].lower()
        assert stack.settings.ipfs_api is None
        with ServiceClient(stack.url) as client:
            assert client.ready().status == "ready"
    with ServiceClient(stack.url) as client, pytest.raises(ServiceUnavailable):
        client.ready()


def test_a_chain_that_dies_ends_the_stack_and_one_that_is_slow_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.stack._LOOK_SECONDS", 0.05)
    monkeypatch.setattr("ledger.devchain._CALL_SECONDS", 0.1)
    ended = list[str]()

    def wait() -> None:
        with pytest.raises(ChainUnavailable) as caught:
            stack.wait()
        ended.append(caught.value.detail)

    with Stack(Settings(home=tmp_path), port=0, chain_port=0) as stack:
        pid = stack._chain.pid
        assert pid is not None
        waiting = threading.Thread(target=wait)
        os.kill(pid, signal.SIGSTOP)  # our own child, by its own number
        waiting.start()
        waiting.join(1)
        assert waiting.is_alive()
        os.kill(pid, signal.SIGKILL)
        waiting.join(20)
    (said,) = ended
    assert "ended by itself" in said


def test_a_stack_on_ganache_goes_on_where_it_ended(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, dev_chain="ganache")
    said: dict[str, str] = {}
    with Stack(settings, port=0, chain_port=0, say=said.__setitem__) as stack:
        url = stack.settings.rpc_url
        assert str(rpc(url, "web3_clientVersion")).startswith("Ganache/v7.9.2")
        balance = rpc(url, "eth_getBalance", said["issuer"], "latest")
        assert balance == hex(ISSUER_WEI)
        first = stack.deployment
    with Stack(settings, port=0, chain_port=0, say=said.__setitem__) as stack:
        assert stack.deployment == first
        assert said["contracts"].startswith("kept")
        assert rpc(stack.settings.rpc_url, "eth_getBalance", said["issuer"], "latest") == balance


@pytest.mark.parametrize(("kept", "asked"), [("chain.json", "ganache"), ("ganache", "anvil")])
def test_a_chain_is_not_mistaken_for_one_of_the_other_node(
    tmp_path: Path, kept: str, asked: Literal["anvil", "ganache"]
) -> None:
    (tmp_path / "dev" / kept).mkdir(parents=True)
    stack = Stack(Settings(home=tmp_path, dev_chain=asked), port=0, chain_port=0)
    with pytest.raises(SetupError, match="keeps a chain of"):
        stack.start()


def test_signals_are_given_back(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with Stack(Settings(home=tmp_path), port=0, chain_port=0) as stack:
        assert signal.getsignal(signal.SIGTERM) is not before
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start()
        stack.wait()
    assert signal.getsignal(signal.SIGTERM) is before
