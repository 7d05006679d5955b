// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ILicenses} from "../../src/interfaces/licenses/ILicenses.sol";
import {IRedemption} from "../../src/interfaces/licenses/IRedemption.sol";
import {Base} from "../base/Base.sol";
import {CHEATS} from "../base/Cheats.sol";

/// @title redeem: serials, windows and senders; the outline is in Redeeming.tree.
contract RedeemingTest is Base {
    uint256 private constant LAST = 1 << 87;

    uint256 private license;
    IRedemption.PrintToken private token;

    /// @dev A license for 600 prints: two full words, and 88 serials in the third.
    function setUp() public override {
        super.setUp();
        license = _granted(600);
        token = _token(license);
    }

    // --------------------------------------------------------------- serials

    function test_the_taken_serials_are_spent_and_told() external {
        (token.word, token.serials, token.job) = (2, LAST | 6, REASON);
        bytes32 digest = licenses.tokenDigest(token);
        bytes memory signature = _signed(token, issuer);
        CHEATS.expectEmit(address(licenses));
        emit IRedemption.SerialsRedeemed(
            DESIGN, license, printer, 2, LAST | 2, REASON, digest, issuer
        );
        CHEATS.prank(printer);
        licenses.redeem(token, signature, LAST | 2);
        _same(licenses.redeemedSerials(license, 2), LAST | 2, "spent");
        CHEATS.prank(printer);
        licenses.redeem(token, signature, 4);
        _same(licenses.redeemedSerials(license, 2), LAST | 6, "the rest of the token");
        _same(licenses.redeemedSerials(license, 0), 0, "other words");
    }

    function test_a_full_word_is_one_call() external {
        _printed(license, 1, type(uint256).max);
        _same(licenses.redeemedSerials(license, 1), type(uint256).max, "spent");
    }

    function test_something_is_taken() external {
        _refuse(printer, 0, _outside(0, 1));
    }

    function test_what_the_token_lacks_is_not_taken() external {
        token.serials = 6;
        _refuse(printer, 1, _outside(1, 6));
        _refuse(printer, 7, _outside(7, 6));
    }

    function test_serials_at_the_quota_do_not_exist() external {
        token.word = 2;
        token.serials = type(uint256).max;
        bytes4 problem = IRedemption.QuotaExhausted.selector;
        _refuse(printer, LAST << 1, abi.encodeWithSelector(problem, DESIGN, license, 600, 600));
        _refuse(
            printer, LAST | (LAST << 3), abi.encodeWithSelector(problem, DESIGN, license, 602, 600)
        );
    }

    function test_words_past_the_quota_do_not_exist() external {
        token.word = 3;
        bytes4 problem = IRedemption.QuotaExhausted.selector;
        _refuse(printer, 1, abi.encodeWithSelector(problem, DESIGN, license, 768, 600));
        token.word = type(uint32).max;
        uint256 serial = uint256(type(uint32).max) * 256;
        _refuse(printer, 1, abi.encodeWithSelector(problem, DESIGN, license, serial, 600));
    }

    function test_a_serial_is_spent_once() external {
        _printed(license, 1, 5);
        (token.word, token.serials) = (1, 14);
        bytes4 problem = IRedemption.SerialAlreadySpent.selector;
        _refuse(printer, 14, abi.encodeWithSelector(problem, DESIGN, license, 258));
        _same(licenses.redeemedSerials(license, 1), 5, "nothing changed");
    }

    function test_an_unknown_license_is_not_found() external {
        token.license = license + 1;
        bytes4 problem = ILicenses.LicenseNotFound.selector;
        _refuse(printer, 1, abi.encodeWithSelector(problem, DESIGN, license + 1));
    }

    // --------------------------------------------------------------- windows

    function test_a_token_begins_at_its_time() external {
        token.notBefore = START + 10;
        _pass(START + 9);
        _refuse(
            printer, 1, abi.encodeWithSelector(IRedemption.TokenNotYetValid.selector, START + 10)
        );
        _pass(START + 10);
        _redeem(printer, 1);
    }

    function test_a_token_ends_with_deadline_and_grace() external {
        token.deadline = START + 10;
        token.serials = 3;
        _pass(START + 9 + GRACE * HOUR);
        _redeem(printer, 1);
        _pass(START + 10 + GRACE * HOUR);
        _refuse(
            printer, 2, abi.encodeWithSelector(IRedemption.TokenExpired.selector, START + 10)
        );
    }

    function test_a_license_ends_with_expiry_and_grace() external {
        token.deadline = type(uint40).max;
        token.serials = 3;
        uint40 expiry = START + 90 * DAY;
        _pass(expiry - 1 + GRACE * HOUR);
        _redeem(printer, 1);
        _pass(expiry + GRACE * HOUR);
        bytes4 problem = ILicenses.LicenseExpired.selector;
        _refuse(printer, 2, abi.encodeWithSelector(problem, DESIGN, license, expiry));
    }

    function test_a_revoked_license_ends_with_its_grace() external {
        token.serials = 3;
        _pass(START + 5);
        CHEATS.prank(owner);
        licenses.revoke(DESIGN, license, REASON);
        _pass(START + 4 + GRACE * HOUR);
        _redeem(printer, 1);
        _pass(START + 5 + GRACE * HOUR);
        bytes4 problem = ILicenses.LicenseRevoked.selector;
        _refuse(printer, 2, abi.encodeWithSelector(problem, DESIGN, license, START + 5));
    }

    function test_without_grace_revocation_ends_at_once() external {
        CHEATS.prank(owner);
        license = licenses.grant(DESIGN, center, 9, START + DAY, 0, 0);
        token.license = license;
        CHEATS.prank(owner);
        licenses.revoke(DESIGN, license, REASON);
        bytes4 problem = ILicenses.LicenseRevoked.selector;
        _refuse(printer, 1, abi.encodeWithSelector(problem, DESIGN, license, START));
    }

    // ----------------------------------------------------- signer and sender

    function test_printer_and_signer_may_send() external {
        token.serials = 3;
        _redeem(printer, 1);
        _redeem(owner, 2);
    }

    function test_nobody_else_may_send() external {
        bytes4 problem = IRedemption.PrinterNotNamed.selector;
        _refuse(stranger, 1, abi.encodeWithSelector(problem, printer, stranger));
        _refuse(center, 1, abi.encodeWithSelector(problem, printer, center));
    }

    function test_a_stranger_signs_in_vain() external {
        bytes memory signature = _signed(token, stranger);
        bytes4 problem = ILicenses.NotIssuer.selector;
        _refused(printer, abi.encodeWithSelector(problem, DESIGN, stranger));
        licenses.redeem(token, signature, 1);
        _refused(stranger, abi.encodeWithSelector(problem, DESIGN, stranger));
        licenses.redeem(token, signature, 1);
    }

    function test_an_issuer_signs_until_the_end_of_the_authority() external {
        token.deadline = type(uint40).max;
        token.serials = 3;
        bytes memory signature = _signed(token, issuer);
        _pass(START + 60 * DAY - 1);
        CHEATS.prank(issuer);
        licenses.redeem(token, signature, 1);
        _pass(START + 60 * DAY);
        bytes4 problem = ILicenses.NotIssuer.selector;
        _refused(printer, abi.encodeWithSelector(problem, DESIGN, issuer));
        licenses.redeem(token, signature, 2);
    }

    function test_a_sold_design_needs_tokens_of_its_new_owner() external {
        bytes memory before = _signed(token, owner);
        CHEATS.prank(owner);
        registry.transferFrom(owner, center, uint256(DESIGN));
        bytes4 problem = ILicenses.NotIssuer.selector;
        _refused(printer, abi.encodeWithSelector(problem, DESIGN, owner));
        licenses.redeem(token, before, 1);
        bytes memory signature = _signed(token, center);
        CHEATS.prank(printer);
        licenses.redeem(token, signature, 1);
    }

    // -------------------------------------------------------------- internal

    function _redeem(address sender, uint256 take) private {
        bytes memory signature = _signed(token, owner);
        CHEATS.prank(sender);
        licenses.redeem(token, signature, take);
    }

    function _refuse(address sender, uint256 take, bytes memory problem) private {
        bytes memory signature = _signed(token, owner);
        _refused(sender, problem);
        licenses.redeem(token, signature, take);
    }

    function _outside(uint256 take, uint256 serials) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IRedemption.TakeOutsideToken.selector, take, serials);
    }
}
