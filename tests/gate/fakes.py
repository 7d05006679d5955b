"""Fakes behind the gate's ports: a clock, a chain's rules and a service, in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from ledger.errors import (
    DesignNotFound,
    KeyNotReleasable,
    LedgerError,
    LicenseNotFound,
    Recalled,
    ReceiptContradicts,
    SerialAlreadySpent,
)
from ledger.gate import Keys
from ledger.models import (
    Address,
    ContentHash,
    Digest,
    Enrolment,
    KeyRequest,
    License,
    PrintToken,
    Receipt,
    RedemptionRequest,
    Refusal,
    Rights,
    Sight,
    Ticket,
    bit_of,
    serials_of,
)
from ledger.signing import Signer, require_signer
from ledger.tickets import digest_of
from ledger.tokens import Domain
from ledger.vault import ContentKey, new_kem_key, release_info, release_key
from tests.conftest import MODELS

START = 1_800_000_000
DOMAIN = Domain(31337, Address("0x" + "11" * 20), Address("0x" + "22" * 20))
ISSUER = Signer.from_secret(b"\x01" * 32)
CENTER = Signer.from_secret(b"\x02" * 32)
KEYS = Keys(Signer.from_secret(b"\x03" * 32), new_kem_key(lambda n: b"\x04" * n))
FILE = (MODELS / "box.3mf").read_bytes()


@dataclass
class FakeClock:
    time: int = START

    def now(self) -> int:
        return self.time


@dataclass(frozen=True)
class FakeDeployment:
    domain: Domain = DOMAIN


@dataclass
class FakeChain:
    """The contracts' rules that the gate looks at, in memory."""

    clock: FakeClock
    deployment: FakeDeployment = FakeDeployment()
    licenses: dict[tuple[ContentHash, int], License] = field(default_factory=dict)
    issuers: dict[ContentHash, set[Address]] = field(default_factory=dict)
    recalled: dict[ContentHash, ContentHash] = field(default_factory=dict)
    crisis_signers: dict[int, Address] = field(default_factory=dict)
    redeemed: dict[tuple[int, int], tuple[Digest, Digest]] = field(default_factory=dict)
    newest: int | None = None
    down: LedgerError | None = None
    blind: int = 0
    """How many times `redeemed_as` does not see the newest block yet."""

    def now(self) -> int:
        self._answer()
        return self.clock.time if self.newest is None else self.newest

    def license(self, design: ContentHash, number: int) -> License:
        self._answer()
        if (design, number) not in self.licenses:
            raise LicenseNotFound("No such license.")
        return self.licenses[design, number]

    def sight(self, token: PrintToken, signer: Address) -> Sight:
        license = self.licenses.get((token.design, token.license))
        recalled = self.recalled.get(token.design)
        may_issue = recalled is None and signer in self.issuers.get(token.design, ())
        if license is not None and Rights.CRISIS in license.rights and recalled is None:
            may_issue |= signer == self.crisis_signers.get(token.license)
        spent = self.spent(token.license, token.word)
        return Sight(self.now(), license, may_issue, recalled, spent)

    def may_issue(self, design: ContentHash, signer: Address) -> bool:
        self._answer()
        if design not in self.issuers:
            raise DesignNotFound("No such design.")
        if design in self.recalled:
            raise Recalled("Recalled.", design=str(design), recalled=str(self.recalled[design]))
        return signer in self.issuers[design]

    def spent(self, number: int, word: int) -> int:
        self._answer()
        bits = [bit_of(serial) for license, serial in self.redeemed if license == number]
        return sum(mask for found, mask in bits if found == word)

    def redeemed_as(self, token: PrintToken, digest: Digest, serial: int) -> Digest | None:
        self._answer()
        if self.blind:
            self.blind -= 1
            return None
        found = self.redeemed.get((token.license, serial))
        return found[1] if found is not None and found[0] == digest else None

    def spend(self, number: int, serial: int, digest: Digest) -> Digest:
        """What the contract does: once, for ever."""
        if (number, serial) in self.redeemed:
            raise SerialAlreadySpent(f"Serial {serial} was printed already.")
        transaction = Digest(hashlib.sha256(f"{number}/{serial}".encode()).digest())
        self.redeemed[number, serial] = (digest, transaction)
        return transaction

    def change(self, design: ContentHash, number: int, **fields: Any) -> None:
        self.licenses[design, number] = replace(self.licenses[design, number], **fields)

    def _answer(self) -> None:
        if self.down is not None:
            raise self.down


@dataclass
class FakeService:
    """Redeems on the fake chain, releases keys for real, and keeps what is reported."""

    chain: FakeChain
    keys: dict[ContentHash, ContentKey] = field(default_factory=dict)
    variants: dict[Digest, ContentKey] = field(default_factory=dict)
    """Keys of variants, by the token that binds one."""
    fails: dict[str, list[LedgerError]] = field(default_factory=dict)
    """Errors to raise at the next calls of a method, before it does anything."""
    loses: list[LedgerError] = field(default_factory=list)
    """Errors to raise at the next redemptions, after the chain has them."""
    before: dict[str, Callable[[], object]] = field(default_factory=dict)
    """What happens in the world at the next call of a method, just before it is answered."""
    after: dict[str, Callable[[], object]] = field(default_factory=dict)
    """And just after it was."""
    receipts: list[Receipt] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def redeem(self, ticket: Ticket, request: RedemptionRequest, signature: bytes) -> Digest:
        self._called("redeem")
        require_signer(DOMAIN.redemption_request(request), signature, ticket.token.printer)
        assert request.token == digest_of(ticket)
        (serial,) = serials_of(ticket.token.word, request.take)
        transaction = self.chain.spend(ticket.token.license, serial, digest_of(ticket))
        self.after.pop("redeem", bool)()
        if self.loses:
            raise self.loses.pop(0)
        return transaction

    def release_key(self, request: KeyRequest, signature: bytes) -> bytes:
        self._called("release_key")
        require_signer(DOMAIN.key_request(request), signature, request.printer)
        if self.chain.license(request.design, request.license).expiry <= self.chain.clock.time:
            raise KeyNotReleasable("The license is over.")
        info = release_info(request.design, request.license, request.printer, request.token)
        key = self.variants.get(request.token) or self.keys[request.design]
        blob = release_key(key, KEYS.kem.public_key, info)
        self.after.pop("release_key", bool)()
        return blob

    def report_receipt(self, receipt: Receipt, signature: bytes) -> None:
        self._called("report_receipt")
        require_signer(DOMAIN.receipt(receipt), signature, receipt.printer)
        for known in self.receipts:
            if (known.token, known.serial) == (receipt.token, receipt.serial) and known != receipt:
                digest = DOMAIN.receipt(known).digest()
                raise ReceiptContradicts("There is another receipt.", receipt=str(digest))
        if receipt not in self.receipts:
            self.receipts.append(receipt)

    def report_refusal(self, refusal: Refusal, signature: bytes) -> None:
        self._called("report_refusal")
        require_signer(DOMAIN.refusal(refusal), signature, refusal.printer)
        if refusal not in self.refusals:
            self.refusals.append(refusal)

    def enrol(
        self, enrolment: Enrolment, center_signature: bytes, printer_signature: bytes
    ) -> None:
        self._called("enrol")

    def _called(self, method: str) -> None:
        self.calls.append(method)
        self.before.pop(method, bool)()
        if self.fails.get(method):
            raise self.fails[method].pop(0)
