"""Plant classic bugs into a copy of the contracts, one at a time: the tests must catch each.

One JSON line a bug, with the tests that caught it; exit status 1 if one survives. The copy
is compiled without the optimizer, which is quicker and changes nothing of what is asked.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import planted_crises
import planted_licenses
import planted_registry
import planted_rights
from prove_tools import Outcome, ProofError, forge, forge_tests, staged

_FAST = {"FOUNDRY_FUZZ_RUNS": "64", "FOUNDRY_INVARIANT_RUNS": "4"}


@dataclass(frozen=True)
class Bug:
    """A mistake: the text that must stand once in a file, and what takes its place."""

    name: str
    file: str
    right: str
    wrong: str


_LISTS = (planted_licenses, planted_rights, planted_registry, planted_crises)
BUGS = tuple(Bug(*row) for each in _LISTS for row in each.BUGS)


def hunt() -> Iterator[tuple[Bug, list[str]]]:
    """Yield each bug with the tests that caught it."""
    with staged() as stage:
        clean = _failures(stage)
        if clean:
            raise ProofError(f"tests fail without any bug: {', '.join(clean)}")
        for bug in BUGS:
            path = stage / "contracts" / "src" / bug.file
            text = path.read_text(encoding="utf-8")
            if text.count(bug.right) != 1:
                raise ProofError(f"{bug.file} holds `{bug.right}` {text.count(bug.right)} times")
            path.write_text(text.replace(bug.right, bug.wrong), encoding="utf-8")
            yield bug, _failures(stage)
            path.write_text(text, encoding="utf-8")


def _failures(stage: Path) -> list[str]:
    # What forge remembers of an earlier bug would be replayed here, and blamed on this one.
    for memory in ("fuzz", "invariant"):
        shutil.rmtree(stage / ".cache" / "forge" / memory, ignore_errors=True)
    built = forge(["build"], cwd=stage, profile="planted", limit=300)
    if built.returncode:
        raise ProofError(f"this does not compile:\n{(built.stdout + built.stderr)[-2000:]}")
    # Who is caught is not asked again: that bounds the time of the whole hunt.
    done = forge(
        ["test", "--json", "--fail-fast"], cwd=stage, profile="planted", limit=600, **_FAST
    )
    failed = [name for name, test in forge_tests(done).items() if test["status"] != "Success"]
    return sorted(failed, key=lambda name: ("LawsTest." in name, name))


def prove() -> Outcome:
    """Hunt all of them and print each; whether none survived."""
    caught = 0
    for bug, tests in hunt():
        caught += bool(tests)
        found = {"bug": bug.name, "caught": bool(tests), "by": tests[:2], "tests": len(tests)}
        print(json.dumps(found), flush=True)
    return Outcome("planted", caught == len(BUGS), {"bugs": len(BUGS), "caught": caught})


def main() -> int:
    """The exit status."""
    try:
        return 0 if prove().holds else 1
    except ProofError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
