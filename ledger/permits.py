"""Permits: an allowance that is signed instead of sent (ERC-2612).

A permit names its spender, so one that is signed here for the licenses' contract is of
use to nobody else. Its domain is the currency's own: name and version are what the
currency says, and wrong ones only make a permit that it does not take.
"""

from __future__ import annotations

from dataclasses import dataclass

from eth_utils.crypto import keccak

from ledger.models import Address, Digest
from ledger.signing import TypedData

_MEMBERS = (
    ("address", "owner"),
    ("address", "spender"),
    ("uint256", "value"),
    ("uint256", "nonce"),
    ("uint256", "deadline"),
)
_DOMAIN = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"


@dataclass(frozen=True, slots=True)
class PermitTerms:
    """How a currency wants the permits of one owner to be signed."""

    name: str
    version: str
    nonce: int


def permit(
    terms: PermitTerms,
    chain_id: int,
    currency: Address,
    *,
    owner: Address,
    spender: Address,
    value: int,
    deadline: int,
) -> TypedData:
    """The `Permit` message of ERC-2612; `deadline` is its last valid second."""
    return TypedData(
        domain={
            "name": terms.name,
            "version": terms.version,
            "chainId": chain_id,
            "verifyingContract": currency,
        },
        primary_type="Permit",
        types={"Permit": [{"type": kind, "name": name} for kind, name in _MEMBERS]},
        message={
            "owner": str(owner),
            "spender": str(spender),
            "value": str(value),
            "nonce": str(terms.nonce),
            "deadline": deadline,
        },
    )


def separator(name: str, version: str, chain_id: int, currency: Address) -> Digest:
    """The EIP-712 domain separator of a currency with this name and version."""
    words = (
        keccak(text=_DOMAIN),
        keccak(text=name),
        keccak(text=version),
        chain_id.to_bytes(32, "big"),
        bytes.fromhex(currency[2:]).rjust(32, b"\0"),
    )
    return Digest(keccak(b"".join(words)))
