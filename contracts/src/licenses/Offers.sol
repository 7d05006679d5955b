// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IOffers} from "../interfaces/licenses/IOffers.sol";
import {RIGHTS} from "../libraries/PackedLicense.sol";
import {LicenseBook} from "./LicenseBook.sol";
import {Payments} from "./Payments.sol";

/// @title Offers, and the licenses that are bought under them.
/// @notice See IOffers.
abstract contract Offers is IOffers, LicenseBook, Payments {
    bytes32 private constant PURCHASE_TYPEHASH = keccak256(
        "Purchase(bytes32 offer,address buyer,uint32 quota,bytes32 salt,uint256 deadline)"
    );
    /// @dev An offer takes whole words in calldata, so it is hashed as it came.
    uint256 private constant OFFER_BYTES = 13 * 32;

    mapping(bytes32 offer => bool) private _open;
    mapping(bytes32 offer => mapping(address licensee => uint32)) private _bought;

    /// @inheritdoc IOffers
    function openOffer(Offer calldata terms) external returns (bytes32 offer) {
        _requireOwner(terms.design);
        designRegistry.mustBeForSale(terms.design);
        address currency = terms.currency;
        if (currency != NATIVE && currency.code.length == 0) revert CurrencyNotSupported(currency);
        (uint32 least, uint32 most) = (terms.minQuota, terms.maxQuota);
        if (least == 0 || least > most) revert QuotaLimitsInvalid(least, most);
        if (terms.duration == 0) revert DurationZero();
        (uint40 opens, uint40 closes) = (terms.opens, terms.closes);
        if (opens >= closes || block.timestamp >= closes) revert WindowInvalid(opens, closes);
        if (terms.rights & ~RIGHTS != 0) revert RightsUnknown(terms.rights);
        offer = hashOffer(terms);
        _open[offer] = true;
        _announce(terms, offer);
    }

    /// @inheritdoc IOffers
    function closeOffer(Offer calldata terms) external {
        _requireOwner(terms.design);
        bytes32 offer = hashOffer(terms);
        if (!_open[offer]) revert OfferNotOpen(offer);
        _open[offer] = false;
        emit OfferClosed(terms.design, offer);
    }

    /// @inheritdoc IOffers
    function buy(Offer calldata terms, uint32 quota) external payable returns (uint256 license) {
        license = _buy(terms, hashOffer(terms), quota, msg.sender, msg.sender);
    }

    /// @inheritdoc IOffers
    function buyFor(Offer calldata terms, uint32 quota, address licensee)
        external
        payable
        returns (uint256 license)
    {
        if (licensee == address(0)) revert InvalidRecipient(licensee);
        license = _buy(terms, hashOffer(terms), quota, licensee, msg.sender);
    }

    /// @inheritdoc IOffers
    function buyBySig(Offer calldata terms, Purchase calldata purchase, bytes calldata signature)
        external
        payable
        returns (uint256 license)
    {
        bytes32 offer = hashOffer(terms);
        address buyer = purchase.buyer;
        _useSignature(
            buyer,
            keccak256(abi.encode(PURCHASE_TYPEHASH, offer, purchase)),
            purchase.deadline,
            signature
        );
        license = _buy(terms, offer, purchase.quota, buyer, buyer);
    }

    /// @inheritdoc IOffers
    function offerOpen(bytes32 offer) external view returns (bool) {
        return _open[offer];
    }

    /// @inheritdoc IOffers
    function boughtUnder(bytes32 offer, address licensee) external view returns (uint32) {
        return _bought[offer][licensee];
    }

    /// @inheritdoc IOffers
    function hashOffer(Offer calldata terms) public pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, terms, OFFER_BYTES)
            hash := keccak256(free, OFFER_BYTES)
        }
    }

    function _buy(
        Offer calldata terms,
        bytes32 offer,
        uint32 quota,
        address licensee,
        address payer
    ) private returns (uint256 license) {
        if (!_open[offer]) revert OfferNotOpen(offer);
        if (block.timestamp < terms.opens || block.timestamp >= terms.closes) {
            revert WindowInvalid(terms.opens, terms.closes);
        }
        if (quota < terms.minQuota || quota > terms.maxQuota) {
            revert QuotaOutOfRange(quota, terms.minQuota, terms.maxQuota);
        }
        if (terms.licensee != address(0) && terms.licensee != licensee) {
            revert LicenseeNotNamed(terms.licensee, licensee);
        }
        if (terms.maxPerLicensee != 0) _count(offer, licensee, quota, terms.maxPerLicensee);
        designRegistry.mustBeForSale(terms.design);

        uint40 expiry = _endOf(terms.duration);
        license = _issue(terms.design, licensee, quota, expiry, terms.grace, terms.rights);
        if (terms.price != 0) _payments[license] = Payment(terms.currency, terms.price);
        emit LicenseBought(
            terms.design, license, licensee, offer, quota, expiry, terms.grace, terms.price
        );
        _collect(terms.currency, payer, uint256(terms.price) * quota);
    }

    function _count(bytes32 offer, address licensee, uint32 quota, uint32 most) private {
        uint32 bought = _bought[offer][licensee];
        if (uint256(bought) + quota > most) revert TooManyForLicensee(licensee, bought, most);
        _bought[offer][licensee] = bought + quota;
    }

    /// @dev The event's data is the offer's calldata with the hash in the place of the design.
    ///      Reading the members that nothing else reads has the compiler check their width.
    function _announce(Offer calldata terms, bytes32 offer) private {
        (terms.price, terms.grace, terms.licensee, terms.maxPerLicensee);
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
