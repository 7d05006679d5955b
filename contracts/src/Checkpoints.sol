// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ICheckpoints} from "./interfaces/ICheckpoints.sol";

/// @title Checkpoints of append-only logs.
/// @notice See ICheckpoints.
contract Checkpoints is ICheckpoints {
    /// @inheritdoc ICheckpoints
    function anchor(uint64 size, bytes32 root) external {
        if (size == 0) revert CheckpointEmpty();
        if (root == 0) revert RootMissing(size);
        emit Anchored(msg.sender, size, root);
    }
}
