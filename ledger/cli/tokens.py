"""`platemark token`: ask for print tokens and write them where a gate finds them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from ledger import tickets
from ledger.cli import units
from ledger.cli.options import JsonFlag, KeyName
from ledger.cli.output import note, print_json, print_list, when, working
from ledger.cli.session import session_of
from ledger.errors import MalformedRequest
from ledger.models import ZERO_DIGEST, Digest, Ticket, serials_of

app = typer.Typer(no_args_is_help=True, help="Print tokens for one printer.")


@app.command()
def request(
    context: typer.Context,
    license: Annotated[int, typer.Option(min=0, help="The license's number.")],
    printer: Annotated[str, typer.Option(help="The printer's address.")],
    *,
    count: Annotated[int, typer.Option(min=1, max=65_536, help="How many prints.")] = 1,
    lifetime: Annotated[
        str, typer.Option(help="How long they shall be valid: 90m, 12h, 7d.")
    ] = "1d",
    job: Annotated[
        str | None,
        typer.Option(
            help="Bind them to one file: the SHA-256 of a variant. Any slice of the design "
            "unless given."
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option(help="Folder for the token files, such as the gate's inbox.")
    ] = Path(),
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Ask for print tokens as the licensee. Each is a file that is dropped before the gate."""
    if not out.is_dir():
        raise MalformedRequest(f"There is no folder {out}.")
    bound = Digest.parse(job) if job else ZERO_DIGEST
    session = session_of(context)
    machine = session.address(printer)
    seconds = units.duration(lifetime)
    with session.desk(key) as desk, working("Asking for tokens"):
        got = desk.request_tokens(license, machine, count, lifetime=seconds, job=bound)
    files = [_write(out, ticket) for ticket in got]
    if as_json:
        rows = [json.loads(tickets.dump(ticket)) for ticket in got]
        print_json({"tickets": rows, "files": [str(file) for file in files]})
        return
    shown = [
        {
            "file": file,
            "serials": _serials(ticket),
            "valid until": when(ticket.token.deadline),
        }
        for file, ticket in zip(files, got, strict=True)
    ]
    print_list(got, shown, as_json=False, none="No token was issued.")
    note("Drop them into the gate's inbox.")


def _write(folder: Path, ticket: Ticket) -> Path:
    """One file for a ticket, there whole or not at all: a gate may be watching."""
    digest = tickets.digest_of(ticket).hex()[:12]
    path = folder / f"license-{ticket.token.license}-{digest}{tickets.SUFFIX}"
    partial = path.with_name(path.name + ".part")
    try:
        with partial.open("wb") as file:
            file.write(tickets.dump(ticket))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise MalformedRequest(f"{path} cannot be written: {error.strerror}.") from error
    return path


def _serials(ticket: Ticket) -> str:
    """Serials as ranges: `0-2, 7`."""
    ranges: list[list[int]] = []
    for serial in serials_of(ticket.token.word, ticket.token.serials):
        if ranges and serial == ranges[-1][1] + 1:
            ranges[-1][1] = serial
        else:
            ranges.append([serial, serial])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in ranges)
