"""`platemark license transfer, sublicense, custody`: licenses that pass from hand to hand."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.licenses import app
from ledger.cli.options import JsonFlag, KeyName, LicenseNumber
from ledger.cli.output import print_record, when, working
from ledger.cli.sent import print_sent
from ledger.cli.session import session_of

To = Annotated[str, typer.Option(help="The new holder: an address or a key's name.")]
DespiteTokens = Annotated[
    bool,
    typer.Option(
        "--despite-tokens",
        help="Also while print tokens for these prints are out: those of a whole license stay "
        "good for your printers, those of a part are worth nothing from then on.",
    ),
]


@app.command()
def transfer(
    context: typer.Context,
    license: LicenseNumber,
    *,
    to: To,
    despite_tokens: DespiteTokens = False,
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Pass a whole license on, with what is refundable of it. It must allow that."""
    from ledger.client import life

    session = session_of(context)
    whom = session.address(to)
    with session.desk(key) as desk, working("Passing on"):
        sent = life.transfer(desk, license, whom, despite_tokens=despite_tokens)
    print_sent(sent, as_json=as_json, license=license, to=whom)


@app.command()
def sublicense(
    context: typer.Context,
    license: LicenseNumber,
    *,
    to: To,
    quota: Annotated[int, typer.Option("--quota", min=1, help="How many prints.")],
    despite_tokens: DespiteTokens = False,
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Pass the last prints of a license on, as a license of their own on the same terms."""
    from ledger.client import life

    session = session_of(context)
    whom = session.address(to)
    with session.desk(key) as desk, working("Passing on"):
        number, sent = life.sublicense(desk, license, whom, quota, despite_tokens=despite_tokens)
    print_sent(sent, as_json=as_json, license=number, parent=license, to=whom)


@app.command()
def custody(context: typer.Context, license: LicenseNumber, *, as_json: JsonFlag = False) -> None:
    """Show who held a license since when, what it was split from, and what was split off."""
    with session_of(context).service() as service:
        found = service.custody(license)
    members = {
        "license": found.license,
        "design": found.design,
        "held by": "\n".join(
            f"{row['holder']} since {when(row['since'])}" for row in found.holders
        ),
        "split from": "\n".join(
            f"license {row['license']} of {row['licensee']}" for row in found.ancestors
        )
        or None,
        "split off": "\n".join(
            f"license {row['license']}: {row['quota']} prints to {row['to']}" for row in found.parts
        )
        or None,
    }
    print_record(found.model_dump(mode="json"), members, as_json=as_json)
