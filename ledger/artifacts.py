"""Compile the contracts with py-solc-x and keep ABI and bytecode by source hash.

The compiler is `scripts/solc`, npm's solc behind the options of a native one,
because a native compiler cannot be had from package registries alone; any solc of
the same version gives the same bytecode (`PLATEMARK_SOLC` names another).
The cache's file name is the hash of everything that decides the output, so a
changed source, setting or compiler never meets a stale artifact.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import solcx
from solcx.exceptions import SolcError

from ledger.errors import CompilationFailed, ToolMissing

ROOT = Path(__file__).resolve().parents[1]
"""The checkout: contracts, the compiler and the cache lie below it."""

CONTRACTS = ("DesignRegistry", "PrintLicenses", "Checkpoints", "CrisisPledges")
SOLC_VERSION = "0.8.30"
SETTINGS: dict[str, Any] = {
    "evmVersion": "shanghai",
    "viaIR": True,
    "optimizer": {"enabled": True, "runs": 1_000_000},
    "metadata": {"bytecodeHash": "none", "appendCBOR": False},
    "outputSelection": {"*": {"*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"]}},
}
_IMPORT = re.compile(r'^import\s[^;]*?"([^"]+)";', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Artifact:
    """One compiled contract: its name, its ABI as JSON, its creation and runtime code."""

    name: str
    abi: list[dict[str, Any]]
    bytecode: str
    runtime: str


def load(root: Path = ROOT, solc: Path | None = None) -> dict[str, Artifact]:
    """Return the artifacts of `CONTRACTS` by name, compiling only what was not compiled yet.

    Raises ToolMissing where npm's packages are not installed and CompilationFailed
    with the compiler's own words.
    """
    sources = _sources(root)
    cache = root / ".cache" / "contracts" / f"{_key(sources)}.json"
    if not cache.exists():
        compiled = _compile(sources, solc or root / "scripts" / "solc")
        cache.parent.mkdir(parents=True, exist_ok=True)
        # A name of its own: others may compile the same at this moment.
        partial = cache.with_suffix(f".{secrets.token_hex(4)}.part")
        partial.write_bytes(compiled)
        partial.replace(cache)
    return {row["name"]: Artifact(**row) for row in json.loads(cache.read_bytes())}


def _key(sources: dict[str, str]) -> str:
    everything = json.dumps([SOLC_VERSION, SETTINGS, CONTRACTS, sources], sort_keys=True)
    return hashlib.sha256(everything.encode()).hexdigest()[:32]


def _sources(root: Path) -> dict[str, str]:
    """Source text by unit name: our files, and those of npm's packages that they import."""
    own = root / "contracts" / "src"
    sources: dict[str, str] = {}
    pending = [path.relative_to(own).as_posix() for path in sorted(own.rglob("*.sol"))]
    while pending:
        unit = pending.pop()
        if unit in sources:
            continue
        base = root / "node_modules" if unit.startswith("@") else own
        try:
            sources[unit] = (base / unit).read_text(encoding="utf-8")
        except FileNotFoundError as error:
            raise ToolMissing(f"The source {unit} is missing. Run `npm ci`.") from error
        for target in _IMPORT.findall(sources[unit]):
            relative = target.startswith(".")
            pending.append(
                posixpath.normpath(posixpath.join(posixpath.dirname(unit), target))
                if relative
                else target
            )
    return sources


def _compile(sources: dict[str, str], solc: Path) -> bytes:
    if not solc.exists():
        raise ToolMissing(f"No Solidity compiler at {solc}.")
    request = {
        "language": "Solidity",
        "sources": {unit: {"content": text} for unit, text in sources.items()},
        "settings": SETTINGS,
    }
    try:
        answer = solcx.compile_standard(request, solc_binary=solc)
    except SolcError as error:
        raise CompilationFailed(f"The contracts do not compile: {error.message}") from error
    rows = []
    for name in CONTRACTS:
        output = answer["contracts"][f"{name}.sol"][name]
        rows.append(
            {
                "name": name,
                "abi": output["abi"],
                "bytecode": "0x" + output["evm"]["bytecode"]["object"],
                "runtime": "0x" + output["evm"]["deployedBytecode"]["object"],
            }
        )
    return json.dumps(rows).encode()
