"""Three levels of designs sold in an ERC-20, through all that can happen to a license.

A base part, a bracket that derives from it (a tenth of its earnings goes up) and a lamp
that derives from the bracket (a twentieth). A thousand prints are paid for; at the end
every account has exactly what the rules say, to the smallest unit.
"""

from __future__ import annotations

import pytest

from ledger.chain import Call
from ledger.errors import LicenseRevoked, Recalled, SerialAlreadySpent
from ledger.models import Address, ContentHash, Derivation, Parent, word_mask
from ledger.signing import Signer
from tests.contracts.currency import Currency
from tests.contracts.lineage_model import Earner
from tests.contracts.scene import DAY, Scene, event_in, fresh_digest, license_in

PRICE = 12_345_677
"""Nothing that a share divides: each part is rounded."""


class Story:
    """The people, their three designs, and the model that is told what they do."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.chain = scene, scene.chain
        self.money = Currency(scene)
        self.base_owner, self.bracket_owner, self.lamp_owner = (scene.account() for _ in range(3))
        self.center, self.printer = scene.account(), scene.account()
        self.base = scene.design(self.base_owner)
        self.bracket = self.derived(self.bracket_owner, self.base_owner, self.base, 1_000)
        self.lamp = self.derived(self.lamp_owner, self.bracket_owner, self.bracket, 500)
        self.model = {self.base: Earner()}
        self.model[self.bracket] = Earner([(self.model[self.base], 1_000)])
        self.model[self.lamp] = Earner([(self.model[self.bracket], 500)])

    def derived(
        self, owner: Signer, parent_owner: Signer, parent: ContentHash, share: int
    ) -> ContentHash:
        """A design derived from `parent`, whose owner signed for it."""
        design, deadline = ContentHash(fresh_digest()), self.scene.now() + DAY
        wish = Derivation(design, parent, share, owner.address, deadline)
        consent = parent_owner.sign(self.scene.domain.derivation(wish))
        origin = Parent(parent, share, deadline, consent)
        self.scene.send(self.chain.register_derived(design, fresh_digest(), [origin]), owner)
        return design

    def sold(self, design: ContentHash, owner: Signer, quota: int) -> int:
        """A license that the center bought and paid in the ERC-20."""
        self.money.mint(self.center.address, quota * PRICE)
        self.money.approve(self.center, quota * PRICE)
        terms = self.scene.open(owner, design, currency=self.money.address, price=PRICE, grace=0)
        return license_in(self.scene.send(self.chain.buy(terms, quota), self.center))

    def redemption(self, design: ContentHash, number: int, word: int, mask: int) -> None:
        """Spend serials; the owner of the design signs, the printer sends."""
        owner = self.owner(design)
        token = self.scene.token(design, number, self.printer.address, word=word, serials=mask)
        self.scene.send(self.scene.redeem(token, owner), self.printer)

    def printed(self, design: ContentHash, number: int, first: int, end: int) -> None:
        """Print serials `first` to `end`-1, a word at a time."""
        for word in range(first // 256, -(-end // 256)):
            mask = word_mask(end, word) & ~word_mask(first, word)
            self.redemption(design, number, word, mask)

    def settled(self, design: ContentHash, number: int, first: int, words: int) -> int:
        """Settle a slice; how many prints it counted."""
        mined = self.scene.send(self.chain.settle(design, number, first, words), self.printer)
        prints = int(event_in(mined, "LicenseSettled").arguments["prints"])
        self.model[design].settled += prints * PRICE
        return prints

    def voided(self, design: ContentHash, number: int, serial: int) -> None:
        """Void a failed print; the owner says so."""
        word, mask = serial // 256, 1 << serial % 256
        call = self.chain.void_prints(design, number, word, mask, fresh_digest())
        self.scene.send(call, self.owner(design))

    def owner(self, design: ContentHash) -> Signer:
        """Who owns the design now."""
        return {
            self.base: self.base_owner,
            self.bracket: self.bracket_owner,
            self.lamp: self.lamp_owner,
        }[design]

    def withdraw(self, design: ContentHash) -> int:
        """The owner takes out what waits; the amount that arrived."""
        owner = self.owner(design)
        before = self.money.balance(owner.address)
        self.scene.send(self.chain.withdraw(design, self.money.address, owner.address), owner)
        return self.money.balance(owner.address) - before

    def pass_up(self, design: ContentHash) -> Call:
        """What anybody can send to pass a design's parents their part."""
        return self.scene.write(
            self.scene.licenses, "passUp", bytes(design), str(self.money.address)
        )

    def held(self, address: Address) -> int:
        """The balance of an account in the currency."""
        return self.money.balance(address)


