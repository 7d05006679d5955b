// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IPrintLicenses} from "../interfaces/IPrintLicenses.sol";
import {PackedLicense} from "../libraries/PackedLicense.sol";
import {Serials} from "../libraries/Serials.sol";
import {LicenseBook} from "./LicenseBook.sol";

/// @title The money of licenses: what is earned, what is paid back, what is taken out.
/// @notice See IPrintLicenses.
/// @dev Nothing is booked at redemption. Spent serials are counted afterwards, in slices of
///      words of any size and order.
abstract contract Escrow is LicenseBook {
    using Serials for uint256;

    mapping(uint256 license => mapping(uint256 word => uint256)) internal _spent;
    /// @dev Serials whose price has left the escrow. Each does so once, as earning or as refund,
    ///      and a serial can be refunded only when none can be spent any more: so no price is
    ///      ever paid out twice, in whatever slices and order the words are counted.
    mapping(uint256 license => mapping(uint256 word => uint256)) private _accounted;
    mapping(uint256 license => Tally) private _tallies;
    mapping(bytes32 design => mapping(address currency => uint256)) private _earnings;

    /// @inheritdoc IPrintLicenses
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
        _earnings[design][payment.currency] += amount;
        emit LicenseSettled(design, license, prints, amount);
    }

    /// @inheritdoc IPrintLicenses
    function refund(bytes32 design, uint256 license, uint32 firstWord, uint32 words)
        external
        returns (uint32 prints)
    {
        PackedLicense held = _require(design, license);
        if (msg.sender != held.licensee()) revert NotLicensee(design, license, msg.sender);
        uint256 opens = held.expiry() + held.grace();
        if (block.timestamp < opens) revert RefundNotOpen(design, license, opens);

        Payment memory payment = _payments[license];
        if (payment.price != 0) prints = _account(license, held.quota(), firstWord, words, true);
        if (prints == 0) revert NothingToRefund(design, license);

        uint256 amount = uint256(payment.price) * prints;
        _tallies[license].refunded += prints;
        emit LicenseRefunded(design, license, msg.sender, prints, amount);
        _pay(payable(msg.sender), amount);
    }

    /// @inheritdoc IPrintLicenses
    function withdraw(bytes32 design, address currency, address payable to)
        external
        returns (uint256 amount)
    {
        _requireOwner(design);
        if (to == address(0)) revert InvalidRecipient(to);
        amount = _earnings[design][currency];
        if (amount == 0) revert NothingToWithdraw(design);

        _earnings[design][currency] = 0;
        emit EarningsWithdrawn(design, to, currency, amount);
        _pay(to, amount);
    }

    /// @inheritdoc IPrintLicenses
    function tallyOf(uint256 license) external view returns (Tally memory) {
        return _tallies[license];
    }

    /// @inheritdoc IPrintLicenses
    function earningsOf(bytes32 design, address currency) external view returns (uint256) {
        return _earnings[design][currency];
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
            uint256 chosen = _spent[license][word];
            if (unspent) chosen = Serials.held(quota, word) & ~chosen;
            uint256 accounted = _accounted[license][word];
            uint256 fresh = chosen & ~accounted;
            if (fresh == 0) continue;
            _accounted[license][word] = accounted | fresh;
            prints += uint32(fresh.count());
        }
    }

    function _pay(address payable to, uint256 amount) private {
        (bool taken,) = to.call{value: amount}("");
        if (!taken) revert PaymentFailed(to, amount);
    }
}
