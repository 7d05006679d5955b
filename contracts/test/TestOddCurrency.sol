// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title A currency for tests that does not keep to ERC-20, each time in another way.
contract TestOddCurrency {
    /// @notice How its transfers behave.
    enum Way {
        Silent, // moves the money and returns nothing, as some old currencies do
        Fee, // moves a hundredth less than it was asked for
        Denies, // moves nothing and returns false
        Reverts, // reverts with a text
        Empty, // reverts with nothing
        Lies, // moves nothing and returns true
        CallsBack // calls `target` with `inner` before it moves the money
    }

    Way public way;
    address public target;
    bytes public inner;
    uint256 public attempts;
    uint256 public successes;
    mapping(address account => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;
    bytes private _symbol;

    function become(Way way_, address target_, bytes calldata inner_) external {
        (way, target, inner) = (way_, target_, inner_);
        (attempts, successes) = (0, 0);
    }

    function callYourself(string calldata text) external {
        _symbol = bytes(text);
    }

    function symbol() external view returns (string memory) {
        return string(_symbol);
    }

    function decimals() external pure returns (uint256) {
        return type(uint256).max;
    }

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        _move(from, to, amount);
    }

    function transfer(address to, uint256 amount) external {
        _move(msg.sender, to, amount);
    }

    function _move(address from, address to, uint256 amount) private {
        if (way == Way.Reverts) revert("not today");
        if (way == Way.Empty) revert();
        if (way == Way.CallsBack) {
            ++attempts;
            (bool done,) = target.call(inner);
            if (done) ++successes;
        }
        if (way != Way.Denies && way != Way.Lies) {
            balanceOf[from] -= amount;
            balanceOf[to] += way == Way.Fee ? amount - amount / 100 : amount;
        }
        if (way == Way.Silent) return;
        bool answer = way != Way.Denies;
        assembly ("memory-safe") {
            mstore(0, answer)
            return(0, 32)
        }
    }
}
