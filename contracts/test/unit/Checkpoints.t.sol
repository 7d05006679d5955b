// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ICheckpoints} from "../../src/interfaces/ICheckpoints.sol";
import {Base} from "../base/Base.sol";
import {CHEATS} from "../base/Cheats.sol";

/// @title anchor.
contract CheckpointsTest is Base {
    bytes32 private constant ROOT = bytes32(type(uint256).max);

    ICheckpoints private checkpoints;

    function setUp() public override {
        super.setUp();
        checkpoints = ICheckpoints(_deploy("Checkpoints.sol:Checkpoints", ""));
    }

    function test_anyone_anchors_a_checkpoint_of_their_own_log() external {
        CHEATS.expectEmit(address(checkpoints));
        emit ICheckpoints.Anchored(stranger, 7, REASON);
        CHEATS.prank(stranger);
        checkpoints.anchor(7, REASON);
        CHEATS.expectEmit(address(checkpoints));
        emit ICheckpoints.Anchored(issuer, type(uint64).max, ROOT);
        CHEATS.prank(issuer);
        checkpoints.anchor(type(uint64).max, ROOT);
    }

    function test_a_checkpoint_over_nothing_is_refused() external {
        _refused(issuer, abi.encodeWithSelector(ICheckpoints.CheckpointEmpty.selector));
        checkpoints.anchor(0, ROOT);
    }

    function test_a_checkpoint_without_a_root_is_refused() external {
        _refused(issuer, abi.encodeWithSelector(ICheckpoints.RootMissing.selector, uint64(7)));
        checkpoints.anchor(7, 0);
    }

    /// @dev The law of a log is held by its readers: here a log shrinks and contradicts itself.
    function test_the_contract_keeps_nothing_and_judges_nothing() external {
        checkpoints.anchor(7, ROOT);
        checkpoints.anchor(6, ROOT);
        checkpoints.anchor(7, REASON);
        CHEATS.assertEq(CHEATS.load(address(checkpoints), 0), bytes32(0), "storage");
    }

    function test_money_is_not_taken() external {
        bytes memory call = abi.encodeCall(ICheckpoints.anchor, (7, ROOT));
        (bool done,) = address(checkpoints).call{value: 1}(call);
        _check(!done, "it took money");
    }
}
