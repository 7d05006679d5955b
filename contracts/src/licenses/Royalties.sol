// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IRoyalties} from "../interfaces/licenses/IRoyalties.sol";
import {LicenseBook} from "./LicenseBook.sol";
import {Payments} from "./Payments.sol";

/// @title The earnings of designs, shared with their parents level by level.
/// @notice See IRoyalties.
abstract contract Royalties is IRoyalties, LicenseBook, Payments {
    /// @dev Shares are in basis points: this many make the whole.
    uint256 private constant WHOLE = 10_000;

    mapping(bytes32 design => mapping(address currency => Account)) private _accounts;

    /// @inheritdoc IRoyalties
    function passUp(bytes32 design, address currency) public returns (uint256 passed) {
        Account storage account = _accounts[design][currency];
        (uint256 gross, uint256 shared) = (account.gross, account.shared);
        if (gross == shared) return 0;
        account.shared = uint128(gross);
        (bytes32[] memory parents, uint16[] memory shares) = designRegistry.parentsOf(design);
        for (uint256 index = 0; index < parents.length; ++index) {
            uint256 part = _part(gross, shares[index]) - _part(shared, shares[index]);
            if (part == 0) continue;
            passed += part;
            _credit(parents[index], currency, part);
            emit RoyaltyPassed(design, parents[index], currency, part);
        }
    }

    /// @inheritdoc IRoyalties
    function withdraw(bytes32 design, address currency, address payable to)
        external
        returns (uint256 amount)
    {
        _requireOwner(design);
        if (to == address(0)) revert InvalidRecipient(to);
        passUp(design, currency);
        amount = earningsOf(design, currency);
        if (amount == 0) revert NothingToWithdraw(design);

        _accounts[design][currency].withdrawn += amount;
        emit EarningsWithdrawn(design, to, currency, amount);
        _pay(currency, to, amount);
    }

    /// @inheritdoc IRoyalties
    function royaltiesOf(bytes32 design, address currency) external view returns (Account memory) {
        return _accounts[design][currency];
    }

    /// @inheritdoc IRoyalties
    function earningsOf(bytes32 design, address currency) public view returns (uint256 own) {
        Account memory account = _accounts[design][currency];
        (, uint16[] memory shares) = designRegistry.parentsOf(design);
        uint256 total = 0;
        for (uint256 index = 0; index < shares.length; ++index) {
            total += shares[index];
        }
        // Rounded for all parents at once: a unit more never leaves less here than was taken out,
        // while parts that are rounded one by one can grow by more than a unit together.
        own = account.gross - _part(account.gross, total) - account.withdrawn;
    }

    /// @dev Reverts past 2^128 units, more than any currency has.
    function _credit(bytes32 design, address currency, uint256 amount) internal {
        _accounts[design][currency].gross += uint128(amount);
    }

    function _part(uint256 sum, uint256 share) private pure returns (uint256) {
        return (sum * share) / WHOLE;
    }
}
