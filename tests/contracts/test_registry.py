"""DesignRegistry: registering, issuers and ERC-721."""

from __future__ import annotations

import base64

import pytest

from ledger.errors import (
    DesignAlreadyRegistered,
    DesignNotFound,
    ExpiryInPast,
    InvalidIssuer,
    InvalidRecipient,
    MetadataMissing,
    NotDesignOwner,
)
from ledger.models import NATIVE_CURRENCY, ZERO_DIGEST, Cid, ContentHash
from ledger.signing import Signer
from tests.contracts.scene import DAY, Scene, event_in, fresh_digest, same_values

ZERO = NATIVE_CURRENCY


# ------------------------------------------------------------------- register


def test_a_registered_design_belongs_to_its_sender_and_keeps_its_metadata(
    scene: Scene, owner: Signer
) -> None:
    design, metadata = ContentHash(fresh_digest()), fresh_digest()
    mined = scene.send(scene.chain.register(design, metadata), owner)
    assert scene.chain.design_owner(design) == owner.address
    assert scene.chain.metadata_of(design) == metadata
    assert [event.name for event in mined.events] == ["Transfer", "DesignRegistered"]
    assert same_values(mined.events[0].arguments) == same_values(
        {"from": ZERO, "to": owner.address, "tokenId": int(design)}
    )
    assert same_values(mined.events[1].arguments) == same_values(
        {"design": design, "designer": owner.address, "metadata": metadata}
    )


def test_the_same_file_cannot_be_registered_again_and_the_owner_is_named(
    scene: Scene, owner: Signer, stranger: Signer
) -> None:
    design = scene.design(owner)
    metadata = scene.chain.metadata_of(design)
    again = scene.chain.register(design, fresh_digest())
    for sender in (stranger, owner):
        scene.refused(DesignAlreadyRegistered, again, sender, design=design, owner=owner.address)
    assert scene.chain.metadata_of(design) == metadata


def test_after_a_sale_the_present_owner_is_named(
    scene: Scene, owner: Signer, buyer: Signer
) -> None:
    design = scene.design(owner)
    scene.send(scene.chain.transfer_design(design, owner.address, buyer.address), owner)
    again = scene.chain.register(design, fresh_digest())
    scene.refused(DesignAlreadyRegistered, again, owner, design=design, owner=buyer.address)


def test_a_design_without_metadata_is_refused(scene: Scene, owner: Signer) -> None:
    design = ContentHash(fresh_digest())
    scene.refused(MetadataMissing, scene.chain.register(design, ZERO_DIGEST), owner, design=design)


def test_nothing_is_told_about_a_design_that_nobody_registered(scene: Scene, owner: Signer) -> None:
    design = ContentHash(fresh_digest())
    for read in (
        lambda: scene.chain.design_owner(design),
        lambda: scene.chain.metadata_of(design),
        lambda: scene.chain.token_uri(design),
        lambda: scene.chain.may_issue(design, owner.address),
        lambda: scene.view(scene.registry, "isOwnerOf", bytes(design), owner.address),
    ):
        with pytest.raises(DesignNotFound) as caught:
            read()
        assert same_values(caught.value.facts) == same_values({"design": design})


# ------------------------------------------------------------------- tokenURI


def test_the_token_uri_is_the_cid_of_the_metadata_as_one_raw_block(
    scene: Scene, owner: Signer
) -> None:
    design, metadata = ContentHash(fresh_digest()), fresh_digest()
    scene.send(scene.chain.register(design, metadata), owner)
    uri = scene.chain.token_uri(design)
    assert uri == f"ipfs://f01551220{metadata.hex()}"
    # The same CID in the base that the rest of Platemark writes.
    raw = bytes.fromhex(uri.removeprefix("ipfs://f"))
    assert "b" + base64.b32encode(raw).decode().rstrip("=").lower() == Cid.of_raw_block(metadata)


def test_leading_zeros_of_the_metadata_digest_stay_in_the_token_uri(
    scene: Scene, owner: Signer
) -> None:
    design, metadata = ContentHash(fresh_digest()), type(fresh_digest()).of_int(0xAB)
    scene.send(scene.chain.register(design, metadata), owner)
    assert scene.chain.token_uri(design) == "ipfs://f01551220" + "00" * 31 + "ab"


