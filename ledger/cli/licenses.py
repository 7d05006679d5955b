"""`platemark license`: buy, grant and look up licenses; end them, and share out the money."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from ledger.cli import units
from ledger.cli.currencies import RightOption, about, amount, exact, rights_of
from ledger.cli.options import (
    DesignId,
    Grace,
    JsonFlag,
    KeyName,
    LicenseNumber,
    Limit,
    OfferHash,
    ServicePays,
)
from ledger.cli.output import print_list, print_record, when, working
from ledger.cli.paging import gather
from ledger.cli.sent import print_sent
from ledger.cli.session import now, session_of
from ledger.client.answers import LicenseState
from ledger.errors import WrongPayment
from ledger.models import ContentHash, Digest

app = typer.Typer(no_args_is_help=True, help="Licenses: buy, grant, list, revoke, settle, refund.")
Quota = Annotated[int, typer.Option("--quota", min=1, help="How many prints.")]


@app.command()
def buy(
    context: typer.Context,
    offer: OfferHash,
    *,
    quota: Quota,
    most: Annotated[
        int | None,
        typer.Option(
            "--max-total",
            parser=units.ether,
            metavar="AMOUNT",
            help="Refuse to pay more than this in all, in the offer's currency.",
            show_default=False,
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before paying.")] = False,
    holder: Annotated[
        str | None,
        typer.Option("--for", help="Who shall hold the license: an address or a key's name."),
    ] = None,
    service_pays: ServicePays = False,
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Buy a license: quota times price goes into escrow; what is never printed can come back.

    At a terminal the total is shown and confirmed first. In an ERC-20 a permit is signed where
    the currency has them, so that one transaction pays; --service-pays needs no gas at all.
    """
    from ledger.client import trading

    wanted, session = Digest.parse(offer), session_of(context)
    licensee = session.address(holder) if holder else None
    if licensee and service_pays:
        raise typer.BadParameter("--service-pays buys for the signer alone.")
    with session.desk(key) as desk:
        terms = desk.quote(wanted)
        total = terms.price * quota
        paid_in = about(desk.service, terms.currency)
        if most is not None and total > amount(most, paid_in):
            raise WrongPayment(
                f"{quota} prints cost {paid_in.show(total)}, more than you would pay.",
                total=str(total),
            )
        if sys.stdin.isatty() and not yes:
            question = f"Pay {exact(paid_in, total)} for {quota} prints of {terms.design}?"
            typer.confirm(question, abort=True, err=True)
        with working("Buying"):
            license, sent = (
                trading.buy_by_signature(desk, wanted, quota)
                if service_pays
                else trading.buy(desk, wanted, quota, licensee)
            )
    shown = {"total": paid_in.show(total)}
    print_sent(sent, as_json=as_json, shown=shown, license=license, total=str(total))


