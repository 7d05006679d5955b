"""Making a gate: idempotent, finished after a crash, and never over a key."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from ledger import gate
from ledger.errors import KeystoreLocked, SetupError
from ledger.gate.keys import Keys
from ledger.models import Address
from ledger.signing import require_signer
from tests.gate.fakes import CENTER, DOMAIN, KEYS, START
from tests.gate.world import World

PASSPHRASE = "correct horse"


def init(folder: Path, **changes: Any) -> tuple[gate.Config, Keys]:
    arguments: dict[str, Any] = {
        "name": 'Big "one" \x7f ü',
        "center": CENTER.address,
        "service_url": "http://127.0.0.1:8000",
        "rpc_url": "http://127.0.0.1:8545",
        "deployment": folder.parent / "deployment.json",
        "passphrase": PASSPHRASE,
        "ipfs_api": "http://127.0.0.1:5001",
    }
    return gate.init(folder, **{**arguments, **changes})


def test_a_gate_is_made_once(tmp_path: Path) -> None:
    folder = tmp_path / "gate"
    config, keys = init(folder, hot=tmp_path / "machine")
    assert config == gate.load(folder)
    assert config.name == 'Big "one" \x7f ü'
    assert config.hot == tmp_path / "machine"
    assert config.inbox == folder / "inbox"
    for made in (folder, folder / "keys", config.inbox, config.intake, config.refused):
        assert stat.S_IMODE(made.stat().st_mode) == 0o700
    for file in (config.signing_key, config.kem_key, folder / "gate.toml"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "hidden" in repr(keys)

    again, same = init(folder, hot=tmp_path / "machine")
    assert again == config
    assert (same.printer, same.kem) == (keys.printer, keys.kem)
    with pytest.raises(SetupError, match="another service_url"):
        init(folder, hot=tmp_path / "machine", service_url="http://elsewhere")
    with pytest.raises(KeystoreLocked):
        init(folder, hot=tmp_path / "machine", passphrase="wrong")


def test_a_half_made_gate_is_finished(tmp_path: Path) -> None:
    folder = tmp_path / "gate"
    config, keys = init(folder)
    kem = config.kem_key.read_bytes()
    (folder / "gate.toml").unlink()
    config.kem_key.unlink()
    config.inbox.joinpath(".platemark-intake").rmdir()
    _, after = init(folder)
    assert after.printer == keys.printer
    assert config.kem_key.read_bytes() != kem
    assert config.intake.is_dir()


def test_a_crash_while_the_key_is_written_leaves_no_half_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise OSError(5, "Input/output error")

    folder = tmp_path / "gate"
    monkeypatch.setattr(os, "link", crash)
    with pytest.raises(SetupError):
        init(folder)
    monkeypatch.undo()
    assert list((folder / "keys").iterdir()) == []
    init(folder)


def test_another_process_was_quicker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both make keys at once: the first stay, and both use them."""
    config, _ = init(tmp_path / "gate")
    files = config.signing_key, config.kem_key, config.signing_key.with_name("host.json")
    keys = Keys.load_or_create(*files[:2], PASSPHRASE, files[2])
    real = Path.exists
    monkeypatch.setattr(Path, "exists", lambda p: p not in files and real(p))
    again = Keys.load_or_create(*files[:2], PASSPHRASE, files[2])
    assert (again.printer, again.kem, again.host) == (keys.printer, keys.kem, keys.host)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ipfs_folder": Path("blocks")}, "either"),
        ({"ipfs_api": None}, "either"),
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
    ],
)
def test_settings_that_cannot_be(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SetupError, match=message):
        init(tmp_path / "gate", **changes)
    assert not (tmp_path / "gate").exists()


GOOD = (
    'name = "P"\n'
    f'center = "{CENTER.address}"\n'
    'service_url = "http://s"\nrpc_url = "http://r"\n'
    'deployment = "/d.json"\ninbox = "in"\nhot = "/hot"\nipfs_folder = "blocks"\n'
)


@pytest.mark.parametrize(
    "text",
    [
        "not toml",
        GOOD + "colour = 1\n",
        GOOD + "settle_seconds = -1\n",
        GOOD + 'settle_seconds = "2"\n',
        GOOD + "settle_seconds = true\n",
        GOOD.replace('name = "P"\n', ""),
        GOOD.replace(CENTER.address, "0x12"),
    ],
)
def test_a_file_of_settings_that_says_something_impossible(tmp_path: Path, text: str) -> None:
    (tmp_path / "gate.toml").write_text(text)
    with pytest.raises(SetupError, match=r"gate\.toml cannot be read"):
        gate.load(tmp_path)


def test_paths_are_relative_to_the_gate(tmp_path: Path) -> None:
    (tmp_path / "gate.toml").write_text(GOOD + "settle_seconds = 7\n")
    config = gate.load(tmp_path)
    assert (config.inbox, config.hot) == (tmp_path / "in", Path("/hot"))
    assert (config.settle_seconds, config.center) == (7, Address(CENTER.address))


def test_no_gate_there(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="gate init"):
        gate.load(tmp_path)


def test_the_enrolment_is_signed_by_the_printer(world: World) -> None:
    enrolment, signature = KEYS.enrolment(DOMAIN, CENTER.address, "P", START)
    assert enrolment.kem_key == KEYS.kem.public_key
    require_signer(DOMAIN.enrolment(enrolment), signature, KEYS.printer)


def test_inbox_and_refused_must_share_a_file_system(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.stat

    def elsewhere(path: Path, **arguments: Any) -> Any:
        found = real(path, **arguments)
        if path != world.config.refused:
            return found
        return os.stat_result((*found[:2], found.st_dev + 1, *found[3:10]))

    monkeypatch.setattr(Path, "stat", elsewhere)
    with pytest.raises(SetupError, match="different file systems"):
        _ = world.gate
