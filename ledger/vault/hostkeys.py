"""The key with which a gate signs its word to the program that runs the machine (RFC 8032)."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ledger.vault.keys import Secret


class HostKey(Secret):
    """A gate's Ed25519 key. Whoever holds it can make the paired host print anything.

    A fresh one is made by `HostKey.generate()`.
    """

    __slots__ = ()

    @property
    def public_key(self) -> bytes:
        """The 32 raw bytes that the host is given when it is paired."""
        return self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign(self, message: bytes) -> bytes:
        """The signature of `message`, 64 bytes."""
        return self._private.sign(message)

    @property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.expose())
