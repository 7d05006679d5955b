"""All that the check of a print token wants to know, in one request to the node."""

from __future__ import annotations

from typing import Any, Protocol

from ledger.chain.call import as_argument
from ledger.chain.license_reads import license_of
from ledger.chain.rpc import Rpc
from ledger.chain.views import Views
from ledger.errors import DesignNotFound, LicenseNotFound, Recalled
from ledger.models import Address, ContentHash, License, PrintToken, Rights, Sight


class _Chain(Protocol):
    rpc: Rpc
    registry_views: Views
    license_views: Views

    def now(self) -> int: ...
    def license(self, design: ContentHash, number: int) -> License: ...
    def may_issue(self, design: ContentHash, signer: Address) -> bool: ...
    def may_issue_in_crisis(self, license: int, signer: Address) -> bool: ...
    def spent(self, number: int, word: int) -> int: ...


def see(chain: _Chain, token: PrintToken, signer: Address) -> Sight:
    """What the chain says of a token that `signer` is said to have signed.

    What is not answered in the one request (a revert, above all) is asked for alone, which
    says why. Raises ChainUnavailable, and nothing for what does not exist.
    """
    design, number = token.design, token.license
    licenses, registry = chain.license_views, chain.registry_views
    block, held, accepted, redeemed = chain.rpc.ask_together(
        [
            ("eth_getBlockByNumber", ["latest", False]),
            licenses.request("licenseOf", bytes(design), number),
            registry.request("acceptsSigner", bytes(design), as_argument(signer)),
            licenses.request("redeemedSerials", number, token.word),
        ]
    )
    license = _license(chain, design, number, licenses.read("licenseOf", held))
    may_issue, recalled = _authority(
        chain, design, signer, registry.read("acceptsSigner", accepted)
    )
    if not (may_issue or recalled) and license is not None and Rights.CRISIS in license.rights:
        may_issue = chain.may_issue_in_crisis(number, signer)
    spent = licenses.read("redeemedSerials", redeemed)
    spent = chain.spent(number, token.word) if spent is None else int(spent)
    return Sight(_time(chain, block), license, may_issue, recalled, spent)


def _time(chain: _Chain, block: Any) -> int:
    try:
        return int(block["timestamp"], 16)
    except (TypeError, KeyError, ValueError):
        return chain.now()


def _license(chain: _Chain, design: ContentHash, number: int, held: Any) -> License | None:
    if held is not None:
        return license_of(design, number, held)
    try:
        return chain.license(design, number)
    except LicenseNotFound:
        return None


def _authority(
    chain: _Chain, design: ContentHash, signer: Address, accepted: Any
) -> tuple[bool, ContentHash | None]:
    if accepted is not None:
        return bool(accepted), None
    try:
        return chain.may_issue(design, signer), None
    except DesignNotFound:
        return False, None
    except Recalled as error:
        return False, ContentHash.parse(str(error.facts["recalled"]))
