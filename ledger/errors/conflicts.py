"""What stands in the way of what is there already: 409."""

from __future__ import annotations

from ledger.errors.root import LedgerError


class Conflict(LedgerError):
    """What was asked for contradicts what is already so."""

    status = 409
    advice = "Nothing was changed. Look at the present state before you try again."


class DesignAlreadyRegistered(Conflict):
    """The same file was registered before; the first owner is named."""


class SerialAlreadySpent(Conflict):
    """This serial was printed already; a serial is spent once, for ever."""

    advice = "Ask for a token with another serial."


class RequestReplayed(Conflict):
    """This signed request was answered before; each needs a nonce of its own."""

    advice = "Sign a new request with a fresh nonce."


class IdempotencyKeyReused(Conflict):
    """The idempotency key came with another request before, or is still being answered."""

    advice = "Use a new key for a new request."


class RegistrationIncomplete(Conflict):
    """A step of the registration that must come first has not been done."""

    advice = "Upload the file again: finished steps are reused."


class DeploymentMismatch(Conflict):
    """The deployment file does not fit the chain that was found."""

    advice = "Point PLATEMARK_RPC_URL at the chain of this deployment, or deploy anew."


class CheckpointShrinks(Conflict):
    """A greater size of the same log is anchored already."""

    advice = "The log lost entries: restore it from a backup, and anchor nothing before."


class CheckpointContradicts(Conflict):
    """Another root of the same size is anchored already."""

    advice = "The log was changed: restore it from a backup, and anchor nothing before."


class PledgeBinds(Conflict):
    """A pledge that binds can only become more generous, under the same document."""

    advice = "Make no term smaller, or wait until the pledge has run out."


class SignatureSpent(Conflict):
    """The signed message was used before, or its signer cancelled it."""

    advice = "Sign a new message, with a salt of its own."


class BatchFailed(Conflict):
    """One call of a batch that does all or nothing was refused; `reason` says by what."""

    advice = "Nothing was changed. Leave the call out, or mend what the detail names."


class NotVoidable(Conflict):
    """Only a serial that was printed can be voided, and only once."""


class SerialNotFree(Conflict):
    """The last serials of a license are not all free to be passed on."""

    advice = "Pass on fewer prints."


class TokensOutstanding(Conflict):
    """Print tokens are out for serials that are to be passed on."""

    advice = "Wait until they are redeemed or over, or pass on fewer prints."


class EvidenceUnfit(Conflict):
    """The receipt is not that of a failed print whose serial could be replaced."""

    advice = "Name receipts of failed prints that were redeemed and not voided yet."


class ReceiptContradicts(Conflict):
    """The printer told otherwise of the same print before; its first receipt stays."""

    advice = "Keep both. A printer prints a serial once: look whether its folder was copied."


class NothingToWithdraw(Conflict):
    """No earnings are waiting for this design."""

    advice = "Settle the design's licenses first."


class NothingToRefund(Conflict):
    """Every print of these words was made or paid back already."""


class NothingToSettle(Conflict):
    """No newly spent serial in these words."""


class AlreadyRecalled(Conflict):
    """The design is recalled already."""


class NotRecalled(Conflict):
    """The design itself is not recalled; a design above it may be."""


class CommitmentMissing(Conflict):
    """This registry wants a commitment first, and none was made, or it was not revealed."""

    advice = "Upload the design again: the service commits to its registration."


class CommitmentTooYoung(Conflict):
    """The commitment has not the age yet that this registry wants."""

    advice = "Wait until the time that is named, then send the same again."


class CommitmentExists(Conflict):
    """This very commitment was made before; its age counts from then."""


class ResaleRoyaltyFixed(Conflict):
    """The resale royalty of a design is set once, for ever."""


class JournalForked(Conflict):
    """Two signed entries of a printer have one number: its journal was copied or set back."""

    advice = "Both are kept as evidence. Revoke the printer and enrol it with new keys."


class JournalGap(Conflict):
    """Entries of the printer's journal are missing before these."""

    advice = "Hand in the journal from the entry after the last that is known."


class LeaseOpen(Conflict):
    """Not all of what was spent of the lease is known yet, so it cannot be given back."""

    advice = "Hand in the printer's journal first."


class NewsOutdated(Conflict):
    """The gate has a newer edition of the news."""


class TooManyEnrolments(Conflict):
    """The center has enrolled as many printers within a day as this service takes."""

    status = 429
    advice = "Enrol it at the time that is named, or ask the service's operator for more."
