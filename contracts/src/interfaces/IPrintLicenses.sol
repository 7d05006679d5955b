// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Licenses to print a design a number of times, and the money that goes with them.
/// @notice A license has `quota` serials. A print token lets one printer spend some of them; a
///         serial is spent once, for ever. Times are Unix seconds and every interval is half
///         open: it ends just before its end. Nobody can pause, upgrade or drain this contract.
interface IPrintLicenses {
    // --------------------------------------------------------------- structs

    /// @notice Terms at which licenses of a design are sold. The chain keeps only their hash.
    /// @param design SHA-256 of the design's file.
    /// @param terms SHA-256 of the terms document.
    /// @param currency The zero address: the chain's own currency.
    /// @param price For one print, in the currency's smallest unit.
    /// @param minQuota Fewest prints that a license can be bought for, at least 1.
    /// @param maxQuota Most prints that a license can be bought for.
    /// @param opens First second at which the offer can be taken.
    /// @param closes First second at which it cannot be taken any more.
    /// @param duration Seconds that a license lasts from its purchase, at least 1.
    /// @param grace Whole hours after a license's end in which its prints can still be redeemed.
    struct Offer {
        bytes32 design;
        bytes32 terms;
        address currency;
        uint96 price;
        uint32 minQuota;
        uint32 maxQuota;
        uint40 opens;
        uint40 closes;
        uint40 duration;
        uint16 grace;
    }

    /// @notice A license, in one storage slot.
    /// @param licensee Who may have the design printed.
    /// @param quota Number of serials: 0..quota-1.
    /// @param expiry First second at which nothing may be printed any more.
    /// @param grace Whole hours after it in which a print can still be redeemed.
    /// @param flags Bit 0: revoked.
    struct License {
        address licensee;
        uint32 quota;
        uint40 expiry;
        uint16 grace;
        uint8 flags;
    }

    /// @notice What a license was bought for, in one storage slot.
    /// @param currency The currency of its escrow.
    /// @param price For one print.
    struct Payment {
        address currency;
        uint96 price;
    }

    /// @notice How many prints of a license have left its escrow, and which way.
    /// @param earned Paid to the design.
    /// @param refunded Paid back to the licensee.
    struct Tally {
        uint32 earned;
        uint32 refunded;
    }

    /// @notice The right of one printer to print these serials (print token, format 1).
    /// @param design SHA-256 of the design's file.
    /// @param license The license's number.
    /// @param printer The only printer that it is for.
    /// @param word Which 256 serials `serials` is about: word*256 .. word*256+255.
    /// @param serials A bit for each serial.
    /// @param notBefore First second at which it is valid.
    /// @param deadline First second at which nothing may be printed on it any more.
    /// @param job 0, or the SHA-256 of the one file that may be printed.
    struct PrintToken {
        bytes32 design;
        uint256 license;
        address printer;
        uint32 word;
        uint256 serials;
        uint40 notBefore;
        uint40 deadline;
        bytes32 job;
    }

    // ---------------------------------------------------------------- errors

    /// @notice Only the owner of the design may do this.
    /// @param design The design.
    /// @param caller Who tried.
    error NotDesignOwner(bytes32 design, address caller);

    /// @notice Neither the owner of the design nor an issuer of theirs.
    /// @param design The design.
    /// @param signer Who signed or tried.
    error NotIssuer(bytes32 design, address signer);

    /// @notice Only the license's holder may do this.
    /// @param design The design.
    /// @param license The license.
    /// @param caller Who tried.
    error NotLicensee(bytes32 design, uint256 license, address caller);

    /// @notice The design has no license of this number.
    /// @param design The design.
    /// @param license The number.
    error LicenseNotFound(bytes32 design, uint256 license);

    /// @notice The license ended, and its grace too.
    /// @param design The design.
    /// @param license The license.
    /// @param expiry When it ended.
    error LicenseExpired(bytes32 design, uint256 license, uint40 expiry);

