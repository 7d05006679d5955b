// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IPrintLicenses} from "../interfaces/IPrintLicenses.sol";

/// @dev A license in one storage slot, read and written at once: from the low end licensee (160
///      bits), quota (32), expiry (40), grace (16), flags (8). Zero means: no such license.
type PackedLicense is uint256;

using Licenses for PackedLicense global;

/// @title Packing of licenses: the compiler would write the fields of a struct one by one.
library Licenses {
    uint256 private constant QUOTA = 160;
    uint256 private constant EXPIRY = 192;
    uint256 private constant GRACE = 232;
    uint256 private constant FLAGS = 248;
    uint256 private constant REVOKED = 1 << FLAGS;

    /// @notice Puts a license that is not revoked into a slot.
    /// @param to Who may have the design printed.
    /// @param prints Number of serials.
    /// @param end First second at which nothing may be printed any more.
    /// @param graceHours Whole hours after it in which a print can still be redeemed.
    /// @return The slot.
    function pack(address to, uint32 prints, uint40 end, uint16 graceHours)
        internal
        pure
        returns (PackedLicense)
    {
        return PackedLicense.wrap(
            uint160(to) | (uint256(prints) << QUOTA) | (uint256(end) << EXPIRY)
                | (uint256(graceHours) << GRACE)
        );
    }

    /// @notice The same license, revoked now.
    /// @param self The slot.
    /// @return The new slot.
    function revokedNow(PackedLicense self) internal view returns (PackedLicense) {
        uint256 kept = PackedLicense.unwrap(self) & ~(uint256(type(uint40).max) << EXPIRY);
        return PackedLicense.wrap(kept | (block.timestamp << EXPIRY) | REVOKED);
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
        return uint256(uint16(PackedLicense.unwrap(self) >> GRACE)) * 1 hours;
    }

    /// @notice Whether its end came by revocation.
    /// @param self The slot.
    /// @return True if so.
    function revoked(PackedLicense self) internal pure returns (bool) {
        return PackedLicense.unwrap(self) & REVOKED != 0;
    }

    /// @notice The license as the interface shows it.
    /// @param self The slot.
    /// @return All its fields.
    function unpack(PackedLicense self) internal pure returns (IPrintLicenses.License memory) {
        return IPrintLicenses.License(
            self.licensee(),
            self.quota(),
            self.expiry(),
            uint16(PackedLicense.unwrap(self) >> GRACE),
            uint8(PackedLicense.unwrap(self) >> FLAGS)
        );
    }
}
