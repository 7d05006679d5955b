"""Whether the log shows that a printer was its center's before anything was signed for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, strategies as st

from ledger.models import ZERO_DIGEST, KeyRotation
from ledger.services.enrolmentaudit import KeyOrigin, Origin, Statement, proven_since, unproven
from tests.unit.test_entries import DOMAIN, SIGNER

PRINTER, CENTER = "the printer", "the center"
_MESSAGE = DOMAIN.typed(KeyRotation(SIGNER.address, SIGNER.address, ZERO_DIGEST, 1, 2))


def said(name: str, *, signed: bool = True) -> Statement:
    return Statement(_MESSAGE, name, "0x", signed)


def found(keys: Sequence[KeyOrigin], places: Mapping[str, int]) -> list[str]:
    first = {("print token", PRINTER): "token", ("receipt", PRINTER): "receipt"}
    origin = Origin(PRINTER, CENTER, keys)
    return [finding.detail for finding in unproven([origin], places, first)]


ENROLLED = [KeyOrigin([said("enrolment")])]
ROTATED = [KeyOrigin([said("enrolment")]), KeyOrigin(rotation=said("rotation"))]


@pytest.mark.parametrize(
    ("places", "words"),
    [
        ({"enrolment": 1, "token": 2, "receipt": 3}, None),
        ({"enrolment": 1, "receipt": 2}, None),
        ({"enrolment": 1}, None),
        ({"token": 2, "receipt": 3}, "this service alone says"),
        ({}, "this service alone says"),
        ({"token": 1, "enrolment": 2, "receipt": 3}, "after the print token in entry 1"),
        ({"receipt": 1, "enrolment": 2}, "after the receipt in entry 1"),
    ],
)
def test_an_enrolment_stands_before_what_is_signed_for_its_printer(
    places: dict[str, int], words: str | None
) -> None:
    details = found(ENROLLED, places)
    assert len(details) == (words is not None)
    assert all(words is not None and words in detail for detail in details)


@pytest.mark.parametrize(
    ("places", "good"),
    [
        ({"enrolment": 1, "rotation": 2, "token": 3}, True),
        ({"enrolment": 1, "token": 2, "rotation": 3}, False),
        ({"rotation": 1, "enrolment": 2, "token": 3}, True),
        ({"rotation": 1, "token": 2, "enrolment": 3}, False),
        ({"rotation": 1, "token": 2}, False),
        ({"enrolment": 1, "token": 2}, False),
    ],
)
def test_a_key_that_another_named_is_proven_by_both_statements(
    places: dict[str, int], good: bool
) -> None:
    assert (found(ROTATED, places) == []) is good


def test_what_both_did_not_sign_proves_nothing() -> None:
    places = {"enrolment": 1, "rotation": 2, "token": 3}
    unsigned = [KeyOrigin([said("enrolment", signed=False)])]
    assert found(unsigned, places) != []
    assert found([*ENROLLED, KeyOrigin(rotation=said("rotation", signed=False))], places) != []


_STATEMENTS = st.builds(
    lambda name, signed: said(f"s{name}", signed=signed), st.integers(0, 9), st.booleans()
)
_KEYS = st.builds(KeyOrigin, st.lists(_STATEMENTS, max_size=3), st.none() | _STATEMENTS)
_PLACES = st.dictionaries(st.integers(0, 9).map("s{}".format), st.integers(0, 30))


def reached(keys: Sequence[KeyOrigin], places: Mapping[str, int], size: int) -> bool:
    """Read the first entries of the log one after the other, as a stranger would."""
    known = False
    for key in keys:
        seen = [
            one.is_signed and places.get(one.digest, size) < size
            for one in (*key.enrolments, *([key.rotation] if known and key.rotation else []))
        ]
        known = any(seen)
    return known


@given(st.lists(_KEYS, max_size=4), _PLACES)
def test_a_stranger_who_reads_the_log_comes_to_the_same(
    keys: list[KeyOrigin], places: dict[str, int]
) -> None:
    since = proven_since(keys, places)
    for size in range(32):
        assert reached(keys, places, size) is (since is not None and since < size)


@given(st.lists(_KEYS, min_size=1, max_size=4), _PLACES, _STATEMENTS, st.data())
def test_one_statement_more_never_takes_a_proof_away(
    keys: list[KeyOrigin], places: dict[str, int], more: Statement, data: st.DataObject
) -> None:
    before = proven_since(keys, places)
    place = data.draw(st.integers(0, len(keys) - 1))
    richer = list(keys)
    richer[place] = KeyOrigin([*keys[place].enrolments, more], keys[place].rotation)
    after = proven_since(richer, places)
    assert before is None or (after is not None and after <= before)
