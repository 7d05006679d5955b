"""The vectors of what is signed about queues and webhooks; `gen_vectors.py` writes them."""

from __future__ import annotations

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
    SignOff,
    WebhookRequest,
)
from ledger.signing import TypedData
from ledger.tokens import Domain

_FULL = Digest(b"\xff" * 32)
_MOST = Address("0xFFfFfFffFFfffFFfFFfFFFFFffFFFffffFfFFFfF")
_LEAST = Address("0x" + "00" * 19 + "01")
_UINT256, _UINT40, _UINT32 = (2**bits - 1 for bits in (256, 40, 32))


def usual(
    domain: Domain, design: ContentHash, center: Address, printer: Address, now: int
) -> list[tuple[str, TypedData]]:
    """Messages as they occur, with who signs them."""
    nonce, token, day = Digest(b"\x11" * 32), Digest(b"\x22" * 32), 86_400
    order = PrintOrder(
        design, 7, 40, (printer,), ZERO_DIGEST, 3, True, nonce, now + 7 * day, now + 600
    )
    number = domain.typed(order).digest()
    hook = WebhookRequest(
        center,
        HookAction.ADD,
        ZERO_DIGEST,
        "https://example.org/hook",
        "receipt.failed,order.state",
        nonce,
        now + 600,
    )
    return [
        ("center", domain.typed(order)),
        ("printer", domain.typed(NextJob(printer, ZERO_DIGEST, nonce, now + 600))),
        ("center", domain.typed(OrderChange(number, OrderAction.RETRY, 2, nonce, now + 600))),
        ("center", domain.typed(SignOff(number, token, False, "warped corner", now + 600))),
        ("center", domain.typed(hook)),
    ]


def extreme(domain: Domain) -> list[tuple[str, TypedData]]:
    """Every member at its limit, and text beyond ASCII."""
    design = ContentHash(_FULL)
    order = PrintOrder(
        design, _UINT256, _UINT32, (_MOST, _LEAST), _FULL, _UINT32, False, _FULL, _UINT40, _UINT40
    )
    change = OrderChange(_FULL, OrderAction.QUANTITY, _UINT32, _FULL, _UINT40)
    hook = WebhookRequest(_MOST, HookAction.DELIVERIES, _FULL, "", "", _FULL, _UINT40)
    return [
        ("center", domain.typed(order)),
        ("printer", domain.typed(NextJob(_MOST, _FULL, _FULL, _UINT40))),
        ("center", domain.typed(change)),
        ("center", domain.typed(SignOff(_FULL, _FULL, True, "gut: ✓ 良い", _UINT40))),
        ("center", domain.typed(hook)),
    ]
