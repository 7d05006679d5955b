// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Arithmetic of serials kept as bits, 256 to a word.
library Serials {
    /// @dev Serials in one word: the bits of a storage slot.
    uint256 internal constant WORD = 256;

    /// @notice How many words `quota` serials take.
    /// @param quota Number of serials.
    /// @return Number of words.
    function wordsOf(uint256 quota) internal pure returns (uint256) {
        return (quota + WORD - 1) / WORD;
    }

    /// @notice The bits of `word` that are below `quota`.
    /// @param quota Number of serials.
    /// @param word Which word; below 2^248.
    /// @return The mask: all bits, some, or none.
    function held(uint256 quota, uint256 word) internal pure returns (uint256) {
        unchecked {
            uint256 start = word * WORD;
            if (quota <= start) return 0;
            uint256 count_ = quota - start;
            return count_ >= WORD ? type(uint256).max : (1 << count_) - 1;
        }
    }

    /// @notice The lowest serial that `mask` names.
    /// @param mask Not zero.
    /// @param word Which word the mask is about.
    /// @return serial The serial.
    function first(uint256 mask, uint256 word) internal pure returns (uint256 serial) {
        serial = word * WORD;
        while (mask & 1 == 0) {
            mask >>= 1;
            ++serial;
        }
    }

    /// @notice The number of bits set.
    /// @dev Sums neighbours in parallel: bits to pairs, nibbles, bytes, then all bytes by one
    ///      multiplication (Warren, Hacker's Delight, 5-1). 256 does not fit the top byte, so a
    ///      full word is told apart first.
    /// @param bits Any word.
    /// @return 0..256.
    function count(uint256 bits) internal pure returns (uint256) {
        if (bits == type(uint256).max) return WORD;
        unchecked {
            uint256 pairs = type(uint256).max / 3;
            uint256 nibbles = type(uint256).max / 5;
            uint256 bytes_ = type(uint256).max / 17;
            bits = bits - ((bits >> 1) & pairs);
            bits = (bits & nibbles) + ((bits >> 2) & nibbles);
            bits = (bits + (bits >> 4)) & bytes_;
            return (bits * (type(uint256).max / 255)) >> 248;
        }
    }
}
