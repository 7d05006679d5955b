"""What went wrong on our side or behind us: 500, 502 and 503."""

from __future__ import annotations

from typing import ClassVar

from ledger.errors.root import LedgerError


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


class SlicingFailed(LedgerError):
    """The slicer gave no G-code that could be used; nothing was spent."""

    status = 422
    advice = "Look at what the slicer said; try the model and the profile by hand."


class DoesNotFit(SlicingFailed):
    """The job is larger than the printer's bed; nothing was spent."""

    advice = "Print it on a larger machine, or ask for a variant that fits."


class CertificateChanged(SetupError):
    """The service's certificate is not the one that was pinned when the printer was enrolled."""

    advice = "Ask the operator. If it was renewed: platemark gate pin."
