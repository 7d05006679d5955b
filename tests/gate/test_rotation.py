"""A printer's keys are replaced: whole, or not at all, wherever it breaks off."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from platemark_release import check

from ledger.errors import KeystoreLocked, LeaseOpen, PrinterRevoked, ServiceUnavailable, SetupError
from ledger.gate import Config, Keys, init
from ledger.gate.book import Book
from ledger.gate.hosts.choice import paired_name
from ledger.gate.journal import Journal, State
from ledger.gate.rotation import Rotated, begun, finish, rotate
from ledger.gate.statements import Statements
from ledger.models import Address, Digest, KeyRotation
from ledger.signing import require_signer
from ledger.tokens import Domain
from tests.gate.fakes import FakeClock

PASSPHRASE = "a passphrase"
DOMAIN = Domain(31_337, Address("0x" + "11" * 20), Address("0x" + "22" * 20))


class Registry:
    """A service that checks both signatures and keeps who follows whom."""

    def __init__(self) -> None:
        self.successors: dict[Address, Address] = {}
        self.kem_keys: dict[Address, bytes] = {}
        self.entries = 0

    def rotate_printer(self, rotation: KeyRotation, signature: bytes, other: bytes) -> None:
        message = DOMAIN.typed(rotation)
        require_signer(message, signature, rotation.printer)
        require_signer(message, other, rotation.successor)
        assert self.successors.setdefault(rotation.printer, rotation.successor) == (
            rotation.successor
        )
        self.kem_keys[rotation.successor] = rotation.kem_key

    def journal_sequence(self, printer: Address) -> int:
        return self.entries


@pytest.fixture(autouse=True)
def quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passphrases are stretched a little only: keys are made and opened by the dozen here."""
    monkeypatch.setattr("ledger.signing._SCRYPT_N", 2)

    def stretch(passphrase: str, salt: bytes) -> bytes:
        return hashlib.sha256(salt + passphrase.encode()).digest()

    monkeypatch.setattr("ledger.vault.keyfiles._stretch", stretch)


@pytest.fixture
def gate(tmp_path: Path) -> Config:
    config, _ = init(
        tmp_path / "gate",
        name="Press 1",
        center=Address("0x" + "33" * 20),
        service_url="http://127.0.0.1:1",
        rpc_url="http://127.0.0.1:2",
        deployment=tmp_path / "deployment.json",
        passphrase=PASSPHRASE,
        ipfs_folder=tmp_path,
    )
    with Journal(config.journal) as journal:
        journal.append(5, "ticket", State.REFUSED, {
            "error": "BadSignature", "detail": "No.", "kept": "t", "original": "t"})  # fmt: skip
        journal.append(6, "ticket", State.REFUSAL_REPORTED, {"refusal": 1})
    return config


def keys_of(config: Config) -> Keys:
    return Keys.load(config.signing_key, config.kem_key, PASSPHRASE)


def go(config: Config, service: Registry) -> Rotated:
    return rotate(config, PASSPHRASE, service, DOMAIN, lambda: 1_000)


