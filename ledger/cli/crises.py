"""`platemark crisis`: pledge designs for a crisis, declare and end one, take licenses in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli import units
from ledger.cli.options import DesignId, JsonFlag, KeyName, Limit
from ledger.cli.output import print_list, print_record, when, working
from ledger.cli.paging import gather
from ledger.cli.sent import print_sent
from ledger.cli.session import now, session_of
from ledger.errors import MalformedRequest
from ledger.models import ContentHash, Region

if TYPE_CHECKING:
    from ledger.client.crises import Crisis

app = typer.Typer(no_args_is_help=True, help="Crises: pledge, declare, end, take licenses.")
CrisisNumber = Annotated[int, typer.Argument(min=1, help="The crisis's number.")]
ServicePays = Annotated[
    bool,
    typer.Option(
        "--service-pays", help="Sign a message only; the service sends it and pays the gas."
    ),
]
Council = Annotated[
    str | None, typer.Option(help="Only those of this council: an address or a key's name.")
]


@app.command()
def pledge(
    context: typer.Context,
    design: DesignId,
    *,
    council: Annotated[str, typer.Option(help="To whom: an address or a key's name.")],
    document: Annotated[
        Path, typer.Option(help="What the pledge is for: a text file that all can read.")
    ],
    each: Annotated[int, typer.Option("--each", min=1, help="Most prints of one license.")],
    total: Annotated[int, typer.Option("--total", min=1, help="Most prints of all licenses.")],
    until: Annotated[
        str, typer.Option(help="How long it binds: +1y, a date, or Unix seconds.")
    ] = "+1y",
    duration: Annotated[
        str, typer.Option(help="How long one license lasts at most: 12h, 30d.")
    ] = "30d",
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Pledge a design of yours to a council. It binds until its end, also who buys the design.

    Again, with greater numbers and the same document, it becomes more generous.
    """
    from ledger.client import crises

    session = session_of(context)
    promise = crises.Promise(
        until=units.moment(until, now()),
        max_duration=units.duration(duration),
        quota_per_license=each,
        quota_in_all=total,
        document=_text(document),
    )
    whom = session.address(council)
    with session.desk(key) as desk, working("Pledging"):
        sent = crises.pledge(desk, ContentHash.parse(design), whom, promise)
    print_sent(sent, as_json=as_json, council=whom)


@app.command()
def pledges(
    context: typer.Context,
    *,
    design: Annotated[str | None, typer.Option(help="Only those of this design.")] = None,
    council: Council = None,
    limit: Limit = 50,
    as_json: JsonFlag = False,
) -> None:
    """List pledges, over or not."""
    session = session_of(context)
    wanted = ContentHash.parse(design) if design else None
    whose = session.address(council) if council else None
    with session.service() as service:
        rows = gather(lambda cursor, size: service.pledges(wanted, whose, cursor, size), limit)
    shown = [
        {
            "design": row.design,
            "council": row.council,
            "taken": f"{row.taken} of {row.quota_in_all}",
            "a license": row.quota_per_license,
            "until": when(row.until),
        }
        for row in rows
    ]
    documents = [row.model_dump(mode="json") for row in rows]
    print_list(documents, shown, as_json=as_json, none="Nothing is pledged.")


