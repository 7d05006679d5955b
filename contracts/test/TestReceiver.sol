// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title A contract account for tests that refuses payments, or calls back while it is paid.
contract TestReceiver {
    address public immutable owner;

    bool public refuses;
    address public target;
    bytes public inner;

    /// @notice How often it called back, and how often that call went through.
    uint256 public attempts;
    uint256 public successes;

    constructor(address owner_) {
        owner = owner_;
    }

    receive() external payable {
        require(!refuses, "no, thank you");
        // Three deep is enough to show a loop, and ends before the gas does.
        if (target == address(0) || attempts >= 3) return;
        ++attempts;
        (bool done,) = target.call(inner);
        if (done) ++successes;
    }

    /// @notice What to do with the next payments.
    function prepare(bool refuses_, address target_, bytes calldata inner_) external {
        (refuses, target, inner) = (refuses_, target_, inner_);
        (attempts, successes) = (0, 0);
    }

    /// @notice Calls another contract; its revert is passed on as it is.
    function execute(address to, uint256 value, bytes calldata data) external payable {
        require(msg.sender == owner, "not the account's owner");
        (bool done, bytes memory result) = to.call{value: value}(data);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(result, 32), mload(result))
            }
        }
    }
}
