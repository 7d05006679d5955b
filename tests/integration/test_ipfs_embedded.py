"""The embedded block store: a folder that is never taken at its word."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path

import pytest

from ledger.errors import DigestMismatch, IpfsUnavailable
from ledger.ipfs import EmbeddedIpfs


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    store = EmbeddedIpfs(tmp_path)
    cid = store.add(io.BytesIO(b"the true bytes"))
    (tmp_path / cid).write_bytes(b"the true bytez")
    with pytest.raises(DigestMismatch, match="are those of"):
        store.fetch(cid, io.BytesIO(), max_bytes=100)


def test_adding_again_repairs_a_changed_file(tmp_path: Path) -> None:
    store = EmbeddedIpfs(tmp_path)
    cid = store.add(io.BytesIO(b"the true bytes"))
    (tmp_path / cid).write_bytes(b"")
    store.add(io.BytesIO(b"the true bytes"))
    assert store.fetch(cid, io.BytesIO(), max_bytes=100) == 14


def test_only_finished_files_have_names(tmp_path: Path) -> None:
    store = EmbeddedIpfs(tmp_path)

    class Watched(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            seen.extend(path.name for path in tmp_path.iterdir())
            return super().read(size)

    seen: list[str] = []
    cid = store.add(Watched(b"x"))
    assert seen
    assert all(name.startswith(".incoming-") for name in seen)
    assert [path.name for path in tmp_path.iterdir()] == [cid]


def test_what_a_crashed_writer_left_behind_is_swept_up_after_a_day(tmp_path: Path) -> None:
    old, young = tmp_path / ".incoming-old", tmp_path / ".incoming-young"
    for path in (old, young):
        path.touch()
    os.utime(old, (time.time() - 90_000,) * 2)
    EmbeddedIpfs(tmp_path)
    assert not old.exists()
    assert young.exists()


def test_a_file_that_another_process_publishes_at_this_moment_does_not_break_a_start(
    tmp_path: Path,
) -> None:
    (tmp_path / ".incoming-published").symlink_to("nowhere")  # listed, and gone at the look
    EmbeddedIpfs(tmp_path)


@pytest.mark.parametrize("call", ["os.fsync", "tempfile.mkstemp"])
def test_a_disk_that_fails_is_an_unavailable_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    store = EmbeddedIpfs(tmp_path)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(f"ledger.ipfs.embedded.{call}", full)
    with pytest.raises(IpfsUnavailable, match="No space left"):
        store.add(io.BytesIO(b"x"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_write_that_fails_is_an_unavailable_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = EmbeddedIpfs(tmp_path)
    full = os.open("/dev/full", os.O_WRONLY)
    monkeypatch.setattr(
        "ledger.ipfs.embedded.tempfile.mkstemp", lambda **_: (full, str(tmp_path / "gone"))
    )
    with pytest.raises(IpfsUnavailable, match="No space left"):
        store.add(io.BytesIO(b"x"))


def test_a_path_that_is_no_folder_is_an_unavailable_store(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(IpfsUnavailable):
        EmbeddedIpfs(tmp_path / "file")


def test_a_folder_that_is_gone_is_an_unavailable_store(tmp_path: Path) -> None:
    folder = tmp_path / "blocks"
    store = EmbeddedIpfs(folder)
    folder.rmdir()
    with pytest.raises(IpfsUnavailable, match="gone"):
        store.ping()
    with pytest.raises(IpfsUnavailable):
        store.add(io.BytesIO(b"x"))


def test_what_cannot_be_read_or_deleted_is_an_unavailable_store(tmp_path: Path) -> None:
    store = EmbeddedIpfs(tmp_path)
    cid = store.add(io.BytesIO(b"x"))
    (tmp_path / cid).unlink()
    (tmp_path / cid).mkdir()
    assert not store.has(cid)
    with pytest.raises(IpfsUnavailable):
        store.fetch(cid, io.BytesIO(), max_bytes=1)
    with pytest.raises(IpfsUnavailable):
        store.unpin(cid)


def test_a_folder_that_may_not_be_looked_into_is_an_unavailable_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = EmbeddedIpfs(tmp_path)
    cid = store.add(io.BytesIO(b"x"))

    def denied(_: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_file", denied)
    with pytest.raises(IpfsUnavailable, match="Permission denied"):
        store.has(cid)
