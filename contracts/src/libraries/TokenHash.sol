// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IRedemption} from "../interfaces/licenses/IRedemption.sol";

/// @title The EIP-712 struct hash of print tokens: one, or many of one design, license and job.
library TokenHash {
    bytes32 private constant TYPEHASH = keccak256(
        "PrintToken(bytes32 design,uint256 license,address printer,uint32 word,uint256 serials,uint40 notBefore,uint40 deadline,bytes32 job)"
    );
    /// @dev A token takes whole words in calldata, so it is hashed as it came.
    uint256 private constant TOKEN_BYTES = 8 * 32;
    /// @dev Where members stand in the encoding, behind the type's hash and those before them.
    uint256 private constant PRINTER_AT = 3 * 32;
    uint256 private constant WORD_AT = 4 * 32;
    uint256 private constant SERIALS_AT = 5 * 32;
    uint256 private constant NOT_BEFORE_AT = 6 * 32;
    uint256 private constant DEADLINE_AT = 7 * 32;
    uint256 private constant JOB_AT = 8 * 32;

    /// @notice The struct hash of a token.
    /// @param token The token.
    /// @return structHash The hash.
    function structHashOf(IRedemption.PrintToken calldata token) internal pure returns (bytes32 structHash) {
        bytes32 typeHash = TYPEHASH;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typeHash)
            calldatacopy(add(free, 32), token, TOKEN_BYTES)
            structHash := keccak256(free, add(32, TOKEN_BYTES))
        }
    }

    /// @notice The encoding of tokens with this head, with room for what is not in common.
    /// @param head What they have in common.
    /// @return encoded Where it lies in memory: for `name` and `finish`.
    function begin(IRedemption.TokenHead calldata head) internal pure returns (uint256 encoded) {
        bytes32 typeHash = TYPEHASH;
        bytes32 job = head.job;
        assembly ("memory-safe") {
            encoded := mload(0x40)
            mstore(0x40, add(encoded, add(32, TOKEN_BYTES)))
            mstore(encoded, typeHash)
            // The design and the license, which begin a head as they begin a token.
            calldatacopy(add(encoded, 32), head, 64)
            mstore(add(encoded, JOB_AT), job)
        }
    }

    /// @notice Names the printer and the window of those that are finished next.
    /// @param encoded What `begin` gave; its room for them is written anew each time.
    /// @param printer The only printer that they are for.
    /// @param notBefore First second at which they are valid.
    /// @param deadline First second at which nothing may be printed on them any more.
    function name(uint256 encoded, address printer, uint40 notBefore, uint40 deadline)
        internal
        pure
    {
        assembly ("memory-safe") {
            mstore(add(encoded, PRINTER_AT), printer)
            mstore(add(encoded, NOT_BEFORE_AT), notBefore)
            mstore(add(encoded, DEADLINE_AT), deadline)
        }
    }

    /// @notice The struct hash of one of them.
    /// @param encoded What `begin` gave, named; its room for the serials is written anew each time.
    /// @param word Which 256 serials.
    /// @param serials A bit for each serial.
    /// @return structHash The hash.
    function finish(uint256 encoded, uint32 word, uint256 serials)
        internal
        pure
        returns (bytes32 structHash)
    {
        assembly ("memory-safe") {
            mstore(add(encoded, WORD_AT), word)
            mstore(add(encoded, SERIALS_AT), serials)
            structHash := keccak256(encoded, add(32, TOKEN_BYTES))
        }
    }
}
