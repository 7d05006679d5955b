"""The small world around a gate, with leases: an issuer, news, and a service that keeps journals.

The fake service holds to the rules of the real one where the gate depends on them: entries
follow each other, a number has one entry, and what comes twice is no error.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ledger import gate, leasefiles, newsfiles
from ledger.errors import (
    ChainUnavailable,
    JournalForked,
    JournalGap,
    LedgerError,
    ServiceUnavailable,
)
from ledger.gate.journal import Journal, State
from ledger.gate.leases import orders
from ledger.gate.leases.desk import Desk
from ledger.gate.leases.links import Head, Link, verify
from ledger.gate.leases.shelf import Shelf, link_of
from ledger.leasefiles import LeaseFile
from ledger.models import (
    ZERO_DIGEST,
    Address,
    ContentHash,
    Digest,
    Lease,
    News,
    serials_of,
)
from ledger.newsfiles import NewsFile, Stopped
from ledger.signing import Signer
from ledger.tickets import digest_of
from ledger.vault import release_info, release_key
from tests.gate.fakes import DOMAIN, ISSUER, KEYS, START, FakeClock
from tests.gate.world import World

HERE = Digest(b"\x0a" * 32)
ELSEWHERE = Digest(b"\x0b" * 32)
SILENCE = 2_000
DEADLINE = START + 5_000


def make_news(
    number: int, issued_at: int, stopped: Stopped | None = None, signer: Signer = ISSUER
) -> NewsFile:
    """News, signed."""
    stopped = stopped or Stopped()
    news = News(number, issued_at, issued_at, stopped.digest())
    signature = signer.sign(DOMAIN.typed(news))
    return NewsFile(news, signature, signer.address, DOMAIN.chain_id, DOMAIN.licenses, stopped)


@dataclass
class FakeLeaseService:
    """Keeps the journals of printers, as it must, and signs news."""

    clock: FakeClock
    links: list[Link] = field(default_factory=list)
    forked: list[Link] = field(default_factory=list)
    stopped: Stopped = field(default_factory=Stopped)
    down: LedgerError | None = None
    number: int = 1
    true_time: int | None = None

    def journal_head(self, printer: Address) -> Head:
        self._answer()
        return self.links[-1].head if self.links else Head()

    def hand_in(self, printer: Address, links: Sequence[Link]) -> Head:
        self._answer()
        contradict = False
        for link in links:
            known = {one.digest for one in (*self.links, *self.forked)}
            if link.digest in known:
                contradict |= link in self.forked
                continue
            head = self.journal_head(printer)
            if (link.entry.sequence - 1, link.entry.previous) == (head.sequence, head.digest):
                verify([(link.entry, link.signature)], DOMAIN, printer, head)
                self.links.append(link)
                continue
            if link.entry.sequence > head.sequence + 1 and link.entry.previous not in known:
                raise JournalGap("Entries are missing.")
            self.forked.append(link)
            contradict = True
        if contradict:
            raise JournalForked("Another entry has this number.")
        return self.journal_head(printer)

    def news(self) -> NewsFile:
        self._answer()
        self.number += 1
        now = self.clock.now() if self.true_time is None else self.true_time
        return make_news(self.number, now, self.stopped)

    @property
    def spent(self) -> list[int]:
        """The serials that were handed in as spent, in order."""
        return [link.entry.serial for link in self.links if link.entry.kind == "spend"]

    @property
    def kinds(self) -> list[str]:
        return [link.entry.kind.value for link in self.links]

    def _answer(self) -> None:
        if self.down is not None:
            raise self.down


class LeaseWorld(World):
    """A gate that can take leases; its network is up unless `offline` is called."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.config = replace(self.config, issuer=ISSUER.address)
        self.machine_id = HERE
        self.leases = FakeLeaseService(self.clock)
        self.add_license(1, quota=600, grace=24)
        self.orders = 0

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
                leases=self.leases,
                machine=self.machine_id,
            )
        return self._gate

    @property
    def desk(self) -> Desk:
        return self.gate._leases.desk

    @property
    def shelf(self) -> Shelf:
        """What the journal on disk says of leases."""
        shelf = Shelf()
        for record in self.records():
            shelf.apply(record)
        return shelf

    @property
    def journal_links(self) -> list[Link]:
        return [link_of(r.data) for r in self.records() if "entry" in r.data]

    @property
    def spent(self) -> list[int]:
        return [link.entry.serial for link in self.journal_links if link.entry.kind == "spend"]

    def states(self, state: State) -> int:
        return sum(record.state is state for record in self.records())

    def offline(self) -> None:
        """No chain, no service, no content."""
        down = ServiceUnavailable("No network.")
        self.chain.down = ChainUnavailable("No network.")
        self.leases.down = down
        self.service.fails = dict.fromkeys(("redeem", "release_key"), [down] * 10_000)
        self.service.fails |= {n: [down] * 10_000 for n in ("report_receipt", "report_refusal")}

    def online(self) -> None:
        self.chain.down = self.leases.down = None
        self.service.fails = {}

    def lease(
        self,
        *masks: int,
        signer: Signer = ISSUER,
        news: NewsFile | None = None,
        silence: int = SILENCE,
        deadline: int = DEADLINE,
        printer: Address = KEYS.printer,
        content: ContentHash | None = None,
        job: Digest = ZERO_DIGEST,
        nonce: int = 1,
    ) -> LeaseFile:
        """A signed lease of license 1; `masks` are those of words 0, 1, ..."""
        fields = {"deadline": deadline, "printer": printer, "job": job}
        tickets = tuple(
            self.ticket(mask, signer, word=word, **fields)
            for word, mask in enumerate(masks or (0b111,))
        )
        lease = Lease(
            request=Digest(nonce.to_bytes(32, "big")),
            design=self.design,
            license=1,
            printer=printer,
            tokens=leasefiles.tokens_digest([digest_of(ticket) for ticket in tickets]),
            count=sum(ticket.token.serials.bit_count() for ticket in tickets),
            content=content or self.design,
            job=job,
            not_before=START,
            deadline=deadline,
            silence=silence,
        )
        message = DOMAIN.typed(lease)
        info = release_info(self.design, 1, printer, message.digest())
        return LeaseFile(
            lease=lease,
            signature=signer.sign(message),
            signer=signer.address,
            chain_id=DOMAIN.chain_id,
            contract=DOMAIN.licenses,
            tickets=tickets,
            key=release_key(self.service.keys[self.design], KEYS.kem.public_key, info),
            news=news or make_news(1, START),
        )

    def take(self, file: LeaseFile | None = None, name: str = "week.lease.json") -> LeaseFile:
        """Drop a lease and have it taken in."""
        file = file or self.lease()
        self.drop_bytes(leasefiles.dump(file), name)
        self.settle_inbox()
        return file

    def want(self, file: LeaseFile, count: int) -> None:
        """Order prints of a lease."""
        self.orders += 1
        wanted = orders.Wanted(leasefiles.digest_of(file), count)
        self.drop_bytes(orders.dump(wanted), f"{self.orders}.print.json")
        self.settle_inbox()

    def give_back(self, file: LeaseFile) -> None:
        wanted = orders.Wanted(leasefiles.digest_of(file), None)
        self.drop_bytes(orders.dump(wanted), "back.return.json")
        self.settle_inbox()

    def tell(self, news: NewsFile) -> None:
        """Drop news, as from a USB stick."""
        self.drop_bytes(newsfiles.dump(news), f"{news.news.number}.news.json")
        self.settle_inbox()

    def settle_inbox(self) -> None:
        """Step until a dropped file has lain still for long enough."""
        self.step()
        self.clock.time += self.config.settle_seconds
        self.step()

    def serials(self, file: LeaseFile) -> list[int]:
        return [s for t in file.tickets for s in serials_of(t.token.word, t.token.serials)]

    def errors(self) -> list[str]:
        """The reasons of all refusals; that of a journal has no file beside it."""
        beside = self.config.refused.glob("*.reason.json")
        return sorted(json.loads(path.read_text())["error"] for path in beside)

    def keys(self) -> list[str]:
        """The wrapped keys that are kept."""
        folder = self.config.lease_keys
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []

    def copy(self, target: Path) -> None:
        """A copy of the gate's folder as it is now: a disk image."""
        self.stop()
        shutil.copytree(self.config.folder, target)

    def put_back(self, image: Path) -> None:
        """The folder becomes what it was when the image was made."""
        self.restart()
        shutil.rmtree(self.config.folder)
        shutil.copytree(image, self.config.folder)
