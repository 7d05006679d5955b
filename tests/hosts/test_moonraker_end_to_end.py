"""A real 3MF on its whole way: chain, service, gate, slicer, Moonraker; and its receipt."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ledger.client import ServiceClient
from ledger.config import Settings
from ledger.gate.making import change
from ledger.stack import Stack
from tests.conftest import MODELS
from tests.e2e.test_cli_flow import Desk
from tests.gate.slicing_world import PROFILE, needs
from tests.hosts.moonraker_bed import Printer, require_moonraker, until

pytestmark = [pytest.mark.chain, needs("bwrap", "prusa-slicer")]
MODEL = MODELS / "box.3mf"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr("ledger.stack.find_kubo", lambda *_: None)
    monkeypatch.delenv("PLATEMARK_IPFS_API", raising=False)
    require_moonraker()
    with Stack(Settings(home=tmp_path / "home"), port=0, chain_port=0) as stack:
        yield Desk(tmp_path, stack)


@pytest.fixture
def license(desk: Desk) -> int:
    """A right to print the model twice, bought by the center."""
    for name in ("designer", "center"):
        desk.run("key", "new", name, "--fund")
    design = desk.json("design", "register", MODEL, "--key", "designer", "--title", "Box")
    desk.run("issuer", "authorize", "--key", "designer")
    terms = desk.folder / "terms.txt"
    terms.write_text("Sign for each print.")
    asked = ("--price", "0.002", "--terms", terms, "--min", 1, "--max", 10, "--grace", 0)
    offer = desk.json("offer", "open", design["design"], *asked, "--key", "designer")["offer"]
    return int(desk.json("license", "buy", offer, "--quota", 2, "--key", "center")["license"])


def paired(desk: Desk, printer: Printer) -> tuple[Path, str]:
    """The five steps of docs/hosts.md; the gate's folder, and the printer's address."""
    key = printer.get("/access/api_key")
    made = printer.post("/access/user", json={"username": "ada", "password": "correct horse"})
    assert made.is_success
    secret = desk.folder / "moonraker.key"
    secret.write_text(key)
    secret.chmod(0o600)
    folder = desk.folder / "gate"
    host = ("--host", "moonraker", "--host-url", printer.url, "--host-key-file", secret)
    gate = desk.json("gate", "init", folder, "--name", "Voron 1", "--key", "center", *host)
    profile = desk.folder / "profile.ini"
    profile.write_text(PROFILE)
    change(folder, profile=str(profile))
    printer.pair(gate["gate_key"], gate["printer"], "force_logins: True")
    printer.headers["X-Api-Key"] = key
    printer.kill("moonraker")
    printer.start_moonraker()
    assert httpx.get(printer.url + "/server/platemark/status", timeout=10).status_code == 401
    return folder, gate["printer"]


def test_a_3mf_is_sliced_and_printed_once_and_its_receipt_is_audited(
    desk: Desk, license: int
) -> None:
    service = ServiceClient(desk.stack.url)
    with Printer(desk.folder / "printer") as printer:
        gate, address = paired(desk, printer)
        tokens = ("--printer", address, "--out", gate / "inbox", "--key", "center")
        desk.run("token", "request", "--license", license, *tokens)

        def reported() -> bool:
            desk.run("gate", "run", gate, "--once")
            return bool(service.receipts(license=license).items)

        until(reported, 120)
        begun = [entry["begins"] for entry in printer.printed() if "begins" in entry]
        assert len(begun) == 1
        assert begun[0].endswith(".gcode")
        extruding = [e["moved"] for e in printer.printed() if " E" in e.get("moved", "")]
        assert len(extruding) > 100
        for folder in (printer.gcodes, printer.data / "platemark" / "card", gate / "held"):
            assert not [path for path in folder.rglob("*") if path.is_file()]

    dossier = desk.json("audit", MODEL)
    assert [f for f in dossier["findings"] if f["severity"] == "error"] == []
    (told,) = [fact["details"] for fact in dossier["facts"] if fact["what"] == "PrintReported"]
    assert (told["outcome"], told["printer"], told["serial"]) == ("done", address, 0)
    assert (told["material"], told["material_mg"] > 1000) == ("PLA", True)
    assert told["profile"] == "0x" + hashlib.sha256(PROFILE.encode()).hexdigest()
    assert told["job"] not in ("0x" + "00" * 32, dossier["subject"])
    assert desk.json("license", "show", license)["spent"] == 1
