"""What is not there: 404."""

from __future__ import annotations

from ledger.errors.root import LedgerError


class NotFound(LedgerError):
    """What was named does not exist here."""

    status = 404
    advice = "Check the id; a fresh transaction may need a moment to be indexed."


class DesignNotFound(NotFound):
    """No design is registered under this content hash."""


class LicenseNotFound(NotFound):
    """No license with this number exists (for this design)."""


class OfferNotFound(NotFound):
    """No offer with this hash was ever opened."""


class ContentNotFound(NotFound):
    """No block of this CID can be had."""

    advice = "Check that the IPFS node which pinned the file is running and reachable."


class PrinterNotFound(NotFound):
    """No printer is enrolled under this address."""


class TokenNotFound(NotFound):
    """No print token with this digest was issued here."""


class EntryNotFound(NotFound):
    """The log has no entry of this index, or had none when it had this size."""


class CheckpointNotFound(NotFound):
    """No checkpoint is anchored that covers this."""

    advice = "Wait until the operator anchors the log: platemark checkpoint anchor."


class CrisisNotFound(NotFound):
    """No crisis was declared under this number."""


class PledgeNotFound(NotFound):
    """The design was never pledged to the council that declared the crisis."""

    advice = "Ask the design's owner for a license, or for a pledge to this council."


class SubjectNotFound(NotFound):
    """Nothing in the ledger answers to this file, id or address."""


class VariantNotFound(NotFound):
    """No variant with this hash was uploaded under this license."""

    advice = "Upload the variant's file first: platemark variant upload."


class LeaseNotFound(NotFound):
    """No lease with this digest was given here."""


class OrderNotFound(NotFound):
    """No print order with this digest is in the queue."""


class SliceNotFound(NotFound):
    """Nobody approved this slice of the design."""

    advice = "Ask the designer to approve it: platemark slice approve."


class WebhookNotFound(NotFound):
    """No webhook with this id belongs to you."""