    /// @notice The license was revoked, and its grace is over.
    /// @param design The design.
    /// @param license The license.
    /// @param revokedAt When it was revoked.
    error LicenseRevoked(bytes32 design, uint256 license, uint40 revokedAt);

    /// @notice This serial is at or past the license's quota.
    /// @param design The design.
    /// @param license The license.
    /// @param serial The first such serial.
    /// @param quota The license's number of serials.
    error QuotaExhausted(bytes32 design, uint256 license, uint256 serial, uint32 quota);

    /// @notice This serial was redeemed before.
    /// @param design The design.
    /// @param license The license.
    /// @param serial The first such serial.
    error SerialAlreadySpent(bytes32 design, uint256 license, uint256 serial);

    /// @notice The serials to be spent are none, or not all in the token.
    /// @param take What was to be spent.
    /// @param serials What the token holds.
    error TakeOutsideToken(uint256 take, uint256 serials);

    /// @notice Only the named printer, or the token's signer, may send it.
    /// @param printer The named printer.
    /// @param caller Who sent it.
    error PrinterNotNamed(address printer, address caller);

    /// @notice The token's window has not begun.
    /// @param notBefore When it begins.
    error TokenNotYetValid(uint40 notBefore);

    /// @notice The token's deadline and the license's grace are over.
    /// @param deadline The token's deadline.
    error TokenExpired(uint40 deadline);

    /// @notice The bytes are no valid signature of this signer.
    /// @param signer Who should have signed; zero where nobody can be told.
    error BadSignature(address signer);

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

    /// @notice The number of prints is outside the limits.
    /// @param quota What was asked for.
    /// @param minQuota The least.
    /// @param maxQuota The greatest.
    error QuotaOutOfRange(uint32 quota, uint32 minQuota, uint32 maxQuota);

    /// @notice This currency is not accepted.
    /// @param currency The currency of the offer.
    error CurrencyNotSupported(address currency);

    /// @notice The value sent is not quota times price.
    /// @param expected What it must be.
    /// @param sent What it was.
    error WrongPayment(uint256 expected, uint256 sent);

    /// @notice A license must end after it begins.
    /// @param expiry The end that was given.
    error ExpiryInPast(uint40 expiry);

    /// @notice The zero address can hold no license.
    /// @param recipient The address that was given.
    error InvalidRecipient(address recipient);

    /// @notice Serials of the license can still be redeemed.
    /// @param design The design.
    /// @param license The license.
    /// @param opens First second at which a refund is possible.
    error RefundNotOpen(bytes32 design, uint256 license, uint256 opens);

    /// @notice Nothing is left to pay back in these words.
    /// @param design The design.
    /// @param license The license.
    error NothingToRefund(bytes32 design, uint256 license);

    /// @notice No serial of these words was spent since the last settlement.
    /// @param design The design.
    /// @param license The license.
    error NothingToSettle(bytes32 design, uint256 license);

    /// @notice No earnings are waiting.
    /// @param design The design.
    error NothingToWithdraw(bytes32 design);

    /// @notice The receiver did not take the payment; nothing was changed.
    /// @param to The receiver.
    /// @param amount The payment.
    error PaymentFailed(address to, uint256 amount);

    // ---------------------------------------------------------------- events

    /// @notice An offer can be taken from now on.
    /// @param design The design.
    /// @param offer The hash of the terms.
    /// @param terms As in Offer, and so are those that follow.
    /// @param currency As in Offer.
    /// @param price As in Offer.
    /// @param minQuota As in Offer.
    /// @param maxQuota As in Offer.
    /// @param opens As in Offer.
    /// @param closes As in Offer.
    /// @param duration As in Offer.
    /// @param grace As in Offer.
    event OfferOpened(
        bytes32 indexed design,
        bytes32 offer,
        bytes32 terms,
        address currency,
        uint96 price,
        uint32 minQuota,
        uint32 maxQuota,
        uint40 opens,
        uint40 closes,
        uint40 duration,
        uint16 grace
    );

