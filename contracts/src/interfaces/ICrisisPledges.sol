// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IPledges} from "./IPledges.sol";

/// @title The crises that councils declare, and the licenses that are taken in them.
/// @notice When a council declares a crisis, centers may take licenses for the designs that are
///         pledged to it: without payment, within each pledge. Times are Unix seconds and every
///         interval is half open. Nobody can pause, upgrade or drain this contract.
interface ICrisisPledges is IPledges {
    // --------------------------------------------------------------- structs

    /// @notice A crisis as it is kept, in two storage slots. Its region and its evidence are in
    ///         the event alone: nothing on chain can check them.
    /// @param council Who declared it.
    /// @param until First second at which no license can be taken any more, as it was declared.
    /// @param ended When the council ended it before that; 0 if it did not.
    /// @param signer Who may sign print tokens of its licenses, beside the owners and their issuers.
    struct Crisis {
        address council;
        uint40 until;
        uint40 ended;
        address signer;
    }

    // ------------------------------------------------------- errors of crises

    /// @notice A crisis must end after now, and within LONGEST_CRISIS.
    /// @param until The end that was given.
    error CrisisWindowInvalid(uint40 until);

    /// @notice A crisis needs a region.
    error RegionMissing();

    /// @notice A crisis needs the digest of its evidence.
    error EvidenceMissing();

    /// @notice A crisis needs somebody who signs its print tokens.
    error CrisisSignerMissing();

    /// @notice No crisis was declared under this number.
    /// @param crisis The number that was asked for.
    error CrisisNotFound(uint256 crisis);

    /// @notice The crisis ran out, or its council ended it.
    /// @param crisis The crisis.
    /// @param since First second at which it was over.
    error CrisisOver(uint256 crisis, uint40 since);

    /// @notice Only the council that declared the crisis may do this.
    /// @param crisis The crisis.
    /// @param caller Who tried.
    error NotCouncil(uint256 crisis, address caller);

    // ----------------------------------------------------- errors of licenses

    /// @notice Only the licenses contract may do this.
    /// @param caller Who tried.
    error NotPrintLicenses(address caller);

    /// @notice The council names the centers that may take licenses, and this is none of them.
    /// @param council The council.
    /// @param center Who wanted to take a license.
    error CenterNotNamed(address council, address center);

    // ---------------------------------------------------------------- events

    /// @notice A council declared a crisis.
    /// @param crisis Its number, from 1.
    /// @param council Who declared it.
    /// @param region Where: an ISO 3166 code as text, left aligned, such as "UA" or "TR-31".
    /// @param until First second at which no license can be taken any more.
    /// @param evidence SHA-256 of what the council decided upon.
    /// @param signer Who may sign print tokens of its licenses.
    event CrisisDeclared(
        uint256 indexed crisis,
        address indexed council,
        bytes32 indexed region,
        uint40 until,
        bytes32 evidence,
        address signer
    );

    /// @notice A council ended a crisis early. Licenses that were taken last until their own end.
    /// @param crisis The crisis.
    /// @param council Who ended it.
    /// @param ended First second at which no license can be taken any more.
    event CrisisEnded(uint256 indexed crisis, address indexed council, uint40 ended);

    /// @notice A council named a center, or named it no longer.
    /// @param council The council.
    /// @param center The center.
    /// @param named Whether it is named from now on.
    event CenterNamed(address indexed council, address indexed center, bool named);

    // ------------------------------------------------------------- functions

    /// @notice Names centers that may take licenses in the caller's crises, or names them no
    ///         longer. Any address may take licenses until a council calls this for the first
    ///         time (with no centers: nobody may); from then on only those that it names.
    /// @param centers The centers.
    /// @param named Whether they shall be named.
    function nameCenters(address[] calldata centers, bool named) external;

    /// @notice Declares a crisis in the caller's name. It concerns the designs that are or will be
    ///         pledged to the caller, and no other.
    /// @param region Where: an ISO 3166 code as text, left aligned. Not checked.
    /// @param until First second at which no license can be taken any more.
    /// @param evidence SHA-256 of what the council decided upon.
    /// @param signer Who may sign print tokens of its licenses.
    /// @return crisis Its number, from 1.
    function declare(bytes32 region, uint40 until, bytes32 evidence, address signer)
        external
        returns (uint256 crisis);

    /// @notice Declares a crisis for a council that signed for it; anyone may send and pay.
    /// @dev EIP-712 `CrisisDeclaration(address council,bytes32 region,uint40 until,
    ///      bytes32 evidence,address signer,bytes32 salt,uint256 deadline)`.
    /// @param council Who signed; a contract signs by ERC-1271.
    /// @param region As in `declare`.
    /// @param until As in `declare`.
    /// @param evidence As in `declare`.
    /// @param signer As in `declare`.
    /// @param salt Tells two declarations of the same apart.
    /// @param deadline First second at which the message is void.
    /// @param signature The council's signature.
    /// @return crisis Its number, from 1.
    function declareBySig(
        address council,
        bytes32 region,
        uint40 until,
        bytes32 evidence,
        address signer,
        bytes32 salt,
        uint256 deadline,
        bytes calldata signature
    ) external returns (uint256 crisis);

    /// @notice Ends a crisis now: no license can be taken any more. Only the council that declared
    ///         it. Licenses that were taken last until their own end.
    /// @param crisis The crisis; it must not be over.
    function end(uint256 crisis) external;

    /// @notice Ends a crisis for its council, which signed for it; anyone may send and pay.
    /// @dev EIP-712 `CrisisEnd(uint256 crisis,uint256 deadline)`.
    /// @param crisis The crisis; it must not be over.
    /// @param deadline First second at which the message is void.
    /// @param signature The council's signature.
    function endBySig(uint256 crisis, uint256 deadline, bytes calldata signature) external;

    /// @notice Counts a new license against a pledge. Only the licenses contract.
    /// @param license The license's number.
    /// @param design The design; neither it nor one that it derives from may be recalled.
    /// @param crisis The crisis; it must not be over.
    /// @param taker Who takes the license.
    /// @param quota Its number of prints.
    /// @return expiry First second at which nothing may be printed on it any more: the crisis's
    ///         declared end or the pledge's longest duration from now, whichever comes first.
    function admit(uint256 license, bytes32 design, uint256 crisis, address taker, uint32 quota)
        external
        returns (uint40 expiry);

    // ----------------------------------------------------------------- views

    /// @notice Whether `signer` may sign print tokens of a license because of its crisis.
    /// @param license The license's number.
    /// @param signer Who signed.
    /// @return True for the signer that the crisis names; false where there is no crisis.
    function mayIssue(uint256 license, address signer) external view returns (bool);

    /// @notice A crisis as it is kept, over or not; reverts with CrisisNotFound for an unknown one.
    /// @param crisis Its number.
    /// @return The crisis.
    function crisisOf(uint256 crisis) external view returns (Crisis memory);

    /// @notice Whether a center may take licenses in the crises of a council.
    /// @param council The council.
    /// @param center The center.
    /// @return True if the council names it, or never named any.
    function mayTake(address council, address center) external view returns (bool);

    /// @notice The crisis under which a license was taken.
    /// @param license The license's number.
    /// @return The crisis's number, or 0.
    function crisisOfLicense(uint256 license) external view returns (uint256);
}
