// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IRecalls} from "../../src/interfaces/IRecalls.sol";
import {ISignedActions} from "../../src/interfaces/ISignedActions.sol";
import {ILicenses} from "../../src/interfaces/licenses/ILicenses.sol";
import {IRedemption} from "../../src/interfaces/licenses/IRedemption.sol";
import {CHEATS} from "../base/Cheats.sol";
import {PoolBase} from "../base/PoolBase.sol";

/// @title redeemTokens; the outline is in Words.tree.
contract WordsTest is PoolBase {
    uint256 private constant FULL = type(uint256).max;

    /// @dev 2,560 prints are ten full words.
    function setUp() public override {
        super.setUp();
        license = _granted(2_560);
    }

    // -------------------------------------------------------------- what it does

    function test_ten_full_words_are_one_call() external {
        (IRedemption.TokenWord[] memory words, IRedemption.PrinterTokens[] memory printers) =
            _own(10, owner);
        IRedemption.RedeemedWord[] memory redeemed = new IRedemption.RedeemedWord[](10);
        for (uint32 word; word < 10; ++word) {
            redeemed[word] =
                IRedemption.RedeemedWord(printer, word, FULL, _digestOf(printers[0], words[word]));
        }
        CHEATS.expectEmit(address(licenses));
        emit IRedemption.WordsRedeemed(DESIGN, license, JOB, owner, redeemed);
        CHEATS.prank(printer);
        licenses.redeemTokens(_head(), words, printers);
        for (uint32 word; word < 10; ++word) {
            _same(licenses.redeemedSerials(license, word), FULL, "spent");
        }
        _same(licenses.redeemedSerials(license, 10), 0, "and no more");
    }

    function test_several_printers_and_windows_are_one_call() external {
        (IRedemption.TokenWord[] memory words, IRedemption.PrinterTokens[] memory printers) =
            _pooled(issuer);
        IRedemption.RedeemedWord[] memory redeemed = new IRedemption.RedeemedWord[](4);
        uint256[4] memory whose = [uint256(0), 0, 1, 2];
        for (uint32 word; word < 4; ++word) {
            IRedemption.PrinterTokens memory group = printers[whose[word]];
            redeemed[word] =
                IRedemption.RedeemedWord(group.printer, word, FULL, _digestOf(group, words[word]));
        }
        CHEATS.expectEmit(address(licenses));
        emit IRedemption.WordsRedeemed(DESIGN, license, JOB, issuer, redeemed);
        CHEATS.prank(issuer);
        licenses.redeemTokens(_head(), words, printers);
        for (uint32 word; word < 4; ++word) {
            _same(licenses.redeemedSerials(license, word), FULL, "spent");
        }
    }

    function test_each_is_a_token_of_its_own() external {
        (IRedemption.TokenWord[] memory words, IRedemption.PrinterTokens[] memory printers) =
            _own(2, issuer);
        bytes memory signature = _signature(issuer, _digestOf(printers[0], words[1]));
        CHEATS.prank(printer);
        licenses.redeem(_tokenOf(printers[0], words[1]), signature, 7);
        (words[0].left, words[1].left) = (FULL - 1, FULL - 8);
        CHEATS.prank(printer);
        licenses.redeemTokens(_head(), words, printers);
        _same(licenses.redeemedSerials(license, 1), 15, "by either way");
        _same(licenses.redeemedSerials(license, 0), 1, "what is left is not spent");
    }

    function test_printer_and_signer_may_send_them() external {
        (IRedemption.TokenWord[] memory words, IRedemption.PrinterTokens[] memory printers) =
            _own(1, issuer);
        words[0].left = FULL - 1;
        CHEATS.prank(issuer);
        licenses.redeemTokens(_head(), words, printers);
        words[0].left = FULL - 2;
        CHEATS.prank(printer);
        licenses.redeemTokens(_head(), words, printers);
        _same(licenses.redeemedSerials(license, 0), 3, "spent");
    }

    // ---------------------------------------------------------------- signatures

    function test_all_have_the_same_signer() external {
        for (uint256 at = 1; at < 4; ++at) {
            (IRedemption.TokenWord[] memory words, IRedemption.PrinterTokens[] memory printers) =
                _pooled(owner);
            _sign(printers[at == 1 ? 0 : at - 1], words[at], issuer);
            bytes4 problem = ISignedActions.BadSignature.selector;
            _refuse(owner, words, printers, abi.encodeWithSelector(problem, owner));
        }
    }

    function test_what_recovers_nobody_is_refused() external {
        bytes memory problem =
            abi.encodeWithSelector(ISignedActions.BadSignature.selector, address(0));
        (IRedemption.TokenWord[] memory words, IRedemption.PrinterTokens[] memory printers) =
            _own(2, owner);
        words[1].r = 0;
        _refuse(printer, words, printers, problem);
        (words, printers) = _own(2, owner);
        // The highest s that the format can hold is in the upper half of the group.
        words[0].vs = bytes32(FULL >> 1);
        _refuse(printer, words, printers, problem);
    }

    function test_strangers_sign_in_vain() external {
        (IRedemption.TokenWord[] memory words, IRedemption.PrinterTokens[] memory printers) =
            _pooled(stranger);
        bytes4 problem = ILicenses.NotIssuer.selector;
        _refuse(stranger, words, printers, abi.encodeWithSelector(problem, DESIGN, stranger));
    }

    // -------------------------------------------------------------------- refusals

    function test_a_list_holds_a_word() external {
        (IRedemption.TokenWord[] memory words, IRedemption.PrinterTokens[] memory printers) =
            _own(0, owner);
        bytes memory problem =
            abi.encodeWithSelector(IRedemption.TakeOutsideToken.selector, 0, 0);
        _refuse(printer, words, printers, problem);
        _refuse(printer, words, new IRedemption.PrinterTokens[](0), problem);
    }

    function test_each_word_has_a_printer_and_each_printer_its_words() external {
        (IRedemption.TokenWord[] memory words, IRedemption.PrinterTokens[] memory printers) =
            _pooled(owner);
        bytes4 problem = IRedemption.TakeOutsideToken.selector;
        --printers[2].count;
        _refuse(owner, words, printers, abi.encodeWithSelector(problem, 0, 0));
        // An index out of bounds.
        printers[2].count += 2;
        _refuse(owner, words, printers, abi.encodeWithSignature("Panic(uint256)", 0x32));
        _same(licenses.redeemedSerials(license, 0), 0, "nothing is spent");
    }

    function test_a_stranger_does_not_send_them() external {
        (IRedemption.TokenWord[] memory words, IRedemption.PrinterTokens[] memory printers) =
            _own(2, owner);
        bytes4 problem = IRedemption.PrinterNotNamed.selector;
        _refuse(
            stranger, words, printers, abi.encodeWithSelector(problem, printer, stranger)
        );
    }

    function test_a_printer_sends_none_of_another() external {
        (IRedemption.TokenWord[] memory words, IRedemption.PrinterTokens[] memory printers) =
            _pooled(issuer);
        bytes4 problem = IRedemption.PrinterNotNamed.selector;
        _refuse(printer, words, printers, abi.encodeWithSelector(problem, another, printer));
        _refuse(another, words, printers, abi.encodeWithSelector(problem, printer, another));
        // Nor one that is named for none of them.
        (words, printers) = _own(1, issuer);
        IRedemption.PrinterTokens[] memory none = new IRedemption.PrinterTokens[](2);
        for (uint256 at; at < 2; ++at) {
            (none[at], none[1 - at]) = (printers[0], printers[0]);
            none[at] = IRedemption.PrinterTokens(another, START, START + DAY, 0);
            _refuse(another, words, none, abi.encodeWithSelector(problem, printer, another));
        }
    }

    function test_an_unknown_license_has_no_words() external {
        bytes memory problem =
            abi.encodeWithSelector(ILicenses.LicenseNotFound.selector, DESIGN, license + 1);
        ++license;
        (IRedemption.TokenWord[] memory words, IRedemption.PrinterTokens[] memory printers) =
            _own(1, owner);
        _refuse(printer, words, printers, problem);
    }

    function test_the_windows_hold_for_all() external {
        (IRedemption.TokenWord[] memory words, IRedemption.PrinterTokens[] memory printers) =
            _pooled(owner);
        bytes4 problem = IRedemption.TokenNotYetValid.selector;
        _pass(printers[2].notBefore - 1);
        _refuse(owner, words, printers, abi.encodeWithSelector(problem, printers[2].notBefore));
        problem = IRedemption.TokenExpired.selector;
        _pass(printers[1].deadline + GRACE * HOUR);
        _refuse(owner, words, printers, abi.encodeWithSelector(problem, printers[1].deadline));
        _pass(START + 90 * DAY + GRACE * HOUR);
        printers[0].deadline = printers[1].deadline = type(uint40).max;
        problem = ILicenses.LicenseExpired.selector;
        _refuse(
            owner,
            words,
            printers,
            abi.encodeWithSelector(problem, DESIGN, license, START + 90 * DAY)
        );
    }

    function test_a_revoked_license_has_no_words() external {
        (IRedemption.TokenWord[] memory words, IRedemption.PrinterTokens[] memory printers) =
            _own(2, owner);
        CHEATS.prank(owner);
        licenses.revoke(DESIGN, license, REASON);
        _pass(START + GRACE * HOUR);
        bytes4 problem = ILicenses.LicenseRevoked.selector;
        _refuse(
            printer, words, printers, abi.encodeWithSelector(problem, DESIGN, license, START)
        );
    }

    function test_a_recalled_design_has_no_words() external {
        (IRedemption.TokenWord[] memory words, IRedemption.PrinterTokens[] memory printers) =
            _own(2, owner);
        CHEATS.prank(owner);
        registry.recall(DESIGN, REASON);
        bytes4 problem = IRecalls.Recalled.selector;
        _refuse(printer, words, printers, abi.encodeWithSelector(problem, DESIGN, DESIGN));
    }

    function test_one_wrong_word_undoes_all() external {
        (IRedemption.TokenWord[] memory words, IRedemption.PrinterTokens[] memory printers) =
            _pooled(owner);
        words[3].left = FULL;
        bytes4 problem = IRedemption.TakeOutsideToken.selector;
        _refuse(owner, words, printers, abi.encodeWithSelector(problem, 0, FULL));
        (words, printers) = _pooled(owner);
        (words[1].serials, words[1].left) = (1, 2);
        _sign(printers[0], words[1], owner);
        _refuse(owner, words, printers, abi.encodeWithSelector(problem, 3, 1));
        (words, printers) = _pooled(owner);
        words[3].word = 10;
        _sign(printers[2], words[3], owner);
        problem = IRedemption.QuotaExhausted.selector;
        _refuse(
            owner, words, printers, abi.encodeWithSelector(problem, DESIGN, license, 2_560, 2_560)
        );
        _same(licenses.redeemedSerials(license, 0), 0, "nothing is spent");
    }

    function test_a_serial_stands_in_a_list_once() external {
        for (uint256 at = 1; at < 4; ++at) {
            (IRedemption.TokenWord[] memory words, IRedemption.PrinterTokens[] memory printers) =
                _pooled(owner);
            (words[at].word, words[at].left) = (0, FULL >> 1);
            _sign(printers[at == 1 ? 0 : at - 1], words[at], owner);
            bytes4 problem = IRedemption.SerialAlreadySpent.selector;
            _refuse(owner, words, printers, abi.encodeWithSelector(problem, DESIGN, license, 255));
        }
    }

    // -------------------------------------------------------------------- internal

    /// @dev Full words, all of the one printer.
    function _own(uint32 count, address signer)
        private
        view
        returns (
            IRedemption.TokenWord[] memory words,
            IRedemption.PrinterTokens[] memory printers
        )
    {
        printers = new IRedemption.PrinterTokens[](1);
        printers[0] = IRedemption.PrinterTokens(printer, START, START + 60 * DAY, count);
        words = new IRedemption.TokenWord[](count);
        for (uint32 word; word < count; ++word) {
            (words[word].word, words[word].serials) = (word, FULL);
            _sign(printers[0], words[word], signer);
        }
    }

    function _refuse(
        address by,
        IRedemption.TokenWord[] memory words,
        IRedemption.PrinterTokens[] memory printers,
        bytes memory problem
    ) private {
        _refused(by, problem);
        licenses.redeemTokens(_head(), words, printers);
    }
}
