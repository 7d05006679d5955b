"""What the gate signs for its host is what the host's side accepts, and nothing else is."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import platemark_release
import pytest
from hypothesis import given, strategies as st
from platemark_release import Refused, check

from ledger.errors import KeystoreExists, KeystoreLocked, SetupError
from ledger.gate.statements import BEAT_SECONDS, RELEASE_SECONDS, Statements, Wire
from ledger.models import Digest
from ledger.vault import HostKey, load_host_key, save_host_key, save_kem_key
from ledger.vault.keys import KemPrivateKey
from tests.gate.fakes import START, FakeClock

KEY = HostKey(b"\x07" * 32)
HOST = "0x" + "ab" * 20
DIGEST = Digest(b"\x05" * 32)


def statements(clock: FakeClock | None = None, host: str = HOST) -> Statements:
    return Statements(KEY, host, clock or FakeClock())


def all_kinds() -> list[Wire]:
    made = statements()
    return [
        made.release("aa-0", "part ü.gcode", DIGEST),
        made.release("bb-1", "mine.gcode", DIGEST, own=True),
        made.beat(own_files=False),
        made.cancel("aa-0"),
        made.discard("aa-0"),
    ]


def test_every_statement_of_the_gate_is_accepted_by_the_host() -> None:
    found = [check(wire, KEY.public_key, HOST, START) for wire in all_kinds()]
    assert [each.kind for each in found] == ["release", "release", "beat", "cancel", "discard"]
    assert found[0]["sha256"] == "05" * 32
    assert found[0]["file"] == "part ü.gcode"
    assert [each["own"] for each in found[:2]] == [False, True]


@pytest.mark.parametrize("kind", range(5))
def test_nothing_counts_for_another_host_another_key_or_another_time(kind: int) -> None:
    wire = all_kinds()[kind]
    seconds = BEAT_SECONDS if kind == 2 else RELEASE_SECONDS
    assert check(wire, KEY.public_key, HOST, START + seconds - 1)
    for key, host, now, why in (
        (HostKey(b"\x08" * 32).public_key, HOST, START, "not signed by"),
        (KEY.public_key, "0x" + "cd" * 20, START, "another host"),
        (KEY.public_key, HOST, START + seconds, "too old"),
        (KEY.public_key, HOST, START - platemark_release.MAX_SECONDS, "clocks"),
    ):
        with pytest.raises(Refused, match=why):
            check(wire, key, host, now)


@given(st.data())
def test_no_changed_byte_is_accepted(data: st.DataObject) -> None:
    wire = dict(data.draw(st.sampled_from(all_kinds())))
    part = data.draw(st.sampled_from(sorted(wire)))
    raw = bytearray(base64.b64decode(wire[part]))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    wire[part] = base64.b64encode(raw).decode()
    with pytest.raises(Refused):
        check(wire, KEY.public_key, HOST, START)


@pytest.mark.parametrize(
    "change",
    [
        {"extra": 1},
        {"job": "../../etc"},
        {"job": ""},
        {"sha256": "05"},
        {"own": 1},
        {"expires": True},
        {"statement": "print"},
        {"statement": ["release"]},
        {"nonce": None},
    ],
)
def test_a_signed_statement_of_another_form_is_refused(change: dict[str, object]) -> None:
    members = json.loads(base64.b64decode(statements().release("a", "b", DIGEST)["statement"]))
    data = platemark_release.canonical(members | change)
    wire = {
        "statement": base64.b64encode(data).decode(),
        "signature": base64.b64encode(KEY.sign(data)).decode(),
    }
    with pytest.raises(Refused):
        check(wire, KEY.public_key, HOST, START)


@given(
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda x: st.lists(x) | st.dictionaries(st.sampled_from(["statement", "signature"]), x),
    )
)
def test_what_is_no_statement_is_refused_whatever_it_is(wire: object) -> None:
    with pytest.raises(Refused):
        check(wire, KEY.public_key, HOST, START)


def test_beats_count_up_also_over_a_restart() -> None:
    clock = FakeClock()
    first, counts = statements(clock), []
    for made in (first, first, first, statements(clock)):
        counts.append(check(made.beat(own_files=True), KEY.public_key, HOST, clock.time)["count"])
        clock.time += 0 if made is first and len(counts) < 3 else 1
    assert counts == sorted(set(counts))


def test_no_two_releases_have_one_nonce() -> None:
    made = statements()
    found = {
        check(made.release("a", "b", DIGEST), KEY.public_key, HOST, START)["nonce"]
        for _ in range(50)
    }
    assert len(found) == 50


def test_the_host_key_is_kept_encrypted_and_for_its_purpose_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "host.json"
    save_host_key(path, KEY, "secret")
    assert load_host_key(path, "secret") == KEY
    assert KEY.expose().hex() not in path.read_text()
    assert "hidden" in repr(KEY)
    with pytest.raises(KeystoreLocked):
        load_host_key(path, "other")
    with pytest.raises(KeystoreExists):
        save_host_key(path, KEY, "secret")
    kem = tmp_path / "keys" / "kem.json"
    save_kem_key(kem, KemPrivateKey(b"\x07" * 32), "secret")
    with pytest.raises(SetupError, match="is not a"):
        load_host_key(kem, "secret")
