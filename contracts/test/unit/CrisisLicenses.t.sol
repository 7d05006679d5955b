// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IPledges} from "../../src/interfaces/IPledges.sol";
import {IPrintLicenses} from "../../src/interfaces/IPrintLicenses.sol";
import {IRecalls} from "../../src/interfaces/IRecalls.sol";
import {IGrants} from "../../src/interfaces/licenses/IGrants.sol";
import {ILicenses} from "../../src/interfaces/licenses/ILicenses.sol";
import {IPassing} from "../../src/interfaces/licenses/IPassing.sol";
import {CHEATS} from "../base/Cheats.sol";
import {CrisisBase, IPledgesContract} from "../base/CrisisBase.sol";

interface IHasPledges {
    function crisisPledges() external view returns (address);
}

/// @title takeCrisisLicense and what is printed on it, with the contracts as they are deployed;
///        the outline is in CrisisLicenses.tree.
contract CrisisLicensesTest is CrisisBase {
    uint8 private constant CRISIS_RIGHTS = 2 | 16;

    uint256 private crisis;

    function setUp() public override {
        super.setUp();
        pledges = IPledgesContract(IHasPledges(address(licenses)).crisisPledges());
        _pledged();
        crisis = _declared();
    }

    // ------------------------------------------------------------------ take

    function test_the_licenses_deploy_their_pledges_first_of_all() external view {
        bytes32 place = keccak256(abi.encodePacked(hex"d694", address(licenses), hex"01"));
        CHEATS.assertEq(address(pledges), address(uint160(uint256(place))), "address");
        CHEATS.assertEq(pledges.licenses(), address(licenses), "licenses");
    }

    function test_a_center_takes_a_license_without_payment() external {
        CHEATS.expectEmit(address(licenses));
        emit IGrants.CrisisLicenseTaken(
            DESIGN, 1, center, crisis, 40, START + 30 * DAY
        );
        uint256 license = _taken(40);
        IPrintLicenses.License memory held = licenses.licenseOf(DESIGN, license);
        CHEATS.assertEq(held.licensee, center, "licensee");
        _same(held.quota, 40, "quota");
        _same(held.expiry, START + 30 * DAY, "expiry");
        _same(held.grace, 0, "grace");
        _same(held.flags, CRISIS_RIGHTS, "flags");
        _same(licenses.paymentOf(license).price, 0, "price");
        _same(pledges.crisisOfLicense(license), crisis, "crisis");
    }

    function test_no_license_is_for_no_prints() external {
        bytes4 problem = ILicenses.QuotaOutOfRange.selector;
        _refused(center, abi.encodeWithSelector(problem, 0, 1, type(uint32).max));
        licenses.takeCrisisLicense(DESIGN, crisis, 0);
    }

    function test_what_the_pledges_refuse_makes_no_license() external {
        _refused(center, abi.encodeWithSelector(IPledges.CrisisQuotaInvalid.selector, 41, 40));
        licenses.takeCrisisLicense(DESIGN, crisis, 41);
        _same(_taken(1), 1, "the first number");
    }

    // ----------------------------------------------------------------- print

    function test_the_signer_that_the_council_named_lets_it_print() external {
        uint256 license = _taken(2);
        _prints(license, 1, signer);
        CHEATS.prank(council);
        pledges.end(crisis);
        _prints(license, 2, signer);
        _same(licenses.redeemedSerials(license, 0), 3, "spent");
    }

    function test_the_owner_and_their_issuer_still_let_it_print() external {
        uint256 license = _taken(2);
        _prints(license, 1, owner);
        _prints(license, 2, issuer);
        _same(licenses.redeemedSerials(license, 0), 3, "spent");
    }

    function test_nobody_else_lets_it_print() external {
        _notPrinted(_taken(1), council);
        _notPrinted(_taken(1), center);
    }

    function test_the_signer_lets_no_other_license_print() external {
        _taken(1);
        _notPrinted(_granted(1), signer);
        CHEATS.prank(council);
        uint256 other = pledges.declare(REGION, START + DAY, EVIDENCE, stranger);
        CHEATS.prank(center);
        _notPrinted(licenses.takeCrisisLicense(DESIGN, other, 1), signer);
    }

    function test_nothing_is_printed_after_its_end() external {
        uint256 license = _taken(1);
        _pass(START + 30 * DAY);
        IPrintLicenses.PrintToken memory token = _token(license);
        bytes memory signature = _signed(token, signer);
        bytes4 problem = ILicenses.LicenseExpired.selector;
        _refused(
            printer, abi.encodeWithSelector(problem, DESIGN, license, START + 30 * DAY)
        );
        licenses.redeem(token, signature, 1);
    }

    function test_a_recall_goes_before_the_council() external {
        uint256 license = _taken(1);
        CHEATS.prank(owner);
        registry.recall(DESIGN, REASON);
        IPrintLicenses.PrintToken memory token = _token(license);
        bytes memory signature = _signed(token, signer);
        _refused(printer, abi.encodeWithSelector(IRecalls.Recalled.selector, DESIGN, DESIGN));
        licenses.redeem(token, signature, 1);
    }

    // ------------------------------------------------------------- it stays

    function test_the_owner_cannot_revoke_it() external {
        uint256 license = _taken(1);
        bytes4 problem = IGrants.LicenseIrrevocable.selector;
        _refused(owner, abi.encodeWithSelector(problem, DESIGN, license));
        licenses.revoke(DESIGN, license, REASON);
    }

    function test_its_holder_cannot_pass_it_on() external {
        uint256 license = _taken(2);
        bytes4 problem = IPassing.LicenseNotTransferable.selector;
        bytes memory refusal = abi.encodeWithSelector(problem, DESIGN, license);
        _refused(center, refusal);
        licenses.transferLicense(DESIGN, license, stranger);
        _refused(center, refusal);
        licenses.sublicense(DESIGN, license, stranger, 1);
    }

    // -------------------------------------------------------------- internal

    function _taken(uint32 quota) private returns (uint256) {
        CHEATS.prank(center);
        return licenses.takeCrisisLicense(DESIGN, crisis, quota);
    }

    function _prints(uint256 license, uint256 serials, address by) private {
        IPrintLicenses.PrintToken memory token = _token(license);
        token.serials = serials;
        bytes memory signature = _signed(token, by);
        CHEATS.prank(printer);
        licenses.redeem(token, signature, serials);
    }

    function _notPrinted(uint256 license, address by) private {
        IPrintLicenses.PrintToken memory token = _token(license);
        bytes memory signature = _signed(token, by);
        _refused(
            printer, abi.encodeWithSelector(ILicenses.NotIssuer.selector, DESIGN, by)
        );
        licenses.redeem(token, signature, 1);
    }
}
