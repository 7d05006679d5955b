"""One OctoPrint for all tests that leave it as they found it: it takes seconds to start."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hosts.octoprint_bed import OctoPrint, require_octoprint


@pytest.fixture(scope="session")
def started_octoprint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OctoPrint]:
    """A paired one that runs."""
    require_octoprint()
    with OctoPrint(tmp_path_factory.mktemp("octoprint")) as made:
        yield made


@pytest.fixture
def octoprint(started_octoprint: OctoPrint) -> OctoPrint:
    """The same, with nothing printing."""
    started_octoprint.rest()
    return started_octoprint
