"""`platemark deploy`: put the contracts on a chain."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ledger.cli import units
from ledger.cli.options import JsonFlag, KeyName
from ledger.cli.output import note, print_record, working
from ledger.cli.session import session_of
from ledger.errors import SetupError


def deploy(
    context: typer.Context,
    *,
    minimum_age: Annotated[
        str | None,
        typer.Option(
            help="How old a commitment must be before a design is registered, for ever: 90s, 10m. "
            "PLATEMARK_MINIMUM_AGE, or 0 (no commitments), unless given.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The deployment file to write. PLATEMARK_DEPLOYMENT unless given."),
    ] = None,
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Deploy the contracts to the chain of PLATEMARK_RPC_URL, and write the deployment file.

    On a chain where others see transactions before they are mined, choose a minimum age of a
    few blocks: then nobody can overtake a registration.
    """
    from ledger import artifacts, chain

    session = session_of(context)
    settings = session.settings
    file = out or settings.deployment_file
    if file.exists():
        raise SetupError(f"There is a deployment file at {file} already.")
    age = settings.minimum_age if minimum_age is None else units.duration(minimum_age)
    signer = session.signer(key)
    with working("Deploying"):
        made = chain.deploy(settings.rpc_url, signer, artifacts.load(), age)
    made.save(file)
    document = {**asdict(made), "minimum_age": age, "file": str(file)}
    print_record(document, document, as_json=as_json)
    note("Keep the file: services and gates go by it.")
