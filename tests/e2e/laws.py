"""What a center asks of a town whose programs are killed, and the laws that hold afterwards."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from ledger.models import Address
from tests.conftest import MODELS
from tests.e2e.town import Town


def prepare(town: Town) -> None:
    """A designer with a design, a center with a license and a printer with its gate."""
    for key in ("designer", "center"):
        town.run("key", "new", key, "--fund")
    town.run("issuer", "authorize", "--key", "designer")
    model = ("--key", "designer", "--title", "A box", "--description", "A box.")
    design = town.run("design", "register", MODELS / "box.3mf", *model)["design"]
    terms = ("--to", "center", "--quota", 2_000, "--expires", "+30d", "--grace", 48)
    town.run("license", "grant", design, *terms, "--key", "designer")
    town.run("gate", "init", town.gate_folder, "--name", "Press 1", "--key", "center")
    settings = town.gate_folder / "gate.toml"
    settings.write_text(settings.read_text() + "settle_seconds = 0\n")


def request(town: Town, prints: int) -> list[int]:
    """Ask for tokens and drop them at the gate; their serials."""
    printer = town.run("gate", "status", town.gate_folder)["printer"]
    asked = ("--license", 1, "--printer", printer, "--count", prints, "--lifetime", "1d")
    out = ("--key", "center", "--out", town.gate_folder / "inbox")
    files = town.run("token", "request", *asked, *out)["files"]
    try:
        token = json.loads(Path(files[0]).read_text())["token"]
    except FileNotFoundError:  # the gate was quicker than we are
        token = town.get(f"/tokens?printer={Address(printer)}&limit=100")["items"][-1]["token"]
    mask = int(token["serials"])
    return [token["word"] * 256 + bit for bit in range(256) if mask >> bit & 1]


def request_lease(town: Town, prints: int) -> list[int]:
    """Ask for a lease, drop it at the gate and order its prints; its serials."""
    printer = town.run("gate", "status", town.gate_folder)["printer"]
    asked = ("--license", 1, "--printer", printer, "--count", prints, "--lifetime", "1d")
    made = town.run("lease", "request", *asked, "--key", "center", "--out", town.folder)
    path = Path(made["file"])
    document = json.loads(path.read_text())
    path.rename(town.gate_folder / "inbox" / path.name)
    town.run("gate", "print", town.gate_folder, "--lease", document["digest"], "--count", prints)
    tokens = [ticket["token"] for ticket in document["tickets"]]
    return [
        token["word"] * 256 + bit
        for token in tokens
        for bit in range(256)
        if int(token["serials"]) >> bit & 1
    ]


def reported(town: Town, serials: list[int]) -> bool:
    """Whether the service has a receipt for each serial, and the chain its redemption."""
    try:
        told = {serial for serial, _ in receipts(town)}
    except OSError:
        return False
    return set(serials) <= told and set(serials) <= spent(town)


def receipts(town: Town) -> list[tuple[int, str]]:
    """Serial and outcome of every receipt."""
    found: list[tuple[int, str]] = []
    cursor = ""
    while True:
        page = town.get(f"/receipts?license=1&limit=100{cursor}")
        found += [(row["serial"], row["outcome"]) for row in page["items"]]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


def laws(town: Town, serials: list[int]) -> dict[str, int]:
    """One print, one redemption, one receipt for each serial; and nothing else anywhere."""
    names = Counter(name.split("-S")[1].split("-")[0] for name in town.printed())
    assert all(count == 1 for count in names.values()), names
    told = receipts(town)
    found = dict(told)
    assert len(found) == len(told), told
    # What a machine began to print was told of, and what was told of was redeemed.
    assert {int(serial) for serial in names} <= set(found)
    assert spent(town) == set(found)
    findings = town.run("audit", 1)["findings"]
    assert [finding for finding in findings if finding["severity"] == "error"] == []
    return dict(Counter(found[serial] for serial in serials))


def spent(town: Town) -> set[int]:
    """The serials that the chain has as spent."""
    words = [town.ledger.spent(1, word) for word in range(8)]
    return {serial for serial in range(2_048) if words[serial // 256] >> serial % 256 & 1}
