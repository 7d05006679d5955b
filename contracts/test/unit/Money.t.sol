// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IEscrow} from "../../src/interfaces/licenses/IEscrow.sol";
import {ILicenses} from "../../src/interfaces/licenses/ILicenses.sol";
import {IPayments} from "../../src/interfaces/licenses/IPayments.sol";
import {IRoyalties} from "../../src/interfaces/licenses/IRoyalties.sol";
import {Base} from "../base/Base.sol";
import {CHEATS} from "../base/Cheats.sol";
import {TestReceiver} from "../TestReceiver.sol";

/// @title settle, refund and withdraw; the outline is in Money.tree.
contract MoneyTest is Base {
    uint256 private constant FULL = type(uint256).max;
    uint32 private constant ALL = type(uint32).max;
    uint256 private license;

    /// @dev A license for 600 prints that was paid for; 3 + 256 + 1 of them are printed.
    function setUp() public override {
        super.setUp();
        license = _bought(600);
        _printed(license, 0, 7);
        _printed(license, 1, FULL);
        _printed(license, 2, 1 << 87);
    }

    // ---------------------------------------------------------------- settle

    function test_spent_serials_earn_their_price() external {
        CHEATS.expectEmit(address(licenses));
        emit IEscrow.LicenseSettled(DESIGN, license, 260, 260 * uint256(PRICE));
        CHEATS.prank(stranger);
        _same(licenses.settle(DESIGN, license, 0, 3), 260, "prints");
        _same(licenses.earningsOf(DESIGN, NATIVE), 260 * uint256(PRICE), "earnings");
        _tally(260, 0);
    }

    function test_slices_of_any_size_and_order_settle_the_same() external {
        _same(licenses.settle(DESIGN, license, 1, 1), 256, "second word");
        _same(licenses.settle(DESIGN, license, 2, ALL), 1, "third word, and what is past it");
        _same(licenses.settle(DESIGN, license, 0, ALL), 3, "the rest");
        _tally(260, 0);
    }

    function test_a_serial_is_settled_once() external {
        licenses.settle(DESIGN, license, 0, 3);
        _unsettled(0, 3);
        _printed(license, 0, 8);
        _same(licenses.settle(DESIGN, license, 0, 3), 1, "only the new one");
        _tally(261, 0);
    }

    function test_no_words_hold_nothing() external {
        _unsettled(0, 0);
        _unsettled(3, 5);
        _unsettled(ALL, ALL);
    }

    function test_what_was_not_paid_for_earns_nothing() external {
        license = _granted(9);
        _printed(license, 0, 7);
        _unsettled(0, 1);
        _tally(0, 0);
    }

    function test_an_unknown_license_is_neither_settled_nor_refunded() external {
        bytes memory problem =
            abi.encodeWithSelector(ILicenses.LicenseNotFound.selector, REASON, license);
        CHEATS.expectRevert(problem);
        licenses.settle(REASON, license, 0, 3);
        _refused(center, problem);
        licenses.refund(REASON, license, 0, 3);
    }

    // ---------------------------------------------------------------- refund

    function test_unspent_serials_are_paid_back() external {
        _end();
        uint256 before = center.balance;
        CHEATS.expectEmit(address(licenses));
        emit IEscrow.LicenseRefunded(DESIGN, license, center, 340, 340 * uint256(PRICE));
        CHEATS.prank(center);
        _same(licenses.refund(DESIGN, license, 0, 3), 340, "prints");
        _same(center.balance - before, 340 * uint256(PRICE), "paid back");
        _tally(0, 340);
        _same(licenses.settle(DESIGN, license, 0, 3), 260, "what was printed is still earned");
        _tally(260, 340);
    }

    function test_slices_of_any_size_and_order_refund_the_same() external {
        _end();
        CHEATS.prank(center);
        _same(licenses.refund(DESIGN, license, 2, ALL), 87, "third word");
        CHEATS.prank(center);
        _same(licenses.refund(DESIGN, license, 0, 2), 253, "first and second");
        _tally(0, 340);
    }

    function test_a_serial_is_refunded_once() external {
        _end();
        CHEATS.prank(center);
        licenses.refund(DESIGN, license, 0, 3);
        bytes4 problem = IEscrow.NothingToRefund.selector;
        _refused(center, abi.encodeWithSelector(problem, DESIGN, license));
        licenses.refund(DESIGN, license, 0, 3);
    }

    function test_what_was_not_paid_for_is_not_paid_back() external {
        license = _granted(9);
        _end();
        bytes4 problem = IEscrow.NothingToRefund.selector;
        _refused(center, abi.encodeWithSelector(problem, DESIGN, license));
        licenses.refund(DESIGN, license, 0, 3);
    }

    function test_only_the_licensee_is_paid_back() external {
        _end();
        bytes4 problem = ILicenses.NotLicensee.selector;
        _refused(owner, abi.encodeWithSelector(problem, DESIGN, license, owner));
        licenses.refund(DESIGN, license, 0, 3);
    }

    function test_a_refund_opens_when_nothing_can_be_redeemed() external {
        uint256 opens = START + 90 * DAY + GRACE * HOUR;
        _pass(opens - 1);
        bytes4 problem = IEscrow.RefundNotOpen.selector;
        _refused(center, abi.encodeWithSelector(problem, DESIGN, license, opens));
        licenses.refund(DESIGN, license, 0, 3);
        _pass(opens);
        CHEATS.prank(center);
        licenses.refund(DESIGN, license, 0, 3);
    }

    function test_revocation_opens_the_refund_after_the_grace() external {
        CHEATS.prank(owner);
        licenses.revoke(DESIGN, license, REASON);
        uint256 opens = START + GRACE * HOUR;
        _pass(opens - 1);
        bytes4 problem = IEscrow.RefundNotOpen.selector;
        _refused(center, abi.encodeWithSelector(problem, DESIGN, license, opens));
        licenses.refund(DESIGN, license, 0, 3);
        _pass(opens);
        CHEATS.prank(center);
        licenses.refund(DESIGN, license, 0, 3);
    }

    // -------------------------------------------------------------- withdraw

    function test_the_owner_takes_the_earnings_out() external {
        licenses.settle(DESIGN, license, 0, 3);
        uint256 amount = 260 * uint256(PRICE);
        CHEATS.expectEmit(address(licenses));
        emit IRoyalties.EarningsWithdrawn(DESIGN, address(0xabcd), NATIVE, amount);
        CHEATS.prank(owner);
        _same(licenses.withdraw(DESIGN, NATIVE, payable(address(0xabcd))), amount, "amount");
        _same(address(0xabcd).balance, amount, "received");
        _same(licenses.earningsOf(DESIGN, NATIVE), 0, "left");
        _same(address(licenses).balance, 340 * uint256(PRICE), "the rest stays in escrow");
    }

    function test_earnings_are_taken_out_once() external {
        licenses.settle(DESIGN, license, 0, 3);
        CHEATS.prank(owner);
        licenses.withdraw(DESIGN, NATIVE, payable(owner));
        bytes4 problem = IRoyalties.NothingToWithdraw.selector;
        _refused(owner, abi.encodeWithSelector(problem, DESIGN));
        licenses.withdraw(DESIGN, NATIVE, payable(owner));
    }

    function test_only_the_owner_takes_them_out() external {
        licenses.settle(DESIGN, license, 0, 3);
        bytes4 problem = ILicenses.NotDesignOwner.selector;
        _refused(issuer, abi.encodeWithSelector(problem, DESIGN, issuer));
        licenses.withdraw(DESIGN, NATIVE, payable(issuer));
    }

    function test_earnings_are_not_burnt() external {
        licenses.settle(DESIGN, license, 0, 3);
        bytes4 problem = ILicenses.InvalidRecipient.selector;
        _refused(owner, abi.encodeWithSelector(problem, address(0)));
        licenses.withdraw(DESIGN, NATIVE, payable(address(0)));
    }

    function test_a_receiver_that_refuses_changes_nothing() external {
        licenses.settle(DESIGN, license, 0, 3);
        TestReceiver receiver = new TestReceiver(owner);
        receiver.prepare(true, address(0), "");
        uint256 amount = 260 * uint256(PRICE);
        bytes4 problem = IPayments.PaymentFailed.selector;
        _refused(owner, abi.encodeWithSelector(problem, receiver, amount));
        licenses.withdraw(DESIGN, NATIVE, payable(address(receiver)));
        _same(licenses.earningsOf(DESIGN, NATIVE), amount, "still there");
    }

    function test_a_receiver_that_calls_back_gets_nothing_twice() external {
        licenses.settle(DESIGN, license, 0, 3);
        TestReceiver receiver = new TestReceiver(address(this));
        CHEATS.prank(owner);
        registry.transferFrom(owner, address(receiver), uint256(DESIGN));
        bytes memory again =
            abi.encodeCall(licenses.withdraw, (DESIGN, NATIVE, payable(address(receiver))));
        receiver.prepare(false, address(licenses), again);
        receiver.execute(address(licenses), 0, again);
        _same(receiver.attempts(), 1, "called back");
        _same(receiver.successes(), 0, "in vain");
        _same(address(receiver).balance, 260 * uint256(PRICE), "once");
    }

    // -------------------------------------------------------------- internal

    function _end() private {
        _pass(START + 90 * DAY + GRACE * HOUR);
    }

    function _unsettled(uint32 first, uint32 words) private {
        bytes4 problem = IEscrow.NothingToSettle.selector;
        CHEATS.expectRevert(abi.encodeWithSelector(problem, DESIGN, license));
        licenses.settle(DESIGN, license, first, words);
    }

    function _tally(uint256 earned, uint256 refunded) private view {
        IEscrow.Tally memory tally = licenses.tallyOf(license);
        _same(tally.earned, earned, "earned");
        _same(tally.refunded, refunded, "refunded");
    }
}
