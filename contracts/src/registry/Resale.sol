// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";

import {IResale} from "../interfaces/IResale.sol";
import {Designs} from "./Designs.sol";

/// @title What a market is asked to pay when a design is sold on.
/// @notice See IResale.
/// @dev OpenZeppelin's ERC2981 has a royalty for all designs too: a read, and errors, for nothing.
abstract contract Resale is Designs {
    uint256 private constant ALL = 10_000;
    /// @dev A tenth: more would drive sales to where no royalty is asked.
    uint16 private constant MAX_RESALE_ROYALTY = 1_000;

    struct Royalty {
        address receiver;
        uint16 share;
    }

    mapping(bytes32 design => Royalty) private _resale;

    /// @inheritdoc IResale
    function setResaleRoyalty(bytes32 design, address receiver, uint16 share) external {
        _ownState(design);
        if (receiver == address(0)) revert ResaleReceiverInvalid(receiver);
        if (share > MAX_RESALE_ROYALTY) revert ResaleRoyaltyTooHigh(share);
        address fixedFor = _resale[design].receiver;
        if (fixedFor != address(0)) revert ResaleRoyaltyFixed(design, fixedFor);
        _resale[design] = Royalty(receiver, share);
        emit ResaleRoyaltySet(design, receiver, share);
    }

    /// @inheritdoc IERC2981
    function royaltyInfo(uint256 tokenId, uint256 salePrice)
        external
        view
        returns (address receiver, uint256 amount)
    {
        Royalty storage royalty = _resale[bytes32(tokenId)];
        return (royalty.receiver, salePrice * royalty.share / ALL);
    }
}
