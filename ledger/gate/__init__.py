"""The gate: a program beside a printer that lets a job start only on proof.

It fails closed: what is not proven is refused, and after a crash it goes on from its
journal without ever printing a serial twice. docs/gate.md tells how.

===============  ==========================================================
`check`          may this be printed? a numbered list, in one pure function
`config`, `keys` a gate's folder, its settings and its two keys
`runner.Gate`    the program itself, over the ports in `ports`
`hosts`          what makes a machine print
`status`         what the gate says of itself
===============  ==========================================================
"""

from ledger.gate import check, config, ports
from ledger.gate.config import Config, load
from ledger.gate.keys import Keys
from ledger.gate.making import init
from ledger.gate.runner import Gate
from ledger.gate.status import Status, status

__all__ = [
    "Config",
    "Gate",
    "Keys",
    "Status",
    "check",
    "config",
    "init",
    "load",
    "ports",
    "status",
]
