"""One OctoPrint for all tests that leave it as they found it: it takes seconds to start."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.hosts.octoprint_bed import OURS, OctoPrint, require_octoprint, stays_blocked


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


@pytest.fixture
def file(octoprint: OctoPrint) -> Iterator[str]:
    """An uploaded file that nobody released, while the gate runs."""
    name = f"{uuid4().hex}.gcode"
    assert octoprint.upload(name).status_code == 201
    assert octoprint.beat().status_code == 200
    before = octoprint.received().count(OURS)
    yield name
    stays_blocked(octoprint, before)
