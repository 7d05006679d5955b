"""Make the application: one service, its routes, its errors."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import structlog
from fastapi import FastAPI

from api import outbox, problems, redeemer, voider
from api.idempotency import Idempotency
from api.routes import (
    checkpoints,
    crises,
    designs,
    health,
    issuers,
    leases,
    licenses,
    lineage,
    money,
    offers,
    orders,
    passing,
    printers,
    provenance,
    receipts,
    signatures,
    slices,
    tokens,
    transactions,
    variants,
    voids,
    webhooks,
)
from ledger.bootstrap import build_ledger
from ledger.config import Settings
from ledger.errors import LedgerError
from ledger.services.context import Ledger

FOLLOW_SECONDS = 1.0
"""How often the chain is looked at for what others did; our own calls index at once."""

DESCRIPTION = """
A design-rights ledger for distributed 3D printing: register designs, license prints,
issue print tokens, and prove afterwards who printed what.

No key of a user ever comes here: where a user's signature is needed, the answer is
the transaction or the typed data to sign. Errors are problem details (RFC 9457).
"""

log = structlog.get_logger()
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(settings: Settings | None = None, ledger: Ledger | None = None) -> FastAPI:
    """The API of one service. Raises what `build_ledger` raises."""
    service = ledger or build_ledger(settings or Settings())

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        stop = threading.Event()
        follower = threading.Thread(
            target=service.indexer.follow,
            args=(stop, FOLLOW_SECONDS, _note),
            name="indexer",
            daemon=True,
        )
        follower.start()
        postman = outbox.start(service, stop)
        redeeming = redeemer.start(service, stop)
        voiding = voider.start(service, stop)
        yield
        stop.set()
        follower.join()
        postman.join()
        redeeming.join()
        voiding.join()
        service.database.close()

    app = describe(lifespan)
    app.state.ledger = service
    app.add_middleware(Idempotency, ledger=service)
    return app


def describe(lifespan: Lifespan | None = None) -> FastAPI:
    """The routes and their description, without a service behind them.

    `/openapi.json` is the reference; the usual pages on top of it would have the
    browser load scripts from elsewhere.
    """
    app = FastAPI(
        title="Platemark",
        version="0.1.0",
        description=DESCRIPTION,
        lifespan=lifespan,
        responses=problems.RESPONSES,
        docs_url=None,
        redoc_url=None,
    )
    problems.install(app)
    for routes in (
        health,
        designs,
        lineage,
        offers,
        money,
        issuers,
        signatures,
        licenses,
        passing,
        voids,
        crises,
        variants,
        slices,
        transactions,
        printers,
        tokens,
        leases,
        receipts,
        orders,
        webhooks,
        provenance,
        checkpoints,
    ):
        app.include_router(routes.router)
    return app


def _note(error: Exception) -> None:
    if isinstance(error, LedgerError):
        log.warning("indexer.round_failed", error=type(error).__name__, detail=error.detail)
    else:
        log.error("indexer.round_failed", exc_info=error)
