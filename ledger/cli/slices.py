"""`platemark slice`: compute slices of a design, approve them, list them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from ledger.cli.options import DesignId, JsonFlag, KeyName, Limit
from ledger.cli.output import note, print_list, print_record, when
from ledger.cli.paging import gather
from ledger.cli.session import session_of
from ledger.errors import MalformedRequest
from ledger.models import ZERO_DIGEST, ContentHash, Digest

app = typer.Typer(no_args_is_help=True, help="Slices: G-code that print tokens may bind.")


@app.command()
def make(
    model: Annotated[Path, typer.Argument(help="The design's file: STL, 3MF, OBJ or STEP.")],
    profile: Annotated[Path, typer.Option(help="The printer's profile (an .ini file).")],
    *,
    output: Annotated[
        Path | None, typer.Option(help="Where to keep the G-code. Without it, nowhere.")
    ] = None,
    slicer: Annotated[Path, typer.Option(help="The slicer.")] = Path("/usr/bin/prusa-slicer"),
    as_json: JsonFlag = False,
) -> None:
    """Slice a model as a gate would, and print the hashes that `approve` takes.

    It runs confined, like at the gate. Slice three times: if hashes differ, the slicer does not
    make the same G-code of this model each time, and a token that binds one may be refused.
    """
    from ledger.gate.slicing.workshop import Settings, Workshop

    for path in (model, profile):
        if not path.is_file():
            raise MalformedRequest(f"There is no file {path}.")
    with TemporaryDirectory(prefix="platemark-slice-") as folder:
        target = output or Path(folder) / "out.gcode"
        workshop = Workshop(Settings(profile=profile.absolute(), slicer=slicer), Path(folder))
        made = workshop.slice(model, target, ZERO_DIGEST)
        with model.open("rb") as file:
            design = Digest(hashlib.file_digest(file, "sha256").digest())
    reading = made.reading
    shown = {
        "design": str(design),
        "profile": str(made.profile),
        "job": str(made.job),
        "slicer": reading.made_by,
        "filament": f"{reading.filament / 1_000:.2f} m",
        "material": f"{reading.material_mg / 1_000:.1f} g {reading.material}",
        "time": f"{reading.seconds} s",
        "layers": reading.layers,
    }
    document = {name: shown[name] for name in ("design", "profile", "job", "slicer")}
    print_record({**document, **reading.as_json()}, shown, as_json=as_json)
    note(
        f"Approve it: platemark slice approve {design} --profile {made.profile} --job {made.job} "
        f"--slicer '{reading.made_by}'"
    )


@app.command()
def approve(
    context: typer.Context,
    design: DesignId,
    *,
    profile: Annotated[str, typer.Option(help="SHA-256 of the profile's file, in hex.")],
    job: Annotated[str, typer.Option(help="SHA-256 of the G-code, in hex.")],
    slicer: Annotated[str, typer.Option(help="Name and version, as `make` prints it.")],
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Sign for a slice of your design, so that tokens may bind it."""
    from ledger.client.slices import approve_slice

    with session_of(context).desk(key) as desk:
        row = approve_slice(
            desk, ContentHash.parse(design), Digest.parse(profile), Digest.parse(job), slicer
        )
    shown = {"design": row.design, "job": row.job, "profile": row.profile, "signer": row.signer}
    print_record(row.model_dump(mode="json"), shown, as_json=as_json)
    note(f"Print it: platemark token request ... --job {row.job}")


@app.command("list")
def list_slices(
    context: typer.Context, design: DesignId, *, limit: Limit = 50, as_json: JsonFlag = False
) -> None:
    """List a design's approved slices by the hash of their G-code."""
    wanted = ContentHash.parse(design)
    with session_of(context).service() as service:
        rows = gather(lambda cursor, size: service.slices(wanted, cursor, size), limit)
    shown = [
        {
            "job": row.job,
            "profile": row.profile,
            "slicer": row.slicer,
            "approved": when(row.approved_at),
        }
        for row in rows
    ]
    documents = [row.model_dump(mode="json") for row in rows]
    print_list(documents, shown, as_json=as_json, none="The design has no approved slice.")
