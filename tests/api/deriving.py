"""What designers hand in and sign for derived designs, and what owners say of theirs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ledger.models import ContentHash, Derivation, DerivedRegistration, Digest, Parent
from tests.scene import new_file
from tests.service import Party

OCTETS = {"content-type": "application/octet-stream"}


def upload(who: Party, file: Path, parents: list[Parent]) -> dict[str, Any]:
    """Upload a file as derived from these parents."""
    query: dict[str, Any] = {
        "owner": who.address,
        "title": "A derived part",
        "parent": [f"{parent.design}:{parent.share}" for parent in parents],
    }
    prepared: dict[str, Any] = who.ok(
        "POST", "/designs", params=query, content=file.read_bytes(), headers=OCTETS
    )
    return prepared


def signed(who: Party, prepared: dict[str, Any], parents: list[Parent]) -> dict[str, Any]:
    """What POST /designs/{design}/registration takes."""
    message = who.domain.register_derived(
        DerivedRegistration(
            ContentHash.parse(prepared["design"]),
            Digest.parse(prepared["metadata"]),
            who.address,
            [parent.design for parent in parents],
            [parent.share for parent in parents],
            prepared["deadline"],
        )
    )
    assert message.as_json() == prepared["typed_data"]
    return {
        "owner": who.address,
        "deadline": prepared["deadline"],
        "signature": "0x" + who.signer.sign(message).hex(),
        "parents": [
            {
                "design": str(parent.design),
                "share": parent.share,
                "deadline": parent.deadline,
                **({"consent": "0x" + parent.consent.hex()} if parent.consent else {}),
            }
            for parent in parents
        ],
    }


def derive(who: Party, folder: Path, parents: list[Parent]) -> ContentHash:
    """A new file registered as derived from these parents."""
    prepared = upload(who, new_file(folder), parents)
    who.ok(
        "POST",
        f"/designs/{prepared['design']}/registration",
        json=signed(who, prepared, parents),
    )
    return ContentHash.parse(prepared["design"])


def agreed(giver: Party, parent: ContentHash, said: Derivation) -> Parent:
    """The parent with its owner's consent."""
    assert said.parent == parent
    signature = giver.signer.sign(giver.domain.derivation(said))
    return Parent(parent, said.share, said.deadline, signature)


def owners(party: Callable[[], Party], folder: Path) -> tuple[Party, ContentHash]:
    """A designer with a design of theirs."""
    who = party()
    return who, who.register(new_file(folder))


def say(who: Party, design: ContentHash, what: str, **body: Any) -> dict[str, Any]:
    """Sign and send what the owner says of a design."""
    route = f"/designs/{design}/{what}"
    return who.send(who.ok("POST", route, json={"owner": who.address, **body}))
