// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ILineage} from "../../src/interfaces/ILineage.sol";
import {Base, IRegistry} from "./Base.sol";
import {CHEATS} from "./Cheats.sol";

/// @title What tests of the registry share: more designs, and parents for them.
abstract contract RegistryBase is Base {
    bytes32 internal constant OTHER = keccak256("another design");
    bytes32 internal constant CHILD = keccak256("a derived design");
    bytes32 internal constant UNKNOWN = keccak256("not registered");
    bytes32 internal constant SALT = keccak256("a salt");

    /// @dev A registry of its own, for tests that need a minimum age.
    function _registryWith(uint256 minimumAge) internal returns (IRegistry made) {
        made = IRegistry(_deploy("DesignRegistry.sol:DesignRegistry", abi.encode(minimumAge)));
    }

    function _design(uint256 number) internal pure returns (bytes32) {
        return keccak256(abi.encode("design", number));
    }

    function _register(address who, bytes32 design) internal {
        CHEATS.prank(who);
        registry.register(design, METADATA);
    }

    function _derive(address who, bytes32 design, ILineage.Parent[] memory parents) internal {
        CHEATS.prank(who);
        registry.registerDerived(design, METADATA, parents);
    }

    /// @dev Derives `design` from a parent of the same owner, who needs nobody's consent.
    function _deriveOwn(bytes32 design, bytes32 parent) internal {
        _derive(owner, design, _only(parent, 0));
    }

    function _only(bytes32 parent, uint16 share)
        internal
        pure
        returns (ILineage.Parent[] memory parents)
    {
        parents = new ILineage.Parent[](1);
        parents[0] = _parent(parent, share);
    }

    function _both(bytes32 first, bytes32 second)
        internal
        pure
        returns (ILineage.Parent[] memory parents)
    {
        parents = new ILineage.Parent[](2);
        (parents[0], parents[1]) = (_parent(first, 0), _parent(second, 0));
    }

    function _parent(bytes32 design, uint16 share)
        internal
        pure
        returns (ILineage.Parent memory parent)
    {
        (parent.design, parent.share) = (design, share);
    }

    function _openPolicy(bytes32 design, uint16 share) internal {
        address holder = registry.ownerOf(uint256(design));
        CHEATS.prank(holder);
        registry.setDerivativePolicy(design, true, share);
    }

    function _recall(bytes32 design) internal {
        address holder = registry.ownerOf(uint256(design));
        CHEATS.prank(holder);
        registry.recall(design, REASON);
    }
}
