// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title A contract account for tests: signs by ERC-1271 what its owner signed, or misbehaves.
contract TestWallet {
    /// @dev How it answers `isValidSignature`.
    enum Answer {
        Honest,
        WrongMagic,
        MagicWithDirt,
        TooShort,
        Revert,
        BurnGas
    }

    bytes4 private constant MAGIC = 0x1626ba7e;

    address public immutable owner;
    Answer public immutable answer;

    constructor(address owner_, Answer answer_) {
        owner = owner_;
        answer = answer_;
    }

    receive() external payable {}

    /// @notice Calls another contract; its revert is passed on as it is.
    function execute(address to, uint256 value, bytes calldata data) external payable {
        require(msg.sender == owner, "not the wallet's owner");
        (bool done, bytes memory result) = to.call{value: value}(data);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(result, 32), mload(result))
            }
        }
    }

    /// @notice ERC-1271, as honest as `answer` says.
    function isValidSignature(bytes32 digest, bytes calldata signature)
        external
        view
        returns (bytes4)
    {
        if (answer == Answer.WrongMagic) return 0xffffffff;
        if (answer == Answer.Revert) revert("no");
        if (answer == Answer.BurnGas) while (true) {}
        assembly ("memory-safe") {
            mstore(0, shl(224, 0x1626ba7e))
        }
        if (answer == Answer.MagicWithDirt) {
            assembly ("memory-safe") {
                mstore8(31, 1)
                return(0, 32)
            }
        }
        if (answer == Answer.TooShort) {
            assembly ("memory-safe") {
                return(0, 4)
            }
        }
        if (signature.length != 65) return 0xffffffff;
        address who = ecrecover(
            digest,
            uint8(signature[64]),
            bytes32(signature[0:32]),
            bytes32(signature[32:64])
        );
        return who == owner ? MAGIC : bytes4(0xffffffff);
    }
}
