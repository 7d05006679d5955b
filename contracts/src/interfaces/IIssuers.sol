// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Whom a designer lets sign for their designs.
/// @notice An issuer belongs to a designer, not to a design: it may sign for whatever the designer
///         owns at the time of use, and for nothing that they sold.
interface IIssuers {
    // ---------------------------------------------------------------- errors

    /// @notice The zero address cannot sign.
    /// @param issuer The address that was given.
    error InvalidIssuer(address issuer);

    /// @notice An authorization that would have ended before it began.
    /// @param expiry The end that was given.
    error ExpiryInPast(uint40 expiry);

    // ---------------------------------------------------------------- events

    /// @notice `designer` lets `issuer` sign print tokens and grant licenses until `expiry`.
    /// @param designer Whose designs are meant: those that they own at the time of use.
    /// @param issuer The key that may sign.
    /// @param expiry First second at which it may not any more; 0 means removed.
    event IssuerAuthorized(address indexed designer, address indexed issuer, uint40 expiry);

    // ------------------------------------------------------------- functions

    /// @notice Lets `issuer` sign print tokens and grant licenses for the caller's designs.
    /// @param issuer The key that may sign.
    /// @param expiry First second at which it may not any more.
    function authorizeIssuer(address issuer, uint40 expiry) external;

    /// @notice Authorizes or removes an issuer for `designer`, who signed for it.
    /// @dev EIP-712 `IssuerAuthorization(address designer,address issuer,uint40 expiry,bytes32
    ///      salt,uint256 deadline)`. Messages are not ordered among themselves: who signs a
    ///      removal cancels the authorizations that are still out.
    /// @param designer Who signed; a contract signs by ERC-1271.
    /// @param issuer The key that may sign.
    /// @param expiry First second at which it may not any more; 0 removes it.
    /// @param salt Any number: it makes the same wish a new message.
    /// @param deadline First second at which the message is void.
    /// @param signature The designer's signature.
    function authorizeIssuerBySig(
        address designer,
        address issuer,
        uint40 expiry,
        bytes32 salt,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Takes the right from `issuer` at once.
    /// @param issuer The key that may not sign any more.
    function removeIssuer(address issuer) external;

    /// @notice Whether `signer` owns the design or is an issuer of its owner, now.
    /// @dev Whether the design is recalled is not asked: see IRecalls.acceptsSigner.
    /// @param design The design; an unknown one reverts with DesignNotFound.
    /// @param signer Who wants to sign.
    /// @return Whether they may.
    function isIssuerOf(bytes32 design, address signer) external view returns (bool);

    /// @notice Until when `issuer` may sign for the designs of `designer` (0: not at all).
    /// @param designer Whose designs.
    /// @param issuer Which key.
    /// @return First second at which it may not any more.
    function issuerExpiry(address designer, address issuer) external view returns (uint40);

    /// @notice The EIP-712 digest that a designer signs for `authorizeIssuerBySig`.
    /// @param designer Whose designs.
    /// @param issuer Which key.
    /// @param expiry First second at which it may not sign any more; 0 removes it.
    /// @param salt Any number.
    /// @param deadline First second at which the message is void.
    /// @return The digest.
    function hashAuthorization(
        address designer,
        address issuer,
        uint40 expiry,
        bytes32 salt,
        uint256 deadline
    ) external view returns (bytes32);
}
