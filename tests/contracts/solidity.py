"""Compile what only tests need: the contracts of contracts/test, and the NatSpec of ours.

With the compiler and settings of `ledger.artifacts`, and kept by source hash in the
same cache, but apart from the list of contracts that are deployed.
"""

from __future__ import annotations

import hashlib
import json
import os
import posixpath
from functools import cache
from pathlib import Path
from typing import Any

import solcx

from ledger import artifacts
from ledger.artifacts import ROOT, SETTINGS, SOLC_VERSION, Artifact

_DOCS = {"*": {"*": ["abi", "devdoc", "userdoc"]}}


@cache
def load_test_contracts() -> dict[str, Artifact]:
    """The contracts of contracts/test by name; each file holds one of its own name."""
    folder = ROOT / "contracts" / "test"
    own = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("Test*.sol"))}
    answer = _standard_json(own | _imported(own), SETTINGS)
    found = {}
    for unit in own:
        name = unit.removesuffix(".sol")
        output = answer["contracts"][unit][name]
        found[name] = Artifact(
            name,
            output["abi"],
            "0x" + output["evm"]["bytecode"]["object"],
            "0x" + output["evm"]["deployedBytecode"]["object"],
        )
    return found


@cache
def documentation() -> dict[str, dict[str, Any]]:
    """ABI, devdoc and userdoc of every contract and interface, by `unit:name`."""
    # The same closure of sources as the production build, so that nothing is left out.
    sources = artifacts._sources(ROOT)
    answer = _standard_json(sources, {**SETTINGS, "outputSelection": _DOCS})
    return {
        f"{unit}:{name}": output
        for unit, names in answer["contracts"].items()
        for name, output in names.items()
    }


def _imported(own: dict[str, str]) -> dict[str, str]:
    """What the test contracts take from npm's packages, and what that takes in turn."""
    found: dict[str, str] = {}
    pending = [name for text in own.values() for name in artifacts._IMPORT.findall(text)]
    while pending:
        unit = pending.pop()
        if unit in found:
            continue
        found[unit] = (ROOT / "node_modules" / unit).read_text(encoding="utf-8")
        for target in artifacts._IMPORT.findall(found[unit]):
            near = posixpath.join(posixpath.dirname(unit), target)
            pending.append(posixpath.normpath(near) if target.startswith(".") else target)
    return found


def _standard_json(sources: dict[str, str], settings: dict[str, Any]) -> dict[str, Any]:
    key = json.dumps([SOLC_VERSION, settings, sources], sort_keys=True).encode()
    path = ROOT / ".cache" / "contracts" / f"test-{hashlib.sha256(key).hexdigest()[:32]}.json"
    if path.exists():
        return _read(path)
    request = {
        "language": "Solidity",
        "sources": {unit: {"content": text} for unit, text in sources.items()},
        "settings": settings,
    }
    answer = solcx.compile_standard(request, solc_binary=ROOT / "scripts" / "solc")
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.part")  # tests run in several processes
    partial.write_text(json.dumps(answer), encoding="utf-8")
    partial.replace(path)
    return _read(path)


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
