"""`platemark design` for recalls, sales and resale; `platemark cancel`."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli import designs, units
from ledger.cli.options import DesignId, JsonFlag, KeyName
from ledger.cli.output import working
from ledger.cli.sent import print_sent
from ledger.cli.session import session_of
from ledger.models import ContentHash, Digest, ResaleRoyalty

Notice = Annotated[str, typer.Option(help="Why: pinned for everybody to read.")]


@designs.app.command()
def recall(
    context: typer.Context,
    design: DesignId,
    *,
    notice: Notice,
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Recall your design: nothing is printed of it any more, nor of any design below it.

    Tokens that are out stop at once. A recall stays when the design changes hands.
    """
    from ledger.client import standing

    wanted = ContentHash.parse(design)
    with session_of(context).desk(key) as desk, working("Recalling"):
        sent = standing.recall(desk, wanted, notice)
    print_sent(sent, as_json=as_json, design=str(wanted))


@designs.app.command()
def lift(
    context: typer.Context,
    design: DesignId,
    *,
    notice: Notice,
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """End the recall of your design: what its licenses allow can be printed again."""
    from ledger.client import standing

    wanted = ContentHash.parse(design)
    with session_of(context).desk(key) as desk, working("Lifting"):
        sent = standing.lift(desk, wanted, notice)
    print_sent(sent, as_json=as_json, design=str(wanted))


@designs.app.command()
def withdraw_from_sale(
    context: typer.Context, design: DesignId, *, key: KeyName = None, as_json: JsonFlag = False
) -> None:
    """Sell no more licenses of your design. Those that are out stay good."""
    from ledger.client import standing

    wanted = ContentHash.parse(design)
    with session_of(context).desk(key) as desk, working("Withdrawing"):
        sent = standing.withdraw_from_sale(desk, wanted)
    print_sent(sent, as_json=as_json, design=str(wanted))


@designs.app.command()
def return_to_sale(
    context: typer.Context, design: DesignId, *, key: KeyName = None, as_json: JsonFlag = False
) -> None:
    """Sell licenses of your design again."""
    from ledger.client import standing

    wanted = ContentHash.parse(design)
    with session_of(context).desk(key) as desk, working("Returning"):
        sent = standing.return_to_sale(desk, wanted)
    print_sent(sent, as_json=as_json, design=str(wanted))


@designs.app.command()
def resale(
    context: typer.Context,
    design: DesignId,
    *,
    share: Annotated[
        int,
        typer.Option(
            "--share",
            parser=units.percent,
            metavar="PERCENT",
            help="Part of the price of a resale, at most 10.",
        ),
    ],
    to: Annotated[
        str | None, typer.Option(help="Who gets it: an address or a key's name. You unless given.")
    ] = None,
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Set what a market is asked to pay when your design is sold on (ERC-2981), once for ever."""
    from ledger.client import standing

    session = session_of(context)
    wanted = ContentHash.parse(design)
    payee = session.address(to) if to else None
    with session.desk(key) as desk, working("Setting"):
        royalty = ResaleRoyalty(payee or desk.address, share)
        sent = standing.set_resale(desk, wanted, royalty)
    shown = {"share": units.show_percent(share)}
    print_sent(sent, as_json=as_json, shown=shown, receiver=royalty.receiver, share=share)


def cancel(
    context: typer.Context,
    digest: Annotated[str, typer.Argument(help="The message's EIP-712 digest, in hex.")],
    *,
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Take back a message that you signed for the registry and that was not used yet.

    A consent to a derived design names its digest; nobody can use it from then on.
    """
    from ledger.client import standing

    wanted = Digest.parse(digest)
    with session_of(context).desk(key) as desk, working("Cancelling"):
        sent = standing.cancel(desk, wanted)
    print_sent(sent, as_json=as_json, digest=str(wanted))
