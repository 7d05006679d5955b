"""What a printer does next: pure decisions about orders and pieces.

Nothing here reads a clock or a database. An order's *out* is the number of its pieces whose
fate is open: given to a printer, held for the center's look, or refused with a token that
still lives. What is wanted, less what is done and out, may be given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum


class OrderState(StrEnum):
    """Where an order stands."""

    OPEN = "open"
    PAUSED = "paused"
    WAITING = "waiting"
    """More pieces failed than are replaced without asking: the center decides."""
    DONE = "done"
    CANCELLED = "cancelled"


class PieceState(StrEnum):
    """Where one piece of an order stands."""

    GIVEN = "given"
    """A printer has its token."""
    HELD = "held"
    """The printer has told how it went, and the center has not looked yet."""
    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"
    """The gate will not print it; its token still lives."""
    LAPSED = "lapsed"
    """Its token died unprinted: the piece went back."""


OUT = (PieceState.GIVEN, PieceState.HELD, PieceState.REFUSED)


@dataclass(frozen=True, slots=True)
class Order:
    """An order as the decision sees it; `printers` empty: any of the center's."""

    digest: str
    state: OrderState
    printers: frozenset[str]
    quantity: int
    retries: int
    until: int
    done: int
    failed: int
    out: int
    refused_by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Holding:
    """A piece that the asking printer has not brought to its end."""

    token: str
    order: str
    state: PieceState


@dataclass(frozen=True, slots=True)
class Next:
    """What the printer does: the same again, or the first of `orders` that can be issued.

    If neither, `why` says what it waits for: `sign-off` or `nothing`.
    """

    again: str | None = None
    orders: Sequence[str] = ()
    why: str = ""


def decide(printer: str, now: int, holdings: Iterable[Holding], orders: Iterable[Order]) -> Next:
    """What `printer` does next; `orders` are its center's, in the order that holds."""
    mine = list(holdings)
    if any(one.state is PieceState.HELD for one in mine):
        return Next(why="sign-off")
    given = [one.token for one in mine if one.state is PieceState.GIVEN]
    if given:
        return Next(again=given[0])
    found = tuple(order.digest for order in orders if may_take(order, printer, now))
    return Next(orders=found, why="" if found else "nothing")


def may_take(order: Order, printer: str, now: int) -> bool:
    """Whether one more piece of the order may go to this printer now."""
    return (
        order.state is OrderState.OPEN
        and now < order.until
        and (not order.printers or printer in order.printers)
        and printer not in order.refused_by
        and order.failed <= order.retries
        and order.done + order.out < order.quantity
    )


def settled(state: OrderState, quantity: int, retries: int, done: int, failed: int) -> OrderState:
    """The state that follows from the counts, for an order that nobody cancelled or paused."""
    if state in (OrderState.CANCELLED, OrderState.PAUSED) and done < quantity:
        return state
    if done >= quantity:
        return OrderState.CANCELLED if state is OrderState.CANCELLED else OrderState.DONE
    return OrderState.WAITING if failed > retries else OrderState.OPEN


def told(*, good: bool, sign_off: bool) -> PieceState:
    """What becomes of a piece when its printer tells how it went."""
    if sign_off:
        return PieceState.HELD
    return PieceState.DONE if good else PieceState.FAILED


def neighbours(ranked: Sequence[str], wanted: str, step: int) -> Iterator[str]:
    """The order and the one with which it changes places; nothing at either end."""
    at = ranked.index(wanted)
    if 0 <= at + step < len(ranked):
        yield from (wanted, ranked[at + step])
