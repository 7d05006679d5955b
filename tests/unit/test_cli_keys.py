"""Keys on the command line: encrypted, private, and opened by passphrases that leak nowhere."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from ledger.cli.session import Session
from ledger.config import Settings
from ledger.errors import KeystoreLocked, SetupError
from ledger.signing import Signer
from tests.unit.test_cli_exits import fails, home, run

__all__ = ["home"]
SECRET = "correct horse"


@pytest.fixture
def passphrase(home: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("PLATEMARK_PASSPHRASE", SECRET)
    return SECRET


def test_a_key_is_made_private_and_listed(home: Path, passphrase: str) -> None:
    made = json.loads(run("key", "new", "ada", "--json").stdout)
    path = home / "keys" / "ada.json"
    assert made["file"] == str(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert SECRET not in path.read_text()
    assert Signer.load(path, SECRET).address == made["address"]
    assert json.loads(run("key", "show", "ada", "--json").stdout)["address"] == made["address"]
    listed = json.loads(run("key", "list", "--json").stdout)
    assert listed == [{"name": "ada", "address": made["address"], "mode": "0600"}]
    assert made["address"] in run("key", "list").stdout


def test_a_key_is_never_overwritten(home: Path, passphrase: str) -> None:
    run("key", "new", "ada")
    assert fails("key", "new", "ada", code=9).startswith("KeystoreExists:")


@pytest.mark.parametrize("name", ["../ada", "a/b", "", ".hidden", "x" * 65])
def test_a_name_is_no_path(home: Path, passphrase: str, name: str) -> None:
    fails("key", "new", name, code=3)
    assert list(home.rglob("*.json")) == []


def test_test_ether_needs_a_development_chain(
    home: Path, passphrase: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLATEMARK_RPC_URL", "http://127.0.0.1:1")
    fails("key", "new", "ada", "--fund", code=8)
    monkeypatch.setattr("ledger.cli.keys.rpc", lambda *_: "0x1")
    assert "chain 1 answers" in fails("key", "new", "ada", "--fund", code=9)
    assert not (home / "keys").exists(), "no key is made that could not be funded"


def test_nobody_to_ask(home: Path) -> None:
    assert fails("key", "new", "ada", code=9).startswith("KeystoreLocked:")


# -------------------------------------------------------------- passphrases


def session(home: Path, **settings: object) -> Session:
    return Session("http://127.0.0.1:1", Settings(home=home, **settings))  # type: ignore[arg-type]


def test_a_passphrase_file_must_be_private(home: Path) -> None:
    file = home / "passphrase"
    file.write_text(SECRET + "\nsecond line\n")
    file.chmod(0o644)
    with pytest.raises(SetupError, match="chmod 600"):
        session(home, passphrase_file=file).passphrase("?")
    file.chmod(0o600)
    assert session(home, passphrase_file=file).passphrase("?") == SECRET


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe"])
def test_a_passphrase_file_must_hold_one(home: Path, content: bytes | None) -> None:
    file = home / "passphrase"
    if content is not None:
        file.write_bytes(content)
        file.chmod(0o600)
    with pytest.raises(SetupError, match="cannot be read"):
        session(home, passphrase_file=file).passphrase("?")


def test_a_wrong_passphrase_opens_nothing(home: Path) -> None:
    Signer.generate().save(home / "keys" / "ada.json", SECRET)
    with pytest.raises(KeystoreLocked):
        session(home, passphrase="battery staple").signer("ada")
    assert "staple" not in repr(session(home, passphrase="battery staple"))


# ------------------------------------------------------------- which key signs


def test_the_only_key_need_not_be_named(home: Path) -> None:
    here = session(home, passphrase=SECRET)
    with pytest.raises(SetupError, match="no key yet"):
        here.chosen_key(None)
    Signer.generate().save(home / "keys" / "ada.json", SECRET)
    assert here.chosen_key(None) == "ada"
    Signer.generate().save(home / "keys" / "bob.json", SECRET)
    with pytest.raises(SetupError, match="ada, bob"):
        here.chosen_key(None)
    with pytest.raises(SetupError, match="no key 'eve'"):
        here.chosen_key("eve")
    assert here.address("bob") == here.signer("bob").address
