"""The check: may this printer print this serial of this ticket now?

One pure function: bytes in, verdict out, time and facts given. It is called when a
ticket comes in and again before each redemption (`admit`: the file is not known yet),
and immediately before the file is handed to the host (`release`: the file must be
known and the serial redeemed on chain under this very token). In order:

1. form       the file is a ticket of format 1
2. domain     for this chain and this contract
3. signature  65 bytes of ECDSA, given by the signer that the ticket names
4. authority  that signer owns the design or is an issuer of its owner, on chain, now;
              for a license that was taken in a crisis, also the signer that the council named;
              nobody, while the design or one above it is recalled
5. printer    the token names this printer
6. window     token and license hold now, by the gate's clock and by the chain's
7. serial     in the token, within the quota, and free; at release: redeemed by this token
8. design     the opened file is the design, or the variant of it that the token binds
9. job        the token binds no file, or the opened one, or the one for the host

The first step that fails ends the check with an error of `ledger.errors`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from ledger.errors import (
    BadSignature,
    JobNotNamed,
    LicenseExpired,
    LicenseNotFound,
    LicenseRevoked,
    MalformedTicket,
    NotIssuer,
    QuotaExhausted,
    Recalled,
    SerialAlreadySpent,
    TakeOutsideToken,
    TokenExpired,
    TokenNotYetValid,
)
from ledger.gate.steps import for_this_printer, judge, on_this_chain, require_opened
from ledger.gate.verdict import Facts, FileProof, Result, Step, Verdict
from ledger.models import ZERO_DIGEST, License, PrintToken, Ticket, bit_of
from ledger.rules import files_of
from ledger.signing import SIGNATURE_BYTES, require_signer
from ledger.tickets import Form, read_form

__all__ = [
    "STEP_NAMES",
    "Facts",
    "FileProof",
    "Result",
    "Step",
    "Verdict",
    "admit",
    "release",
    "require_named",
]


def admit(data: bytes, facts: Facts, now: int, serial: int) -> Verdict:
    """The check before a redemption: steps 8 and 9 wait for the file."""
    return _check(_Case(data, facts, now, serial, None))


def release(data: bytes, facts: Facts, now: int, serial: int, file: FileProof) -> Verdict:
    """The whole check, immediately before `file` goes to the host."""
    return _check(_Case(data, facts, now, serial, file))


def require_named(token: PrintToken, file: FileProof, *, sliced: bool = False) -> None:
    """Raise JobNotNamed unless the token binds no file, or the one for the host.

    Where the gate slices, what binds the opened file, as a variant is bound, takes any slice
    of it.
    """
    files = (ZERO_DIGEST, file.handed, *((file.opened,) if sliced else ()))
    if token.job not in files:
        raise JobNotNamed(
            f"The token binds the file {token.job}; the one to be printed is {file.handed}.",
            expected=str(token.job),
            actual=str(file.handed),
        )


@dataclass(frozen=True)
class _Case:
    data: bytes
    facts: Facts
    now: int
    serial: int
    file: FileProof | None

    @cached_property
    def form(self) -> Form:
        return read_form(self.data)

    @property
    def ticket(self) -> Ticket:
        return self.facts.about  # step 1 proved that it is the one in `data`

    @property
    def until(self) -> int:
        held = self.facts.license
        deadline = self.ticket.token.deadline
        return min(deadline, held.expiry) if held is not None else deadline


def _check(case: _Case) -> Verdict:
    return judge(case, _STEPS, "The file is not known yet.")


def _form(case: _Case) -> str:
    if case.form.ticket != case.facts.about:
        raise MalformedTicket("The facts were collected for another ticket.")
    return f"A ticket of format 1, {len(case.data)} bytes."


def _domain(case: _Case) -> str:
    ticket = case.ticket
    return on_this_chain("token", ticket.chain_id, ticket.contract, case.facts.domain)


def _signature(case: _Case) -> str:
    ticket = case.ticket
    if len(ticket.signature) != SIGNATURE_BYTES:
        # A contract wallet's signature (ERC-1271) says nothing without asking the wallet.
        raise BadSignature(
            f"This gate takes signatures of keys, {SIGNATURE_BYTES} bytes; this has "
            f"{len(ticket.signature)}. Tokens of contract wallets are not accepted here."
        )
    typed = case.facts.domain.print_token(ticket.token)  # step 2: it is the ticket's domain too
    if case.form.claimed != typed.digest():
        raise BadSignature("The token was changed: its digest is not the one in the ticket.")
    require_signer(typed, ticket.signature, ticket.signer)
    return f"Signed by {ticket.signer}."


def _authority(case: _Case) -> str:
    signer, design = case.ticket.signer, case.ticket.token.design
    recalled = case.facts.recalled
    if recalled is not None:
        raise Recalled(
            f"Nothing may be printed of the design {design}: {recalled} is recalled.",
            design=str(design),
            recalled=str(recalled),
        )
    if not case.facts.may_issue:
        raise NotIssuer(
            f"{signer} neither owns the design {design} nor is an issuer of its owner.",
            signer=signer,
            design=str(design),
        )
    return f"{signer} may sign for the design {design}."


def _printer(case: _Case) -> str:
    return for_this_printer("token", case.ticket.token.printer, case.facts.printer)


def _window(case: _Case) -> str:
    token, facts = case.ticket.token, case.facts
    held = _license(case)
    # Either clock can prove that it is too late: setting back the gate's gains nothing.
    latest = max(case.now, facts.chain_now)
    if held.revoked:
        raise LicenseRevoked(
            f"License {held.number} was revoked at {held.expiry}.", license=str(held.number)
        )
    if latest >= held.expiry:
        raise LicenseExpired(
            f"License {held.number} ended at {held.expiry}; its grace is not for new prints.",
            license=str(held.number),
            expiry=held.expiry,
        )
    if latest >= token.deadline:
        raise TokenExpired(
            f"The print token was valid until {token.deadline}.", deadline=token.deadline
        )
    # A quiet chain's newest block may be old, so before the redemption it proves nothing
    # about "too early"; afterwards the redemption's own block must lie in the window.
    earliest = case.now if case.file is None else min(case.now, facts.chain_now)
    if earliest < token.not_before:
        raise TokenNotYetValid(
            f"The print token is valid from {token.not_before}.", not_before=token.not_before
        )
    return f"Valid from {token.not_before} until {case.until}."


def _serial(case: _Case) -> str:
    token, facts = case.ticket.token, case.facts
    word, bit = bit_of(case.serial)
    if word != token.word or not bit & token.serials:
        raise TakeOutsideToken(f"The token does not name serial {case.serial}.")
    held = _license(case)
    if case.serial >= held.quota:
        raise QuotaExhausted(
            f"Serial {case.serial} is beyond the {held.quota} prints of license {held.number}.",
            serial=case.serial,
            quota=held.quota,
        )
    spent = bool(facts.spent & bit)
    if spent and not facts.redeemed_here:
        raise SerialAlreadySpent(
            f"Serial {case.serial} of license {held.number} was printed already.",
            serial=case.serial,
            license=str(held.number),
        )
    if case.file is not None and not spent:
        raise TakeOutsideToken(f"Serial {case.serial} is not redeemed on chain.")
    return f"Serial {case.serial} is {'redeemed by this token' if spent else 'free'}."


def _design(case: _Case) -> str | None:
    if case.file is None:
        return None
    opened = case.file.opened
    require_opened(opened, files_of(case.ticket.token, _license(case)))
    what = "design" if opened == case.ticket.token.design else "variant"
    return f"The file is the {what} {opened}."


def _job(case: _Case) -> str | None:
    token, file = case.ticket.token, case.file
    if file is not None:
        require_named(token, file, sliced=case.facts.has_slicer)
    elif case.facts.has_slicer:
        return None
    else:
        # Known beforehand, and better said before a serial is spent on it.
        known = files_of(token, _license(case))[0]
        require_named(token, FileProof(known, known))
    return "Any slice of the design." if token.job == ZERO_DIGEST else f"The file {token.job}."


def _license(case: _Case) -> License:
    token, held = case.ticket.token, case.facts.license
    if held is None or (held.design, held.number) != (token.design, token.license):
        raise LicenseNotFound(
            f"The design {token.design} has no license {token.license}.",
            license=str(token.license),
        )
    return held


_STEPS: tuple[tuple[str, Callable[[_Case], str | None]], ...] = (
    ("form", _form),
    ("domain", _domain),
    ("signature", _signature),
    ("authority", _authority),
    ("printer", _printer),
    ("window", _window),
    ("serial", _serial),
    ("design", _design),
    ("job", _job),
)
STEP_NAMES = tuple(name for name, _ in _STEPS)
"""The names of the steps, in their order."""
