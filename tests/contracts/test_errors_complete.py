"""No error is forgotten between Solidity, Python and the problem details of the API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from ledger import errors
from ledger.artifacts import load
from ledger.chain import REVERTS, RevertDecoder
from ledger.errors import LedgerError, UnknownRevert, all_errors

CLASSES = list(all_errors())
MONEY_HELPERS = ("SafeERC20FailedOperation", "ReentrancyGuardReentrantCall")
BY_NAME = {kind.__name__: kind for kind in CLASSES}


def abi_errors() -> Iterator[tuple[str, dict[str, Any]]]:
    for contract, artifact in load().items():
        for entry in artifact.abi:
            if entry["type"] == "error":
                yield contract, entry


ABI_ERRORS = [pytest.param(entry, id=f"{name}.{entry['name']}") for name, entry in abi_errors()]


# -------------------------------------------------------- Solidity to Python


@pytest.mark.parametrize("entry", ABI_ERRORS)
def test_every_contract_error_has_a_class_and_a_sentence(entry: dict[str, Any]) -> None:
    assert entry["name"] in REVERTS, f"add {entry['name']} to ledger.chain.REVERTS"
    kind, template = REVERTS[entry["name"]]
    assert issubclass(kind, LedgerError)
    assert kind in CLASSES
    arguments = {item["name"] for item in entry["inputs"]}
    assert set(re.findall(r"{(\w+)}", template)) <= arguments
    assert template.endswith(".")
    assert template[0].isupper() or template[0] == "{"


@pytest.mark.parametrize("entry", ABI_ERRORS)
def test_a_contract_error_that_shares_a_name_with_a_class_is_that_class(
    entry: dict[str, Any],
) -> None:
    if entry["name"] in BY_NAME:
        assert REVERTS[entry["name"]][0] is BY_NAME[entry["name"]]
    else:
        # Only OpenZeppelin's errors are given another name than their own.
        known = entry["name"].startswith("ERC721") or entry["name"] in MONEY_HELPERS
        assert known or REVERTS[entry["name"]][0] is UnknownRevert


def test_every_entry_is_thrown_by_some_contract() -> None:
    assert set(REVERTS) - {entry["name"] for _, entry in abi_errors()} == set()


def test_errors_that_share_a_name_share_their_arguments() -> None:
    """One sentence serves all contracts, so their arguments must be the same."""
    seen: dict[str, list[tuple[str, str]]] = {}
    for _, entry in abi_errors():
        arguments = [(item["type"], item["name"]) for item in entry["inputs"]]
        assert seen.setdefault(entry["name"], arguments) == arguments


@pytest.mark.parametrize("entry", ABI_ERRORS)
def test_every_contract_error_is_decoded_with_all_its_arguments(entry: dict[str, Any]) -> None:
    kinds = [item["type"] for item in entry["inputs"]]
    values = [SAMPLES[kind] for kind in kinds]
    error = decoder().decode(selector(entry) + encode(kinds, values))
    assert type(error) is REVERTS[entry["name"]][0]
    assert list(error.facts) == [snake(item["name"]) for item in entry["inputs"]]
    assert "{" not in error.detail
    for fact in error.facts.values():
        assert isinstance(fact, str | int)


SAMPLES: dict[str, Any] = {
    "address": "0x" + "ab" * 20,
    "bytes32": b"\x07" * 32,
    "uint256": 2**200,
    "uint64": 7,
    "uint40": 7,
    "uint32": 7,
    "uint8": 7,
    "bytes": b"\x07" * 36,
    "string": "text",
}


def selector(entry: dict[str, Any]) -> bytes:
    kinds = ",".join(item["type"] for item in entry["inputs"])
    return bytes(keccak(text=f"{entry['name']}({kinds})"))[:4]


def snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def decoder() -> RevertDecoder:
    return RevertDecoder(artifact.abi for artifact in load().values())


# -------------------------------------------------------------------- garbage


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x01",
        b"\xde\xad\xbe\xef",
        bytes(4),
        b"\x08\xc3\x79\xa0" + encode(["string"], ["a plain reason"]),  # Error(string)
        b"\x4e\x48\x7b\x71" + encode(["uint256"], [0x11]),  # Panic(uint256)
        b"\xff" * 5000,
    ],
    ids=["nothing", "one byte", "unknown", "zeros", "reason", "panic", "long"],
)
def test_bytes_that_mean_nothing_are_an_unknown_revert(data: bytes) -> None:
    error = decoder().decode(data)
    assert type(error) is UnknownRevert
    assert str(error.facts["data"]).startswith("0x")
    assert len(str(error.facts["data"])) <= 2 + 512


@pytest.mark.parametrize("entry", ABI_ERRORS)
def test_an_error_with_its_arguments_cut_off_is_an_unknown_revert(entry: dict[str, Any]) -> None:
    if entry["inputs"]:
        error = decoder().decode(selector(entry) + bytes(31))
        assert type(error) is UnknownRevert
        assert entry["name"] in error.detail


# ------------------------------------------------------------ the Python tree


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_class_can_be_told_to_a_person(kind: type[LedgerError]) -> None:
    assert kind.__doc__
    assert kind.__dict__.get("__doc__"), "inherited documentation says too little"
    assert kind.advice.endswith(".")
    assert 400 <= kind.status <= 599


def test_every_problem_type_is_unique() -> None:
    slugs = [kind.slug() for kind in CLASSES]
    assert len(set(slugs)) == len(slugs)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug) for slug in slugs)


def drawn_tree() -> dict[str, tuple[str | None, int]]:
    """`name -> (parent, status)` as drawn in the docstring of ledger.errors."""
    found: dict[str, tuple[str | None, int]] = {}
    above: list[str] = []
    for line in str(errors.__doc__).splitlines():
        match = re.fullmatch(r" {4}((?:│ | {2})*)([├└] )?([A-Z]\w+(?: +[A-Z]\w+)*) +(\d{3})", line)
        if match is None:
            continue
        indent, branch, names, status = match.groups()
        depth = len(indent) // 2 + bool(branch)
        del above[depth:]
        for name in names.split():
            assert name not in found, f"{name} is drawn twice"
            found[name] = (above[-1] if above else None, int(status))
        above.append(names.split()[-1])
    return found


def test_the_tree_is_drawn_as_it_is() -> None:
    actual = {
        kind.__name__: (
            kind.__bases__[0].__name__ if kind is not LedgerError else None,
            kind.status,
        )
        for kind in CLASSES
    }
    assert drawn_tree() == actual


def test_every_class_has_one_parent() -> None:
    assert all(len(kind.__bases__) == 1 for kind in CLASSES)


# ------------------------------------------------------- errors of currencies


@pytest.mark.parametrize(
    ("signature", "kind"),
    [
        ("ERC20InsufficientBalance(address,uint256,uint256)", errors.BalanceTooLow),
        ("ERC20InsufficientAllowance(address,uint256,uint256)", errors.AllowanceTooLow),
    ],
)
def test_what_a_currency_reverts_with_is_known_where_it_keeps_to_erc6093(
    signature: str, kind: type[LedgerError]
) -> None:
    values = encode(["address", "uint256", "uint256"], ["0x" + "ab" * 20, 7, 10])
    error = decoder().decode(bytes(keccak(text=signature))[:4] + values)
    assert type(error) is kind
    assert "7" in error.detail
    assert "10" in error.detail
