"""TLS between gate and service, against a real server: one certificate is trusted, no other."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.client import ServiceClient
from ledger.client.tls import (
    Certificate,
    fingerprint_of,
    offered,
    require_pinned,
    trusting,
)
from ledger.client.transport import Transport
from ledger.errors import CertificateChanged, MalformedRequest, ServiceUnavailable, SetupError
from tests.integration.certificates import Issued, issue, served


def client(url: str, pinned: Issued | None) -> ServiceClient:
    certificate = None if pinned is None else Certificate.load(pinned.certificate)
    return ServiceClient(url, transport=Transport(url, pinned=certificate))


def test_the_pinned_certificate_is_trusted(tmp_path: Path) -> None:
    own = issue(tmp_path, "own")
    with served(own) as (url, asked):
        with client(url, own) as service:
            assert service.ready().status == "ready"
            assert service.ready().status == "ready"
        with client(url.replace("127.0.0.1", "localhost"), own) as service:
            assert service.ready().status == "ready"
    assert asked == ["/readyz"] * 3


def _another_of_the_same_name(folder: Path) -> tuple[Issued, Issued]:
    return issue(folder, "pinned"), issue(folder, "other")


def _signed_by_the_pinned_one(folder: Path) -> tuple[Issued, Issued]:
    authority = issue(folder, "authority", authority=True)
    return authority, issue(folder, "child", by=authority)


def _signed_by_the_same_authority(folder: Path) -> tuple[Issued, Issued]:
    authority = issue(folder, "authority", authority=True)
    return issue(folder, "pinned", by=authority), issue(folder, "sibling", by=authority)


def _over(folder: Path) -> tuple[Issued, Issued]:
    old = issue(folder, "old", days=-1)
    return old, old


@pytest.mark.parametrize(
    "make",
    [
        _another_of_the_same_name,
        _signed_by_the_pinned_one,
        _signed_by_the_same_authority,
        _over,
    ],
)
def test_any_other_certificate_ends_the_connection_before_a_word_is_said(
    tmp_path: Path, make: Callable[[Path], tuple[Issued, Issued]]
) -> None:
    pinned, shown = make(tmp_path)
    with served(shown) as (url, asked), client(url, pinned) as service:
        with pytest.raises(CertificateChanged) as refused:
            service.ready()
        assert refused.value.facts["pinned"] == Certificate.load(pinned.certificate).fingerprint
    assert asked == []


def test_a_certificate_that_an_authority_signed_can_be_pinned_alone(tmp_path: Path) -> None:
    own = issue(tmp_path, "own", by=issue(tmp_path, "authority", authority=True))
    with served(own) as (url, _), client(url, own) as service:
        assert service.ready().status == "ready"


def test_without_a_pin_the_authorities_of_this_machine_decide(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = issue(tmp_path, "authority", authority=True)
    own = issue(tmp_path, "own", by=authority)
    with served(own) as (url, asked):
        with client(url, None) as service, pytest.raises(SetupError, match="not trusted"):
            service.ready()
        assert asked == []
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
        with client(url, None) as service:
            assert service.ready().status == "ready"


def test_a_pinned_service_is_spoken_to_past_every_proxy_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TLS within TLS, as with an https proxy, would skip the comparison of certificates."""
    own = issue(tmp_path, "own")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "https://127.0.0.1:1")
    # Linux connects to itself by this address, which is none of loopback's.
    with served(own) as (url, asked), client(url.replace("127.0.0.1", "0.0.0.0"), own) as service:
        assert service.ready().status == "ready"
    assert asked == ["/readyz"]
    pinned = trusting(Certificate.load(own.certificate))
    with pytest.raises(ssl.SSLCertVerificationError):
        pinned.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO())


@pytest.mark.parametrize(
    "url", ["http://192.0.2.1:8700", "http://service.example", "http://[2001:db8::1]:8700"]
)
def test_nothing_is_said_in_the_clear_to_another_machine(url: str) -> None:
    with pytest.raises(SetupError, match="https"):
        ServiceClient(url)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8700", "http://localhost:8700", "http://[::1]:8700"]
)
def test_this_machine_may_be_spoken_to_in_the_clear(url: str) -> None:
    ServiceClient(url).close()


def test_what_is_offered_is_shown_by_its_sha256(tmp_path: Path) -> None:
    own = issue(tmp_path, "own")
    with served(own) as (url, _):
        shown = offered(url)
    assert shown == Certificate.load(own.certificate)
    from cryptography.hazmat.primitives import hashes

    assert shown.fingerprint == own.made.fingerprint(hashes.SHA256()).hex()
    pairs = ":".join(shown.fingerprint[n : n + 2].upper() for n in range(0, 64, 2))
    require_pinned(shown, fingerprint_of(pairs))
    with pytest.raises(CertificateChanged):
        require_pinned(shown, "0" * 64)
    with pytest.raises(ServiceUnavailable):
        offered(url)
    for wrong in ("http://127.0.0.1", "https://", "ftp://x"):
        with pytest.raises(MalformedRequest):
            offered(wrong)
    for text in ("", "12", "g" * 64):
        with pytest.raises(MalformedRequest):
            fingerprint_of(text)


def test_a_file_that_is_no_certificate_is_no_pin(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="pin"):
        Certificate.load(tmp_path / "none.pem")
    broken = tmp_path / "broken.pem"
    for text in (b"", b"\xff", b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----"):
        broken.write_bytes(text)
        with pytest.raises(SetupError):
            Certificate.load(broken)
