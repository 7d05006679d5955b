"""Options and arguments that several commands share, each explained once."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli import units

JsonFlag = Annotated[
    bool, typer.Option("--json", help="Print one JSON document on stdout, and nothing else there.")
]
KeyName = Annotated[
    str | None,
    typer.Option(
        "--key",
        envvar="PLATEMARK_KEY",
        help="Name of the key that signs and pays. Not needed where there is only one.",
        show_default=False,
    ),
]
ServicePays = Annotated[
    bool,
    typer.Option(
        "--service-pays", help="Sign a message only; the service sends it and pays the gas."
    ),
]
Limit = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many.")]
DesignId = Annotated[str, typer.Argument(help="The design's id: SHA-256 of its file, in hex.")]
LicenseNumber = Annotated[int, typer.Argument(min=0, help="The license's number.")]
OfferHash = Annotated[str, typer.Argument(help="The offer's hash, in hex.")]
Price = Annotated[
    int | None,
    typer.Option(
        "--price",
        parser=units.ether,
        metavar="ETHER",
        help="Price of one print in ether, such as 0.002.",
        show_default=False,
    ),
]
PriceWei = Annotated[
    int | None,
    typer.Option("--price-wei", min=0, help="The same in wei.", show_default=False),
]
Grace = Annotated[
    int,
    typer.Option(
        min=0,
        max=65_535,
        help="Whole hours after a license's end in which prints made before it can be redeemed. "
        "0: online printing only.",
    ),
]
