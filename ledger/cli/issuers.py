"""`platemark issuer`: whether the service may sign print tokens for a designer."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli import units
from ledger.cli.options import JsonFlag, KeyName, ServicePays
from ledger.cli.output import print_record, when, working
from ledger.cli.sent import print_sent
from ledger.cli.session import now, session_of

app = typer.Typer(no_args_is_help=True, help="The service's right to issue print tokens.")


@app.command()
def authorize(
    context: typer.Context,
    *,
    until: Annotated[str, typer.Option(help="Until when: +30d, a date, or Unix seconds.")] = "+1y",
    service_pays: ServicePays = False,
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Let the service sign print tokens for all designs of your key."""
    from ledger.client import standing

    expiry = units.moment(until, now())
    with session_of(context).desk(key) as desk, working("Authorizing"):
        sent = (
            standing.authorize_by_signature(desk, expiry)
            if service_pays
            else desk.authorize_issuer(expiry)
        )
        issuer = desk.pin.issuer
    shown = {"expiry": when(expiry)}
    print_sent(sent, as_json=as_json, shown=shown, issuer=issuer, expiry=expiry)


@app.command()
def remove(
    context: typer.Context,
    *,
    service_pays: ServicePays = False,
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Take that right back, at once. Tokens that are out are worth nothing from then on."""
    from ledger.client import standing

    with session_of(context).desk(key) as desk, working("Removing"):
        sent = standing.authorize_by_signature(desk, 0) if service_pays else desk.remove_issuer()
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
