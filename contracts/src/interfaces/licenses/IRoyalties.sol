// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title The earnings of designs, shared with their parents level by level.
/// @notice All sums are kept since the beginning, and a parent's part is taken of the sum: so it
///         does not matter in which slices and in which order earnings are counted, no rounding
///         makes money, and a fraction that is left stays with the design that earned it. With
///         several parents, what the roundings of their parts leave together (less than a unit
///         each) waits in the design's account, as the next earnings can make it theirs.
interface IRoyalties {
    /// @notice What a design has had in one currency since the beginning.
    /// @param gross All that came in: its settled prints, and its parts of what others earned.
    /// @param shared How much of `gross` its parents have had their part of.
    /// @param withdrawn What its owners took out.
    struct Account {
        uint128 gross;
        uint128 shared;
        uint256 withdrawn;
    }

    /// @notice No earnings are waiting.
    /// @param design The design.
    error NothingToWithdraw(bytes32 design);

    /// @notice A design passed on the part of its earnings that a parent of it asked for.
    /// @param design Which design earned.
    /// @param parent Which design it derives from.
    /// @param currency In which currency.
    /// @param amount How much.
    event RoyaltyPassed(
        bytes32 indexed design, bytes32 indexed parent, address currency, uint256 amount
    );

    /// @notice The owner of a design took out its earnings.
    /// @param design The design.
    /// @param to Who received them.
    /// @param currency In which currency.
    /// @param amount How much.
    event EarningsWithdrawn(
        bytes32 indexed design, address indexed to, address currency, uint256 amount
    );

    /// @notice Passes the parents' part of what a design has had up to them: one level. Anyone
    ///         may call it; each settlement and each withdrawal does it for its own design.
    /// @param design The design.
    /// @param currency In which currency.
    /// @return passed How much went up.
    function passUp(bytes32 design, address currency) external returns (uint256 passed);

    /// @notice Sends a design's earnings, after its parents have had their part. Only its owner.
    /// @param design The design.
    /// @param currency In which currency.
    /// @param to Who shall receive them.
    /// @return amount How much was sent.
    function withdraw(bytes32 design, address currency, address payable to)
        external
        returns (uint256 amount);

    /// @notice A design's own earnings that its owner could withdraw now.
    /// @param design The design.
    /// @param currency In which currency.
    /// @return The amount.
    function earningsOf(bytes32 design, address currency) external view returns (uint256);

    /// @notice What a design has had in one currency since the beginning.
    /// @param design The design.
    /// @param currency In which currency.
    /// @return The sums.
    function royaltiesOf(bytes32 design, address currency) external view returns (Account memory);
}
