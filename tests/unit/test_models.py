"""The value objects: what they take, what they refuse, and the laws that they keep."""

from __future__ import annotations

import hashlib
from contextlib import suppress

import pytest
from hypothesis import given, strategies as st

from ledger.errors import MalformedRequest
from ledger.models import (
    MAX_QUOTA,
    WORD_BITS,
    ZERO_DIGEST,
    Address,
    Cid,
    ContentHash,
    Digest,
    License,
    bit_of,
    serials_of,
    word_mask,
)

DIGESTS = st.binary(min_size=32, max_size=32).map(Digest)
ADDRESSES = st.binary(min_size=20, max_size=20).map(lambda raw: Address("0x" + raw.hex()))


@given(DIGESTS)
def test_a_digest_is_read_back_from_its_text_in_every_spelling(digest: Digest) -> None:
    text = str(digest)
    for spelling in (text, text[2:], text.upper(), text[2:].upper()):
        assert Digest.parse(spelling) == digest
    assert Digest.of_int(int(digest)) == digest
    assert repr(digest) == f"Digest({text})"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0x",
        "0x" + "ab" * 31,
        "ab" * 33,
        "0x0X" + "ab" * 32,
        "zz" * 32,
        "é" * 64,
        " " + "a" * 63,
    ],
)
def test_what_is_no_digest_is_malformed(text: str) -> None:
    with pytest.raises(MalformedRequest):
        Digest.parse(text)


@given(st.text())
def test_any_text_is_a_digest_or_malformed(text: str) -> None:
    with suppress(MalformedRequest):
        assert len(ContentHash.parse(text)) == 32


@given(st.binary().filter(lambda data: len(data) != 32))
def test_a_digest_of_another_length_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedRequest, match="32 bytes"):
        Digest(data)


@given(ADDRESSES)
def test_an_address_has_one_form_whatever_case_it_came_in(address: Address) -> None:
    assert Address(address.lower()) == address
    assert Address("0x" + address[2:].upper()) == address
    assert hash(Address(address.lower())) == hash(address)


@pytest.mark.parametrize(
    "text", ["", "0x", "ab" * 20, "0x" + "ab" * 19, "0x" + "g" * 40, "0X" + "a" * 40]
)
def test_what_is_no_address_is_malformed(text: str) -> None:
    with pytest.raises(MalformedRequest):
        Address(text)


@given(st.binary(max_size=1000))
def test_the_cid_of_a_raw_block_holds_the_hash_of_its_bytes(data: bytes) -> None:
    digest = Digest(hashlib.sha256(data).digest())
    cid = Cid.of_raw_block(digest)
    assert (cid.codec, cid.digest) == ("raw", digest)
    assert Cid(str(cid)) == cid


@given(DIGESTS, st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_no_two_texts_are_the_same_cid(digest: Digest, last: str) -> None:
    cid = Cid.of_raw_block(digest)
    other = cid[:-1] + last
    if other == cid:
        return
    with suppress(MalformedRequest):
        assert Cid(other).digest != digest


@pytest.mark.parametrize(
    "text",
    [
        "",
        "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG",
        str(Cid.of_raw_block(ZERO_DIGEST)).upper(),
        str(Cid.of_raw_block(ZERO_DIGEST)) + "\n",
        "b" + "a" * 58,
        "../../../../etc/passwd",
    ],
)
def test_what_is_no_cid_v1_is_malformed(text: str) -> None:
    with pytest.raises(MalformedRequest):
        Cid(text)


@given(st.integers(0, 2**32 // WORD_BITS), st.integers(0, 2**WORD_BITS - 1))
def test_the_serials_of_a_mask_give_the_mask_again(word: int, mask: int) -> None:
    serials = list(serials_of(word, mask))
    assert serials == sorted(set(serials))
    assert len(serials) == mask.bit_count()
    again = 0
    for serial in serials:
        its_word, bit = bit_of(serial)
        assert its_word == word
        again |= bit
    assert again == mask


@given(st.integers(0, MAX_QUOTA))
def test_a_serial_is_one_bit_of_one_word(serial: int) -> None:
    word, bit = bit_of(serial)
    assert bit.bit_count() == 1
    assert list(serials_of(word, bit)) == [serial]


@given(st.integers(0, 5_000))
def test_the_words_of_a_license_hold_its_quota_and_no_more(quota: int) -> None:
    words = range(-(-quota // WORD_BITS) + 2)
    masks = [word_mask(quota, word) for word in words]
    assert sum(mask.bit_count() for mask in masks) == quota
    assert [serial for word in words for serial in serials_of(word, masks[word])] == list(
        range(quota)
    )


def test_a_license_can_be_redeemed_until_its_grace_is_over() -> None:
    license = License(ContentHash(bytes(32)), 1, Address("0x" + "11" * 20), 3, 1_000, 2, False)
    assert license.redeemable_until == 1_000 + 7_200


def test_a_mistyped_address_is_caught_by_its_checksum() -> None:
    right = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    assert Address(right) == Address(right.lower()) == Address("0x" + right[2:].upper())
    with pytest.raises(MalformedRequest, match="checksum"):
        Address(right.replace("Fd6", "fd6"))
