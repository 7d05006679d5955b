"""Tickets as files: one canonical form, and a strict reader."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from ledger.errors import MalformedTicket
from ledger.tickets import MAX_BYTES, dump, parse, read_form
from tests.gate.checking import TICKET, TOKEN

ROW: dict[str, Any] = json.loads(dump(TICKET))


def changed(path: str, value: Any) -> bytes:
    row = json.loads(dump(TICKET))
    target = row["token"] if path.startswith("token.") else row
    name = path.removeprefix("token.")
    if value is ...:
        del target[name]
    else:
        target[name] = value
    return json.dumps(row).encode()


@given(
    license_number=st.integers(0, 2**256 - 1),
    serials=st.integers(1, 2**256 - 1),
    word=st.integers(0, 2**24 - 1),
    deadline=st.integers(0, 2**40 - 1),
    signature=st.binary(max_size=200),
)
def test_dump_and_parse_are_inverse(
    license_number: int, serials: int, word: int, deadline: int, signature: bytes
) -> None:
    token = replace(TOKEN, license=license_number, serials=serials, word=word, deadline=deadline)
    ticket = replace(TICKET, token=token, signature=signature)
    assert parse(dump(ticket)) == ticket


def test_large_numbers_are_strings_that_no_reader_rounds() -> None:
    row = json.loads(dump(replace(TICKET, token=replace(TOKEN, license=2**60))))
    assert row["token"]["license"] == str(2**60)
    assert row["token"]["serials"] == "6"


def test_what_the_service_adds_beside_the_token_is_ignored() -> None:
    assert parse(changed("issued_at", 5)) == TICKET


MEMBERS = [name for name in ROW if name != "token"] + [f"token.{name}" for name in ROW["token"]]


NUMBERS = {"chain_id", "sealed_size"} | {
    f"token.{name}" for name in ("license", "word", "not_before", "deadline")
}


@pytest.mark.parametrize("path", [*MEMBERS, "token"])
@pytest.mark.parametrize("value", [..., None, [], {}, 1.5, True, -1, "0", "é" * 40])
def test_no_member_may_be_missing_or_odd(path: str, value: Any) -> None:
    if value == "0" and path in NUMBERS:
        value = "00"  # as "0" it would be one of them
    with pytest.raises(MalformedTicket):
        parse(changed(path, value))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("format", 2),
        ("format", "1"),
        ("token.serials", "0"),
        ("token.serials", "06"),
        ("token.serials", str(2**256)),
        ("token.serials", "9" * 79),
        ("token.serials", "٣"),
        ("token.word", 2**24),
        ("token.deadline", 2**40),
        ("token.extra", 1),
        ("cid", "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKPXBT"),
        ("signature", "0x" + "00" * 9000),
        ("sealed_size", 2**63),
    ],
)
def test_values_out_of_range(path: str, value: Any) -> None:
    with pytest.raises(MalformedTicket):
        parse(changed(path, value))


@pytest.mark.parametrize(
    "data",
    [
        dump(TICKET).replace(b'"format": 1', b'"format": 1, "format": 1'),
        dump(TICKET).replace(b'"word": 1', b'"word": 1, "word": 1'),
        dump(TICKET) + b" " * MAX_BYTES,
        b"[" * 60_000,
        b"9" * 60_000,
        b"[]",
        b"",
        "{}".encode("utf-16"),
    ],
    ids=["twice", "twice inside", "long", "deep", "huge number", "list", "empty", "utf-16"],
)
def test_no_ticket_at_all(data: bytes) -> None:
    with pytest.raises(MalformedTicket):
        read_form(data)
