// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IEscrow} from "../../src/interfaces/licenses/IEscrow.sol";
import {IRoyalties} from "../../src/interfaces/licenses/IRoyalties.sol";
import {CHEATS} from "../base/Cheats.sol";
import {LawsBase} from "./LawsBase.sol";

/// @title The laws of money, for each license and for each currency, after every call.
contract MoneyLawsTest is LawsBase {
    /// @dev What a stranger has had from the beginning.
    uint256 private constant FORTUNE = 1_000_000 ether;

    /// @notice For each license that was paid for: paid = earned + refundable + refunded. What is
    ///         refundable are the serials that are not accounted for; and the accounted bits are
    ///         those that were earned, refunded, or replaced.
    function invariant_paid_is_earned_refundable_and_refunded() external view {
        for (uint256 license = 1; license <= cast.numbers(); ++license) {
            IEscrow.Tally memory tally = licenses.tallyOf(license);
            (uint256 earned, uint256 refunded) = cast.tallyOf(license);
            _same(tally.earned, earned, "earned");
            _same(tally.refunded, refunded, "refunded");
            (,, uint256 price) = cast.designOf(license);
            _same(licenses.paymentOf(license).price, price, "price");
            if (price == 0) continue;
            (uint256 given, uint256 passed,) = cast.serialsOf(license);
            _same(given - passed, earned + _unpaid(license) + refunded, "paid");
            uint256 marked;
            for (uint256 word; word < WORDS; ++word) {
                marked += _bits(_accounted(license, word));
            }
            _same(marked, earned + refunded + tally.voided, "accounted");
        }
    }

    /// @notice For each currency: the balance is, to the unit, what is still in escrow and what is
    ///         in the accounts of designs; nothing is made and nothing is lost.
    function invariant_the_balance_covers_all_books() external view {
        _covered(NATIVE, address(licenses).balance);
        _covered(currency, IERC20(currency).balanceOf(address(licenses)));
    }

    /// @notice What a design has had is what its prints earned and its part of what each child had;
    ///         what its owners can still take is that, less the parents' part and what they took.
    function invariant_shares_are_those_of_the_lineage() external view {
        _shared(NATIVE);
        _shared(currency);
    }

    /// @notice A stranger, whatever they try, gains nothing.
    function invariant_nobody_else_gains() external view {
        address who = CHEATS.addr(uint256(keccak256("stranger")) >> 1);
        _same(who.balance, FORTUNE, "a stranger gained");
        _same(IERC20(currency).balanceOf(who), 0, "a stranger gained");
    }

    function _covered(address money, uint256 balance) private view {
        uint256 escrow;
        for (uint256 license = 1; license <= cast.numbers(); ++license) {
            (, address its, uint256 price) = cast.designOf(license);
            if (its == money && price != 0) escrow += _unpaid(license) * price;
        }
        uint256 accounts;
        uint256 waiting;
        uint256 withdrawn;
        for (uint256 index; index < cast.numberOfDesigns(); ++index) {
            bytes32 design = cast.designs(index);
            IRoyalties.Account memory account = licenses.royaltiesOf(design, money);
            accounts += account.gross - account.withdrawn - _passed(design, account.shared);
            waiting += licenses.earningsOf(design, money);
            withdrawn += cast.withdrawn(design, money);
        }
        _same(balance, escrow + accounts, "the balance is what the books say");
        _check(balance >= escrow + waiting, "all could be taken at once");
        _same(
            cast.paid(money),
            balance + withdrawn + cast.paidBack(money),
            "nothing is made or lost"
        );
    }

    function _shared(address money) private view {
        uint256 count = cast.numberOfDesigns();
        for (uint256 index; index < count; ++index) {
            bytes32 design = cast.designs(index);
            IRoyalties.Account memory account = licenses.royaltiesOf(design, money);
            uint256 gross = cast.settled(design, money);
            for (uint256 below = index + 1; below < count; ++below) {
                bytes32 child = cast.designs(below);
                uint256 had = licenses.royaltiesOf(child, money).shared;
                gross += had * _shareOf(child, design) / WHOLE;
            }
            _same(account.gross, gross, "gross");
            _same(account.withdrawn, cast.withdrawn(design, money), "withdrawn");
            uint256 own = gross - gross * _shareOf(design, 0) / WHOLE;
            _same(licenses.earningsOf(design, money), own - account.withdrawn, "own");
        }
    }

    /// @dev Serials that the escrow still holds a price for.
    function _unpaid(uint256 license) private view returns (uint256 total) {
        (bytes32 design,,) = cast.designOf(license);
        uint256 quota = licenses.licenseOf(design, license).quota;
        for (uint256 word; word < WORDS; ++word) {
            total += _bits(_heldBy(quota, word) & ~_accounted(license, word));
        }
    }

    function _passed(bytes32 design, uint256 shared) private view returns (uint256 total) {
        (, uint16[] memory shares) = registry.parentsOf(design);
        for (uint256 index; index < shares.length; ++index) {
            total += shared * shares[index] / WHOLE;
        }
    }

    /// @dev The share of one parent, or of all where none is named.
    function _shareOf(bytes32 design, bytes32 parent) private view returns (uint256 total) {
        (bytes32[] memory parents, uint16[] memory shares) = registry.parentsOf(design);
        for (uint256 index; index < parents.length; ++index) {
            if (parent == 0 || parents[index] == parent) total += shares[index];
        }
    }
}
