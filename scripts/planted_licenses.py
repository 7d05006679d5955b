"""Classic bugs for redemption and money: a name, a file, the text that stands there once, the bug.

scripts/planted_bugs.py plants them.
"""

from __future__ import annotations

_REDEEM, _GRANTS = "licenses/Redemption.sol", "licenses/Grants.sol"
_ESCROW, _BOOK = "licenses/Escrow.sol", "licenses/LicenseBook.sol"
_ROYALTIES, _PAY = "licenses/Royalties.sol", "licenses/Payments.sol"
_SERIALS, _HASH = "libraries/Serials.sol", "libraries/TokenHash.sol"
_SIGNATURE = "libraries/TokenSignature.sol"

_REDEMPTION: tuple[tuple[str, str, str, str], ...] = (
    ("the spent check is dropped", _REDEEM, "if (before & take != 0) {", "if (false) {"),
    ("a redemption forgets earlier ones", _REDEEM, "= before | take;", "= take;"),
    (
        "the token's deadline is dropped",
        _REDEEM,
        "if (block.timestamp >= deadline + grace)",
        "if (false)",
    ),
    (
        "the token's beginning is dropped",
        _REDEEM,
        "if (block.timestamp < notBefore)",
        "if (false)",
    ),
    (
        "the license ends a second late",
        _REDEEM,
        "if (block.timestamp >= held.expiry() + grace)",
        "if (block.timestamp > held.expiry() + grace)",
    ),
    (
        "anybody's signature is good",
        _REDEEM,
        "if (!designRegistry.acceptsSigner(design, signer))",
        "if (false)",
    ),
    (
        "the signer of a crisis is not checked",
        _REDEEM,
        "held.has(CRISIS) && crisisPledges.mayIssue(license, signer)",
        "held.has(CRISIS)",
    ),
    (
        "the signer of a crisis signs for every license",
        _GRANTS,
        "crisisPledges.admit(license, design",
        "crisisPledges.admit(1, design",
    ),
    (
        "anybody may send a token",
        _REDEEM,
        "if (msg.sender != printer && msg.sender != signer)",
        "if (false)",
    ),
    ("an empty take is accepted", _REDEEM, "take == 0 || take & ~", "take & ~"),
    (
        "operands are swapped: token and take",
        _REDEEM,
        "take & ~serials != 0",
        "~take & serials != 0",
    ),
    (
        "serials past the quota are taken",
        _REDEEM,
        "take & ~Serials.held(held.quota(), word)",
        "take & ~take",
    ),
    ("the job is not signed", _HASH, "TOKEN_BYTES = 8 * 32", "TOKEN_BYTES = 7 * 32"),
    ("the job of a list is not signed", _HASH, "mstore(add(encoded, JOB_AT), job)", ""),
    (
        "the deadline of a list is not signed",
        _HASH,
        "mstore(add(encoded, DEADLINE_AT), deadline)",
        "",
    ),
    (
        "the printer of a list is not signed",
        _HASH,
        "mstore(add(encoded, PRINTER_AT), printer)",
        "",
    ),
    (
        "a later word may have another signer",
        _REDEEM,
        "} else if (pool.signer != signer) {",
        "} else if (false) {",
    ),
    (
        "a printer sends the tokens of another",
        _REDEEM,
        "if (pool.printer != msg.sender) named = pool.printer;",
        "",
    ),
    (
        "words of nobody are left out",
        _REDEEM,
        "if (done == 0 || done != words.length)",
        "if (done == 0)",
    ),
    ("what is left is spent too", _REDEEM, "serials ^ one.left", "serials | one.left"),
    (
        "the second of two keys is always meant",
        _SIGNATURE,
        "tryRecover(digest, r, vs);",
        "tryRecover(digest, r, vs | bytes32(uint256(1) << 255));",
    ),
    (
        "a wallet's answer is not read",
        _SIGNATURE,
        "!SignatureChecker.isValidERC1271SignatureNow(who, digest, signature[ADDRESS_LENGTH:])",
        "false",
    ),
    ("the quota is off by one", _SERIALS, "= quota - start;", "= quota - start + 1;"),
    (
        "a full word counts for none",
        _SERIALS,
        "if (bits == type(uint256).max) return WORD;",
        "",
    ),
    ("the last word is left out", _SERIALS, "(quota + WORD - 1) / WORD", "quota / WORD"),
)

_MONEY: tuple[tuple[str, str, str, str], ...] = (
    ("settlement counts twice", _ESCROW, "chosen & ~accounted;", "chosen;"),
    ("printed serials are refunded", _ESCROW, "word) & ~chosen;", "word);"),
    (
        "a refund opens before the grace is over",
        _ESCROW,
        "uint256 opens = held.expiry() + held.grace();",
        "uint256 opens = held.expiry();",
    ),
    ("a refund opens at once", _ESCROW, "if (block.timestamp < opens)", "if (false)"),
    (
        "anybody takes the refund",
        _BOOK,
        "if (msg.sender != held.licensee())",
        "if (false)",
    ),
    ("earnings are not zeroed", _ROYALTIES, "_accounts[design][currency].withdrawn += amount;", ""),
    (
        "earnings are zeroed after the payment",
        _ROYALTIES,
        """_accounts[design][currency].withdrawn += amount;
        emit EarningsWithdrawn(design, to, currency, amount);
        _pay(currency, to, amount);""",
        """_pay(currency, to, amount);
        _accounts[design][currency].withdrawn += amount;
        emit EarningsWithdrawn(design, to, currency, amount);""",
    ),
    (
        "a parent's part is passed up twice",
        _ROYALTIES,
        "account.shared = uint128(gross);",
        "",
    ),
    (
        "each slice is shared by itself",
        _ROYALTIES,
        "_part(gross, shares[index]) - _part(shared, shares[index]);",
        "_part(gross - shared, shares[index]);",
    ),
    (
        "each parent gets the share of the first",
        _ROYALTIES,
        "_part(gross, shares[index]) -",
        "_part(gross, shares[0]) -",
    ),
    (
        "roundings of several parents make money",
        _ROYALTIES,
        """            total += shares[index];
        }""",
        """            total += _part(account.gross, shares[index]);
        }
        if (shares.length != 0) return account.gross - total - account.withdrawn;""",
    ),
    (
        "a withdrawal does not pass up",
        _ROYALTIES,
        """        passUp(design, currency);
        amount""",
        """        amount""",
    ),
    (
        "a payment that failed is forgotten",
        _PAY,
        "if (!taken) revert PaymentFailed(to, amount);",
        "taken;",
    ),
    (
        "an ERC-20 that says no is believed",
        _PAY,
        "return IERC20(currency).safeTransfer(to, amount);",
        """{
            IERC20(currency).transfer(to, amount);
            return;
        }""",
    ),
    ("a fee on transfer is not seen", _PAY, "if (received != due)", "if (false)"),
    (
        "the guard is dropped where money comes in",
        _PAY,
        "uint256 due) private nonReentrant {",
        "uint256 due) private {",
    ),
    (
        "the guard is dropped where money goes out",
        _PAY,
        "uint256 amount) internal nonReentrant {",
        "uint256 amount) internal {",
    ),
    ("a buyer may pay less", _PAY, "if (msg.value != expected)", "if (msg.value > expected)"),
    (
        "value that comes with an ERC-20 is kept",
        _PAY,
        "if (msg.value != expected)",
        "if (msg.value < expected)",
    ),
    ("a permit that failed is forgotten", _PAY, "address(this)) < value)", "address(this)) < 0)"),
)

BUGS = _REDEMPTION + _MONEY
