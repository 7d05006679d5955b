"""A good ticket and all that is known of it, to be changed by one thing and checked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ledger.errors import LedgerError
from ledger.gate.check import STEP_NAMES, Facts, FileProof, Result, Verdict, admit, release
from ledger.models import ZERO_DIGEST, Cid, ContentHash, Digest, License, PrintToken, Ticket
from ledger.signing import Signer
from ledger.tickets import dump
from tests.gate.fakes import CENTER, DOMAIN, ISSUER, KEYS, START

DESIGN = ContentHash(b"\x0d" * 32)
OTHER = Digest(b"\x0e" * 32)
END = START + 5_000
TOKEN = PrintToken(DESIGN, 1, KEYS.printer, 1, 0b110, START, END, ZERO_DIGEST)
SERIAL = 257
HELD = License(DESIGN, 1, CENTER.address, 300, START + 10_000, 24, False)
CID = Cid.of_raw_block(b"\x01" * 32)


def signed(token: PrintToken, signer: Signer = ISSUER) -> Ticket:
    """A ticket of this token."""
    signature = signer.sign(DOMAIN.print_token(token))
    return Ticket(token, signature, signer.address, DOMAIN.chain_id, DOMAIN.licenses, CID, 17)


TICKET = signed(TOKEN)


def facts(ticket: Ticket = TICKET, **fields: Any) -> Facts:
    """What is known of a ticket: all that is good, but for `fields`."""
    good = Facts(ticket, DOMAIN, KEYS.printer, START, True, HELD, 0, False)
    return replace(good, **fields)


def at_admission(ticket: Ticket = TICKET, now: int = START, **fields: Any) -> Verdict:
    """The verdict on a ticket before its serial is spent."""
    return admit(dump(ticket), facts(ticket, **fields), now, SERIAL)


def at_release(
    ticket: Ticket = TICKET, now: int = START, file: Digest = DESIGN, **fields: Any
) -> Verdict:
    """The verdict on a ticket whose serial is spent, and on the file for it."""
    known = {"spent": 0b010, "redeemed_here": True, **fields}
    return release(dump(ticket), facts(ticket, **known), now, SERIAL, FileProof(file, file))


def assert_refused(verdict: Verdict, step: str, error: type[LedgerError]) -> None:
    """That it was refused at this step, for this reason, and not before."""
    assert type(verdict.error) is error
    assert verdict.steps[-1].name == step
    assert verdict.steps[-1].result is Result.FAILED
    assert verdict.steps[-1].number == STEP_NAMES.index(step) + 1
    assert all(s.result is not Result.FAILED for s in verdict.steps[:-1])
    with pytest.raises(error):
        verdict.require()
