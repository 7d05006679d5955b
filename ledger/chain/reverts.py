"""Contract errors into Python errors: each custom error has a class and a sentence.

A test enumerates the ABIs against `REVERTS`, so a new contract error cannot be
forgotten here. OpenZeppelin's own errors are given the names that Platemark uses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.abi import collapse_if_tuple
from eth_utils.crypto import keccak

from ledger import errors
from ledger.chain.reverts_licenses import CURRENCIES, CURRENCY_ERRORS_ABI, LICENSES
from ledger.chain.reverts_registry import REGISTRY
from ledger.errors import BatchFailed, LedgerError, UnknownRevert
from ledger.models import Address

REVERTS: Mapping[str, tuple[type[LedgerError], str]] = {
    "BadSignature": (errors.BadSignature, "This is no valid signature of {signer}."),
    "CenterNotNamed": (
        errors.CenterNotNamed,
        "The council {council} does not name {center} among its centers.",
    ),
    "CheckpointEmpty": (errors.CheckpointEmpty, "A checkpoint of no entries cannot be anchored."),
    "CouncilMissing": (
        errors.CouncilMissing,
        "The design {design} cannot be pledged to the zero address.",
    ),
    "CrisisNotFound": (errors.CrisisNotFound, "No crisis {crisis} was declared."),
    "CrisisOver": (errors.CrisisOver, "Crisis {crisis} was over from {since} on."),
    "CrisisQuotaInvalid": (
        errors.CrisisQuotaInvalid,
        "{quota} prints are asked for; the pledge allows 1 to {quotaPerLicense} a license.",
    ),
    "CrisisSignerMissing": (errors.CrisisSignerMissing, "The crisis came without a signer."),
    "CrisisWindowInvalid": (
        errors.CrisisWindowInvalid,
        "A crisis cannot last until {until}: only until after now, and for 366 days at most.",
    ),
    "CurrencyNotSupported": (
        errors.CurrencyNotSupported,
        "Nothing at {currency} can be a currency: no contract is there.",
    ),
    "DesignAlreadyRegistered": (
        errors.DesignAlreadyRegistered,
        "The design {design} is registered already; it belongs to {owner}.",
    ),
    "DesignNotFound": (errors.DesignNotFound, "No design {design} is registered."),
    "DurationZero": (errors.DurationZero, "A license must last at least one second."),
    "EvidenceMissing": (errors.EvidenceMissing, "It came without the digest of its evidence."),
    "ExpiryInPast": (errors.ExpiryInPast, "The end {expiry} has passed already."),
    "InvalidIssuer": (errors.InvalidIssuer, "{issuer} cannot be an issuer."),
    "InvalidRecipient": (errors.InvalidRecipient, "{recipient} cannot receive this."),
    "LicenseExpired": (
        errors.LicenseExpired,
        "License {license} of design {design} ended at {expiry}.",
    ),
    "LicenseNotFound": (errors.LicenseNotFound, "Design {design} has no license {license}."),
    "LicenseRevoked": (
        errors.LicenseRevoked,
        "License {license} of design {design} was revoked at {revokedAt}.",
    ),
    "MetadataMissing": (
        errors.MetadataMissing,
        "The design {design} came without a metadata digest.",
    ),
    "NotCouncil": (errors.NotCouncil, "{caller} did not declare crisis {crisis}."),
    "NotDesignOwner": (errors.NotDesignOwner, "{caller} does not own the design {design}."),
    "NotIssuer": (
        errors.NotIssuer,
        "{signer} neither owns the design {design} nor is an issuer of its owner.",
    ),
    "NotLicensee": (
        errors.NotLicensee,
        "{caller} does not hold license {license} of design {design}.",
    ),
    "NotPrintLicenses": (errors.NotPrintLicenses, "{caller} is not the licenses contract."),
    "NothingToRefund": (
        errors.NothingToRefund,
        "License {license} of design {design} has nothing left to refund in these words.",
    ),
    "NothingToSettle": (
        errors.NothingToSettle,
        "License {license} of design {design} has nothing new to settle in these words.",
    ),
    "NothingToWithdraw": (
        errors.NothingToWithdraw,
        "No earnings are waiting for design {design}.",
    ),
    "OfferNotOpen": (
        errors.OfferNotOpen,
        "The offer {offer} is not open: it was closed, or never opened.",
    ),
    "PaymentFailed": (errors.PaymentFailed, "{to} did not take the payment of {amount}."),
    "PledgeBinds": (
        errors.PledgeBinds,
        "The pledge of {design} to {council} binds until {until}; it cannot be made smaller.",
    ),
    "PledgeDocumentMissing": (
        errors.PledgeDocumentMissing,
        "The pledge of {design} came without a document.",
    ),
    "PledgeDurationInvalid": (
        errors.PledgeDurationInvalid,
        "A license cannot last {maxDuration} seconds: from 1 second to 366 days.",
    ),
    "PledgeExhausted": (
        errors.PledgeExhausted,
        "{quota} prints are asked for; the pledge has {left} left.",
    ),
    "PledgeNotFound": (
        errors.PledgeNotFound,
        "The design {design} was never pledged to {council}.",
    ),
    "PledgeOver": (
        errors.PledgeOver,
        "The pledge of {design} to {council} ended at {until}.",
    ),
    "PledgeQuotaInvalid": (
        errors.PledgeQuotaInvalid,
        "{quotaPerLicense} prints a license do not fit {quotaInAll} in all: at least 1 and at "
        "most all of them.",
    ),
    "PledgeWindowInvalid": (
        errors.PledgeWindowInvalid,
        "A pledge cannot last until {until}: only until after now, and for ten years at most.",
    ),
    "PrinterNotNamed": (
        errors.PrinterNotNamed,
        "The token names the printer {printer}; {caller} may not redeem it.",
    ),
    "QuotaExhausted": (
        errors.QuotaExhausted,
        "Serial {serial} is beyond the {quota} prints of license {license} of design {design}.",
    ),
    "QuotaLimitsInvalid": (
        errors.QuotaLimitsInvalid,
        "The least quota {minQuota} must be at least 1 and at most the greatest, {maxQuota}.",
    ),
    "QuotaOutOfRange": (
        errors.QuotaOutOfRange,
        "{quota} prints are outside the limits {minQuota} to {maxQuota}.",
    ),
    "RefundNotOpen": (
        errors.RefundNotOpen,
        "License {license} of design {design} can be refunded from {opens} on, not before.",
    ),
    "RegionMissing": (errors.RegionMissing, "The crisis came without a region."),
    "RootMissing": (errors.RootMissing, "The checkpoint of {size} entries came without a root."),
    "SerialAlreadySpent": (
        errors.SerialAlreadySpent,
        "Serial {serial} of license {license} of design {design} was printed already.",
    ),
    "SignatureExpired": (errors.SignatureExpired, "The signed message was void from {deadline}."),
    "TakeOutsideToken": (
        errors.TakeOutsideToken,
        "The serials {take} are none, or not all among the token's serials {serials}.",
    ),
    "TokenExpired": (errors.TokenExpired, "The print token was valid until {deadline}."),
    "TokenNotYetValid": (errors.TokenNotYetValid, "The print token is valid from {notBefore}."),
    "WindowInvalid": (
        errors.WindowInvalid,
        "The offer's window is from {opens} until {closes}; it is not that time.",
    ),
    "WrongPayment": (errors.WrongPayment, "The payment must be {expected}; {sent} was sent."),
    # OpenZeppelin: ERC-6093 and the helpers that our contracts link in
    "ERC721IncorrectOwner": (errors.NotDesignOwner, "{sender} does not own design {tokenId}."),
    "ERC721InsufficientApproval": (
        errors.NotDesignOwner,
        "{operator} may not move design {tokenId}.",
    ),
    "ERC721InvalidApprover": (errors.NotDesignOwner, "{approver} may not approve this."),
    "ERC721InvalidOperator": (errors.InvalidRecipient, "{operator} cannot be an operator."),
    "ERC721InvalidOwner": (errors.InvalidRecipient, "{owner} cannot own designs."),
    "ERC721InvalidReceiver": (errors.InvalidRecipient, "{receiver} does not take designs."),
    "ERC721InvalidSender": (errors.NotDesignOwner, "{sender} cannot give designs."),
    "ERC721NonexistentToken": (errors.DesignNotFound, "No design {tokenId} is registered."),
    "InvalidShortString": (errors.UnknownRevert, "A contract constant is damaged."),
    "StringTooLong": (errors.UnknownRevert, "A contract constant is too long: {str}."),
    "StringsInsufficientHexLength": (
        errors.UnknownRevert,
        "The number {value} does not fit {length} digits.",
    ),
    **LICENSES,
    **REGISTRY,
}


class RevertDecoder:
    """Turns the bytes of a revert into the error that they stand for."""

    def __init__(self, abis: Iterable[list[dict[str, Any]]]) -> None:
        self._errors: dict[bytes, dict[str, Any]] = {}
        for abi in (*abis, CURRENCY_ERRORS_ABI):
            for entry in abi:
                if entry["type"] == "error":
                    self._errors[_selector(entry)] = entry

    def decode(self, data: bytes) -> LedgerError:
        """The error for `data`; UnknownRevert (with the bytes) where nothing fits."""
        entry = self._errors.get(data[:4])
        if entry is None:
            return UnknownRevert(
                "The contract refused without a reason that is known here.",
                data="0x" + data[:256].hex(),
            )
        try:
            values = decode([collapse_if_tuple(item) for item in entry["inputs"]], data[4:])
        except DecodingError:
            return UnknownRevert(
                f"The arguments of {entry['name']} cannot be read.", data="0x" + data.hex()
            )
        facts = {
            _snake(item["name"]): _plain(item["type"], item["name"], value)
            for item, value in zip(entry["inputs"], values, strict=True)
        }
        kind, template = REVERTS.get(entry["name"]) or CURRENCIES[entry["name"]]
        shown = facts
        if kind is BatchFailed:
            inner = self.decode(values[1])
            shown = facts | {"reason": f"{type(inner).__name__}: {inner.detail.rstrip('.')}"}
        sentence = re.sub(r"{(\w+)}", lambda match: str(shown[_snake(match[1])]), template)
        return kind(sentence, **facts)


def _selector(entry: dict[str, Any]) -> bytes:
    inputs = ",".join(collapse_if_tuple(item) for item in entry["inputs"])
    return keccak(text=f"{entry['name']}({inputs})")[:4]


def _plain(kind: str, name: str, value: Any) -> str | int:
    if kind == "address":
        return Address(value)
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if name == "tokenId":
        return f"0x{value:064x}"
    if isinstance(value, int) and value > 2**53:
        return hex(value) if name in ("take", "serials") else str(value)
    return value if isinstance(value, int) else str(value)


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
