// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ICheckpoints} from "../../src/interfaces/ICheckpoints.sol";
import {Base} from "../base/Base.sol";
import {CHEATS} from "../base/Cheats.sol";

/// @title anchor.
contract CheckpointsTest is Base {
    /// @dev What a checkpoint may cost in all, whatever its size and root are.
    uint256 private constant MOST_GAS = 24_000;
    uint256 private constant TRANSACTION_GAS = 21_000;
    uint256 private constant ZERO_BYTE_GAS = 4;
    uint256 private constant BYTE_GAS = 16;
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

    function test_every_size_costs_at_most_24000_gas() external {
        checkpoints.anchor(1, ROOT); // so that the account is warm, as a transaction's target is
        uint64 size = 1;
        for (uint256 bits = 1; bits < 64; ++bits) {
            _check(_cost(size) <= MOST_GAS, "a size of some bits");
            size = size * 2 + 1;
        }
        _same(size, type(uint64).max, "the greatest size");
        _check(_cost(size) <= MOST_GAS, "the greatest size");
    }

    /// @dev What a transaction of its own would cost: its base, its calldata, and what it
    /// executes. The call from here costs 100 gas more than a transaction's first step.
    function _cost(uint64 size) private returns (uint256 total) {
        bytes memory data = abi.encodeCall(ICheckpoints.anchor, (size, ROOT));
        for (uint256 at = 0; at < data.length; ++at) {
            total += data[at] == 0 ? ZERO_BYTE_GAS : BYTE_GAS;
        }
        address target = address(checkpoints);
        bool done;
        uint256 spent;
        assembly ("memory-safe") {
            let before := gas()
            done := call(gas(), target, 0, add(data, 32), mload(data), 0, 0)
            spent := sub(before, gas())
        }
        _check(done, "anchor failed");
        total += TRANSACTION_GAS + spent;
    }
}
