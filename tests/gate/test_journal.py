"""The journal: what a power cut may leave is repaired, everything else is noticed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from ledger.errors import SetupError, StoreUnavailable
from ledger.gate.journal import Journal, State, read


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gate" / "journal.jsonl"


def write(path: Path, lines: int = 3) -> bytes:
    with Journal(path) as journal:
        for number in range(lines):
            journal.append(100 + number, f"job-{number}", State.ADMITTED, {"serial": number})
    return path.read_bytes()


def test_what_is_written_is_read_again(path: Path) -> None:
    assert read(path) == ()
    write(path)
    with Journal(path) as journal:
        assert [r.seq for r in journal.records] == [1, 2, 3]
        journal.append(200, "job-0", State.FETCHED, {})
    last = read(path)[-1]
    assert (last.seq, last.at, last.key, last.state) == (4, 200, "job-0", State.FETCHED)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_torn_last_line_is_cut_off_at_every_byte(path: Path) -> None:
    whole = write(path)
    start = whole.rindex(b"\n", 0, -1) + 1
    for end in range(start, len(whole)):
        path.write_bytes(whole[:end])
        assert len(read(path)) == 2
        with Journal(path) as journal:
            assert len(journal.records) == 2
            journal.append(102, "job-2", State.ADMITTED, {"serial": 2})
        assert path.read_bytes() == whole


@pytest.mark.parametrize("tail", [b"\0" * 4096, b"{", b"\xff\xfe garbage"])
def test_whatever_a_power_cut_leaves_after_the_last_newline(path: Path, tail: bytes) -> None:
    whole = write(path)
    path.write_bytes(whole + tail)
    with Journal(path) as journal:
        assert len(journal.records) == 3
    assert path.read_bytes() == whole


def assert_damaged(path: Path) -> None:
    with pytest.raises(SetupError, match=r"Line \d+ of the journal"):
        read(path)
    with pytest.raises(SetupError, match=r"Line \d+ of the journal"):
        Journal(path)


@settings(max_examples=60)
@given(data=st.data())
def test_any_changed_byte_is_noticed(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal.jsonl"
    whole = write(path)
    index = data.draw(st.integers(0, len(whole) - 2))  # without the last newline
    value = data.draw(st.integers(0, 255).filter(lambda v: v != whole[index]))
    path.write_bytes(whole[:index] + bytes([value]) + whole[index + 1 :])
    assert_damaged(path)


def test_missing_moved_and_repeated_lines_are_noticed(path: Path) -> None:
    first, second, third = write(path).splitlines(keepends=True)
    for lines in ([second, third], [first, third], [first, third, second], [first, first]):
        path.write_bytes(b"".join(lines))
        assert_damaged(path)


def test_a_line_of_another_journal_is_noticed(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    with Journal(other) as journal:
        journal.append(1, "x", State.ADMITTED, {})
        journal.append(101, "job-1", State.ADMITTED, {"serial": 1})
    first = write(path).splitlines(keepends=True)[0]
    path.write_bytes(first + other.read_bytes().splitlines(keepends=True)[1])
    assert_damaged(path)


@pytest.mark.parametrize("line", [b"{}\n", b"\n", b"[1]\n", b"[" * 5000 + b"\n"])
def test_a_line_that_is_no_record(path: Path, line: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(line)
    assert_damaged(path)


def test_only_one_process_has_it(path: Path) -> None:
    with Journal(path), pytest.raises(SetupError, match="Another gate"):
        Journal(path)
    Journal(path).close()


def test_the_lock_is_given_back_after_damage(path: Path) -> None:
    whole = write(path)
    path.write_bytes(b"x" + whole[1:])
    assert_damaged(path)
    path.write_bytes(whole)
    Journal(path).close()


def test_a_full_disk_ends_all_writing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write

    def half(descriptor: int, data: memoryview) -> int:
        if len(data) > 20:
            return real(descriptor, bytes(data[:20]))
        raise OSError(28, "No space left on device")

    with Journal(path) as journal:
        journal.append(1, "a", State.ADMITTED, {})
        assert not journal.broken
        monkeypatch.setattr(os, "write", half)
        with pytest.raises(StoreUnavailable, match="No space"):
            journal.append(2, "a", State.FETCHED, {})
        monkeypatch.undo()
        assert journal.broken
        with pytest.raises(StoreUnavailable, match="restart"):
            journal.append(2, "a", State.FETCHED, {})
    with Journal(path) as journal:
        assert len(journal.records) == 1


def test_a_journal_that_cannot_be_read(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(StoreUnavailable):
        read(path)
    with pytest.raises(StoreUnavailable):
        Journal(path)
