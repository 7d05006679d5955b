"""Redeem in the background what printers spent of their leases while they were offline."""

from __future__ import annotations

import threading

import structlog

from ledger.errors import LedgerError
from ledger.services import pooled
from ledger.services.context import Ledger

ROUND_SECONDS = 2.0
"""How often it is looked for spends that have waited long enough."""

log = structlog.get_logger()


def start(service: Ledger, stop: threading.Event) -> threading.Thread:
    """Begin, in a thread of its own, until `stop` is set."""
    thread = threading.Thread(target=_run, args=(service, stop), name="redeemer", daemon=True)
    thread.start()
    return thread


def _run(service: Ledger, stop: threading.Event) -> None:
    while not stop.wait(ROUND_SECONDS):
        try:
            pooled.settle(service)
        except LedgerError as error:
            log.warning("redeemer.round_failed", error=type(error).__name__, detail=error.detail)
        except Exception:
            # A fault of ours in one round must not leave all prints unpaid until a restart.
            log.exception("redeemer.round_failed")
