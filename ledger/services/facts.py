"""The facts of a dossier, each with where it can be checked, in an order that makes sense."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ledger.models import ZERO_DIGEST, serials_of
from ledger.services.gathering import Gathered
from ledger.services.order import in_causal_order
from ledger.services.receipts import as_told
from ledger.store.tables import EventRow, PrinterRow, VariantRow

ISSUED = ("LicenseBought", "LicenseGranted", "CrisisLicenseTaken", "LicenseSplit")
"""The events by which a license comes to be."""

_STEPS = (
    "",
    "LicenseTransferred",
    "LicenseSplit",
    "TokenIssued",
    "SerialsRedeemed",
    "WordsRedeemed",
    "PrintReported",
    "PrintsVoided",
    "CrisisEnded",
    "LicenseSettled",
    "LicenseEnded",
    "LicenseRefunded",
    "EarningsWithdrawn",
)
"""What is told first of one second, where neither follows from the other."""

_ENROLMENT = (
    *("printer", "center", "name", "kem_key", "predecessor", "enrolled_at"),
    *("center_signature", "printer_signature"),
)
_ROTATION = (
    *("printer", "successor", "next_kem_key", "rotated_at", "rotation_deadline"),
    *("rotation_signature", "successor_signature"),
)
_REVOCATION = (
    *("printer", "center", "revoked_since", "revoked_reason", "revoked_at"),
    *("revocation_deadline", "revocation_signature"),
)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened: when (Unix seconds), what, where to check it, and its values.

    `place` is where it stands on the chain (block, log index), None for what was told to
    the service. `after` and `gives` are names: a fact comes after all that give such a name.
    """

    when: int
    what: str
    where: str
    details: dict[str, Any]
    place: tuple[int, int] | None = None
    after: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()


def told_in_order(
    gathered: Gathered,
    printer: PrinterRow | None,
    variants: Sequence[VariantRow],
    more: Sequence[Fact] = (),
) -> list[Fact]:
    """Every fact about a subject, with `more`. `printer` is the subject itself, if it is one."""
    facts = [
        *(_of_printer(printer) if printer is not None else ()),
        *_events(gathered),
        *_variants(variants),
        *_tokens(gathered),
        *_receipts(gathered),
        *more,
    ]
    times = [(fact.when, _step(fact.what)) for fact in facts]
    order = in_causal_order(times, what_comes_before(facts))
    return [facts[place] for place in order]


def what_comes_before(facts: Sequence[Fact]) -> Iterator[tuple[int, int]]:
    """Pairs of places: the first fact must be told before the second.

    The chain's own facts keep the chain's order. A license comes before its variants, leases
    and tokens, a variant before the tokens that bind it, a token before its redemptions, these
    before the receipts of their serials, and a receipt before the void that names it.
    """
    on_chain = sorted((fact.place, n) for n, fact in enumerate(facts) if fact.place is not None)
    yield from pairwise(n for _, n in on_chain)
    givers: Mapping[str, list[int]] = defaultdict(list)
    for number, fact in enumerate(facts):
        for name in fact.gives:
            givers[name].append(number)
    for number, fact in enumerate(facts):
        for name in fact.after:
            yield from ((giver, number) for giver in givers.get(name, ()))


def _step(what: str) -> int:
    return _STEPS.index(what) if what in _STEPS else 0


def _of_printer(row: PrinterRow) -> Iterator[Fact]:
    told = row.model_dump()
    signed_by = f"{row.center} and {row.printer}"
    yield Fact(
        row.enrolled_at,
        "PrinterEnrolled",
        f"key rotation signed by {row.predecessor} and {row.printer}"
        if row.predecessor
        else f"enrolment signed by {signed_by}",
        {name: told[name] for name in _ENROLMENT if told[name] is not None},
        gives=(_printer(row.printer),),
    )
    if row.successor is not None and row.rotated_at is not None:
        yield Fact(
            row.rotated_at,
            "PrinterRotated",
            f"key rotation signed by {row.printer} and {row.successor}",
            {name: told[name] for name in _ROTATION},
            after=(_printer(row.printer),),
        )
    if row.revoked_at is not None:
        yield Fact(
            row.revoked_at,
            "PrinterRevoked",
            f"revocation signed by {row.center}",
            {name: told[name] for name in _REVOCATION},
            after=(_printer(row.printer),),
        )


def _events(gathered: Gathered) -> Iterator[Fact]:
    for event in gathered.events:
        said = json.loads(event.arguments)
        yield Fact(
            event.block_time,
            event.name,
            f"transaction {event.transaction}, block {event.block}",
            said,
            place=(event.block, event.log_index),
            after=tuple(_needed(event, said)),
            gives=tuple(_given(event, said)),
        )


def _variants(variants: Sequence[VariantRow]) -> Iterator[Fact]:
    for variant in variants:
        yield Fact(
            variant.accepted_at or variant.sealed_at,
            "VariantAccepted",
            f"variant of license {variant.license}, signed by {variant.licensee}",
            variant.model_dump(exclude={"wrapped_key", "sealed_at"}),
            after=(_license(variant.license),),
            gives=(_bound(variant.license, variant.job),),
        )


def _tokens(gathered: Gathered) -> Iterator[Fact]:
    for token in gathered.tokens:
        bound = (_bound(token.license, token.job),) if token.job != str(ZERO_DIGEST) else ()
        yield Fact(
            token.issued_at,
            "TokenIssued",
            f"print token {token.digest}, signed by {token.signer}",
            token.model_dump(exclude={"place", "request"}),
            after=(_license(token.license), _printer(token.printer), *bound),
            gives=(_token(token.digest),),
        )


def _receipts(gathered: Gathered) -> Iterator[Fact]:
    for receipt in gathered.receipts:
        yield Fact(
            receipt.ended,
            "PrintReported",
            f"receipt {receipt.digest}, signed by {receipt.printer}",
            as_told(receipt),
            after=(_token(receipt.token), _spent(receipt.license, receipt.serial)),
            gives=(f"receipt {receipt.digest}",),
        )


def _needed(event: EventRow, said: Mapping[str, Any]) -> Iterator[str]:
    """What an event of the chain follows from that is not on the chain."""
    if event.name == "SerialsRedeemed":
        yield _token(said["token"])
    elif event.name == "WordsRedeemed":
        yield from (_token(part["token"]) for part in said["words"])
    elif event.name == "PrintsVoided":
        yield f"receipt {said['evidence']}"
        yield f"statement {said['evidence']}"


def _given(event: EventRow, said: Mapping[str, Any]) -> Iterator[str]:
    if event.name in ISSUED:
        number = said["sublicense" if event.name == "LicenseSplit" else "license"]
        yield _license(int(number))
    elif event.name == "SerialsRedeemed":
        yield from _all_spent(said["license"], said)
    elif event.name == "WordsRedeemed":
        for part in said["words"]:
            yield from _all_spent(said["license"], part)


def _all_spent(license: Any, part: Mapping[str, Any]) -> Iterator[str]:
    for serial in serials_of(int(part["word"]), int(part["take"])):
        yield _spent(int(license), serial)


def _license(number: int) -> str:
    return f"license {number}"


def _printer(address: str) -> str:
    return f"printer {address}"


def _bound(license: int, job: str) -> str:
    return f"file {job} of license {license}"


def _token(digest: str) -> str:
    return f"token {digest}"


def _spent(license: int, serial: int) -> str:
    return f"serial {license}:{serial}"
