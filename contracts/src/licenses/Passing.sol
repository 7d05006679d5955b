// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IPassing} from "../interfaces/licenses/IPassing.sol";
import {PackedLicense, REVOKED, TRANSFERABLE} from "../libraries/PackedLicense.sol";
import {Serials} from "../libraries/Serials.sol";
import {LicenseBook} from "./LicenseBook.sol";

/// @title Licenses that pass from one center to another.
/// @notice See IPassing.
abstract contract Passing is IPassing, LicenseBook {
    using Serials for uint256;

    /// @inheritdoc IPassing
    function transferLicense(bytes32 design, uint256 license, address to) external {
        PackedLicense held = _requirePassable(design, license, to);
        _licenses[design][license] = held.heldBy(to);
        emit LicenseTransferred(design, license, msg.sender, to);
    }

    /// @inheritdoc IPassing
    function sublicense(bytes32 design, uint256 license, address to, uint32 quota)
        external
        returns (uint256 passed)
    {
        PackedLicense held = _requirePassable(design, license, to);
        uint32 whole = held.quota();
        if (quota == 0 || quota >= whole) revert QuotaOutOfRange(quota, 1, whole - 1);
        uint32 kept = whole - quota;
        _requireFree(design, license, kept, whole);

        passed = _nextLicense();
        _licenses[design][license] = held.withQuota(kept);
        _licenses[design][passed] = held.heldBy(to).withQuota(quota);
        Payment memory payment = _payments[license];
        if (payment.price != 0) _payments[passed] = payment;
        emit LicenseSplit(design, license, to, passed, quota);
    }

    function _requirePassable(bytes32 design, uint256 license, address to)
        private
        view
        returns (PackedLicense held)
    {
        held = _requireHolder(design, license);
        if (to == address(0)) revert InvalidRecipient(to);
        if (!held.has(TRANSFERABLE)) revert LicenseNotTransferable(design, license);
        if (block.timestamp >= held.expiry()) {
            if (held.has(REVOKED)) revert LicenseRevoked(design, license, held.expiry());
            revert LicenseExpired(design, license, held.expiry());
        }
    }

    /// @dev Each serial that goes must bring its price: it was neither spent nor paid for.
    function _requireFree(bytes32 design, uint256 license, uint256 from, uint256 end) private view {
        uint256 last = Serials.wordsOf(end);
        for (uint256 word = from / Serials.WORD; word < last; ++word) {
            uint256 going = Serials.held(end, word) & ~Serials.held(from, word);
            uint256 taken = going & (_spent[license][word].bits | _accounted[license][word]);
            if (taken != 0) revert SerialNotFree(design, license, taken.first(word));
        }
    }
}
