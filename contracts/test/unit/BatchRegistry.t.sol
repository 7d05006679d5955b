// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IBatch} from "../../src/interfaces/IBatch.sol";
import {IDesignRegistry} from "../../src/interfaces/IDesignRegistry.sol";
import {CHEATS} from "../base/Cheats.sol";
import {RegistryBase} from "../base/RegistryBase.sol";

/// @title Many calls of the registry in one transaction; see BatchRegistry.tree.
contract BatchRegistryTest is RegistryBase {
    function test_every_call_is_made_for_the_sender() external {
        bytes[] memory calls = new bytes[](4);
        calls[0] = abi.encodeCall(registry.register, (OTHER, METADATA));
        calls[1] = abi.encodeCall(registry.registerDerived, (CHILD, METADATA, _only(OTHER, 0)));
        calls[2] = abi.encodeCall(registry.recall, (OTHER, REASON));
        calls[3] = abi.encodeCall(registry.recalledBy, (CHILD));
        CHEATS.prank(center);
        bytes[] memory results = registry.batch(calls, true);
        CHEATS.assertEq(registry.ownerOf(uint256(CHILD)), center, "owner");
        _same(registry.balanceOf(center), 2, "two designs");
        CHEATS.assertEq(abi.decode(results[3], (bytes32)), OTHER, "what the last returned");
    }

    function test_one_failure_undoes_all() external {
        bytes[] memory calls = _oneTaken();
        _refused(center, abi.encodeWithSelector(IBatch.BatchFailed.selector, 1, _taken()));
        registry.batch(calls, true);
        CHEATS.expectRevert(
            abi.encodeWithSelector(IDesignRegistry.DesignNotFound.selector, OTHER)
        );
        registry.ownerOf(uint256(OTHER));
    }

    function test_item_by_item_the_others_stand_and_failures_are_told() external {
        bytes[] memory calls = _oneTaken();
        CHEATS.expectEmit(address(registry));
        emit IBatch.BatchItemFailed(center, 1, _taken());
        CHEATS.prank(center);
        bytes[] memory results = registry.batch(calls, false);
        CHEATS.assertEq(keccak256(results[1]), keccak256(_taken()), "its reason");
        _same(results[0].length, 0, "nothing returned");
        CHEATS.assertEq(registry.ownerOf(uint256(OTHER)), center, "before it");
        CHEATS.assertEq(registry.ownerOf(uint256(CHILD)), center, "after it");
        CHEATS.assertEq(registry.ownerOf(uint256(DESIGN)), owner, "unchanged");
    }

    function test_a_batch_gives_nobody_the_rights_of_another() external {
        bytes[] memory calls = new bytes[](1);
        calls[0] = abi.encodeCall(registry.recall, (DESIGN, REASON));
        bytes memory reason =
            abi.encodeWithSelector(IDesignRegistry.NotDesignOwner.selector, DESIGN, stranger);
        _refused(stranger, abi.encodeWithSelector(IBatch.BatchFailed.selector, 0, reason));
        registry.batch(calls, true);
    }

    function test_an_empty_batch_does_nothing() external {
        _same(registry.batch(new bytes[](0), true).length, 0, "nothing");
    }

    /// @dev Registers OTHER, then a design that has an owner, then CHILD.
    function _oneTaken() private view returns (bytes[] memory calls) {
        calls = new bytes[](3);
        calls[0] = abi.encodeCall(registry.register, (OTHER, METADATA));
        calls[1] = abi.encodeCall(registry.register, (DESIGN, METADATA));
        calls[2] = abi.encodeCall(registry.register, (CHILD, METADATA));
    }

    function _taken() private view returns (bytes memory) {
        return abi.encodeWithSelector(
            IDesignRegistry.DesignAlreadyRegistered.selector, DESIGN, owner
        );
    }
}
