"""A small world around one gate: fakes behind its ports, real files, keys and seals."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ledger import gate
from ledger.gate.hosts.folder import FolderHost
from ledger.gate.journal import Journal, Record, read
from ledger.ipfs import CidHasher, EmbeddedIpfs
from ledger.models import ZERO_DIGEST, License, PrintToken, Ticket
from ledger.signing import Signer
from ledger.tickets import dump
from ledger.tokens import Domain
from ledger.vault import ContentKey, Sealed, new_content_key, seal as seal_file
from tests.gate.fakes import (
    CENTER,
    DOMAIN,
    FILE,
    ISSUER,
    KEYS,
    START,
    FakeChain,
    FakeClock,
    FakeService,
)


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
        self.printed: dict[str, bytes] = {}
        """What the machine got, by name."""
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
            self.printed[name] = (self.config.hot / name).read_bytes()
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
