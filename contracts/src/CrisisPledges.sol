// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {DesignRegistry} from "./DesignRegistry.sol";
import {SignedActions} from "./base/SignedActions.sol";
import {ICrisisPledges} from "./interfaces/ICrisisPledges.sol";
import {IPledges} from "./interfaces/IPledges.sol";
import {IRecalls} from "./interfaces/IRecalls.sol";

/// @title Pledges, crises, and who may take a license in one.
/// @notice See ICrisisPledges.
contract CrisisPledges is ICrisisPledges, SignedActions {
    /// @notice Ten years: a pledge cannot be taken back, so a slip (milliseconds for seconds) must
    ///         not bind a design for ever.
    uint40 public constant LONGEST_PLEDGE = 3_653 days;
    /// @notice A year: what lasts longer is declared again, upon new evidence.
    uint40 public constant LONGEST_CRISIS = 366 days;

    bytes32 private constant DECLARATION_TYPEHASH = keccak256(
        "CrisisDeclaration(address council,bytes32 region,uint40 until,bytes32 evidence,address signer,bytes32 salt,uint256 deadline)"
    );
    bytes32 private constant END_TYPEHASH = keccak256("CrisisEnd(uint256 crisis,uint256 deadline)");

    /// @dev What a redemption reads of a license's crisis, in one storage slot.
    struct Admission {
        address signer;
        uint96 crisis;
    }

    /// @notice The registry whose owners pledge their designs here.
    DesignRegistry public immutable designRegistry;
    /// @notice The contract whose licenses are counted here; it deployed this one.
    address public immutable licenses;

    uint96 private _lastCrisis;
    mapping(bytes32 design => mapping(address council => Pledge)) private _pledges;
    mapping(uint256 crisis => Crisis) private _crises;
    mapping(uint256 license => Admission) private _admissions;
    mapping(address council => mapping(address center => bool)) private _named;
    mapping(address council => bool) private _namesCenters;

    /// @param registry The registry of designs.
    constructor(DesignRegistry registry) {
        designRegistry = registry;
        licenses = msg.sender;
    }

    /// @inheritdoc IPledges
    function pledge(bytes32 design, address council, Terms calldata terms) external {
        if (!designRegistry.isOwnerOf(design, msg.sender)) {
            revert NotDesignOwner(design, msg.sender);
        }
        if (council == address(0)) revert CouncilMissing(design);
        _checkTerms(design, terms);

        Pledge storage kept = _pledges[design][council];
        uint40 binds = kept.until;
        if (block.timestamp < binds) {
            if (_takesBack(kept, terms)) revert PledgeBinds(design, council, binds);
        } else {
            kept.taken = 0;
        }
        kept.until = terms.until;
        kept.maxDuration = terms.maxDuration;
        kept.quotaPerLicense = terms.quotaPerLicense;
        kept.quotaInAll = terms.quotaInAll;
        kept.document = terms.document;
        emit DesignPledged(
            design,
            council,
            msg.sender,
            terms.until,
            terms.maxDuration,
            terms.quotaPerLicense,
            terms.quotaInAll,
            terms.document
        );
    }

    /// @inheritdoc ICrisisPledges
    function nameCenters(address[] calldata centers, bool named) external {
        // For ever: to name one center less must never let everybody in.
        _namesCenters[msg.sender] = true;
        for (uint256 index = 0; index < centers.length; ++index) {
            address center = centers[index];
            _named[msg.sender][center] = named;
            emit CenterNamed(msg.sender, center, named);
        }
    }

    /// @inheritdoc ICrisisPledges
    function declare(bytes32 region, uint40 until, bytes32 evidence, address signer)
        external
        returns (uint256 crisis)
    {
        crisis = _declare(msg.sender, region, until, evidence, signer);
    }

    /// @inheritdoc ICrisisPledges
    function declareBySig(
        address council,
        bytes32 region,
        uint40 until,
        bytes32 evidence,
        address signer,
        bytes32 salt,
        uint256 deadline,
        bytes calldata signature
    ) external returns (uint256 crisis) {
        bytes32 structHash = keccak256(
            abi.encode(
                DECLARATION_TYPEHASH, council, region, until, evidence, signer, salt, deadline
            )
        );
        _useSignature(council, structHash, deadline, signature);
        crisis = _declare(council, region, until, evidence, signer);
    }

    /// @inheritdoc ICrisisPledges
    function end(uint256 crisis) external {
        Crisis storage declared = _requireCrisis(crisis);
        if (msg.sender != declared.council) revert NotCouncil(crisis, msg.sender);
        _end(crisis, declared);
    }

    /// @inheritdoc ICrisisPledges
    function endBySig(uint256 crisis, uint256 deadline, bytes calldata signature) external {
        Crisis storage declared = _requireCrisis(crisis);
        bytes32 structHash = keccak256(abi.encode(END_TYPEHASH, crisis, deadline));
        _useSignature(declared.council, structHash, deadline, signature);
        _end(crisis, declared);
    }

    /// @inheritdoc ICrisisPledges
    function admit(uint256 license, bytes32 design, uint256 crisis, address taker, uint32 quota)
        external
        returns (uint40 expiry)
    {
        if (msg.sender != licenses) revert NotPrintLicenses(msg.sender);
        Crisis memory declared = _requireCrisis(crisis);
        _requireRunning(crisis, declared);
        if (!mayTake(declared.council, taker)) revert CenterNotNamed(declared.council, taker);
        bytes32 recalled = designRegistry.recalledBy(design);
        if (recalled != 0) revert IRecalls.Recalled(design, recalled);

        uint40 longest = _count(design, declared.council, quota);
        _admissions[license] = Admission(declared.signer, uint96(crisis));
        // Both are bounded by the constants above, so their sum is far from the end of uint40.
        uint40 last = uint40(block.timestamp) + longest;
        expiry = last < declared.until ? last : declared.until;
    }

    /// @inheritdoc ICrisisPledges
    function mayIssue(uint256 license, address signer) external view returns (bool) {
        // No crisis names the zero address, so a license without one has no signer.
        return signer != address(0) && signer == _admissions[license].signer;
    }

    /// @inheritdoc IPledges
    function pledgeOf(bytes32 design, address council) external view returns (Pledge memory) {
        return _pledges[design][council];
    }

    /// @inheritdoc ICrisisPledges
    function crisisOf(uint256 crisis) external view returns (Crisis memory) {
        return _requireCrisis(crisis);
    }

    /// @inheritdoc ICrisisPledges
    function crisisOfLicense(uint256 license) external view returns (uint256) {
        return _admissions[license].crisis;
    }

    /// @inheritdoc ICrisisPledges
    function mayTake(address council, address center) public view returns (bool) {
        return !_namesCenters[council] || _named[council][center];
    }

    function _declare(
        address council,
        bytes32 region,
        uint40 until,
        bytes32 evidence,
        address signer
    ) private returns (uint256 crisis) {
        if (region == 0) revert RegionMissing();
        if (evidence == 0) revert EvidenceMissing();
        if (signer == address(0)) revert CrisisSignerMissing();
        if (until <= block.timestamp || until > block.timestamp + LONGEST_CRISIS) {
            revert CrisisWindowInvalid(until);
        }
        crisis = ++_lastCrisis;
        _crises[crisis] = Crisis({council: council, until: until, ended: 0, signer: signer});
        emit CrisisDeclared(crisis, council, region, until, evidence, signer);
    }

    function _end(uint256 crisis, Crisis storage declared) private {
        _requireRunning(crisis, declared);
        declared.ended = uint40(block.timestamp);
        emit CrisisEnded(crisis, declared.council, uint40(block.timestamp));
    }

    /// @dev Counts a license's prints against the pledge; tells how long it may last.
    function _count(bytes32 design, address council, uint32 quota)
        private
        returns (uint40 maxDuration)
    {
        Pledge storage kept = _pledges[design][council];
        uint40 until = kept.until;
        if (until == 0) revert PledgeNotFound(design, council);
        if (block.timestamp >= until) revert PledgeOver(design, council, until);
        if (quota == 0 || quota > kept.quotaPerLicense) {
            revert CrisisQuotaInvalid(quota, kept.quotaPerLicense);
        }
        uint32 left = kept.quotaInAll - kept.taken;
        if (quota > left) revert PledgeExhausted(quota, left);
        kept.taken += quota;
        return kept.maxDuration;
    }

    function _requireCrisis(uint256 crisis) private view returns (Crisis storage declared) {
        declared = _crises[crisis];
        if (declared.council == address(0)) revert CrisisNotFound(crisis);
    }

    function _requireRunning(uint256 crisis, Crisis memory declared) private view {
        if (declared.ended != 0) revert CrisisOver(crisis, declared.ended);
        if (block.timestamp >= declared.until) revert CrisisOver(crisis, declared.until);
    }

    function _checkTerms(bytes32 design, Terms calldata terms) private view {
        if (terms.until <= block.timestamp || terms.until > block.timestamp + LONGEST_PLEDGE) {
            revert PledgeWindowInvalid(terms.until);
        }
        // A license ends with its crisis at the latest, so a longer time would promise nothing.
        if (terms.maxDuration == 0 || terms.maxDuration > LONGEST_CRISIS) {
            revert PledgeDurationInvalid(terms.maxDuration);
        }
        if (terms.quotaPerLicense == 0 || terms.quotaPerLicense > terms.quotaInAll) {
            revert PledgeQuotaInvalid(terms.quotaPerLicense, terms.quotaInAll);
        }
        if (terms.document == 0) revert PledgeDocumentMissing(design);
    }

    /// @dev Whether the new terms give less than those that bind, in any of their members. Another
    ///      document could say anything, so it has to stay.
    function _takesBack(Pledge storage kept, Terms calldata terms) private view returns (bool) {
        return terms.until < kept.until || terms.maxDuration < kept.maxDuration
            || terms.quotaPerLicense < kept.quotaPerLicense || terms.quotaInAll < kept.quotaInAll
            || terms.document != kept.document;
    }
}
