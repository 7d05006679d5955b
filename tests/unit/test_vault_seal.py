"""Sealed files: one form, and no way to change it unseen."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings, strategies as st

from ledger.errors import DigestMismatch, UnsealFailed
from ledger.ipfs import CidHasher
from ledger.models import Cid, ContentHash
from ledger.vault import (
    CHUNK_SIZE,
    ContentKey,
    Sealed,
    new_content_key,
    seal,
    sealed_size_of,
    unseal,
)
from ledger.vault.sealed_file import HEADER, MAGIC, NONCE, TAG_SIZE

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/sealed-file.json").read_text())
KEY = ContentKey(bytes(range(32)))
SEALED_CHUNK = CHUNK_SIZE + TAG_SIZE
NEAR_BOUNDARIES = st.one_of(
    st.integers(0, 40),
    *[
        st.integers(chunks * CHUNK_SIZE - 3, chunks * CHUNK_SIZE + 3).filter(lambda n: n >= 0)
        for chunks in (1, 2, 3)
    ],
)


def pattern(size: int) -> bytes:
    """The vectors' plaintext: SHAKE-128 of nothing, as long as needed."""
    return hashlib.shake_128(b"").digest(size)


def seal_bytes(plain: bytes, key: ContentKey = KEY) -> tuple[bytes, Sealed]:
    sink = io.BytesIO()
    sealed = seal(io.BytesIO(plain), sink, key, CidHasher())
    return sink.getvalue(), sealed


def unseal_bytes(data: bytes, content_hash: ContentHash, key: ContentKey = KEY) -> bytes:
    sink = io.BytesIO()
    unseal(io.BytesIO(data), sink, key, content_hash)
    return sink.getvalue()


def id_of(plain: bytes) -> ContentHash:
    return ContentHash(hashlib.sha256(plain).digest())


PLAIN = pattern(2 * CHUNK_SIZE + 1000)
DATA, SEALED = seal_bytes(PLAIN)
CHUNKS = [
    DATA[start : start + SEALED_CHUNK] for start in range(HEADER.size, len(DATA), SEALED_CHUNK)
]


@given(NEAR_BOUNDARIES)
@settings(max_examples=60, deadline=None)
def test_what_was_sealed_opens_to_the_same_bytes_at_every_size(size: int) -> None:
    plain = pattern(size)
    data, sealed = seal_bytes(plain)
    assert unseal_bytes(data, sealed.content_hash) == plain
    assert sealed.content_hash == id_of(plain)
    assert (sealed.plain_size, sealed.sealed_size) == (size, len(data))
    assert sealed_size_of(size) == len(data)


def test_the_cid_is_that_of_the_sealed_bytes() -> None:
    hasher = CidHasher()
    hasher.update(DATA)
    assert hasher.finish() == SEALED.cid


@pytest.mark.parametrize("vector", VECTORS["files"], ids=lambda v: str(v["plain_size"]))
def test_the_golden_vectors_are_met(vector: dict[str, str | int]) -> None:
    size = int(vector["plain_size"])
    key = ContentKey(bytes.fromhex(VECTORS["key"]))
    prefix = bytes.fromhex(VECTORS["prefix"])
    sink = io.BytesIO()
    sealed = seal(io.BytesIO(pattern(size)), sink, key, CidHasher(), random=lambda n: prefix[:n])
    assert hashlib.sha256(sink.getvalue()).hexdigest() == vector["sealed_sha256"]
    assert sealed.content_hash.hex() == vector["content_hash"]
    assert sealed.sealed_size == vector["sealed_size"]
    assert sealed.cid == vector["cid"]


