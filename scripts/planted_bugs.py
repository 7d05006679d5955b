"""Plant classic bugs into a copy of the contracts, one at a time: the tests must catch each.

One JSON line a bug, with the tests that caught it; exit status 1 if one survives. The copy
is compiled without the optimizer, which is quicker and changes nothing of what is asked.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import starmap
from pathlib import Path

import planted_crises
import planted_registry
from prove_tools import Outcome, ProofError, forge, forge_tests, staged

_FAST = {"FOUNDRY_FUZZ_RUNS": "64", "FOUNDRY_INVARIANT_RUNS": "4"}


@dataclass(frozen=True)
class Bug:
    """A mistake: the text that must stand once in a file, and what takes its place."""

    name: str
    file: str
    right: str
    wrong: str


_REDEEM, _ESCROW, _BOOK = "PrintLicenses.sol", "licenses/Escrow.sol", "licenses/LicenseBook.sol"
_SERIALS = "libraries/Serials.sol"
_PACKED, _SIGNATURE = "libraries/PackedLicense.sol", "libraries/TokenSignature.sol"

BUGS = (
    Bug("the spent check is dropped", _REDEEM, "if (spent & take != 0) {", "if (false) {"),
    Bug("a redemption forgets earlier ones", _REDEEM, "= spent | take;", "= take;"),
    Bug(
        "the token's deadline is dropped",
        _REDEEM,
        "if (block.timestamp >= token.deadline + grace)",
        "if (false)",
    ),
    Bug(
        "the token's beginning is dropped",
        _REDEEM,
        "if (block.timestamp < token.notBefore)",
        "if (false)",
    ),
    Bug(
        "the license ends a second late",
        _REDEEM,
        "if (block.timestamp >= held.expiry() + grace)",
        "if (block.timestamp > held.expiry() + grace)",
    ),
    Bug(
        "anybody's signature is good",
        _REDEEM,
        "if (!designRegistry.isIssuerOf(token.design, signer))",
        "if (false)",
    ),
    Bug(
        "anybody may send a token",
        _REDEEM,
        "if (msg.sender != token.printer && msg.sender != signer)",
        "if (false)",
    ),
    Bug("an empty take is accepted", _REDEEM, "take == 0 || take & ~", "take & ~"),
    Bug(
        "operands are swapped: token and take",
        _REDEEM,
        "take & ~token.serials != 0",
        "~take & token.serials != 0",
    ),
    Bug(
        "serials past the quota are taken",
        _REDEEM,
        "take & ~Serials.held(quota, token.word)",
        "take & ~take",
    ),
    Bug("the job is not signed", _REDEEM, "TOKEN_BYTES = 8 * 32", "TOKEN_BYTES = 7 * 32"),
    Bug(
        "the domain lacks the chain's id",
        _REDEEM,
        "return _hashTypedDataV4(structHash);",
        """return keccak256(abi.encodePacked(hex"1901", keccak256(abi.encode(keccak256(
            "EIP712Domain(string name,string version,address verifyingContract)"
        ), keccak256("Platemark"), keccak256("1"), address(this))), structHash));""",
    ),
    Bug("the quota is off by one", _SERIALS, "= quota - start;", "= quota - start + 1;"),
    Bug(
        "a full word counts for none",
        _SERIALS,
        "if (bits == type(uint256).max) return WORD;",
        "",
    ),
    Bug("the last word is left out", _SERIALS, "(quota + WORD - 1) / WORD", "quota / WORD"),
    Bug("settlement counts twice", _ESCROW, "chosen & ~accounted;", "chosen;"),
    Bug("printed serials are refunded", _ESCROW, "word) & ~chosen;", "word);"),
    Bug(
        "a refund opens before the grace is over",
        _ESCROW,
        "uint256 opens = held.expiry() + held.grace();",
        "uint256 opens = held.expiry();",
    ),
    Bug(
        "a refund opens at once",
        _ESCROW,
        "if (block.timestamp < opens)",
        "if (false)",
    ),
    Bug(
        "anybody takes the refund",
        _ESCROW,
        "if (msg.sender != held.licensee())",
        "if (false)",
    ),
    Bug("earnings are not zeroed", _ESCROW, "_earnings[design][currency] = 0;", ""),
    Bug(
        "earnings are zeroed after the payment",
        _ESCROW,
        """_earnings[design][currency] = 0;
        emit EarningsWithdrawn(design, to, currency, amount);
        _pay(to, amount);""",
        """_pay(to, amount);
        _earnings[design][currency] = 0;
        emit EarningsWithdrawn(design, to, currency, amount);""",
    ),
    Bug(
        "a payment that failed is forgotten",
        _ESCROW,
        "if (!taken) revert PaymentFailed(to, amount);",
        "taken;",
    ),
    Bug(
        "a buyer may pay less",
        _BOOK,
        "if (msg.value != due)",
        "if (msg.value > due)",
    ),
    Bug("a closed offer is sold", _BOOK, "_open[offer] = false;", ""),
    Bug(
        "anybody owns every design",
        _BOOK,
        "if (!designRegistry.isOwnerOf(design, msg.sender))",
        "if (false)",
    ),
    Bug(
        "anybody grants licenses",
        _BOOK,
        "if (!designRegistry.isIssuerOf(design, msg.sender))",
        "if (false)",
    ),
    Bug(
        "revocation is not marked",
        _PACKED,
        "(block.timestamp << EXPIRY) | REVOKED)",
        "(block.timestamp << EXPIRY))",
    ),
    Bug(
        "a wallet's answer is not read",
        _SIGNATURE,
        "!SignatureChecker.isValidERC1271SignatureNow(who, digest, signature[ADDRESS_LENGTH:])",
        "false",
    ),
    Bug("a checkpoint of nothing is taken", "Checkpoints.sol", "if (size == 0)", "if (false)"),
    Bug(
        "a checkpoint speaks for whoever began the transaction",
        "Checkpoints.sol",
        "emit Anchored(msg.sender,",
        "emit Anchored(tx.origin,",
    ),
    *starmap(Bug, planted_registry.BUGS),
    *starmap(Bug, planted_crises.BUGS),
)


def hunt() -> Iterator[tuple[Bug, list[str]]]:
    """Yield each bug with the tests that caught it."""
    with staged() as stage:
        clean = _failures(stage)
        if clean:
            raise ProofError(f"tests fail without any bug: {', '.join(clean)}")
        for bug in BUGS:
            path = stage / "contracts" / "src" / bug.file
            text = path.read_text(encoding="utf-8")
            if text.count(bug.right) != 1:
                raise ProofError(f"{bug.file} holds `{bug.right}` {text.count(bug.right)} times")
            path.write_text(text.replace(bug.right, bug.wrong), encoding="utf-8")
            yield bug, _failures(stage)
            path.write_text(text, encoding="utf-8")


def _failures(stage: Path) -> list[str]:
    # What forge remembers of an earlier bug would be replayed here, and blamed on this one.
    for memory in ("fuzz", "invariant"):
        shutil.rmtree(stage / ".cache" / "forge" / memory, ignore_errors=True)
    built = forge(["build"], cwd=stage, profile="planted", limit=300)
    if built.returncode:
        raise ProofError(f"this does not compile:\n{(built.stdout + built.stderr)[-2000:]}")
    done = forge(["test", "--json"], cwd=stage, profile="planted", limit=600, **_FAST)
    failed = [name for name, test in forge_tests(done).items() if test["status"] != "Success"]
    return sorted(failed, key=lambda name: (name.startswith("LawsTest."), name))


def prove() -> Outcome:
    """Hunt all of them and print each; whether none survived."""
    caught = 0
    for bug, tests in hunt():
        caught += bool(tests)
        found = {"bug": bug.name, "caught": bool(tests), "by": tests[:2], "tests": len(tests)}
        print(json.dumps(found), flush=True)
    return Outcome("planted", caught == len(BUGS), {"bugs": len(BUGS), "caught": caught})


def main() -> int:
    """The exit status."""
    try:
        return 0 if prove().holds else 1
    except ProofError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
