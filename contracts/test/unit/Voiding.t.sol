// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IEscrow} from "../../src/interfaces/licenses/IEscrow.sol";
import {ILicenses} from "../../src/interfaces/licenses/ILicenses.sol";
import {IVoids} from "../../src/interfaces/licenses/IVoids.sol";
import {Base} from "../base/Base.sol";
import {CHEATS} from "../base/Cheats.sol";

/// @title voidPrints; the outline is in Voiding.tree. Signed voids are in Relayed.t.sol.
contract VoidingTest is Base {
    bytes32 private constant EVIDENCE = keccak256("a receipt of a failed print");
    uint256 private license;

    /// @dev A license for 10 prints that was paid for; serials 0, 1 and 2 are printed.
    function setUp() public override {
        super.setUp();
        license = _bought(10);
        _printed(license, 0, 7);
    }

    function test_a_voided_serial_stays_spent_and_gets_a_replacement() external {
        CHEATS.expectEmit(address(licenses));
        emit IVoids.PrintsVoided(DESIGN, license, 0, 5, 12, EVIDENCE, owner);
        _void(owner, 5);
        _same(licenses.redeemedSerials(license, 0), 7, "still spent");
        _same(licenses.serialsVoided(license, 0), 5, "voided");
        _same(licenses.licenseOf(DESIGN, license).quota, 12, "two more at the end");
        _same(licenses.tallyOf(license).voided, 2, "counted");
        _printed(license, 0, 3 << 10);
    }

    function test_the_licensee_pays_once_for_one_good_print_voided_before_settlement() external {
        _void(issuer, 1);
        _same(licenses.settle(DESIGN, license, 0, 1), 2, "two good prints");
        _printed(license, 0, ((1 << 11) - 1) & ~uint256(7));
        _same(licenses.settle(DESIGN, license, 0, 1), 8, "and eight more");
        _tallied(10, 0, 1);
    }

    function test_the_licensee_pays_once_for_one_good_print_voided_after_settlement() external {
        _same(licenses.settle(DESIGN, license, 0, 1), 3, "the failed one is paid for");
        _void(issuer, 1);
        _printed(license, 0, ((1 << 11) - 1) & ~uint256(7));
        _same(licenses.settle(DESIGN, license, 0, 1), 7, "its replacement is not");
        _tallied(10, 0, 1);
    }

    function test_a_replacement_that_was_paid_for_is_not_paid_back() external {
        licenses.settle(DESIGN, license, 0, 1);
        _void(owner, 1);
        _pass(START + 100 * DAY);
        CHEATS.prank(center);
        _same(licenses.refund(DESIGN, license, 0, 1), 7, "what was never printed");
        _tallied(3, 7, 1);
    }

    function test_a_replacement_that_was_not_paid_for_is_paid_back() external {
        _void(owner, 1);
        _pass(START + 100 * DAY);
        CHEATS.prank(center);
        _same(licenses.refund(DESIGN, license, 0, 1), 8, "with the failed print's price");
        _same(licenses.settle(DESIGN, license, 0, 1), 2, "the good ones");
        _tallied(2, 8, 1);
        _same(address(licenses).balance, 2 * uint256(PRICE), "what the design earned");
    }

    function test_replacements_reach_into_further_words() external {
        license = _bought(250);
        _printed(license, 0, (1 << 250) - 1);
        _same(licenses.settle(DESIGN, license, 0, 1), 250, "all are paid for");
        _void(owner, (1 << 250) - 1);
        _same(licenses.licenseOf(DESIGN, license).quota, 500, "as many again");
        _printed(license, 0, uint256(0x3f) << 250);
        _printed(license, 1, (1 << 244) - 1);
        CHEATS.expectRevert(
            abi.encodeWithSelector(IEscrow.NothingToSettle.selector, DESIGN, license)
        );
        licenses.settle(DESIGN, license, 0, 2);
        _same(licenses.earningsOf(DESIGN, NATIVE), 250 * uint256(PRICE), "paid once");
    }

    function test_what_was_not_spent_is_not_voided() external {
        _refuse(owner, 1 << 3, _problem(3));
        _refuse(owner, 7 | (1 << 9), _problem(9));
        _refuse(owner, 0, _problem(0));
    }

    function test_a_serial_is_voided_once() external {
        _void(owner, 2);
        _refuse(owner, 3, _problem(1));
    }

    function test_a_replacement_can_fail_too() external {
        _void(owner, 1);
        _printed(license, 0, 1 << 10);
        _void(owner, 1 << 10);
        _same(licenses.licenseOf(DESIGN, license).quota, 12, "two failures");
    }

    function test_only_owner_and_issuer_void() external {
        bytes4 problem = ILicenses.NotIssuer.selector;
        _refuse(center, 1, abi.encodeWithSelector(problem, DESIGN, center));
        _refuse(printer, 1, abi.encodeWithSelector(problem, DESIGN, printer));
    }

    function test_a_void_shows_its_evidence() external {
        _refused(owner, abi.encodeWithSelector(IVoids.EvidenceMissing.selector));
        licenses.voidPrints(DESIGN, license, 0, 1, 0);
    }

    function test_an_unknown_license_has_nothing_to_void() external {
        bytes4 problem = ILicenses.LicenseNotFound.selector;
        _refused(owner, abi.encodeWithSelector(problem, DESIGN, 99));
        licenses.voidPrints(DESIGN, 99, 0, 1, EVIDENCE);
    }

    function _void(address by, uint256 serials) private {
        CHEATS.prank(by);
        licenses.voidPrints(DESIGN, license, 0, serials, EVIDENCE);
    }

    function _refuse(address by, uint256 serials, bytes memory problem) private {
        _refused(by, problem);
        licenses.voidPrints(DESIGN, license, 0, serials, EVIDENCE);
    }

    function _problem(uint256 serial) private view returns (bytes memory) {
        return abi.encodeWithSelector(IVoids.NotVoidable.selector, DESIGN, license, serial);
    }

    function _tallied(uint256 earned, uint256 refunded, uint256 voided) private view {
        IEscrow.Tally memory tally = licenses.tallyOf(license);
        _same(tally.earned, earned, "earned");
        _same(tally.refunded, refunded, "refunded");
        _same(tally.voided, voided, "voided");
    }
}
