"""`platemark up`, `doctor`, `reindex` and `version`: the stack and this machine."""

from __future__ import annotations

from dataclasses import asdict
from importlib.metadata import version as installed_version
from typing import Annotated

import typer

from ledger.cli.exits import SETUP
from ledger.cli.options import JsonFlag
from ledger.cli.output import data, note, print_list, print_record, working
from ledger.cli.session import read_settings, session_of
from ledger.stopping import StopRequest, stopped_by_signals


def up(
    *,
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="The API's port; 0 for any that is free.")
    ] = 8700,
    chain_port: Annotated[
        int, typer.Option(min=0, max=65_535, help="The chain's port; 0 for any that is free.")
    ] = 8545,
) -> None:
    """Run a whole development stack until Ctrl-C: chain, contracts, IPFS and API.

    Everything listens on 127.0.0.1 only and is kept in PLATEMARK_HOME/dev, so the next
    start goes on where this one ended.
    """
    from ledger.stack import ENDING, Stack

    def say(what: str, where: str) -> None:
        data().print(f"{what:<10} {where}", soft_wrap=True)

    stop = StopRequest()
    with (
        stopped_by_signals(stop, ENDING, for_good=True),
        Stack(read_settings(), port=port, chain_port=chain_port, say=say, stop=stop) as stack,
    ):
        note("Ready. Ctrl-C stops everything.")
        stack.wait()
        note("Stopping.")


def doctor(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """Say what is there, what is missing and what to do. Ends with code 9 if it cannot work."""
    from ledger.doctor import examine

    session = session_of(context)
    with working("Looking around"):
        findings = examine(session.settings, session.url)
    shown = [
        {
            "": {"ok": "ok", "missing": "MISSING", "absent": "-"}[row.state],
            "what": row.name,
            "found": row.found,
            "to do": row.advice,
        }
        for row in findings
    ]
    print_list([asdict(row) for row in findings], shown, as_json=as_json, none="Nothing to see.")
    if any(row.state == "missing" for row in findings):
        raise typer.Exit(SETUP)


def reindex(*, as_json: JsonFlag = False) -> None:
    """Drop the database's copy of the chain and build it anew from the chain."""
    from ledger.cli.assembly import rebuild_projection

    with working("Reading the chain"):
        events = rebuild_projection(read_settings())
    document = {"events": events}
    print_record(document, document, as_json=as_json)


def version(*, as_json: JsonFlag = False) -> None:
    """Show the version of this program."""
    document = {"platemark": installed_version("platemark")}
    print_record(document, document, as_json=as_json)
