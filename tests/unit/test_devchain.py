"""A development chain from outside: its port, and a node that dies while it answers."""

from __future__ import annotations

import os
import platform
import socket
import threading

import pytest

from ledger.anvil import Anvil
from ledger.devchain import free_port, rpc
from ledger.errors import ChainUnavailable
from tests.conftest import ROOT

BEGUN = b"HTTP/1.1 200 OK\r\nContent-Length: 38\r\n\r\n"


@pytest.mark.parametrize(
    "said",
    [b"", b"HTT", b"\0\0\0\r\n\r\n", BEGUN, BEGUN + b'{"jsonrpc":"2.0","id'],
    ids=["nothing", "half a line", "no HTTP", "no body", "half a body"],
)
def test_a_node_that_ends_while_it_answers_does_not_answer(said: bytes) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def die() -> None:
            caller, _ = listener.accept()
            with caller:
                while b"eth_chainId" not in caller.recv(65_536):
                    pass
                caller.sendall(said)

        node = threading.Thread(target=die)
        node.start()
        with pytest.raises(ChainUnavailable, match="does not answer eth_chainId"):
            rpc(f"http://127.0.0.1:{listener.getsockname()[1]}", "eth_chainId")
        node.join(20)


def test_two_who_are_given_a_port_before_either_listens_get_two() -> None:
    assert len({free_port() for _ in range(500)}) == 500


class Interrupted(Anvil):
    """Ctrl-C is pressed while it is waited for."""

    pids: tuple[int | None, ...] = ()

    def _answers(self) -> bool:
        self.pids = (*self.pids, self.pid)
        raise KeyboardInterrupt


@pytest.mark.chain
def test_a_node_whose_start_is_interrupted_does_not_outlive_it() -> None:
    node = Interrupted(ROOT)
    with pytest.raises(KeyboardInterrupt):
        node.start()
    (pid,) = node.pids
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)  # it was waited for
    assert node.pid is None


@pytest.mark.skipif(platform.system() != "Linux", reason="elsewhere nothing can be kept so")
def test_the_port_of_a_node_is_given_to_nobody_until_it_listens() -> None:
    node = Anvil(ROOT)
    with node._port_kept(), socket.socket() as other:
        with pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", node.port))
        with socket.create_server(("127.0.0.1", node.port)):  # as the node does: addresses reused
            pass
