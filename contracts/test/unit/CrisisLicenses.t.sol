// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ICrisisPledges} from "../../src/interfaces/ICrisisPledges.sol";
import {IRecalls} from "../../src/interfaces/IRecalls.sol";
import {IEscrow} from "../../src/interfaces/licenses/IEscrow.sol";
import {IGrants} from "../../src/interfaces/licenses/IGrants.sol";
import {ILicenses} from "../../src/interfaces/licenses/ILicenses.sol";
import {IPassing} from "../../src/interfaces/licenses/IPassing.sol";
import {IRedemption} from "../../src/interfaces/licenses/IRedemption.sol";
import {CHEATS} from "../base/Cheats.sol";
import {CrisisBase, IPledgesContract} from "../base/CrisisBase.sol";

interface IHasPledges {
    function crisisPledges() external view returns (address);
}

/// @title takeCrisisLicense, and what its licenses are; the outline is in CrisisLicenses.tree.
contract CrisisLicensesTest is CrisisBase {
    uint8 private constant IRREVOCABLE_CRISIS = 2 | 16;
    uint256 private crisis;

    /// @dev The pledges are those that the licenses contract deployed.
    function setUp() public override {
        super.setUp();
        pledges = IPledgesContract(IHasPledges(address(licenses)).crisisPledges());
        _pledged();
        crisis = _declared();
    }

    // --------------------------------------------------------- takeCrisisLicense

    function test_a_center_takes_a_license_in_a_crisis() external {
        CHEATS.expectEmit(address(licenses));
        emit IGrants.CrisisLicenseTaken(DESIGN, 1, center, crisis, 40, START + 30 * DAY);
        uint256 license = _taken();
        ILicenses.License memory held = licenses.licenseOf(DESIGN, license);
        CHEATS.assertEq(held.licensee, center, "licensee");
        _same(held.quota, 40, "quota");
        _same(held.expiry, START + 30 * DAY, "end");
        _same(held.grace, 0, "grace");
        _same(held.flags, IRREVOCABLE_CRISIS, "flags");
        _same(pledges.crisisOfLicense(license), crisis, "crisis");
        _same(licenses.paymentOf(license).price, 0, "free");
    }

    function test_it_was_deployed_for_these_contracts() external view {
        CHEATS.assertEq(pledges.licenses(), address(licenses), "licenses");
        CHEATS.assertEq(pledges.designRegistry(), address(registry), "registry");
    }

    function test_a_crisis_license_is_for_one_print_at_least() external {
        bytes4 problem = ILicenses.QuotaOutOfRange.selector;
        _refused(center, abi.encodeWithSelector(problem, 0, 1, type(uint32).max));
        licenses.takeCrisisLicense(DESIGN, crisis, 0);
    }

    function test_the_limits_of_the_pledge_hold() external {
        _refused(
            center, abi.encodeWithSelector(ICrisisPledges.CrisisNotFound.selector, crisis + 1)
        );
        licenses.takeCrisisLicense(DESIGN, crisis + 1, 1);
        CHEATS.prank(council);
        pledges.end(crisis);
        _refused(
            center, abi.encodeWithSelector(ICrisisPledges.CrisisOver.selector, crisis, START)
        );
        licenses.takeCrisisLicense(DESIGN, crisis, 1);
    }

    function test_licenses_of_a_crisis_are_numbered_with_the_others() external {
        _same(_taken(), 1, "first");
        _same(_granted(9), 2, "second");
        CHEATS.prank(stranger);
        _same(licenses.takeCrisisLicense(DESIGN, crisis, 1), 3, "third");
    }

    // -------------------------------------------------------------------- tokens

    function test_the_signer_of_the_crisis_signs_tokens() external {
        _redeem(_taken(), signer);
    }

    function test_owner_and_issuer_sign_them_too() external {
        _redeem(_taken(), owner);
        CHEATS.prank(center);
        _redeem(licenses.takeCrisisLicense(DESIGN, crisis, 1), issuer);
    }

    function test_nobody_else_signs_them() external {
        uint256 license = _taken();
        _refuse(license, stranger, _notIssuer(stranger));
        _refuse(license, council, _notIssuer(council));
        _refuse(license, center, _notIssuer(center));
    }

    function test_the_signer_of_a_crisis_signs_for_its_licenses_alone() external {
        _taken();
        _refuse(_granted(9), signer, _notIssuer(signer));
        address other = _account("signer of another crisis");
        CHEATS.prank(council);
        uint256 second = pledges.declare(REGION, START + 60 * DAY, EVIDENCE, other);
        CHEATS.prank(center);
        uint256 license = licenses.takeCrisisLicense(DESIGN, second, 1);
        _refuse(license, signer, _notIssuer(signer));
        _redeem(license, other);
    }

    function test_a_crisis_that_ended_early_leaves_its_licenses() external {
        uint256 license = _taken();
        CHEATS.prank(council);
        pledges.end(crisis);
        _pass(START + 30 * DAY - 1);
        _redeem(license, signer);
    }

    function test_a_crisis_license_ends_with_its_time() external {
        uint256 license = _taken();
        IRedemption.PrintToken memory token = _token(license);
        _pass(START + 30 * DAY);
        bytes memory signature = _signed(token, signer);
        bytes4 problem = ILicenses.LicenseExpired.selector;
        _refused(printer, abi.encodeWithSelector(problem, DESIGN, license, START + 30 * DAY));
        licenses.redeem(token, signature, 1);
    }

    function test_a_recall_stops_its_prints() external {
        uint256 license = _taken();
        CHEATS.prank(owner);
        registry.recall(DESIGN, REASON);
        bytes memory problem = abi.encodeWithSelector(IRecalls.Recalled.selector, DESIGN, DESIGN);
        _refuse(license, signer, problem);
        _refused(center, problem);
        licenses.takeCrisisLicense(DESIGN, crisis, 1);
    }

    // --------------------------------------------------------------- what it is

    function test_a_crisis_license_is_not_revoked() external {
        uint256 license = _taken();
        bytes4 problem = IGrants.LicenseIrrevocable.selector;
        _refused(owner, abi.encodeWithSelector(problem, DESIGN, license));
        licenses.revoke(DESIGN, license, REASON);
    }

    function test_it_is_not_passed_on() external {
        uint256 license = _taken();
        bytes memory problem =
            abi.encodeWithSelector(IPassing.LicenseNotTransferable.selector, DESIGN, license);
        _refused(center, problem);
        licenses.transferLicense(DESIGN, license, stranger);
        _refused(center, problem);
        licenses.sublicense(DESIGN, license, stranger, 1);
    }

    function test_it_earns_nothing() external {
        uint256 license = _taken();
        _redeem(license, signer);
        CHEATS.expectRevert(
            abi.encodeWithSelector(IEscrow.NothingToSettle.selector, DESIGN, license)
        );
        licenses.settle(DESIGN, license, 0, 1);
    }

    function test_a_failed_print_of_it_is_replaced() external {
        uint256 license = _taken();
        _redeem(license, signer);
        CHEATS.prank(issuer);
        licenses.voidPrints(DESIGN, license, 0, 1, REASON);
        _same(licenses.licenseOf(DESIGN, license).quota, 41, "one more");
    }

    // ------------------------------------------------------------------ internal

    function _taken() private returns (uint256) {
        CHEATS.prank(center);
        return licenses.takeCrisisLicense(DESIGN, crisis, 40);
    }

    function _redeem(uint256 license, address by) private {
        IRedemption.PrintToken memory token = _token(license);
        bytes memory signature = _signed(token, by);
        CHEATS.prank(printer);
        licenses.redeem(token, signature, 1);
        _same(licenses.redeemedSerials(license, 0), 1, "spent");
    }

    function _refuse(uint256 license, address by, bytes memory problem) private {
        IRedemption.PrintToken memory token = _token(license);
        bytes memory signature = _signed(token, by);
        _refused(printer, problem);
        licenses.redeem(token, signature, 1);
    }

    function _notIssuer(address who) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ILicenses.NotIssuer.selector, DESIGN, who);
    }
}
