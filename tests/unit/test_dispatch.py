"""The queue's pure decision: laws that hold whatever stands in the queue."""

from __future__ import annotations

from hypothesis import given, strategies as st

from ledger.services.dispatch import (
    Holding,
    Order,
    OrderState,
    PieceState,
    decide,
    may_take,
    neighbours,
    settled,
)

COUNTS = st.integers(0, 5)
ORDERS = st.lists(
    st.builds(
        Order,
        digest=st.uuids().map(str),
        state=st.sampled_from(OrderState),
        printers=st.frozensets(st.sampled_from("ab"), max_size=2),
        quantity=st.integers(1, 5),
        retries=COUNTS,
        until=st.integers(90, 110),
        done=COUNTS,
        failed=COUNTS,
        out=COUNTS,
        refused_by=st.frozensets(st.sampled_from("ab"), max_size=1),
    ),
    max_size=6,
)
HELD = st.builds(
    Holding,
    token=st.uuids().map(str),
    order=st.just("o"),
    state=st.sampled_from([PieceState.GIVEN, PieceState.HELD]),
)


@given(ORDERS, st.lists(HELD, max_size=3))
def test_a_printer_that_holds_something_gets_nothing_new(
    orders: list[Order], held: list[Holding]
) -> None:
    found = decide("a", 100, held, orders)
    if held:
        assert not found.orders
        waits = any(one.state is PieceState.HELD for one in held)
        assert (found.why == "sign-off") == waits
        assert waits or found.again in {one.token for one in held}
    else:
        assert found.again is None


@given(ORDERS)
def test_what_is_given_is_wanted_allowed_and_in_the_order_that_holds(orders: list[Order]) -> None:
    found = decide("a", 100, [], orders)
    by_digest = {order.digest: order for order in orders}
    for digest in found.orders:
        order = by_digest[digest]
        assert order.state is OrderState.OPEN
        assert order.until > 100
        assert order.done + order.out < order.quantity
        assert order.failed <= order.retries
        assert not order.printers or "a" in order.printers
        assert "a" not in order.refused_by
    ranks = [list(by_digest).index(digest) for digest in found.orders]
    assert ranks == sorted(ranks)
    assert set(found.orders) == {one.digest for one in orders if may_take(one, "a", 100)}


@given(st.sampled_from(OrderState), st.integers(1, 5), COUNTS, COUNTS, COUNTS)
def test_a_state_follows_from_the_counts_and_stays(
    state: OrderState, quantity: int, retries: int, done: int, failed: int
) -> None:
    once = settled(state, quantity, retries, done, failed)
    assert settled(once, quantity, retries, done, failed) is once
    assert (once is OrderState.CANCELLED) == (state is OrderState.CANCELLED)
    if once is OrderState.OPEN:
        assert done < quantity
        assert failed <= retries


@given(st.integers(1, 6), st.data())
def test_moving_changes_two_neighbours_or_nothing(size: int, data: st.DataObject) -> None:
    ranked = [str(n) for n in range(size)]
    wanted = data.draw(st.sampled_from(ranked))
    step = data.draw(st.sampled_from([-1, 1]))
    pair = list(neighbours(ranked, wanted, step))
    assert pair in ([], [wanted, str(int(wanted) + step)])
    assert (pair == []) == (int(wanted) + step not in range(size))
