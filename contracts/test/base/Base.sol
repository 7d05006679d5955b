// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IERC721Metadata} from "@openzeppelin/contracts/token/ERC721/extensions/IERC721Metadata.sol";

import {IDesignRegistry} from "../../src/interfaces/IDesignRegistry.sol";
import {IPrintLicenses} from "../../src/interfaces/IPrintLicenses.sol";
import {IOffers} from "../../src/interfaces/licenses/IOffers.sol";
import {IRedemption} from "../../src/interfaces/licenses/IRedemption.sol";
import {CHEATS} from "./Cheats.sol";

interface IRegistry is IDesignRegistry, IERC721Metadata {}

/// @title The cast and the props of a test: a design, its owner, an issuer, a center, a printer.
/// @dev The contracts are deployed from the build's output and met through their interfaces.
abstract contract Base {
    uint40 internal constant START = 1_800_000_000;
    uint40 internal constant HOUR = 3600;
    uint40 internal constant DAY = 24 * HOUR;
    uint96 internal constant PRICE = 0.001 ether;
    uint16 internal constant GRACE = 24;
    bytes32 internal constant DESIGN = keccak256("a design");
    bytes32 internal constant METADATA = keccak256("its metadata");
    bytes32 internal constant REASON = keccak256("a notice");
    address internal constant NATIVE = address(0);

    IRegistry internal registry;
    IPrintLicenses internal licenses;

    address internal owner;
    address internal issuer;
    address internal center;
    address internal printer;
    address internal stranger;
    mapping(address who => uint256) internal secretOf;

    function setUp() public virtual {
        CHEATS.warp(START);
        registry = IRegistry(_deploy("DesignRegistry.sol:DesignRegistry", abi.encode(uint256(0))));
        licenses =
            IPrintLicenses(_deploy("PrintLicenses.sol:PrintLicenses", abi.encode(registry)));
        owner = _account("owner");
        issuer = _account("issuer");
        center = _account("center");
        printer = _account("printer");
        stranger = _account("stranger");
        CHEATS.prank(owner);
        registry.register(DESIGN, METADATA);
        CHEATS.prank(owner);
        registry.authorizeIssuer(issuer, START + 60 * DAY);
    }

    // ---------------------------------------------------------------- things

    function _account(string memory name) internal returns (address who) {
        uint256 secret = uint256(keccak256(bytes(name))) >> 1;
        who = CHEATS.addr(secret);
        secretOf[who] = secret;
        CHEATS.deal(who, 1_000_000 ether);
    }

    function _deploy(string memory artifact, bytes memory arguments)
        internal
        returns (address made)
    {
        bytes memory code = bytes.concat(CHEATS.getCode(artifact), arguments);
        assembly ("memory-safe") {
            made := create(0, add(code, 32), mload(code))
        }
        CHEATS.assertTrue(made != address(0), "deployment failed");
    }

    /// @dev An offer that can be taken now: 1 to 2,000 prints, for 90 days and a day of grace.
    function _terms() internal view returns (IOffers.Offer memory terms) {
        terms.design = DESIGN;
        terms.terms = keccak256("the terms document");
        terms.price = PRICE;
        (terms.minQuota, terms.maxQuota) = (1, 2000);
        (terms.opens, terms.closes) = (_now(), _now() + 30 * DAY);
        (terms.duration, terms.grace) = (90 * DAY, GRACE);
    }

    function _opened() internal returns (IOffers.Offer memory terms) {
        terms = _terms();
        CHEATS.prank(owner);
        licenses.openOffer(terms);
    }

    function _bought(uint32 quota) internal returns (uint256 license) {
        IOffers.Offer memory terms = _opened();
        CHEATS.prank(center);
        license = licenses.buy{value: uint256(terms.price) * quota}(terms, quota);
    }

    function _granted(uint32 quota) internal returns (uint256 license) {
        CHEATS.prank(owner);
        license = licenses.grant(DESIGN, center, quota, _now() + 90 * DAY, GRACE, 0);
    }

    /// @dev A token for serial 0, valid from now on for 60 days.
    function _token(uint256 license)
        internal
        view
        returns (IRedemption.PrintToken memory token)
    {
        token.design = DESIGN;
        token.license = license;
        token.printer = printer;
        token.serials = 1;
        (token.notBefore, token.deadline) = (_now(), _now() + 60 * DAY);
    }

    // --------------------------------------------------------------- actions

    function _signature(address who, bytes32 digest) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = CHEATS.sign(secretOf[who], digest);
        return abi.encodePacked(r, s, v);
    }

    function _signed(IRedemption.PrintToken memory token, address who)
        internal
        view
        returns (bytes memory)
    {
        return _signature(who, licenses.tokenDigest(token));
    }

    /// @dev Redeems serials of the license's first word, as the owner and the printer would.
    function _printed(uint256 license, uint32 word, uint256 serials) internal {
        IRedemption.PrintToken memory token = _token(license);
        (token.word, token.serials) = (word, serials);
        bytes memory signature = _signed(token, owner);
        CHEATS.prank(printer);
        licenses.redeem(token, signature, serials);
    }

    function _now() internal view returns (uint40) {
        return uint40(CHEATS.getBlockTimestamp());
    }

    function _pass(uint256 time) internal {
        CHEATS.warp(time);
    }

    /// @dev The next call, made by `who`, must revert with exactly this.
    function _refused(address who, bytes memory problem) internal {
        CHEATS.expectRevert(problem);
        CHEATS.prank(who);
    }

    // -------------------------------------------------------------- findings

    function _same(uint256 left, uint256 right, string memory why) internal pure {
        CHEATS.assertEq(left, right, why);
    }

    function _check(bool condition, string memory why) internal pure {
        CHEATS.assertTrue(condition, why);
    }

    /// @dev Counts bits one by one: each round clears the lowest.
    function _bits(uint256 mask) internal pure returns (uint256 total) {
        for (; mask != 0; mask &= mask - 1) {
            ++total;
        }
    }

    /// @dev The serials of a word that are below the quota.
    function _heldBy(uint256 quota, uint256 word) internal pure returns (uint256) {
        if (quota <= word * 256) return 0;
        uint256 serials = quota - word * 256;
        return serials < 256 ? (1 << serials) - 1 : type(uint256).max;
    }

    function _within(uint256 value, uint256 low, uint256 high) internal pure returns (uint256) {
        uint256 span = high - low;
        return span == type(uint256).max ? value : low + value % (span + 1);
    }
}
