"""`platemark webhook`: have events told to a program of your own."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ledger.cli.options import JsonFlag, KeyName
from ledger.cli.output import note, print_list, print_record, when, working
from ledger.cli.session import session_of
from ledger.models import Digest, HookAction

app = typer.Typer(no_args_is_help=True, help="Webhooks: events of the service, told to a URL.")
Webhook = Annotated[str, typer.Argument(help="The webhook's id, in hex.")]


@app.command()
def add(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="Where events are sent: https.")],
    *,
    event: Annotated[
        list[str] | None,
        typer.Option(help="Only events of this kind; may be repeated. All unless given."),
    ] = None,
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Register a webhook. Its secret is shown now, and never again."""
    from ledger.client import queueside

    with session_of(context).desk(key) as desk, working("Registering"):
        row = queueside.webhooks(desk, HookAction.ADD, url=url, events=event or ())
    shown = {name: row[name] for name in ("id", "url", "events", "secret")}
    print_record(row, shown | {"events": _kinds(row)}, as_json=as_json)
    note("Keep the secret: every message is signed with it (docs/webhooks.md).")


@app.command("list")
def list_webhooks(
    context: typer.Context, *, key: KeyName = None, as_json: JsonFlag = False
) -> None:
    """List your webhooks."""
    from ledger.client import queueside

    with session_of(context).desk(key) as desk:
        rows = queueside.webhooks(desk, HookAction.LIST)["items"]
    names = ("id", "url", "events", "state", "waiting", "given_up")
    shown = [{name: row[name] for name in names} | {"events": _kinds(row)} for row in rows]
    print_list(rows, shown, as_json=as_json, none="You have no webhook.")


@app.command()
def remove(
    context: typer.Context, webhook: Webhook, *, key: KeyName = None, as_json: JsonFlag = False
) -> None:
    """End a webhook; what was not delivered yet is not delivered any more."""
    _ask(context, webhook, HookAction.REMOVE, key, as_json=as_json)


@app.command("test")
def send_test(
    context: typer.Context, webhook: Webhook, *, key: KeyName = None, as_json: JsonFlag = False
) -> None:
    """Send a test event; `deliveries` shows what became of it."""
    _ask(context, webhook, HookAction.TEST, key, as_json=as_json)


@app.command()
def deliveries(
    context: typer.Context, webhook: Webhook, *, key: KeyName = None, as_json: JsonFlag = False
) -> None:
    """List what was delivered to a webhook or is still to be, the newest first."""
    from ledger.client import queueside

    with session_of(context).desk(key) as desk:
        answer = queueside.webhooks(desk, HookAction.DELIVERIES, Digest.parse(webhook))
    shown = [
        {
            "event": row["event"],
            "kind": row["kind"],
            "state": row["state"],
            "attempts": row["attempts"],
            "answer": row["last_result"],
            "created": when(row["created_at"]),
        }
        for row in answer["items"]
    ]
    print_list(answer["items"], shown, as_json=as_json, none="Nothing was told yet.")


def _kinds(row: dict[str, Any]) -> str:
    return str(row["events"]) or "all"


def _ask(
    context: typer.Context, webhook: str, action: HookAction, key: str | None, *, as_json: bool
) -> None:
    from ledger.client import queueside

    with session_of(context).desk(key) as desk:
        row = queueside.webhooks(desk, action, Digest.parse(webhook))
    print_record(row, row, as_json=as_json)
