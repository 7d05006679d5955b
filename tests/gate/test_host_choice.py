"""The host that a gate's settings name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ledger.errors import SetupError
from ledger.gate.hosts.choice import connect_host
from ledger.gate.hosts.folder import FolderHost
from ledger.gate.hosts.moonraker import MoonrakerHost
from ledger.gate.hosts.octoprint import OctoPrintHost
from ledger.gate.ports import Host, HostState
from ledger.vault import HostKey
from tests.gate.fakes import KEYS, FakeClock
from tests.gate.world import World

NOBODY = "http://127.0.0.1:9"


def connected(world: World, host: str, secret: Path | None = None) -> Host:
    url = None if host == "folder" else NOBODY
    config = replace(world.config, host=host, host_url=url, host_key_file=secret)
    return connect_host(config, replace(KEYS, host=HostKey.generate()), FakeClock())


@pytest.mark.parametrize(
    ("name", "kind"),
    [("folder", FolderHost), ("octoprint", OctoPrintHost), ("moonraker", MoonrakerHost)],
)
def test_the_named_host_is_connected(world: World, name: str, kind: type) -> None:
    assert isinstance(connected(world, name), kind)


@pytest.mark.parametrize("name", ["octoprint", "moonraker"])
def test_a_host_that_does_not_answer_is_offline(world: World, name: str) -> None:
    assert connected(world, name).state() is HostState.OFFLINE


@pytest.mark.parametrize(("text", "mode"), [("key", 0o640), ("", 0o600), ("a\nb", 0o600)])
def test_an_api_key_that_is_open_or_none_is_refused(
    world: World, tmp_path: Path, text: str, mode: int
) -> None:
    path = tmp_path / "api.key"
    path.write_text(text)
    path.chmod(mode)
    with pytest.raises(SetupError):
        connected(world, "moonraker", path)
    with pytest.raises(SetupError):
        connected(world, "moonraker", tmp_path / "none")