    /// @notice An offer cannot be taken any more. Licenses that were bought under it stay.
    /// @param design The design.
    /// @param offer The hash of the terms.
    event OfferClosed(bytes32 indexed design, bytes32 offer);

    /// @notice A license was bought.
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

    /// @notice A license was given without payment.
    /// @param design The design.
    /// @param license Its number, unique in this contract.
    /// @param licensee Its holder.
    /// @param quota Number of serials.
    /// @param expiry First second at which nothing may be printed any more.
    /// @param grace Whole hours after it in which a print can still be redeemed.
    event LicenseGranted(
        bytes32 indexed design,
        uint256 indexed license,
        address indexed licensee,
        uint32 quota,
        uint40 expiry,
        uint16 grace
    );

    /// @notice A license was ended by the design's owner.
    /// @param design The design.
    /// @param license The license.
    /// @param expiry Its new end.
    /// @param reason Digest of a notice that says why; 0 for none.
    event LicenseEnded(
        bytes32 indexed design, uint256 indexed license, uint40 expiry, bytes32 reason
    );

    /// @notice Serials were spent: this printer may print them, once.
    /// @param design The design.
    /// @param license The license.
    /// @param printer The printer that was named by the token.
    /// @param word Which 256 serials.
    /// @param take A bit for each serial that was spent now.
    /// @param job The one file that may be printed, or 0.
    /// @param token The EIP-712 digest of the print token.
    /// @param signer Who signed it.
    event SerialsRedeemed(
        bytes32 indexed design,
        uint256 indexed license,
        address indexed printer,
        uint32 word,
        uint256 take,
        bytes32 job,
        bytes32 token,
        address signer
    );

    /// @notice Spent serials were counted, and their price credited to the design.
    /// @param design The design.
    /// @param license The license.
    /// @param prints How many.
    /// @param amount Prints times price.
    event LicenseSettled(
        bytes32 indexed design, uint256 indexed license, uint32 prints, uint256 amount
    );

    /// @notice The price of serials that were never printed went back to the licensee.
    /// @param design The design.
    /// @param license The license.
    /// @param to The licensee.
    /// @param prints How many.
    /// @param amount Prints times price.
    event LicenseRefunded(
        bytes32 indexed design,
        uint256 indexed license,
        address indexed to,
        uint32 prints,
        uint256 amount
    );

    /// @notice The owner of a design took out its earnings.
    /// @param design The design.
    /// @param to Who received them.
    /// @param currency In which currency.
    /// @param amount How much.
    event EarningsWithdrawn(
        bytes32 indexed design, address indexed to, address currency, uint256 amount
    );

    // ------------------------------------------------------ offers, licenses

    /// @notice Opens an offer. Only the design's owner. It goes with the design: a later owner
    ///         earns from it, and can close it.
    /// @param terms The terms; the window must not be over.
    /// @return offer The hash of the terms.
    function openOffer(Offer calldata terms) external returns (bytes32 offer);

    /// @notice Closes an offer. Only the design's present owner.
    /// @param terms The terms.
    function closeOffer(Offer calldata terms) external;

    /// @notice Buys a license under an open offer; the payment goes into escrow.
    /// @param terms The terms: what the buyer saw is what the buyer pays.
    /// @param quota Number of prints.
    /// @return license Its number.
    function buy(Offer calldata terms, uint32 quota) external payable returns (uint256 license);

    /// @notice Gives a license without payment. Only the design's owner or an issuer of theirs.
    /// @param design The design.
    /// @param licensee Who shall hold it.
    /// @param quota Number of prints, at least 1.
    /// @param expiry First second at which nothing may be printed any more.
    /// @param grace Whole hours after it in which a print can still be redeemed.
    /// @return license Its number.
    function grant(bytes32 design, address licensee, uint32 quota, uint40 expiry, uint16 grace)
        external
        returns (uint256 license);

