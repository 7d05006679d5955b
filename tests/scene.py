"""A designer, a center and a printer at work: what most tests of the service begin with."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ledger.models import (
    ZERO_DIGEST,
    Address,
    ContentHash,
    Digest,
    KeyRequest,
    Outcome,
    Receipt,
    RedemptionRequest,
    Refusal,
    Rights,
    Variant,
)
from ledger.services.context import Ledger
from ledger.tokens import RECEIPT
from tests.service import Party, Printer, chain_of
from tests.unit import files_samples as samples


def new_file(folder: Path) -> Path:
    """A small design file that nobody has registered yet."""
    mark = secrets.token_hex(16)
    path = folder / f"{mark}.step"
    path.write_bytes(samples.STEP.replace(b"a point", mark.encode()))
    return path


def new_mesh(folder: Path) -> Path:
    """A file that nobody has registered yet, with a mesh to measure and to draw."""
    mark = secrets.token_hex(16)
    path = folder / f"{mark}.stl"
    path.write_bytes(samples.binary_stl(samples.box(10, 20, 30), mark.encode()))
    return path


@dataclass
class Scene:
    """One design, licensed to one center with one printer."""

    ledger: Ledger
    designer: Party
    center: Party
    printer: Printer
    file: Path
    design: ContentHash
    offer: str
    license: int

    @property
    def now(self) -> int:
        """The service's time."""
        return self.ledger.now()

    def token_request(self, **changed: Any) -> dict[str, Any]:
        """A fresh signed print request."""
        values = {"license": self.license, "printer": self.printer.address, **changed}
        return self.center.request(self.design, now=self.now, **values)

    def tickets(self, count: int = 1, **changed: Any) -> list[dict[str, Any]]:
        """Tokens for `count` prints."""
        request = self.token_request(count=count, **changed)
        tickets: list[dict[str, Any]] = self.center.ok("POST", "/tokens", json=request)["tickets"]
        return tickets

    def ticket(self, **changed: Any) -> dict[str, Any]:
        """A token for one print."""
        return self.tickets(**changed)[0]

    def redeem(self, ticket: dict[str, Any], **changed: Any) -> Any:
        """Spend a token through the service."""
        return self.center.ok("POST", "/redemptions", json=redemption(self, ticket, **changed))

    def key_request(
        self, ticket: dict[str, Any], by: Printer | None = None, **changed: Any
    ) -> dict[str, Any]:
        """What a printer asks for a key with."""
        values: dict[str, Any] = {
            "design": self.design,
            "license": self.license,
            "token": Digest.parse(ticket["digest"]),
            "printer": (by or self.printer).address,
            "deadline": self.now + 600,
            **changed,
        }
        message = self.ledger.domain.key_request(KeyRequest(**values))
        return self._signed("request", values, message, by)

    def receipt(
        self,
        ticket: dict[str, Any],
        serial: int = 0,
        by: Printer | None = None,
        form: str = RECEIPT,
        **changed: Any,
    ) -> dict[str, Any]:
        """What a printer tells of a print, in a form that receipts have or once had."""
        values: dict[str, Any] = {
            "token": Digest.parse(ticket["digest"]),
            "design": self.design,
            "license": self.license,
            "serial": serial,
            "printer": (by or self.printer).address,
            "job": self.design,
            "started": self.now - 60,
            "ended": self.now,
            "outcome": Outcome.DONE,
            "material_mg": 1_200,
            "energy_joule": 0,
            **changed,
        }
        message = self.ledger.domain.receipt(Receipt(**values), form)
        return self._signed("receipt", values, message, by)

    def refusal(self, file: Digest, by: Printer | None = None) -> dict[str, Any]:
        """What a gate says of a file that it refused."""
        values: dict[str, Any] = {
            "printer": (by or self.printer).address,
            "file": file,
            "error": "JobWithoutToken",
            "refused_at": self.now,
        }
        return self._signed("refusal", values, self.ledger.domain.refusal(Refusal(**values)), by)

    def granted(self, rights: Rights, quota: int = 3) -> Scene:
        """The same with another license, which the designer gave with these rights."""
        chain = chain_of(self.ledger)
        call = chain.grant(self.design, self.center.address, quota, self.now + 86_400, 0, rights)
        mined = chain.send(call, chain.sender(self.designer.signer))
        self.ledger.indexer.catch_up()
        return replace(self, license=int(mined.events[-1].arguments["license"]))

    def variant_query(self, data: bytes, by: Party | None = None, **changed: Any) -> dict[str, Any]:
        """What a variant's file is uploaded with, signed by the licensee."""
        values: dict[str, Any] = {
            "design": self.design,
            "license": self.license,
            "job": Digest(hashlib.sha256(data).digest()),
            "reference": ZERO_DIGEST,
            "deadline": self.now + 600,
            **changed,
        }
        message = self.ledger.domain.variant(Variant(**values))
        return {
            "job": str(values["job"]),
            "reference": str(values["reference"]),
            "deadline": values["deadline"],
            "signature": "0x" + (by or self.center).signer.sign(message).hex(),
        }

    def upload_variant(self, data: bytes, **changed: Any) -> dict[str, Any]:
        """Upload a variant under the license."""
        answer: dict[str, Any] = self.center.ok(
            "POST",
            f"/licenses/{self.license}/variants",
            params=self.variant_query(data, **changed),
            content=data,
        )
        return answer

    def enrolled(self, center: Party | None = None) -> Printer:
        """Another printer, of this center unless another is named."""
        center, printer = center or self.center, Printer.new()
        center.ok("POST", "/printers", json=printer.enrolment(center, self.now))
        return printer

    def dossier(self, subject: object) -> dict[str, Any]:
        """The audit of a subject."""
        found: dict[str, Any] = self.center.ok("GET", f"/provenance/{subject}")
        return found

    def findings(self, subject: object) -> list[str]:
        """The kinds of what the audit of a subject found."""
        return [finding["kind"] for finding in self.dossier(subject)["findings"]]

    def _signed(
        self, name: str, values: dict[str, Any], message: Any, by: Printer | None
    ) -> dict[str, Any]:
        signature = (by or self.printer).signer.sign(message)
        body = {key: str(v) if isinstance(v, (bytes, str)) else v for key, v in values.items()}
        return {name: body, "signature": "0x" + signature.hex()}


