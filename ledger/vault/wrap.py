"""Content keys as the database keeps them: encrypted under the service's own key.

A wrapped key has 61 bytes: version 1 (1), nonce (12), AES-256-GCM of the content
key (32) and its tag (16). It is bound to the design, so that exchanging two rows
of the table is noticed.

AES-GCM with a random nonce (NIST SP 800-38D, 8.2.2) is safe for 2**32 designs
under one service key. AES-KW (RFC 3394) has no associated data to bind the design
with, and AES-GCM-SIV (RFC 8452) is missing in common builds of OpenSSL.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.errors import UnsealFailed
from ledger.models import ContentHash
from ledger.vault.keys import KEY_SIZE, ContentKey, ServiceKey

_VERSION = b"\x01"
_NONCE_SIZE = 12
_BLOB_SIZE = len(_VERSION) + _NONCE_SIZE + KEY_SIZE + 16
_PURPOSE = b"platemark/wrapped-key/1\x00"


def wrap_key(
    service_key: ServiceKey,
    content_key: ContentKey,
    content_hash: ContentHash,
    random: Callable[[int], bytes] = os.urandom,
) -> bytes:
    """The content key of one design, encrypted for the database (61 bytes)."""
    nonce = random(_NONCE_SIZE)
    cipher = AESGCM(service_key.expose())
    sealed = cipher.encrypt(nonce, content_key.expose(), _PURPOSE + content_hash)
    return _VERSION + nonce + sealed


def unwrap_key(service_key: ServiceKey, blob: bytes, content_hash: ContentHash) -> ContentKey:
    """Undo `wrap_key`.

    Raises UnsealFailed if the blob was changed, belongs to another design, or was
    wrapped under another service key.
    """
    if len(blob) != _BLOB_SIZE or not blob.startswith(_VERSION):
        raise UnsealFailed("This is not a wrapped key of version 1.", size=len(blob))
    nonce, sealed = blob[1 : 1 + _NONCE_SIZE], blob[1 + _NONCE_SIZE :]
    try:
        plain = AESGCM(service_key.expose()).decrypt(nonce, sealed, _PURPOSE + content_hash)
    except InvalidTag as error:
        raise UnsealFailed(
            "The wrapped key does not open: it was changed, is another design's, "
            "or was wrapped under another service key.",
            design=str(content_hash),
        ) from error
    return ContentKey(plain)
