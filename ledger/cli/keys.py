"""`platemark key`: the user's own keys, in encrypted keystores on this machine only."""

from __future__ import annotations

import stat
from typing import Annotated

import typer

from ledger.cli.options import JsonFlag
from ledger.cli.output import print_list, print_record
from ledger.cli.session import Session, session_of
from ledger.cli.units import show_ether
from ledger.devchain import DEV_CHAIN_ID, give_balance, rpc
from ledger.errors import KeystoreExists, SetupError
from ledger.models import Address
from ledger.signing import Signer, keystore_address

app = typer.Typer(no_args_is_help=True, help="Keys that sign and pay: made, listed, never shown.")

FUND_WEI = 1_000 * 10**18
Name = Annotated[str, typer.Argument(help="The key's name: letters, digits, '.', '_' and '-'.")]


@app.command()
def new(
    context: typer.Context,
    name: Name,
    *,
    fund: Annotated[
        bool, typer.Option("--fund", help="Give it 1,000 test ether (development chain only).")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Make a key and keep it encrypted under a passphrase.

    The passphrase comes from PLATEMARK_PASSPHRASE, from the file (mode 0600) that
    PLATEMARK_PASSPHRASE_FILE names, or is asked for.
    """
    session = session_of(context)
    path = session.key_file(name)
    if path.exists():
        raise KeystoreExists(f"There is a key {name!r} already.")
    if fund:
        _require_development_chain(session)
    signer = Signer.generate()
    signer.save(path, session.passphrase(f"Passphrase for the new key {name}", twice=True))
    if fund:
        _fund(session, signer.address)
    document = {"name": name, "address": signer.address, "file": str(path), "funded": fund}
    print_record(document, document, as_json=as_json)


@app.command()
def show(context: typer.Context, name: Name, *, as_json: JsonFlag = False) -> None:
    """Show a key's address. The secret stays where it is."""
    session = session_of(context)
    path = session.key_file(session.chosen_key(name))
    document = {"name": name, "address": keystore_address(path), "file": str(path)}
    print_record(document, document, as_json=as_json)


@app.command("list")
def list_keys(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """List the keys of this user."""
    session = session_of(context)
    rows = [
        {
            "name": name,
            "address": keystore_address(session.key_file(name)),
            "mode": f"{stat.S_IMODE(session.key_file(name).stat().st_mode):04o}",
        }
        for name in session.key_names()
    ]
    print_list(rows, rows, as_json=as_json, none="There is no key yet: platemark key new NAME.")


@app.command()
def fund(context: typer.Context, name: Name, *, as_json: JsonFlag = False) -> None:
    """Give a key 1,000 test ether. Development chain (31337) only."""
    session = session_of(context)
    address = session.address(name)
    _require_development_chain(session)
    _fund(session, address)
    document = {"name": name, "address": address, "balance": str(FUND_WEI)}
    print_record(document, {**document, "balance": show_ether(FUND_WEI)}, as_json=as_json)


def _require_development_chain(session: Session) -> None:
    """Raise SetupError on any other chain: nobody gives ether away there."""
    found = int(str(rpc(session.settings.rpc_url, "eth_chainId")), 16)
    if found != DEV_CHAIN_ID:
        raise SetupError(
            f"Test ether exists on a development chain ({DEV_CHAIN_ID}) only; "
            f"chain {found} answers at PLATEMARK_RPC_URL."
        )


def _fund(session: Session, address: Address) -> None:
    give_balance(session.settings.rpc_url, address, FUND_WEI)
