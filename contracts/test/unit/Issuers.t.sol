// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IDesignRegistry} from "../../src/interfaces/IDesignRegistry.sol";
import {Base} from "../base/Base.sol";
import {CHEATS} from "../base/Cheats.sol";

/// @title authorizeIssuer, removeIssuer, isIssuerOf and the views of a design.
contract IssuersTest is Base {
    bytes32 private constant UNKNOWN = keccak256("not registered");

    function test_an_issuer_may_sign_until_the_expiry() external {
        CHEATS.expectEmit(address(registry));
        emit IDesignRegistry.IssuerAuthorized(owner, center, START + 5);
        CHEATS.prank(owner);
        registry.authorizeIssuer(center, START + 5);
        _same(registry.issuerExpiry(owner, center), START + 5, "expiry");
        _pass(START + 4);
        _check(registry.isIssuerOf(DESIGN, center), "last second");
        _pass(START + 5);
        _check(!registry.isIssuerOf(DESIGN, center), "first second after");
    }

    function test_the_zero_address_is_no_issuer() external {
        _refused(owner, abi.encodeWithSelector(IDesignRegistry.InvalidIssuer.selector, address(0)));
        registry.authorizeIssuer(address(0), START + 1);
    }

    function test_an_authorization_must_end_after_now() external {
        _refused(owner, abi.encodeWithSelector(IDesignRegistry.ExpiryInPast.selector, START));
        registry.authorizeIssuer(center, START);
    }

    function test_a_removed_issuer_may_not_sign() external {
        CHEATS.expectEmit(address(registry));
        emit IDesignRegistry.IssuerAuthorized(owner, issuer, 0);
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

    // ----------------------------------------------------------------- views

    function test_the_owner_of_a_design_is_told() external view {
        _check(registry.isOwnerOf(DESIGN, owner), "owner");
        _check(!registry.isOwnerOf(DESIGN, issuer), "issuer");
    }

    function test_metadata_and_its_address_are_told() external view {
        CHEATS.assertEq(registry.metadataOf(DESIGN), METADATA, "metadata");
        CHEATS.assertEq(
            registry.tokenURI(uint256(DESIGN)),
            "ipfs://f015512200d85a14c2724bcbe77cb0f625e7179aa3adc5ff9b837797377d59d5c21378d6e",
            "tokenURI"
        );
    }

    function test_an_unknown_design_is_not_found() external {
        bytes memory problem =
            abi.encodeWithSelector(IDesignRegistry.DesignNotFound.selector, UNKNOWN);
        CHEATS.expectRevert(problem);
        registry.isIssuerOf(UNKNOWN, owner);
        CHEATS.expectRevert(problem);
        registry.isOwnerOf(UNKNOWN, address(0));
        CHEATS.expectRevert(problem);
        registry.metadataOf(UNKNOWN);
        CHEATS.expectRevert(problem);
        registry.tokenURI(uint256(UNKNOWN));
        CHEATS.expectRevert(problem);
        registry.ownerOf(uint256(UNKNOWN));
    }
}
