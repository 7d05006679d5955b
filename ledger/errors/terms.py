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
    """No contract is at this address that could be a currency."""

    advice = "Name an ERC-20 of this chain, or the zero address for the chain's own currency."


class RightsUnknown(InvalidTerms):
    """Rights that no license can have."""


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
    """A crisis or a void came without the digest of its evidence."""


class CrisisSignerMissing(InvalidTerms):
    """A crisis was declared without somebody who signs its print tokens."""


class InvalidRecipient(InvalidTerms):
    """The receiving address is zero, or a contract that does not take designs."""


class PaymentFailed(InvalidTerms):
    """The receiving address refused the payment."""

    advice = "Name an address that accepts payments; the amount is still yours."


class PaymentShort(InvalidTerms):
    """Less arrived than was paid: currencies that take a fee are not supported."""

    advice = "Nothing was paid. Ask the designer for an offer in another currency."


class BalanceTooLow(InvalidTerms):
    """The payer has not enough of the currency."""

    advice = "Get more of the currency, or buy fewer prints."


class AllowanceTooLow(InvalidTerms):
    """The licenses' contract may not take so much of the payer's currency."""

    advice = "Allow the total, or sign a permit: platemark license buy does it."


class PermitFailed(InvalidTerms):
    """The currency did not take the permit (ERC-2612), and allows less than it was to."""

    advice = "Sign a new permit, or allow the amount in a transaction of its own."


class ParentCountInvalid(InvalidTerms):
    """A derived design has 1 to 8 parents."""


class ParentRepeated(InvalidTerms):
    """A parent was named twice."""


class SharesTooHigh(InvalidTerms):
    """More than half of a design's earnings would go to its parents."""


class TooManyAncestors(InvalidTerms):
    """A design has at most 16 designs above it."""


class NoticeMissing(InvalidTerms):
    """A recall, and its end, need a notice that says why."""


class ResaleRoyaltyTooHigh(InvalidTerms):
    """The resale royalty is more than a tenth of the price."""


class ResaleReceiverInvalid(InvalidTerms):
    """The zero address cannot receive a resale royalty."""
