"""Send one webhook: to an address that was looked at first, in bounded time, and no further.

The receiver's URL comes from somebody else. So its name is resolved here, every address must
be one of the world outside, or in a network that the operator named, and the
connection goes to the very address that was checked; no redirect is followed, no proxy is
asked, and nothing of the answer is read but its status.
"""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import httpx

from ledger.services.deliveries import Parcel, Result

RESOLVE_SECONDS = 5.0
CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0
WHOLE_SECONDS = 20.0
"""After that the connection is closed, however busy it looks."""

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]
_WORLD6 = ipaddress.IPv6Network("2000::/3")
"""All of IPv6 that is given out for the public network (RFC 4291, 2.4; IANA's registry)."""
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv4 behind a translator (RFC 6052): the last 32 bits are the address."""


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, as the system knows them. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[4][0]) for address in found]


class HookSender:
    """Sends parcels; `allowed` are the networks beside the world that the operator lets it reach.

    This machine is none of them by itself: programs listen here that ask nobody who they are,
    a Kubo node above all.
    """

    def __init__(self, allowed: Sequence[str] = (), resolving: Resolve = resolve) -> None:
        """Raises ValueError for what is no network."""
        self._allowed = [ipaddress.ip_network(one) for one in allowed]
        self._resolve = resolving

    def __call__(self, parcel: Parcel) -> Result:
        """Send it; what went wrong is told in words that hold no part of the URL."""
        parts = urlsplit(parcel.url)
        host, secure = parts.hostname or "", parts.scheme == "https"
        port = parts.port or (443 if secure else 80)
        try:
            address = self._checked(host, port, secure=secure)
        except TimeoutError:
            return Result(None, "its name did not resolve in time")
        except (OSError, ValueError):  # ValueError: a name that cannot be one (RFC 1035, 2.3.4)
            return Result(None, "its name does not resolve")
        if address is None:
            return Result(None, "its address is not one that webhooks may go to")
        return _send(parcel, address, host, port, secure=secure)

    def _checked(self, host: str, port: int, *, secure: bool) -> Ip | None:
        """The address to connect to; None if one of the name's is not to be reached."""
        told = _in_time(self._resolve, host, port)
        found = [ipaddress.ip_address(text.split("%")[0]) for text in told]
        fit = all(self._may_reach(_plain(one), secure=secure) for one in found)
        return found[0] if found and fit else None

    def _may_reach(self, address: Ip, *, secure: bool) -> bool:
        if any(address.version == net.version and address in net for net in self._allowed):
            return secure or address.is_loopback
        outside = address.is_global and not (address.is_multicast or address.is_reserved)
        return secure and outside and (address.version == 4 or address in _WORLD6)


def _plain(address: Ip) -> Ip:
    """An IPv4 address that is written as IPv6 is what it stands for.

    Sources: RFC 4291, 2.5.5.2 (mapped), RFC 3056 (6to4), RFC 6052 (translated).
    """
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        return address.ipv4_mapped or address.sixtofour or address
    return address


def _in_time(resolving: Resolve, host: str, port: int) -> Sequence[str]:
    """What a name resolves to. Raises TimeoutError, and what `resolving` raises.

    A look-up cannot be stopped: one that takes too long ends by itself, in a thread that
    nobody waits for.
    """
    answers: queue.SimpleQueue[Sequence[str] | OSError | ValueError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(resolving(host, port))
        except (OSError, ValueError) as error:
            answers.put(error)

    threading.Thread(target=ask, name="webhook name", daemon=True).start()
    try:
        answer = answers.get(timeout=RESOLVE_SECONDS)
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _send(parcel: Parcel, address: Ip, host: str, port: int, *, secure: bool) -> Result:
    parts = urlsplit(parcel.url)
    literal = f"[{address}]" if address.version == 6 else str(address)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    usual = port == (443 if secure else 80)
    named = f"[{host}]" if ":" in host else host
    headers = {**parcel.headers, "host": named if usual else f"{named}:{port}"}
    client = httpx.Client(
        timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
        follow_redirects=False,
        trust_env=False,
    )
    watch = threading.Timer(WHOLE_SECONDS, client.close)
    watch.daemon = True
    watch.start()
    try:
        request = client.build_request(
            "POST",
            f"{parts.scheme}://{literal}:{port}{path}",
            headers=headers,
            content=parcel.body,
            extensions={"sni_hostname": host} if secure else {},
        )
        response = client.send(request, stream=True)
        response.close()
        return Result(response.status_code)
    except httpx.TimeoutException:
        return Result(None, "it did not answer in time")
    except (httpx.HTTPError, httpx.InvalidURL, OSError, RuntimeError, ValueError) as error:
        return Result(None, f"the connection failed: {type(error).__name__}")
    finally:
        watch.cancel()
        client.close()
