"""`platemark issuer`: whether the service may sign print tokens for a designer."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli import units
from ledger.cli.options import JsonFlag, KeyName
from ledger.cli.output import print_record, when, working
from ledger.cli.sent import print_sent
from ledger.cli.session import now, session_of

app = typer.Typer(no_args_is_help=True, help="The service's right to issue print tokens.")


@app.command()
def authorize(
    context: typer.Context,
    *,
    until: Annotated[str, typer.Option(help="Until when: +30d, a date, or Unix seconds.")] = "+1y",
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Let the service sign print tokens for all designs of your key."""
    expiry = units.moment(until, now())
    with session_of(context).desk(key) as desk, working("Authorizing"):
        sent = desk.authorize_issuer(expiry)
        issuer = desk.pin.issuer
    shown = {"expiry": when(expiry)}
    print_sent(sent, as_json=as_json, shown=shown, issuer=issuer, expiry=expiry)


@app.command()
def remove(context: typer.Context, *, key: KeyName = None, as_json: JsonFlag = False) -> None:
    """Take that right back, at once. Tokens that are out are worth nothing from then on."""
    with session_of(context).desk(key) as desk, working("Removing"):
        sent = desk.remove_issuer()
        issuer = desk.pin.issuer
    print_sent(sent, as_json=as_json, issuer=issuer)


@app.command()
def show(
    context: typer.Context,
    designer: Annotated[str, typer.Argument(help="An address or a key's name.")],
    *,
    as_json: JsonFlag = False,
) -> None:
    """Show whether the service may issue tokens for a designer."""
    session = session_of(context)
    address = session.address(designer)
    with session.service() as service:
        state = service.issuer(address)
    members = {
        "issuer": state.issuer,
        "designer": address,
        "authorized": state.authorized,
        "until": when(state.expiry) if state.expiry else None,
    }
    print_record(state.model_dump(mode="json"), members, as_json=as_json)
