"""What the gate signs for the program that runs the machine, and how that program checks it.

A plugin holds every print until the gate says otherwise. What the gate says is a
*statement*: a JSON object in canonical form, with an Ed25519 signature (RFC 8032) by the
gate's host key, whose public half the plugin was given when it was set up. Statements::

    {"statement": "release", "host", "job", "file", "sha256", "nonce", "expires"}
        Print this very file, once. `own` is true for a file of the owner's.
    {"statement": "beat", "host", "own_files", "count", "expires"}
        The gate runs. `own_files` tells whether the owner's own files may be asked for.
    {"statement": "cancel" | "discard", "host", "job", "nonce", "expires"}
        Stop a job; forget it, and wipe its file.

`host` names the plugin's installation, so a statement for one printer is worth nothing at
another; `nonce` is used once; `expires` (Unix seconds) is a minute away, so that what was
recorded on the wire is worth nothing later. Nothing here reads a clock or a file.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

MAX_BYTES = 4096
"""The longest statement that is read."""

MAX_SECONDS = 120
"""How far away the end of a statement may be."""

_HEX = re.compile(r"[0-9a-f]{64}")
_WORD = re.compile(r"[A-Za-z0-9._-]{1,200}")
_COMMON = {"statement": str, "host": str, "expires": int}
_MEMBERS: dict[str, dict[str, type]] = {
    "release": {"job": str, "file": str, "sha256": str, "nonce": str, "own": bool},
    "beat": {"own_files": bool, "count": int},
    "cancel": {"job": str, "nonce": str},
    "discard": {"job": str, "nonce": str},
}


class Refused(Exception):
    """A statement that does not count; its text says why, for people."""


@dataclass(frozen=True)
class Statement:
    """A statement whose signature was checked. `members` are those of its kind."""

    kind: str
    members: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        """One member."""
        return self.members[name]


def canonical(members: dict[str, Any]) -> bytes:
    """The bytes that are signed (RFC 8785 for ASCII names and texts)."""
    return json.dumps(members, sort_keys=True, separators=(",", ":")).encode("ascii")


def check(wire: object, key: bytes, host: str, now: int) -> Statement:
    """Read `{"statement": base64, "signature": base64}` and check all of it.

    `key` is the gate's public key (32 bytes), `host` this installation's name. Raises
    Refused. Whether the nonce was seen before is for the caller to know.
    """
    data = _signed(wire, key)
    try:
        members = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Refused("The statement is no JSON.") from error
    if not isinstance(members, dict) or canonical(members) != data:
        raise Refused("The statement is not in its canonical form.")
    kind = _kind_of(members)
    if members["host"] != host:
        raise Refused("The statement is for another host.")
    if not now < members["expires"] <= now + MAX_SECONDS:
        raise Refused("The statement is too old, or one of the two clocks is wrong.")
    return Statement(kind, members)


def _kind_of(members: dict[str, Any]) -> str:
    """The kind of a statement that has just its members, each of its type and form."""
    kind = members.get("statement")
    if not isinstance(kind, str) or kind not in _MEMBERS:
        raise Refused("The statement is of a kind that is not known here.")
    wanted = _COMMON | _MEMBERS[kind]
    if members.keys() != wanted.keys():
        raise Refused(f"A {kind} has other members.")
    for name, type_ in wanted.items():
        if type(members[name]) is not type_:
            raise Refused(f"The {kind}'s {name} is not of its type.")
    for name in ("job", "nonce"):
        if name in wanted and not _WORD.fullmatch(members[name]):
            raise Refused(f"The {kind}'s {name} has another form.")
    if "sha256" in wanted and not _HEX.fullmatch(members["sha256"]):
        raise Refused("The release's digest has another form.")
    return kind


def _signed(wire: object, key: bytes) -> bytes:
    if not isinstance(wire, dict) or wire.keys() != {"statement", "signature"}:
        raise Refused("This is no signed statement.")
    texts = wire["statement"], wire["signature"]
    if not all(isinstance(text, str) and len(text) <= 2 * MAX_BYTES for text in texts):
        raise Refused("The statement is too long.")
    try:
        data, signature = (base64.b64decode(text, validate=True) for text in texts)
        Ed25519PublicKey.from_public_bytes(key).verify(signature, data)
    except (ValueError, InvalidSignature) as error:
        raise Refused("The statement is not signed by this printer's gate.") from error
    return data
