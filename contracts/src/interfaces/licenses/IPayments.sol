// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title How money comes in and goes out, in the chain's own currency and in ERC-20s.
interface IPayments {
    /// @notice The value sent is not the price.
    /// @param expected What it must be; zero where an ERC-20 is the currency.
    /// @param sent What it was.
    error WrongPayment(uint256 expected, uint256 sent);

    /// @notice Less arrived than was paid: the currency takes a fee, which is not supported.
    /// @param currency The ERC-20.
    /// @param expected What should have arrived.
    /// @param received What did.
    error PaymentShort(address currency, uint256 expected, uint256 received);

    /// @notice The receiver did not take the payment; nothing was changed.
    /// @param to The receiver.
    /// @param amount The payment.
    error PaymentFailed(address to, uint256 amount);

    /// @notice There is no such currency, or it did not take the permit and allows less.
    /// @param currency The ERC-20.
    /// @param owner Whose permit it is.
    error PermitFailed(address currency, address owner);

    /// @notice Hands a permit (ERC-2612) for this contract to its currency, so that in one batch
    ///         with a purchase no transaction for an allowance is needed. One that somebody has
    ///         handed in already does no harm.
    /// @param currency The ERC-20.
    /// @param owner Who signed the permit.
    /// @param value How much this contract may take.
    /// @param deadline Last second at which the permit is valid.
    /// @param v Of the owner's signature.
    /// @param r Of the owner's signature.
    /// @param s Of the owner's signature.
    function permit(
        address currency,
        address owner,
        uint256 value,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;
}
