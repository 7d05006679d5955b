"""The golden vectors with one thing changed: each is another message, which nobody signed."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.errors import BadSignature
from ledger.signing import TypedData, parse_signature, require_signer
from tests.contracts import eip712
from tests.contracts.golden import EACH, VECTORS, address_of, typed


def other(kind: str, value: Any) -> Any:
    """The value next to this one; of an array, the one that differs in its last member."""
    if kind.endswith("[]"):
        return [*value[:-1], other(kind[:-2], value[-1])]
    if kind == "string":
        return f"{value}x"
    number = int(value, 0) if isinstance(value, str) else int(value)
    if kind in ("address", "bytes32"):
        return f"0x{number ^ 1:0{40 if kind == 'address' else 64}x}"
    changed = number ^ 1
    return changed if changed <= 2**53 else str(changed)


CHANGES = [
    pytest.param(row, kind, name, id=f"{row['primary_type']}-{row['domain']['chainId']}-{name}")
    for row in VECTORS
    for kind, name in eip712.members_of(row["type"])
]
DOMAIN_CHANGES = [
    pytest.param(row, kind, name, id=f"{row['primary_type']}-{row['domain']['chainId']}-{name}")
    for row in VECTORS
    for kind, name in eip712.members_of(eip712.DOMAIN_TYPE)
]


@pytest.mark.parametrize(("row", "kind", "name"), CHANGES)
def test_any_other_content_is_another_message(row: dict[str, Any], kind: str, name: str) -> None:
    changed = typed(row, message={name: other(kind, row["message"][name])})
    refuse(row, changed)


@pytest.mark.parametrize(
    ("row", "name"),
    [
        pytest.param(row, name, id=f"{row['primary_type']}-{row['domain']['chainId']}-{name}")
        for row in VECTORS
        for kind, name in eip712.members_of(row["type"])
        if kind.endswith("[]")
    ],
)
def test_an_array_cut_lengthened_or_in_another_order_is_another_message(
    row: dict[str, Any], name: str
) -> None:
    members = row["message"][name]
    for others in (members[:-1], [*members, members[0]], [], members[::-1]):
        if others != members:
            refuse(row, typed(row, message={name: others}))


@pytest.mark.parametrize(("row", "kind", "name"), DOMAIN_CHANGES)
def test_any_other_domain_is_another_message(row: dict[str, Any], kind: str, name: str) -> None:
    changed = typed(row, domain={name: other(kind, row["domain"][name])})
    refuse(row, changed)


@pytest.mark.parametrize("row", EACH)
def test_the_same_content_under_another_name_is_another_message(row: dict[str, Any]) -> None:
    same = typed(row)
    name = row["primary_type"] + "2"
    refuse(row, TypedData(same.domain, name, {name: same.types[row["primary_type"]]}, same.message))


def refuse(row: dict[str, Any], changed: TypedData) -> None:
    assert str(changed.digest()) != row["digest"]
    with pytest.raises(BadSignature):
        require_signer(changed, parse_signature(row["signature"]), address_of(row))


def test_all_digests_differ() -> None:
    assert len({row["digest"] for row in VECTORS}) == len(VECTORS)