# -------------------------------------------------------------------- issuers


def test_an_issuer_may_sign_until_just_before_the_expiry(
    scene: Scene, owner: Signer, stranger: Signer
) -> None:
    design, expiry = scene.design(owner), scene.now() + DAY
    mined = scene.send(scene.chain.authorize_issuer(stranger.address, expiry), owner)
    assert same_values(event_in(mined, "IssuerAuthorized").arguments) == same_values(
        {"designer": owner.address, "issuer": stranger.address, "expiry": expiry}
    )
    assert scene.chain.issuer_expiry(owner.address, stranger.address) == expiry
    scene.pass_to(expiry - 1)
    assert scene.chain.may_issue(design, stranger.address)
    scene.pass_to(expiry)
    assert not scene.chain.may_issue(design, stranger.address)


def test_the_owner_may_always_sign_and_a_stranger_never(
    scene: Scene, owner: Signer, stranger: Signer
) -> None:
    design = scene.design(owner)
    assert scene.chain.may_issue(design, owner.address)
    assert not scene.chain.may_issue(design, stranger.address)
    assert scene.view(scene.registry, "isOwnerOf", bytes(design), owner.address) is True
    assert scene.view(scene.registry, "isOwnerOf", bytes(design), stranger.address) is False


def test_an_issuer_of_one_designer_is_none_of_another(
    scene: Scene, owner: Signer, buyer: Signer, stranger: Signer
) -> None:
    design = scene.design(buyer)
    scene.send(scene.chain.authorize_issuer(stranger.address, scene.now() + DAY), owner)
    assert not scene.chain.may_issue(design, stranger.address)


def test_a_removed_issuer_may_not_sign_any_more(
    scene: Scene, owner: Signer, stranger: Signer
) -> None:
    design = scene.design(owner)
    scene.send(scene.chain.authorize_issuer(stranger.address, scene.now() + DAY), owner)
    mined = scene.send(scene.chain.remove_issuer(stranger.address), owner)
    assert same_values(event_in(mined, "IssuerAuthorized").arguments) == same_values(
        {"designer": owner.address, "issuer": stranger.address, "expiry": 0}
    )
    assert not scene.chain.may_issue(design, stranger.address)
    assert scene.chain.issuer_expiry(owner.address, stranger.address) == 0


def test_an_authorization_must_end_in_the_future(
    scene: Scene, owner: Signer, stranger: Signer
) -> None:
    moment = scene.now() + 10
    call = scene.chain.authorize_issuer(stranger.address, moment)
    scene.refused(ExpiryInPast, call, owner, at=moment, expiry=moment)
    later = scene.chain.authorize_issuer(stranger.address, moment + 5)
    scene.send(later, owner, at=moment + 4)


def test_the_zero_address_is_no_issuer(scene: Scene, owner: Signer) -> None:
    call = scene.chain.authorize_issuer(ZERO, scene.now() + DAY)
    scene.refused(InvalidIssuer, call, owner, issuer=ZERO)


# -------------------------------------------------------------------- ERC-721


def test_it_names_itself_and_supports_erc721_with_metadata(scene: Scene) -> None:
    assert scene.view(scene.registry, "name") == "Platemark Design"
    assert scene.view(scene.registry, "symbol") == "PLATE"
    for interface in ("01ffc9a7", "80ac58cd", "5b5e139f"):
        assert scene.view(scene.registry, "supportsInterface", bytes.fromhex(interface)) is True
    assert scene.view(scene.registry, "supportsInterface", bytes.fromhex("ffffffff")) is False


def test_its_domain_can_be_read_as_erc5267_asks(scene: Scene) -> None:
    answer = scene.view(scene.registry, "eip712Domain")
    assert answer == [
        b"\x0f",
        "Platemark",
        "1",
        31337,
        str(scene.domain.registry),
        bytes(32),
        [],
    ]


