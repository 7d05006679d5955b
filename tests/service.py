"""A whole service for tests: real chain, real database, real store of blocks, real API.

`Party` is a user with a key of their own, who signs what the API returns, as a
wallet would.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from starlette.testclient import TestClient

from ledger import artifacts, vault
from ledger.anvil import Anvil
from ledger.bootstrap import build_ledger
from ledger.chain import Chain, Deployment, deploy
from ledger.config import Settings
from ledger.devchain import dev_account
from ledger.models import (
    ZERO_DIGEST,
    Address,
    ContentHash,
    Digest,
    Enrolment,
    PrintRequest,
)
from ledger.services.context import Ledger
from ledger.signing import Signer
from ledger.tokens import Domain

ETHER = 10**18
PRICE = 2 * 10**15


def new_deployment(anvil: Anvil, folder: Path) -> Deployment:
    """Deploy both contracts and write the deployment file into `folder`."""
    deployment = deploy(anvil.url, dev_account(0), artifacts.load())
    deployment.save(folder / "deployment.json")
    return deployment


def settings_for(anvil: Anvil, folder: Path, **more: Any) -> Settings:
    """Settings of a service whose every file is below `folder`."""
    return Settings(
        home=folder / "home",
        rpc_url=anvil.url,
        deployment=folder / "deployment.json",
        passphrase=SecretStr("a passphrase for tests"),
        **more,
    )


def new_ledger(anvil: Anvil, folder: Path, **more: Any) -> Ledger:
    """A service on a deployment of its own, with a funded issuer."""
    if not (folder / "deployment.json").exists():
        new_deployment(anvil, folder)
    ledger = build_ledger(settings_for(anvil, folder, **more))
    anvil.rpc("anvil_setBalance", ledger.issuer.address, hex(100 * ETHER))
    return ledger


@dataclass
class Party:
    """A user: their key, and the API as they use it."""

    signer: Signer
    http: TestClient
    domain: Domain

    @property
    def address(self) -> Address:
        """Their account."""
        return self.signer.address

    def send(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Sign the transaction of an answer and broadcast it; returns what it left."""
        transaction = dict(answer["transaction"])
        for name in ("value", "maxFeePerGas", "maxPriorityFeePerGas"):
            transaction[name] = int(transaction[name])
        raw = self.signer.sign_transaction(transaction)
        mined: dict[str, Any] = self.ok("POST", "/transactions", json={"raw": "0x" + raw.hex()})
        return mined

    def ok(self, method: str, path: str, **options: Any) -> Any:
        """A request that must succeed; its JSON."""
        answer = self.http.request(method, path, **options)
        assert answer.status_code < 300, (path, answer.status_code, answer.text)
        return answer.json()

    def refused(self, error: str, method: str, path: str, **options: Any) -> dict[str, Any]:
        """A request that must be refused with this error; its problem details."""
        answer = self.http.request(method, path, **options)
        body: dict[str, Any] = answer.json()
        assert body.get("error") == error, (path, answer.status_code, body)
        assert answer.headers["content-type"] == "application/problem+json"
        assert body["status"] == answer.status_code >= 400
        assert body["type"].startswith("/problems/")
        assert body["detail"]
        return body

    def upload(self, file: Path, title: str = "A part") -> Any:
        """Upload a design file."""
        return self.ok(
            "POST",
            "/designs",
            params={"owner": self.address, "title": title},
            content=file.read_bytes(),
            headers={"content-type": "application/octet-stream"},
        )

    def register(self, file: Path, title: str = "A part") -> ContentHash:
        """Upload, sign and register a design."""
        prepared = self.upload(file, title)
        design = ContentHash.parse(prepared["design"])
        self.confirm(prepared)
        return design

    def confirm(self, prepared: dict[str, Any]) -> Any:
        """Sign and register what `upload` answered."""
        design = ContentHash.parse(prepared["design"])
        message = self.domain.register(
            design, Digest.parse(prepared["metadata"]), self.address, prepared["deadline"]
        )
        assert message.as_json() == prepared["typed_data"]
        body = {
            "owner": self.address,
            "deadline": prepared["deadline"],
            "signature": "0x" + self.signer.sign(message).hex(),
        }
        return self.ok("POST", f"/designs/{design}/registration", json=body)

    def authorize_issuer(self, until: int) -> None:
        """Let the service sign tokens for this designer."""
        body = {"designer": self.address, "expiry": until}
        self.send(self.ok("POST", "/issuers", json=body))

    def open_offer(self, design: ContentHash, now: int, **changed: Any) -> str:
        """Open an offer at `PRICE` for 1 to 1,000 prints; returns its hash."""
        body = {
            "owner": self.address,
            "price": str(PRICE),
            "min_quota": 1,
            "max_quota": 1_000,
            "opens": now - 10,
            "closes": now + 86_400,
            "duration": 30 * 86_400,
            "grace": 0,
            "terms": "One print for each serial.",
            **changed,
        }
        answer = self.ok("POST", f"/designs/{design}/offers", json=body)
        self.send(answer)
        return str(answer["offer"])

    def buy(self, offer: str, quota: int) -> int:
        """Buy a license; returns its number."""
        body = {"licensee": self.address, "offer": offer, "quota": quota}
        mined = self.send(self.ok("POST", "/licenses/purchase", json=body))
        return int(mined["events"][-1]["arguments"]["license"])

    def request(
        self, design: ContentHash, license: int, printer: Address, now: int, **changed: Any
    ) -> dict[str, Any]:
        """A signed print request, as POST /tokens takes it."""
        values: dict[str, Any] = {
            "count": 1,
            "lifetime": 3_600,
            "job": ZERO_DIGEST,
            "nonce": Digest(secrets.token_bytes(32)),
            "deadline": now + 600,
            **changed,
        }
        request = PrintRequest(design=design, license=license, printer=printer, **values)
        signature = self.signer.sign(self.domain.print_request(request))
        body = {name: _text(getattr(request, name)) for name in PrintRequest.__slots__}
        return {"request": body, "signature": "0x" + signature.hex()}


@dataclass
class Printer:
    """A printer's two keys."""

    signer: Signer
    kem: vault.KemPrivateKey

    @classmethod
    def new(cls) -> Printer:
        """Fresh keys."""
        return cls(Signer.generate(), vault.new_kem_key())

    @property
    def address(self) -> Address:
        """The printer's account."""
        return self.signer.address

    def enrolment(self, center: Party, now: int, name: str = "Press 1") -> dict[str, Any]:
        """What POST /printers takes, signed by both."""
        enrolment = Enrolment(center.address, self.address, self.kem.public_key, name, now + 600)
        message = center.domain.enrolment(enrolment)
        return {
            "center": enrolment.center,
            "printer": enrolment.printer,
            "kem_key": "0x" + enrolment.kem_key.hex(),
            "name": name,
            "deadline": enrolment.deadline,
            "center_signature": "0x" + center.signer.sign(message).hex(),
            "printer_signature": "0x" + self.signer.sign(message).hex(),
        }


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, (bytes, str)) else value


def chain_of(ledger: Ledger) -> Chain:
    """The concrete chain behind a ledger, for what the port does not show."""
    assert isinstance(ledger.chain, Chain)
    return ledger.chain
