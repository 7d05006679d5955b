// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {DesignRegistry} from "../DesignRegistry.sol";
import {SignedActions} from "../base/SignedActions.sol";
import {ILicenses} from "../interfaces/licenses/ILicenses.sol";
import {Licenses, PackedLicense} from "../libraries/PackedLicense.sol";

/// @title The licenses and their serials: what the other parts read and write.
/// @notice See ILicenses.
abstract contract LicenseBook is ILicenses, SignedActions {
    /// @notice The registry whose owners and issuers decide over licenses here.
    DesignRegistry public immutable designRegistry;

    /// @dev 256 serials. A struct, so that its place is found once and then read and written.
    struct Word {
        uint256 bits;
    }

    uint256 private _lastLicense;
    mapping(bytes32 design => mapping(uint256 license => PackedLicense)) internal _licenses;
    mapping(uint256 license => Payment) internal _payments;
    mapping(uint256 license => mapping(uint256 word => Word)) internal _spent;
    /// @dev Serials that the escrow holds no price for any more. Each comes here once: as
    ///      earning, as refund, or because its price passed to a serial that replaces it. A
    ///      serial can be refunded only when none can be spent any more. So no price is ever
    ///      paid out twice, in whatever slices and order the words are counted.
    mapping(uint256 license => mapping(uint256 word => uint256)) internal _accounted;

    constructor(DesignRegistry registry) {
        designRegistry = registry;
    }

    /// @inheritdoc ILicenses
    function licenseOf(bytes32 design, uint256 license) external view returns (License memory) {
        return _require(design, license).unpack();
    }

    /// @inheritdoc ILicenses
    function paymentOf(uint256 license) external view returns (Payment memory) {
        return _payments[license];
    }

    /// @inheritdoc ILicenses
    function redeemedSerials(uint256 license, uint32 word) external view returns (uint256) {
        return _spent[license][word].bits;
    }

    function _requireOwner(bytes32 design) internal view {
        if (!designRegistry.isOwnerOf(design, msg.sender)) {
            revert NotDesignOwner(design, msg.sender);
        }
    }

    function _requireIssuer(bytes32 design, address issuer) internal view {
        if (!designRegistry.isIssuerOf(design, issuer)) revert NotIssuer(design, issuer);
    }

    function _require(bytes32 design, uint256 license) internal view returns (PackedLicense held) {
        held = _licenses[design][license];
        if (held.licensee() == address(0)) revert LicenseNotFound(design, license);
    }

    function _requireHolder(bytes32 design, uint256 license)
        internal
        view
        returns (PackedLicense held)
    {
        held = _require(design, license);
        if (msg.sender != held.licensee()) revert NotLicensee(design, license, msg.sender);
    }

    function _nextLicense() internal returns (uint256 license) {
        license = ++_lastLicense;
    }

    function _issue(
        bytes32 design,
        address licensee,
        uint32 quota,
        uint40 expiry,
        uint16 grace,
        uint8 flags
    ) internal returns (uint256 license) {
        license = _nextLicense();
        _licenses[design][license] = Licenses.pack(licensee, quota, expiry, grace, flags);
    }
}