@pytest.fixture(scope="module")
def story(scene: Scene) -> Story:
    """One story for the module: its tests tell it once."""
    return Story(scene)


def test_every_account_ends_with_exactly_what_the_rules_say(story: Story) -> None:
    scene, chain, model = story.scene, story.chain, story.model
    lamps = story.sold(story.lamp, story.lamp_owner, 700)
    fewer = story.sold(story.lamp, story.lamp_owner, 200)
    brackets = story.sold(story.bracket, story.bracket_owner, 100)
    assert story.held(story.center.address) == 0

    # The first lamps, settled in odd slices; one fails after it was settled, one before.
    story.printed(story.lamp, lamps, 0, 300)
    assert story.settled(story.lamp, lamps, 1, 1) == 44
    story.voided(story.lamp, lamps, 257)
    story.voided(story.lamp, lamps, 3)
    assert story.settled(story.lamp, lamps, 0, 1) == 255

    # A revocation in the middle: what was not printed goes back at once.
    story.printed(story.lamp, fewer, 0, 77)
    scene.send(chain.revoke(story.lamp, fewer, fresh_digest()), story.lamp_owner)
    scene.send(chain.refund(story.lamp, fewer, 0, 1), story.center)
    assert story.held(story.center.address) == 123 * PRICE
    with pytest.raises(LicenseRevoked):
        story.redemption(story.lamp, fewer, 0, 1 << 80)

    # The base is recalled: nothing below it prints until that is lifted.
    story.printed(story.bracket, brackets, 0, 10)
    scene.send(chain.recall(story.base, fresh_digest()), story.base_owner)
    for design, number, mask in ((story.lamp, lamps, 1 << 50), (story.bracket, brackets, 1 << 20)):
        with pytest.raises(Recalled):
            story.redemption(design, number, 1 if design == story.lamp else 0, mask)
    scene.send(chain.lift_recall(story.base, fresh_digest()), story.base_owner)

    # The bracket changes hands, with what it earned since its owner last took it out.
    story.settled(story.bracket, brackets, 0, 1)
    seller = story.bracket_owner
    first_part = story.withdraw(story.bracket)
    assert first_part == model[story.bracket].withdraw()
    story.settled(story.lamp, fewer, 0, 1)
    buyer = scene.account()
    scene.send(chain.transfer_design(story.bracket, seller.address, buyer.address), seller)
    story.bracket_owner = buyer

    # The rest, the two replacements included: serials 700 and 701.
    assert chain.license(story.lamp, lamps).quota == 702
    story.printed(story.lamp, lamps, 300, 702)
    with pytest.raises(SerialAlreadySpent):
        story.redemption(story.lamp, lamps, 0, 1 << 3)
    story.printed(story.bracket, brackets, 10, 100)
    for first, words in ((2, 7), (1, 1)):
        story.settled(story.lamp, lamps, first, words)
    story.settled(story.bracket, brackets, 0, 9)
    scene.send(story.pass_up(story.bracket), story.printer)

    earned, refunded, voided = chain.tally(lamps)
    assert (earned, refunded, voided) == (700, 0, 2)
    assert chain.tally(fewer) == (77, 123, 0)
    assert chain.tally(brackets) == (100, 0, 0)
    assert model[story.lamp].settled == 777 * PRICE

    for design in (story.lamp, story.bracket, story.base):
        assert story.withdraw(design) == model[design].withdraw()
    expected = {
        story.lamp_owner: model[story.lamp].own,
        seller: first_part,
        buyer: model[story.bracket].own - first_part,
        story.base_owner: model[story.base].own,
        story.center: 123 * PRICE,
    }
    for account, amount in expected.items():
        assert story.held(account.address) == amount
    assert sum(expected.values()) == 1_000 * PRICE
    assert story.held(scene.domain.licenses) == 0
