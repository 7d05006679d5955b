"""The golden vectors: our code, a second implementation and the contracts agree on them."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from eth_utils.crypto import keccak

from ledger import tokens
from ledger.artifacts import load
from ledger.chain import Chain, Deployment
from ledger.models import (
    Address,
    ContentHash,
    Derivation,
    DerivedRegistration,
    Digest,
    IssuerAuthorization,
    JournalEntry,
    KeyRotation,
    Lease,
    LeaseRequest,
    News,
    NextJob,
    OrderChange,
    OwnFiles,
    PrinterRevocation,
    PrintOrder,
    PrintStart,
    PrintToken,
    SignOff,
    Slice,
    WebhookRequest,
)
from ledger.signing import Signer, parse_signature, recover
from tests.conftest import ROOT
from tests.contracts import eip712
from tests.contracts.golden import EACH, GOLDEN, VECTORS, address_of, typed
from tests.contracts.scene import Scene

MESSAGES = {
    "Register": tokens.REGISTER,
    "PrintToken": tokens.PRINT_TOKEN,
    "PrintRequest": tokens.PRINT_REQUEST,
    "Enrolment": tokens.ENROLMENT,
    "RedemptionRequest": tokens.REDEMPTION_REQUEST,
    "KeyRequest": tokens.KEY_REQUEST,
    "Receipt": tokens.RECEIPT,
    "Refusal": tokens.REFUSAL,
    "CrisisDeclaration": tokens.CRISIS_DECLARATION,
    "CrisisEnd": tokens.CRISIS_END,
    "RegisterDerived": tokens.REGISTER_DERIVED,
    "Derivation": tokens.DERIVATION,
    "IssuerAuthorization": tokens.ISSUER_AUTHORIZATION,
    "Variant": tokens.VARIANT,
    "Void": tokens.VOID,
    "Purchase": tokens.PURCHASE,
    "Grant": tokens.GRANT,
    "Revocation": tokens.REVOCATION,
    **{kind.__name__: kind.MEMBERS for kind in (LeaseRequest, Lease, JournalEntry, News)},
    **{kind.__name__: kind.MEMBERS for kind in (KeyRotation, PrinterRevocation, OwnFiles, Slice)},
    **{kind.__name__: kind.MEMBERS for kind in (PrintOrder, NextJob, OrderChange, SignOff)},
    "WebhookRequest": WebhookRequest.MEMBERS,
    "PrintStart": PrintStart.MEMBERS,
}
HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


# ---------------------------------------------------------------- our own code


def test_the_file_is_what_the_code_gives() -> None:
    script = ROOT / "scripts" / "gen_vectors.py"
    done = subprocess.run(
        [sys.executable, str(script), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_message_has_two_vectors() -> None:
    assert sorted(row["primary_type"] for row in VECTORS) == sorted([*MESSAGES, *MESSAGES])


@pytest.mark.parametrize("row", EACH)
def test_the_types_are_those_of_the_code(row: dict[str, Any]) -> None:
    assert row["type"] == f"{row['primary_type']}({MESSAGES[row['primary_type']]})"


@pytest.mark.parametrize("row", EACH)
def test_digest_and_signature_are_reproduced(row: dict[str, Any]) -> None:
    signer = Signer.from_secret(parse_signature(GOLDEN["keys"][row["signer"]]["secret"]))
    assert signer.address == address_of(row)
    assert str(typed(row).digest()) == row["digest"]
    signature = signer.sign(typed(row))
    assert "0x" + signature.hex() == row["signature"]
    assert recover(typed(row), signature) == signer.address


@pytest.mark.parametrize("row", EACH)
def test_signatures_have_their_one_form(row: dict[str, Any]) -> None:
    signature = parse_signature(row["signature"])
    assert len(signature) == 65
    assert int.from_bytes(signature[32:64], "big") <= HALF_ORDER
    assert signature[64] in (27, 28)


# ------------------------------------------------------ a second implementation


@pytest.mark.parametrize("row", EACH)
def test_a_second_implementation_gets_every_hash(row: dict[str, Any]) -> None:
    names = [name for _, name in eip712.members_of(row["type"])]
    assert list(row["message"]) == names
    type_hash = keccak(text=row["type"])
    separator = eip712.separator(row["domain"])
    struct = eip712.struct_hash(row["type"], [row["message"][name] for name in names])
    assert "0x" + type_hash.hex() == row["type_hash"]
    assert "0x" + separator.hex() == row["domain_separator"]
    assert "0x" + struct.hex() == row["struct_hash"]
    assert "0x" + eip712.digest(separator, struct).hex() == row["digest"]


# --------------------------------------------------------------- the contracts


@pytest.fixture(scope="module")
def golden_chain(scene: Scene) -> Chain:
    """The contracts at the very addresses that the vectors name.

    OpenZeppelin's EIP712 computes its separator anew where it finds itself at
    another address than it was created at, so the code can simply be put there.
    """
    register, token = (row for row in VECTORS[:2])
    names = (register["domain"]["verifyingContract"], token["domain"]["verifyingContract"])
    deployed = (scene.domain.registry, scene.domain.licenses)
    for address, source in zip(names, deployed, strict=True):
        if address != source:
            code = str(scene.node.rpc("eth_getCode", source, "latest"))
            scene.node.set_code(Address(address), code)
    there = Deployment(
        31337,
        Address(names[0]),
        Address(names[1]),
        0,
        scene.chain.deployment.checkpoints,
    )
    return Chain(scene.node.url, there, load())


def test_the_registry_computes_the_digest_of_register(golden_chain: Chain) -> None:
    row = VECTORS[0]
    said = row["message"]
    answer = golden_chain.hash_register(
        ContentHash.parse(said["design"]),
        Digest.parse(said["metadata"]),
        Address(said["owner"]),
        said["deadline"],
    )
    assert str(answer) == row["digest"]


def test_the_licenses_compute_the_digest_of_a_print_token(golden_chain: Chain) -> None:
    row = VECTORS[1]
    said = row["message"]
    token = PrintToken(
        ContentHash.parse(said["design"]),
        int(said["license"]),
        Address(said["printer"]),
        said["word"],
        int(said["serials"]),
        said["notBefore"],
        said["deadline"],
        Digest.parse(said["job"]),
    )
    assert str(golden_chain.token_digest(token)) == row["digest"]


def test_the_registry_computes_the_digests_of_its_other_messages(golden_chain: Chain) -> None:
    rows = {row["primary_type"]: row for row in reversed(VECTORS)}
    said = rows["RegisterDerived"]["message"]
    derived = DerivedRegistration(
        ContentHash.parse(said["design"]),
        Digest.parse(said["metadata"]),
        Address(said["owner"]),
        [ContentHash.parse(parent) for parent in said["parents"]],
        said["shares"],
        said["deadline"],
    )
    assert str(golden_chain.hash_register_derived(derived)) == rows["RegisterDerived"]["digest"]
    said = rows["Derivation"]["message"]
    derivation = Derivation(
        ContentHash.parse(said["design"]),
        ContentHash.parse(said["parent"]),
        said["share"],
        Address(said["owner"]),
        said["deadline"],
    )
    assert str(golden_chain.hash_derivation(derivation)) == rows["Derivation"]["digest"]
    said = rows["IssuerAuthorization"]["message"]
    authorization = IssuerAuthorization(
        Address(said["designer"]),
        Address(said["issuer"]),
        said["expiry"],
        Digest.parse(said["salt"]),
        said["deadline"],
    )
    digest = golden_chain.hash_authorization(authorization)
    assert str(digest) == rows["IssuerAuthorization"]["digest"]
