"""Leases, news and approved slices by the command line, on a real stack."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger.config import Settings
from ledger.stack import Stack
from tests.conftest import MODELS
from tests.e2e.test_cli_flow import Desk
from tests.gate.slicing_world import PROFILE, needs

MODEL = MODELS / "box.3mf"
BY = ("--key", "center")


@dataclass
class Hall:
    """One design, one license of ten prints, and one gate."""

    desk: Desk
    design: str
    license: int
    gate: Path
    printer: str

    def turn(self) -> None:
        """Let the gate do what it can."""
        self.desk.run("gate", "run", self.gate, "--once")

    def printed(self, outcome: str) -> None:
        """The machine prints what lies in the hot folder, and the gate tells of it."""
        (job,) = [path for path in (self.gate / "hot").iterdir() if path.is_file()]
        job.rename(self.gate / "hot" / outcome / job.name)
        self.turn()


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    folder = tmp_path_factory.mktemp("hall")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ledger.stack.find_kubo", lambda *_: None)
        patch.delenv("PLATEMARK_IPFS_API", raising=False)
        with Stack(Settings(home=folder / "home"), port=0, chain_port=0) as stack:
            yield _furnished(Desk(folder, stack))


def _furnished(desk: Desk) -> Hall:
    for name in ("designer", "center"):
        desk.json("key", "new", name, "--fund")
    made = desk.json("design", "register", MODEL, "--key", "designer", "--title", "A box")
    desk.run("issuer", "authorize", "--key", "designer")
    terms = desk.folder / "terms.txt"
    terms.write_text("Print them, offline if need be.")
    args = ("--price", "0.002", "--terms", terms, "--min", 1, "--max", 10, "--grace", 48)
    offer = desk.json("offer", "open", made["design"], *args, "--key", "designer")["offer"]
    license = int(desk.json("license", "buy", offer, "--quota", 10, *BY)["license"])
    gate = desk.folder / "gate"
    printer = desk.json("gate", "init", gate, "--name", "Press 1", *BY)["printer"]
    return Hall(desk, made["design"], license, gate, printer)


def test_a_lease_is_asked_for_printed_from_and_given_back(hall: Hall) -> None:
    desk = hall.desk
    asked = ("--license", hall.license, "--printer", hall.printer, "--count", 2)
    times = ("--lifetime", "1d", "--silence", "12h")
    desk.json("lease", "request", *asked, *times, "--out", hall.gate / "inbox", *BY)
    (row,) = desk.json("lease", "list", "--printer", hall.printer)
    assert desk.json("lease", "show", row["digest"])["lease"]["printer"] == hall.printer
    news = desk.folder / "today.news.json"
    desk.run("news", "fetch", "-o", news)
    assert news.exists()

    hall.turn()
    desk.run("gate", "print", hall.gate, "--lease", row["digest"], "--count", 1)
    hall.turn()
    hall.printed("done")
    desk.run("gate", "return", hall.gate, "--lease", row["digest"])
    hall.turn()
    kinds = [each["kind"] for each in desk.json("audit", hall.printer)["findings"]]
    assert "spend-after-return" not in kinds
    assert "printed-twice" not in kinds


def test_an_approved_slice_is_listed_and_a_token_may_bind_it(hall: Hall) -> None:
    desk = hall.desk
    profile, job = "0x" + "11" * 32, "0x" + "22" * 32
    given = ("--profile", profile, "--job", job, "--slicer", "PrusaSlicer 2.5.0")
    desk.run("slice", "approve", hall.design, *given, "--key", "designer")
    (row,) = desk.json("slice", "list", hall.design)
    assert (row["job"], row["profile"]) == (job, profile)
    asked = ("--license", hall.license, "--printer", hall.printer, "--out", desk.folder)
    desk.run("token", "request", *asked, "--job", job, *BY)


@needs("bwrap", "prusa-slicer")
def test_a_slice_is_made_as_a_gate_would(hall: Hall) -> None:
    profile = hall.desk.folder / "mk3.ini"
    profile.write_text(PROFILE)
    made = hall.desk.json("slice", "make", MODEL, "--profile", profile)
    assert made["design"] == hall.design
    assert made["slicer"].startswith("PrusaSlicer")
