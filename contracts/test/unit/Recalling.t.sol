// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IDesignRegistry} from "../../src/interfaces/IDesignRegistry.sol";
import {IRecalls} from "../../src/interfaces/IRecalls.sol";
import {CHEATS} from "../base/Cheats.sol";
import {RegistryBase} from "../base/RegistryBase.sol";

/// @title Recalls, sale, and what redemptions and purchases ask; see Recalling.tree.
contract RecallingTest is RegistryBase {
    bytes32 private constant GRANDCHILD = keccak256("a design derived from a derived one");
    bytes32 private constant NOTICE = keccak256("another notice");

    /// @dev DESIGN and OTHER above CHILD, and CHILD above GRANDCHILD.
    function setUp() public override {
        super.setUp();
        _register(owner, OTHER);
        _derive(owner, CHILD, _both(DESIGN, OTHER));
        _deriveOwn(GRANDCHILD, CHILD);
    }

    // ---------------------------------------------------------------- recall

    function test_a_recall_says_who_and_why() external {
        CHEATS.expectEmit(address(registry));
        emit IRecalls.DesignRecalled(DESIGN, owner, NOTICE);
        CHEATS.prank(owner);
        registry.recall(DESIGN, NOTICE);
        CHEATS.assertEq(registry.recalledBy(DESIGN), DESIGN, "itself");
    }

    function test_a_recall_reaches_every_design_below() external {
        _recall(DESIGN);
        CHEATS.assertEq(registry.recalledBy(CHILD), DESIGN, "child");
        CHEATS.assertEq(registry.recalledBy(GRANDCHILD), DESIGN, "grandchild");
        _stopped(DESIGN, DESIGN);
        _stopped(CHILD, DESIGN);
        _stopped(GRANDCHILD, DESIGN);
    }

    function test_a_recall_touches_no_design_above_or_beside() external {
        _recall(CHILD);
        CHEATS.assertEq(registry.recalledBy(DESIGN), 0, "parent");
        CHEATS.assertEq(registry.recalledBy(OTHER), 0, "other parent");
        CHEATS.assertEq(registry.recalledBy(GRANDCHILD), CHILD, "child");
        _check(registry.acceptsSigner(DESIGN, owner), "parent prints");
    }

    function test_the_nearest_recall_is_told() external {
        _recall(DESIGN);
        _recall(OTHER);
        CHEATS.assertEq(registry.recalledBy(CHILD), DESIGN, "first parent");
        _recall(CHILD);
        CHEATS.assertEq(registry.recalledBy(CHILD), CHILD, "itself");
        CHEATS.assertEq(registry.recalledBy(GRANDCHILD), CHILD, "its parent");
    }

    function test_a_recall_stays_when_the_design_is_sold() external {
        _recall(DESIGN);
        CHEATS.prank(owner);
        registry.transferFrom(owner, center, uint256(DESIGN));
        _stopped(DESIGN, DESIGN);
        _stopped(GRANDCHILD, DESIGN);
        CHEATS.prank(center);
        registry.liftRecall(DESIGN, REASON);
        _check(registry.acceptsSigner(DESIGN, center), "the new owner lifts it");
    }

    function test_only_the_owner_recalls() external {
        _refused(issuer, _notOwner(issuer));
        registry.recall(DESIGN, REASON);
        _refused(stranger, _notOwner(stranger));
        registry.recall(DESIGN, REASON);
    }

    function test_a_recall_without_a_notice_is_refused() external {
        _refused(owner, abi.encodeWithSelector(IRecalls.NoticeMissing.selector, DESIGN));
        registry.recall(DESIGN, 0);
    }

    function test_a_design_is_recalled_once() external {
        _recall(DESIGN);
        _refused(owner, abi.encodeWithSelector(IRecalls.AlreadyRecalled.selector, DESIGN));
        registry.recall(DESIGN, NOTICE);
    }

    // ------------------------------------------------------------ liftRecall

    function test_a_lifted_recall_lets_everything_below_print() external {
        _recall(DESIGN);
        CHEATS.expectEmit(address(registry));
        emit IRecalls.RecallLifted(DESIGN, owner, NOTICE);
        CHEATS.prank(owner);
        registry.liftRecall(DESIGN, NOTICE);
        CHEATS.assertEq(registry.recalledBy(DESIGN), 0, "itself");
        CHEATS.assertEq(registry.recalledBy(GRANDCHILD), 0, "grandchild");
        _check(registry.acceptsSigner(GRANDCHILD, owner), "prints again");
        registry.mustBeForSale(GRANDCHILD);
        _recall(DESIGN);
        CHEATS.assertEq(registry.recalledBy(DESIGN), DESIGN, "and can be recalled again");
    }

    function test_only_the_owner_lifts() external {
        _recall(DESIGN);
        _refused(stranger, _notOwner(stranger));
        registry.liftRecall(DESIGN, REASON);
    }

    function test_a_lift_without_a_notice_is_refused() external {
        _recall(DESIGN);
        _refused(owner, abi.encodeWithSelector(IRecalls.NoticeMissing.selector, DESIGN));
        registry.liftRecall(DESIGN, 0);
    }

    function test_only_what_is_recalled_itself_is_lifted() external {
        _recall(DESIGN);
        _refused(owner, abi.encodeWithSelector(IRecalls.NotRecalled.selector, CHILD));
        registry.liftRecall(CHILD, REASON);
    }

    // ------------------------------------------------------------------ sale

    function test_a_withdrawn_design_is_not_for_sale() external {
        registry.mustBeForSale(DESIGN);
        CHEATS.expectEmit(address(registry));
        emit IRecalls.SaleChanged(DESIGN, false);
        CHEATS.prank(owner);
        registry.withdrawFromSale(DESIGN);
        _check(!registry.isOnSale(DESIGN), "withdrawn");
        CHEATS.expectRevert(abi.encodeWithSelector(IRecalls.NotForSale.selector, DESIGN));
        registry.mustBeForSale(DESIGN);
    }

    function test_a_withdrawn_design_is_printed_on() external {
        CHEATS.prank(owner);
        registry.withdrawFromSale(DESIGN);
        _check(registry.acceptsSigner(DESIGN, owner), "owner signs");
        _check(registry.acceptsSigner(DESIGN, issuer), "issuer signs");
        registry.mustBeForSale(CHILD);
    }

    function test_a_design_returns_to_sale() external {
        CHEATS.prank(owner);
        registry.withdrawFromSale(DESIGN);
        CHEATS.expectEmit(address(registry));
        emit IRecalls.SaleChanged(DESIGN, true);
        CHEATS.prank(owner);
        registry.returnToSale(DESIGN);
        _check(registry.isOnSale(DESIGN), "back");
        registry.mustBeForSale(DESIGN);
    }

    function test_only_the_owner_changes_the_sale() external {
        _refused(stranger, _notOwner(stranger));
        registry.withdrawFromSale(DESIGN);
        _refused(issuer, _notOwner(issuer));
        registry.returnToSale(DESIGN);
    }

    function test_a_withdrawal_is_no_recall() external {
        CHEATS.prank(owner);
        registry.withdrawFromSale(DESIGN);
        _recall(DESIGN);
        CHEATS.prank(owner);
        registry.liftRecall(DESIGN, REASON);
        _check(!registry.isOnSale(DESIGN), "still withdrawn");
        CHEATS.assertEq(registry.recalledBy(DESIGN), 0, "not recalled");
    }

    // --------------------------------------------------------- acceptsSigner

    function test_tokens_of_the_owner_and_of_issuers_hold() external view {
        _check(registry.acceptsSigner(DESIGN, owner), "owner");
        _check(registry.acceptsSigner(DESIGN, issuer), "issuer");
        _check(registry.acceptsSigner(GRANDCHILD, issuer), "issuer, below");
        _check(!registry.acceptsSigner(DESIGN, stranger), "stranger");
        _check(!registry.acceptsSigner(DESIGN, address(0)), "nobody");
    }

    function test_an_issuer_is_accepted_until_the_expiry() external {
        _pass(START + 60 * DAY);
        _check(!registry.acceptsSigner(DESIGN, issuer), "expired");
    }

    function test_an_unknown_design_is_neither_printed_nor_sold() external {
        bytes memory problem =
            abi.encodeWithSelector(IDesignRegistry.DesignNotFound.selector, UNKNOWN);
        CHEATS.expectRevert(problem);
        registry.acceptsSigner(UNKNOWN, owner);
        CHEATS.expectRevert(problem);
        registry.mustBeForSale(UNKNOWN);
        CHEATS.expectRevert(problem);
        registry.recalledBy(UNKNOWN);
        CHEATS.expectRevert(problem);
        registry.isOnSale(UNKNOWN);
        _refused(owner, problem);
        registry.recall(UNKNOWN, REASON);
        _refused(address(0), problem);
        registry.withdrawFromSale(UNKNOWN);
    }

    // -------------------------------------------------------------- internal

    function _stopped(bytes32 design, bytes32 cause) private {
        bytes memory problem = abi.encodeWithSelector(IRecalls.Recalled.selector, design, cause);
        CHEATS.expectRevert(problem);
        registry.acceptsSigner(design, owner);
        CHEATS.expectRevert(problem);
        registry.acceptsSigner(design, stranger);
        CHEATS.expectRevert(problem);
        registry.mustBeForSale(design);
    }

    function _notOwner(address who) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IDesignRegistry.NotDesignOwner.selector, DESIGN, who);
    }
}