def test_a_second_implementation_written_from_the_document_agrees() -> None:
    """docs/sealed-file.md in eight lines, all in memory."""
    plain, prefix = pattern(CHUNK_SIZE + 5), bytes(7)
    header = b"PMSEALED" + bytes([1, 18]) + prefix
    cipher = AESGCM(KEY.expose())
    first = cipher.encrypt(prefix + bytes(4) + b"\0", plain[:CHUNK_SIZE], header)
    bound = header + hashlib.sha256(plain).digest()
    last = cipher.encrypt(prefix + b"\0\0\0\1" + b"\1", plain[CHUNK_SIZE:], bound)
    sink = io.BytesIO()
    seal(io.BytesIO(plain), sink, KEY, CidHasher(), random=bytes)
    assert sink.getvalue() == header + first + last


def test_two_seals_of_one_file_differ() -> None:
    assert seal_bytes(b"x")[0] != seal_bytes(b"x")[0]


@given(position=st.integers(0, len(DATA) - 1), bit=st.integers(0, 7))
@settings(max_examples=150, deadline=None)
def test_a_single_flipped_bit_is_refused(position: int, bit: int) -> None:
    changed = bytearray(DATA)
    changed[position] ^= 1 << bit
    with pytest.raises(UnsealFailed):
        unseal_bytes(bytes(changed), SEALED.content_hash)


@pytest.mark.parametrize("position", range(HEADER.size))
def test_every_byte_of_the_header_is_protected(position: int) -> None:
    changed = bytearray(DATA)
    changed[position] ^= 1
    with pytest.raises(UnsealFailed):
        unseal_bytes(bytes(changed), SEALED.content_hash)


@given(st.integers(0, len(DATA) - 1))
@settings(max_examples=150, deadline=None)
def test_a_cut_file_is_refused(size: int) -> None:
    with pytest.raises(UnsealFailed):
        unseal_bytes(DATA[:size], SEALED.content_hash)


@pytest.mark.parametrize("chunks", [0, 1, 2])
def test_a_file_cut_between_two_chunks_is_refused(chunks: int) -> None:
    with pytest.raises(UnsealFailed):
        unseal_bytes(DATA[: HEADER.size + chunks * SEALED_CHUNK], SEALED.content_hash)


@given(st.binary(min_size=1, max_size=64))
@settings(deadline=None)
def test_bytes_after_the_last_chunk_are_refused(more: bytes) -> None:
    with pytest.raises(UnsealFailed):
        unseal_bytes(DATA + more, SEALED.content_hash)


@pytest.mark.parametrize(
    "order", [(1, 0, 2), (0, 2, 1), (0, 0, 2), (0, 2), (1, 2), (0, 1, 2, 2), (0, 1, 1, 2)]
)
def test_moved_dropped_or_repeated_chunks_are_refused(order: tuple[int, ...]) -> None:
    data = DATA[: HEADER.size] + b"".join(CHUNKS[index] for index in order)
    with pytest.raises(UnsealFailed):
        unseal_bytes(data, SEALED.content_hash)


@pytest.mark.parametrize("index", [0, 1, 2])
def test_a_chunk_from_another_file_under_the_same_key_is_refused(index: int) -> None:
    other, _ = seal_bytes(PLAIN)  # even the same plaintext: the prefix is another
    start = HEADER.size + index * SEALED_CHUNK
    foreign = other[start : start + SEALED_CHUNK]
    data = DATA[:start] + foreign + DATA[start + len(foreign) :]
    with pytest.raises(UnsealFailed):
        unseal_bytes(data, SEALED.content_hash)


def test_a_file_sealed_as_another_design_is_refused() -> None:
    with pytest.raises(UnsealFailed, match="the last"):
        unseal_bytes(DATA, id_of(b"another design"))


def test_another_key_is_refused_and_nothing_is_written() -> None:
    sink = io.BytesIO()
    with pytest.raises(UnsealFailed, match="chunk 0"):
        unseal(io.BytesIO(DATA), sink, new_content_key(), SEALED.content_hash)
    assert sink.getvalue() == b""


def forge(header: bytes, pieces: list[bytes], claimed: ContentHash) -> bytes:
    """A file as a dishonest holder of the key could seal it."""
    prefix = header[-7:]
    data = header
    for index, piece in enumerate(pieces):
        last = index == len(pieces) - 1
        bound = header + claimed if last else header
        data += AESGCM(KEY.expose()).encrypt(NONCE.pack(prefix, index, last), piece, bound)
    return data


