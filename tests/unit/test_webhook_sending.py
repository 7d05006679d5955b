"""Where webhooks may go, when they are tried again, and how they are signed."""

from __future__ import annotations

import base64

import pytest

from ledger import vault
from ledger.client.hooksender import HookSender
from ledger.errors import MalformedRequest
from ledger.services import webhooks
from ledger.services.webhooks import Parcel


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/x",
        "ftp://example.org/x",
        "https://user:pw@example.org/",
        "https://",
        "https://example.org/a b",
        "https://example.org:99999/",
        "file:///etc/passwd",
    ],
)
def test_what_is_no_webhook_url_is_refused(url: str) -> None:
    with pytest.raises(MalformedRequest):
        webhooks.require_url(url)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1"),
        *("::1", "fe80::1", "fd00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "224.0.0.1"),
    ],
)
def test_a_name_that_leads_into_a_private_network_is_not_followed(address: str) -> None:
    send = HookSender(resolving=lambda _host, _port: ["93.184.216.34", address])
    result = send(Parcel("https://example.org/", {}, b"{}"))
    assert result.status is None
    assert "not one that webhooks may go to" in result.trouble


def test_waits_grow_and_are_spread() -> None:
    low, high = (lambda n: b"\0" * n), (lambda n: b"\xff" * n)
    waits = [(webhooks.wait_seconds(n, low), webhooks.wait_seconds(n, high)) for n in (1, 2, 3)]
    assert waits == [(4, 6), (8, 12), (16, 24)]
    assert webhooks.wait_seconds(40, high) == 6 * 3_600 * 12 // 10


def test_the_signature_is_that_of_the_standard() -> None:
    # The example of Standard Webhooks' own documentation.
    secret = vault.ContentKey(base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").ljust(32, b"\0"))
    said = webhooks.sign(
        secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    # HMAC pads its key with zeros, so a key of 24 bytes gives what the padded one does.
    assert said == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
