"""`platemark checkpoint`: anchor the log of one's own service, and check that of any other."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ledger.cli.options import JsonFlag, Limit
from ledger.cli.output import note, print_list, print_record, when, working
from ledger.cli.paging import gather
from ledger.cli.session import read_settings, session_of
from ledger.models import Address

app = typer.Typer(no_args_is_help=True, help="The log of what was signed, and its roots on chain.")


@app.command()
def anchor(*, as_json: JsonFlag = False) -> None:
    """Anchor the log of the service whose folder is here; its issuer signs and pays.

    For the operator, on the service's machine and with its settings, as often as you like
    (a timer does well). Nothing is sent if nothing was signed since, or if the log is no
    longer the one that was anchored. Run it again if it was interrupted.
    """
    from ledger.cli.assembly import anchor_log

    with working("Anchoring"):
        checkpoint, new = anchor_log(read_settings())
    document = {
        "size": checkpoint.size,
        "root": str(checkpoint.root),
        "transaction": str(checkpoint.transaction),
        "block": checkpoint.block,
        "new": new,
    }
    print_record(document, document, as_json=as_json)
    if not new:
        note("Nothing was signed since that checkpoint: nothing was sent.")


@app.command("list")
def list_checkpoints(
    context: typer.Context, *, limit: Limit = 50, as_json: JsonFlag = False
) -> None:
    """List what the service's log anchored, the oldest first."""
    with session_of(context).service() as service:
        rows = gather(service.checkpoints, limit)
    shown = [
        {
            "size": row.size,
            "root": row.root,
            "verdict": row.verdict,
            "anchored": when(row.anchored_at),
            "transaction": row.transaction,
        }
        for row in rows
    ]
    documents = [row.model_dump(mode="json") for row in rows]
    print_list(documents, shown, as_json=as_json, none="Nothing was anchored yet.")


@app.command()
def verify(
    context: typer.Context,
    index: Annotated[
        int | None,
        typer.Argument(min=0, help="An entry's index, as an audit names it. All unless given."),
    ] = None,
    *,
    from_block: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Where to begin reading the chain. Where the service says that the contracts "
            "were made, unless given; 0 believes it not even that.",
            show_default=False,
        ),
    ] = None,
    former_issuer: Annotated[
        list[str] | None,
        typer.Option(
            help="An issuer that the service had before, whose tokens and leases you take as "
            "well; may be repeated. Those of the pinned one alone, unless given.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Check the service's log against your own chain node (PLATEMARK_RPC_URL).

    One entry: who signed it, its inclusion proof up to an anchored root, and that this log
    is the beginning of the newest one. Without an index: every entry and every root, computed
    here. Ends with code 7 if anything does not fit.
    """
    from ledger.cli.assembly import anchored_by
    from ledger.client import logcheck

    session = session_of(context)
    issuers = {Address(text) for text in former_issuer or ()}
    with session.service() as service, working("Checking"):
        pin = session.pin(service)
        block = service.deployment().block if from_block is None else from_block
        deployment, anchored = anchored_by(session.settings, pin, block)
        asked = service, deployment.domain, issuers | {pin.issuer}, anchored
        if index is None:
            document = _whole(logcheck.check_all(*asked))
        else:
            document = _one(logcheck.check_entry(*asked, index))
    print_record(document, document, as_json=as_json)


def _whole(log: Any) -> dict[str, Any]:
    return {
        "entries": log.entries,
        "checkpoints": len(log.checkpoints),
        "anchored": log.checkpoints[-1].size if log.checkpoints else 0,
        "uncovered": log.uncovered,
    }


def _one(found: Any) -> dict[str, Any]:
    return {
        "index": found.index,
        "type": found.entry.type,
        "digest": str(found.digest),
        "signer": found.signer,
        "checkpoint": found.checkpoint.size,
        "root": str(found.checkpoint.root),
        "transaction": str(found.checkpoint.transaction),
        "block": found.checkpoint.block,
        "newest": found.newest.size,
    }
