"""The background step that delivers webhooks, in the service's own process."""

from __future__ import annotations

import threading

import structlog

from ledger.client.hooksender import HookSender
from ledger.errors import LedgerError
from ledger.services import telling, webhooks
from ledger.services.context import Ledger

ROUND_SECONDS = 1.0

log = structlog.get_logger()


def start(ledger: Ledger, stop: threading.Event) -> threading.Thread:
    """Deliver until `stop` is set. Several processes may: each delivery is claimed first."""
    thread = threading.Thread(
        target=_run, args=(ledger, HookSender(ledger.webhook_networks), stop), name="webhooks"
    )
    thread.daemon = True
    thread.start()
    return thread


def _run(ledger: Ledger, send: webhooks.Sender, stop: threading.Event) -> None:
    while not stop.is_set():
        done = 0
        try:
            telling.follow_chain(ledger)
            done = webhooks.deliver(ledger, send)
        except LedgerError as error:
            log.warning("webhooks.round_failed", error=type(error).__name__, detail=error.detail)
        if not done:
            stop.wait(ROUND_SECONDS)
