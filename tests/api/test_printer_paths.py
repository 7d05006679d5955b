"""That no path was forgotten: what refuses an ended printer is every one there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from api.app import describe
from ledger.client import ServiceClient
from ledger.gate.leases.contact import LeaseService
from ledger.gate.owner import OwnFilesService
from ledger.gate.ports import Service
from ledger.gate.queue import QueueService
from ledger.gate.rotation import Rotating
from ledger.gate.starting import StartService
from ledger.services.context import Ledger
from ledger.store.logtables import LogEntryRow, LogHeadRow
from tests.api.ending import EVERY_PATH, revocation, revoke, rotate
from tests.leasing import lease_request
from tests.scene import Scene, redemption
from tests.service import Printer

OF_PRINTERS = {
    "/tokens": "token",
    "/redemptions": "redemption",
    "/keys": "key",
    "/receipts": "receipt",
    "/refusals": "refusal",
    "/printers": "enrolment",
    "/printers/{address}/rotation": "rotation",
    "/printers/{address}/own-files": "own files",
    "/printers/{address}/journal": "journal",
    "/leases": "lease",
    "/queue/next": "queue",
    "/orders": "order",
    "/starts": "start",
}
"""Which row of the table tries a route that a printer signs for, or that is for a printer."""

OF_OTHERS = (
    "/crises",
    "/designs",
    "/issuers",
    "/licenses/",
    "/offers",
    "/orders/{digest}/",
    "/payments",
    "/printers/{address}/revocation",
    "/signatures/",
    "/transactions",
    "/voids",
    "/webhooks",
)
"""How the routes begin by which nothing comes to a printer, and that it does not sign for."""

CALLS = {
    "redeem": "redemption",
    "release_key": "key",
    "report_receipt": "receipt",
    "report_refusal": "refusal",
    "enrol": "enrolment",
    "journal_head": "journal",
    "journal_sequence": "journal",
    "hand_in": "journal",
    "next_job": "queue",
    "report_start": "start",
    "report_own_files": "own files",
    "rotate_printer": "rotation",
    "news": "",
}
"""What a gate asks of its service, and the row that tries it. News are for everybody."""


@pytest.fixture
def ours(scene: Callable[..., Scene]) -> Scene:
    return scene(quota=20, grace=48)


def test_every_route_that_takes_something_is_known_to_be_a_printers_or_not() -> None:
    paths = {
        path
        for path, methods in describe().openapi()["paths"].items()
        if set(methods) & {"post", "put", "patch", "delete"}
    }
    assert set(OF_PRINTERS) <= paths
    unknown = {path for path in paths if not path.startswith(OF_OTHERS)} - set(OF_PRINTERS)
    assert not unknown, "say whether a printer signs for it, and try it in EVERY_PATH if so"
    assert set(OF_PRINTERS.values()) <= set(EVERY_PATH)


def test_every_call_of_a_gate_is_tried() -> None:
    ports = (Service, LeaseService, QueueService, StartService, OwnFilesService, Rotating)
    calls = {name for port in ports for name in vars(port) if not name.startswith("_")}
    assert calls == set(CALLS)
    assert {row for row in CALLS.values() if row} <= set(EVERY_PATH)
    assert all(callable(getattr(ServiceClient, name)) for name in calls)


def test_what_it_holds_already_ends_with_a_revocation_alone(ours: Scene) -> None:
    """The file of a lease has a content key in it; the head of a journal lets a gate print on."""
    request, ticket = lease_request(ours), ours.ticket()
    digest = ours.center.ok("POST", "/leases", json=request)["digest"]
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", f"/leases/{digest}", {}),
        ("GET", f"/printers/{ours.printer.address}/journal", {}),
        ("POST", "/leases", {"json": request}),
        ("POST", "/keys", {"json": ours.key_request(ticket)}),
        ("POST", "/redemptions", {"json": redemption(ours, ticket)}),
    ]
    rotate(ours, ours.printer, Printer.new())
    for method, path, body in asked[:-1]:
        ours.center.ok(method, path, **body)
    revoke(ours)
    for method, path, body in asked:
        ours.center.refused("PrinterRevoked", method, path, **body)


@contextmanager
def transactions(ledger: Ledger) -> Iterator[list[list[str]]]:
    """What is asked of the database meanwhile, by transaction that writes."""
    seen: list[list[str]] = []
    engine = ledger.database._writers

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("BEGIN"):
            seen.append([])
        elif seen:
            seen[-1].append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_nothing_is_decided_before_the_log_is_locked(ours: Scene) -> None:
    """Two decisions are never taken on one state, on databases too that do not lock as a whole:
    no printer has two successors, and none that is being revoked gets one.
    """
    logged = 0
    for path in [*EVERY_PATH, "revocation"]:
        ours.printer = ours.enrolled()
        if path == "revocation":
            body = revocation(ours)
            where = f"/printers/{body.pop('printer')}/revocation"
        else:
            where, body = EVERY_PATH[path](ours, ours.ticket())
        with transactions(ours.ledger) as seen:
            ours.center.ok("POST", where, json=body)
        for statements in seen:
            if any(f"INTO {LogEntryRow.__tablename__}" in one for one in statements):
                assert f"FROM {LogHeadRow.__tablename__}" in statements[0], path
                logged += 1
    unlogged = {"redemption", "redemption with others", "key", "enrolment", "queue", "start"}
    assert logged == len({*EVERY_PATH} - unlogged) + len(["revocation"])
