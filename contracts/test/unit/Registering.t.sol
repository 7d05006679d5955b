// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ISignedActions} from "../../src/interfaces/ISignedActions.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

import {IDesignRegistry} from "../../src/interfaces/IDesignRegistry.sol";
import {Base} from "../base/Base.sol";
import {CHEATS} from "../base/Cheats.sol";

/// @title register and registerBySig; the outline is in Registering.tree.
contract RegisteringTest is Base {
    bytes32 private constant OTHER = keccak256("another design");

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
        _refused(
            stranger, abi.encodeWithSelector(ISignedActions.SignatureExpired.selector, START)
        );
        registry.registerBySig(OTHER, METADATA, center, START, signature);
    }

    function test_the_signature_of_another_is_refused() external {
        bytes memory signature = _bySig(center, START + 1);
        _refused(stranger, abi.encodeWithSelector(ISignedActions.BadSignature.selector, stranger));
        registry.registerBySig(OTHER, METADATA, stranger, START + 1, signature);
    }

    function test_a_message_cannot_be_used_again() external {
        bytes memory signature = _bySig(center, START + 9);
        registry.registerBySig(OTHER, METADATA, center, START + 9, signature);
        CHEATS.prank(center);
        registry.transferFrom(center, stranger, uint256(OTHER));
        _refused(
            stranger,
            abi.encodeWithSelector(
                IDesignRegistry.DesignAlreadyRegistered.selector, OTHER, stranger
            )
        );
        registry.registerBySig(OTHER, METADATA, center, START + 9, signature);
    }

    function _bySig(address who, uint256 deadline) private view returns (bytes memory) {
        return _signature(who, registry.hashRegister(OTHER, METADATA, who, deadline));
    }
}
