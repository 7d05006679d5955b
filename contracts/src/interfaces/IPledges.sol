// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title What designers pledge to councils for a crisis.
/// @notice An owner pledges a design beforehand. A pledge cannot be taken back and goes with the
///         design: it binds until its end, whoever owns the design by then.
interface IPledges {
    // --------------------------------------------------------------- structs

    /// @notice What an owner offers to a council.
    /// @param until First second at which no license can be taken under the pledge any more.
    /// @param maxDuration Seconds that one license lasts at most.
    /// @param quotaPerLicense Most prints of one license.
    /// @param quotaInAll Most prints of all licenses under the pledge, whatever the crisis.
    /// @param document SHA-256 of a document that says what the pledge is for.
    struct Terms {
        uint40 until;
        uint40 maxDuration;
        uint32 quotaPerLicense;
        uint32 quotaInAll;
        bytes32 document;
    }

    /// @notice A pledge as it is kept, in two storage slots.
    /// @param until As in Terms, and so are the three that follow.
    /// @param maxDuration As in Terms.
    /// @param quotaPerLicense As in Terms.
    /// @param quotaInAll As in Terms.
    /// @param taken Prints of the licenses that were taken under it.
    /// @param document As in Terms.
    struct Pledge {
        uint40 until;
        uint40 maxDuration;
        uint32 quotaPerLicense;
        uint32 quotaInAll;
        uint32 taken;
        bytes32 document;
    }

    // ---------------------------------------------------------------- errors

    /// @notice Only the owner of the design may do this.
    /// @param design The design.
    /// @param caller Who tried.
    error NotDesignOwner(bytes32 design, address caller);

    /// @notice The zero address can declare nothing.
    /// @param design The design that was to be pledged to it.
    error CouncilMissing(bytes32 design);

    /// @notice A pledge must end after now, and within LONGEST_PLEDGE.
    /// @param until The end that was given.
    error PledgeWindowInvalid(uint40 until);

    /// @notice A license must last at least a second and at most LONGEST_CRISIS.
    /// @param maxDuration The seconds that were given.
    error PledgeDurationInvalid(uint40 maxDuration);

    /// @notice A license must be for one print at least, and for no more than all of them.
    /// @param quotaPerLicense The prints of a license that were given.
    /// @param quotaInAll The prints in all that were given.
    error PledgeQuotaInvalid(uint32 quotaPerLicense, uint32 quotaInAll);

    /// @notice A pledge needs the digest of the document that says what it is for.
    /// @param design The design that was to be pledged.
    error PledgeDocumentMissing(bytes32 design);

    /// @notice A pledge that binds can only become more generous, under the same document.
    /// @param design The design.
    /// @param council Whom it is pledged to.
    /// @param until Until when it binds.
    error PledgeBinds(bytes32 design, address council, uint40 until);

    /// @notice The design was never pledged to the council that declared the crisis.
    /// @param design The design.
    /// @param council The council.
    error PledgeNotFound(bytes32 design, address council);

    /// @notice The pledge ran out.
    /// @param design The design.
    /// @param council Whom it was pledged to.
    /// @param until First second at which it bound no more.
    error PledgeOver(bytes32 design, address council, uint40 until);

    /// @notice A license for no prints, or for more than the pledge allows to one license.
    /// @param quota The prints that were asked for.
    /// @param quotaPerLicense The most that one license can have.
    error CrisisQuotaInvalid(uint32 quota, uint32 quotaPerLicense);

    /// @notice The pledge has not as many prints left.
    /// @param quota The prints that were asked for.
    /// @param left Those that can still be taken.
    error PledgeExhausted(uint32 quota, uint32 left);

    // ---------------------------------------------------------------- events

    /// @notice A design was pledged, or its pledge became more generous.
    /// @param design The design.
    /// @param council Whom it is pledged to.
    /// @param by Its owner at that time.
    /// @param until As in Terms, and so are those that follow.
    /// @param maxDuration As in Terms.
    /// @param quotaPerLicense As in Terms.
    /// @param quotaInAll As in Terms.
    /// @param document As in Terms.
    event DesignPledged(
        bytes32 indexed design,
        address indexed council,
        address by,
        uint40 until,
        uint40 maxDuration,
        uint32 quotaPerLicense,
        uint32 quotaInAll,
        bytes32 document
    );

    // ------------------------------------------------------------- functions

    /// @notice Pledges a design of the caller's to a council, or makes a pledge more generous.
    ///         It binds until its end whoever owns the design; while it binds, no term can be
    ///         made smaller. After its end a new one can be made, which counts from zero.
    /// @param design The design.
    /// @param council Any address: of a person, or of a contract that many decide for.
    /// @param terms What is offered.
    function pledge(bytes32 design, address council, Terms calldata terms) external;

    /// @notice A pledge as it is kept, over or not; zeros where there never was one.
    /// @param design The design.
    /// @param council Whom it is pledged to.
    /// @return The pledge.
    function pledgeOf(bytes32 design, address council) external view returns (Pledge memory);
}
