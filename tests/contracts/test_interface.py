"""What the contracts are made of: their size, what they lack on purpose, their documentation."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.artifacts import CONTRACTS, Artifact, load
from tests.contracts.solidity import documentation

EIP_170 = 24_576
"""Bytes of code that a contract may have."""
ROOM = 1_024
"""What is kept free of it: a new check must fit without a new contract."""

# Who could pause, replace or drain a contract needs one of these words in its ABI.
POWERS = (
    "admin", "pause", "upgrade", "implementation", "initialize", "proxy", "migrate",
    "transferownership", "renounceownership", "grantrole", "setowner", "kill", "destroy",
    "rescue", "sweep", "drain", "mint", "burn", "blacklist", "freeze", "setfee",
)  # fmt: skip

OPCODES = {0xF0: "CREATE", 0xF2: "CALLCODE", 0xF4: "DELEGATECALL", 0xF5: "CREATE2"}
OPCODES[0xFF] = "SELFDESTRUCT"
PUSH1, PUSH32 = 0x60, 0x7F


@pytest.fixture(params=CONTRACTS)
def artifact(request: pytest.FixtureRequest) -> Artifact:
    return load()[request.param]


def functions(artifact: Artifact) -> dict[str, dict[str, Any]]:
    return {entry["name"]: entry for entry in artifact.abi if entry["type"] == "function"}


def test_the_code_stays_well_under_the_limit_of_eip170(artifact: Artifact) -> None:
    assert len(bytes.fromhex(artifact.runtime[2:])) <= EIP_170 - ROOM


def test_nobody_has_power_over_the_contract(artifact: Artifact) -> None:
    names = functions(artifact)
    assert "owner" not in names  # ownerOf a design there is
    assert [name for name in names for power in POWERS if power in name.lower()] == []
    assert [entry for entry in artifact.abi if entry["type"] in ("fallback", "receive")] == []


def test_the_code_cannot_be_replaced_or_removed(artifact: Artifact) -> None:
    """A batch delegates to its own contract's code; nothing else may delegate at all."""
    used = opcodes(bytes.fromhex(artifact.runtime[2:]))
    allowed = {"DELEGATECALL"} if "batch" in functions(artifact) else set()
    assert {name for opcode, name in OPCODES.items() if opcode in used} == allowed


def opcodes(code: bytes) -> set[int]:
    """The opcodes that are used, without the data of pushes."""
    # What follows the last instruction (constants) has no entry point; it counts all the same,
    # which can only make this check stricter.
    found, at = set(), 0
    while at < len(code):
        opcode = code[at]
        found.add(opcode)
        at += 1 + (opcode - PUSH1 + 1 if PUSH1 <= opcode <= PUSH32 else 0)
    return found


def test_only_a_purchase_takes_money() -> None:
    payable = {
        f"{name}.{entry['name']}"
        for name, artifact in load().items()
        for entry in functions(artifact).values()
        if entry["stateMutability"] == "payable"
    }
    assert payable == {f"PrintLicenses.{name}" for name in ("buy", "buyFor", "buyBySig")}


def test_what_changes_state_is_known_by_name() -> None:
    """A new way to change something must be written down here, and so be thought about."""
    writes = {
        name: sorted(
            entry["name"]
            for entry in artifact.abi
            if entry["type"] == "function" and entry["stateMutability"] in ("payable", "nonpayable")
        )
        for name, artifact in load().items()
    }
    assert writes == {
        "DesignRegistry": [
            "approve",
            "authorizeIssuer",
            "authorizeIssuerBySig",
            "batch",
            "cancelSignature",
            "commit",
            "liftRecall",
            "recall",
            "register",
            "registerBySig",
            "registerDerived",
            "registerDerivedBySig",
            "removeIssuer",
            "returnToSale",
            "reveal",
            "safeTransferFrom",
            "safeTransferFrom",
            "setApprovalForAll",
            "setDerivativePolicy",
            "setResaleRoyalty",
            "transferFrom",
            "withdrawFromSale",
        ],
        "PrintLicenses": [
            "batch",
            "buy",
            "buyBySig",
            "buyFor",
            "cancelSignature",
            "closeOffer",
            "grant",
            "grantBySig",
            "openOffer",
            "passUp",
            "permit",
            "redeem",
            "redeemTokens",
            "refund",
            "revoke",
            "revokeBySig",
            "settle",
            "sublicense",
            "takeCrisisLicense",
            "transferLicense",
            "voidPrints",
            "voidPrintsBySig",
            "withdraw",
        ],
        "Checkpoints": [
            "anchor",
        ],
        "CrisisPledges": [
            "admit",
            "cancelSignature",
            "declare",
            "declareBySig",
            "end",
            "endBySig",
            "nameCenters",
            "pledge",
        ],
    }


# ------------------------------------------------------------- documentation


def signature(entry: dict[str, Any]) -> str:
    return f"{entry['name']}({','.join(kind(item) for item in entry['inputs'])})"


def kind(item: dict[str, Any]) -> str:
    if item["type"].startswith("tuple"):
        inner = ",".join(kind(part) for part in item["components"])
        return f"({inner}){item['type'].removeprefix('tuple')}"
    return str(item["type"])


def inherited() -> set[str]:
    """What OpenZeppelin declares; its documentation is its own."""
    return {
        signature(entry)
        for unit, output in documentation().items()
        if unit.startswith("@")
        for entry in output["abi"]
        if entry["type"] in ("function", "error", "event")
    }


def ours(unit: str) -> list[tuple[str, dict[str, Any]]]:
    return [
        (entry["type"], entry)
        for entry in documentation()[unit]["abi"]
        if entry["type"] in ("function", "error", "event") and signature(entry) not in inherited()
    ]


GETTERS = ("designRegistry()", "crisisPledges()", "minimumAge()")

UNITS = [
    "DesignRegistry.sol:DesignRegistry",
    "PrintLicenses.sol:PrintLicenses",
    "interfaces/IDesignRegistry.sol:IDesignRegistry",
    "interfaces/IPrintLicenses.sol:IPrintLicenses",
]


@pytest.mark.parametrize("unit", UNITS)
def test_everything_that_can_be_called_thrown_or_heard_is_documented(unit: str) -> None:
    assert len(ours(unit)) >= 15
    assert [gap for what, entry in ours(unit) for gap in gaps(unit, what, entry)] == []


def gaps(unit: str, what: str, entry: dict[str, Any]) -> list[str]:
    """What the documentation of one function, error or event lacks."""
    key = signature(entry)
    user = text_of(documentation()[unit]["userdoc"], what, key)
    developer = text_of(documentation()[unit]["devdoc"], what, key)
    missing = [] if user.get("notice") else [f"{key}: notice"]
    named = [item["name"] for item in entry["inputs"]]
    # A getter of a public variable has no parameter to tell of, and answers with itself.
    if unit.startswith("interfaces/") or key not in GETTERS:
        missing += [
            f"{key}: param {name}" for name in named if not developer.get("params", {}).get(name)
        ]
        if len(developer.get("returns", {})) != len(entry.get("outputs", [])):
            missing.append(f"{key}: return")
    return missing


def text_of(docs: dict[str, Any], what: str, key: str) -> dict[str, Any]:
    group = {"function": "methods", "error": "errors", "event": "events"}[what]
    found = docs.get(group, {}).get(key, {})
    return dict(found[0] if isinstance(found, list) else found)


@pytest.mark.parametrize("unit", UNITS)
def test_every_contract_says_what_it_is(unit: str) -> None:
    assert documentation()[unit]["devdoc"].get("title")
    assert documentation()[unit]["userdoc"].get("notice")
