"""The inbox: files without a token are refused and kept, unfinished ones left alone."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from ledger.gate import disk, inbox
from ledger.models import ZERO_DIGEST, Digest
from ledger.signing import Signer
from ledger.tickets import dump
from tests.gate.fakes import FILE, START
from tests.gate.world import World

STRANGER = Signer.from_secret(b"\x09" * 32)


def test_a_bare_file_is_refused_kept_and_reported(world: World) -> None:
    world.drop_bytes(FILE, "part.3mf")
    world.settle()
    (kept,) = world.refused()
    assert kept.endswith("-part.3mf")
    assert world.errors() == ["JobWithoutToken"]
    assert (world.config.refused / kept).read_bytes() == FILE
    reason = json.loads((world.config.refused / (kept + ".reason.json")).read_text())
    assert reason["sha256"] == str(world.design)
    assert reason["file"] == "part.3mf"
    assert START <= reason["refused_at"] <= START + 200
    (refusal,) = world.service.refusals
    assert (refusal.file, refusal.error) == (world.design, "JobWithoutToken")
    assert list(world.config.inbox.glob("*")) == [world.config.intake]
    assert world.waiting() == []
    assert world.gate.idle


def test_a_file_with_a_licensed_design_is_refused_too(world: World) -> None:
    """It is the token that counts: the gate fetches the file itself."""
    world.drop_bytes(FILE, "x.token.json.3mf")
    world.settle()
    assert world.errors() == ["JobWithoutToken"]


def test_files_that_are_still_written_are_left_alone(world: World) -> None:
    growing = world.drop_bytes(b"a", "part.stl")
    for name in (".hidden", "half.token.json.part", "x.crdownload"):
        world.drop_bytes(b"z", name)
    for size in range(2, 6):
        world.step()
        world.clock.time += 1
        growing.write_bytes(b"a" * size)
    world.step()
    assert world.refused() == {}
    world.clock.time += 2
    world.step()
    assert world.errors() == ["JobWithoutToken"]
    assert {p.name for p in world.config.inbox.iterdir()} > {".hidden", "x.crdownload"}


def test_a_half_written_ticket_waits_until_it_is_whole(world: World) -> None:
    data = dump(world.ticket())
    path = world.drop_bytes(data[:100], "a.token.json")
    world.step()
    assert world.refused() == {}
    path.write_bytes(data)
    assert len(world.print_all()) == 1


@pytest.mark.parametrize("kind", ["folder", "link", "token link"])
def test_what_is_no_file_is_refused_without_a_look_inside(world: World, kind: str) -> None:
    secret = world.config.folder / "secret"
    secret.write_bytes(dump(world.ticket()))
    if kind == "folder":
        (world.config.inbox / "folder").mkdir()
    else:
        (world.config.inbox / ("a.token.json" if "token" in kind else "a")).symlink_to(secret)
    world.settle()
    assert world.errors() == ["JobWithoutToken"]
    assert world.service.refusals[0].file == ZERO_DIGEST
    assert world.waiting() == []


def test_names_are_made_harmless(world: World) -> None:
    world.drop_bytes(b"x", "a\x1b[31m\n" + "é" * 100 + ".stl")
    world.drop_bytes(b"y", "same.stl")
    world.settle()
    world.drop_bytes(b"z", "same.stl")
    world.settle()
    kept = list(world.refused())
    assert len(kept) == 3
    assert all("\x1b" not in name and "\n" not in name for name in kept)


def test_the_same_name_twice_in_one_second(world: World) -> None:
    for content in (b"{", b"["):
        world.drop_bytes(content, "same.token.json")
        world.step()
        world.clock.time += 2
        world.step()
        world.clock.time -= 2
    assert world.errors() == ["MalformedTicket"] * 2


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff", b"{" * 5000, b" " * 70_000])
def test_what_is_no_ticket(world: World, data: bytes) -> None:
    world.drop_bytes(data, "bad.token.json")
    world.settle()
    assert world.errors() == ["MalformedTicket"]
    assert world.service.refusals[0].file == Digest(hashlib.sha256(data).digest())


def test_a_file_that_cannot_be_claimed_keeps_no_other_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def move(source: Path, target: Path) -> None:
        if source.name == "a.stl":
            raise PermissionError(1, "Operation not permitted")
        if source.name == "b.stl":  # somebody took it back
            raise FileNotFoundError(2, "No such file")
        disk.move(source, target)

    monkeypatch.setattr(inbox, "move", move)
    for name in ("a.stl", "b.stl", "c.stl"):
        world.drop_bytes(b"x", name)
    world.settle()
    assert [name.split("-", 2)[2] for name in world.refused()] == ["c.stl"]
    assert not world.gate.idle
