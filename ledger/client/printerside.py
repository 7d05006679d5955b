"""What a printer's gate asks of the service: the first half of the client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

from pydantic import BaseModel

from ledger.client import answers, wire
from ledger.client.transport import ANSWER_SECONDS, CHAIN_SECONDS, Transport
from ledger.models import (
    Digest,
    Enrolment,
    KeyRequest,
    OwnFiles,
    PrintStart,
    Receipt,
    RedemptionRequest,
    Refusal,
    Ticket,
)

START_SECONDS = 2.0
"""How long a gate waits for an answer to a notice that it can do without, while a print runs."""
Kind = TypeVar("Kind", bound=BaseModel)


class PrinterSide:
    """A connection to one service, and the calls that make it the gate's `Service`.

    Safe to share between threads; a context manager.
    """

    def __init__(self, url: str, *, transport: Transport | None = None) -> None:
        """Nothing is sent yet. Raises MalformedRequest if `url` is none."""
        self._transport = transport or Transport(url)
        self.url = self._transport.url

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def enrol(
        self, enrolment: Enrolment, center_signature: bytes, printer_signature: bytes
    ) -> None:
        """Make a printer known; center and printer have both signed."""
        body = wire.enrolment(enrolment)
        body["center_signature"] = "0x" + center_signature.hex()
        body["printer_signature"] = "0x" + printer_signature.hex()
        self._transport.post("/printers", body)

    def redeem(self, ticket: Ticket, request: RedemptionRequest, signature: bytes) -> Digest:
        """Spend the serials `request.take` of a ticket on chain; the transaction."""
        body = wire.redemption(ticket, request, signature)
        done = self._post("/redemptions", body, answers.Redemption, seconds=CHAIN_SECONDS)
        return done.transaction

    def redeem_several(
        self,
        items: Sequence[tuple[Ticket, RedemptionRequest, bytes]],
        *,
        all_or_nothing: bool = True,
    ) -> list[answers.Spent]:
        """Spend serials of several tickets of one license in one transaction; what became of each.

        Where not `all_or_nothing`, what cannot be spent is told and the rest is spent.
        """
        body = {
            "items": [wire.redemption(*item) for item in items],
            "all_or_nothing": all_or_nothing,
        }
        done = self._post("/redemptions", body, answers.SpentSeveral, seconds=CHAIN_SECONDS)
        return done.items

    def release_key(self, request: KeyRequest, signature: bytes) -> bytes:
        """The design's content key, encrypted to one printer (HPKE)."""
        body = {"request": wire.key_request(request), "signature": "0x" + signature.hex()}
        return wire.unhex(self._post("/keys", body, answers.Released).wrapped)

    def report_start(self, start: PrintStart, signature: bytes) -> None:
        """Hand in that a print began, in one short try. The same again changes nothing."""
        body = {
            "start": {
                "token": str(start.token),
                "serial": start.serial,
                "printer": start.printer,
                "started": start.started,
            },
            "signature": "0x" + signature.hex(),
        }
        self._transport.post_once("/starts", body, seconds=START_SECONDS)

    def report_receipt(self, receipt: Receipt, signature: bytes) -> None:
        """Hand in what became of a print; a repeat of the same is harmless."""
        body = {"receipt": wire.receipt(receipt), "signature": "0x" + signature.hex()}
        self._transport.post("/receipts", body)

    def report_refusal(self, refusal: Refusal, signature: bytes) -> None:
        """Hand in that a file was refused; a repeat of the same is harmless."""
        body = {"refusal": wire.refusal(refusal), "signature": "0x" + signature.hex()}
        self._transport.post("/refusals", body)

    def report_own_files(self, choice: OwnFiles, signature: bytes) -> None:
        """Hand in what the owner chose about own files; a repeat of the same is harmless."""
        body = {
            "allowed": choice.allowed,
            "since": choice.since,
            "signature": "0x" + signature.hex(),
        }
        self._transport.post(f"/printers/{choice.printer}/own-files", body)

    def _get(self, path: str, kind: type[Kind]) -> Kind:
        return answers.read(kind, self._transport.get(path).json)

    def _page(
        self, path: str, kind: type[Kind], cursor: str | None, limit: int, **filters: Any
    ) -> answers.Page[Kind]:
        given = {name: None if value is None else str(value) for name, value in filters.items()}
        answer = self._transport.get(path, {**given, "cursor": cursor, "limit": limit})
        # mypy takes `kind` for a value; pydantic makes the model of the page from it.
        return answers.read(answers.Page[kind], answer.json)  # type: ignore[valid-type]

    def _post(
        self, path: str, body: Mapping[str, Any], kind: type[Kind], seconds: float = ANSWER_SECONDS
    ) -> Kind:
        return answers.read(kind, self._transport.post(path, body, seconds=seconds).json)
