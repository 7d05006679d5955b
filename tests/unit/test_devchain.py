"""A development chain from outside: its port, and a node that dies while it answers."""

from __future__ import annotations

import socket
import threading

import pytest

from ledger.devchain import free_port, rpc
from ledger.errors import ChainUnavailable

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
