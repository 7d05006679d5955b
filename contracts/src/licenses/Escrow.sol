// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IEscrow} from "../interfaces/licenses/IEscrow.sol";
import {PackedLicense} from "../libraries/PackedLicense.sol";
import {Serials} from "../libraries/Serials.sol";
import {Royalties} from "./Royalties.sol";

/// @title The escrow of licenses: what is earned, and what is paid back.
/// @notice See IEscrow.
/// @dev Nothing is booked at redemption. Spent serials are counted afterwards, in slices of
///      words of any size and order.
abstract contract Escrow is IEscrow, Royalties {
    using Serials for uint256;

    mapping(uint256 license => Tally) internal _tallies;

    /// @inheritdoc IEscrow
    function settle(bytes32 design, uint256 license, uint32 firstWord, uint32 words)
        external
        returns (uint32 prints)
    {
        PackedLicense held = _require(design, license);
        Payment memory payment = _payments[license];
        if (payment.price != 0) prints = _account(license, held.quota(), firstWord, words, false);
        if (prints == 0) revert NothingToSettle(design, license);

        uint256 amount = uint256(payment.price) * prints;
        _tallies[license].earned += prints;
        _credit(design, payment.currency, amount);
        emit LicenseSettled(design, license, prints, amount);
        passUp(design, payment.currency);
    }

    /// @inheritdoc IEscrow
    function refund(bytes32 design, uint256 license, uint32 firstWord, uint32 words)
        external
        returns (uint32 prints)
    {
        PackedLicense held = _requireHolder(design, license);
        uint256 opens = held.expiry() + held.grace();
        if (block.timestamp < opens) revert RefundNotOpen(design, license, opens);

        Payment memory payment = _payments[license];
        if (payment.price != 0) prints = _account(license, held.quota(), firstWord, words, true);
        if (prints == 0) revert NothingToRefund(design, license);

        uint256 amount = uint256(payment.price) * prints;
        _tallies[license].refunded += prints;
        emit LicenseRefunded(design, license, msg.sender, prints, amount);
        _pay(payment.currency, payable(msg.sender), amount);
    }

    /// @inheritdoc IEscrow
    function tallyOf(uint256 license) external view returns (Tally memory) {
        return _tallies[license];
    }

    /// @dev Marks serials of the words as accounted for and counts them: the spent ones, or,
    ///      with `unspent`, the others up to the quota.
    function _account(
        uint256 license,
        uint256 quota,
        uint256 firstWord,
        uint256 words,
        bool unspent
    ) private returns (uint32 prints) {
        uint256 end = firstWord + words;
        uint256 last = Serials.wordsOf(quota);
        if (end > last) end = last;
        for (uint256 word = firstWord; word < end; ++word) {
            uint256 chosen = _spent[license][word].bits;
            if (unspent) chosen = Serials.held(quota, word) & ~chosen;
            uint256 accounted = _accounted[license][word];
            uint256 fresh = chosen & ~accounted;
            if (fresh == 0) continue;
            _accounted[license][word] = accounted | fresh;
            prints += uint32(fresh.count());
        }
    }
}
