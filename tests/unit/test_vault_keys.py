"""Secret keys: hidden, wrapped, and kept in files."""

from __future__ import annotations

import copy
import json
import logging
import os
import pickle
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.errors import (
    KeystoreExists,
    KeystoreLocked,
    MalformedRequest,
    SetupError,
    UnsealFailed,
)
from ledger.models import ContentHash
from ledger.vault import (
    ContentKey,
    KemPrivateKey,
    ServiceKey,
    load_kem_key,
    load_or_create_service_key,
    new_content_key,
    new_kem_key,
    save_kem_key,
    unwrap_key,
    wrap_key,
)

SECRET = b"\xabSECRETSECRETSECRETSECRETSECRET\xcd"
DESIGN = ContentHash(bytes(31) + b"\x01")
OTHER = ContentHash(bytes(31) + b"\x02")


@pytest.mark.parametrize("kind", [ContentKey, ServiceKey, KemPrivateKey])
def test_a_key_never_shows_its_bytes(
    kind: type[ContentKey], caplog: pytest.LogCaptureFixture
) -> None:
    key = kind(SECRET)
    logging.getLogger().warning("%s %r", key, [key])
    for text in (str(key), repr(key), f"{key}", f"{[key]}", caplog.text):
        assert "SECRET" not in text
        assert SECRET.hex() not in text
        assert "hidden" in text
    assert key.expose() == SECRET


def test_a_key_cannot_be_pickled_or_copied_by_accident() -> None:
    with pytest.raises(TypeError, match="not to be pickled"):
        pickle.dumps(ContentKey(SECRET))
    with pytest.raises(TypeError, match="not to be pickled"):
        copy.deepcopy(ContentKey(SECRET))


def test_keys_are_equal_only_to_keys_of_their_own_kind() -> None:
    assert ContentKey(SECRET) == ContentKey(SECRET)
    assert ContentKey(SECRET) != ContentKey(bytes(32))
    assert ContentKey(SECRET) != ServiceKey(SECRET)
    assert ContentKey(SECRET) != SECRET
    with pytest.raises(TypeError):
        hash(ContentKey(SECRET))


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_key_has_32_bytes(size: int) -> None:
    with pytest.raises(MalformedRequest):
        ContentKey(bytes(size))


def test_new_keys_are_random() -> None:
    assert new_content_key() != new_content_key()
    assert new_kem_key() != new_kem_key()
    assert new_content_key(lambda n: b"\x07" * n).expose() == b"\x07" * 32


# --- wrapped under the service key ------------------------------------------


def test_a_wrapped_key_unwraps_under_the_same_service_key() -> None:
    service, content = ServiceKey.generate(), new_content_key()
    blob = wrap_key(service, content, DESIGN)
    assert len(blob) == 61
    assert content.expose() not in blob
    assert unwrap_key(service, blob, DESIGN) == content
    assert wrap_key(service, content, DESIGN) != blob


def test_a_wrapped_key_of_another_design_is_refused() -> None:
    service = ServiceKey.generate()
    blob = wrap_key(service, new_content_key(), DESIGN)
    with pytest.raises(UnsealFailed):
        unwrap_key(service, blob, OTHER)


def test_another_service_key_is_refused() -> None:
    blob = wrap_key(ServiceKey.generate(), new_content_key(), DESIGN)
    with pytest.raises(UnsealFailed):
        unwrap_key(ServiceKey.generate(), blob, DESIGN)


@pytest.mark.parametrize("position", range(61))
def test_every_byte_of_a_wrapped_key_is_protected(position: int) -> None:
    service = ServiceKey.generate()
    blob = bytearray(wrap_key(service, new_content_key(), DESIGN))
    blob[position] ^= 1
    with pytest.raises(UnsealFailed):
        unwrap_key(service, bytes(blob), DESIGN)


@pytest.mark.parametrize("change", [lambda b: b[:-1], lambda b: b + b"\0", lambda b: b""])
def test_a_wrapped_key_of_another_length_is_refused(change: Callable[[bytes], bytes]) -> None:
    service = ServiceKey.generate()
    with pytest.raises(UnsealFailed):
        unwrap_key(service, change(wrap_key(service, new_content_key(), DESIGN)), DESIGN)


