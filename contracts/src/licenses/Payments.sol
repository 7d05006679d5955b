// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";

import {IPayments} from "../interfaces/licenses/IPayments.sol";

/// @title How money comes in and goes out.
/// @notice See IPayments.
/// @dev Called last, when all books are written: a receiver or a currency that calls back finds
///      everything settled, and the guard keeps it from moving money meanwhile.
abstract contract Payments is IPayments, ReentrancyGuard {
    using SafeERC20 for IERC20;

    /// @dev The chain's own currency, where an ERC-20 would have its address.
    address internal constant NATIVE = address(0);

    /// @inheritdoc IPayments
    function permit(
        address currency,
        address owner,
        uint256 value,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        if (currency.code.length == 0) revert PermitFailed(currency, owner);
        try IERC20Permit(currency).permit(owner, address(this), value, deadline, v, r, s) {}
        catch {
            // Whoever saw the permit could hand it in first: what counts is the allowance.
            if (IERC20(currency).allowance(owner, address(this)) < value) {
                revert PermitFailed(currency, owner);
            }
        }
    }

    /// @dev Takes `due` from `payer`: in the chain's own currency from what came with the call.
    function _collect(address currency, address payer, uint256 due) internal {
        uint256 expected = currency == NATIVE ? due : 0;
        if (msg.value != expected) revert WrongPayment(expected, msg.value);
        if (currency != NATIVE && due != 0) _pull(IERC20(currency), payer, due);
    }

    function _pay(address currency, address payable to, uint256 amount) internal nonReentrant {
        if (currency != NATIVE) return IERC20(currency).safeTransfer(to, amount);
        (bool taken,) = to.call{value: amount}("");
        if (!taken) revert PaymentFailed(to, amount);
    }

    function _pull(IERC20 currency, address payer, uint256 due) private nonReentrant {
        uint256 before = currency.balanceOf(address(this));
        currency.safeTransferFrom(payer, address(this), due);
        uint256 received = currency.balanceOf(address(this)) - before;
        if (received != due) revert PaymentShort(address(currency), due, received);
    }
}
