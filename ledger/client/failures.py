"""Failed prints as the service tells of them: what shows it, checked before a void is signed."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from ledger.client.answers import Account, Answered, DesignId, Hash
from ledger.errors import EvidenceUnfit, LedgerError, TransactionMismatch
from ledger.models import (
    UNKNOWN_SHARE,
    ZERO_DIGEST,
    Digest,
    Outcome,
    Receipt,
    SignOff,
)
from ledger.signing import parse_signature, require_signer
from ledger.tokens import FIRST_RECEIPT, RECEIPT

if TYPE_CHECKING:
    from ledger.client.desk import Desk


class CalledBad(Answered):
    """A center's `SignOff` as the service keeps it."""

    digest: Hash
    message: dict[str, Any]
    signature: str

    @property
    def value(self) -> SignOff:
        """The sign-off as its center signed it. Raises KeyError, ValueError, MalformedRequest."""
        said = self.message
        return SignOff(
            Digest.parse(str(said["order"])),
            Digest.parse(str(said["token"])),
            bool(said["accepted"]),
            str(said["note"]),
            int(said["deadline"]),
        )


class Reported(Answered):
    """A receipt as the service keeps it, with its printer's signature.

    `form` 1 is what receipts said before they told of profile, duration and material.
    """

    digest: Hash
    token: Hash
    design: DesignId
    license: int
    serial: int
    printer: Account
    job: Hash
    started: int
    ended: int
    outcome: Outcome
    material_mg: int
    energy_joule: int
    profile: Hash = ZERO_DIGEST
    duration: int = 0
    material: str = ""
    recycled: int | None = None
    photo: Hash = ZERO_DIGEST
    form: int = 1
    signature: str
    evidence: Hash | None = None
    """What a void of it names, where that is not the receipt: see `sign_off`."""
    sign_off: CalledBad | None = None
    """The center's word, where only that says that the print failed."""

    @property
    def proof(self) -> Digest:
        """What a void of it names."""
        return self.evidence or self.digest

    @property
    def value(self) -> Receipt:
        """The receipt as its printer signed it."""
        return Receipt(
            token=self.token,
            design=self.design,
            license=self.license,
            serial=self.serial,
            printer=self.printer,
            job=self.job,
            started=self.started,
            ended=self.ended,
            outcome=self.outcome,
            material_mg=self.material_mg,
            energy_joule=self.energy_joule,
            profile=self.profile,
            duration=self.duration,
            material=self.material,
            recycled=UNKNOWN_SHARE if self.recycled is None else self.recycled,
            photo=self.photo,
        )


class Failures(Answered):
    """Failed prints that are not voided; `left` more are voided by the service itself."""

    items: list[Reported]
    left: int


def failed(desk: Desk, license: int, serials: Collection[int]) -> list[Reported]:
    """The receipts by which these prints failed, each checked against its printer's signature.

    Where a print failed on its center's word, that is checked to be the license's holder's.
    Raises EvidenceUnfit for a serial without one, BadSignature for what its printer or center
    did not sign, TransactionMismatch if the service calls another by that name.
    """
    found = {row.serial: row for row in desk.service.failures(license).items}
    for serial in serials:
        if serial not in found:
            raise EvidenceUnfit(
                f"No receipt and no sign-off says that serial {serial} of license {license} failed "
                f"and could be replaced.",
                license=license,
                serial=serial,
            )
        _require_sound(desk, license, found[serial])
    return [found[serial] for serial in serials]


def _require_sound(desk: Desk, license: int, row: Reported) -> None:
    typed = desk.domain.receipt(row.value, FIRST_RECEIPT if row.form == 1 else RECEIPT)
    done, proof = row.outcome is Outcome.DONE, row.proof
    on_word = row.sign_off is not None
    if typed.digest() != row.digest or row.license != license or done is not on_word:
        raise TransactionMismatch(f"The receipt {row.digest} is another than the service says.")
    require_signer(typed, parse_signature(row.signature), row.printer)
    if row.sign_off is not None:
        _require_called_bad(desk, row, row.sign_off)
    elif proof != row.digest:
        raise TransactionMismatch(f"The evidence {proof} is not the receipt {row.digest}.")


def _require_called_bad(desk: Desk, row: Reported, word: CalledBad) -> None:
    """The word must be about this very print, and that of who holds the license."""
    try:
        said = word.value
    except (KeyError, ValueError, TypeError, LedgerError) as error:
        raise TransactionMismatch("The service's sign-off is none.") from error
    typed = desk.domain.typed(said)
    meant = (row.proof, row.token, False)
    if (typed.digest(), said.token, said.accepted) != meant or word.digest != row.proof:
        raise TransactionMismatch(f"The sign-off {word.digest} is another than the service says.")
    holder = desk.service.license(row.license).licensee
    require_signer(typed, parse_signature(word.signature), holder)
