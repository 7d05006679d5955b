"""The demo is what a newcomer sees first: it must end well, and name every refusal."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

REFUSALS = (
    "DesignAlreadyRegistered",
    "JobWithoutToken",
    "SerialAlreadySpent",
    "BadSignature",
    "DigestMismatch",
    "QuotaExhausted",
    "LicenseRevoked",
    "CrisisOver",
)


@pytest.mark.slow
def test_the_demo_ends_well_and_names_every_refusal() -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PLATEMARK_")}
    done = subprocess.run(
        [sys.executable, "scripts/demo.py"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert " 0 otherwise than told." in done.stdout
    for error in REFUSALS:
        assert f"refused: {error}" in done.stdout
