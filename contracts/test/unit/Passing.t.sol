// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ILicenses} from "../../src/interfaces/licenses/ILicenses.sol";
import {IOffers} from "../../src/interfaces/licenses/IOffers.sol";
import {IPassing} from "../../src/interfaces/licenses/IPassing.sol";
import {IRedemption} from "../../src/interfaces/licenses/IRedemption.sol";
import {Base} from "../base/Base.sol";
import {CHEATS} from "../base/Cheats.sol";

/// @title transferLicense and sublicense; the outline is in Passing.tree.
contract PassingTest is Base {
    uint8 private constant TRANSFERABLE = 8;
    uint8 private constant VARIANTS = 4;
    uint256 private license;
    address private workshop;

    /// @dev A license for 600 prints that may be passed on and was paid for.
    function setUp() public override {
        super.setUp();
        workshop = _account("workshop");
        IOffers.Offer memory terms = _terms();
        terms.rights = TRANSFERABLE | VARIANTS;
        CHEATS.prank(owner);
        licenses.openOffer(terms);
        CHEATS.prank(center);
        license = licenses.buy{value: 600 * uint256(PRICE)}(terms, 600);
    }

    // ------------------------------------------------------- transferLicense

    function test_a_license_passes_on_whole() external {
        CHEATS.expectEmit(address(licenses));
        emit IPassing.LicenseTransferred(DESIGN, license, center, workshop);
        CHEATS.prank(center);
        licenses.transferLicense(DESIGN, license, workshop);
        ILicenses.License memory held = licenses.licenseOf(DESIGN, license);
        CHEATS.assertEq(held.licensee, workshop, "holder");
        _same(held.quota, 600, "quota");
        _same(held.flags, TRANSFERABLE | VARIANTS, "rights");
        _printed(license, 0, 1);
    }

    function test_what_is_refundable_goes_along() external {
        CHEATS.prank(center);
        licenses.transferLicense(DESIGN, license, workshop);
        _pass(START + 100 * DAY);
        _refused(center, _notHolder(center));
        licenses.refund(DESIGN, license, 0, 3);
        uint256 before = workshop.balance;
        CHEATS.prank(workshop);
        licenses.refund(DESIGN, license, 0, 3);
        _same(workshop.balance - before, 600 * uint256(PRICE), "paid back");
    }

    // ------------------------------------------------------------ sublicense

    function test_the_last_serials_become_a_license_of_their_own() external {
        ILicenses.License memory before = licenses.licenseOf(DESIGN, license);
        CHEATS.expectEmit(address(licenses));
        emit IPassing.LicenseSplit(DESIGN, license, workshop, license + 1, 345);
        _same(_sublicense(345), license + 1, "number");
        ILicenses.License memory kept = licenses.licenseOf(DESIGN, license);
        ILicenses.License memory passed = licenses.licenseOf(DESIGN, license + 1);
        _same(kept.quota, 255, "kept");
        _same(passed.quota, 345, "passed on");
        CHEATS.assertEq(kept.licensee, center, "holder");
        CHEATS.assertEq(passed.licensee, workshop, "new holder");
        _same(passed.expiry, before.expiry, "end");
        _same(passed.grace, before.grace, "grace");
        _same(passed.flags, before.flags, "rights");
        _same(licenses.paymentOf(license + 1).price, PRICE, "price");
        _printed(license + 1, 0, 1);
        _same(licenses.settle(DESIGN, license + 1, 0, 1), 1, "earns");
    }

    function test_serials_that_went_are_gone() external {
        IRedemption.PrintToken memory token = _token(license);
        (token.word, token.serials) = (2, 1 << 87);
        bytes memory signature = _signed(token, owner);
        _sublicense(1);
        _refused(
            printer,
            abi.encodeWithSelector(
                IRedemption.QuotaExhausted.selector, DESIGN, license, 599, uint32(599)
            )
        );
        licenses.redeem(token, signature, 1 << 87);
    }

    function test_each_serial_is_paid_back_to_who_holds_it() external {
        _sublicense(100);
        _pass(START + 100 * DAY);
        CHEATS.prank(center);
        _same(licenses.refund(DESIGN, license, 0, 3), 500, "kept");
        CHEATS.prank(workshop);
        _same(licenses.refund(DESIGN, license + 1, 0, 3), 100, "passed on");
        _same(address(licenses).balance, 0, "nothing left");
    }

    function test_a_license_keeps_a_serial_and_passes_on_one() external {
        bytes4 problem = ILicenses.QuotaOutOfRange.selector;
        _refused(center, abi.encodeWithSelector(problem, 0, 1, 599));
        licenses.sublicense(DESIGN, license, workshop, 0);
        _refused(center, abi.encodeWithSelector(problem, 600, 1, 599));
        licenses.sublicense(DESIGN, license, workshop, 600);
        _sublicense(599);
        _same(licenses.licenseOf(DESIGN, license).quota, 1, "one left");
    }

    function test_spent_serials_stay() external {
        _printed(license, 2, 1 << 10);
        _refused(center, _notFree(522));
        licenses.sublicense(DESIGN, license, workshop, 599);
        _refused(center, _notFree(522));
        licenses.sublicense(DESIGN, license, workshop, 78);
        _sublicense(77);
    }

    function test_serials_that_are_paid_for_otherwise_stay() external {
        _printed(license, 0, 1);
        licenses.settle(DESIGN, license, 0, 1);
        CHEATS.prank(owner);
        licenses.voidPrints(DESIGN, license, 0, 1, REASON);
        _refused(center, _notFree(600));
        licenses.sublicense(DESIGN, license, workshop, 1);
    }

    function test_a_serial_that_went_can_be_replaced() external {
        _sublicense(1);
        _printed(license, 0, 1);
        CHEATS.prank(owner);
        licenses.voidPrints(DESIGN, license, 0, 1, REASON);
        _printed(license, 2, 1 << 87);
        _same(licenses.settle(DESIGN, license, 0, 3), 1, "one good print");
    }

    function test_what_was_given_passes_on_without_a_price() external {
        CHEATS.prank(owner);
        license = licenses.grant(DESIGN, center, 9, _now() + DAY, 0, TRANSFERABLE);
        _sublicense(4);
        _same(licenses.paymentOf(license + 1).price, 0, "no price");
    }

    // ------------------------------------------------------------------ both

    function test_only_the_holder_passes_on() external {
        address[3] memory others = [owner, issuer, stranger];
        for (uint256 index; index < others.length; ++index) {
            _neither(others[index], _notHolder(others[index]));
        }
    }

    function test_nothing_passes_to_nobody() external {
        workshop = address(0);
        _neither(center, abi.encodeWithSelector(ILicenses.InvalidRecipient.selector, address(0)));
    }

    function test_a_license_that_is_bound_to_its_holder_stays() external {
        license = _granted(600);
        bytes4 problem = IPassing.LicenseNotTransferable.selector;
        _neither(center, abi.encodeWithSelector(problem, DESIGN, license));
    }

    function test_what_is_over_stays() external {
        uint40 end = licenses.licenseOf(DESIGN, license).expiry;
        _pass(end);
        bytes4 problem = ILicenses.LicenseExpired.selector;
        _neither(center, abi.encodeWithSelector(problem, DESIGN, license, end));
    }

    function test_what_was_revoked_stays() external {
        CHEATS.prank(owner);
        licenses.revoke(DESIGN, license, REASON);
        bytes4 problem = ILicenses.LicenseRevoked.selector;
        _neither(center, abi.encodeWithSelector(problem, DESIGN, license, START));
    }

    function _sublicense(uint32 quota) private returns (uint256) {
        CHEATS.prank(center);
        return licenses.sublicense(DESIGN, license, workshop, quota);
    }

    function _neither(address who, bytes memory problem) private {
        _refused(who, problem);
        licenses.transferLicense(DESIGN, license, workshop);
        _refused(who, problem);
        licenses.sublicense(DESIGN, license, workshop, 1);
    }

    function _notHolder(address who) private view returns (bytes memory) {
        return abi.encodeWithSelector(ILicenses.NotLicensee.selector, DESIGN, license, who);
    }

    function _notFree(uint256 serial) private view returns (bytes memory) {
        return abi.encodeWithSelector(IPassing.SerialNotFree.selector, DESIGN, license, serial);
    }
}
