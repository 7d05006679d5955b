"""Classic bugs for who may do what with licenses, voids, passing on, batches and signatures.

scripts/planted_bugs.py plants them.
"""

from __future__ import annotations

_BOOK, _OFFERS = "licenses/LicenseBook.sol", "licenses/Offers.sol"
_GRANTS, _VOIDS = "licenses/Grants.sol", "licenses/Voids.sol"
_PASSING, _PACKED = "licenses/Passing.sol", "libraries/PackedLicense.sol"
_SIGNED, _BATCH = "base/SignedActions.sol", "base/Batch.sol"

BUGS: tuple[tuple[str, str, str, str], ...] = (
    ("a closed offer is sold", _OFFERS, "_open[offer] = false;", ""),
    (
        "anybody buys what is for one licensee",
        _OFFERS,
        "if (terms.licensee != address(0) && terms.licensee != licensee)",
        "if (false)",
    ),
    (
        "a licensee buys without limit",
        _OFFERS,
        "if (uint256(bought) + quota > most)",
        "if (false)",
    ),
    (
        "what a licensee bought is forgotten",
        _OFFERS,
        "_bought[offer][licensee] = bought + quota;",
        "",
    ),
    (
        "what is withdrawn or recalled is sold",
        _OFFERS,
        "if (terms.maxPerLicensee != 0) _count(offer, licensee, quota, terms.maxPerLicensee);\n"
        "        designRegistry.mustBeForSale(terms.design);",
        "if (terms.maxPerLicensee != 0) _count(offer, licensee, quota, terms.maxPerLicensee);",
    ),
    ("an offer gives any right", _OFFERS, "if (terms.rights & ~RIGHTS != 0)", "if (false)"),
    ("a grant gives any right", _GRANTS, "if (rights & ~RIGHTS != 0)", "if (false)"),
    (
        "anybody owns every design",
        _BOOK,
        "if (!designRegistry.isOwnerOf(design, msg.sender))",
        "if (false)",
    ),
    (
        "anybody grants licenses",
        _BOOK,
        "if (!designRegistry.isIssuerOf(design, issuer))",
        "if (false)",
    ),
    ("an irrevocable license is revoked", _GRANTS, "if (held.has(IRREVOCABLE))", "if (false)"),
    (
        "a license of a crisis can be revoked",
        _GRANTS,
        "expiry, 0, IRREVOCABLE | CRISIS)",
        "expiry, 0, CRISIS)",
    ),
    (
        "revocation is not marked",
        _PACKED,
        "kept | (block.timestamp << EXPIRY) | (uint256(REVOKED) << FLAGS)",
        "kept | (block.timestamp << EXPIRY)",
    ),
    ("what was not spent is voided", _VOIDS, "if (wrong != 0)", "if (false)"),
    (
        "a serial is voided twice",
        _VOIDS,
        "serials & ~(_spent[license][word].bits & ~voided)",
        "serials & ~_spent[license][word].bits",
    ),
    (
        "the replacement of a settled print is paid again",
        _VOIDS,
        "_markPaid(license, held.quota(), (serials & accounted).count());",
        "",
    ),
    ("a voided print is settled", _VOIDS, "_accounted[license][word] = accounted | serials;", ""),
    (
        "a license that is bound passes on",
        _PASSING,
        "if (!held.has(TRANSFERABLE))",
        "if (false)",
    ),
    ("spent serials pass on", _PASSING, "_requireFree(design, license, kept, whole);", ""),
    ("what passes on stays too", _PASSING, "= held.withQuota(kept);", "= held;"),
    (
        "the price stays behind",
        _PASSING,
        "if (payment.price != 0) _payments[passed] = payment;",
        "",
    ),
    (
        "a cancelled message works",
        _SIGNED,
        """        _spendSignature(msg.sender, digest);
        emit""",
        """        emit""",
    ),
    (
        "one failure in a batch is swallowed",
        _BATCH,
        "if (allOrNothing) revert",
        "if (false) revert",
    ),
    (
        "a failure item by item is not told",
        _BATCH,
        "emit BatchItemFailed(msg.sender, index, result);",
        "",
    ),
)
