"""`platemark audit`: from anything one may hold in hand to the chain of facts."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from ledger.cli.exits import INTEGRITY
from ledger.cli.options import JsonFlag
from ledger.cli.output import data, plain, print_json, when, working
from ledger.cli.session import session_of
from ledger.client.answers import Provenance
from ledger.errors import MalformedRequest

_NAMED = re.compile(r"\d{1,18}(:\d{1,10})?|crisis:\d{1,18}|(0x)?[0-9a-fA-F]{64}|0x[0-9a-fA-F]{40}")
_STYLES = {"error": "bold red", "warning": "yellow", "note": "dim"}


def audit(
    context: typer.Context,
    subject: Annotated[
        str,
        typer.Argument(
            help="A file on disk, a design id, a license (12), a serial (12:3), a crisis "
            "(crisis:2), a printer or another address. Write ./12 for a file of that name."
        ),
    ],
    *,
    strict: Annotated[
        bool, typer.Option("--strict", help="End with code 7 if any finding is an error.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Show who registered, licensed, redeemed and printed it, and everything that does not fit.

    A file is hashed here and never sent. Each fact says where it can be checked.
    """
    wanted = subject if _NAMED.fullmatch(subject) else _hash(Path(subject))
    with session_of(context).service() as service, working("Auditing"):
        dossier = service.provenance(wanted)
    if as_json:
        print_json(dossier.model_dump(mode="json"))
    else:
        _print(dossier)
    if strict and any(finding.get("severity") == "error" for finding in dossier.findings):
        raise typer.Exit(INTEGRITY)


def _hash(file: Path) -> str:
    try:
        with file.open("rb") as stream, working(f"Hashing {file.name}"):
            return "0x" + hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise MalformedRequest(
            f"{str(file)!r} is neither a file that can be read nor a design, license, serial, "
            f"crisis or address."
        ) from error


def _print(dossier: Provenance) -> None:
    out = data()
    out.print(Text(f"{dossier.kind} {dossier.subject}", style="bold"))
    facts = Table(box=None, header_style="bold")
    for name in ("when", "what", "values", "where to check"):
        facts.add_column(name, overflow="fold")
    for fact in dossier.facts:
        facts.add_row(
            when(int(fact["when"])),
            Text(plain(str(fact["what"]))),
            Text(plain(_values(fact.get("details") or {}))),
            Text(plain(str(fact["where"]))),
        )
    if dossier.facts:
        out.print(facts)
    for finding in dossier.findings:
        severity = str(finding.get("severity"))
        out.print(
            Text.assemble(
                (plain(f"{severity} {finding.get('kind')}"), _STYLES.get(severity, "")),
                plain(f": {finding.get('detail')} ({finding.get('where')})"),
            )
        )
    for row in dossier.log:
        covered = (
            f"covered by the checkpoint of {row['size']} entries, transaction {row['transaction']}"
            if row.get("size")
            else "not anchored yet"
        )
        out.print(Text(f"log entry {row['index']}: {row['type']} {row['digest']}, {covered}."))
    errors = sum(1 for finding in dossier.findings if finding.get("severity") == "error")
    out.print(
        f"{len(dossier.facts)} facts, {len(dossier.findings)} findings, {errors} of them errors."
    )


def _values(details: dict[str, Any]) -> str:
    shown = {
        name: value if isinstance(value, str | int | float | bool) else json.dumps(value)
        for name, value in details.items()
        if value is not None
    }
    return ", ".join(f"{name} {value}" for name, value in shown.items())
