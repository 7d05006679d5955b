"""Facts of two clocks in an order that respects what depends on what."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given, strategies as st

from ledger.services.order import in_causal_order

TIMES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2)), max_size=12)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Times, and pairs that go in no circle: along a hidden order of the places."""
    times = draw(TIMES)
    hidden = draw(st.permutations(range(len(times))))
    pairs = [(a, b) for n, a in enumerate(hidden) for b in hidden[n + 1 :]]
    return times, draw(st.lists(st.sampled_from(pairs), max_size=20)) if pairs else []


@given(worlds())
def test_everything_is_told_once_and_nothing_before_what_it_follows_from(
    world: tuple[list[tuple[int, int]], list[tuple[int, int]]],
) -> None:
    times, before = world
    told = in_causal_order(times, before)
    assert sorted(told) == list(range(len(times)))
    place = {number: at for at, number in enumerate(told)}
    assert all(place[first] < place[then] for first, then in before)


@given(TIMES, st.data())
def test_where_the_clocks_agree_the_order_is_that_of_time(
    times: list[tuple[int, int]], data: st.DataObject
) -> None:
    by_time = sorted(range(len(times)), key=lambda n: (times[n], n))
    pairs = [(a, b) for n, a in enumerate(by_time) for b in by_time[n + 1 :]]
    before = data.draw(st.lists(st.sampled_from(pairs), max_size=20)) if pairs else []
    assert in_causal_order(times, before) == by_time


@given(worlds())
def test_a_fact_that_nothing_holds_back_waits_for_no_later_one(
    world: tuple[list[tuple[int, int]], list[tuple[int, int]]],
) -> None:
    times, before = world
    told = in_causal_order(times, before)
    held = {then for _, then in before}
    for at, number in enumerate(told):
        for earlier in told[:at]:
            if number not in held:
                assert (times[earlier], earlier) < (times[number], number)


@given(TIMES, st.data())
def test_circles_lose_nothing(times: list[tuple[int, int]], data: st.DataObject) -> None:
    places = st.integers(0, max(len(times) - 1, 0))
    before = data.draw(st.lists(st.tuples(places, places), max_size=30)) if times else []
    assert sorted(in_causal_order(times, before)) == list(range(len(times)))


def test_a_chain_whose_clock_is_behind_still_tells_the_token_first() -> None:
    token, redeemed, later = (12, 3), (11, 4), (11, 5)
    for given_in in permutations(((token, "token"), (redeemed, "redeemed"), (later, "later"))):
        names = [name for _, name in given_in]
        before = [(names.index("token"), names.index("redeemed"))]
        told = in_causal_order([time for time, _ in given_in], before)
        assert [names[n] for n in told] == ["later", "token", "redeemed"]
