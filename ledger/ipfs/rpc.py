"""A Kubo node through its RPC.

`ipfshttpclient.connect` refuses every current Kubo, so the client is built without
asking. All of `add`'s options that decide about a CID are named, so that a node's own
import settings do not matter (docs/decisions/0005-ipfs-two-adapters.md).
"""

from __future__ import annotations

import io
import ipaddress
import warnings
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from typing import BinaryIO
from urllib.parse import urlsplit

import ipfshttpclient
from ipfshttpclient import exceptions as rpc_errors

from ledger.errors import ContentNotFound, DigestMismatch, IpfsUnavailable, SetupError
from ledger.ipfs.cid import CidHasher
from ledger.ipfs.port import LEAF_SIZE, check_block, copy_verified
from ledger.models import Cid

_CONNECT_SECONDS = 5.0
_ADD_OPTIONS = {
    "cid-version": "1",
    "hash": "sha2-256",
    "max-file-links": "174",
    "inline": "false",
}

_NONSENSE = (AssertionError, AttributeError, LookupError, TypeError, ValueError)
"""What the client raises when a node answers well-formed JSON of another shape."""


class KuboIpfs:
    """An `Ipfs` that is a Kubo node.

    Its RPC port is an administrator's port: whoever reaches it can read, change and
    delete everything. So only a loopback address is accepted, unless `allow_remote`.
    """

    def __init__(self, api: str, *, timeout: float = 30.0, allow_remote: bool = False) -> None:
        """Use the RPC at `api`: `/ip4/127.0.0.1/tcp/5001` or `http://[user:secret@]host:port`.

        `timeout` is how many seconds of silence are waited for, not how long a whole
        transfer may take. Nothing is sent yet. Raises SetupError if the address cannot
        be read or is not this machine's.
        """
        multiaddr, self._where, host, auth = _parse_api(api)
        if not (allow_remote or _is_loopback(host)):
            raise SetupError(
                f"The IPFS RPC at {self._where} is not on this machine. It is an "
                "administrator's port and should not be reachable from elsewhere; "
                "allow it explicitly if it must be."
            )
        warnings.filterwarnings("ignore", "The 'strict' parameter", FutureWarning, "urllib3")
        try:
            self._client = ipfshttpclient.Client(
                multiaddr, timeout=(_CONNECT_SECONDS, timeout), chunk_size=LEAF_SIZE, auth=auth
            )
        except rpc_errors.AddressError as error:
            raise SetupError(f"{self._where!r} is not the address of an IPFS RPC.") from error
        # Without this, requests would send loopback calls through HTTP_PROXY and add
        # passwords from ~/.netrc; the client (pinned to 0.7.0) offers no public way.
        self._client._client._session_props["trust_env"] = False

    def add(self, stream: BinaryIO, *, progress: Callable[[int], None] | None = None) -> Cid:
        """See `Ipfs.add`."""
        source = _Observed(stream, progress)
        try:
            with self._translated():
                answer = self._client.add(
                    source,
                    pin=True,
                    raw_leaves=True,
                    chunker=f"size-{LEAF_SIZE}",
                    opts=dict(_ADD_OPTIONS),
                )["Hash"]
        except IpfsUnavailable as error:
            if source.error is None:
                raise
            # The HTTP client wraps what the caller's own stream raised: unwrap it again.
            raise source.error from error
        cid = source.hasher.finish()
        if answer != cid:
            raise DigestMismatch(
                f"{self._where} names {answer!r:.80} for the bytes of {cid}.", cid=cid
            )
        return cid

    def add_raw_block(self, data: bytes) -> Cid:
        """See `Ipfs.add_raw_block`."""
        check_block(data)
        return self.add(io.BytesIO(data))

    def fetch(
        self,
        cid: Cid,
        sink: BinaryIO,
        *,
        max_bytes: int,
        progress: Callable[[int], None] | None = None,
    ) -> int:
        """See `Ipfs.fetch`. A node that knows nobody who has the block just stays silent."""
        with closing(self._pieces(cid)) as pieces:
            return copy_verified(pieces, sink, cid, max_bytes, progress)

    def has(self, cid: Cid) -> bool:
        """See `Ipfs.has`."""
        with self._translated():
            try:
                answer = self._client.pin.ls(cid, type="recursive").as_json()
                return cid in answer["Keys"]
            except rpc_errors.ErrorResponse as error:
                if "not pinned" in str(error):
                    return False
                raise

    def unpin(self, cid: Cid) -> None:
        """See `Ipfs.unpin`; the bytes go when the node next collects its garbage."""
        with self._translated():
            try:
                self._client.pin.rm(cid)
            except rpc_errors.ErrorResponse as error:
                if "not pinned" not in str(error):
                    raise

    def ping(self) -> str:
        """See `Ipfs.ping`."""
        with self._translated():
            version = self._client.version()["Version"]
        return f"Kubo {version} at {self._where}"

    def _pieces(self, cid: Cid) -> Generator[bytes, None, None]:
        try:
            with self._translated(), self._client.cat(cid, stream=True) as pieces:
                yield from pieces
        except IpfsUnavailable as error:
            if not _means_absent(error.__cause__):
                raise
            # Silence means either that the block is missing or that the node hangs: ask it.
            self.ping()
            raise ContentNotFound(
                f"{cid} cannot be had from {self._where} in time.", cid=cid
            ) from error

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn the client's errors, and those of the sockets below it, into ours."""
        try:
            yield
        except rpc_errors.TimeoutError as error:
            raise IpfsUnavailable(f"The IPFS node at {self._where} stays silent.") from error
        except rpc_errors.ErrorResponse as error:
            raise IpfsUnavailable(
                f"The IPFS node at {self._where} refuses: {str(error)[:200]}"
            ) from error
        except (rpc_errors.Error, OSError, *_NONSENSE) as error:
            raise IpfsUnavailable(
                f"The IPFS node at {self._where} does not answer as one ({type(error).__name__})."
            ) from error


