// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IEscrow} from "../../src/interfaces/licenses/IEscrow.sol";
import {Base} from "../base/Base.sol";
import {CHEATS} from "../base/Cheats.sol";
import {Handler} from "./Handler.sol";

/// @title The laws of serials and money, after every call of a random sequence.
contract LawsTest is Base {
    /// @dev Where Escrow keeps `_accounted`, which no function shows.
    uint256 private constant ACCOUNTED_SLOT = 7;
    uint256 private constant WORDS = 3;
    /// @dev What a run of 100 calls and more must bring about.
    uint256 private constant LEAST = 10;

    Handler private cast;
    /// @dev Spent and accounted bits at the last look, to see that none is ever cleared.
    mapping(bytes32 place => uint256) private seen;

    function setUp() public override {
        cast = new Handler();
        (licenses, registry) = cast.contracts();
    }

    /// @notice What forge calls at random: the actions, and nothing else.
    function targetContracts() external view returns (address[] memory list) {
        list = new address[](1);
        list[0] = address(cast);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory list) {
        bytes4[] memory actions = new bytes4[](12);
        actions[0] = cast.designerGrants.selector;
        actions[1] = cast.designerRevokes.selector;
        actions[2] = cast.designerWithdraws.selector;
        actions[3] = cast.designerSells.selector;
        actions[4] = cast.centerBuys.selector;
        actions[5] = cast.centerRefunds.selector;
        actions[6] = cast.printerRedeems.selector;
        actions[7] = cast.anyoneSettles.selector;
        actions[8] = cast.timePasses.selector;
        actions[9] = cast.thiefTakes.selector;
        actions[10] = cast.thiefRedeems.selector;
        actions[11] = cast.thiefComesLate.selector;
        list = new FuzzSelector[](1);
        list[0] = FuzzSelector(address(cast), actions);
    }

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    /// @notice paid = earned + refundable + refunded, for each license and for the contract.
    function invariant_paid_is_earned_refundable_and_refunded() external view {
        uint256 escrow;
        uint256 credited;
        for (uint256 license = 1; license <= cast.numbers(); ++license) {
            (uint256 quota, uint256 price) = cast.termsOf(license);
            (uint256 earned, uint256 refunded) = cast.tallyOf(license);
            IEscrow.Tally memory tally = licenses.tallyOf(license);
            _same(tally.earned, earned, "earned");
            _same(tally.refunded, refunded, "refunded");
            _check(earned + refunded <= quota, "no more than was paid");
            escrow += (quota - earned - refunded) * price;
            credited += earned * price;
        }
        uint256 waiting = licenses.earningsOf(DESIGN, NATIVE);
        _same(credited, cast.settled(), "credited");
        _same(waiting, cast.settled() - cast.withdrawn(), "earnings");
        _same(address(licenses).balance, escrow + waiting, "the balance covers all");
        _same(
            cast.paid(),
            escrow + waiting + cast.withdrawn() + cast.paidBack(),
            "nothing is made or lost"
        );
    }

    /// @notice granted serials = spent + live or expired; nothing is spent past the quota.
    function invariant_serials_are_spent_or_left() external view {
        for (uint256 license = 1; license <= cast.numbers(); ++license) {
            (uint256 quota,) = cast.termsOf(license);
            _same(licenses.licenseOf(DESIGN, license).quota, quota, "quota");
            uint256 spent;
            uint256 left;
            for (uint32 word; word <= WORDS; ++word) {
                uint256 bits = licenses.redeemedSerials(license, word);
                (uint256 known,) = cast.wordOf(license, word);
                _same(bits, known, "exactly what was redeemed is spent");
                spent += _bits(bits);
                left += _bits(_heldBy(quota, word) & ~bits);
            }
            _same(spent + left, quota, "spent + left = granted");
        }
    }

    /// @notice No bit is cleared, and the tallies are the counts of the accounted bits.
    function invariant_bits_only_grow_and_tallies_count_them() external {
        for (uint256 license = 1; license <= cast.numbers(); ++license) {
            uint256 earned;
            uint256 refunded;
            for (uint32 word; word < WORDS; ++word) {
                uint256 spent = licenses.redeemedSerials(license, word);
                uint256 accounted = _accounted(license, word);
                (, uint256 known) = cast.wordOf(license, word);
                _same(accounted, known, "accounted");
                _grown(keccak256(abi.encode("spent", license, word)), spent);
                _grown(keccak256(abi.encode("accounted", license, word)), accounted);
                earned += _bits(accounted & spent);
                refunded += _bits(accounted & ~spent);
            }
            IEscrow.Tally memory tally = licenses.tallyOf(license);
            _same(tally.earned, earned, "earned = accounted and spent");
            _same(tally.refunded, refunded, "refunded = accounted and not spent");
        }
    }

    /// @notice A stranger, whatever they try, gains nothing.
    function invariant_nobody_else_gains() external view {
        _same(_account_of_stranger().balance, 1_000_000 ether, "a stranger gained");
    }

    /// @notice A run in which next to nothing happened proves nothing, so it fails.
    function afterInvariant() external view {
        _check(cast.successes() >= LEAST, "almost nothing succeeded");
        _check(cast.refusals() != 0, "no thief came");
        _check(cast.tries("buy") < LEAST || cast.times("buy") != 0, "no purchase succeeded");
        _check(
            cast.tries("redeem") < LEAST || cast.times("redeem") != 0, "no redemption succeeded"
        );
    }

    function _grown(bytes32 place, uint256 bits) private {
        _same(seen[place] & ~bits, 0, "a bit was cleared");
        seen[place] = bits;
    }

    function _accounted(uint256 license, uint256 word) private view returns (uint256) {
        bytes32 outer = keccak256(abi.encode(license, ACCOUNTED_SLOT));
        return uint256(CHEATS.load(address(licenses), keccak256(abi.encode(word, outer))));
    }

    function _account_of_stranger() private pure returns (address) {
        return CHEATS.addr(uint256(keccak256("stranger")) >> 1);
    }
}
