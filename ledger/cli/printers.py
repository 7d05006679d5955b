"""`platemark printer`: the printers of a center, and the end of one that is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli import units
from ledger.cli.options import JsonFlag, KeyName, Limit
from ledger.cli.output import print_list, print_record, when, working
from ledger.cli.paging import gather
from ledger.cli.session import now, session_of
from ledger.errors import MalformedRequest

if TYPE_CHECKING:
    from ledger.client.answers import Printer

app = typer.Typer(no_args_is_help=True, help="Enrolled printers: look, and end one.")

MESSAGE_SECONDS = 300
PrinterAddress = Annotated[str, typer.Argument(help="The printer's address.")]


@app.command("list")
def list_printers(
    context: typer.Context,
    *,
    center: Annotated[
        str | None, typer.Option(help="Of this center: an address or a key's name.")
    ] = None,
    limit: Limit = 50,
    as_json: JsonFlag = False,
) -> None:
    """List enrolled printers, and what became of each."""
    session = session_of(context)
    owner = None if center is None else session.address(center)
    with session.service() as service:
        rows = gather(lambda cursor, size: service.printers(owner, cursor, size), limit)
    shown = [
        {"printer": row.printer, "name": row.name, "center": row.center, "standing": standing(row)}
        for row in rows
    ]
    documents = [row.model_dump(mode="json") for row in rows]
    print_list(documents, shown, as_json=as_json, none="No printer is enrolled.")


@app.command()
def show(context: typer.Context, printer: PrinterAddress, *, as_json: JsonFlag = False) -> None:
    """Show one printer."""
    session = session_of(context)
    with session.service() as service:
        row = service.printer(session.address(printer))
    print_record(row.model_dump(mode="json"), _members(row), as_json=as_json)


@app.command()
def revoke(
    context: typer.Context,
    printer: PrinterAddress,
    *,
    reason: Annotated[str, typer.Option(help="What happened: stolen, lost, sold.")],
    since: Annotated[
        str | None,
        typer.Option(help="From when on it is not yours: a date or Unix seconds. Now else."),
    ] = None,
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """End a printer of your center for good: no token, key or redemption for it any more.

    Gates and printers that are offline hear of it with the next news. What it prints and
    redeems nevertheless is shown by every audit.
    """
    from ledger.models import PrinterRevocation

    session = session_of(context)
    begins = now() if since is None else units.moment(since, now())
    if begins > now():
        raise MalformedRequest("A printer is revoked from now on, or from an earlier time.")
    with session.desk(key) as desk, working("Revoking the printer"):
        revocation = PrinterRevocation(
            session.address(printer), desk.address, reason, begins, now() + MESSAGE_SECONDS
        )
        signature = desk.signer.sign(desk.domain.typed(revocation))
        row = desk.service.revoke_printer(revocation, signature)
    print_record(row.model_dump(mode="json"), _members(row), as_json=as_json)


def standing(row: Printer) -> str:
    """What may be said of a printer in a few words."""
    if row.revoked_since is not None:
        return f"revoked since {when(row.revoked_since)}: {row.revoked_reason}"
    return f"followed by {row.successor}" if row.successor else "enrolled"


def _members(row: Printer) -> dict[str, Any]:
    return {
        "printer": row.printer,
        "name": row.name,
        "center": row.center,
        "enrolled": when(row.enrolled_at),
        "standing": standing(row),
        "before it": row.predecessor,
    }
