"""`platemark design earnings` and `pass-up`: what a design has had, and its parents' part."""

from __future__ import annotations

import typer

from ledger.cli.currencies import CurrencyOption, currency_of
from ledger.cli.designs import app
from ledger.cli.options import DesignId, JsonFlag, KeyName
from ledger.cli.output import print_list, working
from ledger.cli.sent import print_sent
from ledger.cli.session import session_of
from ledger.models import ContentHash


@app.command()
def earnings(context: typer.Context, design: DesignId, *, as_json: JsonFlag = False) -> None:
    """Show what a design has had since the beginning, and what is there to withdraw."""
    with session_of(context).service() as service:
        rows = service.earnings(ContentHash.parse(design))
    shown = [
        {
            "own prints": row.value.show(row.settled),
            "from derived designs": row.value.show(row.received),
            "to parents": row.value.show(row.passed),
            "withdrawn": row.value.show(row.withdrawn),
            "to withdraw": row.value.show(row.withdrawable),
        }
        for row in rows
    ]
    documents = [row.model_dump(mode="json") for row in rows]
    print_list(documents, shown, as_json=as_json, none="The design has earned nothing yet.")


@app.command("pass-up")
def pass_up(
    context: typer.Context,
    design: DesignId,
    *,
    currency: CurrencyOption = None,
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Pass the parents' part of a design's earnings up to them. Anybody may."""
    from ledger.client import trading

    with session_of(context).desk(key) as desk, working("Passing up"):
        sent = trading.pass_up(desk, ContentHash.parse(design), currency_of(currency))
    print_sent(sent, as_json=as_json)
