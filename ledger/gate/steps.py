"""What the check of a ticket and that of a lease do alike: go through steps, and some of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from ledger.errors import DigestMismatch, LedgerError, PrinterNotNamed, WrongDomain
from ledger.gate.verdict import Result, Step, Verdict
from ledger.models import Address, Digest
from ledger.tokens import Domain


class Case(Protocol):
    """What a check is about."""

    @property
    def until(self) -> int:
        """The first second at which the print may not begin any more."""


Asked = TypeVar("Asked", bound=Case)


def judge(
    case: Asked, steps: Sequence[tuple[str, Callable[[Asked], str | None]]], later: str
) -> Verdict:
    """Go through named steps, up to the first that raises a LedgerError.

    A step gives its detail, or None where it cannot be decided yet: then `later` says why.
    """
    told: list[Step] = []
    for number, (name, step) in enumerate(steps, start=1):
        try:
            detail = step(case)
        except LedgerError as error:
            told.append(Step(number, name, Result.FAILED, error.detail))
            return Verdict(tuple(told), error, case.until)
        result = Result.LATER if detail is None else Result.PASSED
        told.append(Step(number, name, result, later if detail is None else detail))
    return Verdict(tuple(told), None, case.until)


def on_this_chain(what: str, chain_id: int, contract: Address, domain: Domain) -> str:
    """Raise WrongDomain unless it is for the chain and the contract that this gate goes by."""
    if chain_id != domain.chain_id:
        raise WrongDomain(
            f"The {what} is for chain {chain_id}; this gate is on {domain.chain_id}.",
            chain_id=str(chain_id),
        )
    if contract != domain.licenses:
        raise WrongDomain(
            f"The {what} is for the contract {contract}; this gate goes by {domain.licenses}.",
            contract=contract,
        )
    return f"Chain {domain.chain_id}, contract {domain.licenses}."


def for_this_printer(what: str, named: Address, printer: Address) -> str:
    """Raise PrinterNotNamed unless it names this printer."""
    if named != printer:
        raise PrinterNotNamed(
            f"The {what} names the printer {named}; this one is {printer}.", printer=named
        )
    return f"Made out to this printer, {named}."


def require_opened(opened: Digest, allowed: Sequence[Digest]) -> None:
    """Raise DigestMismatch unless the opened file is one of those that may be printed."""
    if opened not in allowed:
        raise DigestMismatch(
            f"The opened file is {opened}, and not {' or '.join(map(str, allowed))}.",
            expected=str(allowed[0]),
            actual=str(opened),
        )
