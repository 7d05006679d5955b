"""`platemark lease` and `platemark news`: for printers that will be without a network."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from ledger import leasefiles, newsfiles
from ledger.cli import units
from ledger.cli.options import JsonFlag, KeyName, Limit
from ledger.cli.output import note, print_json, print_list, print_record, when, working
from ledger.cli.paging import gather
from ledger.cli.session import session_of
from ledger.errors import MalformedRequest
from ledger.leasefiles import LeaseFile
from ledger.models import ZERO_DIGEST, Digest

app = typer.Typer(no_args_is_help=True, help="Prints ahead, for a printer that will be offline.")
news_app = typer.Typer(no_args_is_help=True, help="What stops prints, for gates that are offline.")


@app.command()
def request(
    context: typer.Context,
    license: Annotated[int, typer.Option(min=0, help="The license's number.")],
    printer: Annotated[str, typer.Option(help="The printer's address.")],
    count: Annotated[int, typer.Option(min=1, max=2_560, help="How many prints.")],
    *,
    lifetime: Annotated[str, typer.Option(help="How long it shall last: 12h, 7d, 30d.")] = "7d",
    silence: Annotated[
        str, typer.Option(help="How long it may be printed on without news: 12h, 7d.")
    ] = "2d",
    job: Annotated[
        str | None,
        typer.Option(
            help="Bind it to one file: the SHA-256 of a variant. Any slice of the design unless "
            "given."
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option(help="Folder for the lease's file, such as the gate's inbox.")
    ] = Path(),
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Ask for a lease as the licensee: one file that is dropped before the gate."""
    from ledger.client.leaseside import request_lease

    if not out.is_dir():
        raise MalformedRequest(f"There is no folder {out}.")
    session = session_of(context)
    machine = session.address(printer)
    with session.desk(key) as desk, working("Asking for a lease"):
        file = request_lease(
            desk,
            license,
            machine,
            count,
            lifetime=units.duration(lifetime),
            silence=units.duration(silence),
            job=Digest.parse(job) if job else ZERO_DIGEST,
        )
    path = out / f"license-{license}-{leasefiles.digest_of(file).hex()[:12]}{leasefiles.SUFFIX}"
    _write(path, leasefiles.dump(file))
    if as_json:
        print_json({"lease": leasefiles.as_json(file), "file": str(path)})
        return
    print_record({}, {"file": path, **_members(file)}, as_json=False)
    note("Drop it into the gate's inbox.")


@app.command()
def show(
    context: typer.Context,
    digest: Annotated[str, typer.Argument(help="The lease's digest.")],
    *,
    as_json: JsonFlag = False,
) -> None:
    """Show a lease."""
    session = session_of(context)
    with session.service() as service:
        file = service.lease(Digest.parse(digest))
    print_record(leasefiles.as_json(file), _members(file), as_json=as_json)


@app.command("list")
def list_leases(
    context: typer.Context,
    *,
    license: Annotated[int | None, typer.Option(min=0, help="Of this license.")] = None,
    printer: Annotated[str | None, typer.Option(help="Of this printer.")] = None,
    limit: Limit = 50,
    as_json: JsonFlag = False,
) -> None:
    """List leases, the oldest first."""
    session = session_of(context)
    machine = None if printer is None else session.address(printer)
    with session.service() as service:
        found = gather(lambda at, size: service.leases(license, machine, at, size), limit)
    rows = [row.model_dump(mode="json") for row in found]
    shown = [
        {
            "lease": row["digest"],
            "license": row["license"],
            "printer": row["printer"],
            "prints": row["count"],
            "valid until": when(row["deadline"]),
            "returned": when(row["returned_at"]) if row["returned_at"] else "",
        }
        for row in rows
    ]
    print_list(rows, shown, as_json=as_json, none="No lease was issued.")


@news_app.command()
def fetch(
    context: typer.Context,
    *,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The file to write, or a folder for it.")
    ],
    as_json: JsonFlag = False,
) -> None:
    """Write the newest news into a file, which may go to a gate on a USB stick."""
    session = session_of(context)
    with session.service() as service:
        file = service.news()
    name = f"news-{file.news.number}{newsfiles.SUFFIX}"
    path = out / name if out.is_dir() else out
    if not path.name.endswith(newsfiles.SUFFIX):
        raise MalformedRequest(f"A gate knows news by the end of their name: {newsfiles.SUFFIX}")
    _write(path, newsfiles.dump(file))
    stopped = file.stopped
    counts = {name: len(items) for name, items in stopped.document().items()}
    members = {
        "file": path,
        "number": file.news.number,
        "of": when(file.news.issued_at),
        **{f"{name} stopped": count for name, count in counts.items()},
    }
    document = {"news": json.loads(newsfiles.dump(file)), "file": str(path)}
    print_record(document, members, as_json=as_json)


def _members(file: LeaseFile) -> dict[str, object]:
    lease = file.lease
    return {
        "lease": leasefiles.digest_of(file),
        "license": lease.license,
        "printer": lease.printer,
        "prints": lease.count,
        "tokens": len(file.tickets),
        "valid from": when(lease.not_before),
        "valid until": when(lease.deadline),
        "longest time without news": f"{lease.silence} s",
    }


def _write(path: Path, data: bytes) -> None:
    """A file that is there whole or not at all: a gate may be watching."""
    partial = path.with_name(path.name + ".part")
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise MalformedRequest(f"{path} cannot be written: {error.strerror}.") from error
