"""What the registry's errors say, beyond those that the first contracts had.

Lineage, recalls, sale, commitments and resale.
"""

from __future__ import annotations

from collections.abc import Mapping

from ledger import errors
from ledger.errors import LedgerError

REGISTRY: Mapping[str, tuple[type[LedgerError], str]] = {
    "AlreadyRecalled": (errors.AlreadyRecalled, "The design {design} is recalled already."),
    "CommitmentExists": (
        errors.CommitmentExists,
        "The commitment {commitment} was made before; its age counts from then.",
    ),
    "CommitmentMissing": (
        errors.CommitmentMissing,
        "No commitment of {owner} to the design {design} was made and revealed.",
    ),
    "CommitmentTooYoung": (
        errors.CommitmentTooYoung,
        "The commitment can be revealed from {ready} on, not before.",
    ),
    "ConsentMissing": (
        errors.ConsentMissing,
        "The owner of {parent} did not agree to a share of {share} basis points: there is no "
        "signature, and no open policy at this share.",
    ),
    "NotForSale": (errors.NotForSale, "The design {design} is withdrawn from sale."),
    "NotRecalled": (errors.NotRecalled, "The design {design} itself is not recalled."),
    "NoticeMissing": (
        errors.NoticeMissing,
        "The recall of {design}, or its end, came without a notice.",
    ),
    "ParentCountInvalid": (
        errors.ParentCountInvalid,
        "{count} parents were named; a derived design has 1 to 8.",
    ),
    "ParentRepeated": (errors.ParentRepeated, "The parent {parent} was named twice."),
    "Recalled": (
        errors.Recalled,
        "Nothing may be printed of the design {design}: {recalled} is recalled.",
    ),
    "ResaleReceiverInvalid": (
        errors.ResaleReceiverInvalid,
        "{receiver} cannot receive a resale royalty.",
    ),
    "ResaleRoyaltyFixed": (
        errors.ResaleRoyaltyFixed,
        "The resale royalty of {design} is set for ever; {receiver} gets it.",
    ),
    "ResaleRoyaltyTooHigh": (
        errors.ResaleRoyaltyTooHigh,
        "A resale royalty of {share} basis points is more than 1000.",
    ),
    "SharesTooHigh": (
        errors.SharesTooHigh,
        "{total} basis points would go to parents; at most 5000 may.",
    ),
    "TooManyAncestors": (
        errors.TooManyAncestors,
        "The design {design} would have more than 16 designs above it.",
    ),
}
