// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Who registered which design, and who may sign print tokens for it.
/// @notice A design is one file. Its id is the SHA-256 of the file and, read as a number, its
///         ERC-721 token id. Nobody can pause, upgrade or drain this contract.
interface IDesignRegistry {
    // ---------------------------------------------------------------- errors

    /// @notice The same file was registered before.
    /// @param design SHA-256 of the file.
    /// @param owner Its present owner.
    error DesignAlreadyRegistered(bytes32 design, address owner);

    /// @notice No design is registered under this id.
    /// @param design The id that was asked for.
    error DesignNotFound(bytes32 design);

    /// @notice A design needs the digest of its metadata.
    /// @param design The design that came without.
    error MetadataMissing(bytes32 design);

    /// @notice The zero address cannot sign.
    /// @param issuer The address that was given.
    error InvalidIssuer(address issuer);

    /// @notice An authorization that would have ended before it began.
    /// @param expiry The end that was given.
    error ExpiryInPast(uint40 expiry);

    /// @notice The signed message was valid until a time that has passed.
    /// @param deadline The first second at which the message was void.
    error SignatureExpired(uint256 deadline);

    /// @notice The signature is not the one of `signer` over this message.
    /// @param signer Who should have signed.
    error BadSignature(address signer);

    // ---------------------------------------------------------------- events

    /// @notice A design was registered. The ERC-721 `Transfer` from zero goes with it.
    /// @param design SHA-256 of the file.
    /// @param designer Its first owner.
    /// @param metadata SHA-256 of the metadata JSON, which is its CID's digest too.
    event DesignRegistered(bytes32 indexed design, address designer, bytes32 metadata);

    /// @notice `designer` lets `issuer` sign print tokens and grant licenses until `expiry`.
    /// @param designer Whose designs are meant: those that they own at the time of use.
    /// @param issuer The key that may sign.
    /// @param expiry First second at which it may not any more; 0 means revoked.
    event IssuerAuthorized(address indexed designer, address indexed issuer, uint40 expiry);

    // ------------------------------------------------------------- functions

    /// @notice Registers a design for the caller.
    /// @param design SHA-256 of the file.
    /// @param metadata SHA-256 of the metadata JSON (one raw IPFS block).
    function register(bytes32 design, bytes32 metadata) external;

    /// @notice Registers a design for `owner`, who signed for it; anyone may send and pay.
    /// @dev EIP-712 `Register(bytes32 design,bytes32 metadata,address owner,uint256 deadline)`.
    ///      A design is registered once for ever, so the message cannot be replayed.
    /// @param design SHA-256 of the file.
    /// @param metadata SHA-256 of the metadata JSON.
    /// @param owner Who signed and will own the design; a contract signs by ERC-1271.
    /// @param deadline First second at which the message is void.
    /// @param signature The owner's signature.
    function registerBySig(
        bytes32 design,
        bytes32 metadata,
        address owner,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Lets `issuer` sign print tokens and grant licenses for the caller's designs.
    /// @param issuer The key that may sign.
    /// @param expiry First second at which it may not any more.
    function authorizeIssuer(address issuer, uint40 expiry) external;

    /// @notice Takes the right from `issuer` at once.
    /// @param issuer The key that may not sign any more.
    function removeIssuer(address issuer) external;

    /// @notice Whether `signer` owns the design or is an issuer of its owner, now.
    /// @param design The design.
    /// @param signer Who wants to sign.
    /// @return Whether they may.
    function isIssuerOf(bytes32 design, address signer) external view returns (bool);

    /// @notice Whether `account` owns the design; reverts with DesignNotFound for an unknown one.
    /// @param design The design.
    /// @param account Who is asked about.
    /// @return Whether they do.
    function isOwnerOf(bytes32 design, address account) external view returns (bool);

    /// @notice Until when `issuer` may sign for the designs of `designer` (0: not at all).
    /// @param designer Whose designs.
    /// @param issuer Which key.
    /// @return First second at which it may not any more.
    function issuerExpiry(address designer, address issuer) external view returns (uint40);

    /// @notice SHA-256 of the design's metadata JSON.
    /// @param design SHA-256 of the file.
    /// @return The digest; reverts with DesignNotFound for an unknown design.
    function metadataOf(bytes32 design) external view returns (bytes32);

    /// @notice The EIP-712 digest that an owner signs for `registerBySig`.
    /// @param design SHA-256 of the file.
    /// @param metadata SHA-256 of the metadata JSON.
    /// @param owner Who will own the design.
    /// @param deadline First second at which the message is void.
    /// @return The digest.
    function hashRegister(bytes32 design, bytes32 metadata, address owner, uint256 deadline)
        external
        view
        returns (bytes32);
}
