// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";

/// @title What a market is asked to pay when a design is sold on (ERC-2981).
/// @notice A market may honour it or not. It has nothing to do with the price of prints.
interface IResale is IERC2981 {
    /// @notice The resale royalty of a design is set once for ever.
    /// @param design Which design.
    /// @param receiver Who gets it.
    error ResaleRoyaltyFixed(bytes32 design, address receiver);

    /// @notice The resale royalty is at most 1,000 basis points.
    /// @param share What was asked for, in basis points.
    error ResaleRoyaltyTooHigh(uint256 share);

    /// @notice The zero address cannot receive a resale royalty.
    /// @param receiver The address that was given.
    error ResaleReceiverInvalid(address receiver);

    /// @notice The resale royalty of a design was set, for ever.
    /// @param design The design.
    /// @param receiver Who gets it.
    /// @param share Part of the price, in basis points.
    event ResaleRoyaltySet(bytes32 indexed design, address receiver, uint16 share);

    /// @notice Sets the resale royalty of the caller's design, once for ever.
    /// @param design The design.
    /// @param receiver Who gets it, whoever owns the design then.
    /// @param share Part of the price, in basis points, at most 1,000.
    function setResaleRoyalty(bytes32 design, address receiver, uint16 share) external;
}
