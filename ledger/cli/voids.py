"""`platemark void`: prints that failed, and the serials that replace theirs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.options import JsonFlag, KeyName, LicenseNumber, Limit
from ledger.cli.output import note, print_list, print_record, when, working
from ledger.cli.paging import gather
from ledger.cli.sent import print_sent
from ledger.cli.session import read_settings, session_of
from ledger.errors import MalformedRequest
from ledger.models import Address, ContentHash, Digest, Void, serials_of
from ledger.signing import parse_signature

if TYPE_CHECKING:
    from ledger.client.failures import Reported

app = typer.Typer(no_args_is_help=True, help="Voids: failed prints, which are replaced.")
Serials = Annotated[list[int], typer.Argument(min=0, help="The serials of the failed prints.")]


@app.command()
def waiting(context: typer.Context, license: LicenseNumber, *, as_json: JsonFlag = False) -> None:
    """List the failed prints of a license that are not voided, each with its evidence.

    That is the printer's receipt; or, where the outcome is `called bad`, the sign-off of the
    center, which gains a serial by the void, and whose printer says that all went well.
    """
    with session_of(context).service() as service:
        found = service.failures(license)
    documents = [row.model_dump(mode="json") for row in found.items]
    print_list(
        documents, _shown(found.items), as_json=as_json, none="No failed print waits for a void."
    )
    note(f"The service voids {found.left} more of this license without asking.")


@app.command()
def prints(
    context: typer.Context,
    license: LicenseNumber,
    serials: Serials,
    *,
    service_pays: Annotated[
        bool,
        typer.Option(
            "--service-pays", help="Sign a message only; the service sends it and pays the gas."
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before voiding.")] = False,
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Void failed prints of your design: the license gets a serial for each.

    The evidence is the receipt that the printer signed, or the center's sign-off (`void
    waiting`). It is checked here; at a terminal it is shown and confirmed first.
    """
    from ledger.client import failures, life

    with session_of(context).desk(key) as desk:
        receipts = failures.failed(desk, license, list(dict.fromkeys(serials)))
        if sys.stdin.isatty() and not yes:
            for row in _shown(receipts):
                note(", ".join(f"{name} {value}" for name, value in row.items()))
            typer.confirm("Void these prints?", abort=True, err=True)
        with working("Voiding"):
            if not service_pays:
                sent = life.void(desk, license, receipts)
                print_sent(sent, as_json=as_json, license=license)
                return
            done = [desk.service.send_void(*life.sign_void(desk, license, row)) for row in receipts]
    rows = [
        {"serial": row.serial, "transaction": str(one.transaction)}
        for row, one in zip(receipts, done, strict=True)
    ]
    print_list(rows, rows, as_json=as_json, none="Nothing was voided.")


@app.command()
def sign(
    context: typer.Context,
    license: LicenseNumber,
    serial: Annotated[int, typer.Argument(min=0, help="The serial of the failed print.")],
    *,
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("void.json"),
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Sign the void of a failed print of your design, for anybody to send within a day."""
    from ledger.client import failures, life

    with session_of(context).desk(key) as desk, working("Signing"):
        (receipt,) = failures.failed(desk, license, [serial])
        document = life.as_json(*life.sign_void(desk, license, receipt))
    try:
        out.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise MalformedRequest(f"{out} cannot be written: {error.strerror}.") from error
    print_record(document, {"license": license, "serial": serial, "file": out}, as_json=as_json)


@app.command()
def relay(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A void that was signed with `void sign`.")],
    *,
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Send a void that somebody signed. Anybody may; the caller pays the gas."""
    from ledger.client import life

    signed, signature = _read(file)
    with session_of(context).desk(key) as desk, working("Voiding"):
        sent = life.relay_void(desk, signed, signature)
    print_sent(sent, as_json=as_json, license=signed.license)


@app.command("by-service")
def by_service(license: LicenseNumber, serials: Serials, *, as_json: JsonFlag = False) -> None:
    """Void failed prints in the name of the service whose folder is here.

    For the operator, on the service's machine and with its settings: what the service does
    not void by itself (PLATEMARK_VOID_SHARE), its operator decides like this.
    """
    from ledger.cli.assembly import void_prints

    with working("Voiding"):
        mined = void_prints(read_settings(), license, list(dict.fromkeys(serials)))
    document = {
        "license": license,
        "serials": serials,
        "transaction": str(mined.transaction),
        "block": mined.block,
    }
    print_record(document, document, as_json=as_json)


@app.command()
def share(
    basis_points: Annotated[
        int, typer.Argument(min=0, max=10_000, help="Hundredths of a percent of the prints.")
    ],
    *,
    license: Annotated[int | None, typer.Option(min=0, help="For this license.")] = None,
    design: Annotated[str | None, typer.Option(help="For all licenses of this design.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Choose how much of one license or design the service here voids without asking.

    For the operator, like `by-service`. What is chosen for a license goes before what is
    chosen for its design, and that before PLATEMARK_VOID_SHARE.
    """
    from ledger.cli.assembly import choose_void_share

    if (license is None) == (design is None):
        raise MalformedRequest("Name either --license or --design.")
    subject = license if license is not None else ContentHash.parse(design or "")
    choose_void_share(read_settings(), subject, basis_points)
    document = {"subject": str(subject), "share": basis_points}
    print_record(document, document, as_json=as_json)


@app.command("list")
def list_voids(
    context: typer.Context,
    *,
    license: Annotated[
        int | None, typer.Option(min=0, help="Only those of this license.", show_default=False)
    ] = None,
    limit: Limit = 50,
    as_json: JsonFlag = False,
) -> None:
    """List voids, the oldest first."""
    with session_of(context).service() as service:
        rows = gather(lambda cursor, size: service.voids(license, cursor, size), limit)
    shown = [
        {
            "license": row.license,
            "serials": ", ".join(str(one) for one in serials_of(row.word, row.serials)),
            "evidence": row.evidence,
            "by": row.by,
            "voided": when(row.voided_at),
        }
        for row in rows
    ]
    documents = [row.model_dump(mode="json") for row in rows]
    print_list(documents, shown, as_json=as_json, none="Nothing was voided yet.")


def _shown(receipts: list[Reported]) -> list[dict[str, object]]:
    return [
        {
            "serial": row.serial,
            "outcome": row.outcome.value if row.sign_off is None else "called bad",
            "printer": row.printer,
            "ended": when(row.ended),
            "evidence": row.proof,
        }
        for row in receipts
    ]


def _read(file: Path) -> tuple[Void, bytes]:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        said = document["void"]
        signed = Void(
            ContentHash.parse(str(said["design"])),
            int(said["license"]),
            int(said["word"]),
            int(said["serials"]),
            Digest.parse(str(said["evidence"])),
            Address(str(said["issuer"])),
            int(said["deadline"]),
        )
        return signed, parse_signature(str(document["signature"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MalformedRequest(f"{file} holds no signed void.") from error
