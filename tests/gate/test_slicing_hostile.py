"""A program in the slicer's place that means harm: stopped, reported, and no serial lost."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.gate.journal import State
from ledger.gate.slicing.limits import Limits
from ledger.gate.slicing.sandbox import Bubblewrap, _opened, _started
from ledger.gate.slicing.watching import family
from tests.gate.slicing_world import PROGRAMS, needs, program, slicing
from tests.gate.test_slicing import left_over
from tests.gate.world import World

pytestmark = needs("bwrap")

SOUND = "open(OUT, 'w').write('G28\\nG1 X1 Y1 Z1\\nG1 X2 E1\\n')\n"
SMALL = Limits(seconds=8, memory=300 * 2**20, processes=32, output=20 * 2**20, log=2**16)


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    """Every process that a test began is gone after it."""
    before = family(os.getpid())[0]
    yield
    end = time.monotonic() + 5
    while family(os.getpid())[0] > before and time.monotonic() < end:
        time.sleep(0.05)
    assert family(os.getpid())[0] <= before


def run(world: World, body: str, limits: Limits = SMALL) -> str:
    """Let a hostile program slice; how the job was refused, or nothing."""
    slicing(world, slicer=program(world.config.folder, body), limits=limits)
    world.drop(world.ticket())
    world.settle()
    world.print_all()
    errors = world.errors()
    if errors:
        assert errors == ["SlicingFailed"]
        assert [refusal.error for refusal in world.service.refusals] == ["SlicingFailed"]
        assert world.chain.redeemed == {}
        assert world.waiting() == []
    assert left_over(world) == []
    return next((r.data["detail"] for r in world.records() if r.state is State.REFUSED), "")


def test_a_program_that_does_its_work_is_let_through(world: World) -> None:
    assert run(world, SOUND) == ""
    assert len(world.service.receipts) == 1


def test_it_cannot_reach_the_network(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        detail = run(
            world,
            f"""
            import socket
            socket.create_connection(("127.0.0.1", {port}), timeout=2)
            """,
        )
        server.settimeout(0.1)
        with pytest.raises(TimeoutError):
            server.accept()
    assert "not permitted" in detail


def test_it_sees_no_interface_but_a_loopback_of_its_own(world: World) -> None:
    detail = run(
        world,
        "sys.exit(','.join(sorted(os.listdir('/sys'))) if os.path.exists('/sys')\n"
        "         else open('/proc/net/dev').read().count(':'))",
    )
    assert "ended with 1" in detail or "ended with 2" in detail


def test_without_the_sandbox_it_could_do_all_that(world: World) -> None:
    """So it is the sandbox that stops it: the same program, where the operator insists."""
    folder = str(world.config.folder)
    body = f"sys.exit(7) if os.path.exists({folder!r}) and os.path.exists('/etc/passwd') else 1"
    slicing(world, slicer=program(world.config.folder, body), sandbox="none", limits=SMALL)
    world.drop(world.ticket())
    world.settle()
    (refused,) = [r.data for r in world.records() if r.state is State.REFUSED]
    assert "ended with 7" in refused["detail"]


def test_without_the_sandbox_a_hanging_slicer_is_killed_with_its_children(world: World) -> None:
    """And what it worked on lay in the gate's own folder, and is gone."""
    told = world.config.folder / "told"
    body = (
        "import subprocess, time\n"
        "child = subprocess.Popen(['/usr/bin/sleep', '300'])\n"
        f"open({str(told)!r}, 'w').write(str(child.pid) + ' ' + os.getcwd())\n"
        "time.sleep(300)\n"
    )
    limits = replace(SMALL, seconds=4)
    slicing(world, slicer=program(world.config.folder, body), sandbox="none", limits=limits)
    world.drop(world.ticket())
    world.settle()
    assert (world.errors(), world.chain.redeemed) == (["SlicingFailed"], {})
    child, _, folder = told.read_text().partition(" ")
    assert Path(folder).is_relative_to(world.config.work)
    assert not Path(folder).exists()
    end = time.monotonic() + 30
    while is_running(child):
        assert time.monotonic() < end
        time.sleep(0.05)


def is_running(process: str) -> bool:
    """Whether there is this process, and it has not ended though nobody waited for it yet."""
    try:
        return Path("/proc", process, "cmdline").read_bytes() != b""
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize("what", ["home", "vault", "gate", "etc", "tmp"])
def test_it_cannot_read_what_is_the_operators(world: World, tmp_path: Path, what: str) -> None:
    places = {
        "home": Path.home(),
        "vault": world.config.folder / "keys",
        "gate": world.config.folder,
        "etc": Path("/etc/passwd"),
        "tmp": tmp_path,
    }
    (world.config.folder / "keys").mkdir()
    (world.config.folder / "keys" / "printer.json").write_text("a secret")
    assert places[what].exists()
    detail = run(world, f"if os.path.exists({str(places[what])!r}): {SOUND}\nelse: sys.exit(7)")
    assert "ended with 7" in detail


def test_it_can_write_nowhere_but_in_its_own_folder(world: World) -> None:
    body = """
    import pathlib
    for place in ('/', '/usr', '/in', '/dev', '/dev/shm', '/proc', '/tmp', '/var', '/run'):
        try:
            pathlib.Path(place, 'mark').write_bytes(b'x')
        except OSError:
            continue
        sys.exit(place)
    try:
        open('/in/profile.ini', 'ab')
    except OSError:
        sys.exit(9)
    """
    assert "ended with 9" in run(world, body)


def test_it_sees_no_process_and_no_secret_of_ours(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLATEMARK_PASSPHRASE", "open sesame")
    body = """
    seen = [p for p in os.listdir('/proc') if p.isdigit()]
    said = b''.join(open(f'/proc/{p}/environ', 'rb').read() for p in seen[-2:])
    sys.exit(11 if len(seen) < 6 and b'sesame' not in said and os.getuid() != 0 else 1)
    """
    assert "ended with 11" in run(world, body)


def test_one_that_leaves_a_child_behind_leaves_nothing(world: World) -> None:
    body = (
        """
    if os.fork() == 0:
        os.setsid()
        time.sleep(3600)
        os._exit(0)
    """
        + SOUND
    )
    assert run(world, body) == ""
    assert len(world.service.receipts) == 1


def test_none_begins_for_a_gate_that_died_while_it_was_started(world: World) -> None:
    """What is to die with the gate is told so by the kernel, but not before it is there."""
    body = "open(OUT, 'w').write('G28')"
    slicing(world, slicer=program(world.config.folder, body), limits=SMALL)
    box = Bubblewrap(Path(PROGRAMS["bwrap"]), SMALL)
    slicer = world.config.slicing.slicer.read_bytes()
    for alive, made in ((True, b"G28"), (False, b"")):
        with _opened(slicer) as given:
            walls = box._walls({"/in/slicer": given})
            work = box._work(Path("/in/slicer"), lambda _, room: ["--output", f"{room}/x"], "x")
            with _started([*walls, "--", *work], [given]) as process:
                said, _ = process.communicate(b"\n" if alive else b"", timeout=30)
        assert (said, process.returncode) == (made, 0 if alive else 1)


def test_one_that_makes_nothing_fails_the_job(world: World) -> None:
    assert "ended with 1" in run(world, "pass")


@pytest.mark.parametrize(
    "gcode",
    ["", "; only a comment\\n", "hello\\n", "G1 X1\\0\\n"],
    ids=["none", "rem", "text", "0"],
)
def test_what_is_no_gcode_is_not_printed(world: World, gcode: str) -> None:
    assert "G-code" in run(world, f"open(OUT, 'w').write('{gcode}')")
