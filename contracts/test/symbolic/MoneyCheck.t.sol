// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {DesignRegistry} from "../../src/DesignRegistry.sol";
import {PrintLicenses} from "../../src/PrintLicenses.sol";
import {IEscrow} from "../../src/interfaces/licenses/IEscrow.sol";
import {IOffers} from "../../src/interfaces/licenses/IOffers.sol";
import {CHEATS} from "../base/Cheats.sol";

/// @title Symbolic tests of the money of one word: every quota up to 8 and every set of prints.
/// @dev Spent serials are put into storage as if redeemed, so that no signature stands between
///      the question and its answer; that only real serials are spent is shown in RedeemCheck.
contract MoneyCheck {
    bytes32 private constant DESIGN = keccak256("a design");
    address private constant OWNER = address(0x1001);
    address private constant CENTER = address(0x1003);
    uint256 private constant NOW = 1_800_000_000;
    uint256 private constant LICENSE = 1;
    uint256 private constant SPENT_SLOT = 6;
    uint32 private constant MOST = 8;
    /// @dev Fixed where amounts are compared: products of two unknowns are too hard to decide.
    uint96 private constant PRICE = 5;

    DesignRegistry private registry;
    PrintLicenses private licenses;

    function setUp() external {
        CHEATS.warp(NOW);
        registry = new DesignRegistry(0);
        licenses = new PrintLicenses(registry);
        CHEATS.prank(OWNER);
        registry.register(DESIGN, keccak256("metadata"));
    }

    /// @custom:halmos --loop 8
    /// @notice After the end, settling and refunding pay for every serial once: the printed ones
    ///         to the design, the others to the licensee, prints times price each.
    function check_settle_then_refund_pays_for_all(uint32 quota, uint256 spent) external {
        uint96 price = PRICE;
        _printed(quota, price, spent);
        uint256 before = CENTER.balance;
        uint32 earned = _settle();
        uint32 refunded = _refund();
        _isAll(quota, price, spent, earned, refunded);
        _isPaid(price, earned, refunded, before);
    }

    /// @custom:halmos --loop 8
    /// @notice And in the other order.
    function check_refund_then_settle_pays_for_all(uint32 quota, uint256 spent) external {
        uint96 price = PRICE;
        _printed(quota, price, spent);
        uint256 before = CENTER.balance;
        uint32 refunded = _refund();
        uint32 earned = _settle();
        _isAll(quota, price, spent, earned, refunded);
        _isPaid(price, earned, refunded, before);
    }

    /// @notice What was settled or refunded once gives nothing a second time.
    function check_nothing_is_paid_twice(uint32 quota, uint96 price, uint256 spent) external {
        _printed(quota, price, spent);
        _settle();
        _refund();
        uint256 kept = address(licenses).balance;
        uint256 earnings = licenses.earningsOf(DESIGN, address(0));
        assert(_settle() == 0);
        assert(_refund() == 0);
        assert(address(licenses).balance == kept);
        assert(licenses.earningsOf(DESIGN, address(0)) == earnings);
    }

    /// @notice Nothing is refunded before the end and the grace, nor to anybody else.
    function check_nobody_is_refunded_early_or_in_another_ones_place(
        address sender,
        uint64 time,
        uint40 expiry,
        uint16 grace
    ) external {
        CHEATS.assume(expiry > NOW);
        _bought(1, 5, expiry - uint40(NOW), grace);
        CHEATS.warp(time);
        CHEATS.prank(sender);
        (bool done,) =
            address(licenses).call(abi.encodeCall(licenses.refund, (DESIGN, LICENSE, 0, 1)));
        if (!done) return;
        assert(sender == CENTER);
        assert(time >= uint256(expiry) + uint256(grace) * 3600);
    }

    /// @notice Only the owner withdraws, and never more than was earned.
    function check_only_the_owner_withdraws(address sender, address payable to) external {
        _printed(2, 5, 1);
        _settle();
        uint256 kept = address(licenses).balance;
        CHEATS.assume(to != address(licenses));
        CHEATS.prank(sender);
        (bool done,) =
            address(licenses).call(abi.encodeCall(licenses.withdraw, (DESIGN, address(0), to)));
        if (!done) return;
        assert(sender == OWNER);
        assert(kept - address(licenses).balance == 5);
        assert(licenses.earningsOf(DESIGN, address(0)) == 0);
    }

    function _isAll(uint32 quota, uint96 price, uint256 spent, uint32 earned, uint32 refunded)
        private
        view
    {
        uint256 prints;
        for (uint256 place; place < MOST; ++place) {
            prints += (spent >> place) & 1;
        }
        if (price == 0) (prints, quota) = (0, 0);
        assert(earned == prints);
        assert(uint256(earned) + refunded == quota);
        IEscrow.Tally memory tally = licenses.tallyOf(LICENSE);
        assert(tally.earned == earned);
        assert(tally.refunded == refunded);
    }

    function _isPaid(uint96 price, uint32 earned, uint32 refunded, uint256 before) private view {
        assert(licenses.earningsOf(DESIGN, address(0)) == uint256(price) * earned);
        assert(CENTER.balance - before == uint256(price) * refunded);
    }

    /// @dev A license that has just ended, of which the serials `spent` are spent.
    function _printed(uint32 quota, uint96 price, uint256 spent) private {
        CHEATS.assume(quota != 0 && quota <= MOST);
        CHEATS.assume(spent < uint256(1) << quota);
        _bought(quota, price, 1, 0);
        bytes32 outer = keccak256(abi.encode(LICENSE, SPENT_SLOT));
        bytes32 slot = keccak256(abi.encode(uint256(0), outer));
        CHEATS.store(address(licenses), slot, bytes32(spent));
        assert(licenses.redeemedSerials(LICENSE, 0) == spent);
        CHEATS.warp(NOW + 1);
    }

    function _bought(uint32 quota, uint96 price, uint40 duration, uint16 grace) private {
        IOffers.Offer memory terms;
        (terms.design, terms.price, terms.duration, terms.grace) = (DESIGN, price, duration, grace);
        (terms.opens, terms.closes) = (uint40(NOW), uint40(NOW + 1));
        (terms.minQuota, terms.maxQuota) = (1, MOST);
        CHEATS.prank(OWNER);
        licenses.openOffer(terms);
        uint256 due = uint256(price) * quota;
        CHEATS.deal(CENTER, due);
        CHEATS.prank(CENTER);
        licenses.buy{value: due}(terms, quota);
    }

    function _settle() private returns (uint32 prints) {
        bytes memory answer = _call(abi.encodeCall(licenses.settle, (DESIGN, LICENSE, 0, 1)));
        if (answer.length != 0) prints = abi.decode(answer, (uint32));
    }

    function _refund() private returns (uint32 prints) {
        bytes memory answer = _call(abi.encodeCall(licenses.refund, (DESIGN, LICENSE, 0, 1)));
        if (answer.length != 0) prints = abi.decode(answer, (uint32));
    }

    function _call(bytes memory data) private returns (bytes memory answer) {
        CHEATS.prank(CENTER);
        bool done;
        (done, answer) = address(licenses).call(data);
        if (!done) answer = "";
    }
}
