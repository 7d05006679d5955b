"""How commands end: an exit code for every error, one paragraph, no traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ledger import cli
from ledger.cli import exits
from ledger.cli.session import Session
from ledger.errors import LedgerError, all_errors

CODES = {
    "BadRequest": 3,
    "MalformedTicket": 3,
    "TransactionMismatch": 7,
    "DesignTooLarge": 3,
    "WrongPayment": 3,
    "LicenseNotFound": 4,
    "DesignAlreadyRegistered": 5,
    "LicenseRevoked": 6,
    "TokenExpired": 6,
    "DigestMismatch": 7,
    "ChainUnavailable": 8,
    "KeystoreLocked": 9,
    "UnknownRevert": 1,
    "LedgerError": 1,
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("PASSPHRASE", "PASSPHRASE_FILE", "DEBUG", "KEY", "SERVICE", "RPC_URL"):
        monkeypatch.delenv(f"PLATEMARK_{name}", raising=False)
    monkeypatch.setenv("PLATEMARK_HOME", str(tmp_path))
    return tmp_path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli.app, [str(each) for each in arguments])


def fails(*arguments: object, code: int) -> str:
    """Run a command that must end with `code` and one paragraph on stderr."""
    result = run(*arguments)
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    paragraph = result.stderr.strip()
    assert len(paragraph.splitlines()) == 1
    return paragraph


@pytest.mark.parametrize("error", list(all_errors()), ids=lambda error: error.__name__)
def test_every_error_has_an_exit_code(error: type[LedgerError]) -> None:
    assert exits.exit_code(error("x")) in {1, 3, 4, 5, 6, 7, 8, 9}


@pytest.mark.parametrize(("name", "code"), CODES.items())
def test_exit_codes(name: str, code: int) -> None:
    kind = next(error for error in all_errors() if error.__name__ == name)
    assert exits.exit_code(kind("x")) == code


def test_nothing_to_do_shows_the_help(home: Path) -> None:
    result = run()
    assert "Usage" in result.output
    assert run("--help").exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("nothing",),
        ("license", "buy", "0x00"),
        ("license", "show", "one"),
        ("offer", "open", "00" * 32, "--terms", "x", "--price", "cheap"),
        ("offer", "open", "00" * 32, "--terms", "x"),
        ("offer", "open", "00" * 32, "--terms", "x", "--price", "1", "--price-wei", "1"),
    ],
)
def test_what_is_not_understood_is_usage(home: Path, arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


def test_an_unexpected_error_is_one_paragraph_too(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_session: Session) -> list[str]:
        raise ZeroDivisionError("by\nzero")

    monkeypatch.setattr(Session, "key_names", broken)
    assert fails("key", "list", code=1).startswith("LedgerError: ZeroDivisionError: by zero.")
    monkeypatch.setenv("PLATEMARK_DEBUG", "1")
    assert "Traceback" in run("key", "list").stderr


def test_a_setting_that_cannot_be_used_is_named(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLATEMARK_PORT", "many")
    assert "PLATEMARK_PORT" in fails("key", "list", code=9)


def test_no_service_is_unavailable(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.client.transport._FIRST_WAIT_SECONDS", 0.001)
    said = fails("--service", "http://127.0.0.1:1", "design", "list", code=8)
    assert said.startswith("ServiceUnavailable: Nothing answers at http://127.0.0.1:1.")


def test_what_is_no_service_is_bad_input(home: Path) -> None:
    fails("--service", "ftp://x", "design", "list", code=3)


def test_malformed_ids_are_bad_input(home: Path) -> None:
    for arguments in (
        ("design", "show", "xyz"),
        ("audit", "no-such-file"),
        ("design", "register", "no-such-file"),
        ("issuer", "show", "0x12"),
    ):
        fails(*arguments, code=3)


def test_the_version_is_told_as_json(home: Path) -> None:
    assert json.loads(run("version", "--json").stdout)["platemark"]
