// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Offers, and the licenses that are bought under them.
/// @notice Whoever buys names all terms, and so pays what they saw: other terms are another offer.
interface IOffers {
    // --------------------------------------------------------------- structs

    /// @notice Terms at which licenses of a design are sold. The chain keeps only their hash.
    /// @param design SHA-256 of the design's file.
    /// @param terms SHA-256 of the terms document.
    /// @param opens First second at which the offer can be taken.
    /// @param closes First second at which it cannot be taken any more.
    /// @param duration Seconds that a license lasts from its purchase, at least 1.
    /// @param grace Whole hours after a license's end in which its prints can still be redeemed.
    /// @param rights What a license carries: a sum of 2 (irrevocable), 4 (variants), 8 (may be
    ///        passed on).
    /// @param currency An ERC-20, or zero for the chain's own currency.
    /// @param price For one print, in the currency's smallest unit.
    /// @param licensee The only one who can have a license under it; zero for anyone.
    /// @param maxPerLicensee Most prints that one licensee can have under it; zero for no limit.
    /// @param minQuota Fewest prints that a license can be bought for, at least 1.
    /// @param maxQuota Most prints that a license can be bought for.
    struct Offer {
        bytes32 design;
        bytes32 terms;
        uint40 opens;
        uint40 closes;
        uint40 duration;
        uint16 grace;
        uint8 rights;
        address currency;
        uint96 price;
        address licensee;
        uint32 maxPerLicensee;
        uint32 minQuota;
        uint32 maxQuota;
    }

    /// @notice A purchase that its buyer signed and anybody may send.
    /// @param buyer Who signs, holds the license and, in an ERC-20, pays.
    /// @param quota Number of prints.
    /// @param salt Makes equal purchases different.
    /// @param deadline First second at which it is void.
    struct Purchase {
        address buyer;
        uint32 quota;
        bytes32 salt;
        uint256 deadline;
    }

    // ---------------------------------------------------------------- errors

    /// @notice No offer of this hash is open.
    /// @param offer The offer's hash.
    error OfferNotOpen(bytes32 offer);

    /// @notice The offer is outside its window, or would be closed before it could be taken.
    /// @param opens Where the window begins.
    /// @param closes Where it ends.
    error WindowInvalid(uint40 opens, uint40 closes);

    /// @notice The least quota is zero or above the greatest.
    /// @param minQuota The least.
    /// @param maxQuota The greatest.
    error QuotaLimitsInvalid(uint32 minQuota, uint32 maxQuota);

    /// @notice A license that would end in the moment in which it begins.
    error DurationZero();

    /// @notice Nothing at this address can be a currency.
    /// @param currency The currency of the offer.
    error CurrencyNotSupported(address currency);

    /// @notice The offer is for somebody else.
    /// @param licensee Whom it names.
    /// @param buyer For whom it was to be taken.
    error LicenseeNotNamed(address licensee, address buyer);

    /// @notice The licensee would have more prints under the offer than it allows to one.
    /// @param licensee The licensee.
    /// @param bought What they have already.
    /// @param maxPerLicensee The limit.
    error TooManyForLicensee(address licensee, uint32 bought, uint32 maxPerLicensee);

    // ---------------------------------------------------------------- events

    /// @notice An offer can be taken from now on.
    /// @param design The design.
    /// @param offer The hash of the terms.
    /// @param terms As in Offer, and so are those that follow.
    /// @param opens As in Offer.
    /// @param closes As in Offer.
    /// @param duration As in Offer.
    /// @param grace As in Offer.
    /// @param rights As in Offer.
    /// @param currency As in Offer.
    /// @param price As in Offer.
    /// @param licensee As in Offer.
    /// @param maxPerLicensee As in Offer.
    /// @param minQuota As in Offer.
    /// @param maxQuota As in Offer.
    event OfferOpened(
        bytes32 indexed design,
        bytes32 offer,
        bytes32 terms,
        uint40 opens,
        uint40 closes,
        uint40 duration,
        uint16 grace,
        uint8 rights,
        address currency,
        uint96 price,
        address licensee,
        uint32 maxPerLicensee,
        uint32 minQuota,
        uint32 maxQuota
    );

    /// @notice An offer cannot be taken any more. Licenses that were bought under it stay.
    /// @param design The design.
    /// @param offer The hash of the terms.
    event OfferClosed(bytes32 indexed design, bytes32 offer);

    /// @notice A license was bought. Its currency and rights are those of the offer.
    /// @param design The design.
    /// @param license Its number, unique in this contract.
    /// @param licensee Its holder.
    /// @param offer The hash of the offer that it was bought under.
    /// @param quota Number of serials.
    /// @param expiry First second at which nothing may be printed any more.
    /// @param grace Whole hours after it in which a print can still be redeemed.
    /// @param price For one print, in the offer's currency.
    event LicenseBought(
        bytes32 indexed design,
        uint256 indexed license,
        address indexed licensee,
        bytes32 offer,
        uint32 quota,
        uint40 expiry,
        uint16 grace,
        uint96 price
    );

    // ------------------------------------------------------------- functions

    /// @notice Opens an offer. Only the design's owner, and not while the design is withdrawn
    ///         from sale or recalled. It goes with the design: a later owner earns from it, and
    ///         can close it.
    /// @param terms The terms; the window must not be over.
    /// @return offer The hash of the terms.
    function openOffer(Offer calldata terms) external returns (bytes32 offer);

    /// @notice Closes an offer. Only the design's present owner.
    /// @param terms The terms.
    function closeOffer(Offer calldata terms) external;

    /// @notice Buys a license under an open offer; the payment goes into escrow. In an ERC-20 the
    ///         caller must have allowed the total to this contract (see `permit`).
    /// @param terms The terms: what the buyer saw is what the buyer pays.
    /// @param quota Number of prints.
    /// @return license Its number.
    function buy(Offer calldata terms, uint32 quota) external payable returns (uint256 license);

    /// @notice Buys a license for somebody else; the caller pays.
    /// @param terms The terms.
    /// @param quota Number of prints.
    /// @param licensee Who shall hold the license.
    /// @return license Its number.
    function buyFor(Offer calldata terms, uint32 quota, address licensee)
        external
        payable
        returns (uint256 license);

    /// @notice Buys a license for a buyer who signed for it. In an ERC-20 the buyer pays, in the
    ///         chain's own currency the caller.
    /// @dev EIP-712 `Purchase(bytes32 offer,address buyer,uint32 quota,bytes32 salt,uint256
    ///      deadline)`; a contract signs by ERC-1271.
    /// @param terms The terms.
    /// @param purchase What the buyer signed, beside the offer's hash.
    /// @param signature The buyer's signature.
    /// @return license Its number.
    function buyBySig(Offer calldata terms, Purchase calldata purchase, bytes calldata signature)
        external
        payable
        returns (uint256 license);

    /// @notice Whether an offer was opened and not closed (its window may be another matter).
    /// @param offer The hash of its terms.
    /// @return True if so.
    function offerOpen(bytes32 offer) external view returns (bool);

    /// @notice How many prints a licensee has bought under an offer that limits them.
    /// @param offer The hash of its terms.
    /// @param licensee The licensee.
    /// @return Number of prints; not counted, and so 0, where the offer sets no limit.
    function boughtUnder(bytes32 offer, address licensee) external view returns (uint32);

    /// @notice The hash under which an offer is kept: keccak256 of its ABI encoding.
    /// @param terms The terms.
    /// @return The hash.
    function hashOffer(Offer calldata terms) external pure returns (bytes32);
}
