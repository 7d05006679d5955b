"""The child process: what crosses, what ends it, and what its end means."""

from __future__ import annotations

import io
import json
import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from ledger.errors import DesignTooLarge, InvalidDesign, ToolMissing
from ledger.files import Limits, child, inspect, inspect_with_preview, preview, render, worker
from ledger.files.measuring import measure
from ledger.models import DesignFormat, Measures
from tests.unit import files_samples as samples

BOX = samples.box(1, 2, 3)


@pytest.fixture
def stl(tmp_path: Path) -> Path:
    path = tmp_path / "box"
    path.write_bytes(samples.binary_stl(BOX))
    return path


def asked(path: Path, size: int = 0, limits: Limits | None = None) -> dict[str, Any]:
    request = {"path": str(path), "limits": asdict(limits or Limits()), "size": size}
    return worker.answer(json.loads(json.dumps(request)))


def test_the_child_answers_as_the_function_within_it_does(stl: Path) -> None:
    measures, _ = measure(stl, Limits())
    assert inspect(stl) == measures
    answer = asked(stl, 64)
    assert child._understood(json.dumps(answer).encode())[0] == measures
    assert inspect_with_preview(stl, size=64)[1] is not None
    assert inspect_with_preview(stl, size=0)[1] is None


def test_a_refusal_crosses_with_its_sentence_and_its_facts(stl: Path) -> None:
    with pytest.raises(DesignTooLarge, match="at most 10 are accepted") as caught:
        inspect(stl, Limits(max_bytes=10))
    assert caught.value.facts["max_bytes"] == 10
    assert asked(stl, 0, Limits(max_triangles=1))["error"] == "InvalidDesign"


def test_there_is_no_preview_where_there_is_no_mesh(tmp_path: Path) -> None:
    for content in (samples.STEP, samples.GCODE):
        path = tmp_path / "design"
        path.write_bytes(content)
        measures, png = inspect_with_preview(path)
        assert png is None
        assert preview(path, measures) is None
    assert preview(path, Measures(DesignFormat.STL, triangles=9, note="too large")) is None


