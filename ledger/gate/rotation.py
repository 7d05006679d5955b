"""A printer's keys are replaced: the old key names the new one, and then the folder changes over.

The gate must have come to rest first: nothing under way, nothing to report, no lease open and
its entries handed in. Then, in this order:

1. the new keys are made in `keys/next`, encrypted like the old ones;
2. both keys sign `KeyRotation`, and the service takes it (the same again is no error);
3. `keys/next/accepted` is written: from here on the folder only goes forward;
4. the journal becomes `journal-<old printer>.jsonl`, since the new printer's begins anew;
5. the name under which a host was paired, the old printer's, is kept in `keys/paired-as`;
6. the new key files replace the old ones, which are gone with that, and `keys/next` goes.

After a crash before 3 the same command goes on with the same new keys; after it `finish` does
the rest, and needs neither passphrase nor service.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ledger.errors import LeaseOpen, SetupError
from ledger.gate.book import Book
from ledger.gate.config import Config
from ledger.gate.disk import sync_folder, translated, write_atomically
from ledger.gate.journal import Journal
from ledger.gate.keys import Keys
from ledger.models import Address, KeyRotation
from ledger.tokens import Domain

STATEMENT_SECONDS = 300
"""How long the service may take to read the statement."""


class Rotating(Protocol):
    """What is asked of the service."""

    def rotate_printer(
        self, rotation: KeyRotation, signature: bytes, successor_signature: bytes
    ) -> object:
        """Hand in a printer's new key. The same again changes nothing."""
        ...

    def journal_sequence(self, printer: Address) -> int:
        """How many entries of a printer's own journal the service has."""
        ...


@dataclass(frozen=True, slots=True)
class Rotated:
    """The printer as it was, and as it is."""

    old: Address
    new: Address


def rotate(
    config: Config,
    passphrase: str,
    service: Rotating,
    domain: Domain,
    clock: Callable[[], int],
) -> Rotated:
    """Replace the printer's two keys, or finish a replacement that broke off.

    Raises SetupError while a gate runs here or something is under way, LeaseOpen while a lease
    is, KeystoreLocked, and what the service raises: PrinterRevoked, PrinterRotated.
    """
    finished = finish(config)
    if finished is not None:
        return finished
    with Journal(config.journal) as journal:
        old = Keys.load(config.signing_key, config.kem_key, passphrase)
        _require_rest(config, Book(journal.records), service, old.printer)
        new = Keys.load_or_create(_next(config, "printer"), _next(config, "kem"), passphrase)
        now = clock()
        statement = KeyRotation(
            old.printer, new.printer, new.kem.public_key, now, now + STATEMENT_SECONDS
        )
        message = domain.typed(statement)
        service.rotate_printer(statement, old.signer.sign(message), new.signer.sign(message))
        with translated(f"The folder {config.next_keys}", SetupError):
            names = {"old": old.printer, "new": new.printer}
            write_atomically(_accepted(config), json.dumps(names).encode())
        _change_over(config, Rotated(old.printer, new.printer))
    return Rotated(old.printer, new.printer)


def finish(config: Config) -> Rotated | None:
    """Change the folder over, if the service took the new keys already; None if not.

    To be called before a gate's keys and journal are opened. Raises SetupError.
    """
    if not _accepted(config).exists():
        return None
    with Journal(config.journal):
        try:
            said = json.loads(_accepted(config).read_bytes())
            done = Rotated(Address(said["old"]), Address(said["new"]))
        except FileNotFoundError:  # another process was quicker
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise SetupError(f"{_accepted(config)} cannot be read.") from error
        _change_over(config, done)
    return done


def begun(config: Config) -> bool:
    """Whether new keys were made that the service may not have taken yet."""
    return _next(config, "printer").exists()


def _change_over(config: Config, done: Rotated) -> None:
    """Every step can be done again, and none undoes what an earlier try did."""
    with translated(f"The gate's folder {config.folder}", SetupError):
        archive = config.journal_of(done.old)
        if not archive.exists():
            config.journal.rename(archive)
            sync_folder(archive.parent)
        if config.host_key.exists() and not config.paired_as.exists():
            write_atomically(config.paired_as, str(done.old).encode())
        for name, target in (("kem", config.kem_key), ("printer", config.signing_key)):
            if _next(config, name).exists():
                _next(config, name).replace(target)
                sync_folder(target.parent)
        for left in config.next_keys.iterdir():
            if left != _accepted(config):
                left.unlink()
        _accepted(config).unlink()
        config.next_keys.rmdir()
        sync_folder(config.next_keys.parent)


def _require_rest(config: Config, book: Book, service: Rotating, printer: Address) -> None:
    dropped = any(config.intake.iterdir()) if config.intake.is_dir() else False
    if book.unfinished() or book.unreported() or dropped:
        raise SetupError(
            "The gate has prints under way, or something to report. Let it come to its end first: "
            "platemark gate run --once."
        )
    shelf = book.leases
    if shelf.live():
        raise LeaseOpen("The printer has leases. Print them, or give them back, before its keys.")
    if shelf.links and service.journal_sequence(printer) < len(shelf.links):
        raise LeaseOpen("The service has not heard of all that was printed from leases.")


def _next(config: Config, name: str) -> Path:
    return config.next_keys / f"{name}.json"


def _accepted(config: Config) -> Path:
    return config.next_keys / "accepted"
