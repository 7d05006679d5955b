"""Prove what is claimed of the contracts: one JSON line a proof, exit status 1 if one fails.

    test      every forge test, with a fixed seed; that each outline of branches
              (contracts/test/unit/*.tree) names the tests beside it; that what is tested is,
              byte for byte, what is deployed; and that no contract comes near the size limit
    fuzz      the same with a free seed, and with as many runs as one likes
    coverage  lines, statements, branches and functions of contracts/src that tests reach
    halmos    symbolic tests: for every input, within the bounds of docs/proofs.md
    slither   static analysis: nothing of high or medium impact without a written reason
    planted   bugs planted into a copy, one at a time: each must be caught

Without a name, all but the first. What is proven, and what is not, is in docs/proofs.md.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import planted_bugs
from prove_tools import (
    ROOT,
    Clock,
    Outcome,
    ProofError,
    environment,
    forge,
    forge_tests,
    run,
    staged,
    tool,
)

from ledger import artifacts

UNIT = ROOT / "contracts" / "test" / "unit"
_LEAF = re.compile(r"^(?:│   |    )*[├└]── (?!when |otherwise)(.+)$")
_TEST = re.compile(r"^    function test_(\w+)\(", re.MULTILINE)
_LCOV = {"lines": ("LF", "LH"), "branches": ("BRF", "BRH"), "functions": ("FNF", "FNH")}
# EIP-170 allows 24,576 bytes; a change that comes near should be seen before it is too late.
_LARGEST = 24_000
_HALMOS_LIMIT = 3600
_SOLVER_LIMIT = "300s"


def quick_tests() -> Outcome:
    """All forge tests as `make test-contracts` runs them, the outlines, and the sizes."""
    outcome = _forge_outcome("test", [], "ci")
    wrong = [*outline_findings(), *_size_findings()]
    for finding in wrong:
        print(finding, file=sys.stderr)
    deployed = artifacts.load()
    same = all(_built(name, "bytecode") == made.bytecode for name, made in deployed.items())
    figures = {**outcome.figures, "bytecode_as_deployed": same, "bytes": _sizes()}
    return Outcome(outcome.proof, outcome.holds and same and not wrong, figures)


def _built(name: str, code: str) -> str:
    path = ROOT / ".cache" / "forge" / "out" / f"{name}.sol" / f"{name}.json"
    return str(json.loads(path.read_text(encoding="utf-8"))[code]["object"])


def _sizes() -> dict[str, int]:
    """Bytes of each contract as it lies on chain."""
    names = sorted(path.stem for path in (ROOT / "contracts" / "src").glob("*.sol"))
    return {name: (len(_built(name, "deployedBytecode")) - 2) // 2 for name in names}


def _size_findings() -> Iterator[str]:
    for name, size in _sizes().items():
        if size > _LARGEST:
            yield f"{name} has {size} bytes, more than {_LARGEST}"


def fuzz(runs: int) -> Outcome:
    """The tests at length, each time with other numbers."""
    seed = f"0x{int.from_bytes(os.urandom(8), 'big'):064x}"
    outcome = _forge_outcome("fuzz", ["--fuzz-seed", seed, "--fuzz-runs", str(runs)], "prove")
    return Outcome(outcome.proof, outcome.holds, {**outcome.figures, "seed": seed})


def coverage() -> Outcome:
    """What the tests reach of contracts/src."""
    clock = Clock()
    report = ROOT / ".cache" / "forge" / "lcov.info"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    _forget_failures()
    options = ["--report", "lcov", "--report-file", str(report)]
    options += ["--no-match-path", "contracts/test/invariant/*"]
    done = forge(["coverage", *options], profile="coverage")
    if not report.exists():
        raise ProofError(f"forge counted nothing:\n{(done.stdout + done.stderr)[-3000:]}")
    counts: Counter[str] = Counter()
    ours = False
    for line in report.read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition(":")
        if key == "SF":
            ours = value.startswith("contracts/src/")
            counts["files"] += ours
        elif ours and key in {"LF", "LH", "BRF", "BRH", "FNF", "FNH"}:
            counts[key] += int(value)
    figures: dict[str, object] = {"files": counts["files"]}
    for name, (found, hit) in _LCOV.items():
        figures[name] = f"{counts[hit]}/{counts[found]}"
    full = all(counts[hit] == counts[found] > 0 for found, hit in _LCOV.values())
    return Outcome(
        "coverage", full and done.returncode == 0, {**figures, "seconds": clock.seconds()}
    )


def halmos() -> Outcome:
    """Every symbolic test passes, and what must be reachable is reached."""
    clock = Clock()
    binary = tool("halmos")
    checks = _halmos(binary, "check_")
    # These say that something cannot happen which can: Halmos must find the counterexample.
    reached = _halmos(binary, "reach_")
    failed = [name for name, code in checks.items() if code != 0]
    unreached = [name for name, code in reached.items() if code != 1]
    for name in failed + unreached:
        print(f"halmos: {name} did not end as it must", file=sys.stderr)
    figures = {
        "proven": len(checks) - len(failed),
        "of": len(checks),
        "reachable": len(reached) - len(unreached),
        "seconds": clock.seconds(),
    }
    return Outcome("halmos", bool(checks and reached) and not failed + unreached, figures)


def _halmos(binary: Path, prefix: str) -> dict[str, int]:
    """Exit code by test: 0 proven, 1 a counterexample, anything else undecided."""
    with staged() as stage:
        report = stage / "halmos.json"
        command = [str(binary), "--root", ".", "--forge-build-out", ".cache/forge/symbolic"]
        command += ["--function", prefix, "--solver-threads", "1", "--no-status"]
        command += ["--solver-timeout-assertion", _SOLVER_LIMIT, "--json-output", str(report)]
        env = environment("symbolic")
        env["PATH"] = f"{binary.parent}:{env['PATH']}"
        # As the solver is found in its own environment, nothing has to be downloaded.
        done = run(command, stage, env, _HALMOS_LIMIT)
        if not report.exists():
            raise ProofError(f"halmos stopped:\n{(done.stdout + done.stderr)[-3000:]}")
        suites: dict[str, list[dict[str, Any]]] = json.loads(report.read_text())["test_results"]
    return {
        f"{suite.rpartition(':')[2]}.{test['name'].partition('(')[0]}": int(test["exitcode"])
        for suite, tests in suites.items()
        for test in tests
    }


def slither() -> Outcome:
    """Nothing of high or medium impact but what contracts/slither.json gives a reason for."""
    clock = Clock()
    binary = tool("slither")
    excused: list[dict[str, str]] = json.loads((ROOT / "contracts" / "slither.json").read_text())
    with staged() as stage:
        if forge(["build", "--build-info"], cwd=stage, profile="slither").returncode:
            raise ProofError("the contracts do not compile for slither")
        report = stage / "slither-report.json"
        command = [str(binary), ".", "--compile-force-framework", "foundry"]
        command += ["--foundry-ignore-compile", "--foundry-out-directory", ".cache/forge/slither"]
        command += ["--filter-paths", "node_modules", "--json", str(report)]
        done = run(command, stage, environment("slither"), 600)
        if not report.exists():
            raise ProofError(f"slither stopped:\n{(done.stdout + done.stderr)[-3000:]}")
        analysed = re.search(r"analyzed \((\d+) contracts with (\d+) detectors", done.stderr)
        if not analysed or analysed[1] == "0":
            raise ProofError("slither analysed nothing")
        found = json.loads(report.read_text())["results"].get("detectors", [])
    impacts = Counter(row["impact"] for row in found)
    unused = [row for row in excused if not any(_meant(row, result) for result in found)]
    open_ = [
        row
        for row in found
        if row["impact"] in {"High", "Medium"} and not any(_meant(each, row) for each in excused)
    ]
    for row in open_:
        print(f"slither: {row['impact']}: {row['description'].strip()}", file=sys.stderr)
    for each in unused:
        print(f"slither.json excuses what is not found: {each}", file=sys.stderr)
    figures = {
        "contracts": int(analysed[1]),
        "detectors": int(analysed[2]),
        "high": sum(row["impact"] == "High" for row in open_),
        "medium": sum(row["impact"] == "Medium" for row in open_),
        "excused": len(excused) - len(unused),
        "low_and_informational": impacts["Low"] + impacts["Informational"],
        "seconds": clock.seconds(),
    }
    return Outcome("slither", not open_ and not unused, figures)


def _meant(excuse: dict[str, str], result: dict[str, Any]) -> bool:
    return bool(result["check"] == excuse["check"] and excuse["where"] in result["description"])


def planted() -> Outcome:
    """Each planted bug is caught."""
    clock = Clock()
    outcome = planted_bugs.prove()
    figures = {**outcome.figures, "seconds": clock.seconds()}
    return Outcome(outcome.proof, outcome.holds, figures)


def outline_findings() -> Iterator[str]:
    """Where an outline and the tests beside it part."""
    for source in sorted(UNIT.glob("*.t.sol")):
        outline = source.with_name(source.name.replace(".t.sol", ".tree"))
        if not outline.exists():
            yield f"{source.name} has no outline"
            continue
        matches = map(_LEAF.match, outline.read_text(encoding="utf-8").splitlines())
        leaves = {match[1].replace(" ", "_") for match in matches if match}
        tests = set(_TEST.findall(source.read_text(encoding="utf-8")))
        yield from (f"{outline.name}: no test for `{leaf}`" for leaf in sorted(leaves - tests))
        yield from (f"{outline.name} lacks `{test}`" for test in sorted(tests - leaves))


def _forge_outcome(name: str, options: list[str], profile: str) -> Outcome:
    clock = Clock()
    _forget_failures()
    built = forge(["build"], profile=profile)
    if built.returncode:
        raise ProofError(f"the tests do not compile:\n{(built.stdout + built.stderr)[-4000:]}")
    compiled = clock.seconds()
    tests = forge_tests(forge(["test", "--json", *options], profile=profile, limit=36_000))
    failed = {test: row for test, row in tests.items() if row["status"] != "Success"}
    for test, row in failed.items():
        print(f"{test}: {row['reason']} {row.get('counterexample') or ''}", file=sys.stderr)
    kinds = [row["kind"] for row in tests.values()]
    figures = {
        "tests": len(tests),
        "failed": len(failed),
        "fuzz_runs": sum(kind["Fuzz"]["runs"] for kind in kinds if "Fuzz" in kind),
        "invariant_calls": sum(kind["Invariant"]["calls"] for kind in kinds if "Invariant" in kind),
        "compile_seconds": compiled,
        "seconds": clock.seconds(),
    }
    return Outcome(name, not failed, figures)


def _forget_failures() -> None:
    """A sequence that failed is cut short and kept; it says nothing about changed tests."""
    for memory in ("fuzz", "invariant"):
        shutil.rmtree(ROOT / ".cache" / "forge" / memory, ignore_errors=True)


def main() -> int:
    """Prove and print; the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=10_000, help="runs of each fuzz test")
    proofs: dict[str, Callable[[], Outcome]] = {
        "test": quick_tests,
        "fuzz": lambda: fuzz(options.runs),
        "coverage": coverage,
        "halmos": halmos,
        "slither": slither,
        "planted": planted,
    }
    parser.add_argument("proof", nargs="*", choices=[*proofs, []], help="which; all if none")
    options = parser.parse_args()
    failed = False
    for name in options.proof or [name for name in proofs if name != "test"]:
        try:
            outcome = proofs[name]()
        except ProofError as error:
            print(error, file=sys.stderr)
            outcome = Outcome(name, holds=False, figures={"error": str(error).splitlines()[0]})
        print(outcome.line(), flush=True)
        failed = failed or not outcome.holds
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
