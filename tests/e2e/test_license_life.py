"""The later life of licenses by the command line, on a real stack: failures, voids, passing on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ledger import artifacts
from ledger.chain import Chain
from ledger.client import ServiceClient
from ledger.models import NATIVE_CURRENCY, Address, ContentHash, Rights
from ledger.signing import Signer
from tests.conftest import MODELS
from tests.e2e.test_cli_flow import PASSPHRASE, Desk, _running

MODEL = MODELS / "torus.3mf"
PRICE = 2 * 10**15


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ledger.stack.find_kubo", lambda *_: None)
        patch.delenv("PLATEMARK_IPFS_API", raising=False)
        yield from _running(tmp_path_factory.mktemp("life"))


@dataclass
class Shop:
    """One design, offered to anyone; and centers with a gate each."""

    desk: Desk
    design: str
    offer: str

    @property
    def chain(self) -> Chain:
        """The stack's own chain."""
        stack = self.desk.stack
        return Chain(stack.settings.rpc_url, stack.deployment, artifacts.load())

    def buy(self, quota: int) -> int:
        """A license of the center's."""
        args = ("--quota", quota, "--key", "center")
        return int(self.desk.json("license", "buy", self.offer, *args)["license"])

    def printed(self, license: int, outcome: str = "done", by: str = "center") -> str:
        """Ask for a token, run the gate, and the machine behind it; the printer."""
        gate = self.desk.folder / f"gate of {by}"
        args = ("--name", f"Press of {by}", "--key", by)
        printer = str(self.desk.json("gate", "init", gate, *args)["printer"])
        token = ("--license", license, "--printer", printer, "--out", gate / "inbox")
        self.desk.run("token", "request", *token, "--key", by)
        self.desk.run("gate", "run", gate, "--once")
        (job,) = [path for path in (gate / "hot").iterdir() if path.is_file()]
        assert job.read_bytes() == MODEL.read_bytes()
        job.rename(gate / "hot" / outcome / job.name)
        self.desk.run("gate", "run", gate, "--once")
        assert self.desk.json("gate", "status", gate)["receipts_waiting"] == 0
        return printer

    def state(self, license: int) -> dict[str, Any]:
        """What the service shows of a license."""
        found: dict[str, Any] = self.desk.json("license", "show", license)
        return found

    def errors(self, subject: object) -> list[str]:
        """The kinds of the errors that an audit finds."""
        found = self.desk.json("audit", subject)["findings"]
        return [row["kind"] for row in found if row["severity"] == "error"]


@pytest.fixture(scope="module")
def shop(desk: Desk) -> Shop:
    for name in ("designer", "center", "workshop"):
        desk.json("key", "new", name, "--fund")
    made = desk.json("design", "register", MODEL, "--key", "designer", "--title", "A ring")
    desk.run("issuer", "authorize", "--key", "designer")
    terms = desk.folder / "terms.txt"
    terms.write_text("A print that fails is replaced.")
    args = ("--price", "0.002", "--terms", terms, "--min", 1, "--max", 10, "--grace", 0)
    offer = desk.json("offer", "open", made["design"], *args, "--key", "designer")["offer"]
    return Shop(desk, made["design"], offer)


def test_a_failed_print_is_voided_replaced_and_paid_for_once(shop: Shop) -> None:
    desk, license = shop.desk, shop.buy(2)
    printer = shop.printed(license, "failed")
    (row,) = desk.json("void", "waiting", license)
    assert (row["serial"], row["outcome"], row["printer"]) == (0, "failed", printer)
    shop.printed(license)
    asked = ("--license", license, "--printer", printer, "--out", desk.folder)
    said = desk.run("token", "request", *asked, "--key", "center", code=6)
    assert said.startswith("QuotaExhausted:")

    said = desk.run("void", "prints", license, 0, "--key", "center", code=6)
    assert said.startswith("NotIssuer:")
    desk.json("void", "prints", license, 0, "--key", "designer")
    assert desk.json("void", "waiting", license) == []
    (void,) = desk.json("void", "list", "--license", license)
    assert (void["evidence"], void["serials"]) == (row["digest"], "1")
    shop.printed(license)

    desk.run("license", "settle", license, "--key", "center")
    state = shop.state(license)
    assert (state["quota"], state["spent"], state["voided"], state["earned"]) == (3, 3, 1, 2)
    assert shop.chain.earnings(ContentHash.parse(shop.design), NATIVE_CURRENCY) == 2 * PRICE
    assert shop.chain.tally(license) == (2, 0, 1)
    assert shop.errors(license) == []
    assert "1 of them failed and replaced" in desk.run("license", "show", license)
    dossier = desk.json("audit", f"{license}:0")
    assert [fact["what"] for fact in dossier["facts"]][-3:-1] == ["PrintReported", "PrintsVoided"]


