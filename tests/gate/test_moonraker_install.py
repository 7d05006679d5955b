"""The component's installer, where Moonraker is a checkout and no package of this Python."""

from __future__ import annotations

from pathlib import Path

import pytest
from platemark_moonraker.install import main


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A printer's data folder."""
    (tmp_path / "printer_data" / "config").mkdir(parents=True)
    return tmp_path / "printer_data"


def test_it_links_the_component_into_a_checkout_and_may_be_run_again(
    tmp_path: Path, data: Path
) -> None:
    components = tmp_path / "checkout" / "moonraker" / "components"
    components.mkdir(parents=True)
    for _ in range(2):
        main([str(data), "--moonraker", str(tmp_path / "checkout")])
        (made,) = components.iterdir()
        assert made.name == "platemark.py"
        assert "load_component" in made.read_text()
    assert (data / "platemark" / "card").stat().st_mode & 0o077 == 0
    assert "rename_existing" in (data / "config" / "platemark.cfg").read_text()


def test_without_a_moonraker_it_changes_nothing_and_says_where_it_looked(
    tmp_path: Path, data: Path
) -> None:
    with pytest.raises(SystemExit, match="nowhere"):
        main([str(data), "--moonraker", str(tmp_path / "nowhere")])
    assert not (data / "platemark").exists()
