"""A gate's own secrets: the certificate that it trusts, and its keys when they are replaced."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.options import JsonFlag
from ledger.cli.output import note, print_record, working
from ledger.cli.session import Session, session_of
from ledger.errors import CertificateChanged, MalformedRequest, SetupError

if TYPE_CHECKING:
    from ledger.client import ServiceClient
    from ledger.gate import Config

Folder = Annotated[Path, typer.Argument(help="The gate's folder.")]


def add_to(app: typer.Typer) -> None:
    """Make `rotate` and `pin` commands of `platemark gate`."""
    app.command()(rotate)
    app.command()(pin)


def rotate(context: typer.Context, folder: Folder, *, as_json: JsonFlag = False) -> None:
    """Replace the printer's keys by new ones, which the old key names. The gate must be at rest.

    The printer has another address from then on: ask for tokens for that. Tokens of the old
    one that were not printed are void when they end. If it breaks off, run it again.
    """
    from ledger.chain import Deployment
    from ledger.gate import load
    from ledger.gate.rotation import rotate as rotate_keys

    config = load(folder)
    secret = session_of(context).passphrase(f"Passphrase of the gate {config.name}")
    domain = Deployment.load(config.deployment).domain
    with connected(config) as service, working("Replacing the printer's keys"):
        done = rotate_keys(config, secret, service, domain, lambda: int(time.time()))
    document = {"name": config.name, "before": done.old, "printer": done.new}
    print_record(document, document, as_json=as_json)


def pin(
    folder: Folder,
    *,
    sha256: Annotated[
        str | None,
        typer.Option("--pin", help="SHA-256 of the new certificate, as its operator tells it."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Trust another certificate of the service from now on: it was renewed.

    Where one is pinned already, the SHA-256 of the new one must be given: ask the service's
    operator for it, and by another way than this connection.
    """
    from ledger.client.tls import Certificate, fingerprint_of, offered, require_pinned
    from ledger.gate import load

    config = load(folder)
    wanted = None if sha256 is None else fingerprint_of(sha256)
    before = Certificate.load(config.service_pin) if config.service_pin.exists() else None
    shown = offered(config.service_url)
    if wanted is None and before not in (None, shown):
        raise CertificateChanged(
            f"The service shows the certificate {shown.fingerprint}. If its operator confirms "
            f"that, run this again with --pin {shown.fingerprint}.",
            shown=shown.fingerprint,
        )
    if wanted is not None:
        require_pinned(shown, wanted)
    _keep(config.service_pin, shown.pem)
    document = {
        "service": config.service_url,
        "certificate": shown.fingerprint,
        "before": None if before is None else before.fingerprint,
    }
    print_record(document, document, as_json=as_json)


def pinned_session(session: Session, folder: Path, sha256: str | None) -> Session:
    """The session of a gate that is made: over https it trusts one certificate from now on.

    That with this SHA-256, or whatever the service shows first, which is told. Raises
    CertificateChanged if it shows another.
    """
    from ledger.client.tls import Certificate, fingerprint_of, offered, require_pinned

    if not session.url.startswith("https:"):
        if sha256 is not None:
            raise MalformedRequest("A certificate can be pinned for a service over https only.")
        return session
    path = folder / "keys" / "service.pem"
    found = Certificate.load(path) if path.exists() else offered(session.url)
    if sha256 is not None:
        require_pinned(found, fingerprint_of(sha256))
    if not path.exists():
        _keep(path, found.pem)
        note(
            f"The service's certificate is {found.fingerprint} (SHA-256). From now on this gate "
            f"accepts no other."
        )
    return replace(session, trusted=found)


def connected(config: Config) -> ServiceClient:
    """The connection of a gate to its service, over https to the pinned certificate alone."""
    from ledger.client import ServiceClient
    from ledger.client.tls import Certificate
    from ledger.client.transport import Transport

    url = config.service_url
    pinned = Certificate.load(config.service_pin) if url.startswith("https:") else None
    return ServiceClient(url, transport=Transport(url, pinned=pinned))


def finish_rotation(config: Config) -> None:
    """Before a gate's keys are opened: finish what a rotation left. Raises SetupError."""
    from ledger.gate.rotation import begun, finish

    done = finish(config)
    if done is not None:
        note(f"The printer's keys were replaced: {done.old} is {done.new} now.")
    elif begun(config):
        note("A replacement of the printer's keys was begun. Run: platemark gate rotate.")


def _keep(path: Path, pem: str) -> None:
    from ledger.gate.disk import translated, write_atomically

    with translated(f"The folder {path.parent}", SetupError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(path, pem.encode())
