"""Classic bugs for the registry: a name, a file, the text that stands there once, the bug.

scripts/planted_bugs.py plants them.
"""

from __future__ import annotations

_SIGNED, _DESIGNS, _ISSUERS = (
    "base/SignedActions.sol",
    "registry/Designs.sol",
    "registry/Issuers.sol",
)
_RECALLS, _LINEAGE = "registry/Recalls.sol", "registry/Lineage.sol"
_COMMITMENTS, _STATE = "registry/Commitments.sol", "libraries/DesignState.sol"

BUGS: tuple[tuple[str, str, str, str], ...] = (
    (
        "an issuer keeps the right for a second",
        _ISSUERS,
        "block.timestamp < _issuers[owner][signer]",
        "block.timestamp <= _issuers[owner][signer]",
    ),
    (
        "a signed message's deadline is dropped",
        _SIGNED,
        "if (block.timestamp >= deadline)",
        "if (false)",
    ),
    (
        "a signed message needs no signature",
        _SIGNED,
        "if (!SignatureChecker.isValidSignatureNow(signer, digest, signature))",
        "if (false)",
    ),
    ("a signed message works again", _SIGNED, "_signatureSpent[signer][digest] = true;", ""),
    (
        "anybody changes the state of a design",
        _DESIGNS,
        "if (state.owner() != msg.sender)",
        "if (false)",
    ),
    ("a design is registered twice", _DESIGNS, "if (holder != address(0))", "if (false)"),
    (
        "a recall does not reach designs below",
        _STATE,
        "RECALLED | (uint256(type(uint8).max) << ANCESTORS)",
        "RECALLED",
    ),
    ("the last ancestor is not asked", _RECALLS, "index < count;", "index + 1 < count;"),
    (
        "an open policy takes any share",
        _LINEAGE,
        "!state.open() || state.share() != parent.share",
        "!state.open()",
    ),
    (
        "the sender's parents count as the owner's",
        _LINEAGE,
        "if (state.owner() == owner) return;",
        "if (state.owner() == msg.sender) return;",
    ),
    ("shares are not bounded", _LINEAGE, "if (total > MAX_TOTAL_SHARE)", "if (false)"),
    (
        "a recalled parent is taken",
        _LINEAGE,
        "_requireNotRecalled(parent.design, state);",
        "",
    ),
    ("ancestors of parents are forgotten", _LINEAGE, "found[count++] = ancestor;", ""),
    ("a registration needs no revelation", _COMMITMENTS, "if (minimumAge != 0)", "if (false)"),
    (
        "a commitment is ready a second early",
        _COMMITMENTS,
        "if (block.timestamp < since + minimumAge)",
        "if (block.timestamp + 1 < since + minimumAge)",
    ),
    ("a commitment is made anew", _COMMITMENTS, "if (_committedAt[commitment] != 0)", "if (false)"),
)
