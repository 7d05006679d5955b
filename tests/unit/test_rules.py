"""Which serials a token gets, and when a request is answered: pure decisions."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from ledger import rules
from ledger.errors import (
    LedgerError,
    LicenseExpired,
    LicenseRevoked,
    MalformedRequest,
    QuotaExhausted,
    SignatureExpired,
    VariantsNotAllowed,
)
from ledger.models import (
    ZERO_DIGEST,
    Address,
    ContentHash,
    Digest,
    License,
    PrintRequest,
    PrintToken,
    Rights,
    bit_of,
    serials_of,
)

NOW = 1_800_000_000
PRINTER = Address("0x" + "22" * 20)
LICENSE = License(ContentHash(bytes(32)), 7, Address("0x" + "11" * 20), 10, NOW + 500, 0, False)
REQUEST = PrintRequest(LICENSE.design, 7, PRINTER, 1, 3_600, ZERO_DIGEST, ZERO_DIGEST, NOW + 60)


def allocate(quota: int, count: int, used: set[int]) -> set[int]:
    """The serials that are given, and a check that each word comes once, in order."""
    masks: dict[int, int] = {}
    for serial in used:
        word, bit = bit_of(serial)
        masks[word] = masks.get(word, 0) | bit
    chosen = rules.allocate(replace(LICENSE, quota=quota), count, lambda w: masks.get(w, 0))
    words = [word for word, _ in chosen]
    assert words == sorted(set(words))
    assert all(mask for _, mask in chosen)
    return {serial for word, mask in chosen for serial in serials_of(word, mask)}


@given(st.data())
def test_the_lowest_free_serials_are_given_exactly_as_many_or_none(data: st.DataObject) -> None:
    quota = data.draw(st.integers(0, 1_100))
    used = data.draw(st.sets(st.integers(0, 1_200)))
    count = data.draw(st.integers(1, 1_200))
    free = [serial for serial in range(quota) if serial not in used]
    if count <= len(free):
        assert allocate(quota, count, used) == set(free[:count])
        return
    with pytest.raises(QuotaExhausted) as caught:
        allocate(quota, count, used)
    assert caught.value.facts["free"] == len(free)
    assert caught.value.facts["quota"] == quota


def test_no_word_is_looked_at_that_is_not_needed() -> None:
    asked: list[int] = []

    def used(word: int) -> int:
        asked.append(word)
        return 0

    rules.allocate(replace(LICENSE, quota=2**32 - 1), 300, used)
    assert asked == [0, 1]


def test_a_license_prints_until_just_before_its_end() -> None:
    rules.require_printable(LICENSE, LICENSE.expiry - 1)
    with pytest.raises(LicenseExpired) as caught:
        rules.require_printable(LICENSE, LICENSE.expiry)
    assert caught.value.facts == {
        "license": 7,
        "design": str(LICENSE.design),
        "expiry": LICENSE.expiry,
    }


def test_a_revoked_license_says_that_it_was_revoked() -> None:
    with pytest.raises(LicenseRevoked):
        rules.require_printable(replace(LICENSE, revoked=True), LICENSE.expiry)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"deadline": NOW}, SignatureExpired),
        ({"deadline": NOW - 1}, SignatureExpired),
        ({"deadline": NOW + rules.MAX_REQUEST_SECONDS + 1}, MalformedRequest),
        ({"count": 0}, MalformedRequest),
        ({"count": rules.MAX_PRINTS_PER_REQUEST + 1}, MalformedRequest),
        ({"lifetime": 0}, MalformedRequest),
        ({"lifetime": rules.MAX_TOKEN_SECONDS + 1}, MalformedRequest),
    ],
)
def test_a_request_outside_its_limits_is_refused(
    changed: dict[str, int], error: type[LedgerError]
) -> None:
    with pytest.raises(error):
        rules.require_answerable(replace(REQUEST, **changed), NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changed",
    [
        {"deadline": NOW + 1},
        {"deadline": NOW + rules.MAX_REQUEST_SECONDS},
        {"count": rules.MAX_PRINTS_PER_REQUEST},
        {"lifetime": 1},
        {"lifetime": rules.MAX_TOKEN_SECONDS},
    ],
)
def test_a_request_at_its_limits_is_answered(changed: dict[str, int]) -> None:
    rules.require_answerable(replace(REQUEST, **changed), NOW)  # type: ignore[arg-type]


def test_a_token_outlives_neither_the_wish_nor_the_license_nor_the_authority() -> None:
    assert rules.token_deadline(LICENSE, 10, NOW + 99, NOW) == NOW + 10
    assert rules.token_deadline(LICENSE, REQUEST.lifetime, NOW + 9_999, NOW) == LICENSE.expiry
    assert rules.token_deadline(LICENSE, REQUEST.lifetime, NOW + 99, NOW) == NOW + 99


@given(st.integers(0, 65_535), st.integers(-1_000, 1_000))
def test_serials_stay_reserved_as_long_as_the_chain_would_take_the_token(
    grace: int, after: int
) -> None:
    license = replace(LICENSE, grace=grace)
    deadline = license.expiry + after
    redeemable = min(deadline, license.expiry) + grace * 3_600
    assert rules.reserved_until(license, deadline) == redeemable + rules.CLOCK_MARGIN_SECONDS


TOKEN = PrintToken(LICENSE.design, 7, PRINTER, 0, 1, NOW, NOW + 60, ZERO_DIGEST)
BOUND = replace(TOKEN, job=Digest(b"\x0b" * 32))
ALLOWED = replace(LICENSE, rights=Rights.VARIANTS)


def test_variants_need_the_right_and_no_other_right_will_do() -> None:
    rules.require_variants(ALLOWED)
    rules.require_variants(replace(LICENSE, rights=Rights.VARIANTS | Rights.CRISIS))
    for rights in (Rights.NONE, Rights.IRREVOCABLE | Rights.TRANSFERABLE | Rights.CRISIS):
        with pytest.raises(VariantsNotAllowed) as caught:
            rules.require_variants(replace(LICENSE, rights=rights))
        assert caught.value.facts == {"license": 7, "design": str(LICENSE.design)}


def test_a_bound_file_comes_before_the_design_only_where_variants_are_allowed() -> None:
    design = LICENSE.design
    assert rules.files_of(BOUND, ALLOWED) == (BOUND.job, design)
    assert rules.files_of(TOKEN, ALLOWED) == (design,)
    assert rules.files_of(BOUND, LICENSE) == (design,)
    assert rules.files_of(TOKEN, LICENSE) == (design,)
    assert rules.files_of(replace(TOKEN, job=Digest(design)), ALLOWED) == (design,)


def test_a_signed_message_is_good_for_an_hour_at_most() -> None:
    rules.require_fresh(NOW + 1, NOW, "variant")
    rules.require_fresh(NOW + rules.MAX_REQUEST_SECONDS, NOW, "variant")
    with pytest.raises(SignatureExpired, match="variant"):
        rules.require_fresh(NOW, NOW, "variant")
    with pytest.raises(MalformedRequest):
        rules.require_fresh(NOW + rules.MAX_REQUEST_SECONDS + 1, NOW, "variant")
