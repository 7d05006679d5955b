"""Release content keys: to the printer that a token names, before it redeems.

A gate has to open and slice a file to know whether it can be printed, and that shall cost no
serial. So the key comes first, and that it was released is kept: a key that was given out and
never followed by a redemption is shown by the audit (docs/decisions/0025-key-before-serial.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ledger import rules, vault
from ledger.errors import ContentNotFound, KeyNotReleasable, TokenExpired, TokenNotYetValid
from ledger.models import Cid, Digest, KeyRequest, PrintToken
from ledger.services import issuing, standing, variants
from ledger.services.context import Ledger
from ledger.services.findings import Finding, Severity
from ledger.services.issuing import find_token, token_of
from ledger.services.redeeming import redemptions
from ledger.signing import require_signer
from ledger.store import Session, catalog, slices
from ledger.store.tables import TokenRow


def release_key(ledger: Ledger, request: KeyRequest, signature: bytes) -> tuple[bytes, Cid, int]:
    """A content key, wrapped to one printer's KEM key, with its file's CID and size (bytes).

    The key of the variant that the named token binds, or else of the design. Only for
    an enrolled printer that is named by a token of this service, in its window, that has a
    serial left to redeem or was redeemed already. Raises BadSignature, SignatureExpired,
    PrinterNotEnrolled, PrinterRevoked, PrinterRotated, TokenNotFound, TokenExpired,
    TokenNotYetValid, LicenseNotFound, LicenseExpired, LicenseRevoked, NotIssuer, LeaseEnded,
    KeyNotReleasable, ContentNotFound, or Recalled: what may not be printed is not opened.
    """
    now = ledger.now()
    rules.require_fresh(request.deadline, now, "key request")
    require_signer(ledger.domain.key_request(request), signature, request.printer)
    printer = standing.require_printer(ledger, request.printer, even_rotated=True)
    token = token_of(find_token(ledger, request.token))
    _require_live(ledger, request, token, now)
    with ledger.database.read() as session:
        sealed, content = variants.copy_for(
            session, str(token.design), token.license, str(token.job)
        )
    if sealed is None:
        raise ContentNotFound(f"The file of {request.design} is not kept here.")
    key = vault.unwrap_key(ledger.service_key, sealed.wrapped_key, content)
    info = vault.release_info(request.design, request.license, request.printer, request.token)
    kem_key = bytes.fromhex(printer.kem_key.removeprefix("0x"))
    # Written down before it is given out: what is not known to be released was not.
    with ledger.database.write() as session:
        slices.note_release(session, str(request.token), request.printer, now)
    return vault.release_key(key, kem_key, info), Cid(sealed.cid), sealed.sealed_size


def release_findings(session: Session, tokens: Iterable[TokenRow], now: int) -> Iterator[Finding]:
    """Keys that were released for tokens of which nothing was ever redeemed, nor can be."""
    over = {row.digest: row for row in tokens if row.redeemable_until <= now}
    for row in slices.releases(session, over):
        if not catalog.redemptions(session, token=row.token):
            yield Finding(
                "key-released-not-redeemed",
                Severity.NOTE,
                f"The printer {row.printer} was given the content key at {row.released_at}, and "
                f"redeemed nothing of the token before it ran out.",
                f"print token {row.token}",
            )


def _require_live(ledger: Ledger, request: KeyRequest, token: PrintToken, now: int) -> None:
    """Raise unless something may be printed on the token now, by the printer that asks."""
    named = (token.design, token.license, token.printer)
    if named != (request.design, request.license, request.printer):
        raise _not_releasable(request, "is not named by")
    if now < token.not_before:
        raise TokenNotYetValid(
            f"The print token is valid from {token.not_before}.", not_before=token.not_before
        )
    if now >= token.deadline:
        raise TokenExpired(
            f"The print token was valid until {token.deadline}.", deadline=token.deadline
        )
    license = ledger.chain.license(token.design, token.license)
    rules.require_printable(license, now)
    standing.require_printable(ledger, token.design)
    standing.require_not_given_back(ledger, request.token)
    issuing.authority_until(ledger, license, now)
    if _is_used_up(ledger, token, request.token):
        raise _not_releasable(request, "has nothing left to print on")


def _is_used_up(ledger: Ledger, token: PrintToken, digest: Digest) -> bool:
    """Whether every serial of a token was spent, and none under it."""
    spent = ledger.chain.spent(token.license, token.word)
    if token.serials & ~spent:
        return False
    return not any(int(row.take, 16) & spent for row in redemptions(ledger, digest))


def _not_releasable(request: KeyRequest, why: str) -> KeyNotReleasable:
    return KeyNotReleasable(
        f"The printer {request.printer} {why} the token {request.token}.",
        token=str(request.token),
        printer=request.printer,
    )
