"""Whole actions with a key: ask the service, check what it proposes, sign, send.

Each method returns when its transaction is in a block (`Sent`), and raises what the
service or the contracts refuse with, or TransactionMismatch where the service proposes
anything else than was asked for; nothing is signed then.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from ledger.chain import Call, Calls, Deployment
from ledger.client import answers, designing, trading
from ledger.client.pins import Pin
from ledger.client.service import ServiceClient
from ledger.client.trust import MAX_FEE_WEI, Trust
from ledger.client.uploads import Progress
from ledger.client.wire import Terms
from ledger.errors import LedgerError, MalformedRequest
from ledger.models import (
    NATIVE_CURRENCY,
    ZERO_DIGEST,
    Address,
    ContentHash,
    Digest,
    Enrolment,
    Offer,
    Parent,
    PrintRequest,
    Rights,
    Ticket,
)
from ledger.signing import Signer, TypedData
from ledger.tokens import Domain

REQUEST_SECONDS = 300
"""How long a signed request for tokens can be answered."""


class Desk:
    """One user at one service, with one key."""

    def __init__(
        self,
        service: ServiceClient,
        pin: Pin,
        signer: Signer,
        *,
        max_fee_wei: int = MAX_FEE_WEI,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`pin` is what the user goes by (`ledger.client.pins`), whatever the service says."""
        self.service = service
        self.signer = signer
        self.pin = pin
        self._trust = Trust(
            Deployment(pin.chain_id, pin.registry, pin.licenses, 0, pin.checkpoints),
            max_fee_wei=max_fee_wei,
        )
        self._clock = clock

    @property
    def address(self) -> Address:
        """The key's address."""
        return self.signer.address

    @property
    def domain(self) -> Domain:
        """The EIP-712 domain that this user signs for."""
        return self._trust.deployment.domain

    @property
    def calls(self) -> Calls:
        """The deployment's calls, as this user builds them."""
        return self._trust.calls

    def now(self) -> int:
        """Unix seconds, by this user's clock."""
        return int(self._clock())

    def send(self, draft: answers.Transaction, call: Call) -> answers.Sent:
        """Sign and send `call`. Raises TransactionMismatch if `draft` is anything else."""
        return self._send(draft, call)

    def sign(self, ours: TypedData, theirs: object) -> bytes:
        """Sign `ours`. Raises TransactionMismatch if `theirs` is another message."""
        return self._trust.sign_message(ours, theirs, self.signer)

    # ---------------------------------------------------------------- designer

    def register(
        self,
        file: Path,
        title: str,
        description: str = "",
        progress: Progress | None = None,
        parents: Sequence[Parent] = (),
    ) -> tuple[answers.PreparedDesign, answers.Registered]:
        """Register a design's file for this key. A repeat finishes what broke off."""
        return designing.register(self, file, title, description, progress, parents)

    def open_offer(self, design: ContentHash, terms: Terms) -> tuple[Digest, answers.Sent]:
        """Open an offer; its hash, by which it is bought."""
        offer = Offer(
            design=design,
            terms=Digest(hashlib.sha256(terms.document.encode()).digest()),
            currency=terms.currency,
            price=terms.price,
            min_quota=terms.min_quota,
            max_quota=terms.max_quota,
            opens=terms.opens,
            closes=terms.closes,
            duration=terms.duration,
            grace=terms.grace,
            licensee=terms.licensee,
            max_per_licensee=terms.max_per_licensee,
            rights=terms.rights,
        )
        draft = self.service.draft_offer(design, self.address, terms)
        self._trust.require_offer(offer, draft.offer)
        return draft.offer, self._send(draft, self._trust.calls.open_offer(offer))

    def close_offer(self, offer: Digest) -> answers.Sent:
        """Close an offer: nobody can buy under it any more."""
        terms = self._offer(offer)
        draft = self.service.offer_closure(offer, self.address)
        return self._send(draft, self._trust.calls.close_offer(terms))

    def authorize_issuer(self, expiry: int) -> answers.Sent:
        """Let the pinned service sign print tokens for this key's designs until `expiry`."""
        draft = self.service.issuer_authorization(self.address, expiry)
        return self._send(draft, self._trust.calls.authorize_issuer(self.pin.issuer, expiry))

    def remove_issuer(self) -> answers.Sent:
        """Take that right back."""
        draft = self.service.issuer_removal(self.address)
        return self._send(draft, self._trust.calls.remove_issuer(self.pin.issuer))

    def grant(
        self,
        design: ContentHash,
        licensee: Address,
        quota: int,
        expiry: int,
        grace: int,
        rights: Rights = Rights.NONE,
    ) -> answers.Sent:
        """Give a license without payment."""
        terms = (design, licensee, quota, expiry, grace, rights)
        draft = self.service.grant(self.address, *terms)
        return self._send(draft, self._trust.calls.grant(*terms))

    def revoke(self, license: int, reason: str = "") -> answers.Sent:
        """End a license now; `reason` is pinned for everybody to read."""
        state = self.service.license(license)
        digest = Digest(hashlib.sha256(reason.encode()).digest()) if reason else ZERO_DIGEST
        draft = self.service.revocation(license, self.address, reason)
        return self._send(draft, self._trust.calls.revoke(state.design, license, digest))

    def settle(self, license: int) -> answers.Sent:
        """Credit a license's prints to its design."""
        state = self.service.license(license)
        draft = self.service.settlement(license, self.address)
        build = self._trust.calls.settle
        call = self._trust.call_with_words(
            draft.transaction,
            state.quota,
            lambda first, words: build(state.design, license, first, words),
        )
        return self._send(draft, call)

    def withdraw(
        self,
        design: ContentHash,
        to: Address | None = None,
        currency: Address = NATIVE_CURRENCY,
    ) -> answers.Sent:
        """Send a design's earnings in one currency to `to`, or to this key."""
        payee = to or self.address
        draft = self.service.withdrawal(design, self.address, payee, currency)
        return self._send(draft, self._trust.calls.withdraw(design, currency, payee))

    # ------------------------------------------------------------ print center

    def quote(self, offer: Digest) -> Offer:
        """An offer's terms, checked against its hash. Raises OfferNotFound."""
        return self._offer(offer)

    def buy(self, offer: Digest, quota: int) -> tuple[int, answers.Sent]:
        """Buy `quota` prints for quota times the offer's price; the license's number."""
        return trading.buy(self, offer, quota)

    def refund(self, license: int) -> answers.Sent:
        """Take back the price of what was not printed."""
        state = self.service.license(license)
        draft = self.service.refund(license, self.address)
        build = self._trust.calls.refund
        call = self._trust.call_with_words(
            draft.transaction,
            state.quota,
            lambda first, words: build(state.design, license, first, words),
        )
        return self._send(draft, call)

    def request_tokens(
        self,
        license: int,
        printer: Address,
        count: int = 1,
        *,
        lifetime: int = 86_400,
        job: Digest = ZERO_DIGEST,
    ) -> list[Ticket]:
        """Print tokens for `count` prints on one printer, valid for `lifetime` seconds."""
        request = PrintRequest(
            design=self.service.license(license).design,
            license=license,
            printer=printer,
            count=count,
            lifetime=lifetime,
            job=job,
            nonce=Digest(secrets.token_bytes(32)),
            deadline=int(self._clock()) + REQUEST_SECONDS,
        )
        return self.service.request_tokens(
            request, self.signer.sign(self.domain.print_request(request))
        )

    def enrol(self, enrolment: Enrolment, printer_signature: bytes) -> None:
        """Take a printer into service: sign as its center, beside the printer, and hand in.

        `ledger.gate.Keys.enrolment` makes both. Raises MalformedRequest if the enrolment
        names another center than this key.
        """
        if enrolment.center != self.address:
            raise MalformedRequest(
                f"The enrolment names the center {enrolment.center}; this key is {self.address}."
            )
        signature = self.signer.sign(self.domain.enrolment(enrolment))
        self.service.enrol(enrolment, signature, printer_signature)

    # ---------------------------------------------------------------- internal

    def _offer(self, offer: Digest) -> Offer:
        terms = self.service.offer(offer).value
        self._trust.require_offer(terms, offer)
        return terms

    def _send(self, draft: answers.Transaction, call: Call) -> answers.Sent:
        raw = self._trust.sign_transaction(draft.transaction, call, self.signer)
        return self.service.broadcast(raw)


def license_of(sent: answers.Sent) -> int:
    """The number of the license that a purchase or grant made."""
    for event in sent.events:
        if event.get("name") in ("LicenseBought", "LicenseGranted"):
            return int(event["arguments"]["license"])
    raise LedgerError(f"The transaction {sent.transaction} made no license.")
