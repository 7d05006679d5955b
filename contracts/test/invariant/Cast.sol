// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IPrintLicenses} from "../../src/interfaces/IPrintLicenses.sol";
import {IRedemption} from "../../src/interfaces/licenses/IRedemption.sol";
import {IRegistry} from "../base/Base.sol";
import {CHEATS} from "../base/Cheats.sol";
import {MarketBase} from "../base/MarketBase.sol";

/// @title Who acts in a random sequence, and the books that are kept beside the contracts.
/// @dev Each action makes one call. Honest ones are built so that they must succeed, and those of
///      thieves so that they must fail, by the books here: a difference is a failed run. What
///      cannot be done now (nothing to refund yet) returns without a call and counts nothing.
abstract contract Cast is MarketBase {
    uint256 internal constant FULL = type(uint256).max;
    /// @dev Words that are looked at: with its replacements no license has more serials.
    uint256 internal constant WORDS = 4;
    uint256 internal constant MOST_LICENSES = 10;
    uint256 internal constant MOST_DESIGNS = 6;
    uint8 internal constant IRREVOCABLE = 2;
    uint8 internal constant TRANSFERABLE = 8;
    uint8 internal constant CRISIS = 16;

    /// @dev A license as these books know it. Its serials: given, more for voided, less passed on.
    struct Held {
        bytes32 design;
        address currency;
        uint96 price;
        address holder;
        uint8 rights;
        uint32 given;
        uint32 passed;
        uint32 voidings;
        uint32 earned;
        uint32 refunded;
        uint40 expiry;
        uint16 grace;
        bool revoked;
        mapping(uint256 word => uint256) spent;
        mapping(uint256 word => uint256) voided;
    }

    mapping(uint256 license => Held) internal held;
    uint256 public numbers;
    bytes32[] public designs;
    mapping(bytes32 design => bool) internal recalled;
    mapping(bytes32 design => mapping(address currency => uint256)) public settled;
    mapping(bytes32 design => mapping(address currency => uint256)) public withdrawn;
    mapping(address currency => uint256) public paid;
    mapping(address currency => uint256) public paidBack;

    /// @notice How often each action was tried and succeeded, and each theft was refused.
    mapping(bytes32 action => uint256) public tries;
    mapping(bytes32 action => uint256) public times;
    uint256 public successes;
    uint256 public refusals;

    address[3] internal designers;
    address[2] internal centers;
    address internal crisisSigner;

    // ------------------------------------------------------------------- views

    function contracts() external view returns (IPrintLicenses, IRegistry, address) {
        return (licenses, registry, address(currency));
    }

    function numberOfDesigns() external view returns (uint256) {
        return designs.length;
    }

    function designOf(uint256 license) external view returns (bytes32, address, uint256) {
        Held storage it = held[license];
        return (it.design, it.currency, it.price);
    }

    function serialsOf(uint256 license)
        external
        view
        returns (uint256 given, uint256 passed, uint256 voidings)
    {
        Held storage it = held[license];
        return (it.given, it.passed, it.voidings);
    }

    function tallyOf(uint256 license) external view returns (uint256 earned, uint256 refunded) {
        return (held[license].earned, held[license].refunded);
    }

    function wordOf(uint256 license, uint256 word)
        external
        view
        returns (uint256 spent, uint256 voided)
    {
        return (held[license].spent[word], held[license].voided[word]);
    }

    // ---------------------------------------------------------------- internal

    /// @dev A new license in the books; the contract must have given it the next number.
    function _note(uint256 license, bytes32 design, address holder, uint32 quota)
        internal
        returns (Held storage it)
    {
        _same(license, ++numbers, "number");
        it = held[license];
        (it.design, it.holder, it.given) = (design, holder, quota);
    }

    function _quota(uint256 license) internal view returns (uint32) {
        Held storage it = held[license];
        return it.given + it.voidings - it.passed;
    }

    function _pick(uint256 pick) internal view returns (uint256) {
        return numbers == 0 ? 0 : pick % numbers + 1;
    }

    function _anyDesign(uint256 pick) internal view returns (bytes32) {
        return designs[pick % designs.length];
    }

    function _ownerOf(bytes32 design) internal view returns (address) {
        return registry.ownerOf(uint256(design));
    }

    /// @dev When the last print can no longer be redeemed.
    function _end(uint256 license) internal view returns (uint256) {
        return uint256(held[license].expiry) + uint256(held[license].grace) * HOUR;
    }

    /// @dev Whether the design, or one above it, is recalled.
    function _blocked(bytes32 design) internal view returns (bool) {
        if (recalled[design]) return true;
        (bytes32[] memory parents,) = registry.parentsOf(design);
        for (uint256 index; index < parents.length; ++index) {
            if (_blocked(parents[index])) return true;
        }
        return false;
    }

    function _free(uint256 license, uint256 word) internal view returns (uint256) {
        return _heldBy(_quota(license), word) & ~held[license].spent[word];
    }

    /// @dev A license that can be printed and a word of it with free serials, from a random start.
    function _printable(uint256 pick, uint256 start)
        internal
        view
        returns (uint256 license, uint32 word, uint256 free)
    {
        for (uint256 step; step < numbers; ++step) {
            license = (pick % numbers + step) % numbers + 1;
            if (_now() >= _end(license) || _blocked(held[license].design)) continue;
            for (uint256 next; next < WORDS; ++next) {
                word = uint32((start + next) % WORDS);
                free = _free(license, word);
                if (free != 0) return (license, word, free);
            }
        }
        return (0, 0, 0);
    }

    function _tokenOf(uint256 license, uint32 word, uint256 serials)
        internal
        view
        returns (IRedemption.PrintToken memory token)
    {
        token = _token(license);
        (token.design, token.word, token.serials) = (held[license].design, word, serials);
    }

    /// @dev Who may sign for a license: the owner, the issuer, the signer of its crisis.
    function _signerOf(uint256 license, uint8 which) internal view returns (address) {
        bytes32 design = held[license].design;
        if (which % 3 == 1 && registry.isIssuerOf(design, issuer)) return issuer;
        if (which % 3 == 2 && held[license].rights & CRISIS != 0) return crisisSigner;
        return _ownerOf(design);
    }

    function _some(uint256 wanted, uint256 free) internal pure returns (uint256) {
        return wanted & free == 0 ? free & (~free + 1) : wanted & free;
    }

    /// @dev What an account has of a currency.
    function _has(address who, address money) internal view returns (uint256) {
        return money == NATIVE ? who.balance : currency.balanceOf(who);
    }

    function _mustFail(address sender, bytes memory data) internal {
        CHEATS.prank(sender);
        (bool done,) = address(licenses).call(data);
        _check(!done, "a theft succeeded");
        ++refusals;
    }

    function _did(bytes32 action) internal {
        ++times[action];
        ++successes;
    }
}
