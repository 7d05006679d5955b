// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ILineage} from "../../src/interfaces/ILineage.sol";
import {CHEATS} from "../base/Cheats.sol";
import {MarketBase} from "../base/MarketBase.sol";

/// @title Royalties at random: the sums are those of the rules, whatever the slices and the order.
contract SharesTest is MarketBase {
    uint256 private constant WHOLE = 10_000;
    uint256 private constant PARENTS = 3;

    bytes32[PARENTS] private above = [DESIGN, OTHER, UNKNOWN];

    function setUp() public override {
        super.setUp();
        _register(owner, OTHER);
        _register(owner, UNKNOWN);
    }

    /// @dev A child of three parents prints in slices, and is emptied between them or not.
    function testFuzz_sums_are_the_same_in_any_slices(
        uint16[PARENTS] memory shares,
        uint96 price,
        uint8[6] calldata slices,
        uint8 emptied
    ) external {
        uint256 total;
        for (uint256 index; index < PARENTS; ++index) {
            shares[index] = uint16(_within(shares[index], 0, 5_000 - total));
            total += shares[index];
        }
        // As often a few units, where roundings show, as any price.
        price = uint96(_within(price, 1, price % 2 == 0 ? 9 : type(uint96).max));
        _makeChild(shares);
        address money = address(currency);
        currency.mint(center, type(uint256).max - RICH);
        uint256 license = _sold(CHILD, money, price, 6 * 256);
        uint256 gross;
        uint256 taken;
        for (uint32 word; word < 6; ++word) {
            if (slices[word] == 0) continue;
            _print(CHILD, license, word, _heldBy(slices[word], 0));
            licenses.settle(CHILD, license, word, 1);
            gross += uint256(price) * slices[word];
            if ((emptied >> word) & 1 == 0 || licenses.earningsOf(CHILD, money) == 0) continue;
            CHEATS.prank(owner);
            taken += licenses.withdraw(CHILD, money, payable(owner));
        }
        uint256 left = licenses.earningsOf(CHILD, money);
        _same(taken + left, gross - gross * total / WHOLE, "the child's");
        uint256 passed;
        for (uint256 index; index < PARENTS; ++index) {
            uint256 part = gross * shares[index] / WHOLE;
            _same(licenses.earningsOf(above[index], money), part, "a parent's");
            passed += part;
        }
        _check(gross - taken - left - passed < PARENTS, "dust is less than a unit a parent");
        uint256 escrow = currency.balanceOf(address(licenses)) - left - passed;
        _check(escrow >= uint256(price) * 6 * 256 - gross, "the balance covers all");
    }

    function _makeChild(uint16[PARENTS] memory shares) private {
        ILineage.Parent[] memory parents = new ILineage.Parent[](PARENTS);
        for (uint256 index; index < PARENTS; ++index) {
            parents[index] = _parent(above[index], shares[index]);
        }
        _derive(owner, CHILD, parents);
    }
}
