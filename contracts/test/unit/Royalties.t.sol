// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ILineage} from "../../src/interfaces/ILineage.sol";
import {ILicenses} from "../../src/interfaces/licenses/ILicenses.sol";
import {IRoyalties} from "../../src/interfaces/licenses/IRoyalties.sol";
import {CHEATS} from "../base/Cheats.sol";
import {MarketBase} from "../base/MarketBase.sol";

/// @title Earnings that go up to parents; the outline is in Royalties.tree.
contract RoyaltiesTest is MarketBase {
    bytes32 private constant MIDDLE = keccak256("derived from the first");
    bytes32 private constant LEAF = keccak256("derived from the second");
    uint16 private constant TENTH = 1_000;
    uint16 private constant TWENTIETH = 500;

    address private maker;
    address private studio;

    /// @dev DESIGN asks a tenth of what MIDDLE has, and MIDDLE a twentieth of what LEAF has.
    function setUp() public override {
        super.setUp();
        (maker, studio) = (_account("maker"), _account("studio"));
        _openPolicy(DESIGN, TENTH);
        _derive(maker, MIDDLE, _only(DESIGN, TENTH));
        _openPolicy(MIDDLE, TWENTIETH);
        _derive(studio, LEAF, _only(MIDDLE, TWENTIETH));
    }

    // ---------------------------------------------------------------- settle

    function test_settlement_passes_one_level_up() external {
        uint256 license = _sold(LEAF, NATIVE, 1 ether, 200);
        _print(LEAF, license, 0, _heldBy(200, 0));
        CHEATS.expectEmit(address(licenses));
        emit IRoyalties.RoyaltyPassed(LEAF, MIDDLE, NATIVE, 10 ether);
        licenses.settle(LEAF, license, 0, 1);
        _has(LEAF, NATIVE, 190 ether);
        _has(MIDDLE, NATIVE, 9 ether);
        _has(DESIGN, NATIVE, 0);
        _same(licenses.royaltiesOf(LEAF, NATIVE).shared, 200 ether, "watermark");
        _same(licenses.royaltiesOf(MIDDLE, NATIVE).gross, 10 ether, "what the middle has had");
        _same(licenses.royaltiesOf(MIDDLE, NATIVE).shared, 0, "and has not passed on");
    }

    function test_each_currency_is_kept_apart() external {
        _earned(LEAF, address(currency), 100, 200);
        _earned(MIDDLE, NATIVE, 100, 20);
        _has(LEAF, address(currency), 19_000);
        _has(LEAF, NATIVE, 0);
        _has(MIDDLE, address(currency), 900);
        _has(MIDDLE, NATIVE, 1_800);
        _has(DESIGN, NATIVE, 200);
        _has(DESIGN, address(currency), 0);
    }

    function test_what_rounds_down_to_nothing_passes_later() external {
        _earned(MIDDLE, NATIVE, 1, 9);
        _has(DESIGN, NATIVE, 0);
        _has(MIDDLE, NATIVE, 9);
        _earned(MIDDLE, NATIVE, 1, 1);
        _has(DESIGN, NATIVE, 1);
        _has(MIDDLE, NATIVE, 9);
    }

    // ---------------------------------------------------------------- passUp

    function test_anybody_passes_up_what_waits() external {
        _earned(LEAF, NATIVE, 1 ether, 200);
        CHEATS.expectEmit(address(licenses));
        emit IRoyalties.RoyaltyPassed(MIDDLE, DESIGN, NATIVE, 1 ether);
        CHEATS.prank(stranger);
        _same(licenses.passUp(MIDDLE, NATIVE), 1 ether, "passed");
        _has(DESIGN, NATIVE, 1 ether);
        _has(MIDDLE, NATIVE, 9 ether);
    }

    function test_nothing_passes_twice() external {
        _earned(LEAF, NATIVE, 1 ether, 200);
        licenses.passUp(MIDDLE, NATIVE);
        _same(licenses.passUp(MIDDLE, NATIVE), 0, "again");
        _same(licenses.passUp(LEAF, NATIVE), 0, "settlement has done it");
        _has(DESIGN, NATIVE, 1 ether);
    }

    function test_a_design_without_parents_keeps_all() external {
        _earned(DESIGN, NATIVE, 7, 100);
        _same(licenses.passUp(DESIGN, NATIVE), 0, "nobody to pass to");
        _has(DESIGN, NATIVE, 700);
    }

    // -------------------------------------------------------------- withdraw

    function test_a_withdrawal_passes_up_first() external {
        _earned(LEAF, NATIVE, 1 ether, 200);
        uint256 before = maker.balance;
        CHEATS.prank(maker);
        _same(licenses.withdraw(MIDDLE, NATIVE, payable(maker)), 9 ether, "amount");
        _same(maker.balance - before, 9 ether, "received");
        _has(DESIGN, NATIVE, 1 ether);
        _has(MIDDLE, NATIVE, 0);
        CHEATS.prank(owner);
        _same(licenses.withdraw(DESIGN, NATIVE, payable(owner)), 1 ether, "the first design's");
        CHEATS.prank(studio);
        licenses.withdraw(LEAF, NATIVE, payable(studio));
        _same(address(licenses).balance, 0, "all is paid out");
    }

    function test_nobody_takes_the_earnings_of_a_child_or_a_parent() external {
        _earned(LEAF, NATIVE, 1 ether, 200);
        bytes4 problem = ILicenses.NotDesignOwner.selector;
        _refused(owner, abi.encodeWithSelector(problem, MIDDLE, owner));
        licenses.withdraw(MIDDLE, NATIVE, payable(owner));
        _refused(studio, abi.encodeWithSelector(problem, MIDDLE, studio));
        licenses.withdraw(MIDDLE, NATIVE, payable(studio));
    }

    function test_a_sold_middle_takes_its_earnings_along() external {
        _earned(LEAF, NATIVE, 1 ether, 200);
        CHEATS.prank(maker);
        registry.transferFrom(maker, stranger, uint256(MIDDLE));
        _earned(LEAF, NATIVE, 1 ether, 100);
        CHEATS.prank(stranger);
        _same(licenses.withdraw(MIDDLE, NATIVE, payable(stranger)), 13.5 ether, "of both");
        _has(DESIGN, NATIVE, 1.5 ether);
    }

    function test_earnings_leave_in_the_currency_that_came() external {
        _earned(LEAF, address(currency), 100, 200);
        CHEATS.prank(studio);
        licenses.withdraw(LEAF, address(currency), payable(studio));
        _same(currency.balanceOf(studio), 19_000, "received");
        _same(currency.balanceOf(address(licenses)), 1_000, "for those above");
    }

    // ------------------------------------------------------- several parents

    function test_each_parent_gets_its_share() external {
        _derive(stranger, CHILD, _three(2_500, 1_500, 1_000));
        _earned(CHILD, NATIVE, 1 ether, 100);
        _has(CHILD, NATIVE, 50 ether);
        _same(licenses.royaltiesOf(DESIGN, NATIVE).gross, 25 ether, "first");
        _same(licenses.royaltiesOf(MIDDLE, NATIVE).gross, 15 ether, "second");
        _same(licenses.royaltiesOf(OTHER, NATIVE).gross, 10 ether, "third");
    }

    function test_a_parent_that_asks_nothing_gets_nothing() external {
        _derive(stranger, CHILD, _three(0, 0, 5_000));
        _earned(CHILD, NATIVE, 3, 1);
        _has(CHILD, NATIVE, 2);
        _has(DESIGN, NATIVE, 0);
        _has(OTHER, NATIVE, 1);
    }

    /// @dev With 3 units no parent has a whole one yet, with 4 each of two has: had the child
    ///      taken all of the 3, there would be 5 paid out of 4.
    function test_roundings_of_several_parents_make_no_money() external {
        _derive(stranger, CHILD, _three(2_500, 2_500, 0));
        _earned(CHILD, NATIVE, 1, 3);
        _has(CHILD, NATIVE, 2);
        CHEATS.prank(stranger);
        licenses.withdraw(CHILD, NATIVE, payable(stranger));
        _earned(CHILD, NATIVE, 1, 1);
        _has(CHILD, NATIVE, 0);
        _has(DESIGN, NATIVE, 1);
        _same(licenses.royaltiesOf(MIDDLE, NATIVE).gross, 1, "second");
        _same(address(licenses).balance, 2, "what the parents have");
    }

    // -------------------------------------------------------------- internal

    function _three(uint16 one, uint16 two, uint16 three)
        private
        returns (ILineage.Parent[] memory parents)
    {
        _openPolicy(DESIGN, one);
        _openPolicy(MIDDLE, two);
        _register(owner, OTHER);
        _openPolicy(OTHER, three);
        parents = new ILineage.Parent[](3);
        parents[0] = _parent(DESIGN, one);
        parents[1] = _parent(MIDDLE, two);
        parents[2] = _parent(OTHER, three);
    }

    function _has(bytes32 design, address money, uint256 amount) private view {
        _same(licenses.earningsOf(design, money), amount, "earnings");
    }
}