def test_a_sealer_who_lies_about_the_design_id_is_found_out() -> None:
    claimed = id_of(b"the registered file")
    header = HEADER.pack(MAGIC, 1, 18, bytes(7))
    with pytest.raises(DigestMismatch):
        unseal_bytes(forge(header, [b"another file"], claimed), claimed)


def test_a_file_has_one_sealed_form_so_an_empty_chunk_after_a_full_one_is_refused() -> None:
    plain = pattern(CHUNK_SIZE)
    header = HEADER.pack(MAGIC, 1, 18, bytes(7))
    with pytest.raises(UnsealFailed, match="empty chunk"):
        unseal_bytes(forge(header, [plain, b""], id_of(plain)), id_of(plain))


@pytest.mark.parametrize("bits", [16, 17, 19, 20])
def test_other_chunk_sizes_from_64_kib_to_1_mib_are_read(bits: int) -> None:
    plain = pattern((1 << bits) + 1)
    header = HEADER.pack(MAGIC, 1, bits, bytes(7))
    data = forge(header, [plain[: 1 << bits], plain[1 << bits :]], id_of(plain))
    assert unseal_bytes(data, id_of(plain)) == plain


@pytest.mark.parametrize(("version", "bits"), [(0, 18), (2, 18), (1, 15), (1, 21), (1, 63)])
def test_unknown_versions_and_chunk_sizes_are_refused(version: int, bits: int) -> None:
    header = HEADER.pack(MAGIC, version, bits, bytes(7))
    with pytest.raises(UnsealFailed, match="not known"):
        unseal_bytes(forge(header, [b"x"], id_of(b"x")), id_of(b"x"))


@pytest.mark.parametrize("data", [b"", b"PMSEALED", b"solid a model in plain text" * 9])
def test_what_is_no_sealed_file_is_named_as_such(data: bytes) -> None:
    with pytest.raises(UnsealFailed, match="not a sealed file"):
        unseal_bytes(data, id_of(data))


class Dribble(io.RawIOBase):
    """A stream that gives at most 1,000 bytes at a time, as a socket may."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._inner = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        return self._inner.read(min(size, 1000))


def test_streams_that_read_short_give_the_same_file() -> None:
    prefix = DATA[HEADER.size - 7 : HEADER.size]
    sink = io.BytesIO()
    source = cast(BinaryIO, Dribble(PLAIN))
    seal(source, sink, KEY, CidHasher(), random=lambda _: prefix)
    assert sink.getvalue() == DATA
    opened = io.BytesIO()
    unseal(cast(BinaryIO, Dribble(DATA)), opened, KEY, SEALED.content_hash)
    assert opened.getvalue() == PLAIN


def test_progress_is_told_in_plaintext_bytes() -> None:
    sealing: list[int] = []
    opening: list[int] = []
    expected = [CHUNK_SIZE, 2 * CHUNK_SIZE, len(PLAIN)]
    seal(io.BytesIO(PLAIN), io.BytesIO(), KEY, CidHasher(), progress=sealing.append)
    unseal(io.BytesIO(DATA), io.BytesIO(), KEY, SEALED.content_hash, progress=opening.append)
    assert sealing == opening == expected


class BrokenHasher:
    """Stands for a CID computation that fails in its thread."""

    def update(self, data: bytes) -> None:
        raise MemoryError("no room")

    def finish(self) -> Cid:
        raise AssertionError("not reached")


def test_a_failure_in_the_hashing_thread_reaches_the_caller() -> None:
    with pytest.raises(MemoryError):
        seal(io.BytesIO(b"x"), io.BytesIO(), KEY, BrokenHasher())


def test_a_full_disk_reaches_the_caller_as_it_is() -> None:
    class Full(io.BytesIO):
        def write(self, data: object) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        seal(io.BytesIO(b"x"), Full(), KEY, CidHasher())
