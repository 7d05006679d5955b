// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Licenses that pass from one center to another.
/// @notice Only licenses that were sold or given as such, and not after their end. The issuer sees
///         in the events who holds what.
interface IPassing {
    /// @notice The license is bound to its holder.
    /// @param design The design.
    /// @param license The license.
    error LicenseNotTransferable(bytes32 design, uint256 license);

    /// @notice This serial is not free to be passed on: spent, or paid for otherwise.
    /// @param design The design.
    /// @param license The license.
    /// @param serial The first such serial.
    error SerialNotFree(bytes32 design, uint256 license, uint256 serial);

    /// @notice A license has another holder, with all that is left of it.
    /// @param design The design.
    /// @param license The license.
    /// @param from Who held it.
    /// @param to Who holds it.
    event LicenseTransferred(
        bytes32 indexed design, uint256 indexed license, address from, address indexed to
    );

    /// @notice The last serials of a license became a license of their own, on the same terms.
    /// @param design The design.
    /// @param license The license, which has that many serials less.
    /// @param to Who holds the new license.
    /// @param sublicense The new license's number.
    /// @param quota Its number of serials.
    event LicenseSplit(
        bytes32 indexed design,
        uint256 indexed license,
        address indexed to,
        uint256 sublicense,
        uint32 quota
    );

    /// @notice Passes a whole license on, with what is refundable of it. Only its holder.
    /// @param design The design.
    /// @param license The license.
    /// @param to The new holder.
    function transferLicense(bytes32 design, uint256 license, address to) external;

    /// @notice Passes the last serials of a license on, as a license of their own with the same
    ///         end, grace, rights and price. Only its holder. Print tokens for these serials are
    ///         worth nothing from then on.
    /// @param design The design.
    /// @param license The license.
    /// @param to Who shall hold the new license.
    /// @param quota How many serials; fewer than the license has, and all of them free.
    /// @return passed The new license's number.
    function sublicense(bytes32 design, uint256 license, address to, uint32 quota)
        external
        returns (uint256 passed);
}
