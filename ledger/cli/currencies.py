"""Amounts in whatever currency an offer is in, as people write and read them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.errors import LedgerError
from ledger.models import NATIVE_CURRENCY, Address, Currency, Rights

if TYPE_CHECKING:
    from ledger.client import ServiceClient

_WRITTEN_DECIMALS = 18
"""An amount on the command line is read with as many decimals as ether has."""

CurrencyOption = Annotated[
    str | None,
    typer.Option(
        "--currency",
        metavar="ADDRESS",
        help="An ERC-20 to be paid in. Without it: the chain's own currency.",
        show_default=False,
    ),
]
RightOption = Annotated[
    list[str] | None,
    typer.Option(
        "--right",
        metavar="RIGHT",
        help="What the license carries: irrevocable, variants or transferable. Once for each.",
        show_default=False,
    ),
]


def currency_of(text: str | None) -> Address:
    """The currency that an option names."""
    return Address(text) if text else NATIVE_CURRENCY


def rights_of(names: list[str] | None) -> Rights:
    """The rights that options name. Raises MalformedRequest."""
    return Rights.named(names or [])


def about(service: ServiceClient, address: Address) -> Currency:
    """What is known of a currency; the address alone where the service knows nothing."""
    if address == NATIVE_CURRENCY:
        return Currency(address)
    try:
        return service.currency(address).value
    except LedgerError:
        return Currency(address)


def shower(service: ServiceClient) -> Callable[[Address, int], str]:
    """A way to show amounts that asks for each currency once."""
    known = cache(lambda address: about(service, address))
    return lambda address, amount: known(address).show(amount)


def exact(currency: Currency, amount: int) -> str:
    """An amount for a person to agree to: also in the unit that is signed."""
    if currency.address == NATIVE_CURRENCY or currency.decimals is None:
        return currency.show(amount)
    return f"{currency.show(amount)}, {amount} of its smallest unit,"


def amount(written: int, currency: Currency) -> int:
    """An amount that was read with 18 decimals, in the currency's smallest unit; exactly."""
    if currency.address == NATIVE_CURRENCY:
        return written
    if currency.decimals is None:
        raise typer.BadParameter(
            f"{currency.address} does not tell its decimals: write the price with --price-wei, "
            f"in its smallest unit."
        )
    whole, rest = divmod(written * int(10**currency.decimals), 10**_WRITTEN_DECIMALS)
    if rest:
        raise typer.BadParameter(f"The currency has only {currency.decimals} decimals.")
    return int(whole)
