// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IBatch} from "./IBatch.sol";
import {ICommitments} from "./ICommitments.sol";
import {IIssuers} from "./IIssuers.sol";
import {ILineage} from "./ILineage.sol";
import {IRecalls} from "./IRecalls.sol";
import {IResale} from "./IResale.sol";
import {ISignedActions} from "./ISignedActions.sol";

/// @title Who registered which design, and who may sign print tokens for it.
/// @notice A design is one file. Its id is the SHA-256 of the file and, read as a number, its
///         ERC-721 token id. Nobody can pause, upgrade or drain this contract.
interface IDesignRegistry is
    IIssuers,
    ILineage,
    IRecalls,
    ICommitments,
    IResale,
    ISignedActions,
    IBatch
{
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

    /// @notice Only the design's owner may do this.
    /// @param design The design.
    /// @param caller Who tried.
    error NotDesignOwner(bytes32 design, address caller);

    // ---------------------------------------------------------------- events

    /// @notice A design was registered. The ERC-721 `Transfer` from zero goes with it.
    /// @param design SHA-256 of the file.
    /// @param designer Its first owner.
    /// @param metadata SHA-256 of the metadata JSON, which is its CID's digest too.
    event DesignRegistered(bytes32 indexed design, address designer, bytes32 metadata);

    // ------------------------------------------------------------- functions

    /// @notice Registers a design for the caller.
    /// @param design SHA-256 of the file.
    /// @param metadata SHA-256 of the metadata JSON (one raw IPFS block).
    function register(bytes32 design, bytes32 metadata) external;

    /// @notice Registers a design for `owner`, who signed for it; anyone may send and pay.
    /// @dev EIP-712 `Register(bytes32 design,bytes32 metadata,address owner,uint256 deadline)`.
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

    /// @notice Whether `account` owns the design; reverts with DesignNotFound for an unknown one.
    /// @param design The design.
    /// @param account Who is asked about.
    /// @return Whether they do.
    function isOwnerOf(bytes32 design, address account) external view returns (bool);

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
