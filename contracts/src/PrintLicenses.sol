// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {DesignRegistry} from "./DesignRegistry.sol";
import {IPrintLicenses} from "./interfaces/IPrintLicenses.sol";
import {Licenses, PackedLicense} from "./libraries/PackedLicense.sol";
import {Serials} from "./libraries/Serials.sol";
import {TokenSignature} from "./libraries/TokenSignature.sol";

/// @title Licenses, redemption and escrow.
/// @notice See IPrintLicenses.
contract PrintLicenses is IPrintLicenses, EIP712 {
    using Serials for uint256;

    /// @notice The registry whose owners and issuers decide over licenses here.
    DesignRegistry public immutable designRegistry;

    bytes32 private constant TOKEN_TYPEHASH = keccak256(
        "PrintToken(bytes32 design,uint256 license,address printer,uint32 word,uint256 serials,uint40 notBefore,uint40 deadline,bytes32 job)"
    );
    address private constant NATIVE = address(0);
    /// @dev An offer and a token take whole words in calldata, so they are hashed as they came.
    uint256 private constant OFFER_BYTES = 10 * 32;
    uint256 private constant TOKEN_BYTES = 8 * 32;

    uint256 private _lastLicense;
    mapping(bytes32 offer => bool) private _open;
    mapping(bytes32 design => mapping(uint256 license => PackedLicense)) private _licenses;
    mapping(uint256 license => Payment) private _payments;
    mapping(uint256 license => Tally) private _tallies;
    mapping(uint256 license => mapping(uint256 word => uint256)) private _spent;
    /// @dev Serials whose price has left the escrow. Each does so once, as earning or as refund,
    ///      and a serial can be refunded only when none can be spent any more: so no price is
    ///      ever paid out twice, in whatever slices and order the words are counted.
    mapping(uint256 license => mapping(uint256 word => uint256)) private _accounted;
    mapping(bytes32 design => mapping(address currency => uint256)) private _earnings;

    /// @param registry The registry of designs.
    constructor(DesignRegistry registry) EIP712("Platemark", "1") {
        designRegistry = registry;
    }

    // ------------------------------------------------------ offers, licenses

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

    // ------------------------------------------------------------ redemption

    /// @inheritdoc IPrintLicenses
    function redeem(PrintToken calldata token, bytes calldata signature, uint256 take) external {
        PackedLicense held = _require(token.design, token.license);
        _checkWindow(token, held);
        _checkSerials(token, held.quota(), take);

        bytes32 digest = tokenDigest(token);
        address signer = TokenSignature.signer(digest, signature);
        if (!designRegistry.isIssuerOf(token.design, signer)) revert NotIssuer(token.design, signer);
        if (msg.sender != token.printer && msg.sender != signer) {
            revert PrinterNotNamed(token.printer, msg.sender);
        }

        uint256 spent = _spent[token.license][token.word];
        if (spent & take != 0) {
            revert SerialAlreadySpent(
                token.design, token.license, (spent & take).first(token.word)
            );
        }
        _spent[token.license][token.word] = spent | take;
        emit SerialsRedeemed(
            token.design, token.license, token.printer, token.word, take, token.job, digest, signer
        );
    }

    // ----------------------------------------------------------------- money

    /// @inheritdoc IPrintLicenses
    function settle(bytes32 design, uint256 license, uint32 firstWord, uint32 words)
        external
        returns (uint32 prints)
    {
        PackedLicense held = _require(design, license);
        Payment memory payment = _payments[license];
        if (payment.price != 0) prints = _account(license, held.quota(), firstWord, words, false);
        if (prints == 0) revert NothingToSettle(design, license);

        uint256 amount = uint256(payment.price) * prints;
        _tallies[license].earned += prints;
        _earnings[design][payment.currency] += amount;
        emit LicenseSettled(design, license, prints, amount);
    }

    /// @inheritdoc IPrintLicenses
    function refund(bytes32 design, uint256 license, uint32 firstWord, uint32 words)
        external
        returns (uint32 prints)
    {
        PackedLicense held = _require(design, license);
        if (msg.sender != held.licensee()) revert NotLicensee(design, license, msg.sender);
        uint256 opens = held.expiry() + held.grace();
        if (block.timestamp < opens) revert RefundNotOpen(design, license, opens);

        Payment memory payment = _payments[license];
        if (payment.price != 0) prints = _account(license, held.quota(), firstWord, words, true);
        if (prints == 0) revert NothingToRefund(design, license);

        uint256 amount = uint256(payment.price) * prints;
        _tallies[license].refunded += prints;
        emit LicenseRefunded(design, license, msg.sender, prints, amount);
        _pay(payable(msg.sender), amount);
    }

    /// @inheritdoc IPrintLicenses
    function withdraw(bytes32 design, address currency, address payable to)
        external
        returns (uint256 amount)
    {
        _requireOwner(design);
        if (to == address(0)) revert InvalidRecipient(to);
        amount = _earnings[design][currency];
        if (amount == 0) revert NothingToWithdraw(design);

        _earnings[design][currency] = 0;
        emit EarningsWithdrawn(design, to, currency, amount);
        _pay(to, amount);
    }

    // ----------------------------------------------------------------- views

    /// @inheritdoc IPrintLicenses
    function licenseOf(bytes32 design, uint256 license) external view returns (License memory) {
        return _require(design, license).unpack();
    }

    /// @inheritdoc IPrintLicenses
    function paymentOf(uint256 license) external view returns (Payment memory) {
        return _payments[license];
    }

    /// @inheritdoc IPrintLicenses
    function tallyOf(uint256 license) external view returns (Tally memory) {
        return _tallies[license];
    }

    /// @inheritdoc IPrintLicenses
    function redeemedSerials(uint256 license, uint32 word) external view returns (uint256) {
        return _spent[license][word];
    }

    /// @inheritdoc IPrintLicenses
    function earningsOf(bytes32 design, address currency) external view returns (uint256) {
        return _earnings[design][currency];
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

    /// @inheritdoc IPrintLicenses
    function tokenDigest(PrintToken calldata token) public view returns (bytes32) {
        bytes32 typeHash = TOKEN_TYPEHASH;
        bytes32 structHash;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typeHash)
            calldatacopy(add(free, 32), token, TOKEN_BYTES)
            structHash := keccak256(free, add(32, TOKEN_BYTES))
        }
        return _hashTypedDataV4(structHash);
    }

    // -------------------------------------------------------------- internal

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

    /// @dev Marks serials of the words as accounted for and counts them: the spent ones, or,
    ///      with `unspent`, the others up to the quota.
    function _account(
        uint256 license,
        uint256 quota,
        uint256 firstWord,
        uint256 words,
        bool unspent
    ) private returns (uint32 prints) {
        uint256 end = firstWord + words;
        uint256 last = Serials.wordsOf(quota);
        if (end > last) end = last;
        for (uint256 word = firstWord; word < end; ++word) {
            uint256 chosen = _spent[license][word];
            if (unspent) chosen = Serials.held(quota, word) & ~chosen;
            uint256 accounted = _accounted[license][word];
            uint256 fresh = chosen & ~accounted;
            if (fresh == 0) continue;
            _accounted[license][word] = accounted | fresh;
            prints += uint32(fresh.count());
        }
    }

    function _pay(address payable to, uint256 amount) private {
        (bool taken,) = to.call{value: amount}("");
        if (!taken) revert PaymentFailed(to, amount);
    }

    function _requireOwner(bytes32 design) private view {
        if (!designRegistry.isOwnerOf(design, msg.sender)) {
            revert NotDesignOwner(design, msg.sender);
        }
    }

    function _require(bytes32 design, uint256 license) private view returns (PackedLicense held) {
        held = _licenses[design][license];
        if (held.licensee() == address(0)) revert LicenseNotFound(design, license);
    }

    function _checkWindow(PrintToken calldata token, PackedLicense held) private view {
        if (block.timestamp < token.notBefore) revert TokenNotYetValid(token.notBefore);
        uint256 grace = held.grace();
        if (block.timestamp >= token.deadline + grace) revert TokenExpired(token.deadline);
        if (block.timestamp >= held.expiry() + grace) {
            if (held.revoked()) {
                revert LicenseRevoked(token.design, token.license, held.expiry());
            }
            revert LicenseExpired(token.design, token.license, held.expiry());
        }
    }

    function _checkSerials(PrintToken calldata token, uint256 quota, uint256 take) private pure {
        if (take == 0 || take & ~token.serials != 0) revert TakeOutsideToken(take, token.serials);
        uint256 beyond = take & ~Serials.held(quota, token.word);
        if (beyond != 0) {
            revert QuotaExhausted(
                token.design, token.license, beyond.first(token.word), uint32(quota)
            );
        }
    }

    /// @dev A duration past the end of uint40 (the year 36812) means: for ever.
    function _endOf(uint40 duration) private view returns (uint40) {
        uint256 end = block.timestamp + duration;
        return end > type(uint40).max ? type(uint40).max : uint40(end);
    }
}
