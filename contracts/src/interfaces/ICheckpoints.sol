// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Checkpoints of append-only logs: how many entries there were, and the root over them.
/// @notice A log is known by the account that anchors it. The contract keeps nothing; what was
/// anchored is in its events, for ever and in one order. It cannot know what a log anchored
/// before: reading that from storage would cost more than the whole call may. So each reader
/// holds a log to its law, with these events as evidence:
///
/// 1. The size never shrinks.
/// 2. One size has one root: the first that was anchored counts.
/// 3. Every checkpoint is consistent with the ones before (RFC 9162, 2.1.4).
interface ICheckpoints {
    /// @notice A log's operator says that its first `size` entries have this root.
    /// @param log the account that sent it
    /// @param size number of entries
    /// @param root root of the Merkle tree over them (RFC 9162, 2.1.1, with SHA-256)
    event Anchored(address indexed log, uint64 size, bytes32 root);

    /// @notice A checkpoint over no entries says nothing.
    error CheckpointEmpty();

    /// @notice A checkpoint needs a root; no tree of SHA-256 has the root zero.
    /// @param size the size that came with it
    error RootMissing(uint64 size);

    /// @notice Anchors a checkpoint of the sender's log.
    /// @param size number of entries; not zero
    /// @param root root over the first `size` entries; not zero
    function anchor(uint64 size, bytes32 root) external;
}
