// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ILineage} from "../../src/interfaces/ILineage.sol";
import {IRecalls} from "../../src/interfaces/IRecalls.sol";
import {CHEATS} from "../base/Cheats.sol";
import {RegistryBase} from "../base/RegistryBase.sol";

/// @title Laws of lineage over random families, against a model that knows reachability alone.
contract LineagesTest is RegistryBase {
    uint256 private constant FAMILY = 22;
    uint256 private constant MAX_ANCESTORS = 16;

    /// @dev Bit j of member i: design j is above design i. Absent members have no design.
    uint256[FAMILY] private above;
    bool[FAMILY] private present;

    function testFuzz_ancestors_are_all_that_lie_above(uint256 seed) external {
        _family(seed);
        for (uint256 member; member < FAMILY; ++member) {
            if (!present[member]) continue;
            bytes32[] memory told = registry.ancestorsOf(_design(member));
            uint256 seen;
            for (uint256 index; index < told.length; ++index) {
                uint256 bit = 1 << _memberOf(told[index]);
                _check(seen & bit == 0, "each once");
                seen |= bit;
            }
            _same(seen, above[member], "the model's union");
            (bytes32[] memory parents, uint16[] memory shares) =
                registry.parentsOf(_design(member));
            _same(parents.length, shares.length, "a share for each parent");
            uint256 total;
            for (uint256 index; index < parents.length; ++index) {
                CHEATS.assertEq(parents[index], told[index], "parents first");
                total += shares[index];
            }
            _check(total <= 5_000, "the designer keeps half");
            _check(seen & (1 << member) == 0, "nobody is above itself");
        }
    }

    function testFuzz_a_recall_stops_all_that_lie_below(uint256 seed, uint256 recalled) external {
        _family(seed);
        recalled &= uint256(keccak256(abi.encode(seed))); // a quarter of the family
        for (uint256 member; member < FAMILY; ++member) {
            if (present[member] && recalled >> member & 1 == 1) _recall(_design(member));
            if (!present[member]) recalled &= ~(1 << member);
        }
        for (uint256 member; member < FAMILY; ++member) {
            if (!present[member]) continue;
            bytes32 design = _design(member);
            bytes32 cause = registry.recalledBy(design);
            CHEATS.assertEq(cause, _cause(member, recalled), "the first that is recalled");
            if (cause != 0) {
                CHEATS.expectRevert(
                    abi.encodeWithSelector(IRecalls.Recalled.selector, design, cause)
                );
            }
            bool holds = registry.acceptsSigner(design, issuer);
            if (cause == 0) _check(holds, "prints");
        }
    }

    /// @dev Designs that each have up to 8 random parents among those before.
    function _family(uint256 seed) private {
        for (uint256 member; member < FAMILY; ++member) {
            (uint256 parents, uint256 count) = _choose(seed, member);
            uint256 union = parents;
            for (uint256 other; other < member; ++other) {
                if (parents >> other & 1 == 1) union |= above[other];
            }
            present[member] = _bits(union) <= MAX_ANCESTORS;
            if (present[member]) above[member] = union;
            if (count == 0) {
                _register(owner, _design(member));
                continue;
            }
            if (!present[member]) {
                CHEATS.expectRevert(
                    abi.encodeWithSelector(ILineage.TooManyAncestors.selector, _design(member))
                );
            }
            _derive(owner, _design(member), _named(parents, count));
        }
    }

    function _choose(uint256 seed, uint256 member)
        private
        view
        returns (uint256 parents, uint256 count)
    {
        uint256 dice = uint256(keccak256(abi.encode(seed, member)));
        // Between lonely families and crowded ones.
        uint256 wanted = dice % (1 + seed % 9);
        for (uint256 other = member; other > 0 && count < wanted; --other) {
            if (!present[other - 1] || dice >> (8 + other) & 1 == 0) continue;
            parents |= 1 << (other - 1);
            ++count;
        }
    }

    function _named(uint256 members, uint256 count)
        private
        pure
        returns (ILineage.Parent[] memory parents)
    {
        parents = new ILineage.Parent[](count);
        uint256 next;
        for (uint256 member; member < FAMILY; ++member) {
            if (members >> member & 1 == 0) continue;
            parents[next++] = _parent(_design(member), uint16(member * 20));
        }
    }

    /// @dev Itself if it is recalled, else the first in the order of its ancestors.
    function _cause(uint256 member, uint256 recalled) private view returns (bytes32) {
        if (recalled >> member & 1 == 1) return _design(member);
        if (recalled & above[member] == 0) return 0;
        bytes32[] memory told = registry.ancestorsOf(_design(member));
        for (uint256 index; index < told.length; ++index) {
            if (recalled >> _memberOf(told[index]) & 1 == 1) return told[index];
        }
        return 0;
    }

    function _memberOf(bytes32 design) private pure returns (uint256 member) {
        while (_design(member) != design) {
            ++member;
        }
    }
}
