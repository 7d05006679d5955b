"""A host that lies about progress: the receipt stays sound, and the lie is written down."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from ledger.gate.journal import State
from ledger.gate.plausible import MARGIN_SECONDS, MAX_MATERIAL_NAME, believe
from ledger.gate.ports import Host, HostJob, Phase, Progress
from ledger.models import UNKNOWN_SHARE, ZERO_DIGEST, ContentHash, Outcome, Receipt
from tests.gate.fakes import DOMAIN, KEYS, START
from tests.gate.world import World

numbers = st.integers(-(2**80), 2**80)
times = st.none() | numbers | st.integers(START - 1_000, START + 100_000)
claims = st.builds(
    Progress,
    phase=st.sampled_from(Phase),
    outcome=st.none() | st.sampled_from(Outcome),
    started=times,
    ended=times,
    material_mg=numbers,
    energy_joule=numbers,
    duration=numbers,
    material=st.text(max_size=100),
    recycled=numbers | st.integers(0, UNKNOWN_SHARE),
)


@given(claims, st.integers(0, 100_000))
def test_whatever_a_host_says_there_is_a_receipt_that_can_be_signed(
    claim: Progress, later: int
) -> None:
    now = START + later
    told = believe(claim, START, now).progress
    if told.outcome is None:
        assert told.phase is not Phase.ENDED
        return
    assert told.started is not None
    assert told.ended is not None
    assert START <= told.started <= told.ended <= now
    assert 0 <= told.duration <= told.ended - told.started
    assert len(told.material) <= MAX_MATERIAL_NAME
    receipt = Receipt(
        token=ZERO_DIGEST,
        design=ContentHash(ZERO_DIGEST),
        license=1,
        serial=0,
        printer=KEYS.printer,
        job=ZERO_DIGEST,
        started=told.started,
        ended=told.ended,
        outcome=told.outcome,
        material_mg=told.material_mg,
        energy_joule=told.energy_joule,
        duration=told.duration,
        material=told.material,
        recycled=told.recycled,
    )
    assert len(KEYS.signer.sign(DOMAIN.receipt(receipt))) == 65


@given(
    st.integers(START, START + 500),
    st.integers(0, 500),
    st.integers(0, 10**6),
    st.sampled_from(Outcome),
)
def test_what_an_honest_host_says_is_not_touched(
    started: int, took: int, material_mg: int, outcome: Outcome
) -> None:
    claim = Progress(
        Phase.ENDED, outcome, started, started + took, material_mg, duration=took, material="PLA"
    )
    told = believe(claim, START, START + 1_000)
    assert (told.progress, told.doubts) == (claim, ())


def test_clocks_that_differ_a_little_are_no_lie() -> None:
    claim = Progress(Phase.ENDED, Outcome.DONE, START - MARGIN_SECONDS, START + 60 + MARGIN_SECONDS)
    told = believe(claim, START, START + 60)
    assert told.doubts == ()
    assert (told.progress.started, told.progress.ended) == (START, START + 60)


@pytest.mark.parametrize(
    ("claim", "doubt"),
    [
        (Progress(Phase.ENDED, Outcome.DONE, START - 9_999, START), "the start at"),
        (Progress(Phase.ENDED, Outcome.DONE, START, START + 10**9), "the end at"),
        (Progress(Phase.ENDED, Outcome.DONE, material_mg=-5), "the material -5"),
        (Progress(Phase.ENDED, Outcome.DONE, energy_joule=2**70), "the energy"),
        (Progress(Phase.ENDED, Outcome.DONE, duration=10**6), "the duration"),
        (Progress(Phase.ENDED, Outcome.DONE, material="PLA\n\x1b[2J"), "a kind of material"),
        (Progress(Phase.ENDED, Outcome.DONE, recycled=20_000), "the recycled share"),
    ],
)
def test_each_lie_is_told_as_a_doubt(claim: Progress, doubt: str) -> None:
    (said,) = believe(claim, START, START + 60).doubts
    assert said.startswith(doubt)


class LyingHost:
    """A host that works, and says of every job what it was told to say."""

    def __init__(self, honest: Host, claims: list[Progress]) -> None:
        self._honest = honest
        self._claims = claims

    def progress(self, job: HostJob) -> Progress:
        return self._claims.pop(0) if self._claims else self._honest.progress(job)

    def __getattr__(self, name: str) -> object:
        return getattr(self._honest, name)


def test_a_host_that_says_it_ended_and_not_how_is_asked_again(world: World) -> None:
    world.host = LyingHost(world.host, [Progress(Phase.ENDED)] * 3)  # type: ignore[assignment] # stands for the folder
    world.drop(world.ticket())
    assert len(world.print_all()) == 1
    (receipt,) = world.service.receipts
    assert receipt.outcome is Outcome.DONE


def test_a_lie_is_signed_only_as_far_as_it_can_be_true_and_is_written_down(world: World) -> None:
    claim = Progress(
        Phase.ENDED, Outcome.DONE, ended=START + 10**9, material_mg=-1, material="x" * 99
    )
    world.host = LyingHost(world.host, [claim])  # type: ignore[assignment] # stands for the folder
    world.drop(world.ticket())
    world.step()
    (receipt,) = world.service.receipts
    assert (receipt.ended, receipt.material_mg, receipt.material) == (START, 0, "")
    (ended,) = [record for record in world.records() if record.state is State.ENDED]
    assert len(ended.data["doubts"]) == 3
    world.restart()
    world.step()
    assert len(world.service.receipts) == 1


def test_a_host_that_takes_its_word_back_changes_nothing(world: World) -> None:
    failed = Progress(Phase.ENDED, Outcome.FAILED)
    done = replace(failed, outcome=Outcome.DONE)
    world.host = LyingHost(world.host, [failed, done, done])  # type: ignore[assignment] # stands for the folder
    world.drop(world.ticket())
    world.step()
    (receipt,) = world.service.receipts
    assert receipt.outcome is Outcome.FAILED