def test_memory_that_runs_out_is_a_refusal(stl: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("ledger.files.measuring.measure", exhausted)
    assert "memory" in asked(stl)["refused"]


def fake_child(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.setattr(child, "_COMMAND", (sys.executable, "-c", code))


ENDINGS = {
    "hangs": ("import time; time.sleep(60)", "longer than 1 seconds"),
    "segfault": ("import ctypes; ctypes.string_at(0)", "crash"),
    "exception": ("raise KeyError('x')", "crash"),
    "out of memory": ("raise MemoryError", "memory"),
    "killed": ("import os; os.kill(os.getpid(), 9)", "longer"),
    "nonsense": ("print('hello')", "no sensible answer"),
    "nothing": ("", "no sensible answer"),
    "no measures": ("print('{\"png\": null}')", "no sensible answer"),
    "does not read": ("import sys; sys.stdin.close(); sys.exit(3)", "crash"),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_however_the_child_ends_the_caller_is_told(
    stl: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    code, why = ENDINGS[name]
    fake_child(monkeypatch, code)
    start = time.monotonic()
    with pytest.raises(InvalidDesign, match=why):
        inspect(stl, Limits(parse_seconds=1 if name == "hangs" else 20))
    assert time.monotonic() - start < 4


def test_what_the_child_wrote_before_it_crashed_is_logged(
    stl: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fake_child(monkeypatch, "raise KeyError('the reason')")
    with pytest.raises(InvalidDesign):
        inspect(stl)
    assert "the reason" in caplog.text


def test_a_missing_package_is_not_blamed_on_the_file(
    stl: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_child(monkeypatch, "import no_such_package")
    with pytest.raises(ToolMissing, match="no_such_package"):
        inspect(stl)


def test_a_picture_that_is_none_is_not_passed_on(stl: Path) -> None:
    answer = asked(stl) | {"png": "aGVsbG8="}
    with pytest.raises(InvalidDesign, match="no sensible picture"):
        child._understood(json.dumps(answer).encode())


def test_the_real_child_dies_of_too_little_time_or_memory(tmp_path: Path) -> None:
    path = tmp_path / "many.stl"
    path.write_bytes(samples.binary_stl(BOX * 40_000))
    with pytest.raises(InvalidDesign, match=r"memory|crash"):
        inspect(path, Limits(parse_memory_bytes=150 * 2**20))


def run_confined(code: str, seconds: int = 20) -> subprocess.CompletedProcess[str]:
    script = (
        "from ledger.files import worker, Limits\n"
        f"worker.confine(Limits(parse_seconds={seconds}, parse_memory_bytes={2**30}))\n{code}"
    )
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )


def test_a_confined_process_reaches_neither_network_nor_programs_and_ends_in_time() -> None:
    assert "not allowed" in run_confined("import socket; socket.socket()").stderr
    assert "not allowed" in run_confined("import subprocess; subprocess.run(['true'])").stderr
    assert "MemoryError" in run_confined("bytearray(2**31)").stderr
    spinning = run_confined("while True: pass", seconds=1)
    assert spinning.returncode in (-signal.SIGXCPU, -signal.SIGKILL)


@pytest.fixture
def unconfined(monkeypatch: pytest.MonkeyPatch) -> dict[int, tuple[int, int]]:
    """Record the limits that would be set, on this process without setting them."""
    seen: dict[int, tuple[int, int]] = {}
    monkeypatch.setattr(resource, "setrlimit", lambda kind, pair: seen.__setitem__(kind, pair))
    monkeypatch.setattr(sys, "addaudithook", lambda _: None)
    return seen


def test_every_bound_is_set_and_none_above_what_is_allowed(
    unconfined: dict[int, tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker.confine(Limits())
    assert unconfined[resource.RLIMIT_CPU][0] <= 20
    assert unconfined[resource.RLIMIT_AS][0] <= 4 * 2**30
    assert unconfined[resource.RLIMIT_CORE] == (0, 0)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (5, 5))
    monkeypatch.setattr(sys, "platform", "darwin")
    unconfined.clear()
    worker.confine(Limits())
    assert unconfined[resource.RLIMIT_CPU] == (5, 5)
    assert resource.RLIMIT_AS not in unconfined


def test_the_guard_lets_everything_else_pass() -> None:
    worker._forbid("open", ())
    with pytest.raises(PermissionError):
        worker._forbid("socket.connect", ())


def test_main_writes_the_answer_and_nothing_else(
    stl: Path,
    unconfined: dict[int, tuple[int, int]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    request = json.dumps({"path": str(stl), "limits": asdict(Limits()), "size": 32}).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(request)))
    saved = os.dup(1)
    target = (tmp_path / "answer").open("wb")
    try:
        os.dup2(target.fileno(), 1)
        worker.main()
    finally:
        os.dup2(saved, 1)
        os.close(saved)
        target.close()
    answer = json.loads((tmp_path / "answer").read_bytes())
    assert answer["measures"]["triangles"] == 12


# --- anything at all --------------------------------------------------------

WHOLE = [
    samples.binary_stl(BOX),
    samples.ascii_stl(BOX),
    samples.obj(1, 2, 3),
    samples.STEP,
    samples.GCODE,
    samples.package(),
    (samples.MODELS / "box.3mf").read_bytes(),
]


def survives(content: bytes, path: Path) -> None:
    path.write_bytes(content)
    with suppress(InvalidDesign):
        measures, shape = measure(path, Limits())
        assert measures.format in DesignFormat
        if shape is not None:
            render.picture(shape, 16)


@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_random_bytes_are_refused_and_nothing_else_happens(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    survives(content, tmp_path_factory.getbasetemp() / "random")


@given(st.sampled_from(WHOLE), st.data())
@settings(max_examples=300, deadline=None)
def test_a_cut_or_changed_file_is_read_or_refused_and_nothing_else_happens(
    tmp_path_factory: pytest.TempPathFactory, whole: bytes, data: st.DataObject
) -> None:
    content = bytearray(whole)
    for _ in range(data.draw(st.integers(0, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    cut = data.draw(st.integers(0, len(content)) | st.just(len(content)))
    survives(bytes(content[:cut]), tmp_path_factory.getbasetemp() / "mutant")
