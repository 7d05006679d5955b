// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IRecalls} from "../interfaces/IRecalls.sol";
import {DesignState, DesignStates} from "../libraries/DesignState.sol";
import {Issuers} from "./Issuers.sol";

/// @title Recalls, which reach every design below, and withdrawals from sale, which do not.
/// @notice See IRecalls.
abstract contract Recalls is Issuers {
    /// @dev A recall is looked for in each ancestor at each redemption. 16 of them cost 71,000 gas
    ///      there, somewhat more than the redemption, and hold three levels of two parents each.
    uint256 internal constant MAX_ANCESTORS = 16;

    /// @dev The first of them are the parents. How many there are is in the design's state.
    mapping(bytes32 design => bytes32[MAX_ANCESTORS]) internal _ancestors;

    /// @inheritdoc IRecalls
    function recall(bytes32 design, bytes32 notice) external {
        DesignState state = _ownState(design);
        if (notice == 0) revert NoticeMissing(design);
        if (state.recalled()) revert AlreadyRecalled(design);
        state.withRecalled(true).store(design);
        emit DesignRecalled(design, msg.sender, notice);
    }

    /// @inheritdoc IRecalls
    function liftRecall(bytes32 design, bytes32 notice) external {
        DesignState state = _ownState(design);
        if (notice == 0) revert NoticeMissing(design);
        if (!state.recalled()) revert NotRecalled(design);
        state.withRecalled(false).store(design);
        emit RecallLifted(design, msg.sender, notice);
    }

    /// @inheritdoc IRecalls
    function withdrawFromSale(bytes32 design) external {
        _setSale(design, false);
    }

    /// @inheritdoc IRecalls
    function returnToSale(bytes32 design) external {
        _setSale(design, true);
    }

    /// @inheritdoc IRecalls
    function acceptsSigner(bytes32 design, address signer) external view returns (bool) {
        DesignState state = _stateOf(design);
        _requireNotRecalled(design, state);
        return _speaksFor(state.owner(), signer);
    }

    /// @inheritdoc IRecalls
    function mustBeForSale(bytes32 design) external view {
        DesignState state = _stateOf(design);
        _requireNotRecalled(design, state);
        if (state.withdrawn()) revert NotForSale(design);
    }

    /// @inheritdoc IRecalls
    function recalledBy(bytes32 design) external view returns (bytes32) {
        return _recalledBy(design, _stateOf(design));
    }

    /// @inheritdoc IRecalls
    function isOnSale(bytes32 design) external view returns (bool) {
        return !_stateOf(design).withdrawn();
    }

    function _requireNotRecalled(bytes32 design, DesignState state) internal view {
        // Most designs have no parents: for them one look at a slot that is read anyway decides.
        if (!state.asksMore()) return;
        bytes32 recalled = _recalledBy(design, state);
        if (recalled != 0) revert Recalled(design, recalled);
    }

    function _recalledBy(bytes32 design, DesignState state) private view returns (bytes32) {
        if (state.recalled()) return design;
        bytes32[MAX_ANCESTORS] storage above = _ancestors[design];
        uint256 count = state.ancestors();
        for (uint256 index = 0; index < count; ++index) {
            bytes32 ancestor = above[index];
            if (DesignStates.load(ancestor).recalled()) return ancestor;
        }
        return 0;
    }

    function _setSale(bytes32 design, bool onSale) private {
        _ownState(design).withWithdrawn(!onSale).store(design);
        emit SaleChanged(design, onSale);
    }
}
