// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title The escrow of licenses: what is earned, and what is paid back.
/// @notice At every moment, for every license: paid = earned + refundable + refunded.
interface IEscrow {
    /// @notice How many prints of a license have left its escrow, and which way; and how many
    ///         were voided.
    /// @param earned Paid to the design.
    /// @param refunded Paid back to the licensee.
    /// @param voided Replaced by another serial each.
    struct Tally {
        uint32 earned;
        uint32 refunded;
        uint32 voided;
    }

    /// @notice Serials of the license can still be redeemed.
    /// @param design The design.
    /// @param license The license.
    /// @param opens First second at which a refund is possible.
    error RefundNotOpen(bytes32 design, uint256 license, uint256 opens);

    /// @notice Nothing is left to pay back in these words.
    /// @param design The design.
    /// @param license The license.
    error NothingToRefund(bytes32 design, uint256 license);

    /// @notice No serial of these words was spent since the last settlement.
    /// @param design The design.
    /// @param license The license.
    error NothingToSettle(bytes32 design, uint256 license);

    /// @notice Spent serials were counted, and their price credited to the design.
    /// @param design The design.
    /// @param license The license.
    /// @param prints How many.
    /// @param amount Prints times price, in the currency that the license was bought in.
    event LicenseSettled(
        bytes32 indexed design, uint256 indexed license, uint32 prints, uint256 amount
    );

    /// @notice The price of serials that were never printed went back to the licensee.
    /// @param design The design.
    /// @param license The license.
    /// @param to The licensee.
    /// @param prints How many.
    /// @param amount Prints times price, in the currency that the license was bought in.
    event LicenseRefunded(
        bytes32 indexed design,
        uint256 indexed license,
        address indexed to,
        uint32 prints,
        uint256 amount
    );

    /// @notice Counts the spent serials of some words, credits their price to the design and
    ///         passes its parents' part up. Anyone may call it, in slices of any size.
    /// @param design The design.
    /// @param license The license.
    /// @param firstWord The first word to count.
    /// @param words How many; those past the quota are ignored.
    /// @return prints How many serials were counted now.
    function settle(bytes32 design, uint256 license, uint32 firstWord, uint32 words)
        external
        returns (uint32 prints);

    /// @notice Pays back the price of serials that were never spent, once none can be any more.
    ///         Only the licensee, in slices of any size.
    /// @param design The design.
    /// @param license The license.
    /// @param firstWord The first word to count.
    /// @param words How many; those past the quota are ignored.
    /// @return prints How many serials were paid back now.
    function refund(bytes32 design, uint256 license, uint32 firstWord, uint32 words)
        external
        returns (uint32 prints);

    /// @notice How many prints of a license have left its escrow or were voided.
    /// @param license Its number.
    /// @return Those earned, those refunded and those voided.
    function tallyOf(uint256 license) external view returns (Tally memory);
}
