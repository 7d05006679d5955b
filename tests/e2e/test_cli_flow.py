"""The whole way by the command line, on a real stack: chain, IPFS, API and gate."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from ledger.cli import app
from ledger.client import ServiceClient
from ledger.config import Settings
from ledger.devchain import rpc
from ledger.models import Address, ContentHash
from ledger.stack import Stack
from tests.conftest import MODELS

PASSPHRASE = "correct horse battery staple"


@dataclass
class Desk:
    """A user at a terminal."""

    folder: Path
    stack: Stack

    def run(self, *arguments: object, code: int = 0) -> str:
        """Run one command; its stdout. It must end with `code`."""
        environment = {
            "PLATEMARK_HOME": str(self.folder / "home"),
            "PLATEMARK_SERVICE": self.stack.url,
            "PLATEMARK_RPC_URL": self.stack.settings.rpc_url,
            "PLATEMARK_PASSPHRASE": PASSPHRASE,
            "PLATEMARK_DEPLOYMENT": None,
        }
        result = CliRunner().invoke(app, [str(a) for a in arguments], env=environment)
        assert result.exit_code == code, f"{arguments}: {result.output}"
        if code:
            assert "Traceback" not in result.output
            assert len(result.stderr.strip().splitlines()) == 1, "one paragraph"
        return result.stdout if code == 0 else result.stderr

    def json(self, *arguments: object) -> Any:
        """Run one command with `--json`; stdout must hold one document and nothing else."""
        return json.loads(self.run(*arguments, "--json"))

    def balance(self, key: str) -> int:
        address = self.json("key", "show", key)["address"]
        return int(str(rpc(self.stack.settings.rpc_url, "eth_getBalance", address, "latest")), 16)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A stack as a user has it who built no Kubo; test_up.py runs with one if there is one."""
    folder = tmp_path_factory.mktemp("cli")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ledger.stack.find_kubo", lambda *_: None)
        patch.delenv("PLATEMARK_IPFS_API", raising=False)
        yield from _running(folder)


def _running(folder: Path) -> Iterator[Desk]:
    with Stack(Settings(home=folder / "home"), port=0, chain_port=0) as stack:
        yield Desk(folder, stack)


@pytest.fixture(scope="module")
def keys(desk: Desk) -> None:
    for name in ("designer", "center"):
        made = desk.json("key", "new", name, "--fund")
        assert made["funded"]
        assert (Path(made["file"]).stat().st_mode & 0o777) == 0o600


@pytest.fixture(scope="module")
def design(desk: Desk, keys: None) -> str:
    args = ("--key", "designer", "--title", "Cube gears", "--description", "A puzzle")
    made = desk.json("design", "register", MODELS / "cube_gears_prod.3mf", *args)
    assert made["format"] == "3mf"
    return str(made["design"])


@pytest.fixture(scope="module")
def license(desk: Desk, design: str) -> int:
    desk.run("issuer", "authorize", "--key", "designer")
    terms = desk.folder / "terms.txt"
    terms.write_text("Print as many as you paid for, and sign for each.")
    args = ("--price", "0.002", "--terms", terms, "--min", 1, "--max", 10, "--grace", 0)
    offer = desk.json("offer", "open", design, *args, "--key", "designer")["offer"]
    bought = desk.json("license", "buy", offer, "--quota", 3, "--key", "center")
    assert bought["total"] == str(3 * 2 * 10**15)
    return int(bought["license"])


def test_a_design_is_listed_and_shown(desk: Desk, design: str) -> None:
    assert [row["design"] for row in desk.json("design", "list")] == [design]
    assert "Cube gears" in desk.run("design", "show", design)
    assert desk.json("design", "list", "--owner", "center") == []


def test_registering_again_names_the_first_owner(desk: Desk, design: str) -> None:
    said = desk.run("design", "register", MODELS / "cube_gears_prod.3mf", "--key", "center", code=5)
    owner = desk.json("key", "show", "designer")["address"]
    assert said.startswith("DesignAlreadyRegistered:")
    assert owner in said


def test_a_broken_file_is_refused(desk: Desk, keys: None) -> None:
    broken = desk.folder / "broken.3mf"
    broken.write_bytes((MODELS / "box.3mf").read_bytes()[:500])
    said = desk.run("design", "register", broken, "--key", "designer", code=3)
    assert said.startswith("InvalidDesign:")


def test_the_issuer_is_shown(desk: Desk, license: int) -> None:
    assert desk.json("issuer", "show", "designer")["authorized"]
    assert not desk.json("issuer", "show", "center")["authorized"]


