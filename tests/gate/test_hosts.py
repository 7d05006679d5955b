"""What every host must do, run on each; and what the hot folder does besides."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ledger.errors import HostUnavailable
from ledger.gate.hosts.folder import FolderHost
from ledger.gate.ports import Host, HostJob, HostState, Phase
from ledger.models import Outcome
from tests.gate.fakes import START, FakeClock

JOB = HostJob("aa-0", "part-L1-S0.3mf")


@dataclass
class Bed:
    """A host with its machine, as the contract tests see them."""

    host: Host
    again: Callable[[], Host]
    """The same host after a restart of the gate."""
    take: Callable[[], object]
    """The machine takes the job and prints."""
    finish: Callable[[Outcome], None]
    clock: FakeClock


def folder_bed(path: Path) -> Bed:
    clock = FakeClock(START)
    hot = path / "hot"
    FolderHost.prepare(hot)
    taken = path / "taken"

    def finish(outcome: Outcome) -> None:
        source = taken if taken.exists() else hot / JOB.name
        source.rename(hot / outcome.value / JOB.name)

    return Bed(
        host=FolderHost(hot, clock),
        again=lambda: FolderHost(hot, clock),
        take=lambda: (hot / JOB.name).rename(taken),
        finish=finish,
        clock=clock,
    )


@pytest.fixture(params=[folder_bed])
def bed(request: pytest.FixtureRequest, tmp_path: Path) -> Bed:
    made: Bed = request.param(tmp_path)
    return made


def hold(host: Host) -> None:
    host.hold(JOB).write_bytes(b"plaintext")


def handed() -> HostJob:
    return replace(JOB, handed_at=START)


def test_a_held_file_is_not_handed(bed: Bed) -> None:
    assert bed.host.state() is HostState.READY
    assert bed.host.held(JOB) is None
    hold(bed.host)
    for host in (bed.host, bed.again()):
        path = host.held(JOB)
        assert path is not None
        assert path.read_bytes() == b"plaintext"
        assert path.parent.stat().st_mode & 0o077 == 0
        assert not host.is_handed(JOB)


def test_after_the_start_it_is_handed_for_ever(bed: Bed) -> None:
    hold(bed.host)
    bed.host.start(JOB)
    assert bed.host.state() is HostState.BUSY
    assert bed.host.is_handed(JOB)
    bed.take()
    assert bed.again().is_handed(JOB)
    bed.finish(Outcome.DONE)
    assert bed.again().is_handed(JOB)


def test_it_cannot_be_started_twice(bed: Bed) -> None:
    hold(bed.host)
    bed.host.start(JOB)
    with pytest.raises(HostUnavailable):
        bed.host.start(JOB)


@pytest.mark.parametrize("outcome", [Outcome.DONE, Outcome.FAILED])
def test_the_outcome_is_seen(bed: Bed, outcome: Outcome) -> None:
    hold(bed.host)
    bed.host.start(JOB)
    assert bed.host.progress(handed()).phase is Phase.WAITING
    bed.clock.time += 10
    bed.take()
    assert bed.host.progress(handed()).phase is Phase.PRINTING
    bed.clock.time += 90
    bed.finish(outcome)
    for host in (bed.host, bed.again()):
        progress = host.progress(handed())
        assert (progress.phase, progress.outcome) == (Phase.ENDED, outcome)
        assert progress.started is not None
        assert progress.ended is not None
        assert START <= progress.started <= progress.ended <= START + 100


def test_a_job_is_pulled_back_before_it_is_taken(bed: Bed) -> None:
    hold(bed.host)
    bed.host.start(JOB)
    assert bed.host.cancel(handed())
    for host in (bed.host, bed.again()):
        assert host.progress(handed()).outcome is Outcome.CANCELLED
        assert host.state() is HostState.READY
    assert bed.host.cancel(handed())  # to repeat it is harmless


def test_what_is_printing_is_not_pulled_back(bed: Bed) -> None:
    hold(bed.host)
    bed.host.start(JOB)
    bed.take()
    assert not bed.host.cancel(handed())
    assert bed.host.progress(handed()).phase is Phase.PRINTING


def test_discarded_files_are_gone(bed: Bed) -> None:
    hold(bed.host)
    bed.host.discard(JOB)
    assert bed.host.held(JOB) is None
    bed.host.discard(JOB)


def test_a_sweep_leaves_only_what_is_kept(bed: Bed) -> None:
    other = HostJob("bb-1", "other.3mf")
    hold(bed.host)
    bed.host.hold(other).write_bytes(b"x")
    bed.host.sweep(frozenset({JOB.id}))
    assert bed.host.held(JOB) is not None
    assert bed.host.held(other) is None


# ------------------------------------------------------------ the hot folder


@pytest.fixture
def hot(tmp_path: Path) -> Path:
    folder = tmp_path / "hot"
    FolderHost.prepare(folder)
    FolderHost.prepare(folder)
    return folder


def test_a_folder_that_is_not_mounted_is_not_an_empty_one(tmp_path: Path) -> None:
    host = FolderHost(tmp_path / "nowhere", FakeClock())
    assert host.state() is HostState.OFFLINE
    for action in (host.held, host.is_handed, host.progress, host.start):
        with pytest.raises(HostUnavailable):
            action(JOB)
    with pytest.raises(HostUnavailable):
        host.sweep(frozenset())
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("where", [".", "done", "failed"])
def test_a_file_of_that_name_from_elsewhere_blocks(hot: Path, where: str) -> None:
    host = FolderHost(hot, FakeClock())
    hold(host)
    (hot / where / JOB.name).write_bytes(b"planted")
    with pytest.raises(HostUnavailable, match="already"):
        host.start(JOB)
    assert host.held(JOB) is not None


def test_taken_means_done_where_the_machine_tells_nothing(hot: Path) -> None:
    host = FolderHost(hot, FakeClock(), taken_means_done=True)
    hold(host)
    host.start(JOB)
    assert host.progress(handed()).outcome is None
    (hot / JOB.name).unlink()
    assert host.progress(handed()).outcome is Outcome.DONE


def test_a_job_that_never_comes_back_was_interrupted(hot: Path) -> None:
    clock = FakeClock(START)
    host = FolderHost(hot, clock, lost_after_seconds=100)
    hold(host)
    host.start(JOB)
    (hot / JOB.name).unlink()
    clock.time = START + 99
    assert host.progress(handed()).outcome is None
    clock.time = START + 100
    progress = host.progress(handed())
    assert (progress.outcome, progress.started) == (Outcome.INTERRUPTED, START + 99)


def test_a_broken_disk_is_the_hosts_trouble(hot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError(5, "Input/output error")

    host = FolderHost(hot, FakeClock())
    hold(host)
    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(HostUnavailable, match="Input/output"):
        host.start(JOB)
