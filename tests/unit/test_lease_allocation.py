"""Which serials a lease gets: disjoint, within the quota, and in as few words as can be."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from ledger import leasefiles, rules
from ledger.errors import LeaseNotAllowed, QuotaExhausted
from ledger.models import WORD_BITS, Address, ContentHash, License, word_mask

FULL = 2**256 - 1
MASKS = st.one_of(
    st.just(0), st.just(FULL), st.integers(0, FULL), st.integers(0, 255).map(lambda n: (1 << n) - 1)
)
WORDS = st.dictionaries(st.integers(0, 12), MASKS, max_size=8)


def licensed(quota: int) -> License:
    return License(ContentHash(b"\x01" * 32), 1, Address("0x" + "11" * 20), quota, 10, 24, False)


@settings(max_examples=300)
@given(st.integers(1, 3_000), st.integers(1, 2_560), WORDS, WORDS)
def test_what_is_chosen_is_free_enough_and_in_the_fewest_words(
    quota: int, count: int, spent: dict[int, int], reserved: dict[int, int]
) -> None:
    words = range(-(-quota // WORD_BITS))
    free = {w: word_mask(quota, w) & ~spent.get(w, 0) & ~reserved.get(w, 0) for w in words}
    sizes = sorted((mask.bit_count() for mask in free.values()), reverse=True)
    if sum(sizes) < count:
        with pytest.raises(QuotaExhausted) as refused:
            rules.allocate_words(licensed(quota), count, spent, reserved)
        assert refused.value.facts["free"] == sum(sizes)
        return
    chosen = rules.allocate_words(licensed(quota), count, spent, reserved)
    assert [word for word, _ in chosen] == sorted({word for word, _ in chosen})
    assert all(mask and mask & ~free[word] == 0 for word, mask in chosen)
    assert sum(mask.bit_count() for _, mask in chosen) == count
    fewest = next(n for n in range(1, len(sizes) + 1) if sum(sizes[:n]) >= count)
    assert len(chosen) == fewest


def test_a_word_that_was_spent_from_comes_before_a_fresh_one() -> None:
    assert rules.allocate_words(licensed(600), 250, {1: 0b11}, {}) == [
        (1, word_mask(252, 0) & ~0b11)
    ]
    assert rules.allocate_words(licensed(600), 255, {1: 0b11}, {})[0][0] == 0


def test_the_word_that_is_left_emptiest_is_chosen_of_equal_ones() -> None:
    reserved = {0: (1 << 100) - 1, 1: (1 << 200) - 1}
    [(word, _)] = rules.allocate_words(licensed(768), 50, {}, reserved)
    assert word == 1


def test_serials_that_are_too_scattered_are_not_leased() -> None:
    words = rules.MAX_LEASE_WORDS + 1
    spent = dict.fromkeys(range(words), FULL ^ 1)
    with pytest.raises(LeaseNotAllowed):
        rules.allocate_words(licensed(words * WORD_BITS), words, spent, {})
    assert rules.MAX_LEASE_WORDS == leasefiles.MAX_TICKETS


def test_a_large_license_is_not_looked_through_word_by_word() -> None:
    chosen = rules.allocate_words(licensed(2**32 - 1), 2_560, {0: FULL}, {2: FULL})
    assert [word for word, _ in chosen] == [1, *range(3, 12)]
