"""Issue leases: print tokens ahead, for one printer that will be without a network.

A lease reserves its serials as any tokens do. Its content key is wrapped to the printer
once, when it is issued, and kept with it; so the same request is answered with the same
file, byte for byte, however often it is asked for (docs/leases.md).
"""

from __future__ import annotations

from ledger import leasefiles, rules, vault
from ledger.errors import (
    ContentNotFound,
    LeaseEnded,
    LeaseNotAllowed,
    LeaseNotFound,
    RequestReplayed,
)
from ledger.leasefiles import LeaseFile
from ledger.models import ContentHash, Digest, Lease, LeaseRequest
from ledger.newsfiles import NewsFile
from ledger.services import issuing, news, standing, variants
from ledger.services.context import Ledger
from ledger.services.issuing import Order, Ready
from ledger.signing import require_signer
from ledger.store import Session, leases, log, records
from ledger.store.leasetables import LeaseRow
from ledger.store.tables import TokenRow


def issue(ledger: Ledger, request: LeaseRequest, signature: bytes) -> bytes:
    """Answer a licensee's signed request with a lease: the bytes of its file.

    A request that was answered before gets the same file again, or LeaseEnded once the lease
    was given back. Raises SignatureExpired, MalformedRequest, LeaseNotAllowed (the license has
    no grace, the signer's authority has none left, or the free serials are too scattered),
    LicenseNotFound, BadSignature, RequestReplayed (the digest answers something else), and what
    `issuing.prepare` and `promise` do; nothing is reserved then.
    """
    now = ledger.now()
    license = ledger.chain.license(request.design, request.license)
    message = ledger.domain.typed(request)
    require_signer(message, signature, license.licensee)
    digest = message.digest()
    before = _answered(ledger, digest)
    if before is not None:
        return before
    rules.require_leasable(license, request, now)
    order = Order(
        license,
        request.printer,
        request.count,
        request.lifetime,
        request.job,
        digest,
        signature,
    )
    ready = issuing.prepare(ledger, order, now)
    if ready.deadline <= now:
        raise LeaseNotAllowed("The lease would be over before it began.", deadline=ready.deadline)
    today = news.current(ledger)
    with ledger.database.write() as session:
        log.lock(session)
        present = leases.lease_of_request(session, str(digest))
        if present is not None:  # another try of the same request won
            standing.require_printer(session, request.printer, even_rotated=True)
            return present.file
        if records.request(session, str(digest)) is not None:
            raise RequestReplayed(
                f"This request was answered before: {digest}.", request=str(digest)
            )
        rows = issuing.promise(ledger, session, ready, rules.allocate_words)
        return _sign(ledger, session, ready, request, rows, today).file


def find(ledger: Ledger, digest: Digest) -> LeaseRow:
    """A lease that was issued here. Raises LeaseNotFound."""
    with ledger.database.read() as session:
        row = leases.lease(session, str(digest))
    if row is None:
        raise LeaseNotFound(f"No lease {digest} was issued here.", lease=str(digest))
    return row


def file_of(ledger: Ledger, digest: Digest) -> bytes:
    """The file of a lease, the same bytes as at first.

    Raises LeaseNotFound, or PrinterRevoked: its key is not handed to a stolen printer. Nor to
    one that gave it back: LeaseEnded, since its serials may be another's by now.
    """
    row = find(ledger, digest)
    standing.require_printer(ledger, leasefiles.parse(row.file).lease.printer, even_rotated=True)
    if row.returned_at is not None:
        raise LeaseEnded(f"The lease {row.digest} was given back.", lease=row.digest)
    return row.file


def _answered(ledger: Ledger, request: Digest) -> bytes | None:
    """The file that answered a request before. Raises PrinterRevoked and its like."""
    with ledger.database.read() as session:
        row = leases.lease_of_request(session, str(request))
    return None if row is None else file_of(ledger, Digest.parse(row.digest))


def _sign(
    ledger: Ledger,
    session: Session,
    ready: Ready,
    request: LeaseRequest,
    rows: list[TokenRow],
    today: NewsFile,
) -> LeaseRow:
    """Sign, store and log the lease over its tokens."""
    license = ready.order.license
    design, number, job = str(license.design), license.number, str(request.job)
    sealed, content = variants.copy_for(session, design, number, job)
    if sealed is None:
        raise ContentNotFound(f"The file of {design} is not kept here.", design=design)
    lease = Lease(
        request=ready.order.request,
        design=license.design,
        license=number,
        printer=request.printer,
        tokens=leasefiles.tokens_digest([Digest.parse(row.digest) for row in rows]),
        count=request.count,
        content=content,
        job=request.job,
        not_before=ready.not_before,
        deadline=ready.deadline,
        silence=request.silence,
    )
    message = ledger.domain.typed(lease)
    signature, digest = ledger.issuer.sign(message), message.digest()
    file = LeaseFile(
        lease,
        signature,
        ledger.issuer.address,
        ledger.domain.chain_id,
        ledger.domain.licenses,
        tuple(issuing.ticket(ledger, row) for row in rows),
        _wrapped(ledger, session, lease, digest, sealed.wrapped_key, content),
        today,
    )
    log.append(session, message, signature)
    return leases.add_lease(
        session,
        LeaseRow(
            digest=str(digest),
            place=0,
            request=str(lease.request),
            design=design,
            license=number,
            printer=lease.printer,
            count=lease.count,
            not_before=lease.not_before,
            deadline=lease.deadline,
            silence=lease.silence,
            issued_at=ready.now,
            file=leasefiles.dump(file),
        ),
        [row.digest for row in rows],
    )


def _wrapped(
    ledger: Ledger,
    session: Session,
    lease: Lease,
    digest: Digest,
    wrapped_key: bytes,
    content: ContentHash,
) -> bytes:
    """The content key for the printer alone, bound to this lease."""
    printer = standing.require_printer(session, lease.printer)
    key = vault.unwrap_key(ledger.service_key, wrapped_key, content)
    info = vault.release_info(lease.design, lease.license, lease.printer, digest)
    return vault.release_key(key, bytes.fromhex(printer.kem_key.removeprefix("0x")), info)
