// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @dev What a redemption must know of a design, in one storage slot: from the low end its owner
///      (160 bits), flags (8), the share of its derivative policy (16), its number of parents (8)
///      and of ancestors (8). Zero means: no such design.
type DesignState is uint256;

using DesignStates for DesignState global;

/// @title The state of a design, kept beside its owner.
/// @dev The slot is the one in which OpenZeppelin's ERC721 keeps the owner. It writes an address
///      there, and Solidity keeps the other 96 bits of a slot as they are.
library DesignStates {
    /// @dev The slot of `ERC721._owners`, which is private: the third variable of the first base
    ///      that has any. A test reads it in the deployed contract.
    uint256 private constant OWNERS_SLOT = 2;

    uint256 private constant RECALLED = 1 << 160;
    uint256 private constant WITHDRAWN = 1 << 161;
    uint256 private constant OPEN = 1 << 162;
    uint256 private constant SHARE = 168;
    uint256 private constant PARENTS = 184;
    uint256 private constant ANCESTORS = 192;
    uint256 private constant POLICY = OPEN | (uint256(type(uint16).max) << SHARE);
    uint256 private constant ASKS_MORE = RECALLED | (uint256(type(uint8).max) << ANCESTORS);

    /// @notice Reads a design of the running contract.
    /// @param design The design.
    /// @return state Its state; zero if it is not registered.
    function load(bytes32 design) internal view returns (DesignState state) {
        assembly ("memory-safe") {
            mstore(0, design)
            mstore(32, OWNERS_SLOT)
            state := sload(keccak256(0, 64))
        }
    }

    /// @notice Writes a design of the running contract.
    /// @dev The owner in it must be the present one.
    /// @param self The state.
    /// @param design The design.
    function store(DesignState self, bytes32 design) internal {
        assembly ("memory-safe") {
            mstore(0, design)
            mstore(32, OWNERS_SLOT)
            sstore(keccak256(0, 64), self)
        }
    }

    /// @notice Writes a design of the running contract if there is none yet.
    /// @param self The state of the new one.
    /// @param design The design.
    /// @return there The state that was found, and stays; zero if this one was written.
    function storeNew(DesignState self, bytes32 design) internal returns (DesignState there) {
        assembly ("memory-safe") {
            mstore(0, design)
            mstore(32, OWNERS_SLOT)
            let slot := keccak256(0, 64)
            there := sload(slot)
            if iszero(there) { sstore(slot, self) }
        }
    }

    /// @notice The state of a design that is registered now, without lineage.
    /// @param account Who will own it.
    /// @return The state.
    function ownedBy(address account) internal pure returns (DesignState) {
        return DesignState.wrap(uint160(account));
    }

    /// @notice Who owns the design; zero where there is none.
    /// @param self The state.
    /// @return The owner.
    function owner(DesignState self) internal pure returns (address) {
        return address(uint160(DesignState.unwrap(self)));
    }

    /// @notice Whether the design itself is recalled.
    /// @param self The state.
    /// @return True if so.
    function recalled(DesignState self) internal pure returns (bool) {
        return DesignState.unwrap(self) & RECALLED != 0;
    }

    /// @notice Whether it is withdrawn from sale.
    /// @param self The state.
    /// @return True if so.
    function withdrawn(DesignState self) internal pure returns (bool) {
        return DesignState.unwrap(self) & WITHDRAWN != 0;
    }

    /// @notice Whether more than this slot decides if the design may be printed.
    /// @param self The state.
    /// @return True if it is recalled or has ancestors.
    function asksMore(DesignState self) internal pure returns (bool) {
        return DesignState.unwrap(self) & ASKS_MORE != 0;
    }

    /// @notice Whether anybody may derive from it.
    /// @param self The state.
    /// @return True if so.
    function open(DesignState self) internal pure returns (bool) {
        return DesignState.unwrap(self) & OPEN != 0;
    }

    /// @notice The share of its derivative policy.
    /// @param self The state.
    /// @return Basis points.
    function share(DesignState self) internal pure returns (uint16) {
        return uint16(DesignState.unwrap(self) >> SHARE);
    }

    /// @notice How many parents it has.
    /// @param self The state.
    /// @return Their number.
    function parents(DesignState self) internal pure returns (uint256) {
        return uint8(DesignState.unwrap(self) >> PARENTS);
    }

    /// @notice How many ancestors it has, its parents among them.
    /// @param self The state.
    /// @return Their number.
    function ancestors(DesignState self) internal pure returns (uint256) {
        return uint8(DesignState.unwrap(self) >> ANCESTORS);
    }

    /// @notice The same, recalled or not.
    /// @param self The state.
    /// @param yes Whether it is recalled.
    /// @return The new state.
    function withRecalled(DesignState self, bool yes) internal pure returns (DesignState) {
        return _with(self, RECALLED, yes);
    }

    /// @notice The same, withdrawn from sale or not.
    /// @param self The state.
    /// @param yes Whether it is withdrawn.
    /// @return The new state.
    function withWithdrawn(DesignState self, bool yes) internal pure returns (DesignState) {
        return _with(self, WITHDRAWN, yes);
    }

    /// @notice The same with another derivative policy.
    /// @param self The state.
    /// @param yes Whether anybody may derive from it.
    /// @param basisPoints At which share.
    /// @return The new state.
    function withPolicy(DesignState self, bool yes, uint16 basisPoints)
        internal
        pure
        returns (DesignState)
    {
        uint256 kept = DesignState.unwrap(self) & ~POLICY;
        return _with(DesignState.wrap(kept | (uint256(basisPoints) << SHARE)), OPEN, yes);
    }

    /// @notice The state of a design that is registered now, with its lineage.
    /// @param self The state, without any.
    /// @param parentCount Number of parents.
    /// @param ancestorCount Number of ancestors, its parents among them.
    /// @return The new state.
    function withLineage(DesignState self, uint256 parentCount, uint256 ancestorCount)
        internal
        pure
        returns (DesignState)
    {
        return DesignState.wrap(
            DesignState.unwrap(self) | (parentCount << PARENTS) | (ancestorCount << ANCESTORS)
        );
    }

    function _with(DesignState self, uint256 flag, bool yes) private pure returns (DesignState) {
        uint256 word = DesignState.unwrap(self);
        return DesignState.wrap(yes ? word | flag : word & ~flag);
    }
}
