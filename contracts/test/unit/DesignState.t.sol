// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {CHEATS} from "../base/Cheats.sol";
import {RegistryBase} from "../base/RegistryBase.sol";

/// @title The slot that holds a design's owner and state, in the deployed code; see
///        DesignState.tree.
contract DesignStateTest is RegistryBase {
    /// @dev Where OpenZeppelin's ERC721 keeps owners.
    uint256 private constant OWNERS_SLOT = 2;

    uint256 private constant RECALLED = 1 << 160;
    uint256 private constant WITHDRAWN = 1 << 161;
    uint256 private constant OPEN = 1 << 162;

    function test_a_new_design_is_its_owner_alone() external view {
        _same(_slot(DESIGN), uint160(owner), "nothing beside");
    }

    function test_each_part_of_the_state_has_its_place() external {
        _openPolicy(DESIGN, 0x0102);
        _same(_slot(DESIGN), uint160(owner) | OPEN | (0x0102 << 168), "policy");
        _recall(DESIGN);
        _same(_slot(DESIGN), uint160(owner) | OPEN | RECALLED | (0x0102 << 168), "recalled");
        CHEATS.prank(owner);
        registry.withdrawFromSale(DESIGN);
        uint256 flags = OPEN | RECALLED | WITHDRAWN;
        _same(_slot(DESIGN), uint160(owner) | flags | (0x0102 << 168), "withdrawn");
    }

    function test_lineage_is_in_the_state() external {
        _register(owner, OTHER);
        _derive(owner, CHILD, _both(DESIGN, OTHER));
        _deriveOwn(UNKNOWN, CHILD);
        _same(_slot(CHILD), uint160(owner) | (2 << 184) | (2 << 192), "two parents");
        _same(_slot(UNKNOWN), uint160(owner) | (1 << 184) | (3 << 192), "three ancestors");
    }

    function test_the_state_survives_approvals_and_transfers() external {
        uint256 state = _busyState();
        CHEATS.prank(owner);
        registry.approve(stranger, uint256(CHILD));
        _same(_slot(CHILD), state | uint160(owner), "approved");
        CHEATS.prank(owner);
        registry.setApprovalForAll(center, true);
        _same(_slot(CHILD), state | uint160(owner), "operator");
        CHEATS.prank(stranger);
        registry.transferFrom(owner, issuer, uint256(CHILD));
        _same(_slot(CHILD), state | uint160(issuer), "transferred by the approved");
        CHEATS.prank(issuer);
        registry.safeTransferFrom(issuer, owner, uint256(CHILD));
        _same(_slot(CHILD), state | uint160(owner), "and back");
        CHEATS.prank(center);
        registry.safeTransferFrom(owner, owner, uint256(CHILD));
        _same(_slot(CHILD), state | uint160(owner), "to itself");
        CHEATS.assertEq(registry.ownerOf(uint256(CHILD)), owner, "owner");
    }

    function test_owners_are_told_without_the_state() external {
        _busyState();
        CHEATS.assertEq(registry.ownerOf(uint256(CHILD)), owner, "ownerOf");
        _check(registry.isOwnerOf(CHILD, owner), "isOwnerOf");
        _check(registry.isIssuerOf(CHILD, owner), "isIssuerOf");
        CHEATS.prank(owner);
        registry.approve(center, uint256(CHILD));
        CHEATS.assertEq(registry.getApproved(uint256(CHILD)), center, "approval");
    }

    function test_a_change_of_one_part_leaves_the_others() external {
        uint256 state = _busyState() | uint160(owner);
        CHEATS.prank(owner);
        registry.liftRecall(CHILD, REASON);
        _same(_slot(CHILD), state & ~RECALLED, "lifted");
        _recall(CHILD);
        CHEATS.prank(owner);
        registry.returnToSale(CHILD);
        _same(_slot(CHILD), state & ~WITHDRAWN, "returned");
        CHEATS.prank(owner);
        registry.withdrawFromSale(CHILD);
        CHEATS.prank(owner);
        registry.setDerivativePolicy(CHILD, false, 0);
        _same(_slot(CHILD), state & ~(OPEN | (uint256(type(uint16).max) << 168)), "closed");
        _openPolicy(CHILD, 5_000);
        _same(_slot(CHILD), state, "and all again");
    }

    /// @dev CHILD with every part of its state in use; returns it without the owner.
    function _busyState() private returns (uint256) {
        _deriveOwn(CHILD, DESIGN);
        _openPolicy(CHILD, 5_000);
        _recall(CHILD);
        CHEATS.prank(owner);
        registry.withdrawFromSale(CHILD);
        uint256 state = _slot(CHILD) & ~uint256(type(uint160).max);
        uint256 lineage = (1 << 184) | (1 << 192);
        _same(state, RECALLED | WITHDRAWN | OPEN | (5_000 << 168) | lineage, "in use");
        return state;
    }

    function _slot(bytes32 design) private view returns (uint256) {
        bytes32 slot = keccak256(abi.encode(design, OWNERS_SLOT));
        return uint256(CHEATS.load(address(registry), slot));
    }
}
