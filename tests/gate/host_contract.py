"""What every host must do. A test module takes all of it in, and brings its own `bed`::

    from tests.gate.host_contract import *  # noqa: F403

The fixture `bed` gives a host that is ready, with nothing held, printing or printed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from ledger.errors import HostUnavailable
from ledger.gate.ports import Clock, Host, HostJob, HostState, Phase
from ledger.models import Outcome


@dataclass
class Bed:
    """A host with its machine, as the contract tests see them."""

    host: Host
    job: HostJob
    """A job that this host never saw."""
    again: Callable[[], Host]
    """The same host after a restart of the gate."""
    take: Callable[[], object]
    """Wait until the machine has the job and prints. It goes on until `finish`."""
    finish: Callable[[Outcome], None]
    """Let the print end so (DONE or FAILED), and wait until it did."""
    clock: Clock
    data: bytes = b"plaintext"
    """What this machine can print."""
    wait: Callable[[int], None] = lambda seconds: None
    """Let so many seconds pass, where time is the test's own."""
    waits: bool = True
    """A job that was started waits to be taken; else it prints at once."""

    def hold(self) -> None:
        self.host.hold(self.job).write_bytes(self.data)

    def start(self) -> HostJob:
        """Hold and start; the job as the gate knows it then."""
        self.hold()
        at = self.clock.now()
        self.host.start(self.job)
        return replace(self.job, handed_at=at)


def test_a_held_file_is_not_handed(bed: Bed) -> None:
    assert bed.host.state() is HostState.READY
    assert bed.host.held(bed.job) is None
    bed.hold()
    for host in (bed.host, bed.again()):
        path = host.held(bed.job)
        assert path is not None
        assert path.read_bytes() == bed.data
        assert path.parent.stat().st_mode & 0o077 == 0
        assert not host.is_handed(bed.job)


def test_after_the_start_it_is_handed_for_ever(bed: Bed) -> None:
    bed.start()
    assert bed.host.state() is HostState.BUSY
    assert bed.host.is_handed(bed.job)
    bed.take()
    assert bed.again().is_handed(bed.job)
    bed.finish(Outcome.DONE)
    assert bed.again().is_handed(bed.job)


def test_it_cannot_be_started_twice(bed: Bed) -> None:
    bed.start()
    with pytest.raises(HostUnavailable):
        bed.host.start(bed.job)


@pytest.mark.parametrize("outcome", [Outcome.DONE, Outcome.FAILED])
def test_the_outcome_is_seen(bed: Bed, outcome: Outcome) -> None:
    job = bed.start()
    if bed.waits:
        assert bed.host.progress(job).phase is Phase.WAITING
    bed.wait(10)
    bed.take()
    assert bed.host.progress(job).phase is Phase.PRINTING
    bed.wait(90)
    bed.finish(outcome)
    for host in (bed.host, bed.again()):
        progress = host.progress(job)
        assert (progress.phase, progress.outcome) == (Phase.ENDED, outcome)
        assert progress.started is not None
        assert progress.ended is not None
        assert job.handed_at <= progress.started <= progress.ended <= bed.clock.now()


def test_a_job_is_pulled_back_only_before_it_is_taken(bed: Bed) -> None:
    job = bed.start()
    if not bed.waits:
        bed.take()
    assert bed.host.cancel(job) is bed.waits
    assert bed.host.cancel(job) is bed.waits  # to repeat it is harmless
    for host in (bed.host, bed.again()):
        cancelled = host.progress(job).outcome is Outcome.CANCELLED
        assert cancelled is bed.waits
        assert host.state() is (HostState.READY if bed.waits else HostState.BUSY)


def test_what_is_printing_is_not_pulled_back(bed: Bed) -> None:
    job = bed.start()
    bed.take()
    assert not bed.host.cancel(job)
    assert bed.host.progress(job).phase is Phase.PRINTING


def test_discarded_files_are_gone(bed: Bed) -> None:
    bed.hold()
    bed.host.discard(bed.job)
    assert bed.host.held(bed.job) is None
    bed.host.discard(bed.job)


def test_a_sweep_leaves_only_what_is_kept(bed: Bed) -> None:
    other = HostJob("bb-1", "other.3mf")
    bed.hold()
    bed.host.hold(other).write_bytes(b"x")
    bed.host.sweep(frozenset({bed.job.id}))
    assert bed.host.held(bed.job) is not None
    assert bed.host.held(other) is None
