"""Terms that no contract could hold: 422."""

from __future__ import annotations

from ledger.errors.root import LedgerError


class InvalidTerms(LedgerError):
    """Terms that no contract could hold."""

    status = 422
    advice = "Change the terms as the detail says; nothing was recorded."


class QuotaLimitsInvalid(InvalidTerms):
    """An offer's least quota is zero or above its greatest."""


class DurationZero(InvalidTerms):
    """A license that would end in the moment in which it begins."""


class WindowInvalid(InvalidTerms):
    """An offer's window closes before it opens, or has closed already."""


class CurrencyNotSupported(InvalidTerms):
    """Only the chain's native currency is accepted by this deployment."""


class QuotaOutOfRange(InvalidTerms):
    """The number of prints asked for is outside the offer's limits."""


class WrongPayment(InvalidTerms):
    """The value sent is not exactly quota times price."""


class MetadataMissing(InvalidTerms):
    """A design cannot be registered without the digest of its metadata."""


class InvalidIssuer(InvalidTerms):
    """The zero address cannot sign print tokens."""


class ExpiryInPast(InvalidTerms):
    """A term that would have ended before it began."""


class CheckpointEmpty(InvalidTerms):
    """A checkpoint over no entries says nothing."""


class RootMissing(InvalidTerms):
    """A checkpoint came without a root."""


class CouncilMissing(InvalidTerms):
    """A design was to be pledged to the zero address."""


class PledgeWindowInvalid(InvalidTerms):
    """A pledge must end after now, and within ten years."""


class PledgeDurationInvalid(InvalidTerms):
    """A crisis license must last at least a second and at most 366 days."""


class PledgeQuotaInvalid(InvalidTerms):
    """A pledge's quota of one license is zero, or above its quota in all."""


class PledgeDocumentMissing(InvalidTerms):
    """A pledge came without the digest of the document that says what it is for."""


class CrisisQuotaInvalid(InvalidTerms):
    """A crisis license is for no prints, or for more than the pledge allows to one."""


class CrisisWindowInvalid(InvalidTerms):
    """A crisis must end after now, and within 366 days."""


class RegionMissing(InvalidTerms):
    """A crisis was declared without a region."""


class EvidenceMissing(InvalidTerms):
    """A crisis was declared without the digest of its evidence."""


class CrisisSignerMissing(InvalidTerms):
    """A crisis was declared without somebody who signs its print tokens."""


class InvalidRecipient(InvalidTerms):
    """The receiving address is zero, or a contract that does not take designs."""


class PaymentFailed(InvalidTerms):
    """The receiving address refused the payment."""

    advice = "Name an address that accepts payments; the amount is still yours."