def test_a_transfer_moves_the_design_and_the_balances(
    scene: Scene, owner: Signer, buyer: Signer
) -> None:
    design = scene.design(owner)
    mined = scene.send(scene.chain.transfer_design(design, owner.address, buyer.address), owner)
    assert same_values(event_in(mined, "Transfer").arguments) == same_values(
        {"from": owner.address, "to": buyer.address, "tokenId": int(design)}
    )
    assert scene.chain.design_owner(design) == buyer.address
    assert scene.view(scene.registry, "balanceOf", str(owner.address)) == 0
    assert scene.view(scene.registry, "balanceOf", str(buyer.address)) == 1


def test_an_approved_account_may_transfer_once(
    scene: Scene, owner: Signer, buyer: Signer, stranger: Signer
) -> None:
    design = scene.design(owner)
    approve = scene.write(scene.registry, "approve", str(stranger.address), int(design))
    scene.send(approve, owner)
    assert scene.view(scene.registry, "getApproved", int(design)) == stranger.address
    move = scene.chain.transfer_design(design, owner.address, buyer.address)
    scene.send(move, stranger)
    back = scene.chain.transfer_design(design, buyer.address, owner.address)
    scene.refused(NotDesignOwner, back, stranger, operator=stranger.address, token_id=int(design))


def test_an_operator_may_transfer_until_it_is_dismissed(
    scene: Scene, owner: Signer, stranger: Signer
) -> None:
    first, second = scene.design(owner), scene.design(owner)
    scene.send(scene.write(scene.registry, "setApprovalForAll", str(stranger.address), True), owner)
    assert scene.view(scene.registry, "isApprovedForAll", str(owner.address), str(stranger.address))
    scene.send(scene.chain.transfer_design(first, owner.address, stranger.address), stranger)
    scene.send(
        scene.write(scene.registry, "setApprovalForAll", str(stranger.address), False), owner
    )
    scene.refused(
        NotDesignOwner,
        scene.chain.transfer_design(second, owner.address, stranger.address),
        stranger,
        operator=stranger.address,
        token_id=int(second),
    )


def test_a_transfer_in_the_name_of_somebody_else_is_refused(
    scene: Scene, owner: Signer, buyer: Signer, stranger: Signer
) -> None:
    design = scene.design(owner)
    scene.refused(
        NotDesignOwner,
        scene.chain.transfer_design(design, stranger.address, buyer.address),
        owner,
        sender=stranger.address,
        token_id=int(design),
        owner=owner.address,
    )


def test_a_design_cannot_be_given_to_nobody_so_it_is_never_unregistered(
    scene: Scene, owner: Signer
) -> None:
    design = scene.design(owner)
    call = scene.chain.transfer_design(design, owner.address, ZERO)
    scene.refused(InvalidRecipient, call, owner, receiver=ZERO)


def test_erc721s_other_refusals_have_platemark_names(
    scene: Scene, owner: Signer, stranger: Signer
) -> None:
    design, unknown = scene.design(owner), int(fresh_digest())
    scene.refused(
        DesignNotFound,
        scene.write(
            scene.registry, "transferFrom", str(owner.address), str(owner.address), unknown
        ),
        owner,
        token_id=unknown,
    )
    approve = scene.write(scene.registry, "approve", str(stranger.address), int(design))
    scene.refused(NotDesignOwner, approve, stranger, approver=stranger.address)
    nobody = scene.write(scene.registry, "setApprovalForAll", ZERO, True)
    scene.refused(InvalidRecipient, nobody, owner, operator=ZERO)
    with pytest.raises(InvalidRecipient) as caught:
        scene.view(scene.registry, "balanceOf", ZERO)
    assert same_values(caught.value.facts) == same_values({"owner": ZERO})


def test_a_safe_transfer_to_a_contract_that_takes_no_designs_is_refused(
    scene: Scene, owner: Signer
) -> None:
    design, wallet = scene.design(owner), scene.actor("TestWallet", owner, 0)
    safe = scene.write(
        scene.registry,
        "safeTransferFrom(address,address,uint256)",
        str(owner.address),
        str(wallet.address),
        int(design),
    )
    scene.refused(InvalidRecipient, safe, owner, receiver=wallet.address)
    move = scene.chain.transfer_design(design, owner.address, wallet.address)
    # The plain transfer asks nobody: who sends to a contract wallet knows why.
    scene.send(move, owner)
    assert scene.chain.design_owner(design) == wallet.address
