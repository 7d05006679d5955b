// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Many calls in one transaction.
/// @notice Each call is carried out as if its sender had sent it alone, in the order given. No
///         payment goes with a batch, so that none can be counted twice.
interface IBatch {
    /// @notice A call of an all-or-nothing batch failed, and so nothing was done.
    /// @param index Which call, from 0.
    /// @param reason What it reverted with: the ABI encoding of its error.
    error BatchFailed(uint256 index, bytes reason);

    /// @notice A call of an item-by-item batch failed; the others stand.
    /// @param caller Who sent the batch.
    /// @param index Which call, from 0.
    /// @param reason What it reverted with: the ABI encoding of its error.
    event BatchItemFailed(address indexed caller, uint256 index, bytes reason);

    /// @notice Carries out calls of this contract for the caller.
    /// @param calls ABI-encoded calls.
    /// @param allOrNothing True: one failure undoes all. False: failures are reported as events.
    /// @return results What each call returned; what it reverted with where it failed.
    function batch(bytes[] calldata calls, bool allOrNothing)
        external
        returns (bytes[] memory results);
}
