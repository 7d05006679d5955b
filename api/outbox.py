"""The background step that delivers webhooks, in the service's own process."""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

import structlog

from ledger.client.hooksender import HookSender
from ledger.errors import LedgerError
from ledger.services import deliveries, telling
from ledger.services.context import Ledger

ROUND_SECONDS = 1.0
AT_ONCE = 8
"""Receivers that are sent to at the same time: a slow one holds up none of the others."""

log = structlog.get_logger()


def start(ledger: Ledger, stop: threading.Event) -> threading.Thread:
    """Deliver until `stop` is set. Several processes may: each webhook is claimed first."""
    send = HookSender(ledger.webhook_networks)
    thread = threading.Thread(target=_run, args=(ledger, send, stop), name="webhooks")
    thread.daemon = True
    thread.start()
    return thread


def _run(ledger: Ledger, send: deliveries.Sender, stop: threading.Event) -> None:
    busy: dict[str, Future[int]] = {}
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhook") as pool:
        while not stop.is_set():
            busy = {hook: lot for hook, lot in busy.items() if not lot.done()}
            try:
                telling.follow_chain(ledger)
                for lot in deliveries.claim(ledger, AT_ONCE - len(busy), busy):
                    busy[lot.hook.id] = pool.submit(_deliver, ledger, send, lot, stop)
                deliveries.forget(ledger)
            except LedgerError as error:
                _warn(error)
            except Exception:
                # A fault of ours in one round must not end webhooks for everybody.
                log.exception("webhooks.round_failed")
            if busy:
                wait(busy.values(), ROUND_SECONDS, FIRST_COMPLETED)
            else:
                stop.wait(ROUND_SECONDS)


def _deliver(
    ledger: Ledger, send: deliveries.Sender, lot: deliveries.Lot, stop: threading.Event
) -> int:
    """One receiver's lot. Whatever goes wrong, the others and the next rounds go on."""
    try:
        return deliveries.deliver_lot(ledger, send, lot, stop.is_set)
    except LedgerError as error:
        _warn(error)
    except Exception:
        # A fault of ours: nobody asks for this future's result, so it is told here.
        log.exception("webhooks.lot_failed", webhook=lot.hook.id)
    return 0


def _warn(error: LedgerError) -> None:
    log.warning("webhooks.round_failed", error=type(error).__name__, detail=error.detail)
