"""A service is known by what it said at first, and held to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.client import pins
from ledger.client.answers import ServiceInfo, read
from ledger.errors import DeploymentMismatch, SetupError

URL = "http://127.0.0.1:8700"


def info(**changes: object) -> ServiceInfo:
    said = {
        "chain_id": 31337,
        "registry": "0x" + "11" * 20,
        "licenses": "0x" + "22" * 20,
        "issuer": "0x" + "33" * 20,
        "checkpoints": "0x" + "55" * 20,
        "ipfs": "embedded block store",
        "version": "0.1.0",
    }
    return read(ServiceInfo, {**said, **changes})


def test_the_first_contact_is_remembered(tmp_path: Path) -> None:
    first = pins.require(tmp_path, URL, info())
    assert pins.load(tmp_path, URL + "/") == first
    assert pins.require(tmp_path, URL, info(version="0.2.0")) == first


@pytest.mark.parametrize(
    "change",
    [
        {"chain_id": 1},
        {"registry": "0x" + "44" * 20},
        {"licenses": "0x" + "44" * 20},
        {"issuer": "0x" + "44" * 20},
    ],
)
def test_a_service_that_changed_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    pins.require(tmp_path, URL, info())
    with pytest.raises(DeploymentMismatch, match="another deployment"):
        pins.require(tmp_path, URL, info(**change))


def test_services_are_told_apart(tmp_path: Path) -> None:
    pins.require(tmp_path, URL, info())
    pins.require(tmp_path, "https://other.test", info(chain_id=1))


def test_a_broken_pin_is_not_guessed_at(tmp_path: Path) -> None:
    path = pins.pin_file(tmp_path, URL)
    path.parent.mkdir()
    path.write_text("{}")
    with pytest.raises(SetupError, match="not the pin"):
        pins.require(tmp_path, URL, info())


def test_a_home_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "services").write_text("in the way")
    with pytest.raises(SetupError):
        pins.save(tmp_path, URL, pins.Pin.of(info()))
