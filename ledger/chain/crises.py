"""CrisisPledges as Python: calls to pledge, declare, end and take, and what it holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ledger.chain.call import Call, as_argument, build
from ledger.chain.rpc import Rpc
from ledger.chain.views import Views
from ledger.models import (
    Address,
    ContentHash,
    Crisis,
    CrisisDeclaration,
    Digest,
    Pledge,
    PledgeTerms,
)


class CrisisCalls:
    """The calls of one deployment; building them needs no chain."""

    def __init__(self, pledges: Any, licenses: Any) -> None:
        """`pledges` and `licenses` are web3's contracts."""
        self._pledges = pledges
        self._licenses = licenses

    def pledge(self, design: ContentHash, council: Address, terms: PledgeTerms) -> Call:
        """Pledge the sender's design, or make its pledge more generous."""
        members = (
            terms.until,
            terms.max_duration,
            terms.quota_per_license,
            terms.quota_in_all,
            bytes(terms.document),
        )
        return build(self._pledges, "pledge", bytes(design), as_argument(council), members)

    def name_centers(self, centers: Sequence[Address], *, named: bool) -> Call:
        """Say who may take licenses in the sender's crises, or may not any more."""
        return build(self._pledges, "nameCenters", [as_argument(one) for one in centers], named)

    def declare(self, region: Digest, until: int, evidence: Digest, signer: Address) -> Call:
        """Declare a crisis in the sender's name."""
        return build(
            self._pledges, "declare", bytes(region), until, bytes(evidence), as_argument(signer)
        )

    def declare_by_sig(self, declaration: CrisisDeclaration, signature: bytes) -> Call:
        """Declare a crisis for a council that signed for it; the sender pays."""
        return build(
            self._pledges,
            "declareBySig",
            as_argument(declaration.council),
            bytes(declaration.region),
            declaration.until,
            bytes(declaration.evidence),
            as_argument(declaration.signer),
            bytes(declaration.salt),
            declaration.deadline,
            signature,
        )

    def end(self, crisis: int) -> Call:
        """End a crisis of the sender's."""
        return build(self._pledges, "end", crisis)

    def end_by_sig(self, crisis: int, deadline: int, signature: bytes) -> Call:
        """End a crisis for its council, which signed for it; the sender pays."""
        return build(self._pledges, "endBySig", crisis, deadline, signature)

    def take(self, design: ContentHash, crisis: int, quota: int) -> Call:
        """Take a license of a pledged design for the sender."""
        return build(self._licenses, "takeCrisisLicense", bytes(design), crisis, quota)


class Crises(CrisisCalls):
    """The same on a chain that answers. Raises only LedgerErrors."""

    def __init__(self, pledges: Any, licenses: Any, rpc: Rpc) -> None:
        super().__init__(pledges, licenses)
        self._views = Views(rpc, pledges)

    def pledge_of(self, design: ContentHash, council: Address) -> Pledge | None:
        """A pledge, over or not; None if there never was one."""
        until, duration, one, in_all, taken, document = self._read(
            "pledgeOf", bytes(design), as_argument(council)
        )
        if until == 0:
            return None
        terms = PledgeTerms(until, duration, one, in_all, Digest(document))
        return Pledge(design, council, terms, taken)

    def crisis(self, number: int) -> Crisis:
        """A crisis, over or not. Raises CrisisNotFound."""
        council, until, ended, signer = self._read("crisisOf", number)
        return Crisis(number, Address(council), until, ended or None, Address(signer))

    def crisis_of_license(self, license: int) -> int | None:
        """The crisis in which a license was taken; None for any other license."""
        return int(self._read("crisisOfLicense", license)) or None

    def may_issue(self, license: int, signer: Address) -> bool:
        """Whether the crisis of this license names `signer`; False where there is no crisis."""
        return bool(self._read("mayIssue", license, as_argument(signer)))

    def may_take(self, council: Address, center: Address) -> bool:
        """Whether a center may take licenses in the crises of a council."""
        return bool(self._read("mayTake", as_argument(council), as_argument(center)))

    def _read(self, name: str, *arguments: Any) -> Any:
        return self._views.ask(name, *arguments)
