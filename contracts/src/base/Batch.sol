// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IBatch} from "../interfaces/IBatch.sol";

/// @title Many calls in one transaction.
/// @notice See IBatch.
abstract contract Batch is IBatch {
    /// @inheritdoc IBatch
    function batch(bytes[] calldata calls, bool allOrNothing)
        external
        returns (bytes[] memory results)
    {
        results = new bytes[](calls.length);
        for (uint256 index = 0; index < calls.length; ++index) {
            // To itself, in the caller's name: what the caller may not do alone fails here too.
            (bool done, bytes memory result) = address(this).delegatecall(calls[index]);
            results[index] = result;
            if (done) continue;
            if (allOrNothing) revert BatchFailed(index, result);
            emit BatchItemFailed(msg.sender, index, result);
        }
    }
}
