"""A real Kubo node for the tests that need one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.kubo import KuboDaemon, find_kubo

REPO_ROOT = Path(__file__).parents[2]
REASON = "no Kubo was found; build one with: make kubo"


def found_or_skipped() -> Path | str:
    """The program to run or the RPC address to use; skips, or fails where Kubo must be.

    `PLATEMARK_REQUIRE_KUBO=1` (set in CI) turns the skip into a failure, so that the
    tests cannot vanish unseen.
    """
    found = find_kubo(os.environ, REPO_ROOT)
    if found is not None:
        return found.binary or str(found.api)
    if os.environ.get("PLATEMARK_REQUIRE_KUBO") == "1":
        pytest.fail(f"PLATEMARK_REQUIRE_KUBO=1, but {REASON}")
    pytest.skip(REASON)


@pytest.fixture(scope="session")
def kubo_binary() -> Path:
    """The program `ipfs`."""
    found = found_or_skipped()
    if isinstance(found, Path):
        return found
    pytest.skip("PLATEMARK_IPFS_API names a running node; this test starts its own")


@pytest.fixture(scope="session")
def kubo_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """RPC address of a node: the one that PLATEMARK_IPFS_API names, or one of our own."""
    found = found_or_skipped()
    if isinstance(found, str):
        yield found
        return
    with KuboDaemon(found, tmp_path_factory.mktemp("kubo") / "repo") as daemon:
        yield daemon.api
