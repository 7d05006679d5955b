"""Signed messages and print tokens that are not accepted: 403."""

from __future__ import annotations

from ledger.errors.root import LedgerError


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


class MalformedLease(TokenRejected):
    """The file is no lease, or its parts do not belong together."""


class MalformedNews(TokenRejected):
    """The file is no news of this ledger, or its list is not the one that was signed."""

    advice = "Fetch it again: platemark news fetch."
