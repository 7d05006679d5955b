// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ILicenses} from "../../src/interfaces/licenses/ILicenses.sol";
import {Licenses, PackedLicense, REVOKED} from "../../src/libraries/PackedLicense.sol";
import {Serials} from "../../src/libraries/Serials.sol";

/// @title Symbolic tests of the arithmetic: for every value of the arguments, not a sample.
contract SerialsCheck {
    /// @notice The number of bits of a word is that of its lowest byte and of the rest. With the
    ///         next one, by induction over its 32 bytes, `count` is right for every word.
    function check_count_is_the_sum_over_bytes(uint256 bits) external pure {
        if (bits == type(uint256).max) return;
        assert(Serials.count(bits) == Serials.count(bits & 0xff) + Serials.count(bits >> 8));
    }

    /// @notice A byte, and the full word that is told apart, are counted bit by bit.
    /// @custom:halmos --loop 8
    function check_count_of_a_byte_and_of_all(uint8 bits) external pure {
        uint256 naive;
        for (uint256 place; place < 8; ++place) {
            naive += (bits >> place) & 1;
        }
        assert(Serials.count(bits) == naive);
        assert(Serials.count(type(uint256).max) == 256);
    }

    /// @notice A serial is held exactly if it is below the quota.
    function check_held_is_below_the_quota(uint32 quota, uint32 word, uint8 place) external pure {
        bool isHeld = (Serials.held(quota, word) >> place) & 1 == 1;
        assert(isHeld == (uint256(word) * 256 + place < quota));
    }

    /// @notice The words of a quota are those in which a serial is held.
    function check_words_are_those_that_hold_serials(uint32 quota, uint32 word) external pure {
        assert((word < Serials.wordsOf(quota)) == (Serials.held(quota, word) != 0));
    }

    /// @notice The first serial of a mask is in it, and no lower one is.
    /// @custom:halmos --loop 257
    function check_first_is_the_lowest(uint256 mask, uint32 word) external pure {
        if (mask == 0) return;
        uint256 place = Serials.first(mask, word) - uint256(word) * 256;
        assert((mask >> place) & 1 == 1);
        assert(mask & ((1 << place) - 1) == 0);
    }

    /// @notice What is packed is unpacked, field by field.
    function check_packing_keeps_every_field(
        address licensee,
        uint32 quota,
        uint40 expiry,
        uint16 grace,
        uint8 flags
    ) external pure {
        PackedLicense held = Licenses.pack(licensee, quota, expiry, grace, flags);
        ILicenses.License memory shown = held.unpack();
        assert(shown.licensee == licensee && held.licensee() == licensee);
        assert(shown.quota == quota && held.quota() == quota);
        assert(shown.expiry == expiry && held.expiry() == expiry);
        assert(shown.grace == grace && held.grace() == uint256(grace) * 3600);
        assert(shown.flags == flags && held.has(REVOKED) == (flags & REVOKED != 0));
    }

    /// @notice Revocation changes the end and the flag of any slot, and nothing else.
    function check_revocation_touches_end_and_flag(uint256 slot) external view {
        if (block.timestamp > type(uint40).max) return;
        ILicenses.License memory before = PackedLicense.wrap(slot).unpack();
        PackedLicense held = PackedLicense.wrap(slot).revokedNow();
        ILicenses.License memory shown = held.unpack();
        assert(held.has(REVOKED) && shown.flags == before.flags | REVOKED);
        assert(shown.expiry == block.timestamp);
        assert(shown.licensee == before.licensee && shown.quota == before.quota);
        assert(shown.grace == before.grace);
    }

    /// @notice Another quota or another holder changes just that, in any slot.
    function check_quota_and_holder_are_set_alone(uint256 slot, uint32 quota, address to)
        external
        pure
    {
        ILicenses.License memory before = PackedLicense.wrap(slot).unpack();
        ILicenses.License memory shown =
            PackedLicense.wrap(slot).withQuota(quota).heldBy(to).unpack();
        assert(shown.quota == quota && shown.licensee == to);
        assert(shown.expiry == before.expiry && shown.grace == before.grace);
        assert(shown.flags == before.flags);
    }
}
