"""A real 3MF on its whole way: chain, service, gate, slicer, OctoPrint; and its receipt."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.client import ServiceClient
from ledger.config import Settings
from ledger.gate.making import change
from ledger.stack import Stack
from tests.conftest import MODELS
from tests.e2e.test_cli_flow import Desk
from tests.gate.slicing_world import PROFILE, needs
from tests.hosts.octoprint_bed import API_KEY, OURS, OctoPrint, require_octoprint, until

pytestmark = [pytest.mark.chain, needs("bwrap", "prusa-slicer")]
MODEL = MODELS / "box.3mf"
_SPEEDS = (
    "perimeter",
    "external_perimeter",
    "small_perimeter",
    "infill",
    "solid_infill",
    "top_solid_infill",
    "first_layer",
    "travel",
)
QUICK = PROFILE + "".join(f"{name}_speed = 900\n" for name in _SPEEDS)
QUICK += "cooling = 0\ntemperature = 0\nfirst_layer_temperature = 0\n"
"""The virtual printer takes a tenth of the time that the moves would, and heats slowly."""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr("ledger.stack.find_kubo", lambda *_: None)
    monkeypatch.delenv("PLATEMARK_IPFS_API", raising=False)
    require_octoprint()
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


@pytest.fixture
def octoprint(desk: Desk) -> Iterator[OctoPrint]:
    """One that was just installed."""
    with OctoPrint(desk.folder / "printer", paired=False) as made:
        yield made


@pytest.fixture
def gate(desk: Desk, license: int, octoprint: OctoPrint) -> tuple[Path, str]:
    """The five steps of docs/hosts.md; the gate's folder, and the printer's address."""
    secret = desk.folder / "octoprint.key"
    secret.write_text(API_KEY)
    secret.chmod(0o600)
    folder = desk.folder / "gate"
    host = ("--host", "octoprint", "--host-url", octoprint.url, "--host-key-file", secret)
    made = desk.json("gate", "init", folder, "--name", "Prusa 1", "--key", "center", *host)
    assert not desk.json("gate", "pair", folder)["paired"]
    pairing = desk.json("gate", "pair", folder, "--admin-key-file", secret)
    assert pairing["paired"]
    assert pairing["host"] == made["printer"]
    profile = desk.folder / "profile.ini"
    profile.write_text(QUICK)
    change(folder, profile=str(profile))
    return folder, str(made["printer"])


def test_a_3mf_is_sliced_and_printed_once_and_its_receipt_is_audited(
    desk: Desk, license: int, octoprint: OctoPrint, gate: tuple[Path, str]
) -> None:
    folder, printer = gate
    service = ServiceClient(desk.stack.url)
    asked = ("--printer", printer, "--out", folder / "inbox", "--key", "center")
    desk.run("token", "request", "--license", license, *asked)

    def reported() -> bool:
        desk.run("gate", "run", folder, "--once")
        return bool(service.receipts(license=license).items)

    until(reported, 150)
    records = (octoprint.data / "releases.jsonl").read_text().splitlines()
    jobs = [json.loads(line) for line in records]
    assert len({job["job"] for job in jobs}) == 1
    assert jobs[-1]["outcome"] == "done"
    extruding = [line for line in octoprint.received().splitlines() if b" E" in line]
    assert len(extruding) > 100
    until(lambda: not list((octoprint.uploads / "platemark").iterdir()))
    assert not [path for path in (folder / "held").rglob("*") if path.is_file()]

    dossier = desk.json("audit", MODEL)
    assert [f for f in dossier["findings"] if f["severity"] == "error"] == []
    (told,) = [fact["details"] for fact in dossier["facts"] if fact["what"] == "PrintReported"]
    assert (told["outcome"], told["printer"], told["serial"]) == ("done", printer, 0)
    assert (told["material"], told["material_mg"] > 1000) == ("PLA", True)
    assert told["profile"] == "0x" + hashlib.sha256(QUICK.encode()).hexdigest()
    assert told["job"] not in ("0x" + "00" * 32, dossier["subject"])
    assert desk.json("license", "show", license)["spent"] == 1


def test_own_files_print_where_the_owner_switched_them_on_and_the_log_knows(
    desk: Desk, octoprint: OctoPrint, gate: tuple[Path, str]
) -> None:
    folder, _ = gate
    octoprint.upload("mine.gcode")
    desk.run("gate", "run", folder, "--once")
    assert octoprint.select("mine.gcode", print=True).status_code == 403
    assert desk.json("gate", "own-files", folder, "on")["own_files"]
    desk.run("gate", "run", folder, "--once")
    assert octoprint.select("mine.gcode", print=True).status_code == 204

    def printed() -> bool:
        desk.run("gate", "run", folder, "--once")
        return OURS in octoprint.received()

    until(printed, 60)
    desk.run("gate", "own-files", folder, "off")
    desk.run("gate", "run", folder, "--once")
    octoprint.rest()
    assert octoprint.select("mine.gcode", print=True).status_code == 403
    entries = [json.loads(line) for line in (folder / "journal.jsonl").read_text().splitlines()]
    states = [entry["state"] for entry in entries if "own file" in entry["state"]]
    assert states == [
        "own files", "own files reported", "own file", "own files", "own files reported"
    ]  # fmt: skip
