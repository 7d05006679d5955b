"""CrisisPledges through Python: its address, its calls, what it holds, ERC-1271 councils."""

from __future__ import annotations

import pytest

from ledger.chain import Mined
from ledger.errors import (
    BadSignature,
    CrisisNotFound,
    CrisisOver,
    LicenseIrrevocable,
    NotIssuer,
    NotPrintLicenses,
    SignatureSpent,
)
from ledger.models import (
    Address,
    ContentHash,
    CrisisDeclaration,
    Digest,
    PledgeTerms,
    Region,
    Rights,
)
from ledger.signing import Signer
from tests.contracts.scene import DAY, Scene, event_in, fresh_digest

REGION = Region("TR-31").word


@pytest.fixture
def council(scene: Scene) -> Signer:
    """A council of one."""
    return scene.account()


@pytest.fixture
def signer(scene: Scene) -> Signer:
    """Who signs the tokens of a crisis."""
    return scene.account()


def pledged(scene: Scene, owner: Signer, council: Address) -> tuple[ContentHash, PledgeTerms]:
    """A design and what its owner pledged of it."""
    design = scene.design(owner)
    terms = PledgeTerms(scene.now() + 365 * DAY, 30 * DAY, 4, 10, fresh_digest())
    scene.send(scene.chain.crises.pledge(design, council, terms), owner)
    return design, terms


def declared(scene: Scene, council: Signer, signer: Signer) -> int:
    """The number of a crisis of 60 days."""
    call = scene.chain.crises.declare(
        REGION, scene.now() + 60 * DAY, fresh_digest(), signer.address
    )
    return number_in(scene.send(call, council))


def number_in(mined: Mined) -> int:
    return int(event_in(mined, "CrisisDeclared").arguments["crisis"])


def taken(scene: Scene, design: ContentHash, crisis: int, center: Signer) -> int:
    """The number of a license of two prints."""
    mined = scene.send(scene.chain.crises.take(design, crisis, 2), center)
    return int(event_in(mined, "CrisisLicenseTaken").arguments["license"])


def test_its_address_follows_from_the_licenses(scene: Scene) -> None:
    with scene.chain.rpc.translated():
        told = scene.licenses.functions.crisisPledges().call()
    assert Address(told) == scene.domain.pledges


def test_a_pledge_is_read_as_it_was_made(scene: Scene, owner: Signer, council: Signer) -> None:
    design, terms = pledged(scene, owner, council.address)
    found = scene.chain.crises.pledge_of(design, council.address)
    assert found is not None
    assert (found.terms, found.taken) == (terms, 0)
    assert scene.chain.crises.pledge_of(design, owner.address) is None


def test_a_license_is_taken_and_told(
    scene: Scene, owner: Signer, council: Signer, signer: Signer, buyer: Signer
) -> None:
    design, terms = pledged(scene, owner, council.address)
    crisis = declared(scene, council, signer)
    number = taken(scene, design, crisis, buyer)
    crises = scene.chain.crises
    license = scene.chain.license(design, number)
    assert (license.licensee, license.quota, license.grace) == (buyer.address, 2, 0)
    assert license.rights == Rights.CRISIS | Rights.IRREVOCABLE
    assert license.expiry <= scene.now() + terms.max_duration
    assert crises.crisis_of_license(number) == crisis
    assert crises.crisis_of_license(number + 1) is None
    assert crises.may_issue(number, signer.address)
    assert not crises.may_issue(number, owner.address)
    assert not crises.may_issue(number + 1, signer.address)
    told = crises.pledge_of(design, council.address)
    assert told is not None
    assert told.taken == 2
    revoking = scene.chain.revoke(design, number, fresh_digest())
    scene.refused(LicenseIrrevocable, revoking, owner, design=design, license=number)


def test_the_signer_that_the_council_named_redeems_and_no_other(
    scene: Scene, owner: Signer, council: Signer, signer: Signer, buyer: Signer, printer: Signer
) -> None:
    design, _ = pledged(scene, owner, council.address)
    crisis = declared(scene, council, signer)
    number = taken(scene, design, crisis, buyer)
    token = scene.token(design, number, printer.address, serials=0b11)
    by_council = scene.redeem(token, council, 1)
    scene.refused(NotIssuer, by_council, printer, design=design, signer=council.address)
    scene.send(scene.chain.crises.end(crisis), council)
    scene.send(scene.redeem(token, signer, 1), printer)
    scene.send(scene.redeem(token, owner, 2), printer)
    assert scene.chain.spent(number, 0) == 0b11


