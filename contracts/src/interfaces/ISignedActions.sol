// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Messages that one party signs and anybody may send.
/// @notice Each has a deadline, works once, and can be cancelled by its signer before that. It is
///         known by its EIP-712 digest: who wants the same twice signs another salt.
interface ISignedActions {
    /// @notice The signed message was valid until a time that has passed.
    /// @param deadline The first second at which the message was void.
    error SignatureExpired(uint256 deadline);

    /// @notice The signed message was used before, or cancelled.
    /// @param signer Who signed it.
    /// @param digest Its EIP-712 digest.
    error SignatureSpent(address signer, bytes32 digest);

    /// @notice The signature is not the one of `signer` over this message.
    /// @param signer Who should have signed; zero where nobody can be told.
    error BadSignature(address signer);

    /// @notice A signer took a message back that was not used yet.
    /// @param signer Who signed it, or would have.
    /// @param digest Its EIP-712 digest.
    event SignatureCancelled(address indexed signer, bytes32 indexed digest);

    /// @notice Makes a message of the caller's void, whether it was signed yet or not.
    /// @param digest Its EIP-712 digest; one that was spent reverts with SignatureSpent.
    function cancelSignature(bytes32 digest) external;

    /// @notice Whether a message was used or cancelled.
    /// @param signer Who signed it.
    /// @param digest Its EIP-712 digest.
    /// @return True if it works no more, whatever its deadline says.
    function signatureSpent(address signer, bytes32 digest) external view returns (bool);
}
