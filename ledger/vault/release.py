"""Content keys on their way to one printer: HPKE, base mode (RFC 9180).

Suite: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, which RFC 9180 numbers
0x0020, 0x0001, 0x0002. A released key has 81 bytes: version 1 (1), the encapsulated
key (32), the encrypted content key (32) and its tag (16). Only the holder of the
printer's private key opens it, and only for the design, license, printer and token
that it was released for: they are its `info`.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from ledger.errors import MalformedRequest, UnsealFailed
from ledger.models import Address, ContentHash, Digest
from ledger.vault.keys import KEY_SIZE, ContentKey, KemPrivateKey

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_VERSION = b"\x01"
_BLOB_SIZE = len(_VERSION) + 32 + KEY_SIZE + 16
_PURPOSE = b"platemark/content-key/1\x00"


def release_info(
    content_hash: ContentHash, license_number: int, printer: Address, token_digest: Digest
) -> bytes:
    """What a released key is bound to (140 bytes); both sides compute it for themselves.

    The purpose `platemark/content-key/1` and a zero byte (24), the design (32), the
    license number (32, big-endian), the printer's address (20) and the EIP-712 digest
    of the print token (32). Every part has a fixed length, so no two sets of facts
    give the same bytes. Raises MalformedRequest if the number is no uint256.
    """
    if not 0 <= license_number < 1 << 256:
        raise MalformedRequest("A license number is an unsigned integer of 256 bits.")
    number = license_number.to_bytes(32, "big")
    return _PURPOSE + content_hash + number + bytes.fromhex(printer[2:]) + token_digest


def release_key(content_key: ContentKey, kem_public: bytes, info: bytes) -> bytes:
    """Encrypt a content key to a printer's X25519 public key (32 raw bytes); 81 bytes.

    `info` comes from `release_info`. Raises MalformedRequest if the public key has
    another length or is a point of low order, with which there is no secret to share.
    """
    try:
        public = X25519PublicKey.from_public_bytes(kem_public)
        return _VERSION + _SUITE.encrypt(content_key.expose(), public, info)
    except ValueError as error:
        raise MalformedRequest("The printer's KEM key is not a usable X25519 key.") from error


def receive_key(blob: bytes, kem_private: KemPrivateKey, info: bytes) -> ContentKey:
    """Undo `release_key`.

    Raises UnsealFailed if the blob was changed, or was released to another printer or
    for another `info`.
    """
    if len(blob) != _BLOB_SIZE or not blob.startswith(_VERSION):
        raise UnsealFailed("This is not a released key of version 1.", size=len(blob))
    private = X25519PrivateKey.from_private_bytes(kem_private.expose())
    try:
        plain = _SUITE.decrypt(blob[1:], private, info)
    except InvalidTag as error:
        raise UnsealFailed(
            "The released key does not open: it was changed, or is meant for another "
            "printer, license or token."
        ) from error
    return ContentKey(plain)
