"""Settings come from the environment; passphrases from where only their owner can read."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from ledger.bootstrap import load_or_create_issuer, passphrase
from ledger.config import Settings
from ledger.errors import SetupError
from ledger.signing import Signer
from ledger.vault import create_private


def settings(home: Path, **more: object) -> Settings:
    return Settings(home=home, **more)  # type: ignore[arg-type]


def test_everything_is_below_home_unless_said_otherwise(tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert found.service_folder == tmp_path / "service"
    assert found.deployment_file == tmp_path / "dev" / "deployment.json"
    assert found.database == f"sqlite:///{tmp_path}/service/ledger.db"
    assert found.host == "127.0.0.1"
    other = settings(tmp_path, deployment=tmp_path / "d.json", database_url="sqlite:///x.db")
    assert other.deployment_file == tmp_path / "d.json"
    assert other.database == "sqlite:///x.db"


def test_each_setting_is_read_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLATEMARK_HOME", str(tmp_path))
    monkeypatch.setenv("PLATEMARK_PORT", "9000")
    monkeypatch.setenv("PLATEMARK_PASSPHRASE", "open sesame")
    monkeypatch.setenv("PLATEMARK_SOMETHING_ELSE", "is ignored")
    found = Settings()
    assert (found.home, found.port) == (tmp_path, 9000)
    assert "open sesame" not in f"{found!r} {found}"
    monkeypatch.setenv("PLATEMARK_PORT", "many")
    with pytest.raises(ValidationError):
        Settings()


def test_settings_do_not_change(tmp_path: Path) -> None:
    with pytest.raises(ValidationError):
        settings(tmp_path).port = 1


def test_a_passphrase_that_is_given_is_taken(tmp_path: Path) -> None:
    assert passphrase(settings(tmp_path, passphrase=SecretStr("given")), tmp_path) == "given"
    assert not list(tmp_path.iterdir())


def test_a_passphrase_is_made_once_and_kept_private(tmp_path: Path) -> None:
    made = passphrase(settings(tmp_path), tmp_path)
    assert len(made) >= 40
    assert passphrase(settings(tmp_path), tmp_path) == made
    assert stat.S_IMODE((tmp_path / "passphrase").stat().st_mode) == 0o600


def test_of_two_services_that_make_a_passphrase_at_once_both_have_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(_size: int) -> str:
        create_private(tmp_path / "passphrase", b"of the first")
        return "of the second"

    monkeypatch.setattr("secrets.token_urlsafe", slow)
    assert passphrase(settings(tmp_path), tmp_path) == "of the first"


def test_of_two_services_that_make_an_issuer_at_once_both_have_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = Signer.generate(), Signer.generate()

    def slow() -> Signer:
        first.save(tmp_path / "issuer.json", "secret")
        return second

    monkeypatch.setattr(Signer, "generate", slow)
    assert load_or_create_issuer(tmp_path, "secret").address == first.address


def test_a_passphrase_file_gives_its_first_line(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("first line\nsecond\n")
    path.chmod(0o600)
    assert passphrase(settings(tmp_path, passphrase_file=path), tmp_path) == "first line"


def test_a_passphrase_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("first line\n")
    path.chmod(0o640)
    with pytest.raises(SetupError, match="chmod 600"):
        passphrase(settings(tmp_path, passphrase_file=path), tmp_path)


@pytest.mark.parametrize("content", [b"", b"\n", b"\nsecond\n", b"\xff\xfe\n"])
def test_a_passphrase_file_without_a_passphrase_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secret"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(SetupError):
        passphrase(settings(tmp_path, passphrase_file=path), tmp_path)


def test_a_named_passphrase_file_is_never_made_up(tmp_path: Path) -> None:
    with pytest.raises(SetupError):
        passphrase(settings(tmp_path, passphrase_file=tmp_path / "none"), tmp_path)
    assert not list(tmp_path.iterdir())
