"""What a reader of the log finds in its entries alone, believing the service nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger import entries
from ledger.client import logcheck
from ledger.client.logside import LogEntry, LogSide
from ledger.errors import LogDiffers
from ledger.signing import Signer, TypedData
from tests.unit.test_entries import DOMAIN, SIGNER, messages

STRANGER = Signer.from_secret(b"\x08" * 32)
OF_SPEAKERS = [one for one in messages() if one.primary_type in logcheck.SPEAKERS]


class Shown(LogSide):
    """A service that shows one entry, whoever signed it."""

    def __init__(self, message: TypedData, signer: Signer) -> None:
        super().__init__("http://127.0.0.1:9")
        self._message, self._signer = message, signer

    def log_entries(self) -> Iterator[LogEntry]:
        data = entries.encode(self._message, self._signer.sign(self._message))
        row = {"index": 0, "type": self._message.primary_type, "entry": data.decode()}
        yield LogEntry.model_validate({**row, "digest": str(self._message.digest())})


@pytest.mark.parametrize("message", OF_SPEAKERS, ids=lambda one: one.primary_type)
def test_what_names_its_speaker_and_was_signed_by_another_is_found(message: TypedData) -> None:
    assert logcheck.check_all(Shown(message, SIGNER), DOMAIN, []).entries == 1
    with pytest.raises(LogDiffers, match=f"{message.primary_type} at 0 names"):
        logcheck.check_all(Shown(message, STRANGER), DOMAIN, [])


def test_every_type_that_names_its_speaker_is_tried_here() -> None:
    assert {one.primary_type for one in OF_SPEAKERS} == set(logcheck.SPEAKERS)
