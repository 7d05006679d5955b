"""The print center of the tests that set its disks back and cut its network."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.center import Center
from tests.e2e.opening import open_center


@pytest.fixture(scope="module")
def center(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Center]:
    """One for a module."""
    with open_center(tmp_path_factory.mktemp("center")) as made:
        yield made
