// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Licenses that are given without payment, and licenses that are revoked.
interface IGrants {
    // --------------------------------------------------------------- structs

    /// @notice A grant that an issuer signed and anybody may send.
    /// @param design The design.
    /// @param licensee Who shall hold the license.
    /// @param quota Number of prints, at least 1.
    /// @param expiry First second at which nothing may be printed any more.
    /// @param grace Whole hours after it in which a print can still be redeemed.
    /// @param rights A sum of 2 (irrevocable), 4 (variants), 8 (may be passed on).
    /// @param issuer Who signs: the design's owner or an issuer of theirs.
    /// @param salt Makes equal grants different.
    /// @param deadline First second at which it is void.
    struct Grant {
        bytes32 design;
        address licensee;
        uint32 quota;
        uint40 expiry;
        uint16 grace;
        uint8 rights;
        address issuer;
        bytes32 salt;
        uint256 deadline;
    }

    // ---------------------------------------------------------------- errors

    /// @notice A license must end after it begins.
    /// @param expiry The end that was given.
    error ExpiryInPast(uint40 expiry);

    /// @notice The license was given for its whole term: it can only expire.
    /// @param design The design.
    /// @param license The license.
    error LicenseIrrevocable(bytes32 design, uint256 license);

    // ---------------------------------------------------------------- events

    /// @notice A license was given without payment.
    /// @param design The design.
    /// @param license Its number, unique in this contract.
    /// @param licensee Its holder.
    /// @param quota Number of serials.
    /// @param expiry First second at which nothing may be printed any more.
    /// @param grace Whole hours after it in which a print can still be redeemed.
    /// @param rights A sum of 2 (irrevocable), 4 (variants), 8 (may be passed on).
    event LicenseGranted(
        bytes32 indexed design,
        uint256 indexed license,
        address indexed licensee,
        uint32 quota,
        uint40 expiry,
        uint16 grace,
        uint8 rights
    );

    /// @notice A license was revoked by the design's owner.
    /// @param design The design.
    /// @param license The license.
    /// @param expiry Its new end.
    /// @param reason Digest of a notice that says why; 0 for none.
    event LicenseEnded(
        bytes32 indexed design, uint256 indexed license, uint40 expiry, bytes32 reason
    );

    /// @notice A license was taken in a crisis, without royalty.
    /// @param design The design.
    /// @param license Its number, unique in this contract.
    /// @param licensee Its holder.
    /// @param crisis The crisis, as CrisisPledges numbers it.
    /// @param quota Number of serials.
    /// @param expiry First second at which nothing may be printed any more.
    event CrisisLicenseTaken(
        bytes32 indexed design,
        uint256 indexed license,
        address indexed licensee,
        uint256 crisis,
        uint32 quota,
        uint40 expiry
    );

    // ------------------------------------------------------------- functions

    /// @notice Gives a license without payment. Only the design's owner or an issuer of theirs.
    /// @param design The design.
    /// @param licensee Who shall hold it.
    /// @param quota Number of prints, at least 1.
    /// @param expiry First second at which nothing may be printed any more.
    /// @param grace Whole hours after it in which a print can still be redeemed.
    /// @param rights A sum of 2 (irrevocable), 4 (variants), 8 (may be passed on).
    /// @return license Its number.
    function grant(
        bytes32 design,
        address licensee,
        uint32 quota,
        uint40 expiry,
        uint16 grace,
        uint8 rights
    ) external returns (uint256 license);

    /// @notice Gives a license for an issuer who signed for it.
    /// @dev EIP-712 `Grant(bytes32 design,address licensee,uint32 quota,uint40 expiry,uint16
    ///      grace,uint8 rights,address issuer,bytes32 salt,uint256 deadline)`.
    /// @param given What the issuer signed.
    /// @param signature The issuer's signature; a contract signs by ERC-1271.
    /// @return license Its number.
    function grantBySig(Grant calldata given, bytes calldata signature)
        external
        returns (uint256 license);

    /// @notice Ends a license now. Only the design's owner. What was not printed is paid back
    ///         once nothing can be redeemed any more.
    /// @param design The design.
    /// @param license The license; it must not be over, nor irrevocable.
    /// @param reason Digest of a notice that says why; 0 for none.
    function revoke(bytes32 design, uint256 license, bytes32 reason) external;

    /// @notice Ends a license for the design's owner, who signed for it.
    /// @dev EIP-712 `Revocation(bytes32 design,uint256 license,bytes32 reason,uint256 deadline)`.
    /// @param design The design.
    /// @param license The license; it must not be over, nor irrevocable.
    /// @param reason Digest of a notice that says why; 0 for none.
    /// @param deadline First second at which the message is void.
    /// @param signature The present owner's signature; a contract signs by ERC-1271.
    function revokeBySig(
        bytes32 design,
        uint256 license,
        bytes32 reason,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Takes a license of a pledged design in a crisis, without royalty. It is bound to
    ///         its holder and cannot be revoked; it ends as the pledge says.
    /// @param design The design.
    /// @param crisis The crisis, as CrisisPledges numbers it.
    /// @param quota Number of prints, within what the pledge leaves.
    /// @return license Its number.
    function takeCrisisLicense(bytes32 design, uint256 crisis, uint32 quota)
        external
        returns (uint256 license);
}
