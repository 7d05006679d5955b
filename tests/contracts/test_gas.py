"""What operations cost: at or below the limits, and as the page says."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.conftest import ROOT

OPERATIONS = {
    "register_repeat",
    "register_first",
    "register_derived",
    "offer_open",
    "license_buy",
    "license_grant",
    "redeem_warm",
    "redeem_fresh",
    "redeem_255",
    "redeem_batch_2560_per_print",
    "redeem_pooled_two_printers_per_print",
    "redeem_pooled_fresh_per_print",
    "redeem_derived",
    "license_revoke",
    "license_settle",
    "license_settle_derived",
    "prints_void",
    "license_split",
    "design_recall",
    "checkpoint",
}


def gas_script(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts" / "gas.py"), *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_every_operation_is_measured_and_none_is_above_its_limit_or_has_grown() -> None:
    done = gas_script()
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert {row["operation"] for row in rows} >= OPERATIONS
    for row in rows:
        assert list(row) == ["operation", "gas", "limit", "snapshot"]
        assert row["gas"] <= row["snapshot"]
        if not row["operation"].endswith("_per_print"):
            assert 21_000 < row["gas"] <= (row["limit"] or 200_000)


def test_the_page_is_up_to_date() -> None:
    """If this fails: .venv/bin/python scripts/gas.py --markdown > docs/gas.md"""
    page = (ROOT / "docs" / "gas.md").read_text(encoding="utf-8")
    assert gas_script("--markdown").stdout == page
