// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title What a license is, and what all that deal with licenses share.
/// @notice A license has `quota` serials, 0..quota-1. Times are Unix seconds and every interval
///         is half open: it ends just before its end.
interface ILicenses {
    // --------------------------------------------------------------- structs

    /// @notice A license, in one storage slot.
    /// @param licensee Who may have the design printed.
    /// @param quota Number of serials.
    /// @param expiry First second at which nothing may be printed any more.
    /// @param grace Whole hours after it in which a print can still be redeemed.
    /// @param flags Bit 0: revoked; 1: irrevocable; 2: variants of the design may be printed; 3:
    ///        may be passed on; 4: taken in a crisis.
    struct License {
        address licensee;
        uint32 quota;
        uint40 expiry;
        uint16 grace;
        uint8 flags;
    }

    /// @notice What a license was bought for, in one storage slot.
    /// @param currency The currency of its escrow: an ERC-20, or zero for the chain's own.
    /// @param price For one print.
    struct Payment {
        address currency;
        uint96 price;
    }

    // ---------------------------------------------------------------- errors

    /// @notice Only the owner of the design may do this.
    /// @param design The design.
    /// @param caller Who tried.
    error NotDesignOwner(bytes32 design, address caller);

    /// @notice Neither the owner of the design nor an issuer of theirs.
    /// @param design The design.
    /// @param signer Who signed or tried.
    error NotIssuer(bytes32 design, address signer);

    /// @notice Only the license's holder may do this.
    /// @param design The design.
    /// @param license The license.
    /// @param caller Who tried.
    error NotLicensee(bytes32 design, uint256 license, address caller);

    /// @notice The design has no license of this number.
    /// @param design The design.
    /// @param license The number.
    error LicenseNotFound(bytes32 design, uint256 license);

    /// @notice The license ended, and its grace too where grace counts.
    /// @param design The design.
    /// @param license The license.
    /// @param expiry When it ended.
    error LicenseExpired(bytes32 design, uint256 license, uint40 expiry);

    /// @notice The license was revoked, and its grace is over where grace counts.
    /// @param design The design.
    /// @param license The license.
    /// @param revokedAt When it was revoked.
    error LicenseRevoked(bytes32 design, uint256 license, uint40 revokedAt);

    /// @notice The number of prints is outside the limits.
    /// @param quota What was asked for.
    /// @param minQuota The least.
    /// @param maxQuota The greatest.
    error QuotaOutOfRange(uint32 quota, uint32 minQuota, uint32 maxQuota);

    /// @notice The rights name a bit that is none to give.
    /// @param rights What was given: a sum of 2 (irrevocable), 4 (variants), 8 (may be passed on).
    error RightsUnknown(uint8 rights);

    /// @notice The zero address can receive nothing.
    /// @param recipient The address that was given.
    error InvalidRecipient(address recipient);

    // ----------------------------------------------------------------- views

    /// @notice A license as it is stored; reverts with LicenseNotFound for an unknown one.
    /// @param design The design.
    /// @param license Its number.
    /// @return The license.
    function licenseOf(bytes32 design, uint256 license) external view returns (License memory);

    /// @notice What a license was bought for (zero if it was given).
    /// @param license Its number.
    /// @return The currency and price for one print.
    function paymentOf(uint256 license) external view returns (Payment memory);

    /// @notice The spent serials of one word.
    /// @param license The license's number.
    /// @param word Which 256 serials.
    /// @return A bit for each spent serial.
    function redeemedSerials(uint256 license, uint32 word) external view returns (uint256);
}