def test_prints_are_gated_and_audited(desk: Desk, design: str, license: int) -> None:
    """Token, gate, machine, receipt; then what was printed is earned, the rest paid back."""
    gate = desk.folder / "gate"
    made = desk.json("gate", "init", gate, "--name", "Press 4", "--key", "center")
    again = desk.json("gate", "init", gate, "--name", "Press 4", "--key", "center")
    assert made["printer"] == again["printer"], "a second run changes nothing"

    job = ("--job", design, "--lifetime", "1h", "--key", "center", "--out", desk.folder)
    asked = ("--license", license, "--printer", made["printer"])
    assert "Drop" not in desk.run("token", "request", *asked, *job), "notices go to stderr"
    bound = next(desk.folder.glob("*.token.json"))
    assert json.loads(bound.read_text())["token"]["job"] == job[1]
    assert [row.name for row in _client(desk).printers().items] == ["Press 4"]
    assert _client(desk).printer(Address(made["printer"])).center == made["center"]
    assert len(_client(desk).tokens(license=license).items) == 1

    (gate / "inbox" / "smuggled.3mf").write_bytes((MODELS / "torus.3mf").read_bytes())
    tokens = ("--printer", made["printer"], "--out", gate / "inbox", "--key", "center")
    assert len(desk.json("token", "request", "--license", license, *tokens)["files"]) == 1
    with capture_logs() as logs:
        desk.run("gate", "run", gate, "--once")
    assert [line for line in logs if line["event"] == "gate.waits"] == [], "nothing was tried twice"
    printed = [path for path in (gate / "hot").iterdir() if path.is_file()]
    assert len(printed) == 1
    assert printed[0].read_bytes() == (MODELS / "cube_gears_prod.3mf").read_bytes()
    state = desk.json("gate", "status", gate)
    assert state["last_refusal"]["error"] == "JobWithoutToken"

    printed[0].rename(gate / "hot" / "done" / printed[0].name)
    desk.run("gate", "run", gate, "--once")
    assert desk.json("gate", "status", gate)["receipts_waiting"] == 0
    assert "Press 4" in desk.run("gate", "status", gate)

    dossier = desk.json("audit", MODELS / "cube_gears_prod.3mf")
    assert dossier["subject"] == design
    assert len(_client(desk).receipts(license=license).items) == 1
    assert [f for f in dossier["findings"] if f["severity"] == "error"] == []
    assert "facts" in desk.run("audit", f"{license}:0", "--strict")
    assert desk.json("license", "show", license)["spent"] == 1


def test_more_prints_than_bought_are_denied(desk: Desk, license: int) -> None:
    printer = desk.json("key", "show", "center")["address"]
    args = ("--license", license, "--printer", printer, "--count", 9, "--key", "center")
    assert "Printer" in desk.run("token", "request", *args, "--out", desk.folder, code=6)


def test_the_money_goes_where_it_belongs(desk: Desk, design: str, license: int) -> None:
    desk.run("license", "refund", license, "--key", "center", code=6)
    desk.run("license", "revoke", license, "--reason", "Flaw found.", "--key", "designer")
    assert "revoked" in desk.run("license", "list", "--licensee", "center")
    before = desk.balance("center")
    desk.run("license", "refund", license, "--key", "center")
    assert before < desk.balance("center") <= before + 2 * 2 * 10**15
    desk.run("license", "settle", license, "--key", "center")
    before = desk.balance("designer")
    desk.run("design", "withdraw", design, "--key", "designer")
    assert before < desk.balance("designer") <= before + 2 * 10**15
    desk.run("design", "withdraw", design, "--key", "designer", code=5)
    state = desk.json("license", "show", license)
    assert (state["earned"], state["refunded"]) == (1, 2)


def test_a_license_can_be_given_away(desk: Desk, design: str) -> None:
    args = ("--to", "center", "--quota", 5, "--expires", "+30d", "--key", "designer")
    given = desk.json("license", "grant", design, *args)
    assert desk.json("license", "show", given["license"])["price"] == "0"
    desk.run("license", "grant", design, *args[:-1], "center", code=6)


def test_an_offer_can_be_closed(desk: Desk, design: str, license: int) -> None:
    offer = desk.json("offer", "list", "--design", design)[0]["offer"]
    desk.run("offer", "close", offer, "--key", "designer")
    said = desk.run("license", "buy", offer, "--quota", 1, "--key", "center", code=6)
    assert said.startswith("OfferNotOpen:")


def test_reading_the_chain_anew_changes_nothing(desk: Desk, design: str) -> None:
    before = desk.json("design", "list")
    assert desk.json("reindex")["events"] > 0
    assert desk.json("design", "list") == before


def test_what_does_not_exist_is_not_found(desk: Desk, keys: None) -> None:
    assert desk.run("license", "show", 999, code=4).startswith("LicenseNotFound:")
    assert desk.run("design", "show", "ab" * 32, code=4).startswith("DesignNotFound:")


def test_a_service_with_other_contracts_is_not_signed_for(desk: Desk, keys: None) -> None:
    pin = next((desk.folder / "home" / "services").glob("*.json"))
    kept = pin.read_text()
    other = {**json.loads(kept), "licenses": "0x" + "11" * 20}
    pin.write_text(json.dumps(other))
    try:
        said = desk.run("issuer", "remove", "--key", "designer", code=5)
    finally:
        pin.write_text(kept)
    assert said.startswith("DeploymentMismatch:")
    desk.run("issuer", "remove", "--key", "designer")


def test_doctor_finds_all_well(desk: Desk, keys: None) -> None:
    rows = {row["name"]: row for row in desk.json("doctor")}
    assert rows["service"]["state"] == "ok"
    assert rows["keys"]["found"].startswith("2 in")


def test_people_get_tables(desk: Desk, design: str, license: int) -> None:
    """The same data without `--json`, and nothing that is cut off."""
    assert design in desk.run("design", "list")
    assert design in desk.run("offer", "list")
    assert design in desk.run("license", "list", "--design", design)
    assert "0.002 ether a print" in desk.run("license", "show", license)
    assert "authorized" in desk.run("issuer", "show", "designer")
    assert "platemark" in desk.run("version")
    assert "1000 ether" in desk.run("key", "fund", "center")
    assert _client(desk).preview(ContentHash.parse(design)).startswith(b"\x89PNG")
    assert _client(desk).ready().status == "ready"


def _client(desk: Desk) -> ServiceClient:
    return ServiceClient(desk.stack.url)
