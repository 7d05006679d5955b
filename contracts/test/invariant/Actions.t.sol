// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {LawsBase} from "./LawsBase.sol";

/// @title That the laws are about something: every action succeeds, and every theft is tried.
contract ActionsTest is LawsBase {
    uint256 private constant CALLS = 3_900;
    uint256 private constant RUN = 150;

    bytes32[19] private all = [
        bytes32("buy"),
        "grant",
        "crisis",
        "derive",
        "sell",
        "redeem",
        "words",
        "batch",
        "settle",
        "pass",
        "withdraw",
        "refund",
        "revoke",
        "void",
        "transfer",
        "sublicense",
        "recall",
        "lift",
        "late"
    ];

    /// @dev The calls that forge would make, with numbers from a hash, in runs as long as forge makes them.
    function test_every_action_happens() external {
        bytes4[] memory actions = this.targetSelectors()[0].selectors;
        uint256[20] memory times;
        for (uint256 call; call < CALLS; ++call) {
            if (call % RUN == 0) setUp();
            bytes32 seed = keccak256(abi.encode(call));
            bytes4 action = actions[uint256(seed) % actions.length];
            bytes memory data = abi.encodePacked(action);
            for (uint256 argument; argument < 5; ++argument) {
                // What fits the type: the second is a bit where an action asks for one.
                uint256 value = uint8(seed[argument]);
                if (argument == 0) value = uint32(uint256(seed) >> 64);
                if (argument == 1) value %= 2;
                // Some prices of which a part of a part is still a unit.
                if (action == cast.centerBuys.selector && argument == 2) value = uint80(uint256(seed));
                data = bytes.concat(data, bytes32(value));
            }
            (bool done,) = address(cast).call(data);
            _check(done, "an action failed");
            if (call % RUN != RUN - 1) continue;
            for (uint256 index; index < all.length; ++index) {
                times[index] += cast.times(all[index]);
            }
            times[19] += cast.times("recalled");
        }
        for (uint256 index; index < all.length; ++index) {
            _check(times[index] != 0, string(abi.encodePacked("it never came to: ", all[index])));
        }
        _check(times[19] != 0, "nobody tried to print what is recalled");
    }
}