def test_the_new_keys_are_in_place_and_nothing_is_left_of_the_old_ones(gate: Config) -> None:
    service, before = Registry(), keys_of(gate)
    done = go(gate, service)
    after = keys_of(gate)
    assert (done.old, done.new) == (before.printer, after.printer)
    assert service.successors == {before.printer: after.printer}
    assert service.kem_keys[after.printer] == after.kem.public_key != before.kem.public_key
    folder = gate.signing_key.parent
    assert {path.name for path in folder.iterdir()} == {"printer.json", "kem.json"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    archive = gate.journal.with_name(f"journal-{before.printer}.jsonl")
    assert "BadSignature" in archive.read_text()
    with Journal(gate.journal) as journal:
        assert not Book(journal.records).refusals()
    assert go(gate, service).old == after.printer


def test_a_host_that_is_paired_hears_the_same_gate_under_the_same_name(tmp_path: Path) -> None:
    """Over a second change of keys as well."""
    (tmp_path / "key").write_text("secret")
    (tmp_path / "key").chmod(0o600)
    config, keys = init(
        tmp_path / "gate",
        name="Press 1",
        center=Address("0x" + "33" * 20),
        service_url="http://127.0.0.1:1",
        rpc_url="http://127.0.0.1:2",
        deployment=tmp_path / "deployment.json",
        passphrase=PASSPHRASE,
        ipfs_folder=tmp_path,
        host="octoprint",
        host_url="http://127.0.0.1:3",
        host_key_file=tmp_path / "key",
    )
    assert keys.host is not None
    for _ in range(2):
        assert paired_name(config, keys_of(config)) == str(keys.printer)
        with Journal(config.journal):
            pass
        go(config, Registry())
    after = Keys.load(config.signing_key, config.kem_key, PASSPHRASE, config.key_for_host)
    assert after.printer != keys.printer
    assert after.host is not None
    clock = FakeClock()
    wire = Statements(after.host, paired_name(config, after), clock).beat(own_files=False)
    assert check(wire, keys.host.public_key, str(keys.printer), clock.now()).kind == "beat"


class PowerCut(BaseException):
    """Nothing after this happens, and nothing catches it."""


@contextmanager
def cut_at(step: int) -> Iterator[Callable[[], bool]]:
    """Before its `step`th change of the disk or word to the service, everything stops."""
    done = 0
    changes: list[tuple[Any, str]] = [
        *((Path, name) for name in ("rename", "replace", "unlink", "rmdir")),
        *((os, name) for name in ("link", "fsync")),
        (tempfile, "mkstemp"),
        (Registry, "rotate_printer"),
    ]

    def counted(original: Callable[..., Any]) -> Callable[..., Any]:
        def change(*arguments: Any, **options: Any) -> Any:
            nonlocal done
            if done >= step:
                raise PowerCut
            done += 1
            return original(*arguments, **options)

        return change

    with pytest.MonkeyPatch.context() as patch:
        for owner, name in changes:
            patch.setattr(owner, name, counted(getattr(owner, name)))
        yield lambda: done >= step


def test_a_power_cut_at_any_step_leaves_the_old_printer_or_the_new_one(gate: Config) -> None:
    """Afterwards the next start, or the same command, has one printer and its successor."""
    service, step, cuts = Registry(), 0, 0
    while True:
        before = keys_of(gate).printer
        named = service.successors.get(before)
        try:
            with cut_at(step):
                go(gate, service)
            break
        except PowerCut:
            cuts += 1
        finish(gate)  # as the next start of the gate would
        now = keys_of(gate)
        if now.printer == before:
            named = service.successors.get(before)
            if named is not None:  # the service knows; the gate is told to go on
                assert begun(gate)
                assert go(gate, service).new == named
                assert keys_of(gate).printer == named
        else:
            assert service.successors[before] == now.printer
            assert service.kem_keys[now.printer] == now.kem.public_key
            assert not begun(gate)
        step += 1
    assert cuts >= 15
    chain = [keys_of(gate).printer]
    followed = {new: old for old, new in service.successors.items()}
    while chain[-1] in followed:
        chain.append(followed[chain[-1]])
    assert len(chain) == len(service.successors) + 1, "each printer has one successor"


def test_a_service_that_does_not_answer_changes_nothing(gate: Config) -> None:
    class Silent(Registry):
        def rotate_printer(self, *_: Any) -> None:
            raise ServiceUnavailable("Nothing answers.")

    before = keys_of(gate)
    with pytest.raises(ServiceUnavailable):
        go(gate, Silent())
    assert finish(gate) is None
    assert keys_of(gate).printer == before.printer
    waiting = Keys.load(gate.next_keys / "printer.json", gate.next_keys / "kem.json", PASSPHRASE)
    assert go(gate, Registry()).new == waiting.printer, "the same new keys are used"


def test_a_printer_that_was_revoked_names_no_successor(gate: Config) -> None:
    class Strict(Registry):
        def rotate_printer(self, *_: Any) -> None:
            raise PrinterRevoked("Stolen.")

    before = keys_of(gate).printer
    with pytest.raises(PrinterRevoked):
        go(gate, Strict())
    assert keys_of(gate).printer == before


def test_a_wrong_passphrase_makes_no_new_keys(gate: Config) -> None:
    with pytest.raises(KeystoreLocked):
        rotate(gate, "another", Registry(), DOMAIN, lambda: 1_000)
    assert not gate.next_keys.exists()


def test_a_running_gate_is_not_disturbed(gate: Config) -> None:
    with Journal(gate.journal), pytest.raises(SetupError, match="Another gate"):
        go(gate, Registry())


def test_what_is_not_reported_comes_first(gate: Config) -> None:
    with Journal(gate.journal) as journal:
        journal.append(7, "other", State.REFUSED, {
            "error": "TokenExpired", "detail": "No.", "kept": "o", "original": "o"})  # fmt: skip
    with pytest.raises(SetupError, match="come to its end"):
        go(gate, Registry())
    assert not gate.next_keys.exists()


def test_what_was_dropped_comes_first(gate: Config) -> None:
    (gate.intake / "a.ticket.json").write_text("{}")
    with pytest.raises(SetupError, match="come to its end"):
        go(gate, Registry())


def test_what_was_printed_from_leases_is_handed_in_first(gate: Config) -> None:
    from ledger.gate.leases.links import Head, Pen
    from ledger.gate.leases.shelf import data_of
    from ledger.models import JournalKind

    keys = keys_of(gate)
    pen = Pen(keys.signer, DOMAIN, Digest(b"\x01" * 32))
    with Journal(gate.journal) as journal:
        link = pen.write(Head(), JournalKind.CLOCK, at=5, seen=9)
        journal.append(8, "clock", State.ENTERED, data_of(link))
    service = Registry()
    with pytest.raises(LeaseOpen):
        go(gate, service)
    service.entries = 1
    go(gate, service)
    with Journal(gate.journal) as journal:
        assert Book(journal.records).leases.head == Head(), "the new printer's chain begins anew"
