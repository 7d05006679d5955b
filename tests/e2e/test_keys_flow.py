"""A printer's life by the command line over TLS: pinned, rotated, revoked, on a real stack."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.client.tls import Certificate
from ledger.config import Settings
from ledger.errors import SetupError
from ledger.listening import require_tls
from ledger.stack import Stack
from tests.e2e.test_cli_flow import Desk
from tests.integration.certificates import Issued, issue

pytestmark = pytest.mark.chain


def settings(folder: Path, shown: Issued) -> Settings:
    return Settings(home=folder / "home", tls_certificate=shown.certificate, tls_key=shown.key)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Issued:
    """Whom this machine trusts; and as a user has it who built no Kubo."""
    monkeypatch.setattr("ledger.stack.find_kubo", lambda *_: None)
    monkeypatch.delenv("PLATEMARK_IPFS_API", raising=False)
    made = issue(tmp_path, "authority", authority=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
    return made


@pytest.fixture
def desk(tmp_path: Path, authority: Issued) -> Iterator[Desk]:
    shown = issue(tmp_path, "first", by=authority)
    with Stack(settings(tmp_path, shown), port=0, chain_port=0) as stack:
        assert stack.url.startswith("https://127.0.0.1:")
        yield Desk(tmp_path, stack)


def test_a_printer_is_pinned_rotated_and_revoked(desk: Desk, authority: Issued) -> None:
    first = Certificate.load(desk.folder / "first.pem").fingerprint
    gate = desk.folder / "gate"
    desk.run("key", "new", "center", "--fund")
    init = ("gate", "init", gate, "--name", "Press 4", "--key", "center")
    said = desk.run(*init, "--pin", "0" * 64, code=9)
    assert said.startswith("CertificateChanged:")
    assert not (gate / "keys" / "service.pem").exists()
    old = desk.json(*init, "--pin", first.upper())["printer"]
    assert Certificate.load(gate / "keys" / "service.pem").fingerprint == first

    changed = desk.json("gate", "rotate", gate)
    assert changed["before"] == old
    new = changed["printer"]
    rows = {row["printer"]: row for row in desk.json("printer", "list", "--center", "center")}
    assert (rows[old]["successor"], rows[new]["predecessor"]) == (new, old)
    assert f"followed by {new}" in desk.run("printer", "show", old)
    desk.run("gate", "run", gate, "--once")

    ended = desk.json("printer", "revoke", new, "--reason", "stolen", "--key", "center")
    assert ended["revoked_reason"] == "stolen"
    assert "revoked since" in desk.run("printer", "list")
    assert desk.run("gate", "rotate", gate, code=6).startswith("PrinterRevoked:")
    facts = [fact["what"] for fact in desk.json("audit", new)["facts"]]
    assert facts == ["PrinterEnrolled", "PrinterRevoked"]

    second = issue(desk.folder, "second", by=authority)
    desk.stack.stop()
    port = int(desk.stack.url.rpartition(":")[2])
    with Stack(settings(desk.folder, second), port=port, chain_port=0) as stack:
        assert stack.url == desk.stack.url
        desk.stack = stack
        assert desk.run("gate", "rotate", gate, code=9).startswith("CertificateChanged:")
        said = desk.run("gate", "pin", gate, code=9)
        shown = Certificate.load(second.certificate).fingerprint
        assert said.startswith("CertificateChanged:")
        assert shown in said
        renewed = desk.json("gate", "pin", gate, "--pin", shown)
        assert (renewed["before"], renewed["certificate"]) == (first, shown)
        assert desk.run("gate", "rotate", gate, code=6).startswith("PrinterRevoked:")


def test_the_service_speaks_in_the_clear_to_its_own_machine_only(tmp_path: Path) -> None:
    made = issue(tmp_path, "own")
    require_tls(Settings(home=tmp_path))
    files = {"tls_certificate": made.certificate, "tls_key": made.key}
    everywhere = {"home": tmp_path, "host": "0.0.0.0", **files}
    require_tls(Settings.model_validate(everywhere))
    for wrong in (
        {"host": "0.0.0.0"},
        {"tls_certificate": made.certificate},
        {"tls_key": made.key},
        files | {"tls_key": tmp_path / "none.key"},
    ):
        with pytest.raises(SetupError):
            require_tls(Settings.model_validate({"home": tmp_path, **wrong}))
    made.key.chmod(0o640)
    with pytest.raises(SetupError, match="chmod 600"):
        require_tls(Settings.model_validate(everywhere))
