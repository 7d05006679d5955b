"""The service's certificate: pinned by a gate, or checked by the authorities of this machine.

A pin is the whole certificate, PEM in a file (`keys/service.pem` of a gate). Where there is
one, that certificate alone is trusted: another one of the same name, or one that the pinned
one signed, ends the connection before anything is sent. Names are not looked at then: what
matters is who holds its key. Its dates are: a certificate that is over is over.
"""

from __future__ import annotations

import hashlib
import re
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from ledger.errors import CertificateChanged, MalformedRequest, ServiceUnavailable, SetupError

CONNECT_SECONDS = 5.0
_MAX_PEM = 65_536
_FINGERPRINT = re.compile(r"(0x)?[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Certificate:
    """One X.509 certificate, as DER."""

    der: bytes

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the DER in hexadecimal, as `openssl x509 -fingerprint -sha256` counts it."""
        return hashlib.sha256(self.der).hexdigest()

    @property
    def pem(self) -> str:
        """The certificate as text (RFC 7468)."""
        return ssl.DER_cert_to_PEM_cert(self.der)

    @classmethod
    def load(cls, path: Path) -> Self:
        """The one certificate in a PEM file. Raises SetupError."""
        try:
            with path.open("rb") as file:
                text = file.read(_MAX_PEM).decode("ascii")
            found = cls(ssl.PEM_cert_to_DER_cert(text.strip()))
            trusting(found)  # OpenSSL says whether it is a certificate
        except FileNotFoundError as error:
            raise SetupError(f"No certificate is pinned in {path}: platemark gate pin.") from error
        except (OSError, ValueError) as error:
            raise SetupError(f"{path} holds no certificate in PEM.") from error
        return found


def fingerprint_of(text: str) -> str:
    """The same from how people write it: with colons, blanks or capitals.

    Raises MalformedRequest for what is no SHA-256.
    """
    plain = re.sub(r"[:\s]", "", text).lower()
    if not _FINGERPRINT.fullmatch(plain):
        raise MalformedRequest(f"{text[:100]!r} is not the SHA-256 of a certificate.")
    return plain.removeprefix("0x")


def offered(url: str) -> Certificate:
    """The certificate that a service shows now; it is not trusted by that.

    Raises MalformedRequest for a URL that is not https, ServiceUnavailable.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise MalformedRequest(f"{url[:200]!r} is not the URL of a service over https.")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # it is only looked at: nothing is sent
    address = (parts.hostname, parts.port or 443)
    try:
        with (
            socket.create_connection(address, timeout=CONNECT_SECONDS) as raw,
            context.wrap_socket(raw, server_hostname=parts.hostname) as secured,
        ):
            der = secured.getpeercert(binary_form=True)
    except (OSError, ValueError) as error:
        raise ServiceUnavailable(f"No certificate is shown at {url}.", service=url) from error
    if der is None:
        raise ServiceUnavailable(f"No certificate is shown at {url}.", service=url)
    return Certificate(der)


def require_pinned(shown: Certificate, fingerprint: str) -> None:
    """Raise CertificateChanged unless a certificate has this SHA-256."""
    if shown.fingerprint != fingerprint:
        raise CertificateChanged(
            f"The service shows the certificate {shown.fingerprint}, not {fingerprint}.",
            shown=shown.fingerprint,
            pinned=fingerprint,
        )


def trusting(pinned: Certificate | None) -> ssl.SSLContext:
    """What a connection trusts: the pinned certificate alone, or this machine's authorities."""
    if pinned is None:
        return ssl.create_default_context()
    return _Pinned.of(pinned)


def is_untrusted(error: BaseException) -> bool:
    """Whether a connection failed, somewhere below, because of the certificate."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


class _Pinned(ssl.SSLContext):
    """OpenSSL would also take what the pinned certificate signed: it is compared besides."""

    pinned: Certificate

    @classmethod
    def of(cls, pinned: Certificate) -> _Pinned:
        context = cls(ssl.PROTOCOL_TLS_CLIENT)
        context.pinned = pinned
        context.check_hostname = False
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.load_verify_locations(cadata=pinned.pem)
        return context

    def wrap_socket(self, *arguments: Any, **options: Any) -> ssl.SSLSocket:
        secured = super().wrap_socket(*arguments, **options)
        if secured.getpeercert(binary_form=True) != self.pinned.der:
            secured.close()
            raise ssl.SSLCertVerificationError("another certificate than the pinned one")
        return secured

    def wrap_bio(self, *_arguments: Any, **_options: Any) -> ssl.SSLObject:
        """Refused: what is wrapped so shows its certificate only after this returns."""
        raise ssl.SSLCertVerificationError("a pinned service is connected to directly")
