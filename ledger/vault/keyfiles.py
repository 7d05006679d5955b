"""Keys in files: written once, whole or not at all, and readable by their owner only.

The service key's file holds its 32 bytes as they are; whoever runs the service can
read it, so a passphrase beside it would protect nothing.

A printer's KEM key and its host key are encrypted under a passphrase: JSON with `format`
"platemark-kem-key" or "platemark-host-key", `version` 1, and in hexadecimal `public`
(32 bytes), `salt` (16), `nonce` (12) and `sealed` (32 + 16): AES-256-GCM under
scrypt(passphrase in Unicode NFC and UTF-8, salt, N = 2**16, r = 8, p = 2) (RFC 7914),
bound to format, version and public key. (PKCS#8 as OpenSSL writes it stretches a
passphrase by 2,048 rounds of PBKDF2 only, and that cannot be raised from here.)
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
import unicodedata
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from ledger.errors import KeystoreExists, KeystoreLocked, MalformedRequest, SetupError
from ledger.vault.hostkeys import HostKey
from ledger.vault.keys import KemPrivateKey, ServiceKey

_MAX_FILE = 4096
_KEM = "platemark-kem-key"
_HOST = "platemark-host-key"
_SALT_SIZE = 16
_NONCE_SIZE = 12


def load_or_create_service_key(
    path: Path, random: Callable[[int], bytes] = os.urandom
) -> ServiceKey:
    """The service key in `path` (32 bytes, mode 0600), made at the first call.

    However many processes start at once, all get the key of the one that came first.
    Raises SetupError if the file cannot be read or written, has another length, or
    can be read by group or others.
    """
    data = _read_private(path)
    if data is None:
        # Losing the race is fine: then the winner's key is read.
        create_private(path, ServiceKey.generate(random).expose())
        data = _read_private(path)
    try:
        return ServiceKey(data or b"")
    except MalformedRequest as error:
        raise SetupError(f"{path} is not a service key: {error.detail}") from error


def save_kem_key(
    path: Path,
    key: KemPrivateKey,
    passphrase: str,
    random: Callable[[int], bytes] = os.urandom,
) -> None:
    """Write a printer's key, encrypted, mode 0600.

    Raises KeystoreExists if the file is there already, SetupError if it cannot be
    written. Takes a quarter of a second and 64 MiB: that is what slows guessing down.
    """
    _save(path, _KEM, key, passphrase, random)


def load_kem_key(path: Path, passphrase: str) -> KemPrivateKey:
    """Undo `save_kem_key`.

    Raises KeystoreLocked if the passphrase does not open it, SetupError if the file is
    missing, can be read by group or others, or is no key file.
    """
    return KemPrivateKey(_load(path, _KEM, passphrase))


def save_host_key(
    path: Path, key: HostKey, passphrase: str, random: Callable[[int], bytes] = os.urandom
) -> None:
    """Write the key that a gate signs its host's releases with, as `save_kem_key` does."""
    _save(path, _HOST, key, passphrase, random)


def load_host_key(path: Path, passphrase: str) -> HostKey:
    """Undo `save_host_key`. Raises what `load_kem_key` does."""
    return HostKey(_load(path, _HOST, passphrase))


def _save(
    path: Path,
    kind: str,
    key: KemPrivateKey | HostKey,
    passphrase: str,
    random: Callable[[int], bytes],
) -> None:
    salt, nonce, public = random(_SALT_SIZE), random(_NONCE_SIZE), key.public_key
    cipher = AESGCM(_stretch(passphrase, salt))
    record = {
        "format": kind,
        "version": 1,
        "public": public.hex(),
        "salt": salt.hex(),
        "nonce": nonce.hex(),
        "sealed": cipher.encrypt(nonce, key.expose(), _bound(kind, public)).hex(),
    }
    if not create_private(path, json.dumps(record, indent=1).encode() + b"\n"):
        raise KeystoreExists(f"{path} exists already.")


def _load(path: Path, kind: str, passphrase: str) -> bytes:
    data = _read_private(path)
    if data is None:
        raise SetupError(f"There is no key file {path}.")
    try:
        record = json.loads(data)
        if (record["format"], record["version"]) != (kind, 1):
            raise ValueError("another format")
        public, salt, nonce, sealed = (
            bytes.fromhex(record[name]) for name in ("public", "salt", "nonce", "sealed")
        )
        if len(nonce) != _NONCE_SIZE:
            raise ValueError("a nonce of another size")
    except (ValueError, KeyError, TypeError) as error:
        raise SetupError(f"{path} is not a {kind} file of version 1.") from error
    try:
        return AESGCM(_stretch(passphrase, salt)).decrypt(nonce, sealed, _bound(kind, public))
    except InvalidTag as error:
        raise KeystoreLocked(f"The passphrase does not open {path}.") from error


def _stretch(passphrase: str, salt: bytes) -> bytes:
    """The AES key of a passphrase, the same however the keyboard composes accents."""
    text = unicodedata.normalize("NFC", passphrase).encode()
    return Scrypt(salt=salt, length=32, n=1 << 16, r=8, p=2).derive(text)


def _bound(kind: str, public: bytes) -> bytes:
    return f"{kind}/1\0".encode() + public


def create_private(path: Path, data: bytes) -> bool:
    """Write a file that was not there, mode 0600; False if it is there already.

    The bytes are on disk before the name exists, and `link` never replaces a file, so
    a reader sees all of it or nothing, and of two writers exactly one wins. Raises
    SetupError if it cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:  # mkstemp made it 0600
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(name, path)
            except FileExistsError:
                return False
        finally:
            Path(name).unlink()
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise SetupError(f"The key file {path} cannot be written: {error.strerror}.") from error
    return True


def _read_private(path: Path) -> bytes | None:
    """The file's bytes, None if there is no file. Raises SetupError if others may read it."""
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            data = file.read(_MAX_FILE)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SetupError(f"The key file {path} cannot be read: {error.strerror}.") from error
    if mode & 0o077:
        raise SetupError(
            f"The key file {path} has mode {mode:04o}: others can read it. "
            f"If nobody has, run: chmod 600 {path}"
        )
    return data
