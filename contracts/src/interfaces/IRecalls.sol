// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Designs that are not safe to print, and designs that are not sold.
/// @notice A recall stops the printing of a design and of every design below it. A withdrawal
///         from sale stops new licenses of one design and touches none that is out.
interface IRecalls {
    // ---------------------------------------------------------------- errors

    /// @notice Nothing may be printed of a design that is recalled, or has a recalled ancestor.
    /// @param design The design that was asked for.
    /// @param recalled The recalled one: the design itself or an ancestor.
    error Recalled(bytes32 design, bytes32 recalled);

    /// @notice The design is recalled already.
    /// @param design Which design.
    error AlreadyRecalled(bytes32 design);

    /// @notice The design itself is not recalled; an ancestor may be.
    /// @param design Which design.
    error NotRecalled(bytes32 design);

    /// @notice A recall, and its end, need the digest of a notice that says why.
    /// @param design The design that came without.
    error NoticeMissing(bytes32 design);

    /// @notice The owner withdrew the design from sale.
    /// @param design Which design.
    error NotForSale(bytes32 design);

    // ---------------------------------------------------------------- events

    /// @notice A design may not be printed any more, nor any design below it.
    /// @param design The design.
    /// @param by Its owner.
    /// @param notice SHA-256 of the notice that says why.
    event DesignRecalled(bytes32 indexed design, address indexed by, bytes32 notice);

    /// @notice A recall ended.
    /// @param design The design.
    /// @param by Its owner.
    /// @param notice SHA-256 of the notice that says why.
    event RecallLifted(bytes32 indexed design, address indexed by, bytes32 notice);

    /// @notice A design was withdrawn from sale, or returned.
    /// @param design The design.
    /// @param onSale Whether licenses of it can be bought now.
    event SaleChanged(bytes32 indexed design, bool onSale);

    // ------------------------------------------------------------- functions

    /// @notice Recalls the caller's design. A recall stays when the design changes hands.
    /// @param design The design.
    /// @param notice SHA-256 of the notice that says why.
    function recall(bytes32 design, bytes32 notice) external;

    /// @notice Ends a recall of the caller's design.
    /// @param design The design.
    /// @param notice SHA-256 of the notice that says why.
    function liftRecall(bytes32 design, bytes32 notice) external;

    /// @notice Stops the sale of licenses of the caller's design; no effect if it is stopped.
    /// @param design The design.
    function withdrawFromSale(bytes32 design) external;

    /// @notice Lets licenses of the caller's design be sold again; no effect if they can be.
    /// @param design The design.
    function returnToSale(bytes32 design) external;

    /// @notice Whether print tokens of `signer` hold: they own the design or are an issuer of its
    ///         owner, now. Reverts with Recalled where nobody's tokens do.
    /// @dev Asked at each redemption. A design without parents costs what isIssuerOf costs; each
    ///      ancestor costs two more slots.
    /// @param design The design; an unknown one reverts with DesignNotFound.
    /// @param signer Who signed.
    /// @return Whether they may.
    function acceptsSigner(bytes32 design, address signer) external view returns (bool);

    /// @notice Passes if licenses of the design can be sold now; reverts with DesignNotFound,
    ///         Recalled or NotForSale if not.
    /// @param design The design.
    function mustBeForSale(bytes32 design) external view;

    /// @notice Why a design may not be printed: itself, or the first of its ancestors, in their
    ///         order, that is recalled. Zero if none is.
    /// @param design The design; an unknown one reverts with DesignNotFound.
    /// @return The recalled design.
    function recalledBy(bytes32 design) external view returns (bytes32);

    /// @notice Whether the owner lets licenses of the design be sold; recalls are not asked.
    /// @param design The design; an unknown one reverts with DesignNotFound.
    /// @return True unless it is withdrawn from sale.
    function isOnSale(bytes32 design) external view returns (bool);
}
