// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IRedemption} from "../interfaces/licenses/IRedemption.sol";

/// @title The EIP-712 struct hash of print tokens: one, or many that share all but the serials.
library TokenHash {
    bytes32 private constant TYPEHASH = keccak256(
        "PrintToken(bytes32 design,uint256 license,address printer,uint32 word,uint256 serials,uint40 notBefore,uint40 deadline,bytes32 job)"
    );
    /// @dev A token takes whole words in calldata, so it is hashed as it came.
    uint256 private constant TOKEN_BYTES = 8 * 32;
    /// @dev Where `word` stands in the encoding, behind the type's hash and three members; the
    ///      serials follow it.
    uint256 private constant WORD_AT = 4 * 32;

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

    /// @notice The encoding of tokens with this head, with room for the serials.
    /// @param head What they have in common.
    /// @return encoded For `finish`.
    function begin(IRedemption.TokenHead calldata head) internal pure returns (bytes memory encoded) {
        encoded = abi.encode(
            TYPEHASH,
            head.design,
            head.license,
            head.printer,
            uint256(0),
            uint256(0),
            head.notBefore,
            head.deadline,
            head.job
        );
    }

    /// @notice The struct hash of one of them.
    /// @param encoded What `begin` gave; its room for the serials is written anew each time.
    /// @param word Which 256 serials.
    /// @param serials A bit for each serial.
    /// @return structHash The hash.
    function finish(bytes memory encoded, uint32 word, uint256 serials)
        internal
        pure
        returns (bytes32 structHash)
    {
        assembly ("memory-safe") {
            let at := add(add(encoded, 32), WORD_AT)
            mstore(at, word)
            mstore(add(at, 32), serials)
            structHash := keccak256(add(encoded, 32), mload(encoded))
        }
    }
}
