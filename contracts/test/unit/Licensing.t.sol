// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IGrants} from "../../src/interfaces/licenses/IGrants.sol";
import {ILicenses} from "../../src/interfaces/licenses/ILicenses.sol";
import {IOffers} from "../../src/interfaces/licenses/IOffers.sol";
import {IPayments} from "../../src/interfaces/licenses/IPayments.sol";
import {Base} from "../base/Base.sol";
import {CHEATS} from "../base/Cheats.sol";

/// @title buy, grant, revoke and licenseOf; the outline is in Licensing.tree.
contract LicensingTest is Base {
    // ------------------------------------------------------------------- buy

    function test_a_buyer_gets_a_license_and_the_payment_is_kept() external {
        IOffers.Offer memory t = _opened();
        bytes32 offer = keccak256(abi.encode(t));
        CHEATS.expectEmit(address(licenses));
        emit IOffers.LicenseBought(
            DESIGN, 1, center, offer, 7, START + t.duration, GRACE, PRICE
        );
        CHEATS.prank(center);
        _same(licenses.buy{value: 7 * uint256(PRICE)}(t, 7), 1, "number");
        _held(1, 7, START + t.duration, GRACE, 0);
        _same(address(licenses).balance, 7 * uint256(PRICE), "escrow");
        ILicenses.Payment memory payment = licenses.paymentOf(1);
        CHEATS.assertEq(payment.currency, NATIVE, "currency");
        _same(payment.price, PRICE, "price");
    }

    function test_a_free_license_has_no_payment() external {
        IOffers.Offer memory terms = _terms();
        terms.price = 0;
        CHEATS.prank(owner);
        licenses.openOffer(terms);
        CHEATS.prank(center);
        _same(licenses.paymentOf(licenses.buy(terms, 7)).price, 0, "price");
    }

    function test_numbers_of_licenses_go_up() external {
        _same(_bought(1), 1, "first");
        _same(_granted(1), 2, "second");
    }

    function test_terms_that_nobody_opened_cannot_be_bought() external {
        IOffers.Offer memory terms = _opened();
        terms.price -= 1;
        bytes4 problem = IOffers.OfferNotOpen.selector;
        _refused(center, abi.encodeWithSelector(problem, keccak256(abi.encode(terms))));
        licenses.buy{value: terms.price}(terms, 1);
    }

    function test_an_offer_is_taken_inside_its_window() external {
        IOffers.Offer memory terms = _terms();
        (terms.opens, terms.closes) = (START + 10, START + 20);
        CHEATS.prank(owner);
        licenses.openOffer(terms);
        bytes memory problem = abi.encodeWithSelector(
            IOffers.WindowInvalid.selector, terms.opens, terms.closes
        );
        _pass(START + 9);
        _refused(center, problem);
        licenses.buy{value: PRICE}(terms, 1);
        _pass(START + 10);
        CHEATS.prank(center);
        licenses.buy{value: PRICE}(terms, 1);
        _pass(START + 19);
        CHEATS.prank(center);
        licenses.buy{value: PRICE}(terms, 1);
        _pass(START + 20);
        _refused(center, problem);
        licenses.buy{value: PRICE}(terms, 1);
    }

    function test_a_quota_is_inside_the_limits() external {
        IOffers.Offer memory terms = _terms();
        (terms.minQuota, terms.maxQuota) = (3, 5);
        CHEATS.prank(owner);
        licenses.openOffer(terms);
        bytes4 problem = ILicenses.QuotaOutOfRange.selector;
        _refused(center, abi.encodeWithSelector(problem, 2, 3, 5));
        licenses.buy{value: 2 * uint256(PRICE)}(terms, 2);
        _refused(center, abi.encodeWithSelector(problem, 6, 3, 5));
        licenses.buy{value: 6 * uint256(PRICE)}(terms, 6);
        CHEATS.prank(center);
        licenses.buy{value: 3 * uint256(PRICE)}(terms, 3);
        CHEATS.prank(center);
        licenses.buy{value: 5 * uint256(PRICE)}(terms, 5);
    }

    function test_the_payment_is_exact() external {
        IOffers.Offer memory terms = _opened();
        uint256 due = 2 * uint256(PRICE);
        bytes4 problem = IPayments.WrongPayment.selector;
        _refused(center, abi.encodeWithSelector(problem, due, due - 1));
        licenses.buy{value: due - 1}(terms, 2);
        _refused(center, abi.encodeWithSelector(problem, due, due + 1));
        licenses.buy{value: due + 1}(terms, 2);
    }

    function test_a_duration_past_the_end_of_time_means_for_ever() external {
        IOffers.Offer memory terms = _terms();
        terms.duration = type(uint40).max - START;
        CHEATS.prank(owner);
        licenses.openOffer(terms);
        CHEATS.prank(center);
        licenses.buy{value: PRICE}(terms, 1);
        _held(1, 1, type(uint40).max, GRACE, 0);
        _pass(START + 1);
        CHEATS.prank(center);
        licenses.buy{value: PRICE}(terms, 1);
        _held(2, 1, type(uint40).max, GRACE, 0);
    }

    // ----------------------------------------------------------------- grant

    function test_owner_and_issuer_grant() external {
        CHEATS.expectEmit(address(licenses));
        emit IGrants.LicenseGranted(DESIGN, 1, center, 9, START + 1, 2, 0);
        CHEATS.prank(owner);
        _same(licenses.grant(DESIGN, center, 9, START + 1, 2, 0), 1, "number");
        _held(1, 9, START + 1, 2, 0);
        CHEATS.prank(issuer);
        _same(licenses.grant(DESIGN, center, 9, START + 1, 2, 0), 2, "by the issuer");
    }

    function test_a_stranger_grants_nothing() external {
        bytes4 problem = ILicenses.NotIssuer.selector;
        _refused(center, abi.encodeWithSelector(problem, DESIGN, center));
        licenses.grant(DESIGN, center, 9, START + 1, 2, 0);
    }

    function test_the_zero_address_cannot_hold_a_license() external {
        bytes4 problem = ILicenses.InvalidRecipient.selector;
        _refused(owner, abi.encodeWithSelector(problem, address(0)));
        licenses.grant(DESIGN, address(0), 9, START + 1, 2, 0);
    }

    function test_a_license_is_for_one_print_at_least() external {
        bytes4 problem = ILicenses.QuotaOutOfRange.selector;
        _refused(owner, abi.encodeWithSelector(problem, 0, 1, type(uint32).max));
        licenses.grant(DESIGN, center, 0, START + 1, 2, 0);
    }

    function test_a_granted_license_ends_after_now() external {
        _refused(owner, abi.encodeWithSelector(IGrants.ExpiryInPast.selector, START));
        licenses.grant(DESIGN, center, 9, START, 2, 0);
    }

    // ---------------------------------------------------------------- revoke

    function test_the_owner_ends_a_license_now() external {
        uint256 license = _granted(9);
        _pass(START + 90 * DAY - 1);
        CHEATS.expectEmit(address(licenses));
        emit IGrants.LicenseEnded(DESIGN, license, START + 90 * DAY - 1, REASON);
        CHEATS.prank(owner);
        licenses.revoke(DESIGN, license, REASON);
        _held(license, 9, START + 90 * DAY - 1, GRACE, 1);
    }

    function test_only_the_owner_revokes() external {
        uint256 license = _granted(9);
        bytes4 problem = ILicenses.NotDesignOwner.selector;
        _refused(issuer, abi.encodeWithSelector(problem, DESIGN, issuer));
        licenses.revoke(DESIGN, license, REASON);
    }

    function test_a_license_of_another_design_is_not_found() external {
        uint256 license = _granted(9);
        CHEATS.prank(stranger);
        registry.register(REASON, METADATA);
        bytes memory problem =
            abi.encodeWithSelector(ILicenses.LicenseNotFound.selector, REASON, license);
        _refused(stranger, problem);
        licenses.revoke(REASON, license, REASON);
        CHEATS.expectRevert(problem);
        licenses.licenseOf(REASON, license);
    }

    function test_a_license_is_revoked_once() external {
        uint256 license = _granted(9);
        CHEATS.prank(owner);
        licenses.revoke(DESIGN, license, REASON);
        bytes4 problem = ILicenses.LicenseRevoked.selector;
        _refused(owner, abi.encodeWithSelector(problem, DESIGN, license, START));
        licenses.revoke(DESIGN, license, REASON);
    }

    function test_a_license_that_is_over_is_not_revoked() external {
        uint256 license = _granted(9);
        _pass(START + 90 * DAY);
        bytes4 problem = ILicenses.LicenseExpired.selector;
        _refused(owner, abi.encodeWithSelector(problem, DESIGN, license, START + 90 * DAY));
        licenses.revoke(DESIGN, license, REASON);
    }

    function _held(uint256 license, uint32 quota, uint40 expiry, uint16 grace, uint8 flags)
        private
        view
    {
        ILicenses.License memory held = licenses.licenseOf(DESIGN, license);
        CHEATS.assertEq(held.licensee, center, "licensee");
        _same(held.quota, quota, "quota");
        _same(held.expiry, expiry, "expiry");
        _same(held.grace, grace, "grace");
        _same(held.flags, flags, "flags");
    }
}
