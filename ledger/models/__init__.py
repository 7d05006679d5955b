"""Value objects: the nouns that every other module speaks in.

All of them are immutable and compare by value. Times are whole Unix seconds (UTC),
money is in the currency's smallest unit (wei), lengths in millimetres. Every interval
of time is half open: it holds from its start until just before its end.
"""

from ledger.models.crises import Crisis, CrisisDeclaration, Pledge, PledgeTerms, Region
from ledger.models.identifiers import (
    NATIVE_CURRENCY,
    NOBODY,
    ZERO_DIGEST,
    Address,
    Cid,
    ContentHash,
    Digest,
)
from ledger.models.leases import JournalEntry, JournalKind, Lease, LeaseRequest, News
from ledger.models.lineage import (
    MAX_PARENTS,
    MAX_RESALE_SHARE,
    MAX_TOTAL_SHARE,
    Derivation,
    DerivedRegistration,
    IssuerAuthorization,
    Parent,
    Policy,
    ResaleRoyalty,
)
from ledger.models.messages import (
    UNKNOWN_SHARE,
    Enrolment,
    KeyRequest,
    Outcome,
    PrintRequest,
    Receipt,
    RedemptionRequest,
    Refusal,
    Variant,
)
from ledger.models.money import Account, Currency, Grant, Permit, Purchase, Revocation
from ledger.models.printers import KeyRotation, OwnFiles, PrinterRevocation, Slice
from ledger.models.rights import (
    DesignFormat,
    License,
    Measures,
    Offer,
    PrintToken,
    Rights,
    Ticket,
)
from ledger.models.serials import MAX_QUOTA, WORD_BITS, bit_of, serials_of, word_mask
from ledger.models.voids import Void

__all__ = [
    "MAX_PARENTS",
    "MAX_QUOTA",
    "MAX_RESALE_SHARE",
    "MAX_TOTAL_SHARE",
    "NATIVE_CURRENCY",
    "NOBODY",
    "UNKNOWN_SHARE",
    "WORD_BITS",
    "ZERO_DIGEST",
    "Account",
    "Address",
    "Cid",
    "ContentHash",
    "Crisis",
    "CrisisDeclaration",
    "Currency",
    "Derivation",
    "DerivedRegistration",
    "DesignFormat",
    "Digest",
    "Enrolment",
    "Grant",
    "IssuerAuthorization",
    "JournalEntry",
    "JournalKind",
    "KeyRequest",
    "KeyRotation",
    "Lease",
    "LeaseRequest",
    "License",
    "Measures",
    "News",
    "Offer",
    "Outcome",
    "OwnFiles",
    "Parent",
    "Permit",
    "Pledge",
    "PledgeTerms",
    "Policy",
    "PrintRequest",
    "PrintToken",
    "PrinterRevocation",
    "Purchase",
    "Receipt",
    "RedemptionRequest",
    "Refusal",
    "Region",
    "ResaleRoyalty",
    "Revocation",
    "Rights",
    "Slice",
    "Ticket",
    "Variant",
    "Void",
    "bit_of",
    "serials_of",
    "word_mask",
]
