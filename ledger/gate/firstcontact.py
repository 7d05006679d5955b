"""A chain that cannot be reached when the gate starts: it is verified before its first answer.

A gate with leases starts with no network. What it asks of the chain then fails as it would
later, and no chain but the right one is ever believed.
"""

from __future__ import annotations

from typing import Protocol

from ledger.gate.ports import ChainView, HasDomain
from ledger.models import Address, ContentHash, Digest, PrintToken, Sight


class Verifiable(ChainView, Protocol):
    """A chain that can be asked whether it is the right one; `ledger.chain.Chain` is one."""

    def verify(self) -> None:
        """Raise DeploymentMismatch unless the contracts of the deployment are there."""
        ...


class FirstContact:
    """A `ChainView` that verifies its chain once, as soon as it answers.

    Every method also raises DeploymentMismatch or ChainUnavailable.
    """

    def __init__(self, chain: Verifiable) -> None:
        self._chain = chain
        self._verified = False

    @property
    def deployment(self) -> HasDomain:
        """See `ChainView.deployment`: it is told by a file, not by the chain."""
        return self._chain.deployment

    def now(self) -> int:
        """See `ChainView.now`."""
        return self._right().now()

    def sight(self, token: PrintToken, signer: Address) -> Sight:
        """See `ChainView.sight`."""
        return self._right().sight(token, signer)

    def may_issue(self, design: ContentHash, signer: Address) -> bool:
        """See `ChainView.may_issue`."""
        return self._right().may_issue(design, signer)

    def spent(self, number: int, word: int) -> int:
        """See `ChainView.spent`."""
        return self._right().spent(number, word)

    def redeemed_as(self, token: PrintToken, digest: Digest, serial: int) -> Digest | None:
        """See `ChainView.redeemed_as`."""
        return self._right().redeemed_as(token, digest, serial)

    def _right(self) -> Verifiable:
        if not self._verified:
            self._chain.verify()
            self._verified = True
        return self._chain
