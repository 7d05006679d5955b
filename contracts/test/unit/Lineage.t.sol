// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IDesignRegistry} from "../../src/interfaces/IDesignRegistry.sol";
import {ILineage} from "../../src/interfaces/ILineage.sol";
import {IRecalls} from "../../src/interfaces/IRecalls.sol";
import {CHEATS} from "../base/Cheats.sol";
import {RegistryBase} from "../base/RegistryBase.sol";

/// @title registerDerived, its bounds, and what is told of lineage; see Lineage.tree. Who must
///        agree is tested in Consent.t.sol.
contract LineageTest is RegistryBase {
    // ------------------------------------------------------- registerDerived

    function test_a_derived_design_has_its_parents_and_shares() external {
        _register(owner, OTHER);
        ILineage.Parent[] memory parents = _both(OTHER, DESIGN);
        (parents[0].share, parents[1].share) = (300, 4_700);
        (bytes32[] memory ids, uint16[] memory shares) = _split(parents);
        CHEATS.expectEmit(address(registry));
        emit IDesignRegistry.DesignRegistered(CHILD, owner, METADATA);
        CHEATS.expectEmit(address(registry));
        emit ILineage.DesignDerived(CHILD, ids, shares);
        _derive(owner, CHILD, parents);
        (bytes32[] memory toldIds, uint16[] memory toldShares) = registry.parentsOf(CHILD);
        _check(_equal(toldIds, ids), "parents in order");
        _check(keccak256(abi.encode(toldShares)) == keccak256(abi.encode(shares)), "shares");
        CHEATS.assertEq(registry.metadataOf(CHILD), METADATA, "metadata");
        CHEATS.assertEq(registry.ownerOf(uint256(CHILD)), owner, "owner");
        _same(registry.balanceOf(owner), 3, "balance");
    }

    function test_a_derived_design_has_one_to_eight_parents() external {
        _refused(owner, abi.encodeWithSelector(ILineage.ParentCountInvalid.selector, 0));
        registry.registerDerived(CHILD, METADATA, _roots(0, 0));
        _refused(owner, abi.encodeWithSelector(ILineage.ParentCountInvalid.selector, 9));
        registry.registerDerived(CHILD, METADATA, _roots(0, 9));
        ILineage.Parent[] memory parents = _parentsAmongRoots(8);
        for (uint256 index; index < 8; ++index) {
            parents[index].share = uint16(625 - index);
        }
        _derive(owner, CHILD, parents);
        (bytes32[] memory wanted, uint16[] memory wantedShares) = _split(parents);
        (bytes32[] memory ids, uint16[] memory shares) = registry.parentsOf(CHILD);
        _check(_equal(ids, wanted), "eight parents");
        _check(keccak256(abi.encode(shares)) == keccak256(abi.encode(wantedShares)), "shares");
    }

    function test_a_parent_named_twice_is_refused() external {
        _register(owner, OTHER);
        ILineage.Parent[] memory parents = new ILineage.Parent[](3);
        (parents[0], parents[1]) = (_parent(DESIGN, 1), _parent(OTHER, 1));
        parents[2] = _parent(DESIGN, 2);
        _refused(owner, abi.encodeWithSelector(ILineage.ParentRepeated.selector, DESIGN));
        registry.registerDerived(CHILD, METADATA, parents);
    }

    function test_at_most_half_goes_to_parents() external {
        _register(owner, OTHER);
        ILineage.Parent[] memory parents = _both(DESIGN, OTHER);
        (parents[0].share, parents[1].share) = (4_999, 2);
        _refused(owner, abi.encodeWithSelector(ILineage.SharesTooHigh.selector, 5_001));
        registry.registerDerived(CHILD, METADATA, parents);
        (parents[0].share, parents[1].share) = (type(uint16).max, type(uint16).max);
        _refused(owner, abi.encodeWithSelector(ILineage.SharesTooHigh.selector, 131_070));
        registry.registerDerived(CHILD, METADATA, parents);
        (parents[0].share, parents[1].share) = (4_999, 1);
        _derive(owner, CHILD, parents);
    }

    function test_a_parent_must_be_registered_before() external {
        _refused(owner, abi.encodeWithSelector(IDesignRegistry.DesignNotFound.selector, UNKNOWN));
        registry.registerDerived(CHILD, METADATA, _both(DESIGN, UNKNOWN));
    }

    function test_a_cycle_is_impossible() external {
        // A new design is no parent of itself: it is not there yet.
        _refused(owner, abi.encodeWithSelector(IDesignRegistry.DesignNotFound.selector, CHILD));
        registry.registerDerived(CHILD, METADATA, _only(CHILD, 0));
        // And one that is there gets no parents any more.
        _deriveOwn(CHILD, DESIGN);
        bytes4 taken = IDesignRegistry.DesignAlreadyRegistered.selector;
        _refused(owner, abi.encodeWithSelector(taken, DESIGN, owner));
        registry.registerDerived(DESIGN, METADATA, _only(CHILD, 0));
        _refused(owner, abi.encodeWithSelector(taken, DESIGN, owner));
        registry.registerDerived(DESIGN, METADATA, _only(DESIGN, 0));
        _same(registry.ancestorsOf(DESIGN).length, 0, "still without parents");
    }

    function test_the_lineage_of_a_design_never_changes() external {
        _register(owner, OTHER);
        _deriveOwn(CHILD, DESIGN);
        _refused(
            owner,
            abi.encodeWithSelector(IDesignRegistry.DesignAlreadyRegistered.selector, CHILD, owner)
        );
        registry.registerDerived(CHILD, METADATA, _only(OTHER, 1));
        (bytes32[] memory ids, uint16[] memory shares) = registry.parentsOf(CHILD);
        _same(ids.length, 1, "one parent");
        CHEATS.assertEq(ids[0], DESIGN, "the first");
        _same(shares[0], 0, "its share");
    }

    function test_a_recalled_design_gets_no_children() external {
        _deriveOwn(CHILD, DESIGN);
        _recall(DESIGN);
        bytes4 recalled = IRecalls.Recalled.selector;
        _refused(owner, abi.encodeWithSelector(recalled, DESIGN, DESIGN));
        registry.registerDerived(OTHER, METADATA, _only(DESIGN, 0));
        _refused(owner, abi.encodeWithSelector(recalled, CHILD, DESIGN));
        registry.registerDerived(OTHER, METADATA, _only(CHILD, 0));
        CHEATS.prank(owner);
        registry.liftRecall(DESIGN, REASON);
        _deriveOwn(OTHER, CHILD);
    }

    function test_a_derived_design_needs_metadata() external {
        _refused(owner, abi.encodeWithSelector(IDesignRegistry.MetadataMissing.selector, CHILD));
        registry.registerDerived(CHILD, 0, _only(DESIGN, 0));
    }

    // ------------------------------------------------------------- ancestors

    function test_ancestors_are_the_parents_and_then_theirs() external {
        _register(owner, OTHER);
        _derive(owner, _design(1), _both(DESIGN, OTHER));
        _deriveOwn(_design(2), OTHER);
        _derive(owner, CHILD, _both(_design(2), _design(1)));
        bytes32[] memory wanted = new bytes32[](4);
        (wanted[0], wanted[1], wanted[2], wanted[3]) = (_design(2), _design(1), OTHER, DESIGN);
        _check(_equal(registry.ancestorsOf(CHILD), wanted), "each once");
    }

    function test_a_parent_may_be_a_grandparent_too() external {
        _deriveOwn(OTHER, DESIGN);
        _derive(owner, CHILD, _both(OTHER, DESIGN));
        bytes32[] memory wanted = new bytes32[](2);
        (wanted[0], wanted[1]) = (OTHER, DESIGN);
        _check(_equal(registry.ancestorsOf(CHILD), wanted), "each once");
    }

    function test_sixteen_ancestors_are_accepted_and_seventeen_refused() external {
        bytes32 lowest = _chain(16);
        _same(registry.ancestorsOf(lowest).length, 16, "sixteen");
        _refused(owner, abi.encodeWithSelector(ILineage.TooManyAncestors.selector, CHILD));
        registry.registerDerived(CHILD, METADATA, _only(lowest, 0));
    }

    function test_the_highest_of_sixteen_ancestors_is_still_asked() external {
        bytes32 lowest = _chain(16);
        _check(registry.acceptsSigner(lowest, issuer), "prints");
        _recall(DESIGN);
        CHEATS.assertEq(registry.recalledBy(lowest), DESIGN, "the highest");
        CHEATS.expectRevert(abi.encodeWithSelector(IRecalls.Recalled.selector, lowest, DESIGN));
        registry.acceptsSigner(lowest, issuer);
    }

    function test_ancestors_above_different_parents_count_together() external {
        // Nine above the first parent and six above the second: 17 with the two themselves.
        bytes32 first = _chain(9);
        _register(owner, OTHER);
        bytes32 second = OTHER;
        for (uint256 number = 100; number < 106; ++number) {
            _deriveOwn(_design(number), second);
            second = _design(number);
        }
        _refused(owner, abi.encodeWithSelector(ILineage.TooManyAncestors.selector, CHILD));
        registry.registerDerived(CHILD, METADATA, _both(first, second));
        _derive(owner, CHILD, _both(first, _design(104)));
        _same(registry.ancestorsOf(CHILD).length, 16, "one less is accepted");
    }

    // ----------------------------------------------------------------- views

    function test_a_design_without_parents_has_no_lineage() external view {
        (bytes32[] memory ids, uint16[] memory shares) = registry.parentsOf(DESIGN);
        _same(ids.length + shares.length, 0, "no parents");
        _same(registry.ancestorsOf(DESIGN).length, 0, "no ancestors");
    }

    function test_an_unknown_design_has_no_lineage_to_tell() external {
        bytes memory problem =
            abi.encodeWithSelector(IDesignRegistry.DesignNotFound.selector, UNKNOWN);
        CHEATS.expectRevert(problem);
        registry.parentsOf(UNKNOWN);
        CHEATS.expectRevert(problem);
        registry.ancestorsOf(UNKNOWN);
        CHEATS.expectRevert(problem);
        registry.derivativePolicyOf(UNKNOWN);
    }

    // -------------------------------------------------------------- internal

    /// @dev A chain below DESIGN; the lowest design in it has `length` ancestors.
    function _chain(uint256 length) private returns (bytes32 lowest) {
        lowest = DESIGN;
        for (uint256 number; number < length; ++number) {
            _deriveOwn(_design(number), lowest);
            lowest = _design(number);
        }
    }

    function _roots(uint256 from, uint256 count)
        private
        pure
        returns (ILineage.Parent[] memory parents)
    {
        parents = new ILineage.Parent[](count);
        for (uint256 index; index < count; ++index) {
            parents[index] = _parent(_design(from + index), 0);
        }
    }

    function _parentsAmongRoots(uint256 count) private returns (ILineage.Parent[] memory) {
        for (uint256 index; index < count; ++index) {
            _register(owner, _design(index));
        }
        return _roots(0, count);
    }

    function _split(ILineage.Parent[] memory parents)
        private
        pure
        returns (bytes32[] memory ids, uint16[] memory shares)
    {
        ids = new bytes32[](parents.length);
        shares = new uint16[](parents.length);
        for (uint256 index; index < parents.length; ++index) {
            (ids[index], shares[index]) = (parents[index].design, parents[index].share);
        }
    }

    function _equal(bytes32[] memory left, bytes32[] memory right) private pure returns (bool) {
        return keccak256(abi.encode(left)) == keccak256(abi.encode(right));
    }
}
