"""Released keys: one printer, one token, and the RFC's own test vector."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.errors import MalformedRequest, UnsealFailed
from ledger.models import Address, ContentHash, Digest
from ledger.vault import (
    ContentKey,
    KemPrivateKey,
    new_content_key,
    new_kem_key,
    receive_key,
    release_info,
    release_key,
)

DESIGN = ContentHash(hashlib.sha256(b"a design").digest())
TOKEN = Digest(hashlib.sha256(b"a token").digest())
PRINTER = Address("0x" + "ab" * 20)
INFO = release_info(DESIGN, 7, PRINTER, TOKEN)


class ReferenceSender:
    """RFC 9180, base mode, written from the text: sections 4, 4.1, 5.1 and 5.2.

    Only for this suite: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
    """

    KEM_ID = b"KEM" + b"\x00\x20"
    SUITE_ID = b"HPKE" + b"\x00\x20" + b"\x00\x01" + b"\x00\x02"

    def __init__(self, ephemeral: bytes, recipient: bytes, info: bytes) -> None:
        private = X25519PrivateKey.from_private_bytes(ephemeral)
        shared = private.exchange(X25519PublicKey.from_public_bytes(recipient))
        self.enc = private.public_key().public_bytes_raw()
        secret = self._expand(
            self.KEM_ID,
            self._extract(self.KEM_ID, b"", b"eae_prk", shared),
            b"shared_secret",
            self.enc + recipient,
            32,
        )
        suite = self.SUITE_ID
        context = (
            b"\x00"
            + self._extract(suite, b"", b"psk_id_hash", b"")
            + self._extract(suite, b"", b"info_hash", info)
        )
        prk = self._extract(suite, secret, b"secret", b"")
        self._cipher = AESGCM(self._expand(suite, prk, b"key", context, 32))
        self._nonce = self._expand(suite, prk, b"base_nonce", context, 12)
        self._sequence = 0

    def seal(self, associated: bytes, plain: bytes) -> bytes:
        number = int.from_bytes(self._nonce, "big") ^ self._sequence
        self._sequence += 1
        return self._cipher.encrypt(number.to_bytes(12, "big"), plain, associated)

    @staticmethod
    def _extract(suite: bytes, salt: bytes, label: bytes, material: bytes) -> bytes:
        return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + material, "sha256")

    @staticmethod
    def _expand(suite: bytes, prk: bytes, label: bytes, info: bytes, size: int) -> bytes:
        labelled = size.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
        return hmac.digest(prk, labelled + b"\x01", "sha256")[:size]


def derive_key_pair(material: bytes) -> bytes:
    """RFC 9180, section 7.1.3, for X25519."""
    prk = ReferenceSender._extract(ReferenceSender.KEM_ID, b"", b"dkp_prk", material)
    return ReferenceSender._expand(ReferenceSender.KEM_ID, prk, b"sk", b"", 32)


def test_the_reference_sender_meets_the_published_test_vector() -> None:
    """Mode 0, KEM 0x0020, KDF 0x0001, AEAD 0x0002 of the CFRG's vectors for RFC 9180.

    The thousand encryptions are accumulated with SHAKE-128 as Go's crypto/hpke does in
    its copy of the vectors (testdata/rfc9180.json), which is where the last value is from.
    """
    ephemeral = derive_key_pair(
        bytes.fromhex("2cd7c601cefb3d42a62b04b7a9041494c06c7843818e0ce28a8f704ae7ab20f9")
    )
    recipient = bytes.fromhex("430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c")
    sender = ReferenceSender(ephemeral, recipient, b"Ode on a Grecian Urn")
    assert sender.enc.hex() == "6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256"
    source = hashlib.shake_128(b"").digest(1000 * 2 * 256)
    sink = hashlib.shake_128()
    position = 0

    def draw() -> bytes:
        nonlocal position
        size, start = source[position], position + 1
        position = start + size
        return source[start:position]

    for _ in range(1000):
        associated = draw()
        sink.update(sender.seal(associated, draw()))
    assert sink.digest(16).hex() == "1702e73e1e71705faa8241022af1deea"


def test_a_key_sealed_by_the_reference_sender_is_received() -> None:
    content, printer = new_content_key(), new_kem_key()
    sender = ReferenceSender(new_kem_key().expose(), printer.public_key, INFO)
    blob = b"\x01" + sender.enc + sender.seal(b"", content.expose())
    assert receive_key(blob, printer, INFO) == content


def test_the_public_key_is_that_of_the_published_test_vector() -> None:
    private = bytes.fromhex("497b4502664cfea5d5af0b39934dac72242a74f8480451e1aee7d6a53320333d")
    public = "430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c"
    assert KemPrivateKey(private).public_key.hex() == public


def test_a_released_key_reaches_its_printer() -> None:
    content, printer = new_content_key(), new_kem_key()
    blob = release_key(content, printer.public_key, INFO)
    assert len(blob) == 81
    assert content.expose() not in blob
    assert receive_key(blob, printer, INFO) == content
    assert release_key(content, printer.public_key, INFO) != blob


def test_another_printer_cannot_open_a_released_key() -> None:
    blob = release_key(new_content_key(), new_kem_key().public_key, INFO)
    with pytest.raises(UnsealFailed):
        receive_key(blob, new_kem_key(), INFO)


@pytest.mark.parametrize(
    "info",
    [
        b"",
        release_info(ContentHash(bytes(32)), 7, PRINTER, TOKEN),
        release_info(DESIGN, 8, PRINTER, TOKEN),
        release_info(DESIGN, 7, Address("0x" + "cd" * 20), TOKEN),
        release_info(DESIGN, 7, PRINTER, Digest(bytes(32))),
    ],
    ids=["nothing", "design", "license", "printer", "token"],
)
def test_a_key_released_for_something_else_does_not_open(info: bytes) -> None:
    printer = new_kem_key()
    blob = release_key(new_content_key(), printer.public_key, INFO)
    with pytest.raises(UnsealFailed):
        receive_key(blob, printer, info)


@pytest.mark.parametrize("position", range(81))
def test_every_byte_of_a_released_key_is_protected(position: int) -> None:
    printer = new_kem_key()
    blob = bytearray(release_key(new_content_key(), printer.public_key, INFO))
    blob[position] ^= 1
    with pytest.raises(UnsealFailed):
        receive_key(bytes(blob), printer, INFO)


@pytest.mark.parametrize(
    "change", [lambda b: b[:-1], lambda b: b + b"\0", lambda b: b"", lambda b: b"\x02" + b[1:]]
)
def test_a_released_key_of_another_form_is_refused(change: Callable[[bytes], bytes]) -> None:
    printer = new_kem_key()
    blob = release_key(new_content_key(), printer.public_key, INFO)
    with pytest.raises(UnsealFailed, match="not a released key"):
        receive_key(change(blob), printer, INFO)


def test_an_encapsulated_key_of_low_order_is_refused() -> None:
    printer = new_kem_key()
    blob = release_key(new_content_key(), printer.public_key, INFO)
    with pytest.raises(UnsealFailed):
        receive_key(blob[:1] + bytes(32) + blob[33:], printer, INFO)


@pytest.mark.parametrize("public", [b"", bytes(31), bytes(33), bytes(32)])
def test_a_public_key_that_cannot_keep_a_secret_is_refused(public: bytes) -> None:
    with pytest.raises(MalformedRequest):
        release_key(ContentKey(bytes(32)), public, INFO)


def test_the_info_is_laid_out_as_documented() -> None:
    assert len(INFO) == 140
    assert (
        b"platemark/content-key/1\x00"
        + DESIGN
        + (7).to_bytes(32, "big")
        + bytes.fromhex("ab" * 20)
        + TOKEN
    ) == INFO


@pytest.mark.parametrize("number", [-1, 1 << 256])
def test_a_license_number_out_of_range_is_refused(number: int) -> None:
    with pytest.raises(MalformedRequest):
        release_info(DESIGN, number, PRINTER, TOKEN)
