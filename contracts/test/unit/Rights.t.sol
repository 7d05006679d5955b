// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IGrants} from "../../src/interfaces/licenses/IGrants.sol";
import {ILicenses} from "../../src/interfaces/licenses/ILicenses.sol";
import {IRedemption} from "../../src/interfaces/licenses/IRedemption.sol";
import {CHEATS} from "../base/Cheats.sol";
import {SignedBase} from "../base/SignedBase.sol";

/// @title What rights a license can carry, and what they keep; the outline is in Rights.tree.
contract RightsTest is SignedBase {
    uint8 private constant IRREVOCABLE = 2;
    uint8 private constant ALL = 2 | 4 | 8;

    function test_a_grant_gives_rights_that_exist() external {
        uint8[4] memory wrong = [1, 16, 64, 255];
        for (uint256 index; index < wrong.length; ++index) {
            bytes4 problem = ILicenses.RightsUnknown.selector;
            _refused(issuer, abi.encodeWithSelector(problem, wrong[index]));
            licenses.grant(DESIGN, center, 1, START + DAY, 0, wrong[index]);
        }
    }

    function test_a_license_has_the_rights_that_were_given() external {
        CHEATS.expectEmit(address(licenses));
        emit IGrants.LicenseGranted(DESIGN, 1, center, 7, START + DAY, GRACE, ALL);
        _same(licenses.licenseOf(DESIGN, _given(ALL)).flags, ALL, "flags");
    }

    function test_an_irrevocable_license_is_not_revoked() external {
        uint256 license = _given(IRREVOCABLE);
        bytes memory problem =
            abi.encodeWithSelector(IGrants.LicenseIrrevocable.selector, DESIGN, license);
        _refused(owner, problem);
        licenses.revoke(DESIGN, license, REASON);
        bytes32 structHash = _hash(Revocation(DESIGN, license, REASON, START + DAY));
        bytes memory signature = _signature(owner, _digest(structHash));
        CHEATS.expectRevert(problem);
        licenses.revokeBySig(DESIGN, license, REASON, START + DAY, signature);
        _print(DESIGN, license, 0, 1);
    }

    function test_an_irrevocable_license_ends_with_its_time() external {
        uint256 license = _given(IRREVOCABLE);
        _pass(START + DAY + GRACE * HOUR);
        bytes4 problem = ILicenses.LicenseExpired.selector;
        IRedemption.PrintToken memory token = _token(license);
        bytes memory signature = _signed(token, owner);
        _refused(printer, abi.encodeWithSelector(problem, DESIGN, license, START + DAY));
        licenses.redeem(token, signature, 1);
    }

    function test_the_other_rights_do_not_keep_a_license() external {
        uint256 license = _given(4 | 8);
        CHEATS.prank(owner);
        licenses.revoke(DESIGN, license, REASON);
        _same(licenses.licenseOf(DESIGN, license).flags, 1 | 4 | 8, "revoked, and as before");
    }

    function _given(uint8 rights) private returns (uint256) {
        CHEATS.prank(issuer);
        return licenses.grant(DESIGN, center, 7, START + DAY, GRACE, rights);
    }
}
