"""Issue print tokens: a signed request, the license as the chain has it, serials, signatures.

A serial is promised to at most one token that can still be redeemed. The promise is
not a record of its own: it follows from the issued tokens and their time, so it
cannot get out of step with them and ends by itself.
"""

from __future__ import annotations

from collections.abc import Callable

from ledger import rules
from ledger.errors import (
    ContentNotFound,
    NotIssuer,
    RequestReplayed,
    TokenNotFound,
)
from ledger.models import (
    WORD_BITS,
    Address,
    Cid,
    ContentHash,
    Digest,
    License,
    PrintRequest,
    PrintToken,
    Rights,
    Ticket,
)
from ledger.services import standing, variants
from ledger.services.context import Ledger
from ledger.signing import parse_signature, require_signer
from ledger.store import Session, catalog, log, records
from ledger.store.tables import RequestRow, SealedRow, TokenRow, VariantRow


def issue(ledger: Ledger, request: PrintRequest, signature: bytes) -> list[Ticket]:
    """Answer a licensee's signed request with print tokens for `count` serials.

    One token for each word that the serials lie in, so mostly one. Raises
    SignatureExpired, MalformedRequest, LicenseNotFound, BadSignature, LicenseExpired,
    LicenseRevoked, Recalled, PrinterNotEnrolled, PrinterRevoked, PrinterRotated, NotIssuer
    (the designer has not authorized this service), VariantsNotAllowed or VariantNotFound
    (the request binds a file that is none for this license), ContentNotFound (the file is
    not kept here), QuotaExhausted or RequestReplayed; nothing is reserved then.
    """
    now = ledger.now()
    rules.require_answerable(request, now)
    license = ledger.chain.license(request.design, request.license)
    message = ledger.domain.print_request(request)
    require_signer(message, signature, license.licensee)
    rules.require_printable(license, now)
    standing.require_printable(ledger, request.design)
    standing.require_printer(ledger, request.printer, license.licensee)
    authority = _authority(ledger, license)
    variants.require_known(ledger, license, request.job)
    _sealed(ledger, str(request.design), request.license, str(request.job))
    ledger.indexer.catch_up()

    deadline = rules.token_deadline(license, request, authority, now)
    digest = str(message.digest())
    with ledger.database.write() as session:
        standing.require_printer(session, request.printer, license.licensee)
        if records.request(session, digest) is not None:
            raise RequestReplayed(f"This request was answered before: {digest}.", request=digest)
        used = _used(ledger, session, license, now)
        chosen = rules.allocate(license, request.count, used)
        rows = [
            _sign(ledger, license, request, digest, word, serials, now, deadline)
            for word, serials in chosen
        ]
        records.put(
            session,
            RequestRow(
                digest=digest,
                licensee=license.licensee,
                signature="0x" + signature.hex(),
                answered_at=now,
            ),
        )
        for row in rows:
            records.add_in_order(session, row)
            signed = ledger.domain.print_token(token_of(row))
            log.append(session, signed, parse_signature(row.signature))
    return [ticket(ledger, row) for row in rows]


def find_token(ledger: Ledger, digest: Digest) -> TokenRow:
    """A token that was issued here. Raises TokenNotFound."""
    with ledger.database.read() as session:
        row = records.token(session, str(digest))
    if row is None:
        raise TokenNotFound(f"No token {digest} was issued here.", token=str(digest))
    return row


def ticket(ledger: Ledger, row: TokenRow) -> Ticket:
    """An issued token with its signature and where the sealed file is: design or variant."""
    sealed = _sealed(ledger, row.design, row.license, row.job)
    return Ticket(
        token=token_of(row),
        signature=parse_signature(row.signature),
        signer=Address(row.signer),
        chain_id=ledger.domain.chain_id,
        contract=ledger.domain.licenses,
        cid=Cid(sealed.cid),
        sealed_size=sealed.sealed_size,
    )


def token_of(row: TokenRow) -> PrintToken:
    """The token that a row tells of."""
    return PrintToken(
        design=ContentHash.parse(row.design),
        license=row.license,
        printer=Address(row.printer),
        word=row.word,
        serials=int(row.serials, 16),
        not_before=row.not_before,
        deadline=row.deadline,
        job=Digest.parse(row.job),
    )


def _sealed(ledger: Ledger, design: str, license: int, job: str) -> SealedRow | VariantRow:
    with ledger.database.read() as session:
        row, _content = variants.copy_for(session, design, license, job)
    if row is None:
        raise ContentNotFound(f"The file of {design} is not kept here.", design=design)
    return row


def _authority(ledger: Ledger, license: License) -> int:
    """Until when this service may sign tokens of this license. Raises NotIssuer.

    The signer that a council named may as long as a license of its crisis lasts, whatever
    the owner says.
    """
    design = license.design
    if Rights.CRISIS in license.rights and ledger.chain.crises.may_issue(
        license.number, ledger.issuer.address
    ):
        return license.expiry
    owner = ledger.chain.design_owner(design)
    until = ledger.chain.issuer_expiry(owner, ledger.issuer.address)
    if until <= ledger.now():
        raise NotIssuer(
            f"{owner}, the owner of {design}, has not authorized this service "
            f"({ledger.issuer.address}) to sign print tokens.",
            design=str(design),
            owner=owner,
            signer=ledger.issuer.address,
        )
    return until


def _used(ledger: Ledger, session: Session, license: License, now: int) -> Callable[[int], int]:
    """The serials of a word that cannot be given: spent, or promised.

    The projection says where to look; of a word that has something free the chain
    itself is asked, since a token of the designer's own may have been redeemed
    a moment ago.
    """
    spent = catalog.spent_words(session, license.number)
    reserved = records.reserved_words(session, license.number, now)

    def used(word: int) -> int:
        known = spent.get(word, 0) | reserved.get(word, 0)
        if known.bit_count() == WORD_BITS:
            return known
        return known | ledger.chain.spent(license.number, word)

    return used


def _sign(
    ledger: Ledger,
    license: License,
    request: PrintRequest,
    request_digest: str,
    word: int,
    serials: int,
    now: int,
    deadline: int,
) -> TokenRow:
    token = PrintToken(
        design=request.design,
        license=request.license,
        printer=request.printer,
        word=word,
        serials=serials,
        not_before=min(now, ledger.chain.now()),
        deadline=deadline,
        job=request.job,
    )
    message = ledger.domain.print_token(token)
    return TokenRow(
        digest=str(message.digest()),
        request=request_digest,
        design=str(token.design),
        license=token.license,
        printer=token.printer,
        word=word,
        serials=hex(serials),
        not_before=token.not_before,
        deadline=deadline,
        job=str(token.job),
        signature="0x" + ledger.issuer.sign(message).hex(),
        signer=ledger.issuer.address,
        redeemable_until=rules.reserved_until(license, deadline),
        issued_at=now,
        place=0,
    )
