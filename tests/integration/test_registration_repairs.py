"""A registration whose files were lost, changed or are in use: repaired, or refused in words."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ledger import vault
from ledger.errors import DesignTooLarge, RegistrationIncomplete, StoreUnavailable
from ledger.models import Cid, ContentHash
from ledger.services import registration
from ledger.services.context import Ledger
from ledger.services.registration import Description, Prepared
from ledger.services.workfolder import private_folder, sweep
from ledger.signing import Signer
from tests.scene import new_file

PART = Description("Part")


@pytest.fixture(scope="module")
def owner() -> Signer:
    return Signer.generate()


def prepare(ledger: Ledger, file: Path, owner: Signer) -> Prepared:
    return registration.prepare(ledger, file, owner.address, PART)


class Unpinned:
    """A block store that takes nothing in."""

    def __init__(self, ipfs: Any) -> None:
        self._ipfs = ipfs

    def add(self, stream: Any, **_: Any) -> Cid:
        raise StoreUnavailable("not now")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ipfs, name)


def sealed_but_not_pinned(ledger: Ledger, file: Path, owner: Signer) -> Path:
    with pytest.raises(StoreUnavailable, match="not now"):
        prepare(replace(ledger, ipfs=Unpinned(ledger.ipfs)), file, owner)
    (staged,) = ledger.work_folder.glob("*.sealed")
    return staged


def test_a_sealed_copy_that_was_changed_on_disk_is_not_pinned_but_made_anew(
    ledger: Ledger, tmp_path: Path, owner: Signer
) -> None:
    file = new_file(tmp_path)
    staged = sealed_but_not_pinned(ledger, file, owner)
    staged.write_bytes(staged.read_bytes()[:-1])
    with pytest.raises(RegistrationIncomplete, match="changed on disk"):
        prepare(ledger, file, owner)
    prepared = prepare(ledger, file, owner)
    registration.confirm(
        ledger,
        ContentHash.parse(prepared.sealed.design),
        owner.address,
        prepared.deadline,
        owner.sign(prepared.typed_data),
    )
    assert list(ledger.work_folder.iterdir()) == []


def test_a_sealed_copy_that_is_gone_is_made_anew(
    ledger: Ledger, tmp_path: Path, owner: Signer
) -> None:
    file = new_file(tmp_path)
    sealed_but_not_pinned(ledger, file, owner).unlink()
    assert ledger.ipfs.has(Cid(prepare(ledger, file, owner).sealed.cid))


def test_a_sealed_copy_that_vanishes_at_the_last_moment_is_told(
    ledger: Ledger, tmp_path: Path, owner: Signer
) -> None:
    file = new_file(tmp_path)
    for path in ledger.work_folder.glob("*.sealed"):
        path.unlink()
    staged = sealed_but_not_pinned(ledger, file, owner)

    class Vanishing(Unpinned):
        def has(self, _cid: Cid) -> bool:
            staged.unlink(missing_ok=True)
            return False

    with pytest.raises(RegistrationIncomplete, match="is gone"):
        prepare(replace(ledger, ipfs=Vanishing(ledger.ipfs)), file, owner)


def test_a_file_that_changes_under_our_hands_is_not_registered(
    ledger: Ledger, tmp_path: Path, owner: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, other, seal = new_file(tmp_path), new_file(tmp_path), vault.seal

    def meddled(_source: Any, *arguments: Any, **options: Any) -> Any:
        with other.open("rb") as source:
            return seal(source, *arguments, **options)

    monkeypatch.setattr(vault, "seal", meddled)
    with pytest.raises(RegistrationIncomplete, match="changed while"):
        prepare(ledger, file, owner)
    assert list(ledger.work_folder.glob("work-*")) == []


def test_a_file_beyond_the_limit_is_not_even_read(
    ledger: Ledger, tmp_path: Path, owner: Signer
) -> None:
    with pytest.raises(DesignTooLarge):
        prepare(replace(ledger, max_design_bytes=10), new_file(tmp_path), owner)


def test_a_work_folder_that_is_gone_makes_the_store_unavailable(
    ledger: Ledger, tmp_path: Path, owner: Signer
) -> None:
    broken = replace(ledger, work_folder=tmp_path / "nowhere")
    with pytest.raises(StoreUnavailable):
        prepare(broken, new_file(tmp_path), owner)
    with pytest.raises(StoreUnavailable):
        sweep(tmp_path / "nowhere")


def _work(folder: Path) -> None:
    with private_folder(folder) as private:
        (private / "design").write_bytes(b"plaintext")
        time.sleep(60)


def test_a_folder_that_another_process_works_in_is_not_swept(tmp_path: Path) -> None:
    process = multiprocessing.get_context("forkserver").Process(target=_work, args=(tmp_path,))
    process.start()
    deadline = time.monotonic() + 60
    while not list(tmp_path.rglob("design")) and time.monotonic() < deadline:
        time.sleep(0.02)
    (tmp_path / "work-left-by-a-dead-one").mkdir()
    assert sweep(tmp_path) == 1
    (used,) = tmp_path.iterdir()
    assert (used / "design").exists()
    process.kill()
    process.join(60)
    assert sweep(tmp_path) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_goes_while_it_is_looked_at_does_not_break_a_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "work-gone-before").symlink_to("nowhere")  # listed, and gone at the look
    (tmp_path / "work-gone-after").mkdir()
    (tmp_path / "work-left-by-a-dead-one").mkdir()

    def lock(descriptor: int, how: int) -> None:
        # Its process was done with it, and let go.
        if gone.exists() and os.path.samestat(os.fstat(descriptor), gone.stat()):
            gone.rmdir()
        real(descriptor, how)

    gone, real = tmp_path / "work-gone-after", fcntl.flock
    monkeypatch.setattr(fcntl, "flock", lock)
    assert sweep(tmp_path) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["work-gone-before"]


def test_a_private_folder_goes_also_when_its_work_fails(tmp_path: Path) -> None:
    def fail() -> None:
        with private_folder(tmp_path) as folder:
            (folder / "design").write_bytes(b"plaintext")
            raise OSError(28, "No space left on device")

    with pytest.raises(StoreUnavailable, match="No space left"):
        fail()
    assert list(tmp_path.iterdir()) == []
