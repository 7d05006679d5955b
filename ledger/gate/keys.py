"""A printer's keys: one signs, one receives content keys, one speaks to the host."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ledger.errors import KeystoreExists
from ledger.gate.disk import sync_folder
from ledger.models import Address, Enrolment
from ledger.signing import Signer
from ledger.tokens import Domain
from ledger.vault import (
    HostKey,
    KemPrivateKey,
    load_host_key,
    load_kem_key,
    new_kem_key,
    save_host_key,
    save_kem_key,
)


@dataclass(frozen=True, slots=True)
class Keys:
    """The secp256k1 key whose address is the printer, and its HPKE key. Shows neither.

    `host` signs releases for a host that is a program; there is none for a hot folder.
    """

    signer: Signer
    kem: KemPrivateKey
    host: HostKey | None = None

    @property
    def printer(self) -> Address:
        """The printer's address."""
        return self.signer.address

    @classmethod
    def load(
        cls, signing_key: Path, kem_key: Path, passphrase: str, host_key: Path | None = None
    ) -> Self:
        """Open them. Raises SetupError if one is missing, KeystoreLocked if it stays shut."""
        return cls(
            Signer.load(signing_key, passphrase),
            load_kem_key(kem_key, passphrase),
            None if host_key is None else load_host_key(host_key, passphrase),
        )

    @classmethod
    def load_or_create(
        cls, signing_key: Path, kem_key: Path, passphrase: str, host_key: Path | None = None
    ) -> Self:
        """Open them, making first what is missing. Raises what `load` does, and OSError."""
        if not signing_key.exists():
            _create(signing_key, passphrase)
        # Whoever loses a race for a name uses the winner's key.
        if not kem_key.exists():
            with suppress(KeystoreExists):
                save_kem_key(kem_key, new_kem_key(), passphrase)
        if host_key is not None and not host_key.exists():
            with suppress(KeystoreExists):
                save_host_key(host_key, HostKey.generate(), passphrase)
        return cls.load(signing_key, kem_key, passphrase, host_key)

    def enrolment(
        self, domain: Domain, center: Address, name: str, deadline: int
    ) -> tuple[Enrolment, bytes]:
        """The message that takes this printer into service, and the printer's signature.

        The center signs the same message; both signatures go to `Service.enrol`.
        """
        enrolment = Enrolment(center, self.printer, self.kem.public_key, name, deadline)
        return enrolment, self.signer.sign(domain.enrolment(enrolment))


def _create(path: Path, passphrase: str) -> None:
    """A new keystore, complete from the first moment on: a crash leaves no half of one."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    partial.unlink(missing_ok=True)
    Signer.generate().save(partial, passphrase)
    try:
        # Unlike a rename, a link never replaces a key that another process made meanwhile.
        os.link(partial, path)
    except FileExistsError:
        pass
    finally:
        partial.unlink()
    sync_folder(path.parent)
