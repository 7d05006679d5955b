"""docs/token-format.md says what the code does."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from ledger import models, tickets, tokens
from ledger.artifacts import load
from ledger.models import Outcome
from ledger.signing import require_signer
from ledger.tokens import Domain
from tests.conftest import ROOT
from tests.contracts import eip712
from tests.contracts.golden import VECTORS
from tests.contracts.test_vectors import MESSAGES

PAGE = (ROOT / "docs" / "token-format.md").read_text(encoding="utf-8")


def declaration(entry: dict[str, Any]) -> str:
    """An error or event as Solidity writes it."""
    parts = [
        f"{item['type']} {'indexed ' if item.get('indexed') else ''}{item['name']}"
        for item in entry["inputs"]
    ]
    return f"{entry['name']}({', '.join(parts)})"


def declared(kind: str) -> set[str]:
    abi = load()["PrintLicenses"].abi
    return {declaration(entry) for entry in abi if entry["type"] == kind}


@pytest.mark.parametrize("name", MESSAGES)
def test_every_type_string_is_the_codes(name: str) -> None:
    type_string = f"{name}({MESSAGES[name]})"
    whole = re.findall(rf"\b{name}\(", PAGE)
    assert len(whole) == PAGE.count(type_string) == 1


def test_no_message_of_the_code_is_left_out() -> None:
    constants = {
        value for name, value in vars(tokens).items() if name.isupper() and isinstance(value, str)
    }
    told = {
        value.MEMBERS
        for value in vars(models).values()
        if isinstance(value, type)
        if hasattr(value, "MEMBERS")
    }
    assert constants - {tokens.FIRST_RECEIPT} | told == set(MESSAGES.values())


def test_the_domain_is_the_codes() -> None:
    assert f"`{eip712.DOMAIN_TYPE}`" in PAGE
    domain = VECTORS[1]["domain"]
    assert f"| `name` | `{domain['name']}` |" in PAGE
    assert f"| `version` | `{domain['version']}` |" in PAGE


def test_the_table_of_fields_is_the_type() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|", PAGE, re.MULTILINE)
    assert [(kind, name) for name, kind in rows] == eip712.members_of(VECTORS[1]["type"])


def test_the_errors_of_redemption_are_the_contracts() -> None:
    """One for each row of the table, and two where a license ended or was revoked."""
    named = set(re.findall(r"`([A-Z]\w+\([a-z]\w+ [^`]*\))`", PAGE))
    named -= {f"{name}({members})" for name, members in MESSAGES.items()} | {eip712.DOMAIN_TYPE}
    assert named <= declared("error")
    assert len(named) == 11


def test_event_and_function_are_the_contracts() -> None:
    (event,) = re.findall(r"^SerialsRedeemed\(.*\)$", PAGE, re.MULTILINE)
    assert event in declared("event")
    (entry,) = [row for row in load()["PrintLicenses"].abi if row.get("name") == "redeem"]
    token, signature, take = entry["inputs"]
    inner = ",".join(part["type"] for part in token["components"])
    call = f"redeem(({inner}) {token['name']}, {signature['type']} {signature['name']}, "
    assert call + f"{take['type']} {take['name']})" in PAGE


def test_the_form_for_several_tokens_is_the_contracts() -> None:
    abi = [row for row in load()["PrintLicenses"].abi if "name" in row]
    (entry,) = [row for row in abi if row["name"] == "redeemTokens"]
    inputs = ", ".join(f"{collapsed(one)} {one['name']}" for one in entry["inputs"])
    assert f"redeemTokens({inputs})" in PAGE
    (event,) = [row for row in abi if row["name"] == "WordsRedeemed"]
    members = ", ".join(
        f"{collapsed(one)} {'indexed ' if one['indexed'] else ''}{one['name']}"
        for one in event["inputs"]
    )
    assert f"WordsRedeemed({members})" in PAGE


def collapsed(one: dict[str, Any]) -> str:
    """A type as a signature has it: structs as their members in brackets."""
    if not one["type"].startswith("tuple"):
        return str(one["type"])
    inner = ",".join(collapsed(part) for part in one["components"])
    return f"({inner})" + str(one["type"]).removeprefix("tuple")


def test_the_example_is_the_vector_and_our_reader_takes_it() -> None:
    (block,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    ticket = tickets.parse(block.encode())
    assert json.loads(tickets.dump(ticket)) == json.loads(block)
    golden = VECTORS[1]
    assert str(tickets.digest_of(ticket)) == golden["digest"] == json.loads(block)["digest"]
    domain = Domain(ticket.chain_id, registry=ticket.contract, licenses=ticket.contract)
    require_signer(domain.print_token(ticket.token), ticket.signature, ticket.signer)


def test_the_outcomes_of_a_receipt_are_the_codes() -> None:
    listed = ", ".join(f"`{outcome}`" for outcome in list(Outcome)[:-1])
    assert f"`outcome` is {listed} or `{list(Outcome)[-1]}`" in PAGE
