// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IRedemption} from "../interfaces/licenses/IRedemption.sol";

/// @title The event of a redemption of many words, written entry by entry as it is logged.
/// @dev The compiler would build an array of structs first and copy it then, which costs about
///      500 gas a word. The layout is the ABI's: job, signer, where the array begins, its length,
///      and three words of 32 bytes for each entry.
library RedemptionLog {
    uint256 private constant HEAD_BYTES = 4 * 32;
    uint256 private constant ENTRY_BYTES = 3 * 32;
    /// @dev The array begins behind job, signer and this offset itself.
    uint256 private constant ARRAY_AT = 3 * 32;

    /// @notice Room for the event of `count` words.
    /// @param count How many words.
    /// @return data For `put` and `write`.
    function begin(uint256 count) internal pure returns (bytes memory data) {
        data = new bytes(HEAD_BYTES + count * ENTRY_BYTES);
    }

    /// @notice Notes what was spent of one word.
    /// @param data What `begin` gave.
    /// @param index Which entry; below the count.
    /// @param word Which 256 serials.
    /// @param take A bit for each serial that was spent.
    /// @param token The EIP-712 digest of the print token.
    function put(bytes memory data, uint256 index, uint32 word, uint256 take, bytes32 token)
        internal
        pure
    {
        assembly ("memory-safe") {
            let at := add(add(data, add(32, HEAD_BYTES)), mul(index, ENTRY_BYTES))
            mstore(at, word)
            mstore(add(at, 32), take)
            mstore(add(at, 64), token)
        }
    }

    /// @notice Logs WordsRedeemed.
    /// @param data What `begin` gave, with all entries put.
    /// @param count How many words.
    /// @param head What their tokens have in common.
    /// @param signer Who signed them.
    function write(
        bytes memory data,
        uint256 count,
        IRedemption.TokenHead calldata head,
        address signer
    ) internal {
        (bytes32 design, uint256 license, address printer) =
            (head.design, head.license, head.printer);
        bytes32 job = head.job;
        bytes32 topic = IRedemption.WordsRedeemed.selector;
        assembly ("memory-safe") {
            let at := add(data, 32)
            mstore(at, job)
            mstore(add(at, 32), signer)
            mstore(add(at, 64), ARRAY_AT)
            mstore(add(at, ARRAY_AT), count)
            log4(at, mload(data), topic, design, license, printer)
        }
    }
}
