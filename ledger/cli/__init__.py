"""The command line: `platemark ...`. Reference: docs/cli.md, which is generated from here."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli import (
    audits,
    checkpoints,
    crises,
    deploying,
    designs,
    earnings as earnings,
    gates,
    issuers,
    keys,
    leases,
    licenses,
    lineage as lineage,
    offers,
    passing as passing,
    printers,
    queues,
    recalls,
    slices,
    system,
    tokens,
    variants,
    voids,
    webhooks,
)
from ledger.cli.exits import Commands
from ledger.cli.logs import to_stderr
from ledger.cli.session import Session, read_settings
from ledger.stopping import ignore_who_asks_again

DEFAULT_SERVICE = "http://127.0.0.1:8700"

app = typer.Typer(
    name="platemark",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(keys.app, name="key")
app.add_typer(designs.app, name="design")
app.add_typer(offers.app, name="offer")
app.add_typer(licenses.app, name="license")
app.add_typer(voids.app, name="void")
app.add_typer(variants.app, name="variant")
app.add_typer(slices.app, name="slice")
app.add_typer(issuers.app, name="issuer")
app.add_typer(tokens.app, name="token")
app.add_typer(leases.app, name="lease")
app.add_typer(leases.news_app, name="news")
app.add_typer(crises.app, name="crisis")
app.add_typer(gates.app, name="gate")
app.add_typer(printers.app, name="printer")
app.add_typer(queues.app, name="queue")
app.add_typer(webhooks.app, name="webhook")
app.add_typer(checkpoints.app, name="checkpoint")
app.command()(audits.audit)
app.command()(recalls.cancel)
app.command()(system.up)
app.command()(deploying.deploy)
app.command()(system.doctor)
app.command()(system.reindex)
app.command()(system.version)


@app.callback()
def root(
    context: typer.Context,
    *,
    service: Annotated[
        str, typer.Option(envvar="PLATEMARK_SERVICE", help="URL of the Platemark service.")
    ] = DEFAULT_SERVICE,
) -> None:
    """Platemark: a design-rights ledger for distributed 3D printing.

    A designer registers a model, a print center buys the right to print it so many times,
    a gate beside the printer starts a job only on proof, and anybody can check it all later.
    """
    to_stderr()
    context.obj = Session(service.rstrip("/"), read_settings())


def main() -> None:
    """The entry point of `platemark`."""
    try:
        app(prog_name="platemark")
    finally:
        ignore_who_asks_again()
