"""Issue print tokens: a signed request, the license as the chain has it, serials, signatures.

A serial is promised to at most one token that can still be redeemed. The promise is
not a record of its own: it follows from the issued tokens and their time, so it
cannot get out of step with them and ends by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

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
from ledger.services import standing, telling, variants
from ledger.services.context import Ledger
from ledger.signing import parse_signature, require_signer
from ledger.store import Session, catalog, log, records
from ledger.store.tables import RequestRow, SealedRow, TokenRow, VariantRow


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be issued: `count` serials of a license for one printer.

    `request` is the digest of what somebody signed for it, `signature` theirs; `lifetime` is
    in seconds.
    """

    license: License
    printer: Address
    count: int
    lifetime: int
    job: Digest
    request: Digest
    signature: bytes


def issue(ledger: Ledger, request: PrintRequest, signature: bytes) -> list[Ticket]:
    """Answer a licensee's signed request with print tokens for `count` serials.

    One token for each word that the serials lie in, so mostly one. Raises
    SignatureExpired, MalformedRequest, LicenseNotFound, BadSignature, RequestReplayed, and
    what `prepare` and `promise` do; nothing is reserved then.
    """
    now = ledger.now()
    rules.require_answerable(request, now)
    license = ledger.chain.license(request.design, request.license)
    message = ledger.domain.print_request(request)
    require_signer(message, signature, license.licensee)
    order = Order(
        license,
        request.printer,
        request.count,
        request.lifetime,
        request.job,
        message.digest(),
        signature,
    )
    ready = prepare(ledger, order, now)
    with ledger.database.write() as session:
        log.lock(session)
        if records.request(session, str(order.request)) is not None:
            raise RequestReplayed(
                f"This request was answered before: {order.request}.", request=str(order.request)
            )
        rows = promise(ledger, session, ready)
    return [ticket(ledger, row) for row in rows]


@dataclass(frozen=True, slots=True)
class Ready:
    """An order that nothing speaks against, at `now`.

    Its tokens may be printed on from `not_before` until `deadline`.
    """

    order: Order
    deadline: int
    now: int
    not_before: int


def prepare(ledger: Ledger, order: Order, now: int) -> Ready:
    """Look at everything that needs no lock.

    Raises LicenseExpired, LicenseRevoked, Recalled, PrinterNotEnrolled, PrinterRevoked,
    PrinterRotated, NotIssuer (the designer has not authorized this service),
    VariantsNotAllowed or VariantNotFound (the order binds a file that is none for this
    license), or ContentNotFound (the file is not kept here).
    """
    license = order.license
    rules.require_printable(license, now)
    standing.require_printable(ledger, license.design)
    standing.require_printer(ledger, order.printer, license.licensee)
    authority = authority_until(ledger, license, now)
    variants.require_known(ledger, license, order.job)
    _sealed(ledger, str(license.design), license.number, str(order.job))
    ledger.indexer.catch_up()
    deadline = rules.token_deadline(license, order.lifetime, authority, now)
    return Ready(order, deadline, now, min(now, ledger.chain.now()))


Chooser = Callable[[License, int, Mapping[int, int], Mapping[int, int]], list[tuple[int, int]]]
"""Chooses so many serials of a license, whose words are spent and reserved as these masks say."""


def promise(
    ledger: Ledger, session: Session, ready: Ready, choose: Chooser | None = None
) -> list[TokenRow]:
    """Choose serials, sign, store and log the tokens: in the caller's writing transaction.

    The lowest that are free, unless `choose` knows better. Raises QuotaExhausted, or
    PrinterRevoked and its like if that came in between.
    """
    order, license = ready.order, ready.order.license
    log.lock(session)  # whoever issues waits here, on databases that do not lock as a whole
    standing.require_printer(session, order.printer, license.licensee)
    if choose is None:
        used = _used(ledger, session, license, ready.now)
        chosen = rules.allocate(license, order.count, used)
    else:
        chosen = _chosen(ledger, session, ready, choose)
    rows = [_sign(ledger, ready, word, serials) for word, serials in chosen]
    records.put(
        session,
        RequestRow(
            digest=str(order.request),
            licensee=license.licensee,
            signature="0x" + order.signature.hex(),
            answered_at=ready.now,
        ),
    )
    for row in rows:
        records.add_in_order(session, row)
        signed = ledger.domain.print_token(token_of(row))
        log.append(session, signed, parse_signature(row.signature))
        telling.token_issued(session, row, license.licensee)
    return rows


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


def authority_until(ledger: Ledger, license: License, now: int) -> int:
    """Until when this service may sign tokens of this license; NotIssuer if not at `now`.

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
    if until <= now:
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


def _chosen(
    ledger: Ledger, session: Session, ready: Ready, choose: Chooser
) -> list[tuple[int, int]]:
    """What `choose` makes of the projection, until the chain has nothing against it."""
    order, number = ready.order, ready.order.license.number
    spent = catalog.spent_words(session, number)
    reserved = records.reserved_words(session, number, ready.now)
    while True:
        chosen = choose(order.license, order.count, spent, reserved)
        on_chain = {word: ledger.chain.spent(number, word) for word, _ in chosen}
        if not any(mask & on_chain[word] for word, mask in chosen):
            return chosen
        # A token of the designer's own was redeemed a moment ago.
        spent = {word: spent.get(word, 0) | mask for word, mask in {**spent, **on_chain}.items()}


def _sign(ledger: Ledger, ready: Ready, word: int, serials: int) -> TokenRow:
    order, license = ready.order, ready.order.license
    token = PrintToken(
        design=license.design,
        license=license.number,
        printer=order.printer,
        word=word,
        serials=serials,
        not_before=ready.not_before,
        deadline=ready.deadline,
        job=order.job,
    )
    message = ledger.domain.print_token(token)
    return TokenRow(
        digest=str(message.digest()),
        request=str(order.request),
        design=str(token.design),
        license=token.license,
        printer=token.printer,
        word=word,
        serials=hex(serials),
        not_before=token.not_before,
        deadline=token.deadline,
        job=str(token.job),
        signature="0x" + ledger.issuer.sign(message).hex(),
        signer=ledger.issuer.address,
        redeemable_until=rules.reserved_until(license, token.deadline),
        issued_at=ready.now,
        place=0,
    )
