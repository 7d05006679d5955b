"""Where webhooks may go, when they are tried again, and how they are signed."""

from __future__ import annotations

import base64
import ipaddress
import socket
import threading

import pytest

from ledger import vault
from ledger.client import hooksender
from ledger.client.hooksender import HookSender
from ledger.errors import MalformedRequest
from ledger.services import deliveries, webhooks
from ledger.services.deliveries import Parcel


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
        *("::", "::127.0.0.1", "fec0::1", "fe80::1%eth0", "ff02::1", "5f00::1", "2001:db8::1"),
        *("64:ff9b::169.254.169.254", "2002:a9fe:a9fe::1", "2002:7f00:1::", "255.255.255.255"),
    ],
)
def test_a_name_that_leads_into_a_private_network_is_not_followed(address: str) -> None:
    send = HookSender(resolving=lambda _host, _port: ["93.184.216.34", address])
    result = send(Parcel("https://example.org/", {}, b"{}"))
    assert result.status is None
    assert "not one that webhooks may go to" in result.trouble


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "017700000001", "127.1", "[::]"])
def test_this_machine_by_another_spelling_is_not_followed(host: str) -> None:
    result = HookSender()(Parcel(f"https://{host}/", {}, b"{}"))
    assert result.trouble == "its address is not one that webhooks may go to"


def test_a_translated_address_of_the_public_network_is_one() -> None:
    send = HookSender(resolving=lambda _host, _port: [])
    for text, reached in (("64:ff9b::808:808", True), ("64:ff9b::a00:1", False)):
        address = hooksender._plain(ipaddress.ip_address(text))
        assert send._may_reach(address, secure=True) is reached


@pytest.mark.parametrize("host", ["a..b", "x" * 64 + ".org", "."])
def test_a_name_that_cannot_be_one_is_told_and_raises_nothing(host: str) -> None:
    assert HookSender()(Parcel(f"https://{host}/", {}, b"{}")).trouble == (
        "its name does not resolve"
    )


def test_a_name_server_that_is_slow_costs_its_own_time_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hooksender, "RESOLVE_SECONDS", 0.1)
    released = threading.Event()

    def slow(_host: str, _port: int) -> list[str]:
        released.wait(30)
        return []

    result = HookSender(resolving=slow)(Parcel("https://example.org/", {}, b"{}"))
    assert not released.is_set()
    released.set()
    assert result.trouble == "its name did not resolve in time"


def test_a_receiver_that_answers_drop_by_drop_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooksender, "WHOLE_SECONDS", 2)
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)  # where the sender's time is over before it has connected

        def drip() -> None:
            try:
                with server.accept()[0] as connection:
                    connection.sendall(b"HTTP/1.1 200 OK\r\nx: ")
                    while not ended.wait(0.05):
                        connection.sendall(b"x")
            except OSError:
                ended.set()

        thread = threading.Thread(target=drip)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        result = HookSender(["127.0.0.0/8"])(Parcel(url, {}, b"{}"))
        assert result.status is None
        ended.wait(10)
        ended.set()
        thread.join()


def test_an_answer_without_end_is_not_read() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def flood() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\n")
                try:
                    while True:
                        connection.sendall(b"x" * 65_536)
                except OSError:
                    return

        thread = threading.Thread(target=flood)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        assert HookSender(["127.0.0.0/8"])(Parcel(url, {}, b"{}")).status == 200
        thread.join(30)
        assert not thread.is_alive()


def test_waits_grow_and_are_spread() -> None:
    low, high = (lambda n: b"\0" * n), (lambda n: b"\xff" * n)
    waits = [(deliveries.wait_seconds(n, low), deliveries.wait_seconds(n, high)) for n in (1, 2, 3)]
    assert waits == [(4, 6), (8, 12), (16, 24)]
    assert deliveries.wait_seconds(40, high) == 6 * 3_600 * 12 // 10


def test_the_signature_is_that_of_the_standard() -> None:
    # The example of Standard Webhooks' own documentation.
    secret = vault.ContentKey(base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").ljust(32, b"\0"))
    said = deliveries.sign(
        secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    # HMAC pads its key with zeros, so a key of 24 bytes gives what the padded one does.
    assert said == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
