"""The crisis scene by the command line, on a real stack: pledge, declare, take, print, end.

The designer authorizes nobody: every token here is signed because the council named the
service.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ledger.client import ServiceClient
from tests.conftest import MODELS
from tests.e2e.test_cli_flow import Desk, _running

MODEL = MODELS / "cube_gears_prod.3mf"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ledger.stack.find_kubo", lambda *_: None)
        patch.delenv("PLATEMARK_IPFS_API", raising=False)
        yield from _running(tmp_path_factory.mktemp("crisis"))


@dataclass
class Play:
    """What one scene leaves to the next."""

    desk: Desk
    design: str
    pledge: dict[str, Any]
    crisis: int = 0
    license: int = 0
    ended: int = 0

    @property
    def gate(self) -> Path:
        """The gate's folder."""
        return self.desk.folder / "gate"

    def text(self, name: str, text: str) -> Path:
        """A document in a file."""
        path = self.desk.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def ask(self, code: int = 0) -> str:
        """The center asks for a token; it goes into the gate's inbox."""
        printer = self.desk.json("gate", "status", self.gate)["printer"]
        args = ("--license", self.license, "--printer", printer, "--key", "center")
        return self.desk.run("token", "request", *args, "--out", self.gate / "inbox", code=code)

    def printed(self) -> int:
        """Run the gate, and the machine behind it; how many files lie before it in all."""
        self.desk.run("gate", "run", self.gate, "--once")
        for path in [path for path in (self.gate / "hot").iterdir() if path.is_file()]:
            assert path.read_bytes() == MODEL.read_bytes()
            path.rename(self.gate / "hot" / "done" / path.name)
        self.desk.run("gate", "run", self.gate, "--once")
        return len(list((self.gate / "hot" / "done").iterdir()))

    def told(self, subject: object) -> tuple[list[str], list[str]]:
        """`(what happened, what was found)` by the audit of a subject."""
        dossier = self.desk.json("audit", subject)
        return (
            [fact["what"] for fact in dossier["facts"]],
            [finding["kind"] for finding in dossier["findings"]],
        )


@pytest.fixture(scope="module")
def play(desk: Desk) -> Play:
    """A design that its owner pledged to a council."""
    for name in ("designer", "council", "center"):
        desk.json("key", "new", name, "--fund")
    made = desk.json("design", "register", MODEL, "--key", "designer", "--title", "A splint")
    document = desk.folder / "pledge.txt"
    document.write_text("For splints, where people were hurt.", encoding="utf-8")
    args = ("--council", "council", "--document", document, "--each", 4, "--total", 8)
    pledged = desk.json("crisis", "pledge", made["design"], *args, "--key", "designer")
    return Play(desk, made["design"], pledged)


def test_a_pledge_is_listed_and_cannot_be_made_smaller(play: Play) -> None:
    (row,) = play.desk.json("crisis", "pledges", "--council", "council")
    assert (row["design"], row["quota_in_all"], row["taken"]) == (play.design, 8, 0)
    assert "0 of 8" in play.desk.run("crisis", "pledges", "--design", play.design)
    document = play.desk.folder / "pledge.txt"
    args = ("--council", "council", "--document", document, "--each", 4, "--total", 7)
    said = play.desk.run("crisis", "pledge", play.design, *args, "--key", "designer", code=5)
    assert said.startswith("PledgeBinds:")


def test_a_council_declares_without_gas(play: Play) -> None:
    evidence = play.text("evidence.txt", "Magnitude 7.8; the council met at noon.")
    args = ("--evidence", evidence, "--until", "+10d", "--key", "council")
    before = play.desk.balance("council")
    play.crisis = play.desk.json("crisis", "declare", "TR-31", *args, "--service-pays")["crisis"]
    assert play.desk.balance("council") == before
    (row,) = play.desk.json("crisis", "list")
    assert (row["region"], row["open"]) == ("TR-31", True)
    assert "open until" in play.desk.run("crisis", "list", "--council", "council")


def test_a_center_takes_a_license_for_nothing_but_gas(play: Play) -> None:
    taken = play.desk.json("crisis", "take", play.crisis, play.design, "--quota", 4, *_CENTER)
    play.license = taken["license"]
    state = play.desk.json("license", "show", play.license)
    assert (state["price"], state["quota"]) == ("0", 4)
    said = play.desk.run("crisis", "take", play.crisis, play.design, "--quota", 5, *_CENTER, code=3)
    assert said.startswith("CrisisQuotaInvalid:")


def test_it_prints_on_a_token_of_the_service_that_the_council_named(play: Play) -> None:
    play.desk.json("gate", "init", play.gate, "--name", "Press 9", "--key", "center")
    play.ask()
    assert play.printed() == 1
    facts, found = play.told(f"{play.license}:0")
    assert sorted(set(facts) - {"Transfer"}) == [
        "CrisisDeclared",
        "CrisisLicenseTaken",
        "DesignRegistered",
        "PrintReported",
        "SerialsRedeemed",
        "TokenIssued",
    ]
    assert found == []


def test_only_the_council_ends_it(play: Play) -> None:
    said = play.desk.run("crisis", "end", play.crisis, "--key", "center", code=6)
    assert said.startswith("NotCouncil:")
    play.desk.json("crisis", "end", play.crisis, "--key", "council")
    (row,) = play.desk.json("crisis", "list")
    assert row["open"] is False
    play.ended = row["ended"]
    assert "ended early" in play.desk.run("crisis", "show", play.crisis)


def test_a_late_take_is_refused(play: Play) -> None:
    said = play.desk.run("crisis", "take", play.crisis, play.design, "--quota", 1, *_CENTER, code=6)
    assert said.startswith("CrisisOver:")


def test_a_license_outlasts_its_crisis_and_the_audit_shows_it(play: Play) -> None:
    time.sleep(1.1)  # the next block is of another second than the end
    play.ask()
    assert play.printed() == 2
    facts, found = play.told(f"crisis:{play.crisis}")
    assert facts.count("CrisisLicenseTaken") == 1
    assert facts.count("SerialsRedeemed") == facts.count("PrintReported") == 2
    assert facts.index("CrisisDeclared") < facts.index("CrisisLicenseTaken")
    assert "CrisisEnded" in facts
    assert found == ["printed-after-crisis"]
    assert "DesignPledged" in play.told(play.design)[0]
    assert "printed-after-crisis" in play.told(play.design)[1]


def test_the_tokens_were_signed_by_the_service_alone(play: Play) -> None:
    assert not play.desk.json("issuer", "show", "designer")["authorized"]
    with ServiceClient(play.desk.stack.url) as service:
        issuer = service.deployment().issuer
        tickets = service.tokens(license=play.license).items
    assert [row.model_dump()["signer"] for row in tickets] == [issuer, issuer]


def test_reading_the_chain_anew_changes_nothing(play: Play) -> None:
    before = [
        play.desk.json("crisis", "list"),
        play.desk.json("crisis", "pledges"),
        play.desk.json("crisis", "show", play.crisis),
    ]
    play.desk.json("reindex")
    after = [
        play.desk.json("crisis", "list"),
        play.desk.json("crisis", "pledges"),
        play.desk.json("crisis", "show", play.crisis),
    ]
    assert after == before


_CENTER = ("--key", "center")
