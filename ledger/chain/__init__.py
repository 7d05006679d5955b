"""The chain: the contracts through JSON-RPC. The one package that knows web3."""

from ledger.chain.calls import Call, Calls
from ledger.chain.contracts import Chain, Mined
from ledger.chain.deployment import Deployment, deploy
from ledger.chain.events import ChainEvent
from ledger.chain.reverts import REVERTS, RevertDecoder
from ledger.chain.sender import Sender

__all__ = [
    "REVERTS",
    "Call",
    "Calls",
    "Chain",
    "ChainEvent",
    "Deployment",
    "Mined",
    "RevertDecoder",
    "Sender",
    "deploy",
]
