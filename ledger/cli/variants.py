"""`platemark variant`: hand in files that were made from a design for one customer each."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ledger.cli.options import JsonFlag, KeyName, LicenseNumber, Limit
from ledger.cli.output import note, print_list, print_record, upload_bar, when
from ledger.cli.paging import gather
from ledger.cli.session import session_of
from ledger.client.answers import Variant
from ledger.errors import MalformedRequest
from ledger.models import ZERO_DIGEST, Digest

app = typer.Typer(no_args_is_help=True, help="Variants: files made for one customer each.")


@app.command()
def upload(
    context: typer.Context,
    license: LicenseNumber,
    file: Annotated[Path, typer.Argument(help="The variant: STL, 3MF, OBJ, STEP or G-code.")],
    *,
    reference: Annotated[
        str | None,
        typer.Option(
            help="A digest (SHA-256, in hex) that reminds you for whom it is. Hash a secret "
            "along with the name, or others can guess it."
        ),
    ] = None,
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Hand in a variant of a license's design, to be printed on tokens that bind it.

    The license must allow variants. The file is sealed and pinned, not registered. If an
    upload broke off, run it again: finished steps are not repeated.
    """
    from ledger.client.variants import upload_variant

    if not file.is_file():
        raise MalformedRequest(f"There is no file {file}.")
    told = Digest.parse(reference) if reference else ZERO_DIGEST
    with session_of(context).desk(key) as desk, upload_bar(file) as progress:
        taken = upload_variant(desk, license, file, told, progress)
    if taken.measures.get("note"):
        note(str(taken.measures["note"]))
    print_record(taken.model_dump(mode="json"), _members(taken), as_json=as_json)
    note(f"Print it: platemark token request --license {license} --job {taken.job} ...")


@app.command("list")
def list_variants(
    context: typer.Context, license: LicenseNumber, *, limit: Limit = 50, as_json: JsonFlag = False
) -> None:
    """List a license's variants by their hash."""
    with session_of(context).service() as service:
        rows = gather(lambda cursor, size: service.variants(license, cursor, size), limit)
    shown = [
        {
            "variant": row.job,
            "format": row.format,
            "uploaded": when(row.accepted_at),
            "reference": _reference(row),
        }
        for row in rows
    ]
    documents = [row.model_dump(mode="json") for row in rows]
    print_list(documents, shown, as_json=as_json, none="The license has no variant.")


def _members(row: Variant) -> dict[str, Any]:
    return {
        "variant": row.job,
        "of design": row.design,
        "license": row.license,
        "format": row.format,
        "file": f"{row.plain_size} bytes, sealed {row.sealed_size}",
        "sealed file": row.cid,
        "reference": _reference(row),
        "uploaded": when(row.accepted_at),
    }


def _reference(row: Variant) -> Digest | None:
    return None if row.reference == ZERO_DIGEST else row.reference
