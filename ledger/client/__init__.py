"""The client of a Platemark service: what the command line, the gate and the demo speak through.

`ServiceClient` has a method for every route; `ledger.client.desk.Desk` does whole actions
with a key, and signs only what it has built itself. The one package that knows httpx.
"""

from ledger.client.service import ServiceClient
from ledger.client.wire import Terms

__all__ = ["ServiceClient", "Terms"]
