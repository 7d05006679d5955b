// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A currency for tests that moves money in the ways that are seen in the wild.
contract OddCurrency is ERC20 {
    /// @dev How it answers `transfer` and `transferFrom`.
    enum Way {
        Honest,
        TakesAFee,
        SaysNothing,
        SaysNo,
        Reverts,
        CallsBack
    }

    Way public way;
    address public target;
    bytes public inner;

    /// @notice What the call back answered, and whether it went through.
    bool public done;
    bytes public answer;

    constructor() ERC20("Odd Dollar", "ODD") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @notice How to answer from now on; whom to call back, and with what.
    function prepare(Way way_, address target_, bytes calldata inner_) external {
        (way, target, inner) = (way_, target_, inner_);
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        super.transfer(to, amount);
        return _answer(to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        super.transferFrom(from, to, amount);
        return _answer(to, amount);
    }

    function _answer(address to, uint256 amount) private returns (bool) {
        if (way == Way.Reverts) revert("no");
        if (way == Way.SaysNo) return false;
        if (way == Way.TakesAFee) _burn(to, amount / 100);
        if (way == Way.CallsBack) (done, answer) = target.call(inner);
        if (way == Way.SaysNothing) {
            assembly ("memory-safe") {
                return(0, 0)
            }
        }
        return true;
    }
}
