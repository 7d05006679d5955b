"""`platemark design` for lineage: parents, consents, policies, what is above and below."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli import designs, units
from ledger.cli.options import DesignId, JsonFlag, KeyName, Limit
from ledger.cli.output import note, print_list, print_record, when, working
from ledger.cli.paging import gather
from ledger.cli.sent import print_sent
from ledger.cli.session import now, session_of
from ledger.errors import MalformedRequest
from ledger.models import ContentHash, Derivation, Policy

if TYPE_CHECKING:
    from ledger.client.standing import Lineage

Share = Annotated[
    int,
    typer.Option(
        "--share",
        parser=units.percent,
        metavar="PERCENT",
        help="What the parent gets of the derived design's earnings, such as 10 or 2.5.",
    ),
]


@designs.app.command()
def consent(
    context: typer.Context,
    parent: DesignId,
    *,
    child: Annotated[
        str, typer.Option(help="The derived design: its file, or the SHA-256 of it in hex.")
    ],
    to: Annotated[str, typer.Option(help="Who will own it: an address or a key's name.")],
    share: Share,
    until: Annotated[
        str, typer.Option(help="How long it can be used: +30d, a date, or Unix seconds.")
    ] = "+30d",
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("consent.json"),
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Agree, as a parent's owner, to one derived design: nothing is sent anywhere.

    Hand the file to whoever registers it: `design register FILE --parent consent.json`.
    """
    from ledger.client import consents

    session = session_of(context)
    design = ContentHash.parse(child) if _is_id(child) else designs.hash_of(Path(child))
    derivation = Derivation(
        design, ContentHash.parse(parent), share, session.address(to), units.moment(until, now())
    )
    with session.desk(key) as desk:
        given = consents.give(desk.domain, desk.signer, derivation)
        document = consents.dump(desk.domain, given)
    try:
        out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise MalformedRequest(f"{out} cannot be written: {error.strerror}.") from error
    members = {
        "file": out,
        "design": design,
        "parent": derivation.parent,
        "share": units.show_percent(share),
        "owner": derivation.owner,
        "until": when(derivation.deadline),
        "digest": document["digest"],
    }
    print_record({**document, "file": str(out)}, members, as_json=as_json)
    note(f"Take it back, while it is not used: platemark cancel {document['digest']}")


@designs.app.command()
def policy(
    context: typer.Context,
    design: DesignId,
    *,
    share: Annotated[
        int | None,
        typer.Option(
            "--share",
            parser=units.percent,
            metavar="PERCENT",
            help="Let anybody derive from it who gives this share of what they earn.",
            show_default=False,
        ),
    ] = None,
    closed: Annotated[
        bool, typer.Option("--closed", help="Let nobody derive from it without asking.")
    ] = False,
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Open your design to derived designs at a share, or close it again.

    Designs that are derived from it already keep the share that they were registered with.
    """
    from ledger.client import standing

    if closed == (share is not None):
        raise MalformedRequest("Name either a --share or --closed.")
    wanted = Policy(open=not closed, share=share or 0)
    with session_of(context).desk(key) as desk, working("Setting"):
        sent = standing.set_policy(desk, ContentHash.parse(design), wanted)
    print_sent(sent, as_json=as_json, open=wanted.open, share=wanted.share)


@designs.app.command()
def lineage(context: typer.Context, design: DesignId, *, as_json: JsonFlag = False) -> None:
    """Show what a design is made from, whether it is recalled, sold and open to derivation."""
    with session_of(context).service() as service:
        row = service.lineage(ContentHash.parse(design))
    print_record(row.model_dump(mode="json"), _members(row), as_json=as_json)


@designs.app.command()
def children(
    context: typer.Context, design: DesignId, *, limit: Limit = 50, as_json: JsonFlag = False
) -> None:
    """List the designs that are derived from one, the oldest first."""
    wanted = ContentHash.parse(design)
    with session_of(context).service() as service:
        rows = gather(lambda cursor, size: service.children(wanted, cursor, size), limit)
    shown = [
        {
            "design": row.design,
            "owner": row.owner,
            "share": units.show_percent(row.share),
            "registered": when(row.registered_at),
        }
        for row in rows
    ]
    documents = [row.model_dump(mode="json") for row in rows]
    print_list(documents, shown, as_json=as_json, none="No design is derived from it.")


def _members(row: Lineage) -> dict[str, Any]:
    parents = [f"{one['design']} ({units.show_percent(one['share'])})" for one in row.parents]
    return {
        "design": row.design,
        "parents": ", ".join(parents) or None,
        "above": len(row.ancestors),
        "recalled": _recall(row.recalled),
        "on sale": row.on_sale,
        "open to all": units.show_percent(row.policy["share"]) if row.policy["open"] else False,
        "resale royalty": None
        if row.resale is None
        else f"{units.show_percent(row.resale['share'])} to {row.resale['receiver']}",
    }


def _recall(found: dict[str, Any] | None) -> str | bool:
    if found is None:
        return False
    return f"{found['design']} since {when(found['since'])}, notice {found['notice_cid']}"


def _is_id(text: str) -> bool:
    bare = text.removeprefix("0x")
    return len(bare) == 64 and all(digit in "0123456789abcdefABCDEF" for digit in bare)
