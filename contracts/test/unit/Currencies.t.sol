// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";

import {IOffers} from "../../src/interfaces/licenses/IOffers.sol";
import {IPayments} from "../../src/interfaces/licenses/IPayments.sol";
import {CHEATS} from "../base/Cheats.sol";
import {MarketBase} from "../base/MarketBase.sol";
import {OddCurrency} from "../base/OddCurrency.sol";

/// @title Money in any ERC-20, honest or not; the outline is in Currencies.tree.
contract CurrenciesTest is MarketBase {
    OddCurrency private odd;
    address private money;

    function setUp() public override {
        super.setUp();
        money = address(currency);
        odd = OddCurrency(_deploy("OddCurrency.sol:OddCurrency", ""));
        odd.mint(center, RICH);
        CHEATS.prank(center);
        odd.approve(address(licenses), type(uint256).max);
    }

    // ------------------------------------------------------------- the money

    function test_a_license_is_bought_in_an_erc20() external {
        uint256 license = _sold(DESIGN, money, 100, 10);
        _same(currency.balanceOf(address(licenses)), 1_000, "in escrow");
        _same(currency.balanceOf(center), RICH - 1_000, "paid");
        _same(licenses.paymentOf(license).price, 100, "price");
        CHEATS.assertEq(licenses.paymentOf(license).currency, money, "currency");
        _same(address(licenses).balance, 0, "nothing of the chain's own");
    }

    function test_what_is_printed_earns_and_the_rest_goes_back() external {
        uint256 license = _sold(DESIGN, money, 100, 10);
        _print(DESIGN, license, 0, 7);
        licenses.settle(DESIGN, license, 0, 1);
        _same(licenses.earningsOf(DESIGN, money), 300, "earned");
        _pass(START + 100 * DAY);
        CHEATS.prank(center);
        licenses.refund(DESIGN, license, 0, 1);
        _same(currency.balanceOf(center), RICH - 300, "paid back");
        CHEATS.prank(owner);
        licenses.withdraw(DESIGN, money, payable(owner));
        _same(currency.balanceOf(owner), 300, "withdrawn");
        _same(currency.balanceOf(address(licenses)), 0, "nothing left");
    }

    function test_a_gift_in_an_erc20_moves_nothing() external {
        odd.prepare(OddCurrency.Way.Reverts, address(0), "");
        uint256 license = _sold(DESIGN, address(odd), 0, 10);
        CHEATS.assertEq(licenses.paymentOf(license).currency, NATIVE, "no payment");
    }

    function test_no_value_comes_with_an_erc20() external {
        IOffers.Offer memory terms = _offered(DESIGN, money, 100);
        _refuse(terms, 1, abi.encodeWithSelector(IPayments.WrongPayment.selector, 0, 1));
    }

    function test_who_allows_too_little_or_has_too_little_buys_nothing() external {
        IOffers.Offer memory terms = _offered(DESIGN, money, 100);
        CHEATS.prank(center);
        currency.approve(address(licenses), 999);
        bytes4 problem = IERC20Errors.ERC20InsufficientAllowance.selector;
        _refuse(terms, 0, abi.encodeWithSelector(problem, address(licenses), 999, 1_000));
        CHEATS.prank(center);
        currency.approve(address(licenses), 1_000);
        CHEATS.prank(center);
        currency.transfer(stranger, RICH - 999);
        problem = IERC20Errors.ERC20InsufficientBalance.selector;
        _refuse(terms, 0, abi.encodeWithSelector(problem, center, 999, 1_000));
    }

    // -------------------------------------------------------- odd currencies

    function test_a_fee_on_transfer_is_refused() external {
        IOffers.Offer memory terms = _odd(OddCurrency.Way.TakesAFee);
        bytes4 problem = IPayments.PaymentShort.selector;
        _refuse(terms, 0, abi.encodeWithSelector(problem, odd, 1_000, 990));
    }

    function test_a_currency_that_says_no_is_refused() external {
        IOffers.Offer memory terms = _odd(OddCurrency.Way.SaysNo);
        _refuse(terms, 0, _failed());
    }

    function test_a_currency_that_reverts_is_refused() external {
        IOffers.Offer memory terms = _odd(OddCurrency.Way.Reverts);
        _refuse(terms, 0, abi.encodeWithSignature("Error(string)", "no"));
    }

    function test_a_currency_that_says_nothing_is_as_good_as_any() external {
        uint256 license = _bought(_odd(OddCurrency.Way.SaysNothing));
        _print(DESIGN, license, 0, 1);
        licenses.settle(DESIGN, license, 0, 1);
        CHEATS.prank(owner);
        licenses.withdraw(DESIGN, address(odd), payable(owner));
        _same(odd.balanceOf(owner), 100, "withdrawn");
        _pass(START + 100 * DAY);
        CHEATS.prank(center);
        licenses.refund(DESIGN, license, 0, 1);
        _same(odd.balanceOf(address(licenses)), 0, "paid back");
    }

    function test_a_currency_that_turns_bad_changes_nothing() external {
        uint256 license = _bought(_odd(OddCurrency.Way.Honest));
        _print(DESIGN, license, 0, 1);
        licenses.settle(DESIGN, license, 0, 1);
        _pass(START + 100 * DAY);
        odd.prepare(OddCurrency.Way.SaysNo, address(0), "");
        _refusedCall(owner, 0, _withdrawal(), _failed());
        bytes memory refund = abi.encodeCall(licenses.refund, (DESIGN, license, 0, 1));
        _refusedCall(center, 0, refund, _failed());
        _same(licenses.earningsOf(DESIGN, address(odd)), 100, "still there");
        _same(licenses.tallyOf(license).refunded, 0, "nor refunded");
    }

    // ------------------------------------------------------------- the guard

    function test_a_currency_that_calls_back_while_it_takes_moves_no_money() external {
        IOffers.Offer memory terms = _odd(OddCurrency.Way.CallsBack);
        CHEATS.prank(owner);
        registry.transferFrom(owner, address(odd), uint256(DESIGN));
        uint256 before = _earnedIn(address(odd));
        odd.prepare(OddCurrency.Way.CallsBack, address(licenses), _withdrawal());
        CHEATS.prank(center);
        licenses.buy(terms, 10);
        _stopped();
        _same(odd.balanceOf(address(licenses)), before + 1_000, "all is there");
    }

    function test_a_currency_that_calls_back_while_it_pays_moves_no_money() external {
        _earnedIn(address(this));
        bytes memory buying = abi.encodeCall(licenses.buy, (_second(), 10));
        odd.mint(address(odd), 1_000);
        odd.prepare(OddCurrency.Way.CallsBack, address(licenses), buying);
        licenses.withdraw(DESIGN, address(odd), payable(stranger));
        _stopped();
        _same(odd.balanceOf(stranger), 100, "once");
    }

    /// @dev Who reads in the middle of a payment must not take for there what has just gone.
    function test_a_currency_that_looks_while_it_pays_finds_the_books_written() external {
        _earnedIn(owner);
        bytes memory look = abi.encodeCall(licenses.earningsOf, (DESIGN, address(odd)));
        odd.prepare(OddCurrency.Way.CallsBack, address(licenses), look);
        CHEATS.prank(owner);
        licenses.withdraw(DESIGN, address(odd), payable(stranger));
        _check(odd.done(), "anybody may look");
        _same(abi.decode(odd.answer(), (uint256)), 0, "nothing waits any more");
    }

    // ---------------------------------------------------------------- permit

    function test_a_permit_and_a_purchase_are_one_batch() external {
        address buyer = _newcomer();
        IOffers.Offer memory terms = _offered(DESIGN, money, 100);
        bytes[] memory calls = new bytes[](2);
        calls[0] = _permit(buyer, buyer, 1_000);
        calls[1] = abi.encodeCall(licenses.buy, (terms, 10));
        CHEATS.prank(buyer);
        bytes[] memory results = licenses.batch(calls, true);
        uint256 license = abi.decode(results[1], (uint256));
        CHEATS.assertEq(licenses.licenseOf(DESIGN, license).licensee, buyer, "licensee");
        _same(currency.allowance(buyer, address(licenses)), 0, "used up");
    }

    function test_a_permit_that_somebody_handed_in_does_no_harm() external {
        address buyer = _newcomer();
        bytes memory data = _permit(buyer, buyer, 1_000);
        CHEATS.prank(stranger);
        (bool done,) = address(licenses).call(data);
        _check(done, "anybody may hand it in");
        CHEATS.prank(buyer);
        (done,) = address(licenses).call(data);
        _check(done, "and then it is there");
        _same(currency.allowance(buyer, address(licenses)), 1_000, "allowance");
    }

    function test_a_permit_of_another_allows_nothing() external {
        address buyer = _newcomer();
        bytes memory problem =
            abi.encodeWithSelector(IPayments.PermitFailed.selector, money, buyer);
        _refusedCall(buyer, 0, _permit(buyer, stranger, 1_000), problem);
    }

    function test_a_currency_without_permits_counts_what_is_allowed() external {
        bytes memory data = abi.encodeCall(
            licenses.permit, (address(odd), center, RICH, START, 27, REASON, REASON)
        );
        CHEATS.prank(center);
        (bool done,) = address(licenses).call(data);
        _check(done, "center allows all");
        data = abi.encodeCall(
            licenses.permit, (address(odd), stranger, 1, START, 27, REASON, REASON)
        );
        bytes4 problem = IPayments.PermitFailed.selector;
        _refusedCall(stranger, 0, data, abi.encodeWithSelector(problem, odd, stranger));
    }

    function test_what_is_no_currency_takes_no_permit() external {
        bytes4 problem = IPayments.PermitFailed.selector;
        address[2] memory none = [NATIVE, stranger];
        for (uint256 index; index < none.length; ++index) {
            CHEATS.expectRevert(abi.encodeWithSelector(problem, none[index], center));
            licenses.permit(none[index], center, 0, START, 27, REASON, REASON);
        }
    }

    // -------------------------------------------------------------- internal

    function _odd(OddCurrency.Way way) private returns (IOffers.Offer memory terms) {
        odd.prepare(way, address(0), "");
        terms = _offered(DESIGN, address(odd), 100);
    }

    function _bought(IOffers.Offer memory terms) private returns (uint256) {
        CHEATS.prank(center);
        return licenses.buy(terms, 10);
    }

    function _refuse(IOffers.Offer memory terms, uint256 value, bytes memory problem) private {
        _refusedCall(center, value, abi.encodeCall(licenses.buy, (terms, 10)), problem);
    }

    /// @dev 100 units of the odd currency wait for the design, which now belongs to `to`.
    function _earnedIn(address to) private returns (uint256) {
        address holder = registry.ownerOf(uint256(DESIGN));
        if (holder != owner) {
            CHEATS.prank(holder);
            registry.transferFrom(holder, owner, uint256(DESIGN));
        }
        odd.prepare(OddCurrency.Way.Honest, address(0), "");
        uint256 license = _sold(DESIGN, address(odd), 100, 1);
        _print(DESIGN, license, 0, 1);
        licenses.settle(DESIGN, license, 0, 1);
        CHEATS.prank(owner);
        registry.transferFrom(owner, to, uint256(DESIGN));
        return 100;
    }

    /// @dev Another offer in the honest currency, which the odd one could pay.
    function _second() private returns (IOffers.Offer memory terms) {
        currency.mint(address(odd), 1_000);
        CHEATS.prank(address(odd));
        currency.approve(address(licenses), 1_000);
        terms = _terms();
        (terms.currency, terms.price) = (money, 100);
        licenses.openOffer(terms);
    }

    function _stopped() private view {
        _check(!odd.done(), "the call back went through");
        bytes4 problem = ReentrancyGuard.ReentrancyGuardReentrantCall.selector;
        _check(bytes4(odd.answer()) == problem, "stopped by something else");
    }

    function _withdrawal() private view returns (bytes memory) {
        return abi.encodeCall(licenses.withdraw, (DESIGN, address(odd), payable(address(odd))));
    }

    function _failed() private view returns (bytes memory) {
        return abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, odd);
    }

    function _newcomer() private returns (address buyer) {
        buyer = _account("newcomer");
        currency.mint(buyer, 1_000);
    }

    function _permit(address buyer, address signer, uint256 value)
        private
        view
        returns (bytes memory)
    {
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256(
                    "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
                ),
                buyer,
                licenses,
                value,
                currency.nonces(buyer),
                uint256(START)
            )
        );
        bytes32 digest =
            keccak256(abi.encodePacked(hex"1901", currency.DOMAIN_SEPARATOR(), structHash));
        (uint8 v, bytes32 r, bytes32 s) = CHEATS.sign(secretOf[signer], digest);
        return abi.encodeCall(licenses.permit, (money, buyer, value, START, v, r, s));
    }
}