def test_the_signer_of_a_crisis_signs_for_no_bought_license(
    scene: Scene, owner: Signer, council: Signer, signer: Signer, buyer: Signer, printer: Signer
) -> None:
    design, _ = pledged(scene, owner, council.address)
    declared(scene, council, signer)
    number = scene.granted(owner, design, buyer.address, 2)
    token = scene.token(design, number, printer.address)
    by_signer = scene.redeem(token, signer)
    scene.refused(NotIssuer, by_signer, printer, design=design, signer=signer.address)


def test_a_crisis_is_read_before_and_after_its_end(
    scene: Scene, council: Signer, signer: Signer, buyer: Signer
) -> None:
    crises = scene.chain.crises
    number = declared(scene, council, signer)
    found = crises.crisis(number)
    assert (found.council, found.signer, found.ended) == (council.address, signer.address, None)
    assert found.over_from == found.until
    mined = scene.send(crises.end(number), council)
    ended = crises.crisis(number)
    assert ended.over_from == ended.ended == event_in(mined, "CrisisEnded").block_time
    since = ended.over_from
    scene.refused(CrisisOver, crises.end(number), council, crisis=number, since=since)
    late = crises.take(ContentHash(fresh_digest()), number, 1)
    scene.refused(CrisisOver, late, buyer, crisis=number, since=since)
    with pytest.raises(CrisisNotFound):
        crises.crisis(number + 1)


def test_a_council_of_many_declares_and_ends_by_its_wallet(
    scene: Scene, council: Signer, signer: Signer, stranger: Signer
) -> None:
    crises = scene.chain.crises
    wallet = scene.actor("TestWallet", council, 0)
    message = CrisisDeclaration(
        wallet.address,
        REGION,
        scene.now() + DAY,
        fresh_digest(),
        signer.address,
        fresh_digest(),
        scene.now() + DAY,
    )
    typed = scene.domain.crisis_declaration(message)
    forged = crises.declare_by_sig(message, stranger.sign(typed))
    scene.refused(BadSignature, forged, stranger, signer=wallet.address)
    call = crises.declare_by_sig(message, council.sign(typed))
    number = number_in(scene.send(call, stranger))
    assert crises.crisis(number).council == wallet.address
    scene.refused(SignatureSpent, call, stranger, signer=wallet.address, digest=typed.digest())
    deadline = scene.now() + DAY
    signature = council.sign(scene.domain.crisis_end(number, deadline))
    scene.send(crises.end_by_sig(number, deadline, signature), stranger)
    assert crises.crisis(number).ended is not None


def test_named_centers_are_told(
    scene: Scene, council: Signer, buyer: Signer, owner: Signer
) -> None:
    crises = scene.chain.crises
    assert crises.may_take(council.address, owner.address)
    scene.send(crises.name_centers([buyer.address], named=True), council)
    assert crises.may_take(council.address, buyer.address)
    assert not crises.may_take(council.address, owner.address)
    scene.send(crises.name_centers([buyer.address], named=False), council)
    assert not crises.may_take(council.address, buyer.address)


def test_nobody_else_counts_licenses(scene: Scene, owner: Signer, council: Signer) -> None:
    design, _ = pledged(scene, owner, council.address)
    call = scene.write(scene.chain._pledges, "admit", 1, bytes(design), 1, str(owner.address), 1)
    scene.refused(NotPrintLicenses, call, owner, caller=owner.address)


@pytest.mark.parametrize("text", ["UA", "TR-31", "US-CA", "GB-ENG"])
def test_a_region_is_kept_as_text(text: str) -> None:
    word = Region(text).word
    assert bytes(word).rstrip(b"\0").decode() == text
    assert Region.show(word) == text


def test_a_region_that_is_none_is_shown_as_it_is() -> None:
    word = Digest(b"nowhere".ljust(32, b"\0"))
    assert Region.show(word) == str(word)
