"""What cannot be read or is no design: 400, 413 and 422."""

from __future__ import annotations

from ledger.errors.root import LedgerError


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


class InvalidDesign(LedgerError):
    """The file is not a design that can be registered: broken, a bomb, or unknown."""

    status = 422
    advice = "Export the file again and check that it opens in your own tools."


class DesignTooLarge(InvalidDesign):
    """The file is larger than this service accepts."""

    status = 413
    advice = "Reduce the file, or raise PLATEMARK_MAX_DESIGN_BYTES at your own service."
