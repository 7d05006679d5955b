// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IRedemption} from "../interfaces/licenses/IRedemption.sol";

/// @title The event of a redemption of many words, written entry by entry as it is logged.
/// @dev The compiler would build an array of structs first and copy it then, which costs about
///      500 gas a word. The layout is the ABI's: job, signer, where the array begins, its length,
///      and four words of 32 bytes for each entry.
library RedemptionLog {
    uint256 private constant HEAD_BYTES = 4 * 32;
    uint256 private constant ENTRY_BYTES = 4 * 32;
    /// @dev The array begins behind job, signer and this offset itself.
    uint256 private constant ARRAY_AT = 3 * 32;

    /// @notice Room for the event of `count` words.
    /// @param count How many words.
    /// @return data For `write`.
    /// @return next Where the first entry is put.
    function begin(uint256 count) internal pure returns (bytes memory data, uint256 next) {
        assembly ("memory-safe") {
            data := mload(0x40)
            let size := add(HEAD_BYTES, mul(count, ENTRY_BYTES))
            mstore(0x40, add(data, add(32, size)))
            mstore(data, size)
            mstore(add(data, add(32, ARRAY_AT)), count)
            next := add(data, add(32, HEAD_BYTES))
        }
    }

    /// @notice Notes what was spent of one word.
    /// @param at Where the entry is put: what `begin` gave first, then what this gave. No more
    ///        entries than were counted.
    /// @param printer The printer that was named by the token.
    /// @param word Which 256 serials.
    /// @param take A bit for each serial that was spent.
    /// @param token The EIP-712 digest of the print token.
    /// @return next Where the next entry is put.
    function put(uint256 at, address printer, uint32 word, uint256 take, bytes32 token)
        internal
        pure
        returns (uint256 next)
    {
        assembly ("memory-safe") {
            mstore(at, printer)
            mstore(add(at, 32), word)
            mstore(add(at, 64), take)
            mstore(add(at, 96), token)
            next := add(at, ENTRY_BYTES)
        }
    }

    /// @notice Logs WordsRedeemed.
    /// @param data What `begin` gave, with all entries put.
    /// @param head What their tokens have in common.
    /// @param signer Who signed them.
    function write(bytes memory data, IRedemption.TokenHead calldata head, address signer)
        internal
    {
        (bytes32 design, uint256 license, bytes32 job) = (head.design, head.license, head.job);
        bytes32 topic = IRedemption.WordsRedeemed.selector;
        assembly ("memory-safe") {
            let at := add(data, 32)
            mstore(at, job)
            mstore(add(at, 32), signer)
            mstore(add(at, 64), ARRAY_AT)
            log3(at, mload(data), topic, design, license)
        }
    }
}
