"""Classic bugs for pledges and crises: a name, a file, the text that stands there once, the bug.

scripts/planted_bugs.py plants them.
"""

from __future__ import annotations

_PLEDGES, _GRANTS = "CrisisPledges.sol", "licenses/Grants.sol"
_REDEMPTION = "licenses/Redemption.sol"

BUGS: tuple[tuple[str, str, str, str], ...] = (
    (
        "anybody pledges a design",
        _PLEDGES,
        "if (!designRegistry.isOwnerOf(design, msg.sender))",
        "if (false)",
    ),
    (
        "a pledge that binds is made smaller",
        _PLEDGES,
        "if (_takesBack(kept, terms))",
        "if (false)",
    ),
    (
        "a pledge's document is exchanged",
        _PLEDGES,
        "|| terms.document != kept.document",
        "",
    ),
    ("a new pledge counts on", _PLEDGES, "kept.taken = 0;", ""),
    ("a pledge binds for ever", _PLEDGES, "|| terms.until > block.timestamp + LONGEST_PLEDGE", ""),
    ("a pledge's prints are not counted", _PLEDGES, "kept.taken += quota;", ""),
    ("a pledge's last print is kept", _PLEDGES, "if (quota > left)", "if (quota >= left)"),
    (
        "a license is larger than the pledge allows",
        _PLEDGES,
        "if (quota == 0 || quota > kept.quotaPerLicense)",
        "if (quota == 0)",
    ),
    (
        "a pledge is used for a second after its end",
        _PLEDGES,
        "if (block.timestamp >= until) revert PledgeOver",
        "if (block.timestamp > until) revert PledgeOver",
    ),
    ("an ended crisis goes on", _PLEDGES, "if (declared.ended != 0)", "if (false)"),
    (
        "a crisis lasts a second too long",
        _PLEDGES,
        "if (block.timestamp >= declared.until)",
        "if (block.timestamp > declared.until)",
    ),
    (
        "anybody ends a crisis",
        _PLEDGES,
        "if (msg.sender != declared.council)",
        "if (false)",
    ),
    (
        "anybody counts licenses",
        _PLEDGES,
        "if (msg.sender != licenses)",
        "if (false)",
    ),
    (
        "a recalled design is licensed",
        _PLEDGES,
        "if (recalled != 0)",
        "if (false)",
    ),
    (
        "a license outlasts its crisis's time",
        _PLEDGES,
        "expiry = last < declared.until ? last : declared.until;",
        "expiry = last;",
    ),
    (
        "to name one center less lets everybody in",
        _PLEDGES,
        "_namesCenters[msg.sender] = true;",
        "_namesCenters[msg.sender] = named;",
    ),
    (
        "the council itself signs tokens",
        _PLEDGES,
        "Admission(declared.signer,",
        "Admission(declared.council,",
    ),
    (
        "the signer of a crisis lets any license print",
        _REDEMPTION,
        "held.has(CRISIS) && crisisPledges.mayIssue(license, signer)",
        "crisisPledges.mayIssue(1, signer)",
    ),
    (
        "a crisis license can be revoked",
        _GRANTS,
        "IRREVOCABLE | CRISIS",
        "CRISIS",
    ),
)
