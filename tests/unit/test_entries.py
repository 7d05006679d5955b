"""Entries of the log: canonical bytes, and back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from ledger import entries
from ledger.errors import BadSignature, MalformedRequest
from ledger.models import (
    ZERO_DIGEST,
    Address,
    ContentHash,
    Digest,
    Enrolment,
    JournalEntry,
    JournalKind,
    KeyRotation,
    Lease,
    OrderAction,
    OrderChange,
    Outcome,
    OwnFiles,
    PrinterRevocation,
    PrintOrder,
    PrintToken,
    Receipt,
    Refusal,
    SignOff,
)
from ledger.signing import Signer, TypedData
from ledger.tokens import LOGGED, Domain, Message

DOMAIN = Domain(31_337, Address("0x" + "11" * 20), Address("0x" + "22" * 20))
SIGNER = Signer.from_secret(b"\x07" * 32)
DESIGN = ContentHash(b"\x01" * 32)


def messages() -> list[TypedData]:
    token = PrintToken(DESIGN, 2**60, SIGNER.address, 1, 2**256 - 1, 5, 6, Digest(bytes(32)))
    receipt = Receipt(
        DOMAIN.print_token(token).digest(),
        DESIGN,
        2**60,
        300,
        SIGNER.address,
        Digest(b"\x02" * 32),
        10,
        20,
        Outcome.FAILED,
        2**54,
        0,
    )
    refusal = Refusal(SIGNER.address, Digest(b"\x03" * 32), "TokenExpired", 30)
    zero, address = ZERO_DIGEST, SIGNER.address
    statements: tuple[Message, ...] = (
        Lease(zero, token.design, 1, address, zero, 3, token.design, zero, 10, 20, 5),
        JournalEntry(address, 1, zero, zero, JournalKind.SPEND, zero, 2, 11, 11),
        OwnFiles(address, True, 12),
        KeyRotation(address, address, zero, 13, 14),
        PrinterRevocation(address, address, "stolen", 15, 16),
        PrintOrder(token.design, 1, 3, (address,), zero, 1, True, zero, 17, 18),
        OrderChange(zero, OrderAction.RETRY, 2, zero, 19),
        SignOff(zero, zero, True, "good", 20),
    )
    return [
        DOMAIN.print_token(token),
        DOMAIN.receipt(receipt),
        DOMAIN.refusal(refusal),
        DOMAIN.enrolment(Enrolment(address, address, zero, "Press 1, 東京", 21)),
        *(DOMAIN.typed(statement) for statement in statements),
    ]


EACH = [pytest.param(message, id=message.primary_type) for message in messages()]


def test_every_logged_message_is_tried_here() -> None:
    assert {message.primary_type for message in messages()} == set(LOGGED)


@pytest.mark.parametrize("message", EACH)
def test_an_entry_gives_back_what_was_signed(message: TypedData) -> None:
    signature = SIGNER.sign(message)
    entry = entries.decode(entries.encode(message, signature))
    assert entry.typed(DOMAIN) == message
    assert entry.digest(DOMAIN) == message.digest()
    assert (entry.signature, entry.signer(DOMAIN)) == (signature, SIGNER.address)


def test_the_bytes_of_an_entry_are_fixed() -> None:
    """If this fails, every leaf of every log changes: do not mend the test."""
    refusal = messages()[2]
    assert entries.encode(refusal, b"\x01\x02") == (
        b'{"message":{"error":"TokenExpired","file":"0x' + b"03" * 32 + b'",'
        b'"printer":"' + SIGNER.address.encode() + b'","refusedAt":30},'
        b'"signature":"0x0102","type":"Refusal"}'
    )


def spoilt(data: bytes) -> list[bytes]:
    row = json.loads(data)
    return [
        b"",
        b"[]",
        b"null",
        b"\xff" + data,
        data[:-1],
        data + b" ",
        json.dumps(row).encode(),
        entries.canonical({**row, "more": 1}),
        entries.canonical({**row, "type": "Register"}),
        entries.canonical({**row, "type": ["Receipt"]}),
        entries.canonical({**row, "signature": "0xzz"}),
        entries.canonical({**row, "message": {}}),
        entries.canonical({**row, "message": {**row["message"], "more": 1}}),
        entries.canonical({name: row[name] for name in ("type", "message")}),
        entries.canonical({**row, "signature": "0x" + "00" * entries.MAX_BYTES}),
        b"[" * 10_000,
    ]


@pytest.mark.parametrize("message", EACH)
def test_anything_else_is_no_entry(message: TypedData) -> None:
    for data in spoilt(entries.encode(message, SIGNER.sign(message))):
        with pytest.raises(MalformedRequest):
            entries.decode(data)


def test_a_signature_that_is_none_is_told() -> None:
    entry = entries.decode(entries.encode(messages()[2], b"\x01\x02"))
    with pytest.raises(BadSignature):
        entry.signer(DOMAIN)


@given(
    st.recursive(
        st.text() | st.integers(-(2**53), 2**53),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
        max_leaves=20,
    )
)
def test_canonical_text_says_the_same_and_is_its_own_canonical_form(document: Any) -> None:
    data = entries.canonical(document)
    assert json.loads(data) == document
    assert entries.canonical(json.loads(data)) == data
