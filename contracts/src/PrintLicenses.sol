// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IDesignRegistry} from "./interfaces/IDesignRegistry.sol";
import {IPrintLicenses} from "./interfaces/IPrintLicenses.sol";
import {Serials} from "./libraries/Serials.sol";
import {TokenSignature} from "./libraries/TokenSignature.sol";

/// @title Licenses, redemption and escrow.
/// @notice See IPrintLicenses.
contract PrintLicenses is IPrintLicenses, EIP712 {
    using Serials for uint256;

    /// @notice The registry whose owners and issuers decide over licenses here.
    IDesignRegistry public immutable registry;

    bytes32 private constant TOKEN_TYPEHASH = keccak256(
        "PrintToken(bytes32 design,uint256 license,address printer,uint32 word,uint256 serials,uint40 notBefore,uint40 deadline,bytes32 job)"
    );
    address private constant NATIVE = address(0);
    uint8 private constant REVOKED = 1;

    uint256 private _lastLicense;
    mapping(bytes32 offer => address) private _openers;
    mapping(bytes32 design => mapping(uint256 license => License)) private _licenses;
    mapping(uint256 license => Payment) private _payments;
    mapping(uint256 license => Tally) private _tallies;
    mapping(uint256 license => mapping(uint256 word => uint256)) private _spent;
    /// @dev Serials whose price has left the escrow. Each does so once, as earning or as refund,
    ///      and a serial can be refunded only when none can be spent any more: so no price is
    ///      ever paid out twice, in whatever slices and order the words are counted.
    mapping(uint256 license => mapping(uint256 word => uint256)) private _accounted;
    mapping(bytes32 design => mapping(address currency => uint256)) private _earnings;

    /// @param registry_ The registry of designs.
    constructor(IDesignRegistry registry_) EIP712("Platemark", "1") {
        registry = registry_;
    }

    // ------------------------------------------------------ offers, licenses

    /// @inheritdoc IPrintLicenses
    function openOffer(Offer calldata terms) external returns (bytes32 offer) {
        _requireOwner(terms.design);
        if (terms.currency != NATIVE) revert CurrencyNotSupported(terms.currency);
        if (terms.minQuota == 0 || terms.minQuota > terms.maxQuota) {
            revert QuotaLimitsInvalid(terms.minQuota, terms.maxQuota);
        }
        if (terms.duration == 0) revert DurationZero();
        if (terms.opens >= terms.closes || block.timestamp >= terms.closes) {
            revert WindowInvalid(terms.opens, terms.closes);
        }
        offer = hashOffer(terms);
        _openers[offer] = msg.sender;
        emit OfferOpened(terms.design, offer, terms);
    }

    /// @inheritdoc IPrintLicenses
    function closeOffer(Offer calldata terms) external {
        _requireOwner(terms.design);
        bytes32 offer = hashOffer(terms);
        if (_openers[offer] == address(0)) revert OfferNotOpen(offer);
        delete _openers[offer];
        emit OfferClosed(terms.design, offer);
    }

    /// @inheritdoc IPrintLicenses
    function buy(Offer calldata terms, uint32 quota) external payable returns (uint256 license) {
        bytes32 offer = hashOffer(terms);
        address opener = _openers[offer];
        // The present owner must be the one who set the price: an offer does not outlive a sale.
        if (opener == address(0) || opener != registry.designOwner(terms.design)) {
            revert OfferNotOpen(offer);
        }
        if (block.timestamp < terms.opens || block.timestamp >= terms.closes) {
            revert WindowInvalid(terms.opens, terms.closes);
        }
        if (quota < terms.minQuota || quota > terms.maxQuota) {
            revert QuotaOutOfRange(quota, terms.minQuota, terms.maxQuota);
        }
        uint256 due = uint256(terms.price) * quota;
        if (msg.value != due) revert WrongPayment(due, msg.value);

        Payment memory payment = Payment(terms.currency, terms.price);
        license = _issue(
            terms.design,
            License(msg.sender, quota, _endOf(terms.duration), terms.grace, 0),
            payment,
            offer
        );
        if (due != 0) _payments[license] = payment;
    }

    /// @inheritdoc IPrintLicenses
    function grant(bytes32 design, address licensee, uint32 quota, uint40 expiry, uint16 grace)
        external
        returns (uint256 license)
    {
        if (!registry.mayIssue(design, msg.sender)) revert NotIssuer(design, msg.sender);
        if (licensee == address(0)) revert InvalidRecipient(licensee);
        if (quota == 0) revert QuotaOutOfRange(quota, 1, type(uint32).max);
        if (expiry <= block.timestamp) revert ExpiryInPast(expiry);
        return _issue(design, License(licensee, quota, expiry, grace, 0), Payment(NATIVE, 0), 0);
    }

    /// @inheritdoc IPrintLicenses
    function revoke(bytes32 design, uint256 license, bytes32 reason) external {
        _requireOwner(design);
        License storage held = _licenses[design][license];
        (address licensee, uint40 expiry, uint8 flags) = (held.licensee, held.expiry, held.flags);
        if (licensee == address(0)) revert LicenseNotFound(design, license);
        if (flags & REVOKED != 0) revert LicenseRevoked(design, license, expiry);
        if (block.timestamp >= expiry) revert LicenseExpired(design, license, expiry);

        held.expiry = uint40(block.timestamp);
        held.flags = flags | REVOKED;
        emit LicenseEnded(design, license, uint40(block.timestamp), reason);
    }

    // ------------------------------------------------------------ redemption

    /// @inheritdoc IPrintLicenses
    function redeem(PrintToken calldata token, bytes calldata signature, uint256 take) external {
        License memory held = _require(token.design, token.license);
        _checkWindow(token, held);
        _checkSerials(token, held.quota, take);

        bytes32 digest = hashToken(token);
        address signer = TokenSignature.signer(digest, signature);
        if (!registry.mayIssue(token.design, signer)) revert NotIssuer(token.design, signer);
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
        License memory held = _require(design, license);
        Payment memory payment = _payments[license];
        if (payment.price != 0) prints = _account(license, held.quota, firstWord, words, false);
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
        License memory held = _require(design, license);
        if (msg.sender != held.licensee) revert NotLicensee(design, license, msg.sender);
        uint256 opens = _redeemableUntil(held.expiry, held.grace);
        if (block.timestamp < opens) revert RefundNotOpen(design, license, opens);

        Payment memory payment = _payments[license];
        if (payment.price != 0) prints = _account(license, held.quota, firstWord, words, true);
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
        return _require(design, license);
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
    function spentOf(uint256 license, uint32 word) external view returns (uint256) {
        return _spent[license][word];
    }

    /// @inheritdoc IPrintLicenses
    function earningsOf(bytes32 design, address currency) external view returns (uint256) {
        return _earnings[design][currency];
    }

    /// @inheritdoc IPrintLicenses
    function offerOpener(bytes32 offer) external view returns (address) {
        return _openers[offer];
    }

    /// @inheritdoc IPrintLicenses
    function hashOffer(Offer calldata terms) public pure returns (bytes32) {
        return keccak256(abi.encode(terms));
    }

    /// @inheritdoc IPrintLicenses
    function hashToken(PrintToken calldata token) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(TOKEN_TYPEHASH, token)));
    }

    // -------------------------------------------------------------- internal

    function _issue(
        bytes32 design,
        License memory terms,
        Payment memory payment,
        bytes32 offer
    ) private returns (uint256 license) {
        license = ++_lastLicense;
        _licenses[design][license] = terms;
        emit LicenseIssued(design, license, terms.licensee, offer, terms, payment);
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
        if (registry.designOwner(design) != msg.sender) revert NotDesignOwner(design, msg.sender);
    }

    function _require(bytes32 design, uint256 license) private view returns (License memory held) {
        held = _licenses[design][license];
        if (held.licensee == address(0)) revert LicenseNotFound(design, license);
    }

    function _checkWindow(PrintToken calldata token, License memory held) private view {
        if (block.timestamp < token.notBefore) revert TokenNotYetValid(token.notBefore);
        if (block.timestamp >= _redeemableUntil(token.deadline, held.grace)) {
            revert TokenExpired(token.deadline);
        }
        if (block.timestamp >= _redeemableUntil(held.expiry, held.grace)) {
            if (held.flags & REVOKED != 0) {
                revert LicenseRevoked(token.design, token.license, held.expiry);
            }
            revert LicenseExpired(token.design, token.license, held.expiry);
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

    function _redeemableUntil(uint40 end, uint16 grace) private pure returns (uint256) {
        return uint256(end) + uint256(grace) * 1 hours;
    }

    /// @dev A duration past the end of uint40 (the year 36812) means: for ever.
    function _endOf(uint40 duration) private view returns (uint40) {
        uint256 end = block.timestamp + duration;
        return end > type(uint40).max ? type(uint40).max : uint40(end);
    }
}