    /// @notice Ends a license now. Only the design's owner. What was not printed is paid back.
    /// @param design The design.
    /// @param license The license; it must not be over.
    /// @param reason Digest of a notice that says why; 0 for none.
    function revoke(bytes32 design, uint256 license, bytes32 reason) external;

    // ------------------------------------------------------------ redemption

    /// @notice Spends the serials `take` of a print token.
    /// @dev Sent by the named printer or by the token's signer, who must be the design's owner or
    ///      an issuer of theirs at this moment. Possible from `notBefore` until `grace` hours
    ///      after the earlier of the token's deadline and the license's expiry. A signature of
    ///      65 bytes is ECDSA; any other is the address of a contract (20 bytes) and what that
    ///      contract checks by ERC-1271.
    /// @param token The print token.
    /// @param signature The signature over its EIP-712 digest.
    /// @param take A non-empty subset of its serials; one that was spent before reverts the call.
    function redeem(PrintToken calldata token, bytes calldata signature, uint256 take) external;

    // ----------------------------------------------------------------- money

    /// @notice Counts the spent serials of some words and credits their price to the design.
    ///         Anyone may call it, in slices of any size.
    /// @param design The design.
    /// @param license The license.
    /// @param firstWord The first word to count.
    /// @param words How many; those past the quota are ignored.
    /// @return prints How many serials were counted now.
    function settle(bytes32 design, uint256 license, uint32 firstWord, uint32 words)
        external
        returns (uint32 prints);

    /// @notice Pays back the price of serials that were never spent, once none can be any more.
    ///         Only the licensee, in slices of any size.
    /// @param design The design.
    /// @param license The license.
    /// @param firstWord The first word to count.
    /// @param words How many; those past the quota are ignored.
    /// @return prints How many serials were paid back now.
    function refund(bytes32 design, uint256 license, uint32 firstWord, uint32 words)
        external
        returns (uint32 prints);

    /// @notice Sends a design's earnings. Only its owner.
    /// @param design The design.
    /// @param currency In which currency.
    /// @param to Who shall receive them.
    /// @return amount How much was sent.
    function withdraw(bytes32 design, address currency, address payable to)
        external
        returns (uint256 amount);

    // ----------------------------------------------------------------- views

    /// @notice A license as it is stored; reverts with LicenseNotFound for an unknown one.
    /// @param design The design.
    /// @param license Its number.
    /// @return The license.
    function licenseOf(bytes32 design, uint256 license) external view returns (License memory);

    /// @notice What a license was bought for (zero if it was granted).
    /// @param license Its number.
    /// @return The currency and price for one print.
    function paymentOf(uint256 license) external view returns (Payment memory);

    /// @notice How many prints of a license have left its escrow.
    /// @param license Its number.
    /// @return Those earned and those refunded.
    function tallyOf(uint256 license) external view returns (Tally memory);

    /// @notice The spent serials of one word.
    /// @param license The license's number.
    /// @param word Which 256 serials.
    /// @return A bit for each spent serial.
    function redeemedSerials(uint256 license, uint32 word) external view returns (uint256);

    /// @notice A design's earnings that were not withdrawn yet.
    /// @param design The design.
    /// @param currency In which currency.
    /// @return The amount.
    function earningsOf(bytes32 design, address currency) external view returns (uint256);

    /// @notice Whether an offer was opened and not closed (its window may be another matter).
    /// @param offer The hash of its terms.
    /// @return True if so.
    function offerOpen(bytes32 offer) external view returns (bool);

    /// @notice The hash under which an offer is kept: keccak256 of its ABI encoding.
    /// @param terms The terms.
    /// @return The hash.
    function hashOffer(Offer calldata terms) external pure returns (bytes32);

    /// @notice The EIP-712 digest of a print token.
    /// @param token The token.
    /// @return The digest.
    function tokenDigest(PrintToken calldata token) external view returns (bytes32);
}
