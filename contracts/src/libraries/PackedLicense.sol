// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ILicenses} from "../interfaces/licenses/ILicenses.sol";

/// @dev A license in one storage slot, read and written at once: from the low end licensee (160
///      bits), quota (32), expiry (40), grace (16), flags (8). Zero means: no such license.
type PackedLicense is uint256;

using Licenses for PackedLicense global;

/// @dev The license was ended before its time.
uint8 constant REVOKED = 1;
/// @dev It cannot be.
uint8 constant IRREVOCABLE = 2;
/// @dev Variants of the design, made for one customer each, may be printed under it.
uint8 constant VARIANTS = 4;
/// @dev It may be passed on, whole or in part.
uint8 constant TRANSFERABLE = 8;
/// @dev It was taken in a crisis: the crisis names who signs its tokens.
uint8 constant CRISIS = 16;
/// @dev What an offer or a grant may give.
uint8 constant RIGHTS = IRREVOCABLE | VARIANTS | TRANSFERABLE;

/// @title Packing of licenses: the compiler would write the fields of a struct one by one.
library Licenses {
    uint256 private constant QUOTA = 160;
    uint256 private constant EXPIRY = 192;
    uint256 private constant GRACE = 232;
    uint256 private constant FLAGS = 248;

    /// @notice Puts a license into a slot.
    /// @param to Who may have the design printed.
    /// @param prints Number of serials.
    /// @param end First second at which nothing may be printed any more.
    /// @param graceHours Whole hours after it in which a print can still be redeemed.
    /// @param bits Its flags.
    /// @return The slot.
    function pack(address to, uint32 prints, uint40 end, uint16 graceHours, uint8 bits)
        internal
        pure
        returns (PackedLicense)
    {
        return PackedLicense.wrap(
            uint160(to) | (uint256(prints) << QUOTA) | (uint256(end) << EXPIRY)
                | (uint256(graceHours) << GRACE) | (uint256(bits) << FLAGS)
        );
    }

    /// @notice The same license, revoked now.
    /// @param self The slot.
    /// @return The new slot.
    function revokedNow(PackedLicense self) internal view returns (PackedLicense) {
        uint256 kept = PackedLicense.unwrap(self) & ~(uint256(type(uint40).max) << EXPIRY);
        return PackedLicense.wrap(
            kept | (block.timestamp << EXPIRY) | (uint256(REVOKED) << FLAGS)
        );
    }

    /// @notice The same license with another number of serials.
    /// @param self The slot.
    /// @param prints Number of serials.
    /// @return The new slot.
    function withQuota(PackedLicense self, uint32 prints) internal pure returns (PackedLicense) {
        uint256 kept = PackedLicense.unwrap(self) & ~(uint256(type(uint32).max) << QUOTA);
        return PackedLicense.wrap(kept | (uint256(prints) << QUOTA));
    }

    /// @notice The same license in other hands.
    /// @param self The slot.
    /// @param to Who holds it from now on.
    /// @return The new slot.
    function heldBy(PackedLicense self, address to) internal pure returns (PackedLicense) {
        uint256 kept = PackedLicense.unwrap(self) & ~uint256(type(uint160).max);
        return PackedLicense.wrap(kept | uint160(to));
    }

    /// @notice Who may have the design printed; zero where there is no license.
    /// @param self The slot.
    /// @return The licensee.
    function licensee(PackedLicense self) internal pure returns (address) {
        return address(uint160(PackedLicense.unwrap(self)));
    }

    /// @notice Number of serials.
    /// @param self The slot.
    /// @return The quota.
    function quota(PackedLicense self) internal pure returns (uint32) {
        return uint32(PackedLicense.unwrap(self) >> QUOTA);
    }

    /// @notice First second at which nothing may be printed any more.
    /// @param self The slot.
    /// @return The end.
    function expiry(PackedLicense self) internal pure returns (uint40) {
        return uint40(PackedLicense.unwrap(self) >> EXPIRY);
    }

    /// @notice What the license adds to an end of printing, in seconds, for redemption.
    /// @param self The slot.
    /// @return The grace.
    function grace(PackedLicense self) internal pure returns (uint256) {
        unchecked {
            // 16 bits of hours.
            return uint256(uint16(PackedLicense.unwrap(self) >> GRACE)) * 1 hours;
        }
    }

    /// @notice Whether the license carries a flag.
    /// @param self The slot.
    /// @param flag One of the flags above.
    /// @return True if so.
    function has(PackedLicense self, uint8 flag) internal pure returns (bool) {
        return (PackedLicense.unwrap(self) >> FLAGS) & flag != 0;
    }

    /// @notice The license as the interface shows it.
    /// @param self The slot.
    /// @return All its fields.
    function unpack(PackedLicense self) internal pure returns (ILicenses.License memory) {
        return ILicenses.License(
            self.licensee(),
            self.quota(),
            self.expiry(),
            uint16(PackedLicense.unwrap(self) >> GRACE),
            uint8(PackedLicense.unwrap(self) >> FLAGS)
        );
    }
}
