// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {CrisisPledges} from "../../src/CrisisPledges.sol";
import {DesignRegistry} from "../../src/DesignRegistry.sol";
import {PrintLicenses} from "../../src/PrintLicenses.sol";
import {IPledges} from "../../src/interfaces/IPledges.sol";
import {IRedemption} from "../../src/interfaces/licenses/IRedemption.sol";
import {Serials} from "../../src/libraries/Serials.sol";
import {CHEATS} from "../base/Cheats.sol";

/// @title Symbolic tests of redemptions of many words, and of licenses that a crisis gave.
/// @dev As in RedeemCheck, `ecrecover` is an unknown function of its four arguments.
contract WordsCheck {
    bytes32 private constant DESIGN = keccak256("a design");
    address private constant OWNER = address(0x1001);
    address private constant CENTER = address(0x1003);
    address private constant COUNCIL = address(0x1004);
    address private constant SIGNER = address(0x1005);
    uint256 private constant NOW = 1_800_000_000;
    uint256 private constant LICENSE = 1;
    uint32 private constant QUOTA = 600;

    DesignRegistry private registry;
    PrintLicenses private licenses;

    struct Sender {
        address sender;
        uint64 time;
    }

    function setUp() external {
        CHEATS.warp(NOW);
        registry = new DesignRegistry(0);
        licenses = new PrintLicenses(registry);
        CHEATS.prank(OWNER);
        registry.register(DESIGN, keccak256("metadata"));
    }

    /// @notice Nothing is redeemed in a list without the owner's signature of each of its tokens,
    ///         nor by a sender who is neither the signer nor the printer of them all.
    function check_no_word_is_redeemed_without_authority(
        IRedemption.TokenHead calldata head,
        IRedemption.TokenWord[2] calldata words,
        IRedemption.PrinterTokens[2] calldata printers,
        Sender calldata by
    ) external {
        _grant();
        if (!_redeem(head, words, printers, by)) return;
        bool signed = _and(
            _signer(head, printers[0], words[0]) == OWNER,
            _signer(head, printers[1], words[1]) == OWNER
        );
        bool own = _and(by.sender == printers[0].printer, by.sender == printers[1].printer);
        assert(_and(signed, _or(own, by.sender == OWNER)));
    }

    /// @notice Nothing is redeemed in a list outside the window of each of its tokens.
    function check_no_word_is_redeemed_outside_its_window(
        IRedemption.TokenHead calldata head,
        IRedemption.TokenWord[2] calldata words,
        IRedemption.PrinterTokens[2] calldata printers,
        Sender calldata by
    ) external {
        _grant();
        if (!_redeem(head, words, printers, by)) return;
        assert(_and(_open(printers[0], by.time), _open(printers[1], by.time)));
    }

    /// @notice What is redeemed in a list was in its tokens and below the quota; two of its words
    ///         share no serial, and both are spent.
    function check_a_serial_is_in_a_list_at_most_once(
        IRedemption.TokenHead calldata head,
        IRedemption.TokenWord[2] calldata words,
        IRedemption.PrinterTokens[2] calldata printers,
        Sender calldata by
    ) external {
        _grant();
        if (!_redeem(head, words, printers, by)) return;
        (uint256 one, uint256 two) = (_take(words[0]), _take(words[1]));
        bool inside = _and(_inside(words[0]), _inside(words[1]));
        bool apart = _or(words[0].word != words[1].word, one & two == 0);
        bool spent = _and(
            one & ~licenses.redeemedSerials(LICENSE, words[0].word) == 0,
            two & ~licenses.redeemedSerials(LICENSE, words[1].word) == 0
        );
        assert(_and(_and(inside, apart), spent));
    }

    /// @notice What was spent before is in no list.
    function check_what_is_spent_is_in_no_list(
        IRedemption.TokenHead calldata head,
        IRedemption.TokenWord calldata one,
        IRedemption.PrinterTokens calldata printer,
        Sender calldata by,
        uint256 spent
    ) external {
        _grant();
        bytes32 outer = keccak256(abi.encode(LICENSE, uint256(6)));
        bytes32 slot = keccak256(abi.encode(uint256(one.word), outer));
        CHEATS.store(address(licenses), slot, bytes32(spent));
        IRedemption.TokenWord[] memory words = new IRedemption.TokenWord[](1);
        IRedemption.PrinterTokens[] memory printers = new IRedemption.PrinterTokens[](1);
        (words[0], printers[0]) = (one, printer);
        printers[0].count = 1;
        if (!_send(head, words, printers, by)) return;
        bool fresh = spent & _take(one) == 0;
        uint256 after_ = licenses.redeemedSerials(LICENSE, one.word);
        assert(_and(fresh, after_ == spent | _take(one)));
    }

    /// @notice Each word of a list is of one printer, whatever their counts say.
    function check_a_list_is_redeemed_whole(
        IRedemption.TokenHead calldata head,
        IRedemption.TokenWord calldata one,
        IRedemption.PrinterTokens calldata printer,
        Sender calldata by
    ) external {
        _grant();
        IRedemption.TokenWord[] memory words = new IRedemption.TokenWord[](1);
        IRedemption.PrinterTokens[] memory printers = new IRedemption.PrinterTokens[](1);
        (words[0], printers[0]) = (one, printer);
        if (!_send(head, words, printers, by)) return;
        assert(printer.count == 1);
    }

    /// @notice Under a license of a crisis nothing is redeemed without a signature of the owner or
    ///         of the signer that the council named.
    function check_a_crisis_license_has_two_signers(
        IRedemption.PrintToken calldata token,
        Sender calldata by,
        bytes32 r,
        bytes32 s,
        uint8 v,
        uint256 take
    ) external {
        _crisis();
        CHEATS.warp(by.time);
        CHEATS.prank(by.sender);
        (bool done,) = address(licenses)
            .call(abi.encodeCall(licenses.redeem, (token, abi.encodePacked(r, s, v), take)));
        if (!done) return;
        address signer = ecrecover(licenses.tokenDigest(token), v, r, s);
        bool named = _or(signer == OWNER, signer == SIGNER);
        bool sent = _or(by.sender == token.printer, by.sender == signer);
        assert(_and(_and(named, sent), by.time < NOW + 1 days));
    }

    /// @notice Must FAIL: a list can be redeemed.
    function reach_a_redemption_of_words(
        IRedemption.TokenHead calldata head,
        IRedemption.TokenWord[2] calldata words,
        IRedemption.PrinterTokens[2] calldata printers,
        Sender calldata by
    ) external {
        _grant();
        assert(!_redeem(head, words, printers, by));
    }

    /// @notice Must FAIL: a list for two printers can be redeemed.
    function reach_a_redemption_for_two_printers(
        IRedemption.TokenHead calldata head,
        IRedemption.TokenWord[2] calldata words,
        IRedemption.PrinterTokens[2] calldata printers,
        Sender calldata by
    ) external {
        _grant();
        bool two = printers[0].printer != printers[1].printer;
        assert(!_and(_redeem(head, words, printers, by), two));
    }

    function _grant() private {
        CHEATS.prank(OWNER);
        licenses.grant(DESIGN, CENTER, QUOTA, type(uint40).max, 0, 0);
    }

    /// @dev A license of a day in a crisis that was declared and pledged for.
    function _crisis() private {
        CrisisPledges pledges = licenses.crisisPledges();
        IPledges.Terms memory terms;
        (terms.until, terms.maxDuration) = (uint40(NOW + 30 days), 1 days);
        (terms.quotaPerLicense, terms.quotaInAll, terms.document) = (256, 256, DESIGN);
        CHEATS.prank(OWNER);
        pledges.pledge(DESIGN, COUNCIL, terms);
        CHEATS.prank(COUNCIL);
        uint256 crisis = pledges.declare("TR-31", uint40(NOW + 20 days), DESIGN, SIGNER);
        CHEATS.prank(CENTER);
        licenses.takeCrisisLicense(DESIGN, crisis, 256);
    }

    /// @dev A word for each printer; the same printer and window may be named twice.
    function _redeem(
        IRedemption.TokenHead calldata head,
        IRedemption.TokenWord[2] calldata both,
        IRedemption.PrinterTokens[2] calldata theirs,
        Sender calldata by
    ) private returns (bool) {
        IRedemption.TokenWord[] memory words = new IRedemption.TokenWord[](2);
        IRedemption.PrinterTokens[] memory printers = new IRedemption.PrinterTokens[](2);
        (words[0], words[1]) = (both[0], both[1]);
        (printers[0], printers[1]) = (theirs[0], theirs[1]);
        (printers[0].count, printers[1].count) = (1, 1);
        return _send(head, words, printers, by);
    }

    function _send(
        IRedemption.TokenHead calldata head,
        IRedemption.TokenWord[] memory words,
        IRedemption.PrinterTokens[] memory printers,
        Sender calldata by
    ) private returns (bool done) {
        CHEATS.warp(by.time);
        CHEATS.prank(by.sender);
        (done,) = address(licenses)
            .call(abi.encodeCall(licenses.redeemTokens, (head, words, printers)));
    }

    function _signer(
        IRedemption.TokenHead calldata head,
        IRedemption.PrinterTokens calldata printer,
        IRedemption.TokenWord calldata one
    ) private view returns (address) {
        bytes32 digest = licenses.tokenDigest(
            IRedemption.PrintToken(
                head.design,
                head.license,
                printer.printer,
                one.word,
                one.serials,
                printer.notBefore,
                printer.deadline,
                head.job
            )
        );
        uint8 v = uint8(27 + (uint256(one.vs) >> 255));
        return ecrecover(digest, v, one.r, bytes32(uint256(one.vs) & (type(uint256).max >> 1)));
    }

    /// @dev The license has no grace.
    function _open(IRedemption.PrinterTokens calldata printer, uint256 time)
        private
        pure
        returns (bool)
    {
        return _and(time >= printer.notBefore, time < printer.deadline);
    }

    function _take(IRedemption.TokenWord calldata one) private pure returns (uint256) {
        return one.serials & ~one.left;
    }

    function _inside(IRedemption.TokenWord calldata one) private pure returns (bool) {
        bool some = _and(_take(one) != 0, one.left & ~one.serials == 0);
        return _and(some, _take(one) & ~Serials.held(QUOTA, one.word) == 0);
    }

    /// @dev Without a branch: `&&` would double the paths, and each is a question to the solver.
    function _and(bool left, bool right) private pure returns (bool both) {
        assembly ("memory-safe") {
            both := and(left, right)
        }
    }

    function _or(bool left, bool right) private pure returns (bool either) {
        assembly ("memory-safe") {
            either := or(left, right)
        }
    }
}
