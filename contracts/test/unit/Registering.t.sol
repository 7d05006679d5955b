// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

import {IDesignRegistry} from "../../src/interfaces/IDesignRegistry.sol";
import {ISignedActions} from "../../src/interfaces/ISignedActions.sol";
import {CHEATS} from "../base/Cheats.sol";
import {RegistryBase} from "../base/RegistryBase.sol";

/// @title register, registerBySig and the views of a design; the outline is in Registering.tree.
contract RegisteringTest is RegistryBase {
    // -------------------------------------------------------------- register

    function test_the_caller_becomes_the_owner() external {
        CHEATS.expectEmit(address(registry));
        emit IERC721.Transfer(address(0), center, uint256(OTHER));
        CHEATS.expectEmit(address(registry));
        emit IDesignRegistry.DesignRegistered(OTHER, center, METADATA);
        CHEATS.prank(center);
        registry.register(OTHER, METADATA);
        CHEATS.assertEq(registry.ownerOf(uint256(OTHER)), center, "owner");
        _same(registry.balanceOf(center), 1, "balance");
    }

    function test_a_design_without_metadata_is_refused() external {
        _refused(center, abi.encodeWithSelector(IDesignRegistry.MetadataMissing.selector, OTHER));
        registry.register(OTHER, 0);
    }

    function test_a_design_is_registered_once() external {
        bytes4 taken = IDesignRegistry.DesignAlreadyRegistered.selector;
        _refused(center, abi.encodeWithSelector(taken, DESIGN, owner));
        registry.register(DESIGN, METADATA);
        _refused(owner, abi.encodeWithSelector(taken, DESIGN, owner));
        registry.register(DESIGN, REASON);
        CHEATS.assertEq(registry.metadataOf(DESIGN), METADATA, "metadata stays");
        _same(registry.balanceOf(owner), 1, "counted once");
    }

    // --------------------------------------------------------- registerBySig

    function test_the_signer_becomes_the_owner_whoever_sends() external {
        bytes memory signature = _bySig(center, START + 1);
        CHEATS.prank(stranger);
        registry.registerBySig(OTHER, METADATA, center, START + 1, signature);
        CHEATS.assertEq(registry.ownerOf(uint256(OTHER)), center, "owner");
    }

    function test_a_message_at_its_deadline_is_void() external {
        bytes memory signature = _bySig(center, START);
        _refused(stranger, abi.encodeWithSelector(ISignedActions.SignatureExpired.selector, START));
        registry.registerBySig(OTHER, METADATA, center, START, signature);
    }

    function test_the_signature_of_another_is_refused() external {
        bytes memory signature = _bySig(center, START + 1);
        bytes4 bad = ISignedActions.BadSignature.selector;
        _refused(stranger, abi.encodeWithSelector(bad, stranger));
        registry.registerBySig(OTHER, METADATA, stranger, START + 1, signature);
        _refused(stranger, abi.encodeWithSelector(bad, address(0)));
        registry.registerBySig(OTHER, METADATA, address(0), START + 1, signature);
    }

    function test_a_message_that_was_cancelled_is_void() external {
        bytes memory signature = _bySig(center, START + 1);
        bytes32 digest = registry.hashRegister(OTHER, METADATA, center, START + 1);
        CHEATS.prank(center);
        registry.cancelSignature(digest);
        _refused(
            stranger, abi.encodeWithSelector(ISignedActions.SignatureSpent.selector, center, digest)
        );
        registry.registerBySig(OTHER, METADATA, center, START + 1, signature);
    }

    function test_a_message_cannot_be_used_again() external {
        bytes memory signature = _bySig(center, START + 9);
        bytes32 digest = registry.hashRegister(OTHER, METADATA, center, START + 9);
        registry.registerBySig(OTHER, METADATA, center, START + 9, signature);
        _check(registry.signatureSpent(center, digest), "spent");
        CHEATS.prank(center);
        registry.transferFrom(center, stranger, uint256(OTHER));
        _refused(
            stranger, abi.encodeWithSelector(ISignedActions.SignatureSpent.selector, center, digest)
        );
        registry.registerBySig(OTHER, METADATA, center, START + 9, signature);
    }

    function test_a_refused_message_is_not_used_up() external {
        bytes memory signature = _bySig(center, START + 9);
        bytes32 digest = registry.hashRegister(OTHER, METADATA, center, START + 9);
        _register(owner, OTHER);
        _refused(
            stranger,
            abi.encodeWithSelector(IDesignRegistry.DesignAlreadyRegistered.selector, OTHER, owner)
        );
        registry.registerBySig(OTHER, METADATA, center, START + 9, signature);
        _check(!registry.signatureSpent(center, digest), "not spent");
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
        registry.isOwnerOf(UNKNOWN, address(0));
        CHEATS.expectRevert(problem);
        registry.metadataOf(UNKNOWN);
        CHEATS.expectRevert(problem);
        registry.tokenURI(uint256(UNKNOWN));
        CHEATS.expectRevert(problem);
        registry.ownerOf(uint256(UNKNOWN));
    }

    function test_the_standards_are_told() external view {
        _check(registry.supportsInterface(type(IERC165).interfaceId), "ERC-165");
        _check(registry.supportsInterface(type(IERC721).interfaceId), "ERC-721");
        _check(registry.supportsInterface(type(IERC2981).interfaceId), "ERC-2981");
        _check(!registry.supportsInterface(0xffffffff), "none");
    }

    function _bySig(address who, uint256 deadline) private view returns (bytes memory) {
        return _signature(who, registry.hashRegister(OTHER, METADATA, who, deadline));
    }
}
