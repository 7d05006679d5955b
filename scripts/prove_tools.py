"""What the proofs share: forge itself, a copy of the project to work in, tools of their own."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
CONFIG = Path("contracts") / "foundry.toml"


class ProofError(Exception):
    """A tool is missing or did not do what it was asked."""


@dataclass(frozen=True)
class Outcome:
    """One proof: its name, whether it holds, its figures."""

    proof: str
    holds: bool
    figures: Mapping[str, object]

    def line(self) -> str:
        """The proof as one line of JSON."""
        return json.dumps({"proof": self.proof, "holds": self.holds, **self.figures})


def forge_binary(root: Path = ROOT) -> Path:
    """Forge of npm's platform package, started directly: its shim would start a child."""
    arch = "arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "amd64"
    system = "darwin" if platform.system() == "Darwin" else "linux"
    path = root / "node_modules" / "@foundry-rs" / f"forge-{system}-{arch}" / "bin" / "forge"
    if not path.exists():
        raise ProofError(f"No forge for {system}-{arch} in node_modules. Run `npm ci`.")
    return path


def environment(profile: str = "default", **more: str) -> dict[str, str]:
    """The environment for forge and for tools that start it by name."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FOUNDRY_")}
    path = os.pathsep.join([str(forge_binary().parent), kept.get("PATH", os.defpath)])
    return {**kept, "PATH": path, "FOUNDRY_PROFILE": profile, **more}


def run(
    command: list[str], cwd: Path, env: dict[str, str], limit: float
) -> subprocess.CompletedProcess[str]:
    """Run to the end and keep what was printed."""
    try:
        return subprocess.run(
            command,
            cwd=cwd,
            env=env,
            capture_output=True,
            text=True,
            timeout=limit,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ProofError(f"{Path(command[0]).name} took more than {limit:.0f} s") from error


def forge(
    arguments: list[str],
    *,
    cwd: Path = ROOT,
    profile: str = "default",
    limit: float = 3600,
    **more: str,
) -> subprocess.CompletedProcess[str]:
    """Run forge on the project that lies in `cwd`."""
    config = CONFIG if (cwd / CONFIG).exists() else Path("foundry.toml")
    env = environment(profile, FOUNDRY_CONFIG=str(config), **more)
    return run([str(forge_binary()), *arguments, "--root", "."], cwd, env, limit)


def forge_tests(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    """What `forge test --json` found, by `Suite.test`; without the test's arguments."""
    start = done.stdout.find("{")
    if start < 0:
        raise ProofError(f"forge found no tests:\n{(done.stdout + done.stderr)[-4000:]}")
    suites = json.loads(done.stdout[start:])
    found = {
        f"{suite.rpartition(':')[2]}.{name.partition('(')[0]}": result
        for suite, report in suites.items()
        for name, result in report["test_results"].items()
    }
    if not found:
        raise ProofError("forge found no tests")
    return found


@contextmanager
def staged() -> Iterator[Path]:
    """A copy of the project in a folder of its own, with foundry.toml where others look."""
    with TemporaryDirectory(prefix="platemark-proof-") as name:
        stage = Path(name).resolve()
        shutil.copytree(ROOT / "contracts" / "src", stage / "contracts" / "src")
        shutil.copytree(ROOT / "contracts" / "test", stage / "contracts" / "test")
        shutil.copy(ROOT / CONFIG, stage / "foundry.toml")
        (stage / "scripts").mkdir()
        shutil.copy(ROOT / "scripts" / "solc", stage / "scripts" / "solc")
        (stage / "node_modules").symlink_to(ROOT / "node_modules", target_is_directory=True)
        yield stage


def tool(name: str) -> Path:
    """A Python tool in an environment of its own, `.tools/NAME`, from contracts/NAME.lock."""
    lock = ROOT / "contracts" / f"{name}.lock"
    home = ROOT / ".tools" / name
    stamp = home / ".lock-installed"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"installing {name} into {home.relative_to(ROOT)} ...", file=sys.stderr)
        venv.create(home, with_pip=True, clear=True)
        pip = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        pip += ["--disable-pip-version-check", "--require-hashes", "-r", str(lock)]
        done = run(pip, ROOT, dict(os.environ), limit=900)
        if done.returncode:
            raise ProofError(f"{name} could not be installed:\n{done.stderr[-2000:]}")
        stamp.write_text(wanted)
    return home / "bin" / name


class Clock:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def seconds(self) -> float:
        """How long it has run, to a tenth."""
        return round(time.monotonic() - self._start, 1)
