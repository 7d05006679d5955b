"""Every way in which Platemark says no.

The tree, with the HTTP status that the API answers::

    LedgerError                                                         500
    ├ BadRequest                                                        400
    │ ├ MalformedRequest  MalformedTicket  CursorInvalid                400
    │ └ TransactionMismatch                                             400
    ├ InvalidDesign                                                     422
    │ └ DesignTooLarge                                                  413
    ├ InvalidTerms                                                      422
    │ ├ QuotaLimitsInvalid  DurationZero  WindowInvalid                 422
    │ ├ CurrencyNotSupported  QuotaOutOfRange  WrongPayment             422
    │ ├ MetadataMissing  InvalidIssuer  ExpiryInPast                    422
    │ ├ CheckpointEmpty  RootMissing                                    422
    │ └ InvalidRecipient  PaymentFailed                                 422
    ├ NotFound                                                          404
    │ ├ DesignNotFound  LicenseNotFound  OfferNotFound                  404
    │ ├ ContentNotFound  PrinterNotFound  TokenNotFound                 404
    │ ├ EntryNotFound  CheckpointNotFound                               404
    │ └ SubjectNotFound  VariantNotFound                                404
    ├ Conflict                                                          409
    │ ├ DesignAlreadyRegistered  SerialAlreadySpent                     409
    │ ├ RequestReplayed  IdempotencyKeyReused                           409
    │ ├ RegistrationIncomplete  DeploymentMismatch                      409
    │ ├ CheckpointShrinks  CheckpointContradicts                        409
    │ └ NothingToWithdraw  NothingToRefund  NothingToSettle             409
    ├ RightsDenied                                                      403
    │ ├ NotDesignOwner  NotIssuer  NotLicensee  PrinterNotNamed         403
    │ ├ LicenseExpired  LicenseRevoked  QuotaExhausted                  403
    │ ├ OfferNotOpen  RefundNotOpen  PrinterNotEnrolled                 403
    │ └ JobWithoutToken  KeyNotReleasable  VariantsNotAllowed           403
    ├ TokenRejected                                                     403
    │ ├ BadSignature  SignatureExpired  WrongDomain                     403
    │ ├ TokenExpired  TokenNotYetValid                                  403
    │ └ TakeOutsideToken  JobNotNamed                                   403
    ├ IntegrityFailure                                                  502
    │ ├ DigestMismatch  UnsealFailed                                    502
    │ └ ProofInvalid  LogDiffers                                        502
    ├ Unavailable                                                       503
    │ ├ ChainUnavailable  IpfsUnavailable                               503
    │ └ ServiceUnavailable  StoreUnavailable  HostUnavailable           503
    ├ SetupError                                                        500
    │ └ ToolMissing  KeystoreLocked  KeystoreExists  CompilationFailed  500
    └ UnknownRevert                                                     502

A class that shares its name with a Solidity custom error carries that error's
arguments as `facts`. Adapters translate at their edge (`raise ... from`), so
nothing else reaches a caller.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

JsonScalar = str | int | float | bool | None


class LedgerError(Exception):
    """The root: `detail` says what was wrong, `advice` what to do about it.

    `facts` are the values that a program would want (ids, limits, times); they
    are plain JSON and never hold a secret.
    """

    status: ClassVar[int] = 500
    advice: ClassVar[str] = "Report this: it should not happen."

    def __init__(self, detail: str, **facts: JsonScalar) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts: Mapping[str, JsonScalar] = facts

    @classmethod
    def slug(cls) -> str:
        """The error's name in URLs and exit reports: `DesignNotFound` -> `design-not-found`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()


# --- 400: the request itself cannot be read ---------------------------------


class BadRequest(LedgerError):
    """The request cannot be understood as it stands."""

    status = 400
    advice = "Correct the request as the detail says and send it again."


class MalformedRequest(BadRequest):
    """A value has the wrong form: not hexadecimal, wrong length, out of range."""


class MalformedTicket(BadRequest):
    """A file that should hold a print token and its signature does not."""


class CursorInvalid(BadRequest):
    """A page cursor that this service did not hand out."""

    advice = "Start again without a cursor."


class TransactionMismatch(BadRequest):
    """A transaction or message offered for signing is not the one that was asked for."""

    advice = "Do not sign it. Check which service and which deployment you talk to."


# --- 422: the file or the terms are not acceptable --------------------------


class InvalidDesign(LedgerError):
    """The file is not a design that can be registered: broken, a bomb, or unknown."""

    status = 422
    advice = "Export the file again and check that it opens in your own tools."


class DesignTooLarge(InvalidDesign):
    """The file is larger than this service accepts."""

    status = 413
    advice = "Reduce the file, or raise PLATEMARK_MAX_DESIGN_BYTES at your own service."


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


class InvalidRecipient(InvalidTerms):
    """The receiving address is zero, or a contract that does not take designs."""


class PaymentFailed(InvalidTerms):
    """The receiving address refused the payment."""

    advice = "Name an address that accepts payments; the amount is still yours."


# --- 404 --------------------------------------------------------------------


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


class SubjectNotFound(NotFound):
    """Nothing in the ledger answers to this file, id or address."""


class VariantNotFound(NotFound):
    """No variant with this hash was uploaded under this license."""

    advice = "Upload the variant's file first: platemark variant upload."


# --- 409 --------------------------------------------------------------------


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