class _Observed(io.RawIOBase):
    """A stream that computes the CID of what is read from it and remembers why it failed."""

    def __init__(self, stream: BinaryIO, progress: Callable[[int], None] | None) -> None:
        super().__init__()
        self.hasher = CidHasher()
        self.error: Exception | None = None
        self._stream = stream
        self._progress = progress
        self._size = 0

    def read(self, size: int = -1) -> bytes:
        try:
            data = self._stream.read(size)
            self.hasher.update(data)
            self._size += len(data)
            if data and self._progress is not None:
                self._progress(self._size)
        except Exception as error:
            self.error = error
            raise
        return data


def _means_absent(error: BaseException | None) -> bool:
    """Whether a failed `cat` may mean that the node works and does not have the block."""
    if isinstance(error, rpc_errors.ErrorResponse):
        return "not find" in str(error) or "not found" in str(error)
    # Once bytes have come, requests raises its own error and the client passes it on.
    return isinstance(error, rpc_errors.TimeoutError) or "Read timed out" in str(error)


def _parse_api(api: str) -> tuple[str, str, str | None, tuple[str, str] | None]:
    """`(multiaddr, address to show, host or None for a socket file, credentials)`."""
    api = api.strip()
    if api.startswith("/"):
        kind, _, rest = api[1:].partition("/")
        return api, api, None if kind == "unix" else rest.partition("/")[0], None
    url = urlsplit(api)
    try:
        host, port = url.hostname, url.port
    except ValueError:
        host = port = None
    if url.scheme not in ("http", "https") or not host or not port:
        # Never echo the address here: what cannot be read may still hold a password.
        raise SetupError(
            "The address of the IPFS RPC must be like /ip4/127.0.0.1/tcp/5001 "
            "or http://127.0.0.1:5001."
        )
    auth = (url.username, url.password or "") if url.username else None
    shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return f"/{_host_kind(host)}/{host}/tcp/{port}/{url.scheme}", shown, host, auth


def _host_kind(host: str) -> str:
    try:
        return f"ip{ipaddress.ip_address(host).version}"
    except ValueError:
        return "dns"


def _is_loopback(host: str | None) -> bool:
    if host is None or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
