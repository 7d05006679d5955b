"""A small world around one gate: fakes behind its ports, real files, keys and seals."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ledger import gate
from ledger.errors import (
    DesignNotFound,
    KeyNotReleasable,
    LedgerError,
    LicenseNotFound,
    SerialAlreadySpent,
)
from ledger.gate.hosts.folder import FolderHost
from ledger.gate.journal import Journal, Record, read
from ledger.gate.tickets import digest_of, dump
from ledger.ipfs import CidHasher, EmbeddedIpfs
from ledger.models import (
    ZERO_DIGEST,
    Address,
    ContentHash,
    Digest,
    Enrolment,
    KeyRequest,
    License,
    PrintToken,
    Receipt,
    Refusal,
    Ticket,
    bit_of,
    serials_of,
)
from ledger.signing import Signer, require_signer
from ledger.tokens import Domain
from ledger.vault import ContentKey, Sealed, new_content_key, new_kem_key, release_info, release_key
from ledger.vault import seal as seal_file
from tests.conftest import MODELS

START = 1_800_000_000
DOMAIN = Domain(31337, Address("0x" + "11" * 20), Address("0x" + "22" * 20))
ISSUER = Signer.from_secret(b"\x01" * 32)
CENTER = Signer.from_secret(b"\x02" * 32)
KEYS = gate.Keys(Signer.from_secret(b"\x03" * 32), new_kem_key(lambda n: b"\x04" * n))
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

    def may_issue(self, design: ContentHash, signer: Address) -> bool:
        self._answer()
        if design not in self.issuers:
            raise DesignNotFound("No such design.")
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

    def redeem(self, ticket: Ticket, take: int) -> Digest:
        self._called("redeem")
        (serial,) = serials_of(ticket.token.word, take)
        transaction = self.chain.spend(ticket.token.license, serial, digest_of(ticket))
        if self.loses:
            raise self.loses.pop(0)
        return transaction

    def release_key(self, request: KeyRequest, signature: bytes) -> bytes:
        self._called("release_key")
        require_signer(DOMAIN.key_request(request), signature, request.printer)
        if not any(token == request.token for token, _ in self.chain.redeemed.values()):
            raise KeyNotReleasable("Not redeemed.")
        info = release_info(request.design, request.license, request.printer, request.token)
        blob = release_key(self.keys[request.design], KEYS.kem.public_key, info)
        self.after.pop("release_key", bool)()
        return blob

    def report_receipt(self, receipt: Receipt, signature: bytes) -> None:
        self._called("report_receipt")
        require_signer(DOMAIN.receipt(receipt), signature, receipt.printer)
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


class World:
    """One gate with everything around it; `start` and `stop` it as often as you like."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        self.chain = FakeChain(self.clock)
        self.service = FakeService(self.chain)
        self.store = EmbeddedIpfs(folder / "blocks")
        self.config = make_config(folder)
        self.host = self.new_host()
        self.journal: Callable[[Path], Journal] = Journal
        """Opens the journal of the gate's next life."""
        self._gate: gate.Gate | None = None
        self.sealed, key = seal(self.store, FILE)
        self.design = self.sealed.content_hash
        self.service.keys[self.design] = key
        self.chain.issuers[self.design] = {ISSUER.address}
        self.add_license(1)

    def new_host(self) -> FolderHost:
        return FolderHost(self.config.hot, self.clock)

    @property
    def gate(self) -> gate.Gate:
        if self._gate is None:
            journal = self.journal(self.config.journal)
            self.journal = Journal
            self._gate = gate.Gate(
                self.config,
                KEYS,
                self.chain,
                self.service,
                self.store,
                self.host,
                self.clock,
                journal,
            )
        return self._gate

    def stop(self) -> None:
        if self._gate is not None:
            self._gate.close()
            self._gate = None

    def restart(self) -> None:
        self.stop()
        self.host = self.new_host()

    def add_license(self, number: int, quota: int = 3, **fields: Any) -> None:
        held = License(self.design, number, CENTER.address, quota, START + 10_000, 0, False)
        self.chain.licenses[self.design, number] = replace(held, **fields)

    def ticket(self, serials: int = 1, signer: Signer = ISSUER, **fields: Any) -> Ticket:
        """A signed ticket for the printer; `fields` are those of token and ticket."""
        return make_ticket(DOMAIN, self.sealed, serials, signer, **fields)

    def drop(self, ticket: Ticket, name: str = "print.token.json") -> Path:
        return self.drop_bytes(dump(ticket), name)

    def drop_bytes(self, data: bytes, name: str) -> Path:
        path = self.config.inbox / name
        path.write_bytes(data)
        return path

    def settle(self, seconds: int = 400) -> None:
        """Step until nothing moves; with time passing, so that retries come due."""
        for _ in range(3):
            while self.gate.step():
                pass
            self.clock.time += seconds // 4

    def step(self) -> None:
        """All that can be done at this very second."""
        while self.gate.step():
            pass

    def waiting(self) -> list[str]:
        """The jobs that lie before the machine."""
        return sorted(p.name for p in self.config.hot.iterdir() if p.is_file())

    def machine(self, outcome: str = "done") -> list[str]:
        """The machine prints what lies there."""
        names = self.waiting()
        for name in names:
            (self.config.hot / name).rename(self.config.hot / outcome / name)
        return names

    def print_all(self) -> list[str]:
        printed = []
        for _ in range(10):
            self.step()
            printed += self.machine()
        return printed

    def records(self) -> tuple[Record, ...]:
        return read(self.config.journal)

    def refused(self) -> Mapping[str, str]:
        """Error by kept file."""
        found = {}
        for path in sorted(self.config.refused.glob("*.reason.json")):
            kept = path.with_name(path.name.removesuffix(".reason.json"))
            assert kept.is_symlink() or kept.exists()
            found[kept.name] = json.loads(path.read_text())["error"]
        return found

    def errors(self) -> list[str]:
        return sorted(self.refused().values())


