"""The later life of licenses: failed prints and their voids, passing on, who held what.

What is signed is built here: a void from what shows that the print failed, which
`ledger.client.failures` checks first; a transfer from what the user asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ledger.client.answers import (
    Account,
    Answered,
    DesignId,
    Hash,
    Page,
    Redeemed,
    Sent,
    Transaction,
    Wei,
)
from ledger.client.failures import Failures, Reported
from ledger.client.printerside import PrinterSide
from ledger.client.transport import CHAIN_SECONDS
from ledger.errors import LedgerError, TransactionMismatch
from ledger.models import (
    Address,
    Digest,
    Void,
    bit_of,
)

if TYPE_CHECKING:
    from ledger.client.desk import Desk

_LONGEST_MESSAGE_SECONDS = 2 * 86_400
"""A void that could be sent for longer than two days is not signed."""


class VoidDraft(Answered):
    """A void for its issuer to sign, as typed data."""

    receipt: Reported
    deadline: int
    typed_data: dict[str, Any]


class Voided(Answered):
    """A void that took effect; `serials` is a mask, `quota` the license's from then on."""

    license: int
    word: int
    serials: Wei
    quota: int
    evidence: Hash
    by: Account
    transaction: Hash
    voided_at: int


class Custody(Answered):
    """Who held a license since when, what it was split from, and what was split off."""

    license: int
    design: DesignId
    licensee: Account
    parent: int | None
    holders: list[dict[str, Any]]
    ancestors: list[dict[str, Any]]
    parts: list[dict[str, Any]]


class LifeSide(PrinterSide):
    """The calls about voids and passing on: a part of `ServiceClient`."""

    def failures(self, license: int) -> Failures:
        """Failed prints of a license that are not voided. Raises LicenseNotFound."""
        return self._get(f"/licenses/{license}/failures", Failures)

    def draft_voids(self, license: int, sender: Address, receipts: Sequence[Digest]) -> Transaction:
        """What an owner or issuer signs and pays to void the prints of these receipts."""
        body = {"sender": sender, "receipts": [str(digest) for digest in receipts]}
        return self._post(f"/licenses/{license}/voids", body, Transaction)

    def draft_void(self, license: int, issuer: Address, receipt: Digest) -> VoidDraft:
        """The message that an owner or issuer signs to void one print."""
        body = {"issuer": issuer, "receipt": str(receipt)}
        return self._post(f"/licenses/{license}/voids/message", body, VoidDraft)

    def send_void(self, void: Void, signature: bytes) -> Redeemed:
        """Have the service send a signed void, and pay for it."""
        return self._post("/voids", _signed(void, signature), Redeemed, seconds=CHAIN_SECONDS)

    def relay_void(self, void: Void, signature: bytes, sender: Address) -> Transaction:
        """What anybody signs and pays to send a signed void."""
        return self._post(
            "/voids/relay", {**_signed(void, signature), "sender": sender}, Transaction
        )

    def voids(
        self, license: int | None = None, cursor: str | None = None, limit: int = 50
    ) -> Page[Voided]:
        """Voids, a page at a time."""
        return self._page("/voids", Voided, cursor, limit, license=license)

    def draft_transfer(
        self, license: int, licensee: Address, to: Address, *, despite_tokens: bool = False
    ) -> Transaction:
        """What the holder signs to pass a whole license on."""
        body = {"licensee": licensee, "to": to, "despite_tokens": despite_tokens}
        return self._post(f"/licenses/{license}/transfer", body, Transaction)

    def draft_sublicense(
        self,
        license: int,
        licensee: Address,
        to: Address,
        quota: int,
        *,
        despite_tokens: bool = False,
    ) -> Transaction:
        """What the holder signs to pass the last `quota` prints on."""
        body = {
            "licensee": licensee,
            "to": to,
            "quota": quota,
            "despite_tokens": despite_tokens,
        }
        return self._post(f"/licenses/{license}/sublicense", body, Transaction)

    def custody(self, license: int) -> Custody:
        """Who held a license. Raises LicenseNotFound."""
        return self._get(f"/licenses/{license}/custody", Custody)


def void(desk: Desk, license: int, receipts: Sequence[Reported]) -> Sent:
    """Void the prints of these receipts with this key, which pays; see `failures.failed`."""
    calls = [
        desk.calls.void_prints(row.design, license, *bit_of(row.serial), row.proof)
        for row in receipts
    ]
    whole = calls[0] if len(calls) == 1 else desk.calls.batch(calls, all_or_nothing=True)
    draft = desk.service.draft_voids(license, desk.address, [row.proof for row in receipts])
    return desk.send(draft, whole)


def sign_void(desk: Desk, license: int, receipt: Reported) -> tuple[Void, bytes]:
    """Sign the void of one print, for anybody to send within a day; see `failures.failed`."""
    draft = desk.service.draft_void(license, desk.address, receipt.proof)
    if draft.deadline > desk.now() + _LONGEST_MESSAGE_SECONDS:
        raise TransactionMismatch("The message could be sent for more than two days.")
    word, bit = bit_of(receipt.serial)
    ours = Void(receipt.design, license, word, bit, receipt.proof, desk.address, draft.deadline)
    return ours, desk.sign(desk.domain.void(ours), draft.typed_data)


def relay_void(desk: Desk, signed: Void, signature: bytes) -> Sent:
    """Send a void that somebody else signed; this key pays."""
    draft = desk.service.relay_void(signed, signature, desk.address)
    return desk.send(draft, desk.calls.void_prints_by_sig(signed, signature))


def transfer(desk: Desk, license: int, to: Address, *, despite_tokens: bool = False) -> Sent:
    """Pass a whole license of this key's on. Raises TokensOutstanding, LicenseNotTransferable."""
    state = desk.service.license(license)
    draft = desk.service.draft_transfer(license, desk.address, to, despite_tokens=despite_tokens)
    return desk.send(draft, desk.calls.transfer_license(state.design, license, to))


def sublicense(
    desk: Desk, license: int, to: Address, quota: int, *, despite_tokens: bool = False
) -> tuple[int, Sent]:
    """Pass the last `quota` prints of a license on; the new license's number."""
    state = desk.service.license(license)
    draft = desk.service.draft_sublicense(
        license, desk.address, to, quota, despite_tokens=despite_tokens
    )
    sent = desk.send(draft, desk.calls.sublicense(state.design, license, to, quota))
    for event in sent.events:
        if event.get("name") == "LicenseSplit":
            return int(event["arguments"]["sublicense"]), sent
    raise LedgerError(f"The transaction {sent.transaction} split no license.")


def as_json(signed: Void, signature: bytes) -> dict[str, Any]:
    """A signed void as the file that passes from its issuer to whoever sends it."""
    return _signed(signed, signature)


def _signed(void: Void, signature: bytes) -> dict[str, Any]:
    return {
        "void": {
            "design": str(void.design),
            "license": void.license,
            "word": void.word,
            "serials": str(void.serials),
            "evidence": str(void.evidence),
            "issuer": void.issuer,
            "deadline": void.deadline,
        },
        "signature": "0x" + signature.hex(),
    }
