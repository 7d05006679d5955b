// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IRecalls} from "../../src/interfaces/IRecalls.sol";
import {ILicenses} from "../../src/interfaces/licenses/ILicenses.sol";
import {IOffers} from "../../src/interfaces/licenses/IOffers.sol";
import {IRedemption} from "../../src/interfaces/licenses/IRedemption.sol";
import {CHEATS} from "../base/Cheats.sol";
import {MarketBase} from "../base/MarketBase.sol";

/// @title Who may buy, how much, which rights, and when not; the outline is in OfferLimits.tree.
contract OfferLimitsTest is MarketBase {
    // --------------------------------------------------------- named licensee

    function test_only_the_named_licensee_buys() external {
        IOffers.Offer memory terms = _terms();
        terms.licensee = center;
        _open(terms);
        bytes4 problem = IOffers.LicenseeNotNamed.selector;
        _refuse(stranger, terms, 1, abi.encodeWithSelector(problem, center, stranger));
        _buy(terms, 1);
    }

    function test_anybody_pays_for_the_named_licensee() external {
        IOffers.Offer memory terms = _terms();
        terms.licensee = center;
        _open(terms);
        bytes4 problem = IOffers.LicenseeNotNamed.selector;
        _refused(center, abi.encodeWithSelector(problem, center, stranger));
        licenses.buyFor{value: PRICE}(terms, 1, stranger);
        CHEATS.prank(stranger);
        uint256 license = licenses.buyFor{value: PRICE}(terms, 1, center);
        CHEATS.assertEq(licenses.licenseOf(DESIGN, license).licensee, center, "licensee");
    }

    // ----------------------------------------------------------------- buyFor

    function test_who_pays_need_not_be_who_prints() external {
        IOffers.Offer memory terms = _opened();
        uint256 before = stranger.balance;
        CHEATS.prank(stranger);
        uint256 license = licenses.buyFor{value: 9 * uint256(PRICE)}(terms, 9, center);
        _same(before - stranger.balance, 9 * uint256(PRICE), "the sender paid");
        CHEATS.assertEq(licenses.licenseOf(DESIGN, license).licensee, center, "licensee");
        _pass(START + 100 * DAY);
        uint256 had = center.balance;
        CHEATS.prank(center);
        licenses.refund(DESIGN, license, 0, 1);
        _same(center.balance - had, 9 * uint256(PRICE), "and the licensee is paid back");
    }

    function test_nobody_can_be_given_a_license() external {
        IOffers.Offer memory terms = _opened();
        _refused(
            center, abi.encodeWithSelector(ILicenses.InvalidRecipient.selector, address(0))
        );
        licenses.buyFor{value: PRICE}(terms, 1, address(0));
    }

    function test_the_sender_pays_for_another_in_an_erc20_too() external {
        IOffers.Offer memory terms = _offered(DESIGN, address(currency), 100);
        CHEATS.prank(center);
        uint256 license = licenses.buyFor(terms, 9, stranger);
        _same(currency.balanceOf(center), RICH - 900, "the sender paid");
        CHEATS.assertEq(licenses.licenseOf(DESIGN, license).licensee, stranger, "licensee");
    }

    // --------------------------------------------------------- maxPerLicensee

    function test_a_licensee_buys_so_many_prints_at_most() external {
        IOffers.Offer memory terms = _terms();
        terms.maxPerLicensee = 100;
        _open(terms);
        _refuse(center, terms, 101, _tooMany(0, 100));
        _buy(terms, 60);
        _same(licenses.boughtUnder(licenses.hashOffer(terms), center), 60, "counted");
        _refuse(center, terms, 41, _tooMany(60, 100));
        _buy(terms, 40);
        _refuse(center, terms, 1, _tooMany(100, 100));
        CHEATS.prank(stranger);
        licenses.buy{value: 100 * uint256(PRICE)}(terms, 100);
    }

    function test_the_greatest_limit_does_not_overflow() external {
        IOffers.Offer memory terms = _terms();
        (terms.price, terms.maxQuota) = (0, type(uint32).max);
        terms.maxPerLicensee = type(uint32).max;
        _open(terms);
        CHEATS.prank(center);
        licenses.buy(terms, type(uint32).max);
        bytes memory problem = _tooMany(type(uint32).max, type(uint32).max);
        _refusedCall(center, 0, abi.encodeCall(licenses.buy, (terms, 1)), problem);
    }

    function test_without_a_limit_nothing_is_counted() external {
        IOffers.Offer memory terms = _opened();
        _buy(terms, 60);
        _same(licenses.boughtUnder(licenses.hashOffer(terms), center), 0, "not counted");
    }

    // ----------------------------------------------------------------- rights

    function test_an_offer_gives_rights_that_exist() external {
        uint8[4] memory wrong = [1, 16, 32, 255];
        for (uint256 index; index < wrong.length; ++index) {
            IOffers.Offer memory terms = _terms();
            terms.rights = wrong[index];
            _refused(owner, abi.encodeWithSelector(ILicenses.RightsUnknown.selector, wrong[index]));
            licenses.openOffer(terms);
        }
    }

    function test_a_license_has_the_rights_of_its_offer() external {
        for (uint8 rights; rights <= 14; rights += 2) {
            IOffers.Offer memory terms = _terms();
            terms.rights = rights;
            _open(terms);
            _same(licenses.licenseOf(DESIGN, _buy(terms, 1)).flags, rights, "flags");
        }
    }

    // --------------------------------------------------- withdrawn or recalled

    function test_what_was_withdrawn_from_sale_is_neither_offered_nor_sold() external {
        IOffers.Offer memory terms = _opened();
        uint256 license = _buy(terms, 9);
        CHEATS.prank(owner);
        registry.withdrawFromSale(DESIGN);
        bytes memory problem = abi.encodeWithSelector(IRecalls.NotForSale.selector, DESIGN);
        _refuse(center, terms, 1, problem);
        _refused(owner, problem);
        licenses.openOffer(terms);
        _print(DESIGN, license, 0, 1);
        CHEATS.prank(owner);
        registry.returnToSale(DESIGN);
        _buy(terms, 1);
    }

    function test_what_was_recalled_is_neither_offered_nor_sold_nor_printed() external {
        _deriveOwn(CHILD, DESIGN);
        IOffers.Offer memory terms = _offered(CHILD, NATIVE, PRICE);
        uint256 license = _buy(terms, 9);
        _recall(DESIGN);
        bytes memory problem = abi.encodeWithSelector(IRecalls.Recalled.selector, CHILD, DESIGN);
        _refuse(center, terms, 1, problem);
        _refused(owner, problem);
        licenses.openOffer(terms);
        IRedemption.PrintToken memory token = _token(license);
        token.design = CHILD;
        bytes memory signature = _signed(token, owner);
        _refused(printer, problem);
        licenses.redeem(token, signature, 1);
        CHEATS.prank(owner);
        registry.liftRecall(DESIGN, REASON);
        _print(CHILD, license, 0, 1);
        _buy(terms, 1);
    }

    // ---------------------------------------------------------------- internal

    function _open(IOffers.Offer memory terms) private {
        CHEATS.prank(owner);
        licenses.openOffer(terms);
    }

    function _buy(IOffers.Offer memory terms, uint32 quota) private returns (uint256) {
        CHEATS.prank(center);
        return licenses.buy{value: uint256(terms.price) * quota}(terms, quota);
    }

    function _refuse(address who, IOffers.Offer memory terms, uint32 quota, bytes memory problem)
        private
    {
        uint256 due = uint256(terms.price) * quota;
        _refusedCall(who, due, abi.encodeCall(licenses.buy, (terms, quota)), problem);
    }

    function _tooMany(uint32 bought, uint32 most) private view returns (bytes memory) {
        return
            abi.encodeWithSelector(IOffers.TooManyForLicensee.selector, center, bought, most);
    }
}
