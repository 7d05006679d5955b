"""Lineage and a recall by the command line, on a real stack: consent, print, recall, lift."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.config import Settings
from ledger.stack import Stack
from tests.conftest import MODELS
from tests.e2e.test_cli_flow import Desk
from tests.scene import new_file, new_mesh


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A stack whose registry asks for a commitment before each registration."""
    folder = tmp_path_factory.mktemp("lineage")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ledger.stack.find_kubo", lambda *_: None)
        patch.delenv("PLATEMARK_IPFS_API", raising=False)
        settings = Settings(home=folder / "home", minimum_age=2)
        with Stack(settings, port=0, chain_port=0) as stack:
            yield Desk(folder, stack)


@pytest.fixture(scope="module")
def keys(desk: Desk) -> None:
    for name in ("designer", "tinkerer", "center"):
        desk.json("key", "new", name, "--fund")


@pytest.fixture(scope="module")
def root(desk: Desk, keys: None) -> str:
    """A design of the designer's, registered after its commitment came of age."""
    made = desk.json("design", "register", MODELS / "box.3mf", "--key", "designer")
    assert made["ready_at"] > 0
    return str(made["design"])


@pytest.fixture(scope="module")
def child(desk: Desk, root: str) -> str:
    """A design of the tinkerer's, derived from it with the designer's consent."""
    file = desk.folder / "tinkered.3mf"
    file.write_bytes((MODELS / "torus.3mf").read_bytes())
    consent = desk.folder / "consent.json"
    asked = ("--child", file, "--to", "tinkerer", "--share", "12.5", "--out", consent)
    given = desk.json("design", "consent", root, *asked, "--key", "designer")
    assert json.loads(consent.read_text())["digest"] == given["digest"]
    args = ("--parent", consent, "--key", "tinkerer")
    said = desk.run("design", "register", MODELS / "box.3mf", *args, code=3)
    assert "consent" in said, "it is for another file"
    made = desk.json("design", "register", file, *args)
    desk.run("cancel", given["digest"], "--key", "designer", code=5)
    return str(made["design"])


def test_lineage_is_shown_from_both_ends(desk: Desk, root: str, child: str) -> None:
    shown = desk.json("design", "lineage", child)
    assert shown["parents"] == [{"design": root, "share": 1_250}]
    assert "12.5 %" in desk.run("design", "lineage", child)
    assert [row["design"] for row in desk.json("design", "children", root)] == [child]
    assert child in desk.run("design", "children", root)
    facts = [fact["what"] for fact in desk.json("audit", root)["facts"]]
    assert "DesignDerived" in facts


def test_a_derived_design_needs_consent_or_an_open_policy(desk: Desk, root: str) -> None:
    file = new_file(desk.folder)
    args = ("--parent", f"{root}:5", "--key", "tinkerer")
    assert desk.run("design", "register", file, *args, code=6).startswith("ConsentMissing:")
    desk.run("design", "policy", root, "--share", "5", "--key", "designer")
    desk.json("design", "register", file, *args)
    desk.run("design", "policy", root, "--closed", "--key", "designer")
    desk.run("design", "policy", root, "--key", "designer", code=3)
    other = desk.run("design", "register", new_file(desk.folder), *args, code=6)
    assert other.startswith("ConsentMissing:")


def test_a_recall_stops_what_is_below_and_says_why(desk: Desk, root: str, child: str) -> None:
    authorized = desk.json("issuer", "authorize", "--service-pays", "--key", "tinkerer")
    assert authorized["events"][0]["name"] == "IssuerAuthorized"
    given = desk.json(
        "license", "grant", child, "--to", "center", "--quota", 3, "--key", "tinkerer"
    )
    gate = desk.folder / "gate"
    made = desk.json("gate", "init", gate, "--name", "Press 4", "--key", "center")
    asked = ("--license", given["license"], "--printer", made["printer"], "--key", "center")
    desk.json("token", "request", *asked, "--out", gate / "inbox")

    notice = ("--notice", "The box opens by itself.")
    desk.json("design", "recall", root, *notice, "--key", "designer")
    said = desk.run("token", "request", *asked, "--out", desk.folder, code=6)
    assert said.startswith("Recalled:")
    assert root in said
    desk.run("gate", "run", gate, "--once")
    assert desk.json("gate", "status", gate)["last_refusal"]["error"] == "Recalled"
    assert [path for path in (gate / "hot").iterdir() if path.is_file()] == []
    dossier = desk.json("audit", child)
    assert "recalled" in [finding["kind"] for finding in dossier["findings"]]
    assert [f for f in dossier["findings"] if f["severity"] == "error"] == []
    assert "yes" in desk.run("design", "show", child)
    desk.run("design", "recall", root, *notice, "--key", "designer", code=5)

    desk.run("design", "lift", root, "--notice", "A better latch.", "--key", "designer")
    desk.run("token", "request", *asked, "--out", gate / "inbox")
    desk.run("gate", "run", gate, "--once")
    assert len([path for path in (gate / "hot").iterdir() if path.is_file()]) == 1
    assert "recalled" not in [f["kind"] for f in desk.json("audit", child)["findings"]]
    desk.run("issuer", "remove", "--service-pays", "--key", "tinkerer")
    assert not desk.json("issuer", "show", "tinkerer")["authorized"]


def test_a_design_is_taken_out_of_sale_and_returned(desk: Desk, root: str) -> None:
    desk.run("design", "withdraw-from-sale", root, "--key", "designer")
    assert desk.json("design", "lineage", root)["on_sale"] is False
    desk.run("design", "return-to-sale", root, "--key", "designer")
    args = ("--share", "10", "--key", "designer")
    desk.run("design", "resale", root, *args)
    assert "10 %" in desk.run("design", "lineage", root)
    assert desk.run("design", "resale", root, *args, code=5).startswith("ResaleRoyaltyFixed:")


def test_a_folder_is_registered_in_one_transaction(desk: Desk, keys: None, root: str) -> None:
    folder = desk.folder / "parts"
    folder.mkdir()
    files = [new_mesh(folder) for _ in range(3)]
    rows = desk.json("design", "register-folder", folder, "--key", "tinkerer")
    assert len({row["registered"]["transaction"] for row in rows}) == 1
    titles = {row["title"] for row in desk.json("design", "list", "--owner", "tinkerer")}
    assert {path.stem for path in files} <= titles
    (folder / "known.3mf").write_bytes((MODELS / "box.3mf").read_bytes())
    said = desk.run("design", "register-folder", folder, "--key", "tinkerer", code=5)
    assert said.startswith("DesignAlreadyRegistered:")


def test_contracts_are_deployed_from_a_terminal(desk: Desk, keys: None) -> None:
    out = desk.folder / "elsewhere" / "deployment.json"
    made = desk.json("deploy", "--minimum-age", "90s", "--out", out, "--key", "designer")
    assert made["minimum_age"] == 90
    assert json.loads(Path(made["file"]).read_text())["registry"] == made["registry"]
    desk.run("deploy", "--out", out, "--key", "designer", code=9)