class NothingToWithdraw(Conflict):
    """No earnings are waiting for this design."""

    advice = "Settle the design's licenses first."


class NothingToRefund(Conflict):
    """Every print of these words was made or paid back already."""


class NothingToSettle(Conflict):
    """No newly spent serial in these words."""


# --- 403: rights ------------------------------------------------------------


class RightsDenied(LedgerError):
    """The caller has no right to this."""

    status = 403
    advice = "Ask the designer, or use the key that holds the right."


class NotDesignOwner(RightsDenied):
    """Only the present owner of the design may do this."""


class NotIssuer(RightsDenied):
    """The signer is neither the design's owner nor an issuer that the owner authorized."""


class NotLicensee(RightsDenied):
    """Only the holder of the license may do this."""


class PrinterNotNamed(RightsDenied):
    """The token names another printer."""


class LicenseExpired(RightsDenied):
    """The license has ended."""

    advice = "Buy a new license."


class LicenseRevoked(RightsDenied):
    """The designer ended the license; unprinted prints are paid back."""

    advice = "Ask for a refund of the unprinted part."


class QuotaExhausted(RightsDenied):
    """No serial of the license is left."""

    advice = "Buy another license."


class OfferNotOpen(RightsDenied):
    """The offer was closed, or never opened."""


class RefundNotOpen(RightsDenied):
    """Serials of this license can still be redeemed."""

    advice = "Wait until the license and its grace are over."


class PrinterNotEnrolled(RightsDenied):
    """The printer is not enrolled by this print center."""

    advice = "Enrol the printer first: platemark gate init."


class JobWithoutToken(RightsDenied):
    """A file was put before the gate without a print token."""

    advice = "Ask for a print token and drop that; the gate fetches the file itself."


class KeyNotReleasable(RightsDenied):
    """A content key is released only to the printer that redeemed the print."""


class VariantsNotAllowed(RightsDenied):
    """The license is for the design as it is, not for variants of it."""

    advice = "Ask the designer for a license that allows variants."


# --- 403: tokens ------------------------------------------------------------


class TokenRejected(LedgerError):
    """The print token is not valid here and now."""

    status = 403
    advice = "Ask the service for a fresh token."


class BadSignature(TokenRejected):
    """The signature is not by the one who should have signed, or the content was changed."""


class SignatureExpired(TokenRejected):
    """The signed message was valid until a time that has passed."""

    advice = "Sign a new message."


class WrongDomain(TokenRejected):
    """Signed for another chain or another deployment of the contracts."""


class TokenExpired(TokenRejected):
    """The token's deadline has passed."""


class TokenNotYetValid(TokenRejected):
    """The token's window has not begun."""

    advice = "Wait until it begins."


class TakeOutsideToken(TokenRejected):
    """The serials to be spent are none, or not all in the token."""


class JobNotNamed(TokenRejected):
    """The token binds one file, and this is another."""


# --- 502 / 503 / 500 --------------------------------------------------------


class IntegrityFailure(LedgerError):
    """Bytes are not what their name says."""

    status = 502
    advice = "Do not use the file. Fetch it again from another node; keep this copy as evidence."


class DigestMismatch(IntegrityFailure):
    """The hash of the bytes is not the one they were asked for by."""


class UnsealFailed(IntegrityFailure):
    """A sealed file or wrapped key was changed, cut, or sealed under another key."""


class ProofInvalid(IntegrityFailure):
    """A proof does not lead from the entry, or the smaller tree, to the root."""

    advice = "Keep what the service answered: with the anchored root it is evidence."


class LogDiffers(IntegrityFailure):
    """The log is not the one whose root was anchored."""

    advice = "Anchor nothing. Restore the log from a backup that gives the anchored roots."


class Unavailable(LedgerError):
    """A part of the system does not answer now; the same call may work later."""

    status = 503
    advice = "Run `platemark doctor`, then try again; it is safe to repeat."
    retry_after_seconds: ClassVar[int] = 2


class ChainUnavailable(Unavailable):
    """The chain's JSON-RPC does not answer, or not in time."""


class IpfsUnavailable(Unavailable):
    """The IPFS node does not answer, or not in time."""


class ServiceUnavailable(Unavailable):
    """The Platemark service does not answer, or not in time."""


class StoreUnavailable(Unavailable):
    """The database is locked, full or unreachable."""


class HostUnavailable(Unavailable):
    """The printer's host program or folder cannot be reached."""


class SetupError(LedgerError):
    """Something that must be there before Platemark can work is not."""

    advice = "Run `platemark doctor`: it says what is missing and what to do."


class ToolMissing(SetupError):
    """A program that Platemark starts (Anvil, a compiler, Kubo) was not found."""


class KeystoreLocked(SetupError):
    """The passphrase does not open the key file."""

    advice = "Check PLATEMARK_PASSPHRASE or PLATEMARK_PASSPHRASE_FILE."


class KeystoreExists(SetupError):
    """A key of this name exists already, and keys are never overwritten."""

    advice = "Choose another name."


class CompilationFailed(SetupError):
    """The contracts do not compile."""


class UnknownRevert(LedgerError):
    """The contract refused for a reason that this version does not know."""

    status = 502
    advice = "The deployment may be newer than this program: update it."


def all_errors(root: type[LedgerError] = LedgerError) -> Iterator[type[LedgerError]]:
    """Yield `root` and every class below it, parents first, in the order of definition."""
    yield root
    for child in root.__subclasses__():
        yield from all_errors(child)
