"""What the use cases work with: the ports, the keys and the clock of one service.

`Ledger` is built once, by `ledger.bootstrap`; the use cases are plain functions
that take it first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ledger.checkpoints import Anchored
from ledger.indexer import Indexer
from ledger.ipfs import CidHasher, Ipfs
from ledger.models import (
    Address,
    ContentHash,
    CrisisDeclaration,
    Digest,
    License,
    PledgeTerms,
    PrintToken,
    Void,
)
from ledger.services.moneyport import MoneyPort
from ledger.services.registryport import RegistryPort
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
    @property
    def gas(self) -> int | None: ...


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


class CheckpointPort(Protocol):
    """What is asked of the Checkpoints contract (`ledger.chain.checkpoints`)."""

    @property
    def address(self) -> Address: ...
    def anchor(self, size: int, root: Digest) -> Call: ...
    def anchored(self, log: Address) -> list[Anchored]: ...


class CrisisPort(Protocol):
    """What is asked of CrisisPledges (`ledger.chain.crises`)."""

    def pledge(self, design: ContentHash, council: Address, terms: PledgeTerms) -> Call: ...
    def name_centers(self, centers: Sequence[Address], *, named: bool) -> Call: ...
    def declare(self, region: Digest, until: int, evidence: Digest, signer: Address) -> Call: ...
    def declare_by_sig(self, declaration: CrisisDeclaration, signature: bytes) -> Call: ...
    def end(self, crisis: int) -> Call: ...
    def end_by_sig(self, crisis: int, deadline: int, signature: bytes) -> Call: ...
    def take(self, design: ContentHash, crisis: int, quota: int) -> Call: ...
    def may_issue(self, license: int, signer: Address) -> bool: ...


class ChainPort(RegistryPort, MoneyPort, Protocol):
    """What the use cases ask of the chain; `ledger.chain.Chain` says what each one means."""

    @property
    def checkpoints(self) -> CheckpointPort: ...
    @property
    def crises(self) -> CrisisPort: ...
    def verify(self) -> None: ...
    def now(self) -> int: ...
    def balance(self, address: Address) -> int: ...
    def license(self, design: ContentHash, number: int) -> License: ...
    def spent(self, number: int, word: int) -> int: ...
    def redeemed_as(self, token: PrintToken, digest: Digest, serial: int) -> Digest | None: ...
    def redeem(self, token: PrintToken, signature: bytes, take: int) -> Call: ...
    def redeem_tokens(self, tokens: Sequence[tuple[PrintToken, bytes, int]]) -> Call: ...
    def void_prints(
        self, design: ContentHash, number: int, word: int, serials: int, evidence: Digest
    ) -> Call: ...
    def void_prints_by_sig(self, void: Void, signature: bytes) -> Call: ...
    def transfer_license(self, design: ContentHash, number: int, to: Address) -> Call: ...
    def sublicense(self, design: ContentHash, number: int, to: Address, quota: int) -> Call: ...
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
    void_share: int = 0
    """Basis points of a license's prints that are voided without being told to."""
    webhook_networks: tuple[str, ...] = ()
    """Networks beside the public ones to which webhooks may go."""
    webhook_days: int = 30
    """Days for which it is remembered what became of a delivery."""
    enrolments_a_day: int = 200
    """Enrolments of one center that are taken within 24 hours."""

    def now(self) -> int:
        """The later of our clock and the chain's: what has ended for either has ended."""
        return max(self.clock(), self.chain.now())
