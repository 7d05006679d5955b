"""One contract call, built but not sent, and how its arguments are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ledger.models import Address


@dataclass(frozen=True, slots=True)
class Call:
    """A contract call that wants a signature: to whom, what, and how much value in wei.

    `gas` is its limit where an estimate would be wrong.
    """

    to: Address
    data: str
    value: int = 0
    gas: int | None = None


def build(contract: Any, name: str, *arguments: Any) -> Call:
    """The call of a contract's function."""
    return Call(Address(contract.address), contract.encode_abi(name, args=arguments))


def as_argument(address: Address) -> Any:
    """An address as web3 takes it."""
    return str(address)
