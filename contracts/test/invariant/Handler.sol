// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ILineage} from "../../src/interfaces/ILineage.sol";
import {IPledges} from "../../src/interfaces/IPledges.sol";
import {IRedemption} from "../../src/interfaces/licenses/IRedemption.sol";
import {CHEATS} from "../base/Cheats.sol";
import {IPledgesContract} from "../base/CrisisBase.sol";
import {Prints} from "./Prints.sol";
import {ITakes, Trade} from "./Trade.sol";

interface IHasPledges {
    function crisisPledges() external view returns (address);
}

/// @title Everybody, and the thieves among them.
contract Handler is Trade, Prints {
    uint16 private constant TENTH = 1_000;
    uint16 private constant TWENTIETH = 500;

    /// @dev Three designers, each with a design derived from the one before; the last of both.
    constructor() {
        setUp();
        designers = [owner, _account("second designer"), _account("third designer")];
        centers = [center, _account("workshop")];
        currency.mint(centers[1], RICH);
        CHEATS.prank(centers[1]);
        currency.approve(address(licenses), type(uint256).max);
        crisisSigner = _account("signer of a council");
        (bytes32 middle, bytes32 leaf) = (_design(1), _design(2));
        _openPolicy(DESIGN, TENTH);
        _derive(designers[1], middle, _only(DESIGN, TENTH));
        _openPolicy(middle, TWENTIETH);
        _derive(designers[2], leaf, _leafOf(middle));
        designs = [DESIGN, middle, leaf];
        _pledge();
    }

    // ------------------------------------------------------------------ thieves

    /// @dev Takes everything that is not theirs: nothing may succeed, whatever the state.
    function thiefTakes(uint256 pick, bool native, uint8 way) external {
        uint256 license = _pick(pick);
        bytes32 design = license == 0 ? _anyDesign(pick) : held[license].design;
        address money = native ? NATIVE : address(currency);
        bytes memory data = abi.encodeCall(licenses.withdraw, (design, money, payable(stranger)));
        way %= 8;
        if (way == 1) data = abi.encodeCall(licenses.refund, (design, license, 0, 4));
        if (way == 2) data = abi.encodeCall(licenses.revoke, (design, license, REASON));
        if (way == 3) data = abi.encodeCall(licenses.openOffer, (_terms()));
        if (way == 4) data = abi.encodeCall(licenses.transferLicense, (design, license, stranger));
        if (way == 5) data = abi.encodeCall(licenses.sublicense, (design, license, stranger, 1));
        if (way == 6) {
            data = abi.encodeCall(licenses.voidPrints, (design, license, 0, 1, REASON));
        }
        if (way == 7) {
            data = abi.encodeCall(licenses.grant, (design, stranger, 1, type(uint40).max, 0, 0));
        }
        _mustFail(stranger, data);
    }

    /// @dev Designers and centers reach for what belongs to another of them.
    function neighbourTakes(uint256 pick, bool native, uint8 way) external {
        uint256 license = _pick(pick);
        if (license == 0) return;
        Held storage it = held[license];
        address money = native ? NATIVE : address(currency);
        address other = it.holder == centers[0] ? centers[1] : centers[0];
        if (way % 3 == 0) {
            return _mustFail(other, abi.encodeCall(licenses.refund, (it.design, license, 0, 4)));
        }
        if (way % 3 == 1) {
            return _mustFail(
                other, abi.encodeCall(licenses.transferLicense, (it.design, license, other))
            );
        }
        for (uint256 index; index < designers.length; ++index) {
            if (designers[index] == _ownerOf(it.design)) continue;
            address payable to = payable(designers[index]);
            _mustFail(to, abi.encodeCall(licenses.withdraw, (it.design, money, to)));
        }
    }

    /// @dev Redeems without the right to: a foreign signature or sender, or spent serials.
    function thiefRedeems(uint256 pick, uint256 take, uint8 word, uint8 way) external {
        uint256 license = _pick(pick);
        if (license == 0) return;
        Held storage it = held[license];
        IRedemption.PrintToken memory token =
            _tokenOf(license, uint32(word % (WORDS + 1)), FULL);
        uint256 real = _heldBy(_quota(license), token.word);
        uint256 spent = it.spent[token.word];
        (address signer, address sender) = (_ownerOf(it.design), printer);
        way %= 6;
        if (way == 0) signer = stranger;
        if (way == 1) sender = stranger;
        if (way == 2) signer = it.holder;
        if (way == 3 && spent == 0) return;
        if (way == 3) take = (take & real) | (spent & (~spent + 1));
        if (way == 4) take = take & ~real;
        if (way == 5 && it.rights & CRISIS != 0) return;
        if (way == 5) signer = crisisSigner;
        _mustFail(sender, abi.encodeCall(licenses.redeem, (token, _signed(token, signer), take)));
    }

    /// @dev With a good token, but when the license is over (revoked or expired, and past the
    ///      grace), or while the design or one above it is recalled.
    function thiefComesLate(uint256 pick, uint8 word, uint8 by) external {
        uint256 license = _pick(pick);
        if (license == 0) return;
        bool over = _now() >= _end(license);
        if (!over && !_blocked(held[license].design)) return;
        uint256 free = _free(license, word % WORDS);
        if (free == 0) return;
        IRedemption.PrintToken memory token = _tokenOf(license, uint32(word % WORDS), free);
        token.deadline = type(uint40).max;
        bytes memory signature = _signed(token, _signerOf(license, by));
        _mustFail(printer, abi.encodeCall(licenses.redeem, (token, signature, free)));
        ++times[over ? bytes32("late") : bytes32("recalled")];
    }

    function thiefTakesInCrisis(uint32 quota, bool wrong) external {
        if (!wrong && !_blocked(DESIGN)) quota = uint32(_within(quota, 41, type(uint32).max));
        bytes32 design = wrong ? designs[1] : DESIGN;
        _mustFail(stranger, abi.encodeCall(ITakes.takeCrisisLicense, (design, crisis, quota)));
    }

    // ----------------------------------------------------------------- internal

    function _leafOf(bytes32 middle)
        private
        pure
        returns (ILineage.Parent[] memory parents) {
        parents = new ILineage.Parent[](2);
        (parents[0], parents[1]) = (_parent(middle, TWENTIETH), _parent(DESIGN, TENTH));
    }

    /// @dev The first design, for a year; a crisis as long; licenses of two days and 40 prints.
    function _pledge() private {
        IPledgesContract pledges =
            IPledgesContract(IHasPledges(address(licenses)).crisisPledges());
        IPledges.Terms memory terms;
        (terms.until, terms.maxDuration) = (_now() + 365 * DAY, 2 * DAY);
        (terms.quotaPerLicense, terms.quotaInAll) = (40, 1_000);
        terms.document = REASON;
        CHEATS.prank(owner);
        pledges.pledge(DESIGN, printer, terms);
        CHEATS.prank(printer);
        crisis = pledges.declare("TR-31", _now() + 365 * DAY, REASON, crisisSigner);
    }
}
