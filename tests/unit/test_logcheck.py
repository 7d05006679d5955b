"""What a reader of the log finds in its entries alone, believing the service nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger import entries, merkle
from ledger.checkpoints import Anchored
from ledger.client import logcheck
from ledger.client.logside import LogEntry, LogSide, ProvenEntry
from ledger.errors import LogDiffers
from ledger.models import Digest
from ledger.signing import Signer, TypedData
from ledger.tokens import LOGGED
from tests.unit.test_entries import DOMAIN, SIGNER, messages

PINNED = {SIGNER.address}
OF_A_LICENSEE = {"PrintOrder", "OrderChange", "SignOff"}
STRANGER = Signer.from_secret(b"\x08" * 32)
OF_SPEAKERS = [one for one in messages() if one.primary_type in logcheck.SPEAKERS]
OF_ISSUERS = [one for one in messages() if one.primary_type in logcheck.OF_ISSUERS]
OF_LICENSEES = [one for one in messages() if one.primary_type in OF_A_LICENSEE]


class Shown(LogSide):
    """A service that shows one entry, whoever signed it, and proves it."""

    def __init__(self, message: TypedData, signer: Signer) -> None:
        super().__init__("http://127.0.0.1:9")
        self._message, self._signer = message, signer

    @property
    def entry(self) -> bytes:
        return entries.encode(self._message, self._signer.sign(self._message))

    @property
    def checkpoint(self) -> Anchored:
        leaf = merkle.leaf_hash(self.entry)
        return Anchored(1, leaf, Digest(b"\x0a" * 32), 1)

    def log_entries(self) -> Iterator[LogEntry]:
        row = {"index": 0, "type": self._message.primary_type, "entry": self.entry.decode()}
        yield LogEntry.model_validate({**row, "digest": str(self._message.digest())})

    def log_entry(self, index: int, size: int | None = None) -> ProvenEntry:
        (shown,) = self.log_entries()
        proof = {"size": 1, "root": str(self.checkpoint.root), "proof": []}
        return ProvenEntry.model_validate({**shown.model_dump(), **proof})


@pytest.mark.parametrize("message", OF_SPEAKERS, ids=lambda one: one.primary_type)
def test_what_names_its_speaker_and_was_signed_by_another_is_found(message: TypedData) -> None:
    assert logcheck.check_all(Shown(message, SIGNER), DOMAIN, PINNED, []).entries == 1
    with pytest.raises(LogDiffers, match=f"{message.primary_type} at 0 names"):
        logcheck.check_all(Shown(message, STRANGER), DOMAIN, PINNED, [])


@pytest.mark.parametrize("message", OF_ISSUERS, ids=lambda one: one.primary_type)
def test_a_token_or_lease_that_another_than_the_pinned_issuer_signed_is_found(
    message: TypedData,
) -> None:
    ours, theirs = Shown(message, SIGNER), Shown(message, STRANGER)
    assert logcheck.check_all(ours, DOMAIN, PINNED, [ours.checkpoint]).uncovered == 0
    assert logcheck.check_entry(ours, DOMAIN, PINNED, [ours.checkpoint], 0).index == 0
    said = f"{message.primary_type} at 0 is signed by {STRANGER.address}.*{SIGNER.address}"
    with pytest.raises(LogDiffers, match=said):
        logcheck.check_all(theirs, DOMAIN, PINNED, [theirs.checkpoint])
    with pytest.raises(LogDiffers, match=said):
        logcheck.check_entry(theirs, DOMAIN, PINNED, [theirs.checkpoint], 0)
    former = PINNED | {STRANGER.address}
    assert logcheck.check_all(theirs, DOMAIN, former, [theirs.checkpoint]).uncovered == 0


@pytest.mark.parametrize("message", OF_LICENSEES, ids=lambda one: one.primary_type)
def test_what_is_about_an_order_is_held_to_no_issuer(message: TypedData) -> None:
    assert logcheck.check_all(Shown(message, STRANGER), DOMAIN, PINNED, []).entries == 1


def test_of_every_type_in_the_log_it_is_known_who_has_to_sign_it() -> None:
    assert {one.primary_type for one in OF_SPEAKERS} == set(logcheck.SPEAKERS)
    assert {one.primary_type for one in OF_ISSUERS} == logcheck.OF_ISSUERS
    assert {*logcheck.SPEAKERS, *logcheck.OF_ISSUERS, *OF_A_LICENSEE} == set(LOGGED)
