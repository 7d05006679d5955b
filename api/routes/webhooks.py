"""Webhooks: who wants to hear of events, and where."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from api.dependencies import Service
from api.orderrequests import WebhookIn
from ledger.models import HookAction
from ledger.services import webhooks
from ledger.signing import parse_signature
from ledger.store.tables import DeliveryRow, WebhookRow

router = APIRouter(prefix="/webhooks", tags=["webhooks"])


@router.post("", status_code=201, summary="Register a webhook (action `add`)")
def add(body: WebhookIn, ledger: Service) -> dict[str, Any]:
    """Its secret (`whsec_…`) is told now and never again."""
    row, secret = webhooks.add(ledger, body.request.message(), parse_signature(body.signature))
    return {**_show(row), "secret": secret}


@router.post("/list", summary="The owner's webhooks (action `list`)")
def list_webhooks(body: WebhookIn, ledger: Service) -> dict[str, Any]:
    """A POST, because it is signed: a URL can be a secret."""
    rows = webhooks.listed(ledger, body.request.message(), parse_signature(body.signature))
    return {
        "items": [
            _show(one.hook) | {"waiting": one.waiting, "given_up": one.given_up} for one in rows
        ]
    }


@router.post("/removal", summary="End a webhook (action `remove`)")
def remove(body: WebhookIn, ledger: Service) -> dict[str, Any]:
    """What was not delivered yet is not delivered any more."""
    return _show(webhooks.remove(ledger, body.request.message(), parse_signature(body.signature)))


@router.post("/test", status_code=201, summary="Send a test event (action `test`)")
def test(body: WebhookIn, ledger: Service) -> dict[str, Any]:
    """It goes the way of all events; `deliveries` shows what became of it."""
    return _delivery(webhooks.test(ledger, body.request.message(), parse_signature(body.signature)))


@router.post("/deliveries", summary="What was delivered, or is still to be (`deliveries`)")
def deliveries(body: WebhookIn, ledger: Service) -> dict[str, Any]:
    """The newest 200 events of a webhook, with what its receiver answered last."""
    rows = webhooks.deliveries(ledger, body.request.message(), parse_signature(body.signature))
    return {"items": [_delivery(row) for row in rows]}


ACTIONS = {
    HookAction.ADD: "",
    HookAction.LIST: "/list",
    HookAction.REMOVE: "/removal",
    HookAction.TEST: "/test",
    HookAction.DELIVERIES: "/deliveries",
}
"""Where each request goes."""


def _show(row: WebhookRow) -> dict[str, Any]:
    return row.model_dump(exclude={"wrapped_secret", "signature"})


def _delivery(row: DeliveryRow) -> dict[str, Any]:
    return row.model_dump(exclude={"body", "place"})
