"""`platemark offer`: the terms at which licenses of a design are sold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ledger.cli import units
from ledger.cli.currencies import (
    CurrencyOption,
    RightOption,
    about,
    amount,
    currency_of,
    exact,
    rights_of,
    shower,
)
from ledger.cli.options import DesignId, Grace, JsonFlag, KeyName, Limit, OfferHash, Price, PriceWei
from ledger.cli.output import print_list, when, working
from ledger.cli.paging import gather
from ledger.cli.sent import print_sent
from ledger.cli.session import now, session_of
from ledger.client.answers import OfferTerms
from ledger.client.wire import Terms
from ledger.errors import MalformedRequest
from ledger.models import NOBODY, ContentHash, Digest

app = typer.Typer(no_args_is_help=True, help="Offers: open, list, close.")


@app.command("open")
def open_offer(
    context: typer.Context,
    design: DesignId,
    *,
    terms: Annotated[
        Path, typer.Option(help="The terms document: a text file that both sides can read.")
    ],
    price: Price = None,
    price_wei: PriceWei = None,
    least: Annotated[int, typer.Option("--min", min=1, help="Fewest prints a license.")] = 1,
    most: Annotated[int, typer.Option("--max", min=1, help="Most prints a license.")] = 1_000_000,
    opens: Annotated[
        str, typer.Option(help="From when on it can be taken: +1h, a date, or Unix seconds.")
    ] = "+0s",
    closes: Annotated[str, typer.Option(help="Until when, written likewise.")] = "+1y",
    duration: Annotated[
        str, typer.Option(help="How long a license lasts from its purchase: 12h, 30d, 1y.")
    ] = "1y",
    grace: Grace = 24,
    currency: CurrencyOption = None,
    licensee: Annotated[
        str | None,
        typer.Option(help="The only one who may buy: an address or a key's name."),
    ] = None,
    max_each: Annotated[
        int, typer.Option("--max-each", min=0, help="Most prints of one licensee; 0: no limit.")
    ] = 0,
    right: RightOption = None,
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Open an offer of a design that you own."""
    start, session = now(), session_of(context)
    one_price(price, price_wei)
    with session.service() as service:
        paid_in = about(service, currency_of(currency))
    each = price_wei if price is None else amount(price, paid_in)
    wanted = Terms(
        price=each or 0,
        min_quota=least,
        max_quota=most,
        opens=units.moment(opens, start),
        closes=units.moment(closes, start),
        duration=units.duration(duration),
        grace=grace,
        document=_document(terms),
        currency=paid_in.address,
        licensee=session.address(licensee) if licensee else NOBODY,
        max_per_licensee=max_each,
        rights=rights_of(right),
    )
    with session.desk(key) as desk, working("Opening the offer"):
        offer, sent = desk.open_offer(ContentHash.parse(design), wanted)
    shown = {"a print": exact(paid_in, wanted.price).rstrip(",")}
    print_sent(sent, as_json=as_json, shown=shown, offer=str(offer))


@app.command("list")
def list_offers(
    context: typer.Context,
    *,
    design: Annotated[str | None, typer.Option(help="Only those of this design.")] = None,
    limit: Limit = 50,
    as_json: JsonFlag = False,
) -> None:
    """List offers, the oldest first."""
    wanted = ContentHash.parse(design) if design else None
    with session_of(context).service() as service:
        rows = gather(lambda cursor, size: service.offers(wanted, cursor, size), limit)
        show = shower(service)
        shown = [
            {
                "offer": row.offer,
                "design": row.design,
                "a print": show(row.currency, row.price),
                "prints": _prints(row),
                "for": "anyone" if row.licensee == NOBODY else row.licensee,
                "rights": ", ".join(row.rights.names) or None,
                "closes": when(row.closes),
            }
            for row in rows
        ]
    documents = [row.model_dump(mode="json") for row in rows]
    print_list(documents, shown, as_json=as_json, none="There is no offer.")


@app.command()
def close(
    context: typer.Context, offer: OfferHash, *, key: KeyName = None, as_json: JsonFlag = False
) -> None:
    """Close an offer. Licenses that were bought under it stay valid."""
    with session_of(context).desk(key) as desk, working("Closing the offer"):
        sent = desk.close_offer(Digest.parse(offer))
    print_sent(sent, as_json=as_json)


def one_price(ether: int | None, wei: int | None) -> int:
    """The price in wei from the one option that was given."""
    if (ether is None) == (wei is None):
        raise typer.BadParameter("Give one price: --price in ether, or --price-wei.")
    return ether if ether is not None else wei or 0


def _prints(row: OfferTerms) -> str:
    each = f", {row.max_per_licensee} each" if row.max_per_licensee else ""
    return f"{row.min_quota} to {row.max_quota}{each}"


def _document(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MalformedRequest(f"The terms document {path} cannot be read as text.") from error
