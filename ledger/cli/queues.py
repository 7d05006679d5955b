"""`platemark queue`: a center's print orders, one after the other on its printers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli import units
from ledger.cli.options import JsonFlag, KeyName, Limit
from ledger.cli.output import note as say, print_list, print_record, when, working
from ledger.cli.paging import gather
from ledger.cli.session import session_of
from ledger.models import ZERO_DIGEST, Digest, OrderAction

if TYPE_CHECKING:
    from ledger.client.queueside import Ordered

app = typer.Typer(no_args_is_help=True, help="A center's queue: what its printers print next.")
Order = Annotated[str, typer.Argument(help="The order's digest, in hex.")]


@app.command()
def add(
    context: typer.Context,
    license: Annotated[int, typer.Option(min=0, help="The license's number.")],
    *,
    quantity: Annotated[int, typer.Option(min=1, help="How many good pieces.")] = 1,
    printer: Annotated[
        list[str] | None,
        typer.Option(help="A printer that may print them; may be repeated. Any unless given."),
    ] = None,
    retries: Annotated[
        int, typer.Option(min=0, help="How many failed pieces are printed again unasked.")
    ] = 0,
    sign_off: Annotated[
        bool, typer.Option("--sign-off", help="Hold a printer until you looked at its piece.")
    ] = False,
    lifetime: Annotated[str, typer.Option(help="How long the order holds: 12h, 30d.")] = "30d",
    job: Annotated[
        str | None, typer.Option(help="Bind it to one file: SHA-256 of a slice or variant.")
    ] = None,
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Put an order into the queue. It is your standing word for tokens of one serial each."""
    from ledger.client import queueside

    session = session_of(context)
    printers = [session.address(one) for one in printer or ()]
    with session.desk(key) as desk, working("Ordering"):
        row = queueside.add(
            desk,
            license,
            quantity,
            printers=printers,
            retries=retries,
            sign_off=sign_off,
            seconds=units.duration(lifetime),
            job=Digest.parse(job) if job else ZERO_DIGEST,
        )
    _print(row, as_json=as_json)


@app.command("list")
def list_orders(
    context: typer.Context,
    *,
    center: Annotated[str | None, typer.Option(help="Only those of this center.")] = None,
    printer: Annotated[str | None, typer.Option(help="Only those that it got a piece of.")] = None,
    state: Annotated[
        str | None, typer.Option(help="open, paused, waiting, done or cancelled.")
    ] = None,
    limit: Limit = 50,
    as_json: JsonFlag = False,
) -> None:
    """List orders as they arrived."""
    session = session_of(context)
    whose = session.address(center) if center else None
    machine = session.address(printer) if printer else None
    with session.service() as service:
        rows = gather(
            lambda cursor, size: service.orders(whose, machine, state, cursor, size), limit
        )
    shown = [
        {
            "order": row.digest,
            "license": row.license,
            "state": row.state,
            "done": f"{row.done}/{row.quantity}",
            "failed": row.failed,
            "until": when(row.until),
            "reason": row.reason,
        }
        for row in rows
    ]
    documents = [row.model_dump(mode="json") for row in rows]
    print_list(documents, shown, as_json=as_json, none="The queue is empty.")


@app.command()
def show(context: typer.Context, order: Order, *, as_json: JsonFlag = False) -> None:
    """Show an order with its pieces."""
    with session_of(context).service() as service:
        row = service.order(Digest.parse(order))
    shown = [
        {
            "token": piece.token,
            "serial": piece.serial,
            "printer": piece.printer,
            "state": piece.state,
            "started": "" if piece.started is None else when(piece.started),
            "good": "" if piece.accepted is None else piece.accepted,
        }
        for piece in row.pieces
    ]
    _print(row, as_json=as_json)
    if not as_json:
        print_list(shown, shown, as_json=False, none="No piece was given to a printer yet.")
    if row.older:
        say(f"{row.older} older pieces are not shown.")


@app.command()
def pause(
    context: typer.Context, order: Order, *, key: KeyName = None, as_json: JsonFlag = False
) -> None:
    """Give no more of an order; what is under way goes on."""
    _change(context, order, OrderAction.PAUSE, 0, key, as_json=as_json)


@app.command()
def resume(
    context: typer.Context, order: Order, *, key: KeyName = None, as_json: JsonFlag = False
) -> None:
    """Go on with a paused order."""
    _change(context, order, OrderAction.RESUME, 0, key, as_json=as_json)


@app.command()
def retry(
    context: typer.Context,
    order: Order,
    *,
    times: Annotated[int, typer.Option(min=1, help="How many more may be tried.")] = 1,
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Go on with an order of which too many pieces failed."""
    _change(context, order, OrderAction.RETRY, times, key, as_json=as_json)


@app.command()
def cancel(
    context: typer.Context, order: Order, *, key: KeyName = None, as_json: JsonFlag = False
) -> None:
    """End an order for good; what is under way goes on."""
    _change(context, order, OrderAction.CANCEL, 0, key, as_json=as_json)


@app.command()
def quantity(
    context: typer.Context,
    order: Order,
    pieces: Annotated[int, typer.Argument(min=1, help="How many good pieces are wanted now.")],
    *,
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Want more pieces, or fewer."""
    _change(context, order, OrderAction.QUANTITY, pieces, key, as_json=as_json)


@app.command()
def move(
    context: typer.Context,
    order: Order,
    *,
    down: Annotated[bool, typer.Option("--down", help="Later, and not earlier.")] = False,
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Move an order one place up in the queue, or down."""
    action = OrderAction.DOWN if down else OrderAction.UP
    _change(context, order, action, 0, key, as_json=as_json)


@app.command("sign-off")
def sign_off_piece(
    context: typer.Context,
    order: Order,
    token: Annotated[str, typer.Argument(help="The digest of the piece's token.")],
    *,
    bad: Annotated[bool, typer.Option("--bad", help="The piece is not good.")] = False,
    note: Annotated[str, typer.Option(help="What you saw.")] = "",
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Say that the plate is clear and the piece good. Its printer gets the next job then."""
    from ledger.client import queueside

    with session_of(context).desk(key) as desk, working("Signing off"):
        row = queueside.sign_off(
            desk, Digest.parse(order), Digest.parse(token), accepted=not bad, note=note
        )
    document = row.model_dump(mode="json")
    print_record(document, document, as_json=as_json)


def _change(
    context: typer.Context,
    order: str,
    action: OrderAction,
    value: int,
    key: str | None,
    *,
    as_json: bool,
) -> None:
    from ledger.client import queueside

    with session_of(context).desk(key) as desk, working("Changing the queue"):
        row = queueside.change(desk, Digest.parse(order), action, value)
    _print(row, as_json=as_json)


def _print(row: Ordered, *, as_json: bool) -> None:
    names = ("digest", "license", "state", "quantity", "done", "failed", "retries", "reason")
    shown = {name: getattr(row, name) for name in names}
    print_record(row.model_dump(mode="json"), shown, as_json=as_json)
