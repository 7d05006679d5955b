// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IDesignRegistry} from "../../src/interfaces/IDesignRegistry.sol";
import {IIssuers} from "../../src/interfaces/IIssuers.sol";
import {ISignedActions} from "../../src/interfaces/ISignedActions.sol";
import {CHEATS} from "../base/Cheats.sol";
import {RegistryBase} from "../base/RegistryBase.sol";
import {TestWallet} from "../TestWallet.sol";

/// @title authorizeIssuer, authorizeIssuerBySig, removeIssuer and isIssuerOf.
contract IssuersTest is RegistryBase {
    // ------------------------------------------------------- authorizeIssuer

    function test_an_issuer_may_sign_until_the_expiry() external {
        CHEATS.expectEmit(address(registry));
        emit IIssuers.IssuerAuthorized(owner, center, START + 5);
        CHEATS.prank(owner);
        registry.authorizeIssuer(center, START + 5);
        _same(registry.issuerExpiry(owner, center), START + 5, "expiry");
        _pass(START + 4);
        _check(registry.isIssuerOf(DESIGN, center), "last second");
        _pass(START + 5);
        _check(!registry.isIssuerOf(DESIGN, center), "first second after");
    }

    function test_the_zero_address_is_no_issuer() external {
        _refused(owner, abi.encodeWithSelector(IIssuers.InvalidIssuer.selector, address(0)));
        registry.authorizeIssuer(address(0), START + 1);
    }

    function test_an_authorization_must_end_after_now() external {
        _refused(owner, abi.encodeWithSelector(IIssuers.ExpiryInPast.selector, START));
        registry.authorizeIssuer(center, START);
        _refused(owner, abi.encodeWithSelector(IIssuers.ExpiryInPast.selector, 0));
        registry.authorizeIssuer(center, 0);
    }

    // -------------------------------------------------- authorizeIssuerBySig

    function test_a_designer_authorizes_by_signature() external {
        bytes memory signature = _wish(owner, START + 5, SALT);
        CHEATS.expectEmit(address(registry));
        emit IIssuers.IssuerAuthorized(owner, center, START + 5);
        _send(owner, START + 5, SALT, signature);
        _same(registry.issuerExpiry(owner, center), START + 5, "expiry");
        _check(registry.isIssuerOf(DESIGN, center), "may sign");
    }

    function test_a_designer_removes_by_signature() external {
        _send(owner, START + 5, SALT, _wish(owner, START + 5, SALT));
        bytes memory signature = _wish(owner, 0, SALT);
        CHEATS.expectEmit(address(registry));
        emit IIssuers.IssuerAuthorized(owner, center, 0);
        _send(owner, 0, SALT, signature);
        _check(!registry.isIssuerOf(DESIGN, center), "removed");
    }

    function test_a_wallet_authorizes_by_signature() external {
        address wallet = address(new TestWallet(stranger, TestWallet.Answer.Honest));
        bytes32 digest =
            registry.hashAuthorization(wallet, center, START + 5, SALT, START + HOUR);
        _send(wallet, START + 5, SALT, _signature(stranger, digest));
        _same(registry.issuerExpiry(wallet, center), START + 5, "expiry");
    }

    function test_an_authorization_that_another_signed_is_refused() external {
        bytes memory signature = _wish(owner, START + 5, SALT);
        bytes memory problem = abi.encodeWithSelector(ISignedActions.BadSignature.selector, owner);
        CHEATS.expectRevert(problem);
        _send(owner, START + 6, SALT, signature);
        bytes32 digest = registry.hashAuthorization(owner, center, START + 5, SALT, START + HOUR);
        signature = _signature(stranger, digest);
        CHEATS.expectRevert(problem);
        _send(owner, START + 5, SALT, signature);
    }

    function test_an_authorization_at_its_deadline_is_void() external {
        bytes memory signature = _wish(owner, START + 2 * HOUR, SALT);
        _pass(START + HOUR);
        CHEATS.expectRevert(
            abi.encodeWithSelector(ISignedActions.SignatureExpired.selector, START + HOUR)
        );
        _send(owner, START + 2 * HOUR, SALT, signature);
    }

    function test_an_authorization_is_used_once() external {
        bytes memory signature = _wish(owner, START + 5, SALT);
        _send(owner, START + 5, SALT, signature);
        CHEATS.prank(owner);
        registry.removeIssuer(center);
        bytes32 digest = registry.hashAuthorization(owner, center, START + 5, SALT, START + HOUR);
        CHEATS.expectRevert(
            abi.encodeWithSelector(ISignedActions.SignatureSpent.selector, owner, digest)
        );
        _send(owner, START + 5, SALT, signature);
        _send(owner, START + 5, REASON, _wish(owner, START + 5, REASON));
        _check(registry.isIssuerOf(DESIGN, center), "another salt");
    }

    function test_an_authorization_that_was_cancelled_is_void() external {
        bytes memory signature = _wish(owner, START + 5, SALT);
        bytes32 digest = registry.hashAuthorization(owner, center, START + 5, SALT, START + HOUR);
        CHEATS.expectEmit(address(registry));
        emit ISignedActions.SignatureCancelled(owner, digest);
        CHEATS.prank(owner);
        registry.cancelSignature(digest);
        CHEATS.expectRevert(
            abi.encodeWithSelector(ISignedActions.SignatureSpent.selector, owner, digest)
        );
        _send(owner, START + 5, SALT, signature);
    }

    function test_a_signed_authorization_must_end_after_now() external {
        bytes memory signature = _wish(owner, START, SALT);
        CHEATS.expectRevert(abi.encodeWithSelector(IIssuers.ExpiryInPast.selector, START));
        _send(owner, START, SALT, signature);
    }

    // ---------------------------------------------------------- removeIssuer

    function test_a_removed_issuer_may_not_sign() external {
        CHEATS.expectEmit(address(registry));
        emit IIssuers.IssuerAuthorized(owner, issuer, 0);
        CHEATS.prank(owner);
        registry.removeIssuer(issuer);
        _check(!registry.isIssuerOf(DESIGN, issuer), "removed");
        _same(registry.issuerExpiry(owner, issuer), 0, "expiry");
    }

    function test_nobody_removes_the_issuer_of_another() external {
        CHEATS.prank(stranger);
        registry.removeIssuer(issuer);
        _check(registry.isIssuerOf(DESIGN, issuer), "still issuer");
    }

    // ------------------------------------------------------------ isIssuerOf

    function test_the_owner_may_always_sign() external view {
        _check(registry.isIssuerOf(DESIGN, owner), "owner");
    }

    function test_a_stranger_may_not_sign() external view {
        _check(!registry.isIssuerOf(DESIGN, stranger), "stranger");
        _check(!registry.isIssuerOf(DESIGN, address(0)), "nobody");
    }

    function test_issuers_belong_to_the_owner_not_to_the_design() external {
        CHEATS.prank(owner);
        registry.transferFrom(owner, center, uint256(DESIGN));
        _check(!registry.isIssuerOf(DESIGN, issuer), "issuer of the former owner");
        _check(!registry.isIssuerOf(DESIGN, owner), "former owner");
        _check(registry.isIssuerOf(DESIGN, center), "new owner");
    }

    function test_nobody_is_the_issuer_of_an_unknown_design() external {
        CHEATS.expectRevert(
            abi.encodeWithSelector(IDesignRegistry.DesignNotFound.selector, UNKNOWN)
        );
        registry.isIssuerOf(UNKNOWN, owner);
    }

    // -------------------------------------------------------------- internal

    /// @dev The designer wants the center as an issuer; the message is valid for an hour.
    function _wish(address designer, uint40 expiry, bytes32 salt)
        private
        view
        returns (bytes memory)
    {
        return _signature(
            designer, registry.hashAuthorization(designer, center, expiry, salt, START + HOUR)
        );
    }

    function _send(address designer, uint40 expiry, bytes32 salt, bytes memory signature)
        private
    {
        registry.authorizeIssuerBySig(designer, center, expiry, salt, START + HOUR, signature);
    }
}
