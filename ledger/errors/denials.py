"""What the caller has no right to: 403."""

from __future__ import annotations

from ledger.errors.root import LedgerError


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


class LicenseIrrevocable(RightsDenied):
    """The license was given for its whole term; it can only expire."""

    advice = "Wait for its end. A recall of the design stops prints before that."


class LicenseNotTransferable(RightsDenied):
    """The license is bound to its holder."""

    advice = "Ask the designer for a license that may be passed on."


class LicenseeNotNamed(RightsDenied):
    """The offer names the only licensee who can have a license under it."""


class TooManyForLicensee(RightsDenied):
    """The offer allows no one licensee so many prints."""

    advice = "Buy fewer prints, or ask the designer for another offer."


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
    """A content key is released only to the printer that a token with prints left names."""


class NotCouncil(RightsDenied):
    """Only the council that declared the crisis may do this."""

    advice = "Ask the council."


class CenterNotNamed(RightsDenied):
    """The council names the centers that may take licenses, and this is none of them."""

    advice = "Ask the council to name this center."


class CrisisOver(RightsDenied):
    """The crisis ran out, or its council ended it: no license can be taken any more."""

    advice = "Licenses that were taken before last until their own end; else buy one."


class PledgeOver(RightsDenied):
    """The pledge ran out before this license was to be taken."""

    advice = "Ask the design's owner for a new pledge, or buy a license."


class PledgeExhausted(RightsDenied):
    """The pledge has not as many prints left."""

    advice = "Ask for fewer prints, or the design's owner for a greater pledge."


class NotPrintLicenses(RightsDenied):
    """Only the licenses contract counts licenses against a pledge."""

    advice = "Take the license there: platemark crisis take."


class VariantsNotAllowed(RightsDenied):
    """The license is for the design as it is, not for variants of it."""

    advice = "Ask the designer for a license that allows variants."


class Recalled(RightsDenied):
    """Nothing may be printed of a design that is recalled, or derived from a recalled one."""

    advice = "Read the notice of the recall: platemark audit says where it is. Print nothing of it."


class NotForSale(RightsDenied):
    """The owner withdrew the design from sale; licenses that are out stay good."""

    advice = "Ask the designer when it will be sold again."


class ConsentMissing(RightsDenied):
    """A parent's owner did not agree to the derived design at this share."""

    advice = "Ask the parent's owner for a signed consent: platemark design consent."


class PrinterRevoked(RightsDenied):
    """The center ended this printer: stolen, lost or sold."""

    advice = "Enrol a printer with keys of its own; what this one signs is not accepted."


class PrinterRotated(RightsDenied):
    """The printer's key was replaced; the new one is named."""

    advice = "Use the printer's new key."


class LeaseNotAllowed(RightsDenied):
    """The license's grace is too short for prints without a network."""

    advice = "Ask for print tokens one by one, or for a license with a longer grace."


class LeaseEnded(RightsDenied):
    """The lease is over, was given back, or was stopped by news."""

    advice = "Ask for a new lease."


class NewsTooOld(RightsDenied):
    """The gate has had no news for longer than the lease allows."""

    advice = "Connect the gate, or drop a news file (platemark news fetch) into its inbox."


class ClockSetBack(RightsDenied):
    """The machine's clock is behind a time that it has already seen."""

    advice = "Set the clock right. The gate goes on as soon as it has caught up."


class MachineChanged(RightsDenied):
    """The gate's folder was written on another machine than this one."""

    advice = "Run the gate on its own machine, or enrol this one with keys of its own."


class JournalRolledBack(RightsDenied):
    """The service knows more of this printer's journal than the gate does: it was set back."""

    advice = "Enrol the printer anew, with new keys. What the old journal spent stays spent."


class SlicerNotConfined(RightsDenied):
    """There is no sandbox here, and the operator did not insist on slicing without one."""

    advice = "Install bubblewrap (Debian: apt install bubblewrap), on a 64-bit x86 or ARM machine."


class OwnFilesOff(RightsDenied):
    """The printer's owner has not switched own files on."""

    advice = "platemark gate own-files on, if this printer may print files that are no designs."
