"""Sentences of what PrintLicenses refuses beyond the first contracts: money, rights, life.

`ledger.chain.reverts` joins them with the others; a test enumerates the ABIs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ledger import errors
from ledger.errors import LedgerError

LICENSES: Mapping[str, tuple[type[LedgerError], str]] = {
    "BatchFailed": (
        errors.BatchFailed,
        "Call {index} of the batch failed, and so nothing was done: {reason}.",
    ),
    "LicenseIrrevocable": (
        errors.LicenseIrrevocable,
        "License {license} of design {design} was given for its whole term.",
    ),
    "LicenseNotTransferable": (
        errors.LicenseNotTransferable,
        "License {license} of design {design} is bound to its holder.",
    ),
    "LicenseeNotNamed": (
        errors.LicenseeNotNamed,
        "The offer is for {licensee} only; {buyer} cannot have a license under it.",
    ),
    "NotVoidable": (
        errors.NotVoidable,
        "Serial {serial} of license {license} of design {design} was not printed, or was voided "
        "before.",
    ),
    "PaymentShort": (
        errors.PaymentShort,
        "Of {expected} in the currency {currency} only {received} arrived: it takes a fee.",
    ),
    "PermitFailed": (
        errors.PermitFailed,
        "The currency {currency} did not take the permit of {owner}.",
    ),
    "RightsUnknown": (
        errors.RightsUnknown,
        "The rights {rights} name a bit that is none to give: a sum of 2, 4 and 8 is.",
    ),
    "SerialNotFree": (
        errors.SerialNotFree,
        "Serial {serial} of license {license} of design {design} cannot be passed on: it is "
        "printed or paid for.",
    ),
    "SignatureSpent": (
        errors.SignatureSpent,
        "The message {digest} of {signer} was used before, or cancelled.",
    ),
    "TooManyForLicensee": (
        errors.TooManyForLicensee,
        "{licensee} has {bought} prints under this offer already; it allows {maxPerLicensee}.",
    ),
    # OpenZeppelin: the helpers through which money moves
    "ReentrancyGuardReentrantCall": (
        errors.PaymentFailed,
        "The currency or the receiver called back while it was being paid.",
    ),
    "SafeERC20FailedOperation": (
        errors.PaymentFailed,
        "The currency {token} did not make the payment.",
    ),
}

CURRENCIES: Mapping[str, tuple[type[LedgerError], str]] = {
    "ERC20InsufficientBalance": (
        errors.BalanceTooLow,
        "{sender} has {balance} of the currency; {needed} are needed.",
    ),
    "ERC20InsufficientAllowance": (
        errors.AllowanceTooLow,
        "{spender} may take {allowance} of the currency; {needed} are needed.",
    ),
}
"""What a currency reverts with, where it keeps to ERC-6093: in no ABI of ours."""

CURRENCY_ERRORS_ABI: list[dict[str, Any]] = [
    {
        "type": "error",
        "name": name,
        "inputs": [
            {"name": who, "type": "address"},
            {"name": has, "type": "uint256"},
            {"name": "needed", "type": "uint256"},
        ],
    }
    for name, who, has in (
        ("ERC20InsufficientBalance", "sender", "balance"),
        ("ERC20InsufficientAllowance", "spender", "allowance"),
    )
]
