// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ICommitments} from "../interfaces/ICommitments.sol";
import {DesignState} from "../libraries/DesignState.sol";
import {Designs} from "./Designs.sol";

/// @title Commit and reveal, before any form of registration.
/// @notice See ICommitments.
abstract contract Commitments is Designs {
    /// @inheritdoc ICommitments
    uint256 public immutable minimumAge;

    mapping(bytes32 commitment => uint256) private _committedAt;
    mapping(bytes32 design => mapping(address owner => bool)) private _revealed;

    /// @param age How old a commitment must be, in seconds; 0 where none is needed.
    constructor(uint256 age) {
        minimumAge = age;
    }

    /// @inheritdoc ICommitments
    function commit(bytes32 commitment) external {
        // The first counts: nobody can make another's commitment younger by repeating it.
        if (_committedAt[commitment] != 0) revert CommitmentExists(commitment);
        _committedAt[commitment] = block.timestamp;
        emit Committed(commitment);
    }

    /// @inheritdoc ICommitments
    function reveal(bytes32 design, address owner, bytes32 salt) external {
        bytes32 commitment = commitmentOf(design, owner, salt);
        uint256 since = _committedAt[commitment];
        if (since == 0) revert CommitmentMissing(design, owner);
        if (block.timestamp < since + minimumAge) revert CommitmentTooYoung(since + minimumAge);
        delete _committedAt[commitment];
        _revealed[design][owner] = true;
        emit Revealed(design, owner);
    }

    /// @inheritdoc ICommitments
    function committedAt(bytes32 commitment) external view returns (uint256) {
        return _committedAt[commitment];
    }

    /// @inheritdoc ICommitments
    function isRevealed(bytes32 design, address owner) external view returns (bool) {
        return _revealed[design][owner];
    }

    /// @inheritdoc ICommitments
    function commitmentOf(bytes32 design, address owner, bytes32 salt)
        public
        view
        returns (bytes32)
    {
        return keccak256(abi.encode(block.chainid, address(this), design, owner, salt));
    }

    /// @dev Registers a design as soon as nothing stands against it but its lineage.
    function _register(bytes32 design, bytes32 metadata, DesignState state) internal {
        if (minimumAge != 0) _requireRevealed(design, state.owner());
        _create(design, metadata, state);
    }

    function _requireRevealed(bytes32 design, address owner) private view {
        if (!_revealed[design][owner]) revert CommitmentMissing(design, owner);
    }
}
