"""`platemark design`: register a file, look designs up, take out what they earned."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Any

import typer

from ledger.cli import units
from ledger.cli.currencies import CurrencyOption, currency_of
from ledger.cli.exits import CONFLICT
from ledger.cli.options import DesignId, JsonFlag, KeyName, Limit
from ledger.cli.output import note, print_list, print_record, upload_bar, when, working
from ledger.cli.paging import gather
from ledger.cli.sent import print_sent
from ledger.cli.session import session_of
from ledger.client.answers import Design
from ledger.errors import MalformedRequest
from ledger.models import Address, ContentHash, Parent

app = typer.Typer(no_args_is_help=True, help="Designs: register, look up, withdraw earnings.")


@app.command()
def register(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The design: STL, 3MF, OBJ, STEP or G-code.")],
    *,
    title: Annotated[
        str | None, typer.Option(help="Its title. The file's name without ending unless given.")
    ] = None,
    description: Annotated[str, typer.Option(help="What it is, in any number of words.")] = "",
    parent: Annotated[
        list[str] | None,
        typer.Option(
            help="What it is derived from, up to 8 times: a file with the owner's consent, or "
            "ID:PERCENT for a design of your own or one that is open at this share."
        ),
    ] = None,
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Register a design: its file is sealed and pinned, its hash goes on chain in your name.

    If a registration broke off, run it again: finished steps are not repeated.
    """
    if not file.is_file():
        raise MalformedRequest(f"There is no file {file}.")
    with session_of(context).desk(key) as desk, upload_bar(file) as progress:
        parents = [_parent(text, file, desk.address) for text in parent or ()]
        prepared, registered = desk.register(
            file, title or file.stem, description, progress, parents
        )
    measures = prepared.measures
    if measures.get("note"):
        note(str(measures["note"]))
    document = {
        **prepared.model_dump(mode="json", exclude={"typed_data", "deadline"}),
        **registered.model_dump(mode="json"),
    }
    members = {
        "design": registered.design,
        "owner": registered.owner,
        "format": prepared.format,
        "size": _size(measures.get("bounding_box_mm")),
        "file": f"{prepared.plain_size} bytes, sealed {prepared.sealed_size}",
        "sealed file": prepared.cid,
        "transaction": f"{registered.transaction} (block {registered.block})",
    }
    print_record(document, members, as_json=as_json)


@app.command()
def register_folder(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="A folder of designs; what is below it is not.")],
    *,
    item_by_item: Annotated[
        bool,
        typer.Option(
            "--item-by-item", help="Register what can be; else one failure ends it for all."
        ),
    ] = False,
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Register every file of a folder in one transaction, each under its name without ending.

    Ends with code 5 if a file was refused.
    """
    from ledger.client import designing

    if not folder.is_dir():
        raise MalformedRequest(f"There is no folder {folder}.")
    files = [(path, path.stem) for path in sorted(folder.iterdir()) if path.is_file()]
    if not files:
        raise MalformedRequest(f"There is no file in {folder}.")
    with session_of(context).desk(key) as desk, working(f"Registering {len(files)} files"):
        done = designing.register_all(desk, files, all_or_nothing=not item_by_item)
    shown = [
        {
            "file": path.name,
            "design": item.design,
            "": (item.problem or {}).get("error") or "registered",
        }
        for (path, _), item in zip(files, done.items, strict=True)
    ]
    print_list(done.model_dump(mode="json")["items"], shown, as_json=as_json, none="Nothing.")
    if any(item.problem for item in done.items):
        raise typer.Exit(CONFLICT)


@app.command("list")
def list_designs(
    context: typer.Context,
    *,
    owner: Annotated[
        str | None, typer.Option(help="Only those of this owner: an address or a key's name.")
    ] = None,
    limit: Limit = 50,
    as_json: JsonFlag = False,
) -> None:
    """List registered designs, the oldest first."""
    session = session_of(context)
    address = session.address(owner) if owner else None
    with session.service() as service:
        rows = gather(lambda cursor, size: service.designs(address, cursor, size), limit)
    shown = [
        {
            "design": row.design,
            "title": row.title,
            "owner": row.owner,
            "registered": when(row.registered_at),
        }
        for row in rows
    ]
    documents = [row.model_dump(mode="json") for row in rows]
    print_list(documents, shown, as_json=as_json, none="No design is registered.")


@app.command()
def show(context: typer.Context, design: DesignId, *, as_json: JsonFlag = False) -> None:
    """Show a design: who registered it when, and what the file is."""
    with session_of(context).service() as service:
        row = service.design(ContentHash.parse(design))
    print_record(row.model_dump(mode="json"), _members(row), as_json=as_json)


@app.command()
def withdraw(
    context: typer.Context,
    design: DesignId,
    *,
    to: Annotated[
        str | None, typer.Option(help="Who receives it: an address or a key's name.")
    ] = None,
    currency: CurrencyOption = None,
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Take out what a design has earned in a currency. `license settle` credits prints first."""
    session = session_of(context)
    payee = session.address(to) if to else None
    with session.desk(key) as desk, working("Withdrawing"):
        sent = desk.withdraw(ContentHash.parse(design), payee, currency_of(currency))
    print_sent(sent, as_json=as_json)


def hash_of(file: Path) -> ContentHash:
    """SHA-256 of a file. Raises MalformedRequest."""
    try:
        with file.open("rb") as stream:
            return ContentHash(hashlib.file_digest(stream, "sha256").digest())
    except OSError as error:
        raise MalformedRequest(f"{file} cannot be read: {error.strerror}.") from error


def _parent(text: str, file: Path, owner: Address) -> Parent:
    """A parent from the command line; a consent must be for this file and this owner."""
    design, colon, share = text.rpartition(":")
    if colon and not Path(text).is_file():
        return Parent(ContentHash.parse(design), units.percent(share))
    from ledger.client import consents

    consent = consents.load(Path(text))
    said = consent.derivation
    if (said.design, said.owner) != (hash_of(file), owner):
        raise MalformedRequest(
            f"{text} is a consent to the design {said.design} of {said.owner}, not to this file "
            f"of {owner}."
        )
    return consent.parent


def _members(row: Design) -> dict[str, Any]:
    extra = row.model_extra or {}
    measures = extra.get("measures") or {}
    return {
        "design": row.design,
        "title": row.title,
        "owner": row.owner,
        "designer": row.designer,
        "registered": f"{when(row.registered_at)}, block {row.block}",
        "transaction": row.transaction,
        "format": extra.get("format"),
        "size": _size(measures.get("bounding_box_mm")),
        "triangles": measures.get("triangles"),
        "watertight": measures.get("watertight"),
        "sealed file": row.cid,
        "metadata": extra.get("metadata"),
        "parents": ", ".join(parent["design"] for parent in extra.get("parents") or ()) or None,
        "recalled": bool(extra.get("recalled")),
        "on sale": extra.get("on_sale"),
    }


def _size(box: Any) -> str | None:
    if not box:
        return None
    return " x ".join(f"{side:g}" for side in box) + " mm"
