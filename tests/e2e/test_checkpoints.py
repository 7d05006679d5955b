"""The log by the command line: prints leave entries, the operator anchors, a stranger checks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from ledger import entries
from ledger.config import Settings
from ledger.models import Address
from ledger.signing import Signer
from ledger.stack import Stack
from ledger.tokens import Domain
from tests.conftest import MODELS
from tests.e2e.test_cli_flow import Desk

DONE = {"log-differs-from-checkpoint", "not-in-log", "checkpoint-shrinks", "checkpoint-contradicts"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A stack of its own, with the embedded store."""
    folder = tmp_path_factory.mktemp("checkpoints")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ledger.stack.find_kubo", lambda *_: None)
        patch.delenv("PLATEMARK_IPFS_API", raising=False)
        with Stack(Settings(home=folder / "home"), port=0, chain_port=0) as stack:
            yield Desk(folder, stack)


@pytest.fixture(scope="module")
def license(desk: Desk) -> int:
    """A license of ten prints; one of them is printed, and a file without a token refused."""
    for name in ("designer", "center"):
        desk.run("key", "new", name, "--fund")
    design = desk.json("design", "register", MODELS / "box.3mf", "--key", "designer")["design"]
    desk.run("issuer", "authorize", "--key", "designer")
    granted = ("--to", "center", "--quota", 10, "--expires", "+30d", "--key", "designer")
    license = int(desk.json("license", "grant", design, *granted)["license"])
    gate = desk.folder / "gate"
    made = desk.json("gate", "init", gate, "--name", "Press 1", "--key", "center")
    (gate / "inbox" / "smuggled.3mf").write_bytes((MODELS / "torus.3mf").read_bytes())
    tokens = ("--printer", made["printer"], "--out", gate / "inbox", "--key", "center")
    desk.run("token", "request", "--license", license, *tokens)
    desk.run("gate", "run", gate, "--once")
    (printed,) = (path for path in (gate / "hot").iterdir() if path.is_file())
    printed.rename(gate / "hot" / "done" / printed.name)
    desk.run("gate", "run", gate, "--once")
    return license


def findings(desk: Desk, subject: object) -> set[str]:
    return {row["kind"] for row in desk.json("audit", subject)["findings"]}


def test_nothing_is_anchored_before_the_operator_does(desk: Desk, license: int) -> None:
    assert desk.json("checkpoint", "list") == []
    assert "Nothing was anchored" not in desk.run("checkpoint", "list"), "notices go to stderr"
    assert desk.run("checkpoint", "verify", 0, code=4).startswith("CheckpointNotFound:")
    whole = desk.json("checkpoint", "verify")
    assert whole == {"entries": 4, "checkpoints": 0, "anchored": 0, "uncovered": 4}
    assert "not anchored yet" in desk.run("audit", license)


def test_a_token_that_another_key_signed_is_found_unless_one_goes_by_that_key(
    desk: Desk, license: int
) -> None:
    pin = json.loads(next((desk.folder / "home" / "services").glob("*.json")).read_text())
    domain = Domain(pin["chain_id"], Address(pin["registry"]), Address(pin["licenses"]))
    engine, former = create_engine(desk.stack.settings.database), Signer.from_secret(b"\x08" * 32)

    def write(index: int, entry: bytes) -> None:
        change = 'UPDATE log_entry SET entry = :entry WHERE "index" = :index'
        with engine.begin() as connection:
            connection.execute(text(change), {"entry": entry, "index": index})

    with engine.begin() as connection:
        found = "SELECT \"index\", entry FROM log_entry WHERE type = 'PrintToken'"
        (index, kept), *_ = connection.execute(text(found)).all()
    message = entries.decode(kept).typed(domain)
    write(index, entries.encode(message, former.sign(message)))
    try:
        said = desk.run("checkpoint", "verify", code=7)
        assert said.startswith(f"LogDiffers: The PrintToken at {index} is signed by")
        taken = ("--former-issuer", former.address)
        assert desk.json("checkpoint", "verify", *taken)["entries"] == 4
    finally:
        write(index, kept)
        engine.dispose()


def test_what_is_anchored_is_checked_against_the_chain(desk: Desk, license: int) -> None:
    anchored = desk.json("checkpoint", "anchor")
    assert (anchored["size"], anchored["new"]) == (4, True)
    again = desk.json("checkpoint", "anchor")
    assert again == {**anchored, "new": False}
    (listed,) = desk.json("checkpoint", "list")
    assert (listed["size"], listed["root"]) == (4, anchored["root"])
    assert anchored["root"] in desk.run("checkpoint", "list")
    assert desk.json("checkpoint", "verify")["uncovered"] == 0
    printer = desk.json("gate", "status", desk.folder / "gate")["printer"]
    for index in range(4):
        found = desk.json("checkpoint", "verify", index, "--from-block", 0)
        assert (found["checkpoint"], found["root"]) == (4, anchored["root"])
        assert found["type"] in ("Enrolment", "PrintToken") or found["signer"] == printer


def test_the_audit_of_a_license_names_its_checkpoint(desk: Desk, license: int) -> None:
    dossier = desk.json("audit", license)
    assert {row["type"] for row in dossier["log"]} == {"Enrolment", "PrintToken", "Receipt"}
    assert {row["size"] for row in dossier["log"]} == {4}
    assert all(row["proof"] for row in dossier["log"])
    assert "covered by the checkpoint of 4 entries" in desk.run("audit", f"{license}:0")
    assert findings(desk, license).isdisjoint(DONE)


def test_an_operator_who_edits_the_database_is_found_out(desk: Desk, license: int) -> None:
    """The cheapest cheat: the print that went well is made one that failed."""
    engine = create_engine(desk.stack.settings.database)

    def swap(old: str, new: str) -> None:
        with engine.begin() as connection:
            change = "UPDATE receipt SET outcome = :new WHERE outcome = :old"
            connection.execute(text(change), {"old": old, "new": new})

    swap("done", "failed")
    assert "log-differs-from-checkpoint" in findings(desk, license)
    swap("failed", "done")

    def rewrite(old: str, new: str) -> None:
        with engine.begin() as connection:
            rows: list[Any] = list(
                connection.execute(
                    text("SELECT \"index\", entry FROM log_entry WHERE type = 'Receipt'")
                )
            )
            for index, entry in rows:
                changed = entry.replace(old.encode(), new.encode())
                change = 'UPDATE log_entry SET entry = :entry WHERE "index" = :index'
                connection.execute(text(change), {"entry": changed, "index": index})

    rewrite('"done"', '"failed"')
    assert desk.run("checkpoint", "verify", code=7).startswith("LogDiffers:")
    rewrite('"failed"', '"done"')
    engine.dispose()
    assert desk.json("checkpoint", "verify")["uncovered"] == 0


def test_a_chain_node_that_is_not_that_of_the_pinned_contracts_is_refused(
    desk: Desk, license: int
) -> None:
    pin = next((desk.folder / "home" / "services").glob("*.json"))
    kept = pin.read_text()
    pin.write_text(json.dumps({**json.loads(kept), "checkpoints": "0x" + "11" * 20}))
    try:
        assert desk.run("checkpoint", "verify", code=5).startswith("DeploymentMismatch:")
    finally:
        pin.write_text(kept)
