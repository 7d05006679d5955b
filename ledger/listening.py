"""Where the API listens, and that only this machine is spoken to without TLS."""

from __future__ import annotations

import socket

from ledger.config import Settings
from ledger.errors import SetupError

LOOPBACK = "127.0.0.1"
_OWN = (LOOPBACK, "localhost")
_EVERYWHERE = "0.0.0.0"  # noqa: S104  it is looked for, not bound


def require_tls(settings: Settings) -> None:
    """Raise SetupError for an API in the clear, a missing file, or a key that others can read."""
    certificate, key = settings.tls_certificate, settings.tls_key
    if (certificate is None) != (key is None):
        raise SetupError("Set both PLATEMARK_TLS_CERTIFICATE and PLATEMARK_TLS_KEY, or none.")
    if certificate is None and settings.host not in _OWN:
        raise SetupError(
            f"The API would listen at {settings.host} without TLS: set PLATEMARK_TLS_CERTIFICATE "
            f"and PLATEMARK_TLS_KEY, or PLATEMARK_HOST={LOOPBACK}."
        )
    for path in (certificate, key):
        if path is not None and not path.is_file():
            raise SetupError(f"There is no file {path}.")
    if key is not None and key.stat().st_mode & 0o077:
        raise SetupError(f"{key} can be read by others. Run: chmod 600 {key}")


def own_url(settings: Settings, port: int) -> str:
    """What this machine's own clients call the API by."""
    scheme = "http" if settings.tls_certificate is None else "https"
    host = LOOPBACK if settings.host == _EVERYWHERE else settings.host
    return f"{scheme}://{host}:{port}"


def listen(host: str, port: int, what: str, option: str) -> socket.socket:
    """A socket that listens; 0 is any free port. Raises SetupError if it is taken."""
    # Named as TCP: asyncio turns Nagle's delay off only for a socket that says so, and an
    # answer whose head and body are written one by one else waits 40 ms for the other side.
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise SetupError(
            f"{what} {port} is in use on this machine: choose another with {option}."
        ) from error
    return listener
