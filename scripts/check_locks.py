"""Check, without a network, that the lock files say what their sources ask for (`make check`)."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)")
_PLACE = re.compile(r"https?://|\s/(?!/)\w|file:")
"""Marks of one machine or one registry: nothing of that kind belongs into a lock file."""


def python_findings(project: dict[str, Any], lock: str) -> Iterator[str]:
    """Where requirements.lock and pyproject.toml (with its extras) part."""
    asked = [*project["dependencies"]]
    for extra in project["optional-dependencies"].values():
        asked += extra
    requirements = [Requirement(text) for text in asked]
    pins, ours = _read_lock(lock)
    for requirement in requirements:
        name = canonicalize_name(requirement.name)
        if name not in pins:
            yield f"requirements.lock lacks {name}, which pyproject.toml asks for"
        for version in pins.get(name, []):
            if not requirement.specifier.contains(version, prereleases=True):
                yield f"requirements.lock has {name} {version}; pyproject.toml says {requirement}"
    for name in sorted(ours - {canonicalize_name(each.name) for each in requirements}):
        yield f"requirements.lock holds {name} for us, but pyproject.toml does not ask for it"
    yield from form_findings("requirements.lock", lock)


def form_findings(name: str, lock: str) -> Iterator[str]:
    """What no lock file of Python packages may say, whatever it locks."""
    if "--hash=sha256:" not in lock:
        yield f"{name} has no hashes"
    for line in lock.splitlines():
        if _PLACE.search(line):
            yield f"{name} names a place: {line.strip()[:100]}"


def _read_lock(lock: str) -> tuple[dict[NormalizedName, list[Version]], set[NormalizedName]]:
    """Every pinned version by name, and the names that stand there on our own account."""
    pins: dict[NormalizedName, list[Version]] = {}
    ours: set[NormalizedName] = set()
    name = canonicalize_name("")
    for line in lock.splitlines():
        if match := _PIN.match(line):
            name = canonicalize_name(match[1])
            pins.setdefault(name, []).append(Version(match[2]))
        elif "platemark (pyproject.toml)" in line:
            ours.add(name)
    return pins, ours


def npm_findings(package: dict[str, Any], lock: dict[str, Any]) -> Iterator[str]:
    """Where package-lock.json and package.json (exact versions) part."""
    for kind in ("dependencies", "devDependencies"):
        asked = package.get(kind, {})
        if lock["packages"][""].get(kind, {}) != asked:
            yield f"package-lock.json and package.json differ in their {kind}"
        for name, version in asked.items():
            held = lock["packages"].get(f"node_modules/{name}", {}).get("version")
            if held != version:
                yield f"package-lock.json has {name} {held}; package.json says {version}"
    for path, entry in lock["packages"].items():
        if "resolved" in entry:
            yield f"package-lock.json names a place for {path}"
        for name in entry.get("optionalDependencies", {}):
            # `npm ci` fails on other machines if their binaries are left out.
            if f"node_modules/{name}" not in lock["packages"]:
                yield f"package-lock.json lacks {name}, which other machines need"


def main() -> int:
    """Print each finding; 1 if there is any."""
    lock = (ROOT / "requirements.lock").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    package = json.loads((ROOT / "package.json").read_text())
    package_lock = json.loads((ROOT / "package-lock.json").read_text())
    findings = [*python_findings(project, lock), *npm_findings(package, package_lock)]
    for path in sorted((ROOT / "scripts" / "hosts").glob("*.lock")):
        findings += form_findings(path.name, path.read_text())
    for finding in findings:
        print(f"{finding}. Run `make lock`.", file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
