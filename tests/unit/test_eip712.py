"""Our hashing of messages, held against eth_account's: the same hashes, or no hash of ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from eth_account.messages import encode_typed_data
from hypothesis import given, settings, strategies as st

from ledger import eip712
from ledger.errors import MalformedRequest
from ledger.models import Address, Cid
from ledger.signing import TypedData
from ledger.tokens import LOGGED
from tests.conftest import ROOT
from tests.contracts.eip712 import members_of

GOLDEN = json.loads((ROOT / "tests" / "vectors" / "eip712.json").read_text(encoding="utf-8"))
FORMS = sorted(
    {row["type"] for row in GOLDEN["vectors"]}
    | {f"{name}({form})" for name, forms in LOGGED.items() for form in forms}
)
"""Every message that has a vector, and the older forms of those that a log can hold."""
DOMAIN = {
    "name": "Platemark",
    "version": "1",
    "chainId": 31_337,
    "verifyingContract": "0x" + "22" * 20,
}
ODD: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2**8, 2**256, 2**256 - 1, 1.0, "", "0", "00", "-1", " 1", "1_0",
    "٣", "0x", "0X", "0x1", "0x01", "0X01", "0x" + "AB" * 20, "0x" + "ab" * 20, "0x" + "aB" * 20,
    "ab" * 20, "0x" + "00" * 32, "0x" + "00" * 33, "0x" + "g0" * 32, "0x " + "0" * 63, "true",
    "\ud800", "é", b"", b"\x01", bytes(20), bytes(32), bytes(33), [], [1], ["0x01"], [[1]], (1,),
    {}, "9" * 5_000, "0x" + "0" * 5_000,
)  # fmt: skip
"""What people and programs write by mistake, or on purpose."""


def theirs(typed: TypedData) -> tuple[bytes, bytes]:
    message = encode_typed_data(full_message=typed.as_json())
    return message.header, message.body


def ours(typed: TypedData) -> tuple[bytes, bytes] | None:
    members = typed.types[typed.primary_type]
    return eip712.hashes(typed.domain, typed.primary_type, members, typed.message)


def of(form: str, message: dict[str, Any], domain: dict[str, Any] | None = None) -> TypedData:
    name = form[: form.index("(")]
    members = [{"type": kind, "name": member} for kind, member in members_of(form)]
    return TypedData(DOMAIN if domain is None else domain, name, {name: members}, message)


def plain(kind: str) -> st.SearchStrategy[Any]:
    """Values of a member, in each of the ways in which they are usually written."""
    if kind.endswith("[]"):
        return st.lists(plain(kind[:-2]), max_size=4)
    if kind == "string":
        return st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
    if kind == "bool":
        return st.booleans()
    if kind == "address":
        lower = st.binary(min_size=20, max_size=20).map(lambda value: "0x" + value.hex())
        return lower | lower.map(Address) | lower.map(lambda text: str(Address(text)))
    if kind.startswith("bytes"):
        size = kind.removeprefix("bytes")
        many = (
            st.binary(max_size=70)
            if not size
            else st.binary(min_size=int(size), max_size=int(size))
        )
        return many.map(lambda value: "0x" + value.hex())
    number = st.integers(0, 2 ** int(kind.removeprefix("uint")) - 1)
    return number | number.map(str)


@pytest.mark.parametrize("row", GOLDEN["vectors"], ids=lambda row: str(row["digest"])[:10])
def test_each_vector_is_plain_and_hashed_as_it_says(row: dict[str, Any]) -> None:
    found = ours(of(row["type"], row["message"], row["domain"]))
    assert found is not None
    assert "0x" + found[0].hex() == row["domain_separator"]
    assert "0x" + found[1].hex() == row["struct_hash"]


@settings(max_examples=400)
@given(st.data())
def test_every_message_is_hashed_as_eth_account_does(data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(FORMS))
    message = {name: data.draw(plain(kind)) for kind, name in members_of(form)}
    domain = {
        **DOMAIN,
        "chainId": data.draw(st.integers(0, 2**256 - 1)),
        "verifyingContract": data.draw(plain("address")),
    }
    typed = of(form, message, domain)
    assert ours(typed) == theirs(typed)


KINDS = ("uint8", "uint40", "uint256", "bytes1", "bytes32", "address", "bool", "string", "bytes")


@settings(max_examples=200)
@given(st.data())
def test_types_that_no_message_has_yet_are_hashed_as_eth_account_does(data: st.DataObject) -> None:
    kinds = data.draw(st.lists(st.sampled_from(KINDS + tuple(f"{k}[]" for k in KINDS)), min_size=1))
    form = f"Other({','.join(f'{kind} m{index}' for index, kind in enumerate(kinds))})"
    typed = of(form, {name: data.draw(plain(kind)) for kind, name in members_of(form)})
    assert ours(typed) == theirs(typed)


def outcome(action: Callable[[], object]) -> object:
    """What it gives, or the kind of error and its words."""
    try:
        return action()
    except Exception as error:
        return type(error), str(error)


@pytest.mark.parametrize(
    "kind", [*KINDS, "uint40[]", "bytes32[]", "uint7", "uint", "int8", "Other"]
)
def test_odd_values_end_as_they_do_with_eth_account(kind: str) -> None:
    for value in ODD:
        typed = of(f"Odd({kind} one)", {"one": value})
        expected = outcome(lambda typed=typed: theirs(typed))  # type: ignore[misc]
        found = outcome(lambda typed=typed: (typed._signable.header, typed._signable.body))  # type: ignore[misc]
        assert found == expected, (kind, value)


@pytest.mark.parametrize("member", list(DOMAIN))
def test_odd_domains_end_as_they_do_with_eth_account(member: str) -> None:
    for value in ODD:
        typed = of("Odd(uint8 one)", {"one": 1}, {**DOMAIN, member: value})
        expected = outcome(lambda typed=typed: theirs(typed))  # type: ignore[misc]
        found = outcome(lambda typed=typed: (typed._signable.header, typed._signable.body))  # type: ignore[misc]
        assert found == expected, (member, value)


@pytest.mark.parametrize(
    "typed",
    [
        of("Odd(uint8 one)", {}),
        of("Odd(uint8 one)", {"one": 1, "two": 2}),
        of("EIP712Domain(uint8 one)", {"one": 1}),
        of("Odd(uint8 one)", {"one": 1}, {"name": "Platemark"}),
        of("Odd(uint8 one)", {"one": 1}, {**DOMAIN, "salt": "0x" + "00" * 32}),
        of("Odd(uint8 one)", {"one": 1}, {}),
        TypedData(DOMAIN, "Odd", {"Other": [{"type": "uint8", "name": "one"}]}, {"one": 1}),
        TypedData(DOMAIN, "Odd", {}, {}),
        TypedData(
            DOMAIN,
            "Odd",
            {
                "Odd": [{"type": "Inner", "name": "one"}],
                "Inner": [{"type": "uint8", "name": "two"}],
            },
            {"one": {"two": 1}},
        ),
    ],
)
def test_messages_of_another_shape_end_as_they_do_with_eth_account(typed: TypedData) -> None:
    expected = outcome(lambda: theirs(typed))
    assert outcome(lambda: (typed._signable.header, typed._signable.body)) == expected


def test_a_cached_domain_is_not_taken_for_one_that_only_equals_it() -> None:
    one = of("Odd(uint8 one)", {"one": 1}, {**DOMAIN, "chainId": 1})
    assert ours(one) is not None
    for same in (True, 1.0):
        assert ours(of("Odd(uint8 one)", {"one": 1}, {**DOMAIN, "chainId": same})) is None


# ---------------------------------------------------------------------- names


@given(st.binary(min_size=36, max_size=36), st.sampled_from([0x55, 0x70, 0x71]), st.integers(0, 31))
def test_a_cid_is_the_one_text_of_its_bytes(data: bytes, codec: int, last: int) -> None:
    whole = bytes([1, codec, 0x12, 0x20]) + data[4:]
    for raw in (data, whole):
        text = Cid._base(raw)
        changed = text[:-1] + "abcdefghijklmnopqrstuvwxyz234567"[last]
        for one in (text, changed):
            sound = Cid._unbase(one)[:4] in (b"\x01\x55\x12\x20", b"\x01\x70\x12\x20")
            canonical = Cid._base(Cid._unbase(one)) == one
            found = outcome(lambda one=one: Cid(one))  # type: ignore[misc]
            assert (found == one) == (sound and canonical)
            assert found == one or (isinstance(found, tuple) and found[0] is MalformedRequest)
