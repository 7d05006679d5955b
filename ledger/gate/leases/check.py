"""The check of a lease: may this printer print this serial of it now, with no network?

One pure function: the lease, what the gate knows by itself, and the time in; verdict out.
It is called when a lease comes in (`accept`: no serial yet), before its serial is spent
(`admit`: the file is not known yet) and immediately before the hand-over (`release`). In
order:

1.  form      the lease is the one that was taken in, and has a token for the serial
2.  domain    for this chain and this contract
3.  issuer    signed by the issuer that this gate is pinned to
4.  tokens    so is the token that names the serial (`accept`: every one)
5.  printer   the lease is for this printer
6.  window    it holds now, by the time guard
7.  news      the newest news are not older than the lease allows
8.  stopped   they stop neither license, design, printer nor lease, and it was not given back
9.  serial    it is its turn, and it is unspent; at release: spent by this gate's journal
10. content   the opened file is the one that the lease was given for
11. job       the file for the host is the one that the token binds, if it binds one

The first step that fails ends the check with an error of `ledger.errors`.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass

from ledger.errors import (
    LeaseEnded,
    LeaseNotAllowed,
    LicenseRevoked,
    NewsTooOld,
    NotIssuer,
    PrinterRevoked,
    Recalled,
    SerialAlreadySpent,
    TakeOutsideToken,
    TokenExpired,
    TokenNotYetValid,
)
from ledger.gate.check import require_named
from ledger.gate.steps import for_this_printer, judge, on_this_chain, require_opened
from ledger.gate.verdict import FileProof, Verdict
from ledger.leasefiles import LeaseFile
from ledger.models import Address, Digest, Lease, Ticket
from ledger.newsfiles import NewsFile
from ledger.signing import require_signer
from ledger.tokens import Domain


@dataclass(frozen=True, slots=True)
class LeaseFacts:
    """What the gate knows of a lease by itself.

    `time` is the time guard's (Unix seconds), `news` the newest that it has, `tickets` the
    ticket of each serial, `spent` the serials that its journal has spent, `turn` the serial
    that comes next (None: none is left), and `over` why it is over already ("" if it is not).
    """

    digest: Digest
    file: LeaseFile
    domain: Domain
    printer: Address
    issuer: Address | None
    time: int
    news: NewsFile
    tickets: dict[int, tuple[Ticket, Digest]]
    spent: Set[int]
    turn: int | None
    over: str = ""


def accept(facts: LeaseFacts) -> Verdict:
    """The check of a lease that comes in: every token, and no serial yet."""
    return _check(_Case(facts, None, None))


def admit(facts: LeaseFacts, serial: int) -> Verdict:
    """The check before a serial is spent, and again after a crash: the file comes later."""
    return _check(_Case(facts, serial, None))


def release(facts: LeaseFacts, serial: int, file: FileProof) -> Verdict:
    """The whole check, immediately before `file` goes to the host."""
    return _check(_Case(facts, serial, file))


@dataclass(frozen=True, slots=True)
class _Case:
    facts: LeaseFacts
    serial: int | None
    file: FileProof | None

    @property
    def lease(self) -> Lease:
        return self.facts.file.lease

    @property
    def until(self) -> int:
        return min(self.lease.deadline, self.silent_from)

    @property
    def silent_from(self) -> int:
        return self.facts.news.news.issued_at + self.lease.silence

    @property
    def is_spent(self) -> bool:
        return self.serial in self.facts.spent


def _check(case: _Case) -> Verdict:
    return judge(case, _STEPS, "It is not known yet.")


def _form(case: _Case) -> str:
    if case.serial is not None and case.serial not in case.facts.tickets:
        raise TakeOutsideToken(f"The lease does not name serial {case.serial}.")
    return f"A lease of format 1 for {case.lease.count} prints."


def _domain(case: _Case) -> str:
    file = case.facts.file
    return on_this_chain("lease", file.chain_id, file.contract, case.facts.domain)


def _issuer(case: _Case) -> str:
    issuer, file = case.facts.issuer, case.facts.file
    if issuer is None:
        raise LeaseNotAllowed("This gate is pinned to no issuer: set `issuer` in gate.toml.")
    if file.signer != issuer:
        raise NotIssuer(
            f"The lease is signed by {file.signer}; this gate is pinned to {issuer}.",
            signer=file.signer,
            design=str(case.lease.design),
        )
    require_signer(case.facts.domain.typed(case.lease), file.signature, issuer)
    return f"Signed by {issuer}."


def _tokens(case: _Case) -> str:
    facts = case.facts
    if case.serial is None:
        checked: tuple[Ticket, ...] = facts.file.tickets
    else:
        checked = (facts.tickets[case.serial][0],)
    for ticket in checked:
        if ticket.signer != facts.file.signer:
            raise NotIssuer(
                f"A token of the lease is signed by {ticket.signer}, not by its issuer.",
                signer=ticket.signer,
                design=str(case.lease.design),
            )
        message = facts.domain.print_token(ticket.token)
        require_signer(message, ticket.signature, facts.file.signer)
    return f"{len(checked)} of its tokens, signed by the same."


def _printer(case: _Case) -> str:
    return for_this_printer("lease", case.lease.printer, case.facts.printer)


def _window(case: _Case) -> str:
    lease, time = case.lease, case.facts.time
    if time >= lease.deadline:
        raise TokenExpired(f"The lease was valid until {lease.deadline}.", deadline=lease.deadline)
    if time < lease.not_before:
        raise TokenNotYetValid(
            f"The lease is valid from {lease.not_before}.", not_before=lease.not_before
        )
    return f"Valid from {lease.not_before} until {lease.deadline}."


def _news(case: _Case) -> str:
    if case.facts.time >= case.silent_from:
        raise NewsTooOld(
            f"The newest news are of {case.facts.news.news.issued_at}, and the lease allows "
            f"{case.lease.silence} s without.",
            issued_at=case.facts.news.news.issued_at,
            silence=case.lease.silence,
        )
    return f"News number {case.facts.news.news.number}, good until {case.silent_from}."


def _stopped(case: _Case) -> str:
    lease, stopped = case.lease, case.facts.news.stopped
    if lease.license in stopped.licenses:
        raise LicenseRevoked(f"License {lease.license} ended early.", license=str(lease.license))
    if lease.design in stopped.designs:
        raise Recalled(
            f"Nothing may be printed of the design {lease.design}: it is recalled.",
            design=str(lease.design),
        )
    if lease.printer in stopped.printers:
        raise PrinterRevoked(f"The printer {lease.printer} was revoked.", printer=lease.printer)
    if case.facts.digest in stopped.leases:
        raise LeaseEnded("The lease was stopped: its signer has no authority any more.")
    if case.facts.over and not case.is_spent:
        raise LeaseEnded(f"The lease is over: {case.facts.over}.")
    return f"Nothing in news number {case.facts.news.news.number} stops it."


def _serial(case: _Case) -> str | None:
    if case.serial is None:
        return None
    if case.file is not None and not case.is_spent:
        raise TakeOutsideToken(f"Serial {case.serial} was not spent from the lease.")
    if not case.is_spent and case.serial != case.facts.turn:
        raise SerialAlreadySpent(
            f"It is not the turn of serial {case.serial} of the lease.",
            serial=case.serial,
            license=str(case.lease.license),
        )
    return f"Serial {case.serial} is {'spent by this gate' if case.is_spent else 'next'}."


def _content(case: _Case) -> str | None:
    if case.file is None:
        return None
    require_opened(case.file.opened, (case.lease.content,))
    return f"The file is {case.lease.content}."


def _job(case: _Case) -> str | None:
    if case.file is None or case.serial is None:
        return None
    token, file = case.facts.tickets[case.serial][0].token, case.file
    require_named(token, file, sliced=file.opened != file.handed)
    return f"The file for the host is {case.file.handed}."


_STEPS: tuple[tuple[str, Callable[[_Case], str | None]], ...] = (
    ("form", _form),
    ("domain", _domain),
    ("issuer", _issuer),
    ("tokens", _tokens),
    ("printer", _printer),
    ("window", _window),
    ("news", _news),
    ("stopped", _stopped),
    ("serial", _serial),
    ("content", _content),
    ("job", _job),
)
STEP_NAMES = tuple(name for name, _ in _STEPS)
"""The names of the steps, in their order."""