@app.command()
def centers(
    context: typer.Context,
    names: Annotated[list[str], typer.Argument(help="Addresses or names of keys.")],
    *,
    remove: Annotated[bool, typer.Option("--remove", help="Name them no longer.")] = False,
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """As a council, name the centers that may take licenses in your crises.

    Until you first do, anybody may; from then on only centers that you name.
    """
    from ledger.client import crises

    session = session_of(context)
    addresses = [session.address(name) for name in names]
    with session.desk(key) as desk, working("Naming"):
        sent = crises.name_centers(desk, addresses, allow=not remove)
    print_sent(sent, as_json=as_json)


@app.command()
def declare(
    context: typer.Context,
    region: Annotated[str, typer.Argument(help="Where, by ISO 3166: UA, or TR-31 for a part.")],
    *,
    evidence: Annotated[
        Path, typer.Option(help="What the council decided upon: a text file that all can read.")
    ],
    until: Annotated[
        str, typer.Option(help="Until when licenses can be taken: +30d, a date, or Unix seconds.")
    ] = "+30d",
    signer: Annotated[
        str | None,
        typer.Option(help="Who signs its print tokens. The service, if nobody is named."),
    ] = None,
    service_pays: ServicePays = False,
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """As a council, declare a crisis: centers can take licenses of what was pledged to you."""
    from ledger.client import crises

    session = session_of(context)
    place, end_, text = Region(region), units.moment(until, now()), _text(evidence)
    named = session.address(signer) if signer else None
    if service_pays and named is not None:
        raise typer.BadParameter("The service pays only where it signs the tokens: no --signer.")
    with session.desk(key) as desk, working("Declaring"):
        if service_pays:
            done = crises.declare_without_gas(desk, place, end_, text)
            print_record(
                done.model_dump(mode="json"),
                {"crisis": done.crisis, "transaction": done.transaction, "block": done.block},
                as_json=as_json,
            )
            return
        number, sent = crises.declare(desk, place, end_, text, named)
    print_sent(sent, as_json=as_json, crisis=number)


@app.command()
def end(
    context: typer.Context,
    crisis: CrisisNumber,
    *,
    service_pays: ServicePays = False,
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """As its council, end a crisis now. Licenses that were taken last until their own end."""
    from ledger.client import crises

    with session_of(context).desk(key) as desk, working("Ending"):
        if service_pays:
            done = crises.end_without_gas(desk, crisis)
            members = {"transaction": done.transaction, "block": done.block}
            print_record(done.model_dump(mode="json"), members, as_json=as_json)
            return
        sent = crises.end(desk, crisis)
    print_sent(sent, as_json=as_json, crisis=crisis)


@app.command()
def take(
    context: typer.Context,
    crisis: CrisisNumber,
    design: DesignId,
    *,
    quota: Annotated[int, typer.Option("--quota", min=1, help="How many prints.")],
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Take a license of a pledged design in a crisis: nothing is paid but gas."""
    from ledger.client import crises

    with session_of(context).desk(key) as desk, working("Taking"):
        license, sent = crises.take(desk, crisis, ContentHash.parse(design), quota)
    print_sent(sent, as_json=as_json, license=license)


@app.command("list")
def list_crises(
    context: typer.Context,
    *,
    council: Council = None,
    limit: Limit = 50,
    as_json: JsonFlag = False,
) -> None:
    """List crises, the oldest first."""
    session = session_of(context)
    whose = session.address(council) if council else None
    with session.service() as service:
        rows = gather(lambda cursor, size: service.crises(whose, cursor, size), limit)
    shown = [
        {
            "crisis": row.crisis,
            "region": row.region,
            "council": row.council,
            "state": _state(row),
        }
        for row in rows
    ]
    documents = [row.model_dump(mode="json") for row in rows]
    print_list(documents, shown, as_json=as_json, none="No crisis was declared.")


@app.command()
def show(context: typer.Context, crisis: CrisisNumber, *, as_json: JsonFlag = False) -> None:
    """Show a crisis: what was declared, and how many licenses were taken in it."""
    with session_of(context).service() as service:
        row = service.crisis(crisis)
    document = row.model_dump(mode="json")
    members = {
        "crisis": row.crisis,
        "region": row.region,
        "council": row.council,
        "state": _state(row),
        "evidence": row.evidence,
        "signer": row.signer,
        "licenses": len(document.get("licenses", [])),
    }
    print_record(document, members, as_json=as_json)


def _state(row: Crisis) -> str:
    if row.open:
        return f"open until {when(row.until)}"
    if row.ended is not None:
        return f"ended early, {when(row.ended)}"
    return f"ran out {when(row.until)}"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MalformedRequest(f"{path} cannot be read as text.") from error
