"""Secret keys that do not show themselves.

Their bytes stay out of logs, tracebacks, pickles and comparisons by timing. That
is best effort: Python cannot promise that freed memory is wiped.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable
from typing import NoReturn, Self

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ledger.errors import MalformedRequest

KEY_SIZE = 32
"""Bytes of every key here: AES-256, and an X25519 scalar."""


class Secret:
    """32 secret bytes; only `expose` gives them away."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        """Raises MalformedRequest unless `value` has 32 bytes."""
        if len(value) != KEY_SIZE:
            raise MalformedRequest(f"A key has {KEY_SIZE} bytes; this has {len(value)}.")
        self._value = bytes(value)

    @classmethod
    def generate(cls, random: Callable[[int], bytes] = os.urandom) -> Self:
        """A fresh key; `random(n)` must give n unpredictable bytes."""
        return cls(random(KEY_SIZE))

    def expose(self) -> bytes:
        """The key's bytes. Search for this name to find every place that handles them."""
        return self._value

    def __repr__(self) -> str:
        return f"{type(self).__name__}(hidden)"

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return hmac.compare_digest(self._value, other._value)

    # Unhashable on purpose: a set or dict of keys would compare them by timing.
    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"A {type(self).__name__} is not to be pickled or copied.")


class ContentKey(Secret):
    """The key of one sealed file; a design has exactly one."""


class ServiceKey(Secret):
    """The key under which a service keeps content keys in its database."""


class KemPrivateKey(Secret):
    """A printer's X25519 private key (RFC 7748), to which content keys are released."""

    __slots__ = ()

    @property
    def public_key(self) -> bytes:
        """The 32 raw bytes that an enrolment publishes as `kem_key`."""
        public = X25519PrivateKey.from_private_bytes(self.expose()).public_key()
        return public.public_bytes(Encoding.Raw, PublicFormat.Raw)


def new_content_key(random: Callable[[int], bytes] = os.urandom) -> ContentKey:
    """A fresh content key. Never seal two files under one."""
    return ContentKey.generate(random)


def new_kem_key(random: Callable[[int], bytes] = os.urandom) -> KemPrivateKey:
    """A fresh key pair for a printer; its public half is `.public_key`."""
    return KemPrivateKey.generate(random)