def make_config(folder: Path) -> gate.Config:
    """The folders of a gate without the slow keystores."""
    config = gate.Config(
        folder=folder / "gate",
        name="Printer 1",
        center=CENTER.address,
        service_url="http://127.0.0.1:1",
        rpc_url="http://127.0.0.1:2",
        deployment=folder / "deployment.json",
        inbox=folder / "gate" / "inbox",
        hot=folder / "hot",
        ipfs_folder=folder / "blocks",
    )
    for made in (config.refused, config.sealed, config.inbox, config.intake):
        made.mkdir(parents=True)
    FolderHost.prepare(config.hot)
    return config


def seal(store: EmbeddedIpfs, data: bytes) -> tuple[Sealed, ContentKey]:
    key = new_content_key()
    sink = io.BytesIO()
    sealed = seal_file(io.BytesIO(data), sink, key, CidHasher())
    store.add(io.BytesIO(sink.getvalue()))
    return sealed, key


def make_ticket(
    domain: Domain, sealed: Sealed, serials: int, signer: Signer, **fields: Any
) -> Ticket:
    token = PrintToken(
        design=sealed.content_hash,
        license=1,
        printer=KEYS.printer,
        word=0,
        serials=serials,
        not_before=START,
        deadline=START + 5_000,
        job=ZERO_DIGEST,
    )
    names = {name for name in PrintToken.__dataclass_fields__ if name in fields}
    token = replace(token, **{name: fields[name] for name in names})
    ticket = Ticket(
        token=token,
        signature=signer.sign(domain.print_token(token)),
        signer=signer.address,
        chain_id=domain.chain_id,
        contract=domain.licenses,
        cid=sealed.cid,
        sealed_size=sealed.sealed_size,
    )
    return replace(ticket, **{k: v for k, v in fields.items() if k not in names})
