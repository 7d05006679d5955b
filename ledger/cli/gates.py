"""`platemark gate`: the program beside a printer, made, run and asked how it is."""

from __future__ import annotations

import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli import gatehosts, gateleases
from ledger.cli.gatekeys import add_to, connected, finish_rotation, pinned_session
from ledger.cli.gateleases import lines_of
from ledger.cli.options import JsonFlag, KeyName
from ledger.cli.output import note, print_record, working
from ledger.cli.session import Session, now, session_of
from ledger.errors import SetupError
from ledger.stopping import StopRequest, stopped_by_signals

if TYPE_CHECKING:
    from ledger.client import ServiceClient
    from ledger.gate import Config, Gate, Keys
    from ledger.gate.status import PutAside

app = typer.Typer(no_args_is_help=True, help="The gate beside a printer: make, run, look.")
add_to(app)
gateleases.add_to(app)
gatehosts.add_to(app)

ENROLMENT_SECONDS = 300
Folder = Annotated[Path, typer.Argument(help="The gate's folder.")]


@app.command()
def init(
    context: typer.Context,
    folder: Folder,
    *,
    name: Annotated[str, typer.Option(help="What the printer is called.")],
    key: KeyName = None,
    deployment: Annotated[
        Path | None, typer.Option(help="Deployment file. Made from your service's unless given.")
    ] = None,
    ipfs_api: Annotated[
        str | None, typer.Option(envvar="PLATEMARK_IPFS_API", help="A Kubo node's RPC address.")
    ] = None,
    ipfs_folder: Annotated[
        Path | None, typer.Option(help="An embedded block store instead: the service's folder.")
    ] = None,
    inbox: Annotated[
        Path | None, typer.Option(help="Where tokens are dropped; <folder>/inbox unless given.")
    ] = None,
    hot: Annotated[
        Path | None, typer.Option(help="The folder that the machine watches; <folder>/hot else.")
    ] = None,
    taken_means_done: Annotated[
        bool,
        typer.Option(
            "--taken-means-done",
            help="The machine takes files away and never says how it went: count them as done.",
        ),
    ] = False,
    host: Annotated[
        str, typer.Option(help="What makes the machine print: folder, octoprint or moonraker.")
    ] = "folder",
    host_url: Annotated[
        str | None, typer.Option(help="Where OctoPrint or Moonraker answers.")
    ] = None,
    host_key_file: Annotated[
        Path | None, typer.Option(help="A file (mode 0600) with its API key.")
    ] = None,
    pin: Annotated[
        str | None,
        typer.Option(help="SHA-256 of the service's certificate, where you were told it."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a gate with keys of its own and enrol its printer with your key, the center's.

    Run it again to finish what broke off; keys are never overwritten.
    """
    from ledger.gate import init as init_gate

    session = pinned_session(session_of(context), folder, pin)
    with session.desk(key) as desk, working("Making the gate and enrolling its printer"):
        blocks = None if ipfs_api else ipfs_folder or _blocks_of(session, desk.service)
        config, keys = init_gate(
            folder,
            name=name,
            center=desk.address,
            service_url=session.url,
            rpc_url=session.settings.rpc_url,
            deployment=deployment or _deployment_of(session, desk.service, folder),
            passphrase=session.passphrase(f"Passphrase for the gate {name}", twice=True),
            ipfs_folder=blocks,
            ipfs_api=ipfs_api,
            inbox=inbox,
            hot=hot,
            taken_means_done=taken_means_done,
            issuer=session.pin(desk.service).issuer,
            host=host,
            host_url=host_url,
            host_key_file=host_key_file,
        )
        enrolment, signature = keys.enrolment(
            desk.domain, desk.address, name, now() + ENROLMENT_SECONDS
        )
        desk.enrol(enrolment, signature)
    document = {
        "name": config.name,
        "printer": keys.printer,
        "center": config.center,
        "folder": str(config.folder),
        "inbox": str(config.inbox),
        "hot": str(config.hot),
    }
    if keys.host is not None:  # what the host's plugin has to be told
        del document["hot"]
        document |= {"host": config.host, "gate_key": keys.host.public_key.hex()}
    print_record(document, document, as_json=as_json)


@app.command()
def run(
    context: typer.Context,
    folder: Folder,
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Do what can be done, then end when nothing moves.")
    ] = False,
    poll: Annotated[float, typer.Option(min=0.05, help="Seconds between two looks.")] = 1.0,
) -> None:
    """Run the gate in the foreground until Ctrl-C. After a crash it goes on where it was."""
    from ledger.cli.assembly import build_gate
    from ledger.gate import load

    config = load(folder)
    finish_rotation(config)
    keys = _open(session_of(context), config)
    stop = StopRequest()
    with (
        # The gate ends between two steps; its journal makes any end safe.
        stopped_by_signals(stop, (signal.SIGTERM, signal.SIGINT), for_good=True),
        connected(config) as service,
        build_gate(config, keys, service) as gate,
    ):
        note(f"The gate of {keys.printer} watches {config.inbox}.")
        if once:
            # A dropped file must lie still for a while before the gate looks at it.
            _until_still(gate, stop, config.settle_seconds + 1)
        else:
            gate.run(stop, poll)


@app.command()
def status(folder: Folder, *, as_json: JsonFlag = False) -> None:
    """Show a gate's jobs, refusals and what is still to be reported."""
    from ledger.gate import load, status as read_status

    state = read_status(load(folder), now())
    last = state.last_refusal
    members = {
        "name": state.name,
        "printer": state.printer,
        "center": state.center,
        "jobs": ", ".join(f"{n} {what}" for what, n in state.by_state.items()) or "none",
        "to report": f"{state.receipts_waiting} receipts, {state.refusals_waiting} refusals",
        "last refusal": f"{last.error}: {last.detail}" if last else None,
    }
    if state.receipts_refused:
        members["receipts refused"] = _refused_for_good(state.receipts_refused)
    if state.unreadable:
        members["unreadable"] = ", ".join(state.unreadable)
    members |= {
        f"serial {job.serial}": f"license {job.ticket.token.license}: {job.state.value}"
        for job in state.jobs
    }
    members |= lines_of(state.leases)
    print_record(state.as_json(), members, as_json=as_json)


def _refused_for_good(receipts: Sequence[PutAside]) -> str:
    last = receipts[-1].job
    print_ = f"serial {last.serial} of license {last.ticket.token.license}"
    said = f"{last.answer['error']}: {last.answer['detail']}"
    journals = ", ".join(dict.fromkeys(each.journal for each in receipts))
    return f"{len(receipts)}, and offered no more; the last is for {print_}. {said} ({journals})"


def _open(session: Session, config: Config) -> Keys:
    from ledger.gate import Keys

    secret = session.passphrase(f"Passphrase of the gate {config.name}")
    return Keys.load(config.signing_key, config.kem_key, secret, config.key_for_host)


def _deployment_of(session: Session, service: ServiceClient, folder: Path) -> Path:
    """The pinned deployment as a file in the gate's own folder, so that it stands alone."""
    from ledger.chain import Deployment

    path = folder / "deployment.json"
    pin, info = session.pin(service), service.deployment()
    wanted = Deployment(pin.chain_id, pin.registry, pin.licenses, info.block, pin.checkpoints)
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        wanted.save(path)
    found = Deployment.load(path)
    if found.domain != wanted.domain:
        raise SetupError(f"{path} is that of another deployment: remove it or use another folder.")
    return path


def _blocks_of(session: Session, service: ServiceClient) -> Path:
    """The folder of the embedded store of a service on this machine."""
    kept_in = service.deployment().ipfs
    blocks = session.settings.service_folder / "blocks"
    if "Kubo" in kept_in or not blocks.is_dir():
        raise SetupError(
            f"The service keeps sealed files in {kept_in}: say where the gate fetches them, "
            f"with --ipfs-api (a Kubo node's RPC address) or --ipfs-folder."
        )
    return blocks


def _until_still(gate: Gate, stop: StopRequest, seconds: float) -> None:
    """Step until nothing has moved for so long: the last step begins after that.

    However slow the machine is, what ripens within the time is seen.
    """
    moved: float | None = None
    while not stop.is_set():
        began = time.monotonic()
        if gate.step() or moved is None:
            moved = time.monotonic()
        elif began - moved >= seconds:
            return
        else:
            stop.wait(0.1)
