"""Void failed prints in the background: what a request heard of, and what one left undone."""

from __future__ import annotations

import threading

import structlog

from ledger.errors import LedgerError
from ledger.services import voidpolicy
from ledger.services.context import Ledger

ROUND_SECONDS = 5.0
"""How often it is looked for failed prints that nobody has looked at."""

log = structlog.get_logger()


def start(service: Ledger, stop: threading.Event) -> threading.Thread:
    """Begin, in a thread of its own, until `stop` is set."""
    thread = threading.Thread(target=_run, args=(service, stop), name="voider", daemon=True)
    thread.start()
    return thread


def void(ledger: Ledger, license: int) -> None:
    """Void what the license's share allows. Nobody waits for it: what went wrong is logged."""
    try:
        voidpolicy.void_by_share(ledger, license)
    except LedgerError as error:
        log.warning(
            "void.not_sent", license=license, error=type(error).__name__, detail=error.detail
        )


def void_what_is_due(ledger: Ledger) -> None:
    """One round: each license of which something failed and nobody looked. Raises StoreUnavailable
    and ChainUnavailable.
    """
    for license in voidpolicy.due(ledger):
        void(ledger, license)


def _run(service: Ledger, stop: threading.Event) -> None:
    while not stop.wait(ROUND_SECONDS):
        try:
            void_what_is_due(service)
        except LedgerError as error:
            log.warning("voider.round_failed", error=type(error).__name__, detail=error.detail)
        except Exception:
            # A fault of ours in one round must not end voids for everybody.
            log.exception("voider.round_failed")
