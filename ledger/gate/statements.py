"""What the gate says to the program that runs the machine, signed.

The other side, and what each statement means: `ledger/gate/plugins/release`, which has no
part of this package, because it runs in the host's own environment.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from typing import Any

from ledger.gate.ports import Clock
from ledger.models import Digest
from ledger.vault import HostKey

RELEASE_SECONDS = 60
"""How long a release, a cancel or a discard can be handed in."""

BEAT_SECONDS = 30
"""How long a beat vouches that the gate runs."""

_NONCE_SIZE = 16

Wire = dict[str, str]
"""`{"statement": base64, "signature": base64}`."""


class Statements:
    """Makes the signed statements for one host.

    `host` is the name under which the host was paired: the printer's address.
    """

    def __init__(
        self,
        key: HostKey,
        host: str,
        clock: Clock,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        """`random(n)` must give n unpredictable bytes."""
        self._key = key
        self._host = host
        self._clock = clock
        self._random = random
        self._count = 0

    def release(self, job: str, file: str, sha256: Digest, *, own: bool = False) -> Wire:
        """Print the file of this name and digest, once, as `job`."""
        return self._signed(
            "release", RELEASE_SECONDS, job=job, file=file, sha256=bytes(sha256).hex(), own=own
        )

    def beat(self, *, own_files: bool) -> Wire:
        """The gate runs. Of two beats the one with the higher count is the newer.

        Counts go on rising over a restart, because they are made of the time.
        """
        self._count = max(self._count + 1, self._clock.now() * 1000)
        return self._signed("beat", BEAT_SECONDS, own_files=own_files, count=self._count)

    def cancel(self, job: str) -> Wire:
        """Stop the job."""
        return self._signed("cancel", RELEASE_SECONDS, job=job)

    def discard(self, job: str) -> Wire:
        """Wipe what is left of the job's file."""
        return self._signed("discard", RELEASE_SECONDS, job=job)

    def _signed(self, kind: str, seconds: int, **members: Any) -> Wire:
        members |= {"statement": kind, "host": self._host}
        members["expires"] = self._clock.now() + seconds
        if kind != "beat":
            members["nonce"] = self._random(_NONCE_SIZE).hex()
        # Canonical as RFC 8785 wants it: sorted, without blanks, ASCII.
        data = json.dumps(members, sort_keys=True, separators=(",", ":")).encode("ascii")
        return {
            "statement": base64.b64encode(data).decode(),
            "signature": base64.b64encode(self._key.sign(data)).decode(),
        }