def redemption(
    ours: Scene, ticket: dict[str, Any], by: Printer | None = None, **changed: Any
) -> dict[str, Any]:
    """What POST /redemptions takes, signed by the printer for the serials that it names."""
    token = ticket["token"]
    take = str(changed.get("take", token["serials"]))
    request = RedemptionRequest(
        Digest.parse(ticket["digest"]),
        int(take) if take.isdigit() and int(take) < 2**256 else 1,
        (by or ours.printer).address,
        changed.get("deadline", ours.now + 600),
    )
    message = ours.ledger.domain.redemption_request(request)
    return {
        "token": token,
        "signature": ticket["signature"],
        "take": take,
        "deadline": request.deadline,
        "printer_signature": "0x" + (by or ours.printer).signer.sign(message).hex(),
        **changed,
    }


def new_scene(
    ledger: Ledger,
    party: Callable[[], Party],
    folder: Path,
    quota: int = 3,
    issuer_until: int | None = None,
    file: Path | None = None,
    **terms: Any,
) -> Scene:
    """Register a design (a new file unless given), sell `quota` prints, enrol a printer."""
    designer, center, printer = party(), party(), Printer.new()
    now = ledger.now()
    file = file or new_file(folder)
    design = designer.register(file)
    designer.authorize_issuer(issuer_until or now + 365 * 86_400)
    offer = designer.open_offer(design, now, **terms)
    license = center.buy(offer, quota)
    center.ok("POST", "/printers", json=printer.enrolment(center, now))
    return Scene(ledger, designer, center, printer, file, design, offer, license)


NOBODY = Address("0x" + "99" * 20)
