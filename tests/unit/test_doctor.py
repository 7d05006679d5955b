"""The doctor: what is missing is said, with what to do, and changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger import artifacts
from ledger.config import Settings
from ledger.doctor import Finding, examine

NOWHERE = "http://127.0.0.1:1"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """That a service may be there in a second is of no concern here."""
    monkeypatch.setattr("ledger.client.transport._FIRST_WAIT_SECONDS", 0.001)


def look(home: Path, root: Path | None = None, **settings: object) -> dict[str, Finding]:
    """What the doctor finds; without `root`, in a checkout that was never set up."""
    given = Settings(home=home, **settings)  # type: ignore[arg-type]
    return {row.name: row for row in examine(given, NOWHERE, root or home)}


def test_an_empty_home_is_fine(tmp_path: Path) -> None:
    found = look(tmp_path, artifacts.ROOT)
    assert {row.name for row in found.values() if row.state == "missing"} == set()
    assert found["python"].state == "ok"
    assert found["keys"].advice == "Make a key: platemark key new NAME."
    assert found["service"].state == "absent"
    assert list(tmp_path.iterdir()) == []


def test_a_checkout_without_set_up_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("PLATEMARK_IPFS_API", raising=False)
    found = look(tmp_path)
    for name in ("node", "npm packages", "solc", "anvil"):
        assert found[name].state == "missing"
        assert found[name].advice
    for name in ("go", "kubo"):
        assert found[name].state == "absent"


@pytest.mark.parametrize(("chosen", "other"), [("anvil", "ganache"), ("ganache", "anvil")])
def test_the_chosen_development_chain_is_named(tmp_path: Path, chosen: str, other: str) -> None:
    found = look(tmp_path, artifacts.ROOT, dev_chain=chosen)
    assert found[chosen].state == "ok"
    assert chosen in found[chosen].found.lower()
    assert other not in found
    assert look(tmp_path, dev_chain=chosen)[chosen].state == "missing"


def test_a_node_that_is_too_old_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node = tmp_path / "node"
    node.write_text("#!/bin/sh\necho v18.19.0\n")
    node.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = look(tmp_path)
    assert (found["node"].state, found["node"].found) == ("missing", "v18.19.0")


def test_a_named_kubo_is_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLATEMARK_IPFS_API", "/ip4/127.0.0.1/tcp/5001")
    assert "5001" in look(tmp_path)["kubo"].found


def test_keys_that_others_can_read_are_missing_their_mode(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.mkdir()
    (keys / "ada.json").write_text("{}")
    (keys / "ada.json").chmod(0o644)
    (tmp_path / "secret").write_text("x")
    (tmp_path / "secret").chmod(0o600)
    row = look(tmp_path, passphrase_file=tmp_path / "secret")["private file"]
    assert row.state == "missing"
    assert row.advice == f"chmod 600 {keys / 'ada.json'}"


@pytest.mark.parametrize("content", ["{}", "no json"])
def test_a_broken_deployment_file_is_said(tmp_path: Path, content: str) -> None:
    file = tmp_path / "deployment.json"
    file.write_text(content)
    assert look(tmp_path, deployment=file)["deployment"].state == "missing"


def test_ports_in_use_are_said(tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        found = look(tmp_path, port=port, rpc_url="http://127.0.0.1")
    assert found["api port"].state == "absent"
    assert "chain port" not in found
