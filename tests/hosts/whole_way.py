"""A real 3MF on its whole way: chain, service, gate, slicer, host; and its receipt.

What a test of a host takes in: the fixtures `desk` and `license`, and what is done and looked
at with every host.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.client import ServiceClient
from ledger.config import Settings
from ledger.gate.making import change
from ledger.stack import Stack
from tests.conftest import MODELS
from tests.e2e.test_cli_flow import Desk
from tests.gate.slicing_world import needs
from tests.hosts.bed import until

MODEL = MODELS / "box.3mf"
NEEDED = [pytest.mark.chain, pytest.mark.timeout(400), needs("bwrap", "prusa-slicer")]
"""The marks of a module that prints so."""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A stack of its own, and somebody at a terminal."""
    monkeypatch.setattr("ledger.stack.find_kubo", lambda *_: None)
    monkeypatch.delenv("PLATEMARK_IPFS_API", raising=False)
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


def a_gate(desk: Desk, host: str, url: str, secret: str, profile: str) -> Any:
    """A gate in `desk.folder / "gate"` for a host; what `gate init` told of it."""
    key = desk.folder / f"{host}.key"
    key.write_text(secret)
    key.chmod(0o600)
    folder = desk.folder / "gate"
    named = ("--host", host, "--host-url", url, "--host-key-file", key)
    made = desk.json("gate", "init", folder, "--name", "Printer 1", "--key", "center", *named)
    (desk.folder / "profile.ini").write_text(profile)
    change(folder, profile=str(desk.folder / "profile.ini"))
    return made


def print_one(desk: Desk, license: int, printer: str) -> None:
    """Ask for a token, and run the gate until it has reported another print."""
    service = ServiceClient(desk.stack.url)
    gate = desk.folder / "gate"
    before = len(service.receipts(license=license).items)
    asked = ("--printer", printer, "--out", gate / "inbox", "--key", "center")
    desk.run("token", "request", "--license", license, *asked)

    def reported() -> bool:
        desk.run("gate", "run", gate, "--once")
        return len(service.receipts(license=license).items) > before

    until(reported, 300)
    assert not [path for path in (gate / "held").rglob("*") if path.is_file()]


def audited(desk: Desk, license: int, printer: str, profile: str) -> None:
    """The audit of the model tells of one print, sliced with the profile, and of no error."""
    dossier = desk.json("audit", MODEL)
    assert [f for f in dossier["findings"] if f["severity"] == "error"] == []
    (told,) = [fact["details"] for fact in dossier["facts"] if fact["what"] == "PrintReported"]
    assert (told["outcome"], told["printer"], told["serial"]) == ("done", printer, 0)
    assert (told["material"], told["material_mg"] > 1000) == ("PLA", True)
    assert told["profile"] == "0x" + hashlib.sha256(profile.encode()).hexdigest()
    assert told["job"] not in ("0x" + "00" * 32, dossier["subject"])
    assert desk.json("license", "show", license)["spent"] == 1
