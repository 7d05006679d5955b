// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Registration that nobody can overtake.
/// @notice Who sees a registration before it is mined could register the file first. So where
///         `minimumAge` is not zero, a design is registered in two steps: a commitment, which says
///         nothing to others, and after the minimum age its revelation with the registration.
interface ICommitments {
    // ---------------------------------------------------------------- errors

    /// @notice No commitment was made, or its revelation is missing.
    /// @param design The design.
    /// @param owner Who was to own it.
    error CommitmentMissing(bytes32 design, address owner);

    /// @notice The commitment is younger than the minimum age.
    /// @param ready First second at which it can be revealed.
    error CommitmentTooYoung(uint256 ready);

    /// @notice This commitment was made before; its age counts from then.
    /// @param commitment Which one.
    error CommitmentExists(bytes32 commitment);

    // ---------------------------------------------------------------- events

    /// @notice Somebody committed to a registration to come.
    /// @param commitment The hash that hides it.
    event Committed(bytes32 indexed commitment);

    /// @notice A commitment was revealed: `owner` may register `design` from now on.
    /// @param design The design.
    /// @param owner Who may register it.
    event Revealed(bytes32 indexed design, address indexed owner);

    // ------------------------------------------------------------- functions

    /// @notice Commits to a registration. Anyone may send it; it names its owner inside.
    /// @param commitment See `commitmentOf`.
    function commit(bytes32 commitment) external;

    /// @notice Reveals a commitment that is old enough. Anyone may send it, best in one batch with
    ///         the registration.
    /// @param design SHA-256 of the file.
    /// @param owner Who will own the design.
    /// @param salt The secret of the commitment.
    function reveal(bytes32 design, address owner, bytes32 salt) external;

    /// @notice How old a commitment must be to be revealed, in seconds; fixed for ever. With 0
    ///         designs are registered without one.
    /// @return The age.
    function minimumAge() external view returns (uint256);

    /// @notice When a commitment was made.
    /// @param commitment Which one.
    /// @return The second; 0 if it was not made, or is revealed.
    function committedAt(bytes32 commitment) external view returns (uint256);

    /// @notice Whether `owner` revealed their commitment to `design`.
    /// @param design The design.
    /// @param owner Who wants to register it.
    /// @return True if so.
    function isRevealed(bytes32 design, address owner) external view returns (bool);

    /// @notice The commitment to a registration; it holds for this contract and chain alone.
    /// @param design SHA-256 of the file.
    /// @param owner Who will own the design.
    /// @param salt 32 random bytes that are kept secret until the revelation.
    /// @return keccak256(abi.encode(chainId, contract, design, owner, salt)).
    function commitmentOf(bytes32 design, address owner, bytes32 salt)
        external
        view
        returns (bytes32);
}
