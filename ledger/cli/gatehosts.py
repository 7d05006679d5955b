"""A gate and the program that runs its machine: their pairing, and the owner's own files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ledger.cli.options import JsonFlag
from ledger.cli.output import note, print_record, working
from ledger.cli.session import session_of
from ledger.errors import HostUnavailable, SetupError

if TYPE_CHECKING:
    from ledger.gate import Config, Keys

Folder = Annotated[Path, typer.Argument(help="The gate's folder.")]


def add_to(app: typer.Typer) -> None:
    """Make `pair` and `own-files` commands of `platemark gate`."""
    app.command()(pair)
    app.command("own-files")(own_files)


def pair(
    context: typer.Context,
    folder: Folder,
    *,
    admin_key_file: Annotated[
        Path | None,
        typer.Option(
            help="A file (mode 0600) with an OctoPrint administrator's API key, used this once."
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Show what the host has to be told, and tell OctoPrint if an administrator's key is given.

    A host that is paired takes no other pairing: that is for its own machine, in its files.
    """
    from ledger.gate import Keys, load
    from ledger.gate.hosts.choice import paired_name

    config = load(folder)
    if config.host == "folder":
        raise SetupError("A hot folder needs no pairing.")
    secret = session_of(context).passphrase(f"Passphrase of the gate {config.name}")
    keys = Keys.load(config.signing_key, config.kem_key, secret, config.key_for_host)
    public = b"" if keys.host is None else keys.host.public_key
    pairing = {"gate_key": public.hex(), "host": paired_name(config, keys)}
    if admin_key_file is not None:
        _tell_octoprint(config, admin_key_file, pairing)
    with working("Asking the host"):
        paired = _is_paired(config, keys)
    document = {"at": config.host_url, **pairing, "paired": paired}
    print_record(document, document, as_json=as_json)
    if not paired:
        note("The host does not take this gate's word yet: give it the two values.")


def own_files(
    folder: Folder,
    switch: Annotated[Literal["on", "off"], typer.Argument(help="Whether they may print.")],
    *,
    as_json: JsonFlag = False,
) -> None:
    """Let the owner's own files print, or not: files that are no registered designs.

    A gate that runs takes it over within seconds. It signs the choice, writes it into its
    journal and has it put into the service's log.
    """
    from ledger.gate.making import change

    config = change(folder, own_files=switch == "on")
    document = {"name": config.name, "own_files": config.own_files}
    print_record(document, {"name": config.name, "own files": switch}, as_json=as_json)


def _tell_octoprint(config: Config, admin_key_file: Path, pairing: dict[str, str]) -> None:
    from ledger.gate.hosts.choice import api_key
    from ledger.gate.hosts.rest import Rest

    if config.host != "octoprint" or config.host_url is None:
        raise SetupError(f"Nothing but OctoPrint is told over the network; this is {config.host}.")
    with (
        working("Telling OctoPrint whose word counts"),
        Rest(config.host_url, {"X-Api-Key": api_key(admin_key_file)}) as rest,
    ):
        rest.post("/api/settings", {"plugins": {"platemark": pairing}})


def _is_paired(config: Config, keys: Keys) -> bool:
    from ledger.cli.assembly import SystemClock
    from ledger.gate.hosts.choice import connect_host
    from ledger.gate.hosts.own import ListeningHost

    host = connect_host(config, keys, SystemClock())
    try:
        if isinstance(host, ListeningHost):
            host.beat()
    except HostUnavailable as error:
        note(error.detail)
        return False
    return True
