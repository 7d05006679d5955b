// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {CrisisPledges} from "../CrisisPledges.sol";
import {IGrants} from "../interfaces/licenses/IGrants.sol";
import {
    CRISIS, IRREVOCABLE, Licenses, PackedLicense, REVOKED, RIGHTS
} from "../libraries/PackedLicense.sol";
import {LicenseBook} from "./LicenseBook.sol";

/// @title Licenses that are given without payment, and licenses that are revoked.
/// @notice See IGrants.
abstract contract Grants is IGrants, LicenseBook {
    bytes32 private constant GRANT_TYPEHASH = keccak256(
        "Grant(bytes32 design,address licensee,uint32 quota,uint40 expiry,uint16 grace,uint8 rights,address issuer,bytes32 salt,uint256 deadline)"
    );
    bytes32 private constant REVOCATION_TYPEHASH =
        keccak256("Revocation(bytes32 design,uint256 license,bytes32 reason,uint256 deadline)");

    /// @notice What owners pledged for crises, and the crises that were declared.
    CrisisPledges public immutable crisisPledges;

    constructor() {
        crisisPledges = new CrisisPledges(designRegistry);
    }

    /// @inheritdoc IGrants
    function grant(
        bytes32 design,
        address licensee,
        uint32 quota,
        uint40 expiry,
        uint16 grace,
        uint8 rights
    ) external returns (uint256 license) {
        license = _grant(msg.sender, design, licensee, quota, expiry, grace, rights);
    }

    /// @inheritdoc IGrants
    function grantBySig(Grant calldata given, bytes calldata signature)
        external
        returns (uint256 license)
    {
        bytes32 structHash = keccak256(abi.encode(GRANT_TYPEHASH, given));
        _useSignature(given.issuer, structHash, given.deadline, signature);
        license = _grant(
            given.issuer,
            given.design,
            given.licensee,
            given.quota,
            given.expiry,
            given.grace,
            given.rights
        );
    }

    /// @inheritdoc IGrants
    function revoke(bytes32 design, uint256 license, bytes32 reason) external {
        _requireOwner(design);
        _revoke(design, license, reason);
    }

    /// @inheritdoc IGrants
    function revokeBySig(
        bytes32 design,
        uint256 license,
        bytes32 reason,
        uint256 deadline,
        bytes calldata signature
    ) external {
        address owner = designRegistry.ownerOf(uint256(design));
        bytes32 structHash =
            keccak256(abi.encode(REVOCATION_TYPEHASH, design, license, reason, deadline));
        _useSignature(owner, structHash, deadline, signature);
        _revoke(design, license, reason);
    }

    /// @inheritdoc IGrants
    function takeCrisisLicense(bytes32 design, uint256 crisis, uint32 quota)
        external
        returns (uint256 license)
    {
        if (quota == 0) revert QuotaOutOfRange(quota, 1, type(uint32).max);
        license = _nextLicense();
        uint40 expiry = crisisPledges.admit(license, design, crisis, msg.sender, quota);
        _licenses[design][license] =
            Licenses.pack(msg.sender, quota, expiry, 0, IRREVOCABLE | CRISIS);
        emit CrisisLicenseTaken(design, license, msg.sender, crisis, quota, expiry);
    }

    function _grant(
        address issuer,
        bytes32 design,
        address licensee,
        uint32 quota,
        uint40 expiry,
        uint16 grace,
        uint8 rights
    ) private returns (uint256 license) {
        _requireIssuer(design, issuer);
        if (licensee == address(0)) revert InvalidRecipient(licensee);
        if (quota == 0) revert QuotaOutOfRange(quota, 1, type(uint32).max);
        if (expiry <= block.timestamp) revert ExpiryInPast(expiry);
        if (rights & ~RIGHTS != 0) revert RightsUnknown(rights);
        license = _issue(design, licensee, quota, expiry, grace, rights);
        emit LicenseGranted(design, license, licensee, quota, expiry, grace, rights);
    }

    function _revoke(bytes32 design, uint256 license, bytes32 reason) private {
        PackedLicense held = _require(design, license);
        if (held.has(REVOKED)) revert LicenseRevoked(design, license, held.expiry());
        if (held.has(IRREVOCABLE)) revert LicenseIrrevocable(design, license);
        if (block.timestamp >= held.expiry()) {
            revert LicenseExpired(design, license, held.expiry());
        }
        _licenses[design][license] = held.revokedNow();
        emit LicenseEnded(design, license, uint40(block.timestamp), reason);
    }
}
