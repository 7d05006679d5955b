// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Designs that are made from other designs.
/// @notice Parents and their shares are fixed for ever at registration. A parent is registered
///         before its child, so lineage has no cycles.
interface ILineage {
    /// @notice A parent of a design that is being registered.
    /// @param design The parent.
    /// @param share What of the child's earnings goes to it, in basis points.
    /// @param deadline First second at which `consent` is void; not read where it is empty.
    /// @param consent The signature of the parent's owner over `Derivation`. Empty where whoever
    ///        registers owns the parent, or its policy is open at this share.
    struct Parent {
        bytes32 design;
        uint16 share;
        uint256 deadline;
        bytes consent;
    }

    // ---------------------------------------------------------------- errors

    /// @notice A derived design has 1 to 8 parents.
    /// @param count How many were named.
    error ParentCountInvalid(uint256 count);

    /// @notice A parent was named twice.
    /// @param parent Which one.
    error ParentRepeated(bytes32 parent);

    /// @notice More would go to parents than may: a designer keeps at least half.
    /// @param total Basis points that were asked for.
    error SharesTooHigh(uint256 total);

    /// @notice A parent's owner did not agree: no signature, and no open policy at this share.
    /// @param parent Which parent.
    /// @param share The share that it was named with, in basis points.
    error ConsentMissing(bytes32 parent, uint256 share);

    /// @notice A design has at most 16 designs above it, as each is looked at when it is printed.
    /// @param design The design that would have had more.
    error TooManyAncestors(bytes32 design);

    // ---------------------------------------------------------------- events

    /// @notice A design was registered as derived from others, beside `DesignRegistered`.
    /// @param design The child.
    /// @param parents Its parents, in the order in which they were named.
    /// @param shares The share of each, in basis points.
    event DesignDerived(bytes32 indexed design, bytes32[] parents, uint16[] shares);

    /// @notice An owner said who may derive designs from theirs without asking.
    /// @param design The design.
    /// @param open Whether anybody may, at exactly this share.
    /// @param share The share, in basis points.
    event DerivativePolicySet(bytes32 indexed design, bool open, uint16 share);

    // ------------------------------------------------------------- functions

    /// @notice Registers a design of the caller as derived from others.
    /// @dev Each parent exists, is not recalled and has no recalled ancestor.
    /// @param design SHA-256 of the file.
    /// @param metadata SHA-256 of the metadata JSON (one raw IPFS block).
    /// @param parents 1 to 8 parents, each with what shows that its owner agrees.
    function registerDerived(bytes32 design, bytes32 metadata, Parent[] calldata parents) external;

    /// @notice The same for `owner`, who signed for it; anyone may send and pay.
    /// @dev EIP-712 `RegisterDerived(bytes32 design,bytes32 metadata,address owner,bytes32[]
    ///      parents,uint16[] shares,uint256 deadline)`.
    /// @param design SHA-256 of the file.
    /// @param metadata SHA-256 of the metadata JSON.
    /// @param parents 1 to 8 parents, each with what shows that its owner agrees.
    /// @param owner Who signed and will own the design; a contract signs by ERC-1271.
    /// @param deadline First second at which the message is void.
    /// @param signature The owner's signature.
    function registerDerivedBySig(
        bytes32 design,
        bytes32 metadata,
        Parent[] calldata parents,
        address owner,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Lets anybody derive designs from the caller's design at a share, or nobody unasked.
    /// @dev Designs that are derived already keep the share that they were registered with.
    /// @param design The caller's design.
    /// @param open Whether anybody may.
    /// @param share The share that they must give, in basis points, at most 5,000.
    function setDerivativePolicy(bytes32 design, bool open, uint16 share) external;

    /// @notice The parents of a design; none for one that is not derived.
    /// @param design The design; an unknown one reverts with DesignNotFound.
    /// @return parents In the order in which they were named.
    /// @return shares The share of each, in basis points.
    function parentsOf(bytes32 design)
        external
        view
        returns (bytes32[] memory parents, uint16[] memory shares);

    /// @notice All designs above a design: its parents first, then theirs, each once.
    /// @param design The design; an unknown one reverts with DesignNotFound.
    /// @return The ancestors.
    function ancestorsOf(bytes32 design) external view returns (bytes32[] memory);

    /// @notice Whether anybody may derive from a design without asking, and at which share.
    /// @param design The design; an unknown one reverts with DesignNotFound.
    /// @return open Whether anybody may.
    /// @return share The share, in basis points; of no meaning while it is not open.
    function derivativePolicyOf(bytes32 design) external view returns (bool open, uint16 share);

    /// @notice The EIP-712 digest that an owner signs for `registerDerivedBySig`.
    /// @param design SHA-256 of the file.
    /// @param metadata SHA-256 of the metadata JSON.
    /// @param owner Who will own the design.
    /// @param parents The parents, in order.
    /// @param shares The share of each, in basis points.
    /// @param deadline First second at which the message is void.
    /// @return The digest.
    function hashRegisterDerived(
        bytes32 design,
        bytes32 metadata,
        address owner,
        bytes32[] calldata parents,
        uint16[] calldata shares,
        uint256 deadline
    ) external view returns (bytes32);

    /// @notice The EIP-712 digest by which a parent's owner agrees to one derived design.
    /// @dev EIP-712 `Derivation(bytes32 design,bytes32 parent,uint16 share,address owner,uint256
    ///      deadline)`.
    /// @param design The child.
    /// @param parent The parent, whose owner signs.
    /// @param share The share, in basis points.
    /// @param owner Who will own the child.
    /// @param deadline First second at which the message is void.
    /// @return The digest.
    function hashDerivation(
        bytes32 design,
        bytes32 parent,
        uint16 share,
        address owner,
        uint256 deadline
    ) external view returns (bytes32);
}
