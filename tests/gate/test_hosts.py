"""What every host must do, for the hot folder; and what that does besides."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.errors import HostUnavailable
from ledger.gate.hosts.folder import FolderHost
from ledger.gate.ports import Host, HostJob, HostState
from ledger.models import Outcome
from tests.gate.fakes import START, FakeClock
from tests.gate.host_contract import *  # noqa: F403
from tests.gate.host_contract import Bed

JOB = HostJob("aa-0", "part-L1-S0.3mf")


@pytest.fixture
def bed(tmp_path: Path) -> Bed:
    clock = FakeClock(START)
    hot = tmp_path / "hot"
    FolderHost.prepare(hot)
    taken = tmp_path / "taken"

    def finish(outcome: Outcome) -> None:
        source = taken if taken.exists() else hot / JOB.name
        source.rename(hot / outcome.value / JOB.name)

    def wait(seconds: int) -> None:
        clock.time += seconds

    return Bed(
        host=FolderHost(hot, clock),
        job=JOB,
        again=lambda: FolderHost(hot, clock),
        take=lambda: (hot / JOB.name).rename(taken),
        finish=finish,
        clock=clock,
        wait=wait,
    )


def hold(host: Host) -> None:
    host.hold(JOB).write_bytes(b"plaintext")


def handed() -> HostJob:
    return replace(JOB, handed_at=START)


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
