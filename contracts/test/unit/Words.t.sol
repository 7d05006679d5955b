// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IRecalls} from "../../src/interfaces/IRecalls.sol";
import {ISignedActions} from "../../src/interfaces/ISignedActions.sol";
import {ILicenses} from "../../src/interfaces/licenses/ILicenses.sol";
import {IRedemption} from "../../src/interfaces/licenses/IRedemption.sol";
import {Base} from "../base/Base.sol";
import {CHEATS} from "../base/Cheats.sol";

/// @title redeemWords; the outline is in Words.tree.
contract WordsTest is Base {
    uint256 private constant FULL = type(uint256).max;
    uint256 private license;

    /// @dev 2,560 prints are ten full words.
    function setUp() public override {
        super.setUp();
        license = _granted(2_560);
    }

    // -------------------------------------------------------------- what it does

    function test_ten_full_words_are_one_call() external {
        IRedemption.TokenWord[] memory words = _words(10, owner);
        IRedemption.RedeemedWord[] memory redeemed = new IRedemption.RedeemedWord[](10);
        for (uint32 word; word < 10; ++word) {
            redeemed[word] = IRedemption.RedeemedWord(word, FULL, _digestOf(word, FULL));
        }
        IRedemption.TokenHead memory head = _head();
        CHEATS.expectEmit(address(licenses));
        emit IRedemption.WordsRedeemed(DESIGN, license, printer, head.job, owner, redeemed);
        CHEATS.prank(printer);
        licenses.redeemWords(head, words);
        for (uint32 word; word < 10; ++word) {
            _same(licenses.redeemedSerials(license, word), FULL, "spent");
        }
        _same(licenses.redeemedSerials(license, 10), 0, "and no more");
    }

    function test_each_is_a_token_of_its_own() external {
        IRedemption.TokenWord[] memory words = _words(2, issuer);
        IRedemption.PrintToken memory token = _tokenOf(1, FULL);
        bytes memory signature = _signed(token, issuer);
        CHEATS.prank(printer);
        licenses.redeem(token, signature, 7);
        (words[0].take, words[1].take) = (1, 8);
        CHEATS.prank(printer);
        licenses.redeemWords(_head(), words);
        _same(licenses.redeemedSerials(license, 1), 15, "by either way");
        _same(licenses.redeemedSerials(license, 0), 1, "only what was taken");
    }

    function test_printer_and_signer_may_send_them() external {
        IRedemption.TokenWord[] memory words = _words(1, issuer);
        words[0].take = 1;
        CHEATS.prank(issuer);
        licenses.redeemWords(_head(), words);
        words[0].take = 2;
        CHEATS.prank(printer);
        licenses.redeemWords(_head(), words);
        _same(licenses.redeemedSerials(license, 0), 3, "spent");
    }

    // ---------------------------------------------------------------- signatures

    function test_all_have_the_same_signer() external {
        for (uint32 at = 1; at < 3; ++at) {
            IRedemption.TokenWord[] memory words = _words(3, owner);
            _sign(words[at], issuer);
            _refuse(words, abi.encodeWithSelector(ISignedActions.BadSignature.selector, owner));
        }
    }

    function test_a_signature_is_of_its_own_word() external {
        IRedemption.TokenWord[] memory words = _words(2, owner);
        (words[0].word, words[1].word) = (1, 0);
        _refuseNobodyKnown(words);
        words = _words(2, owner);
        words[0].serials = FULL - 1;
        words[0].take = 2;
        _refuseNobodyKnown(words);
    }

    function test_what_recovers_nobody_is_refused() external {
        bytes memory problem =
            abi.encodeWithSelector(ISignedActions.BadSignature.selector, address(0));
        IRedemption.TokenWord[] memory words = _words(2, owner);
        words[1].r = 0;
        _refuse(words, problem);
        words = _words(2, owner);
        // The highest s that the format can hold is in the upper half of the group.
        words[0].vs = bytes32(FULL >> 1);
        _refuse(words, problem);
    }

    function test_strangers_sign_in_vain() external {
        bytes4 problem = ILicenses.NotIssuer.selector;
        _refuse(_words(2, stranger), abi.encodeWithSelector(problem, DESIGN, stranger));
    }

    // -------------------------------------------------------------------- refusals

    function test_a_list_holds_a_word() external {
        bytes4 problem = IRedemption.TakeOutsideToken.selector;
        _refuse(_words(0, owner), abi.encodeWithSelector(problem, 0, 0));
    }

    function test_a_stranger_does_not_send_them() external {
        IRedemption.TokenWord[] memory words = _words(2, owner);
        _refused(
            stranger,
            abi.encodeWithSelector(IRedemption.PrinterNotNamed.selector, printer, stranger)
        );
        licenses.redeemWords(_head(), words);
    }

    function test_an_unknown_license_has_no_words() external {
        bytes memory problem =
            abi.encodeWithSelector(ILicenses.LicenseNotFound.selector, DESIGN, license + 1);
        ++license;
        _refuse(_words(1, owner), problem);
    }

    function test_the_windows_hold_for_all() external {
        IRedemption.TokenHead memory head = _head();
        IRedemption.TokenWord[] memory words = _words(2, owner);
        _pass(head.notBefore - 1);
        bytes4 problem = IRedemption.TokenNotYetValid.selector;
        _send(head, words, abi.encodeWithSelector(problem, head.notBefore));
        _pass(head.deadline + GRACE * HOUR);
        problem = IRedemption.TokenExpired.selector;
        _send(head, words, abi.encodeWithSelector(problem, head.deadline));
        _pass(START + 90 * DAY + GRACE * HOUR);
        head.deadline = type(uint40).max;
        problem = ILicenses.LicenseExpired.selector;
        _send(head, words, abi.encodeWithSelector(problem, DESIGN, license, START + 90 * DAY));
    }

    function test_a_revoked_license_has_no_words() external {
        IRedemption.TokenHead memory head = _head();
        IRedemption.TokenWord[] memory words = _words(2, owner);
        CHEATS.prank(owner);
        licenses.revoke(DESIGN, license, REASON);
        _pass(START + GRACE * HOUR);
        bytes4 problem = ILicenses.LicenseRevoked.selector;
        _send(head, words, abi.encodeWithSelector(problem, DESIGN, license, START));
    }

    function test_a_recalled_design_has_no_words() external {
        IRedemption.TokenWord[] memory words = _words(2, owner);
        CHEATS.prank(owner);
        registry.recall(DESIGN, REASON);
        _refuse(words, abi.encodeWithSelector(IRecalls.Recalled.selector, DESIGN, DESIGN));
    }

    function test_one_wrong_word_undoes_all() external {
        IRedemption.TokenWord[] memory words = _words(3, owner);
        words[2].take = 0;
        bytes4 problem = IRedemption.TakeOutsideToken.selector;
        _refuse(words, abi.encodeWithSelector(problem, 0, FULL));
        words = _words(3, owner);
        (words[1].serials, words[1].take) = (1, 3);
        _sign(words[1], owner);
        _refuse(words, abi.encodeWithSelector(problem, 3, 1));
        words = _words(3, owner);
        words[2].word = 10;
        _sign(words[2], owner);
        problem = IRedemption.QuotaExhausted.selector;
        _refuse(words, abi.encodeWithSelector(problem, DESIGN, license, 2_560, 2_560));
        _same(licenses.redeemedSerials(license, 0), 0, "nothing is spent");
    }

    function test_a_word_stands_in_a_list_once() external {
        IRedemption.TokenWord[] memory words = _words(2, owner);
        words[1].word = 0;
        words[1].take = 1 << 255;
        _sign(words[1], owner);
        bytes4 problem = IRedemption.SerialAlreadySpent.selector;
        _refuse(words, abi.encodeWithSelector(problem, DESIGN, license, 255));
    }

    // -------------------------------------------------------------------- internal

    function _head() private view returns (IRedemption.TokenHead memory) {
        return IRedemption.TokenHead(DESIGN, license, printer, START, START + 60 * DAY, REASON);
    }

    function _tokenOf(uint32 word, uint256 serials)
        private
        view
        returns (IRedemption.PrintToken memory)
    {
        IRedemption.TokenHead memory head = _head();
        return IRedemption.PrintToken(
            head.design,
            head.license,
            head.printer,
            word,
            serials,
            head.notBefore,
            head.deadline,
            head.job
        );
    }

    function _digestOf(uint32 word, uint256 serials) private view returns (bytes32) {
        return licenses.tokenDigest(_tokenOf(word, serials));
    }

    function _words(uint32 count, address signer)
        private
        view
        returns (IRedemption.TokenWord[] memory words)
    {
        words = new IRedemption.TokenWord[](count);
        for (uint32 word; word < count; ++word) {
            (words[word].word, words[word].serials, words[word].take) = (word, FULL, FULL);
            _sign(words[word], signer);
        }
    }

    /// @dev EIP-2098: the highest bit of s, which is always 0, says which of two keys it was.
    function _sign(IRedemption.TokenWord memory one, address signer) private view {
        bytes32 digest = _digestOf(one.word, one.serials);
        (uint8 v, bytes32 r, bytes32 s) = CHEATS.sign(secretOf[signer], digest);
        (one.r, one.vs) = (r, bytes32(uint256(s) | (uint256(v - 27) << 255)));
    }

    function _refuse(IRedemption.TokenWord[] memory words, bytes memory problem) private {
        _send(_head(), words, problem);
    }

    function _send(
        IRedemption.TokenHead memory head,
        IRedemption.TokenWord[] memory words,
        bytes memory problem
    ) private {
        _refused(printer, problem);
        licenses.redeemWords(head, words);
    }

    /// @dev The signature recovers to some address, which nobody can name beforehand.
    function _refuseNobodyKnown(IRedemption.TokenWord[] memory words) private {
        CHEATS.prank(printer);
        (bool done, bytes memory problem) =
            address(licenses).call(abi.encodeCall(licenses.redeemWords, (_head(), words)));
        _check(!done, "redeemed with the signature of another word");
        bytes4 why = bytes4(problem);
        _check(
            why == ILicenses.NotIssuer.selector || why == ISignedActions.BadSignature.selector,
            "refused for another reason"
        );
    }
}