# --- the service key's file --------------------------------------------------


def test_the_service_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "service.key"
    first = load_or_create_service_key(path)
    assert load_or_create_service_key(path) == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_bytes() == first.expose()
    assert [entry.name for entry in path.parent.iterdir()] == ["service.key"]


def test_processes_that_start_at_once_get_the_same_key(tmp_path: Path) -> None:
    path = tmp_path / "service.key"
    keys: list[ServiceKey] = []
    barrier = threading.Barrier(16)

    def start() -> None:
        barrier.wait()
        keys.append(load_or_create_service_key(path))

    threads = [threading.Thread(target=start) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 16
    assert all(key == keys[0] for key in keys)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777])
def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "service.key"
    load_or_create_service_key(path)
    path.chmod(mode)
    with pytest.raises(SetupError, match="chmod 600"):
        load_or_create_service_key(path)


@pytest.mark.parametrize("content", [b"", bytes(31), bytes(33), b"ab" * 32])
def test_a_service_key_of_another_length_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "service.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(SetupError, match="not a service key"):
        load_or_create_service_key(path)


def test_a_path_that_cannot_be_read_or_written_is_a_setup_error(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="cannot be read"):
        load_or_create_service_key(tmp_path)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SetupError, match="cannot be"):
        load_or_create_service_key(tmp_path / "file" / "service.key")


def test_a_disk_that_fills_up_leaves_no_key_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ledger.vault.keyfiles.os.fsync", full)
    with pytest.raises(SetupError, match="No space left"):
        load_or_create_service_key(tmp_path / "service.key")
    assert list(tmp_path.iterdir()) == []


# --- a printer's KEM key in a file -------------------------------------------


def test_a_kem_key_comes_back_with_its_passphrase_only(tmp_path: Path) -> None:
    path = tmp_path / "printer.kem"
    key = new_kem_key()
    save_kem_key(path, key, "a long passphrase with an \u00e9")
    assert load_kem_key(path, "a long passphrase with an e\u0301") == key
    assert key.expose().hex() not in path.read_text()
    assert json.loads(path.read_text())["public"] == key.public_key.hex()
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(KeystoreLocked):
        load_kem_key(path, "another passphrase")


def test_a_kem_key_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "printer.kem"
    save_kem_key(path, new_kem_key(), "x")
    before = path.read_bytes()
    with pytest.raises(KeystoreExists):
        save_kem_key(path, new_kem_key(), "x")
    assert path.read_bytes() == before


def test_a_missing_kem_key_is_a_setup_error(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="no key file"):
        load_kem_key(tmp_path / "printer.kem", "x")


def test_a_kem_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "printer.kem"
    save_kem_key(path, new_kem_key(), "x")
    path.chmod(0o644)
    with pytest.raises(SetupError, match="chmod 600"):
        load_kem_key(path, "x")


def test_a_public_key_exchanged_in_the_file_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "printer.kem"
    save_kem_key(path, new_kem_key(), "x")
    record = json.loads(path.read_text())
    path.write_text(json.dumps({**record, "public": new_kem_key().public_key.hex()}))
    with pytest.raises(KeystoreLocked):
        load_kem_key(path, "x")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": "platemark-kem-key", "version": 2}',
        '{"format": "platemark-kem-key", "version": 1, "public": 7}',
        '{"format": "platemark-kem-key", "version": 1, "public": "", "salt": "", "nonce": "zz"}',
        '{"format": "platemark-kem-key", "version": 1, "public": "", "salt": "", '
        '"nonce": "00", "sealed": ""}',
    ],
)
def test_what_is_no_kem_key_file_is_a_setup_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "printer.kem"
    path.touch(mode=0o600)
    path.write_text(text)
    os.chmod(path, 0o600)  # noqa: PTH101 - whatever the umask is
    with pytest.raises(SetupError, match="not a platemark-kem-key"):
        load_kem_key(path, "x")