@app.command()
def grant(
    context: typer.Context,
    design: DesignId,
    *,
    to: Annotated[str, typer.Option(help="The licensee: an address or a key's name.")],
    quota: Quota,
    expires: Annotated[
        str, typer.Option(help="When it ends: +30d, a date, or Unix seconds.")
    ] = "+1y",
    grace: Grace = 24,
    right: RightOption = None,
    service_pays: ServicePays = False,
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Give a license of your design away, without payment."""
    from ledger.client import trading
    from ledger.client.desk import license_of

    session = session_of(context)
    expiry = units.moment(expires, now())
    licensee = session.address(to)
    with session.desk(key) as desk, working("Granting"):
        terms = (ContentHash.parse(design), licensee, quota, expiry, grace, rights_of(right))
        sent = trading.grant_by_signature(desk, *terms) if service_pays else desk.grant(*terms)
    print_sent(sent, as_json=as_json, license=license_of(sent))


@app.command("list")
def list_licenses(
    context: typer.Context,
    *,
    design: Annotated[str | None, typer.Option(help="Only those of this design.")] = None,
    licensee: Annotated[
        str | None, typer.Option(help="Only those of this licensee: an address or a key's name.")
    ] = None,
    limit: Limit = 50,
    as_json: JsonFlag = False,
) -> None:
    """List licenses, the oldest first."""
    session = session_of(context)
    wanted = ContentHash.parse(design) if design else None
    holder = session.address(licensee) if licensee else None
    with session.service() as service:
        rows = gather(lambda cursor, size: service.licenses(wanted, holder, cursor, size), limit)
    shown = [
        {
            "license": row.license,
            "design": row.design,
            "licensee": row.licensee,
            "printed": f"{row.spent} of {row.quota}",
            "state": _state(row),
        }
        for row in rows
    ]
    documents = [row.model_dump(mode="json") for row in rows]
    print_list(documents, shown, as_json=as_json, none="There is no license.")


@app.command()
def show(context: typer.Context, license: LicenseNumber, *, as_json: JsonFlag = False) -> None:
    """Show a license: its terms, and what became of its prints."""
    with session_of(context).service() as service:
        row = service.license(license)
        price = about(service, row.currency).show(row.price)
    members: dict[str, Any] = {
        "license": row.license,
        "design": row.design,
        "licensee": row.licensee,
        "state": _state(row),
        "prints": f"{row.quota}: {row.spent} printed, {row.voided} of them failed and replaced, "
        f"{row.reserved} promised to printers",
        "split from": None if row.parent is None else f"license {row.parent}",
        "price": f"{price} a print",
        "rights": ", ".join(row.rights.names) or None,
        "accounted": f"{row.earned} earned, {row.refunded} refunded",
        "grace": f"{row.grace} hours",
        "offer": row.offer,
        "issued": f"{when(row.issued_at)}, block {row.block}",
        "transaction": row.transaction,
    }
    print_record(row.model_dump(mode="json"), members, as_json=as_json)


@app.command()
def revoke(
    context: typer.Context,
    license: LicenseNumber,
    *,
    reason: Annotated[str, typer.Option(help="Why: pinned for everybody to read.")] = "",
    service_pays: ServicePays = False,
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """End a license of your design now. What was not printed goes back to the licensee."""
    from ledger.client import trading

    with session_of(context).desk(key) as desk, working("Revoking"):
        sent = (
            trading.revoke_by_signature(desk, license, reason)
            if service_pays
            else desk.revoke(license, reason)
        )
    print_sent(sent, as_json=as_json, license=license)


@app.command()
def settle(
    context: typer.Context,
    licenses: Annotated[list[int], typer.Argument(min=0, help="Numbers of licenses.")],
    *,
    all_or_nothing: Annotated[
        bool,
        typer.Option("--all-or-nothing", help="Of several: if one is refused, none is settled."),
    ] = False,
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Credit licenses' prints to their designs. Anybody may; the caller pays the gas.

    Several are settled in one transaction; those that are refused are named.
    """
    from ledger.client import trading

    with session_of(context).desk(key) as desk, working("Settling"):
        if len(licenses) == 1:
            print_sent(desk.settle(licenses[0]), as_json=as_json, license=licenses[0])
            return
        sent, failed = trading.settle_all(desk, licenses, all_or_nothing=all_or_nothing)
    refused = {str(number): type(error).__name__ for number, error in failed.items()}
    shown = {"refused": ", ".join(f"{number}: {why}" for number, why in refused.items()) or None}
    print_sent(sent, as_json=as_json, shown=shown, licenses=licenses, refused=refused)


@app.command()
def refund(
    context: typer.Context,
    license: LicenseNumber,
    *,
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Take back the price of what was not printed, once license and grace are over."""
    with session_of(context).desk(key) as desk, working("Refunding"):
        sent = desk.refund(license)
    print_sent(sent, as_json=as_json, license=license)


def _state(row: LicenseState) -> str:
    if row.revoked:
        return f"revoked {when(row.expiry)}"
    if row.expiry <= now():
        return f"ended {when(row.expiry)}"
    return f"until {when(row.expiry)}"


@app.command()
def cancel(
    context: typer.Context,
    digest: Annotated[str, typer.Argument(help="The message's EIP-712 digest, in hex.")],
    *,
    key: KeyName = None,
    as_json: JsonFlag = False,
) -> None:
    """Take back a purchase, grant, revocation or void that you signed and nobody used yet."""
    from ledger.client import trading

    wanted = Digest.parse(digest)
    with session_of(context).desk(key) as desk, working("Cancelling"):
        sent = trading.cancel(desk, wanted)
    print_sent(sent, as_json=as_json, digest=str(wanted))