def test_the_owner_signs_a_void_without_gas_or_for_somebody_else_to_send(
    shop: Shop, tmp_path: Path
) -> None:
    desk, license = shop.desk, shop.buy(2)
    shop.printed(license, "failed")
    shop.printed(license, "failed")
    before = desk.balance("designer")
    done = desk.json("void", "prints", license, 0, "--service-pays", "--key", "designer")
    assert [row["serial"] for row in done] == [0]
    file = tmp_path / "void.json"
    desk.run("void", "sign", license, 1, "--out", file, "--key", "designer")
    assert desk.balance("designer") == before
    desk.json("void", "relay", file, "--key", "workshop")
    assert (shop.state(license)["voided"], shop.state(license)["quota"]) == (2, 4)
    said = desk.run("void", "relay", file, "--key", "workshop", code=5)
    assert said.startswith("EvidenceUnfit:")
    file.write_text("{}")
    assert desk.run("void", "relay", file, "--key", "workshop", code=3)


def test_the_operator_voids_in_the_services_name(shop: Shop) -> None:
    desk, license = shop.desk, shop.buy(1)
    shop.printed(license, "failed")
    assert desk.json("void", "by-service", license, 0)["license"] == license
    (void,) = desk.json("void", "list", "--license", license)
    assert void["by"] == ServiceClient(desk.stack.url).deployment().issuer
    said = desk.run("void", "by-service", license, 0, code=5)
    assert said.startswith("EvidenceUnfit:")


def test_a_hub_hands_prints_to_a_workshop_and_the_issuer_sees_it(shop: Shop) -> None:
    desk = shop.desk
    hub = Address(desk.json("key", "show", "center")["address"])
    workshop = desk.json("key", "show", "workshop")["address"]
    designer = Signer.load(desk.folder / "home" / "keys" / "designer.json", PASSPHRASE)
    chain, expiry = shop.chain, shop.chain.now() + 90_000
    grant = chain.grant(ContentHash.parse(shop.design), hub, 10, expiry, 0, Rights.TRANSFERABLE)
    license = int(chain.send(grant, chain.sender(designer)).events[0].arguments["license"])
    desk.json("reindex")

    args = ("--to", "workshop", "--quota", 3, "--key", "center")
    part = desk.json("license", "sublicense", license, *args)["license"]
    assert (shop.state(license)["quota"], shop.state(part)["quota"]) == (7, 3)
    assert shop.state(part)["parent"] == license
    shop.printed(part, by="workshop")
    assert shop.state(part)["spent"] == 1
    assert shop.errors(part) == []
    said = desk.run("license", "transfer", part, "--to", "center", "--key", "center", code=6)
    assert said.startswith("NotLicensee:")
    desk.run("license", "transfer", part, "--to", "center", "--key", "workshop")
    shop.printed(part, by="center")
    assert shop.errors(part) == [], "each print was its holder's of that moment"

    custody = desk.json("license", "custody", part)
    assert [row["holder"] for row in custody["holders"]] == [workshop, hub]
    assert custody["ancestors"] == [{"license": license, "licensee": hub}]
    assert f"license {part}: 3 prints" in desk.run("license", "custody", license)
    facts = [fact["what"] for fact in desk.json("audit", part)["facts"]]
    for name in ("LicenseGranted", "LicenseSplit", "LicenseTransferred"):
        assert facts.count(name) == 1, name
