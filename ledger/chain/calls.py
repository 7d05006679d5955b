"""Calls that change the contracts, built but not sent.

Building needs the ABI and the addresses, and no chain: a client builds for itself what
it is asked to sign.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from web3 import Web3

from ledger.artifacts import Artifact
from ledger.chain.call import Call as Call, as_argument as as_argument
from ledger.chain.crises import CrisisCalls
from ledger.chain.currencies import ERC20_ABI
from ledger.chain.license_calls import LicenseCalls, as_tuple as as_tuple
from ledger.chain.life_calls import LifeCalls
from ledger.chain.registry_calls import RegistryCalls
from ledger.tokens import Domain


class Calls(RegistryCalls, LicenseCalls, LifeCalls):
    """The calls of one deployment."""

    def __init__(
        self, domain: Domain, artifacts: Mapping[str, Artifact], w3: Web3 | None = None
    ) -> None:
        """`w3` is a connection to share, for who has one."""
        eth = (w3 or Web3()).eth
        self._registry: Any = eth.contract(
            as_argument(domain.registry), abi=artifacts["DesignRegistry"].abi
        )
        self._licenses: Any = eth.contract(
            as_argument(domain.licenses), abi=artifacts["PrintLicenses"].abi
        )
        self._pledges: Any = eth.contract(
            as_argument(domain.pledges), abi=artifacts["CrisisPledges"].abi
        )
        self._currency: Any = eth.contract(abi=ERC20_ABI)
        self.crises = CrisisCalls(self._pledges, self._licenses)
