"""Write tests/vectors/eip712.json: each signed message with its hashes and a signature.

`python scripts/gen_vectors.py` writes the file; with `--check` it only compares
and exits 1 where the file is not what the code gives.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

import vectors_orders
import vectors_printers
import vectors_rights
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

from ledger.models import (
    ZERO_DIGEST,
    Address,
    ContentHash,
    CrisisDeclaration,
    Digest,
    Enrolment,
    KeyRequest,
    Outcome,
    PrintRequest,
    PrintToken,
    Receipt,
    RedemptionRequest,
    Refusal,
    Region,
    Variant,
    Void,
)
from ledger.signing import Signer, TypedData
from ledger.tokens import Domain

FILE = Path(__file__).resolve().parents[1] / "tests" / "vectors" / "eip712.json"
ABOUT = (
    "EIP-712 vectors of Platemark, see docs/token-format.md. The keys are the SHA-256 of a "
    "public text: nothing of value may ever be theirs. Integers above 2^53 are decimal strings."
)
# The first two contracts of the first account of a development chain; and a made-up pair.
DEVELOPMENT = Domain(
    31337,
    registry=Address("0x5FbDB2315678afecb367f032d93F642f64180aa3"),
    licenses=Address("0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512"),
)
ELSEWHERE = Domain(
    1,
    registry=Address("0x00000000000000000000000000000000000000A1"),
    licenses=Address("0xFFfFfFffFFfffFFfFFfFFFFFffFFFffffFfFFFfF"),
)
NOW = 1_767_225_600
UINT256, UINT64, UINT40, UINT32, UINT16 = (2**bits - 1 for bits in (256, 64, 40, 32, 16))


def secret(role: str) -> bytes:
    """The private key of a role."""
    return hashlib.sha256(f"Platemark test vector: {role}".encode()).digest()


ROLES = ("designer", "center", "printer", "council")
SIGNERS = {role: Signer.from_secret(secret(role)) for role in ROLES}
DESIGNER, CENTER, PRINTER, COUNCIL = (SIGNERS[role].address for role in ROLES)


def sha(text: str) -> Digest:
    """A digest that anyone can make again."""
    return Digest(hashlib.sha256(text.encode()).digest())


DESIGN, JOB, KEM_KEY = ContentHash(sha("a design's file")), sha("a slice"), sha("a KEM key")
FULL = Digest(b"\xff" * 32)


def usual() -> list[tuple[str, TypedData]]:
    """Messages as they occur, with who signs them."""
    domain = DEVELOPMENT
    token = PrintToken(DESIGN, 7, PRINTER, 1, 0b1110, NOW, NOW + 86_400, JOB)
    digest = domain.print_token(token).digest()
    return [
        ("designer", domain.register(DESIGN, sha("its metadata"), DESIGNER, NOW + 3600)),
        ("designer", domain.print_token(token)),
        (
            "center",
            domain.print_request(
                PrintRequest(DESIGN, 7, PRINTER, 3, 86_400, JOB, sha("a nonce"), NOW + 600)
            ),
        ),
        (
            "printer",
            domain.enrolment(Enrolment(CENTER, PRINTER, KEM_KEY, "Hall 2, machine 7", NOW + 600)),
        ),
        (
            "printer",
            domain.redemption_request(RedemptionRequest(digest, 4, PRINTER, NOW + 600)),
        ),
        ("printer", domain.key_request(KeyRequest(DESIGN, 7, digest, PRINTER, NOW + 600))),
        (
            "printer",
            domain.receipt(
                Receipt(
                    digest,
                    DESIGN,
                    7,
                    258,
                    PRINTER,
                    JOB,
                    NOW + 60,
                    NOW + 4260,
                    Outcome.DONE,
                    18_250,
                    540_000,
                    sha("a profile"),
                    4_150,
                    "PLA",
                    3_000,
                    sha("a photo"),
                )
            ),
        ),
        (
            "printer",
            domain.refusal(Refusal(PRINTER, sha("a strange file"), "JobWithoutToken", NOW + 5)),
        ),
        (
            "council",
            domain.crisis_declaration(
                CrisisDeclaration(
                    COUNCIL,
                    Region("TR-31").word,
                    NOW + 60 * 86_400,
                    sha("what the council decided upon"),
                    DESIGNER,
                    sha("a salt"),
                    NOW + 3600,
                )
            ),
        ),
        ("council", domain.crisis_end(3, NOW + 3600)),
        (
            "center",
            domain.variant(
                Variant(DESIGN, 7, sha("a shoe in size 42"), sha("a salt: order 17"), NOW + 600)
            ),
        ),
        (
            "designer",
            domain.void(Void(DESIGN, 7, 1, 4, sha("a failed receipt"), DESIGNER, NOW + 600)),
        ),
        *vectors_rights.usual(domain, DESIGN, CENTER, DESIGNER, NOW),
        *vectors_printers.usual(domain, DESIGN, CENTER, PRINTER, KEM_KEY, NOW),
        *vectors_orders.usual(domain, DESIGN, CENTER, PRINTER, NOW),
    ]


def extreme() -> list[tuple[str, TypedData]]:
    """Every member at its limit, and text beyond ASCII."""
    domain, design = ELSEWHERE, ContentHash(FULL)
    most = Address("0xFFfFfFffFFfffFFfFFfFFFFFffFFFffffFfFFFfF")
    return [
        ("designer", domain.register(design, FULL, most, UINT256)),
        (
            "designer",
            domain.print_token(
                PrintToken(design, UINT256, most, UINT32, UINT256, 0, UINT40, ZERO_DIGEST)
            ),
        ),
        (
            "center",
            domain.print_request(
                PrintRequest(design, UINT256, most, UINT32, UINT40, ZERO_DIGEST, FULL, UINT40)
            ),
        ),
        ("center", domain.enrolment(Enrolment(most, most, FULL, "Ωμέγα 3D 打印 ✓", UINT40))),
        ("printer", domain.redemption_request(RedemptionRequest(FULL, UINT256, most, UINT40))),
        ("printer", domain.key_request(KeyRequest(design, UINT256, FULL, most, UINT40))),
        (
            "printer",
            domain.receipt(
                Receipt(
                    FULL,
                    design,
                    UINT256,
                    UINT32,
                    most,
                    ZERO_DIGEST,
                    0,
                    UINT40,
                    Outcome.INTERRUPTED,
                    UINT64,
                    UINT64,
                    FULL,
                    UINT40,
                    "PA12-GF ✓",
                    UINT16,
                    FULL,
                )
            ),
        ),
        ("printer", domain.refusal(Refusal(most, FULL, "", UINT40))),
        (
            "council",
            domain.crisis_declaration(
                CrisisDeclaration(most, FULL, UINT40, FULL, most, FULL, UINT256)
            ),
        ),
        ("council", domain.crisis_end(UINT256, UINT256)),
        ("center", domain.variant(Variant(design, UINT256, FULL, ZERO_DIGEST, UINT40))),
        ("designer", domain.void(Void(design, UINT256, UINT32, UINT256, FULL, most, UINT256))),
        *vectors_rights.extreme(domain),
        *vectors_printers.extreme(domain),
        *vectors_orders.extreme(domain),
    ]


def vector(role: str, typed: TypedData) -> dict[str, Any]:
    """One message with everything that is computed on the way to its signature."""
    name = typed.primary_type
    members = ",".join(f"{item['type']} {item['name']}" for item in typed.types[name])
    type_string = f"{name}({members})"
    parts = encode_typed_data(full_message=typed.as_json())
    return {
        "primary_type": name,
        "type": type_string,
        "type_hash": hexadecimal(keccak(text=type_string)),
        "domain": dict(typed.domain),
        "domain_separator": hexadecimal(parts.header),
        "message": dict(typed.message),
        "struct_hash": hexadecimal(parts.body),
        "digest": str(typed.digest()),
        "signer": role,
        "signature": hexadecimal(SIGNERS[role].sign(typed)),
    }


def hexadecimal(data: bytes) -> str:
    """0x and lower-case digits."""
    return "0x" + data.hex()


def vectors() -> str:
    """The whole file."""
    keys = {
        role: {"secret": hexadecimal(secret(role)), "address": str(signer.address)}
        for role, signer in SIGNERS.items()
    }
    rows = [vector(role, typed) for role, typed in (*usual(), *extreme())]
    page = {"about": ABOUT, "keys": keys, "vectors": rows}
    return json.dumps(page, indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write or check; the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare only")
    if parser.parse_args().check:
        same = FILE.exists() and FILE.read_text(encoding="utf-8") == vectors()
        print("up to date" if same else f"{FILE.name} is not what the code gives")
        return 0 if same else 1
    FILE.write_text(vectors(), encoding="utf-8")
    print(f"wrote {FILE.name}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
