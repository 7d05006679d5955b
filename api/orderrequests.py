"""Requests about queues and webhooks as JSON; each is signed (EIP-712)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.fields import AddressText, DigestText, Number, Seconds, SignatureText, Uint32
from api.requests import Body
from ledger.models import (
    ZERO_DIGEST,
    Address,
    ContentHash,
    Digest,
    HookAction,
    NextJob,
    OrderAction,
    OrderChange,
    PrintOrder,
    PrintStart,
    SignOff,
    WebhookRequest,
)
from ledger.services.orders import MOST_NOTE, MOST_PRINTERS
from ledger.services.webhooks import MOST_EVENTS_TEXT, MOST_URL


class OrderBody(Body):
    """EIP-712 `PrintOrder`."""

    design: DigestText
    license: Number
    quantity: Uint32
    printers: Annotated[list[AddressText], Field(max_length=MOST_PRINTERS, examples=[[]])]
    job: DigestText
    retries: Uint32
    sign_off: Annotated[bool, Field(examples=[False])]
    nonce: DigestText
    until: Seconds
    deadline: Seconds

    def message(self) -> PrintOrder:
        """The signed message."""
        return PrintOrder(
            design=ContentHash.parse(self.design),
            license=self.license,
            quantity=self.quantity,
            printers=tuple(Address(one) for one in self.printers),
            job=Digest.parse(self.job),
            retries=self.retries,
            sign_off=self.sign_off,
            nonce=Digest.parse(self.nonce),
            until=self.until,
            deadline=self.deadline,
        )


class OrderIn(Body):
    """A signed print order."""

    order: OrderBody
    signature: SignatureText


class NextBody(Body):
    """EIP-712 `NextJob`."""

    printer: AddressText
    refused: DigestText = str(ZERO_DIGEST)
    nonce: DigestText
    deadline: Seconds

    def message(self) -> NextJob:
        """The signed message."""
        return NextJob(
            Address(self.printer),
            Digest.parse(self.refused),
            Digest.parse(self.nonce),
            self.deadline,
        )


class NextIn(Body):
    """A printer's signed question."""

    request: NextBody
    signature: SignatureText


class StartBody(Body):
    """EIP-712 `PrintStart`."""

    token: DigestText
    serial: Uint32
    printer: AddressText
    started: Seconds

    def message(self) -> PrintStart:
        """The signed message."""
        return PrintStart(
            Digest.parse(self.token), self.serial, Address(self.printer), self.started
        )


class StartIn(Body):
    """A printer's signed word that a print began."""

    start: StartBody
    signature: SignatureText


class ChangeBody(Body):
    """EIP-712 `OrderChange`; `value` counts for `retry` and `quantity`."""

    order: DigestText
    action: OrderAction
    value: Uint32 = 0
    nonce: DigestText
    deadline: Seconds

    def message(self) -> OrderChange:
        """The signed message."""
        return OrderChange(
            Digest.parse(self.order),
            self.action,
            self.value,
            Digest.parse(self.nonce),
            self.deadline,
        )


class ChangeIn(Body):
    """A signed decision about an order."""

    change: ChangeBody
    signature: SignatureText


class SignOffBody(Body):
    """EIP-712 `SignOff`."""

    order: DigestText
    token: DigestText
    accepted: Annotated[bool, Field(examples=[True])]
    note: Annotated[str, Field(max_length=MOST_NOTE, examples=["warped corner"])] = ""
    deadline: Seconds

    def message(self) -> SignOff:
        """The signed message."""
        return SignOff(
            Digest.parse(self.order),
            Digest.parse(self.token),
            self.accepted,
            self.note,
            self.deadline,
        )


class SignOffIn(Body):
    """A signed look at a piece."""

    sign_off: SignOffBody
    signature: SignatureText


class WebhookBody(Body):
    """EIP-712 `WebhookRequest`."""

    owner: AddressText
    action: HookAction
    webhook: DigestText = str(ZERO_DIGEST)
    url: Annotated[str, Field(max_length=MOST_URL, examples=["https://example.org/hook"])] = ""
    events: Annotated[str, Field(max_length=MOST_EVENTS_TEXT, examples=["receipt.failed"])] = ""
    nonce: DigestText
    deadline: Seconds

    def message(self) -> WebhookRequest:
        """The signed message."""
        return WebhookRequest(
            Address(self.owner),
            self.action,
            Digest.parse(self.webhook),
            self.url,
            self.events,
            Digest.parse(self.nonce),
            self.deadline,
        )


class WebhookIn(Body):
    """A signed request about one's own webhooks."""

    request: WebhookBody
    signature: SignatureText
