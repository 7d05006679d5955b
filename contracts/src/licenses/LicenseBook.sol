// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {DesignRegistry} from "../DesignRegistry.sol";
import {IPrintLicenses} from "../interfaces/IPrintLicenses.sol";
import {Licenses, PackedLicense} from "../libraries/PackedLicense.sol";

/// @title Offers, and the licenses that are bought and granted.
/// @notice See IPrintLicenses.
abstract contract LicenseBook is IPrintLicenses {
    /// @notice The registry whose owners and issuers decide over licenses here.
    DesignRegistry public immutable designRegistry;

    address private constant NATIVE = address(0);
    /// @dev An offer takes whole words in calldata, so it is hashed as it came.
    uint256 private constant OFFER_BYTES = 10 * 32;

    uint256 private _lastLicense;
    mapping(bytes32 offer => bool) private _open;
    mapping(bytes32 design => mapping(uint256 license => PackedLicense)) private _licenses;
    mapping(uint256 license => Payment) internal _payments;

    constructor(DesignRegistry registry) {
        designRegistry = registry;
    }

    /// @inheritdoc IPrintLicenses
    function openOffer(Offer calldata terms) external returns (bytes32 offer) {
        _requireOwner(terms.design);
        if (terms.currency != NATIVE) revert CurrencyNotSupported(terms.currency);
        (uint32 least, uint32 most) = (terms.minQuota, terms.maxQuota);
        if (least == 0 || least > most) revert QuotaLimitsInvalid(least, most);
        if (terms.duration == 0) revert DurationZero();
        (uint40 opens, uint40 closes) = (terms.opens, terms.closes);
        if (opens >= closes || block.timestamp >= closes) revert WindowInvalid(opens, closes);
        offer = hashOffer(terms);
        _open[offer] = true;
        _announce(terms, offer);
    }

    /// @inheritdoc IPrintLicenses
    function closeOffer(Offer calldata terms) external {
        _requireOwner(terms.design);
        bytes32 offer = hashOffer(terms);
        if (!_open[offer]) revert OfferNotOpen(offer);
        _open[offer] = false;
        emit OfferClosed(terms.design, offer);
    }

    /// @inheritdoc IPrintLicenses
    function buy(Offer calldata terms, uint32 quota) external payable returns (uint256 license) {
        bytes32 offer = hashOffer(terms);
        if (!_open[offer]) revert OfferNotOpen(offer);
        if (block.timestamp < terms.opens || block.timestamp >= terms.closes) {
            revert WindowInvalid(terms.opens, terms.closes);
        }
        if (quota < terms.minQuota || quota > terms.maxQuota) {
            revert QuotaOutOfRange(quota, terms.minQuota, terms.maxQuota);
        }
        uint256 due = uint256(terms.price) * quota;
        if (msg.value != due) revert WrongPayment(due, msg.value);

        uint40 expiry = _endOf(terms.duration);
        license = _issue(terms.design, msg.sender, quota, expiry, terms.grace);
        if (due != 0) _payments[license] = Payment(terms.currency, terms.price);
        emit LicenseBought(
            terms.design,
            license,
            msg.sender,
            offer,
            quota,
            expiry,
            terms.grace,
            terms.price
        );
    }

    /// @inheritdoc IPrintLicenses
    function grant(bytes32 design, address licensee, uint32 quota, uint40 expiry, uint16 grace)
        external
        returns (uint256 license)
    {
        if (!designRegistry.isIssuerOf(design, msg.sender)) revert NotIssuer(design, msg.sender);
        if (licensee == address(0)) revert InvalidRecipient(licensee);
        if (quota == 0) revert QuotaOutOfRange(quota, 1, type(uint32).max);
        if (expiry <= block.timestamp) revert ExpiryInPast(expiry);
        license = _issue(design, licensee, quota, expiry, grace);
        emit LicenseGranted(design, license, licensee, quota, expiry, grace);
    }

    /// @inheritdoc IPrintLicenses
    function revoke(bytes32 design, uint256 license, bytes32 reason) external {
        _requireOwner(design);
        PackedLicense held = _require(design, license);
        if (held.revoked()) revert LicenseRevoked(design, license, held.expiry());
        if (block.timestamp >= held.expiry()) {
            revert LicenseExpired(design, license, held.expiry());
        }
        _licenses[design][license] = held.revokedNow();
        emit LicenseEnded(design, license, uint40(block.timestamp), reason);
    }

    /// @inheritdoc IPrintLicenses
    function licenseOf(bytes32 design, uint256 license) external view returns (License memory) {
        return _require(design, license).unpack();
    }

    /// @inheritdoc IPrintLicenses
    function paymentOf(uint256 license) external view returns (Payment memory) {
        return _payments[license];
    }

    /// @inheritdoc IPrintLicenses
    function offerOpen(bytes32 offer) external view returns (bool) {
        return _open[offer];
    }

    /// @inheritdoc IPrintLicenses
    function hashOffer(Offer calldata terms) public pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, terms, OFFER_BYTES)
            hash := keccak256(free, OFFER_BYTES)
        }
    }

    function _requireOwner(bytes32 design) internal view {
        if (!designRegistry.isOwnerOf(design, msg.sender)) {
            revert NotDesignOwner(design, msg.sender);
        }
    }

    function _require(bytes32 design, uint256 license) internal view returns (PackedLicense held) {
        held = _licenses[design][license];
        if (held.licensee() == address(0)) revert LicenseNotFound(design, license);
    }

    function _issue(
        bytes32 design,
        address licensee,
        uint32 quota,
        uint40 expiry,
        uint16 grace
    ) private returns (uint256 license) {
        license = ++_lastLicense;
        _licenses[design][license] = Licenses.pack(licensee, quota, expiry, grace);
    }

    /// @dev The event's data is the offer's calldata with the hash in the place of the design.
    ///      Reading the two members that nothing else reads has the compiler check their width.
    function _announce(Offer calldata terms, bytes32 offer) private {
        (terms.price, terms.grace);
        bytes32 design = terms.design;
        bytes32 topic = OfferOpened.selector;
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, terms, OFFER_BYTES)
            mstore(free, offer)
            log2(free, OFFER_BYTES, topic, design)
        }
    }

    /// @dev A duration past the end of uint40 (the year 36812) means: for ever.
    function _endOf(uint40 duration) private view returns (uint40) {
        uint256 end = block.timestamp + duration;
        return end > type(uint40).max ? type(uint40).max : uint40(end);
    }
}
