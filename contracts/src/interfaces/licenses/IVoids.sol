// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Prints that failed, and the serials that replace theirs.
/// @notice A voided serial stays spent. The license gets one more serial at its end for it, so
///         that for one good print one price is paid: the price of a print that was not settled
///         passes to the replacement; where it was settled, the design keeps it and the
///         replacement counts as paid.
interface IVoids {
    /// @notice A void that an issuer signed and anybody may send.
    /// @param design The design.
    /// @param license The license.
    /// @param word Which 256 serials.
    /// @param serials A bit for each serial of a failed print.
    /// @param evidence Digest of what shows the failure: of the printer's signed receipt.
    /// @param issuer Who signs: the design's owner or an issuer of theirs.
    /// @param deadline First second at which it is void.
    struct Void {
        bytes32 design;
        uint256 license;
        uint32 word;
        uint256 serials;
        bytes32 evidence;
        address issuer;
        uint256 deadline;
    }

    /// @notice This serial was not spent, or was voided before.
    /// @param design The design.
    /// @param license The license.
    /// @param serial The first such serial; the word's first where none was named.
    error NotVoidable(bytes32 design, uint256 license, uint256 serial);

    /// @notice A void needs the digest of its evidence.
    error EvidenceMissing();

    /// @notice Prints failed, and each got a new serial.
    /// @param design The design.
    /// @param license The license.
    /// @param word Which 256 serials.
    /// @param serials A bit for each serial that was voided.
    /// @param quota The license's number of serials from now on.
    /// @param evidence Digest of what shows the failure.
    /// @param by The design's owner or issuer who says so.
    event PrintsVoided(
        bytes32 indexed design,
        uint256 indexed license,
        uint32 word,
        uint256 serials,
        uint32 quota,
        bytes32 evidence,
        address by
    );

    /// @notice Voids spent serials. Only the design's owner or an issuer of theirs.
    /// @param design The design.
    /// @param license The license.
    /// @param word Which 256 serials.
    /// @param serials A bit for each serial of a failed print.
    /// @param evidence Digest of what shows the failure: of the printer's signed receipt.
    function voidPrints(
        bytes32 design,
        uint256 license,
        uint32 word,
        uint256 serials,
        bytes32 evidence
    ) external;

    /// @notice Voids spent serials for an issuer who signed for it.
    /// @dev EIP-712 `Void(bytes32 design,uint256 license,uint32 word,uint256 serials,bytes32
    ///      evidence,address issuer,uint256 deadline)`.
    /// @param voided What the issuer signed.
    /// @param signature The issuer's signature; a contract signs by ERC-1271.
    function voidPrintsBySig(Void calldata voided, bytes calldata signature) external;

    /// @notice The voided serials of one word.
    /// @param license The license's number.
    /// @param word Which 256 serials.
    /// @return A bit for each voided serial.
    function serialsVoided(uint256 license, uint32 word) external view returns (uint256);
}
