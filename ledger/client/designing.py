"""Register designs with a key: derived from others or not, one by one or many at once.

What is signed is a document about this very file, by this title, owner and parents; where
the registry asks for a commitment, the registration waits until it has come of age.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ledger.client import answers
from ledger.client.answers import Answered, Design, DesignId
from ledger.client.uploads import Progress
from ledger.errors import CommitmentTooYoung, TransactionMismatch
from ledger.models import Cid, DerivedRegistration, Parent

if TYPE_CHECKING:
    from ledger.client.desk import Desk

Answer = TypeVar("Answer")
_LONGEST_REGISTRATION_SECONDS = 7 * 86_400
_CLOCKS_APART_SECONDS = 60
"""How long a commitment may seem too young, because the chain's clock is behind ours."""


class BatchItem(Answered):
    """One design of a batch: registered, or the problem that stood in its way."""

    design: DesignId
    registered: Design | None = None
    problem: dict[str, Any] | None = None


class BatchAnswer(Answered):
    """What became of each design of a batch, in the order given."""

    items: list[BatchItem]


def register(
    desk: Desk,
    file: Path,
    title: str,
    description: str = "",
    progress: Progress | None = None,
    parents: Sequence[Parent] = (),
) -> tuple[answers.PreparedDesign, answers.Registered]:
    """Register a design's file for the desk's key. A repeat finishes what broke off."""
    prepared, signature = prepare(desk, file, title, description, progress, parents)
    wait_for(desk, [prepared])
    registered = _patiently(
        lambda: desk.service.confirm_design(
            prepared.design, desk.address, prepared.deadline, signature, parents
        )
    )
    return prepared, registered


def register_all(
    desk: Desk, files: Sequence[tuple[Path, str]], *, all_or_nothing: bool
) -> BatchAnswer:
    """Register files, each with its title, in one transaction."""
    ready = [prepare(desk, file, title) for file, title in files]
    wait_for(desk, [prepared for prepared, _ in ready])
    items = [
        {
            "design": str(prepared.design),
            "owner": desk.address,
            "deadline": prepared.deadline,
            "signature": "0x" + signature.hex(),
        }
        for prepared, signature in ready
    ]
    return _patiently(lambda: desk.service.confirm_designs(items, all_or_nothing=all_or_nothing))


def prepare(
    desk: Desk,
    file: Path,
    title: str,
    description: str = "",
    progress: Progress | None = None,
    parents: Sequence[Parent] = (),
) -> tuple[answers.PreparedDesign, bytes]:
    """Hand a file in, and sign for what came back if it is what was asked for."""
    prepared = desk.service.upload_design(file, desk.address, title, description, progress, parents)
    _require_own_metadata(desk, prepared, title, parents)
    if prepared.deadline > desk.now() + _LONGEST_REGISTRATION_SECONDS:
        raise TransactionMismatch("The registration would stay open for more than a week.")
    if prepared.ready_at >= prepared.deadline:
        raise TransactionMismatch("The registration would be void before it could be sent.")
    if parents:
        ours = desk.domain.register_derived(
            DerivedRegistration(
                prepared.design,
                prepared.metadata,
                desk.address,
                [parent.design for parent in parents],
                [parent.share for parent in parents],
                prepared.deadline,
            )
        )
    else:
        ours = desk.domain.register(
            prepared.design, prepared.metadata, desk.address, prepared.deadline
        )
    return prepared, desk.sign(ours, prepared.typed_data)


def wait_for(desk: Desk, prepared: Sequence[answers.PreparedDesign]) -> None:
    """Return when the commitments of all of them have come of age."""
    ready_at = max((one.ready_at for one in prepared), default=0)
    while (left := ready_at - desk.now()) > 0:
        time.sleep(min(left, 5))


def _patiently(send: Callable[[], Answer]) -> Answer:
    """What `send` returns; tried again while the chain's clock is a little behind ours."""
    for _ in range(_CLOCKS_APART_SECONDS):
        try:
            return send()
        except CommitmentTooYoung:
            time.sleep(1)
    return send()


def _require_own_metadata(
    desk: Desk, prepared: answers.PreparedDesign, title: str, parents: Sequence[Parent]
) -> None:
    """What is signed must be a document about this design, by this title, owner and parents."""
    text = prepared.document.encode()
    if (
        hashlib.sha256(text).digest() != prepared.metadata
        or Cid.of_raw_block(prepared.metadata) != prepared.metadata_cid
    ):
        raise TransactionMismatch("The metadata's digest is not that of its document and CID.")
    try:
        document: Any = json.loads(text)
        properties = document["properties"]
        told = (document["name"], properties["design"], properties["designer"])
        sealed = properties["sealed"]["cid"]
        above = [(row["design"], row["share"]) for row in properties.get("parents", [])]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TransactionMismatch("The metadata is not a description of a design.") from error
    if (*told, sealed) != (title, str(prepared.design), desk.address, prepared.cid):
        raise TransactionMismatch("The metadata describes another design, owner or file.")
    if above != [(str(parent.design), parent.share) for parent in parents]:
        raise TransactionMismatch("The metadata names other parents or shares.")
