"""What both adapters promise, tried on a real Kubo and on the embedded store."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from ledger.errors import ContentNotFound, DigestMismatch, MalformedRequest
from ledger.ipfs import LEAF_SIZE, CidHasher, EmbeddedIpfs, Ipfs, KuboIpfs, cid_of
from ledger.models import Cid
from ledger.vault import new_content_key, seal, unseal

MIB = 1 << 20


@pytest.fixture(params=["embedded", pytest.param("kubo", marks=pytest.mark.kubo)])
def ipfs(request: pytest.FixtureRequest, tmp_path: Path) -> Ipfs:
    if request.param == "kubo":
        return KuboIpfs(request.getfixturevalue("kubo_api"))
    return EmbeddedIpfs(tmp_path / "blocks")


def fetch(ipfs: Ipfs, cid: Cid, max_bytes: int = 1 << 40) -> bytes:
    sink = io.BytesIO()
    size = ipfs.fetch(cid, sink, max_bytes=max_bytes)
    assert size == len(sink.getvalue())
    return sink.getvalue()


@pytest.mark.parametrize(
    "size", [0, 1, LEAF_SIZE - 1, LEAF_SIZE, LEAF_SIZE + 1, 3 * LEAF_SIZE, 5 * MIB + 7]
)
def test_what_was_added_comes_back_under_the_cid_that_we_compute(ipfs: Ipfs, size: int) -> None:
    data = os.urandom(size)
    cid = ipfs.add(io.BytesIO(data))
    assert cid == cid_of(io.BytesIO(data))
    assert fetch(ipfs, cid) == data
    assert ipfs.has(cid)


@pytest.mark.kubo
@pytest.mark.slow
@pytest.mark.parametrize("size", [45_000_000, 174 * LEAF_SIZE, 174 * LEAF_SIZE + 1, 60_000_000])
def test_large_files_have_one_cid_in_kubo_in_the_embedded_store_and_computed(
    kubo_api: str, tmp_path: Path, size: int
) -> None:
    """45 MB, and around the 174 links at which the tree gets another level."""
    path = tmp_path / "large"
    path.write_bytes(os.urandom(size))
    cids = set()
    kubo = KuboIpfs(kubo_api)
    for store in (kubo, EmbeddedIpfs(tmp_path / "blocks")):
        with path.open("rb") as stream:
            cids.add(store.add(stream))
    with path.open("rb") as stream:
        cids.add(cid_of(stream))
    assert len(cids) == 1
    cid = cids.pop()
    copy = tmp_path / "copy"
    with copy.open("wb") as sink:
        assert kubo.fetch(cid, sink, max_bytes=size) == size
    assert copy.read_bytes() == path.read_bytes()
    kubo.unpin(cid)


def test_a_sealed_file_goes_through_unchanged(ipfs: Ipfs, tmp_path: Path) -> None:
    plain, key, path = os.urandom(MIB), new_content_key(), tmp_path / "sealed"
    with path.open("wb") as sink:
        sealed = seal(io.BytesIO(plain), sink, key, CidHasher())
    with path.open("rb") as stream:
        assert ipfs.add(stream) == sealed.cid
    opened = io.BytesIO()
    back = io.BytesIO(fetch(ipfs, sealed.cid, sealed.sealed_size))
    assert unseal(back, opened, key, sealed.content_hash) == len(plain)
    assert opened.getvalue() == plain


def test_a_raw_block_is_named_by_its_sha_256(ipfs: Ipfs) -> None:
    for data in (b'{"name": "gear"}', b"", os.urandom(LEAF_SIZE)):
        cid = ipfs.add_raw_block(data)
        assert cid == Cid.of_raw_block(hashlib.sha256(data).digest())
        assert fetch(ipfs, cid, LEAF_SIZE) == data


def test_a_document_of_more_than_one_block_is_refused(ipfs: Ipfs) -> None:
    with pytest.raises(MalformedRequest, match="262144"):
        ipfs.add_raw_block(bytes(LEAF_SIZE + 1))


def test_adding_twice_is_harmless(ipfs: Ipfs) -> None:
    data = os.urandom(1000)
    assert ipfs.add(io.BytesIO(data)) == ipfs.add(io.BytesIO(data))
    assert fetch(ipfs, cid_of(io.BytesIO(data))) == data


def test_content_that_nobody_has_is_not_found(ipfs: Ipfs, request: pytest.FixtureRequest) -> None:
    if isinstance(ipfs, KuboIpfs):  # a node is silent then, and this one waits for no longer
        ipfs = KuboIpfs(request.getfixturevalue("kubo_api"), timeout=3)
    cid = Cid.of_raw_block(hashlib.sha256(os.urandom(32)).digest())
    assert not ipfs.has(cid)
    with pytest.raises(ContentNotFound, match=cid):
        fetch(ipfs, cid)


def test_what_was_unpinned_is_no_longer_held(ipfs: Ipfs) -> None:
    cid = ipfs.add(io.BytesIO(os.urandom(LEAF_SIZE + 1)))
    ipfs.unpin(cid)
    assert not ipfs.has(cid)
    ipfs.unpin(cid)


@pytest.mark.parametrize("size", [1000, 2 * MIB])
def test_content_longer_than_it_should_be_is_refused(ipfs: Ipfs, size: int) -> None:
    cid = ipfs.add(io.BytesIO(os.urandom(size)))
    assert len(fetch(ipfs, cid, max_bytes=size)) == size
    sink = io.BytesIO()
    with pytest.raises(DigestMismatch, match="longer"):
        ipfs.fetch(cid, sink, max_bytes=size - 1)
    assert len(sink.getvalue()) < size


def test_progress_is_told_both_ways(ipfs: Ipfs) -> None:
    adding: list[int] = []
    fetching: list[int] = []
    size = 2 * MIB + 5
    cid = ipfs.add(io.BytesIO(os.urandom(size)), progress=adding.append)
    ipfs.fetch(cid, io.BytesIO(), max_bytes=size, progress=fetching.append)
    for steps in (adding, fetching):
        assert steps == sorted(set(steps))
        assert steps[-1] == size


class Broken(io.RawIOBase):
    """A source that fails after its first bytes."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error: Exception = error
        self._given = False

    def read(self, size: int = -1) -> bytes:
        if self._given:
            raise self._error
        self._given = True
        return b"the first bytes"


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), ValueError("closed file")])
def test_a_source_that_fails_reaches_the_caller_as_it_is(ipfs: Ipfs, error: Exception) -> None:
    with pytest.raises(type(error)) as caught:
        ipfs.add(cast(BinaryIO, Broken(error)))
    assert caught.value is error
    assert ipfs.add(io.BytesIO(b"the store still works"))


def test_a_sink_that_fails_reaches_the_caller_as_it_is(ipfs: Ipfs) -> None:
    class Full(io.BytesIO):
        def write(self, data: object) -> int:
            raise OSError(28, "No space left on device")

    cid = ipfs.add(io.BytesIO(b"x"))
    with pytest.raises(OSError, match="No space left"):
        ipfs.fetch(cid, Full(), max_bytes=1)


NAMES: dict[type, Callable[[str], bool]] = {
    KuboIpfs: lambda name: name.startswith("Kubo 0.") and "127.0.0.1" in name,
    EmbeddedIpfs: lambda name: name.startswith("embedded block store in "),
}


def test_a_store_says_who_it_is(ipfs: Ipfs) -> None:
    assert NAMES[type(ipfs)](ipfs.ping())
