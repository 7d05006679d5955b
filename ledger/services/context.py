"""What the use cases work with: the ports, the keys and the clock of one service.

`Ledger` is built once, by `ledger.bootstrap`; the use cases are plain functions
that take it first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ledger.indexer import Indexer
from ledger.ipfs import CidHasher, Ipfs
from ledger.models import Address, ContentHash, Digest, License, Offer, PrintToken
from ledger.signing import Signer
from ledger.store import Database
from ledger.tokens import Domain
from ledger.vault import ServiceKey


class Call(Protocol):
    """A contract call that wants a signature (`ledger.chain.Call`)."""

    @property
    def to(self) -> Address: ...
    @property
    def data(self) -> str: ...
    @property
    def value(self) -> int: ...


class Mined(Protocol):
    """A transaction in a block (`ledger.chain.Mined`)."""

    @property
    def transaction(self) -> Digest: ...
    @property
    def block(self) -> int: ...
    @property
    def gas_used(self) -> int: ...
    @property
    def events(self) -> tuple[Any, ...]: ...


class ChainPort(Protocol):
    """What the use cases ask of the chain; `ledger.chain.Chain` says what each one means."""

    def verify(self) -> None: ...
    def now(self) -> int: ...
    def balance(self, address: Address) -> int: ...
    def design_owner(self, design: ContentHash) -> Address: ...
    def may_issue(self, design: ContentHash, signer: Address) -> bool: ...
    def issuer_expiry(self, designer: Address, issuer: Address) -> int: ...
    def license(self, design: ContentHash, number: int) -> License: ...
    def spent(self, number: int, word: int) -> int: ...
    def tally(self, number: int) -> tuple[int, int]: ...
    def hash_offer(self, offer: Offer) -> Digest: ...
    def redeemed_as(self, token: PrintToken, digest: Digest, serial: int) -> Digest | None: ...
    def register_by_sig(
        self,
        design: ContentHash,
        metadata: Digest,
        owner: Address,
        deadline: int,
        signature: bytes,
    ) -> Call: ...
    def authorize_issuer(self, issuer: Address, expiry: int) -> Call: ...
    def remove_issuer(self, issuer: Address) -> Call: ...
    def open_offer(self, offer: Offer) -> Call: ...
    def close_offer(self, offer: Offer) -> Call: ...
    def buy(self, offer: Offer, quota: int) -> Call: ...
    def grant(
        self, design: ContentHash, licensee: Address, quota: int, expiry: int, grace: int
    ) -> Call: ...
    def revoke(self, design: ContentHash, number: int, reason: Digest) -> Call: ...
    def redeem(self, token: PrintToken, signature: bytes, take: int) -> Call: ...
    def settle(self, design: ContentHash, number: int, first_word: int, words: int) -> Call: ...
    def refund(self, design: ContentHash, number: int, first_word: int, words: int) -> Call: ...
    def withdraw(self, design: ContentHash, currency: Address, to: Address) -> Call: ...
    def complete(self, call: Any, sender: Address) -> dict[str, Any]: ...
    def would_pass(self, call: Any, sender: Address) -> bool: ...
    def broadcast(self, raw: bytes) -> Mined: ...


@dataclass(frozen=True, slots=True)
class Ledger:
    """One running service."""

    database: Database
    chain: ChainPort
    ipfs: Ipfs
    indexer: Indexer
    domain: Domain
    issuer: Signer
    """Signs print tokens; pays for registrations and redemptions that it relays."""
    send: Callable[[Call], Mined]
    """Signs a call with the issuer's key, sends it and waits for its block."""
    service_key: ServiceKey
    cid_hasher: Callable[[], CidHasher]
    work_folder: Path
    """Private folder for files on their way (mode 0700)."""
    max_design_bytes: int
    clock: Callable[[], int]
    """Unix seconds."""
    random: Callable[[int], bytes]
    """So many random bytes, fit for keys."""

    def now(self) -> int:
        """The later of our clock and the chain's: what has ended for either has ended."""
        return max(self.clock(), self.chain.now())
