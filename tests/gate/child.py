"""A gate in a process of its own that can be killed at any line of its journal.

The service stands in the test's process: it redeems on the real chain, releases real
keys, and is called over a socket, so that it outlives the gate as the real one does.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any

import structlog

from ledger import artifacts
from ledger.chain import Chain, Deployment, Sender
from ledger.errors import KeyNotReleasable, LedgerError, ReceiptContradicts
from ledger.gate import Config, Gate
from ledger.gate.hosts.folder import FolderHost
from ledger.gate.journal import Journal, Record, State, read
from ledger.ipfs import EmbeddedIpfs
from ledger.models import (
    Digest,
    Enrolment,
    KeyRequest,
    Receipt,
    RedemptionRequest,
    Refusal,
    Ticket,
    serials_of,
)
from ledger.signing import require_signer
from ledger.tickets import digest_of
from ledger.vault import ContentKey, release_info, release_key
from tests.gate.fakes import KEYS

LIFE_SECONDS = 30
"""No life of a gate takes longer than this, or something hangs."""


@dataclass(frozen=True)
class Death:
    """Where to die: at the first line of a state, or (None) at the life's line `line`."""

    state: State | None
    moment: str  # before, during, after
    line: int = 1


@dataclass(frozen=True)
class Life:
    """All that a gate's process is told."""

    config: Config
    chain_url: str
    deployment: Deployment
    service: str
    death: Death | None


class SystemClock:
    def now(self) -> int:
        return int(time.time())


class DeadlyJournal(Journal):
    """Kills its own process, as a power cut would, around one of its lines."""

    def __init__(self, path: Path, death: Death) -> None:
        super().__init__(path)
        self._death = death
        self._lines = 0

    def append(self, at: int, key: str, state: State, data: Mapping[str, Any]) -> Record:
        self._lines += self._death.state in (None, state)
        if self._lines < self._death.line:
            return super().append(at, key, state, data)
        if self._death.moment == "during":
            os.write(self._file, b'{"at":1,"data":{"torn')
        if self._death.moment == "after":
            super().append(at, key, state, data)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("killed processes do not come here")


def live(life: Life) -> None:
    """Run a gate until all is done, or until it dies."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    config, clock = life.config, SystemClock()
    journal = None if life.death is None else DeadlyJournal(config.journal, life.death)
    chain = Chain(life.chain_url, life.deployment, artifacts.load())
    assert config.ipfs_folder is not None
    content = EmbeddedIpfs(config.ipfs_folder)
    host = FolderHost(config.hot, clock)
    service = RemoteService(life.service)
    end = time.monotonic() + LIFE_SECONDS
    with Gate(config, KEYS, chain, service, content, host, clock, journal) as gate:
        while not gate.idle:
            if not gate.step():
                time.sleep(0.005)
            if time.monotonic() > end:
                raise TimeoutError(str([record.state.value for record in read(config.journal)]))


class RemoteService:
    """The gate's side of the socket."""

    def __init__(self, address: str) -> None:
        self._address = address

    def redeem(self, ticket: Ticket, request: RedemptionRequest, signature: bytes) -> Digest:
        answer = self._call("redeem", ticket, request, signature)
        assert isinstance(answer, Digest)
        return answer

    def release_key(self, request: KeyRequest, signature: bytes) -> bytes:
        answer = self._call("release_key", request, signature)
        assert isinstance(answer, bytes)
        return answer

    def report_receipt(self, receipt: Receipt, signature: bytes) -> None:
        self._call("report_receipt", receipt, signature)

    def report_refusal(self, refusal: Refusal, signature: bytes) -> None:
        self._call("report_refusal", refusal, signature)

    def enrol(
        self, enrolment: Enrolment, center_signature: bytes, printer_signature: bytes
    ) -> None:
        self._call("enrol", enrolment, center_signature, printer_signature)

    def _call(self, method: str, *arguments: object) -> object:
        with Client(self._address) as connection:
            connection.send((method, arguments))
            if not connection.poll(LIFE_SECONDS):
                raise TimeoutError(method)
            answer = connection.recv()
        if isinstance(answer, LedgerError):
            raise answer
        return answer


@dataclass
class ChainService:
    """The service's side: everything as the real one does it, but kept in memory."""

    chain: Chain
    sender: Sender
    key: ContentKey
    sent: list[int] = field(default_factory=list)
    receipts: dict[tuple[int, int], Receipt] = field(default_factory=dict)
    refusals: set[Refusal] = field(default_factory=set)

    def redeem(self, ticket: Ticket, request: RedemptionRequest, signature: bytes) -> Digest:
        domain, take = self.chain.deployment.domain, request.take
        require_signer(domain.redemption_request(request), signature, ticket.token.printer)
        digest = digest_of(ticket)
        (serial,) = serials_of(ticket.token.word, take)
        landed = self.chain.redeemed_as(ticket.token, digest, serial)
        if landed is not None:
            return landed
        mined = self.chain.send(
            self.chain.redeem(ticket.token, ticket.signature, take), self.sender
        )
        self.sent.append(serial)
        return mined.transaction

    def release_key(self, request: KeyRequest, signature: bytes) -> bytes:
        domain = self.chain.deployment.domain
        require_signer(domain.key_request(request), signature, KEYS.printer)
        if self.chain.license(request.design, request.license).expiry <= self.chain.now():
            raise KeyNotReleasable("The license is over.")
        info = release_info(request.design, request.license, request.printer, request.token)
        return release_key(self.key, KEYS.kem.public_key, info)

    def report_receipt(self, receipt: Receipt, signature: bytes) -> None:
        domain = self.chain.deployment.domain
        require_signer(domain.receipt(receipt), signature, KEYS.printer)
        known = self.receipts.setdefault((receipt.license, receipt.serial), receipt)
        if known != receipt:
            digest = str(domain.receipt(known).digest())
            raise ReceiptContradicts("There is another receipt for this serial.", receipt=digest)

    def report_refusal(self, refusal: Refusal, signature: bytes) -> None:
        require_signer(self.chain.deployment.domain.refusal(refusal), signature, KEYS.printer)
        self.refusals.add(refusal)


class Server:
    """Answers for a service until it is closed."""

    def __init__(self, address: Path, service: ChainService) -> None:
        self._service = service
        self._listener = Listener(str(address))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        with Client(self._listener.address) as connection:
            connection.send(None)
        self._thread.join(LIFE_SECONDS)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            with self._listener.accept() as connection:
                if not self._answer(connection):
                    return

    def _answer(self, connection: Connection[Any, Any]) -> bool:
        try:
            call = connection.recv()
        except EOFError:  # the gate died before it could ask
            return True
        if call is None:
            return False
        method, arguments = call
        try:
            answer: object = getattr(self._service, method)(*arguments)
        except LedgerError as error:
            answer = error
        try:
            connection.send(answer)
        except OSError:  # the gate died before it could hear
            return True
        return True


class Machine:
    """Takes what lies in the hot folder, as it comes, and writes down what it printed."""

    def __init__(self, hot: Path) -> None:
        self.printed: list[tuple[str, bytes]] = []
        self._hot = hot
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join(LIFE_SECONDS)

    def _work(self) -> None:
        while not self._stop.wait(0.002):
            for path in self._hot.iterdir():
                if path.is_file():
                    self.printed.append((path.name, path.read_bytes()))
                    path.rename(self._hot / "done" / path.name)
