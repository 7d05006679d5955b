// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ILicenses} from "../../src/interfaces/licenses/ILicenses.sol";
import {IRedemption} from "../../src/interfaces/licenses/IRedemption.sol";
import {ISignedActions} from "../../src/interfaces/ISignedActions.sol";
import {CHEATS} from "../base/Cheats.sol";
import {PoolBase} from "../base/PoolBase.sol";

/// @title Tokens of several printers at once: beside each alone, and with each field changed alone.
contract PoolsTest is PoolBase {
    uint256 private constant FULL = type(uint256).max;

    struct Case {
        uint32 quota;
        uint40 time;
        uint8 signer;
        uint8 sender;
        uint8[4] word;
        uint256[4] serials;
        uint256[4] take;
        uint256 spent;
    }

    // ------------------------------------------------------------ as if alone

    /// @dev The same tokens of two licenses: in one call here, one by one in a batch there.
    function testFuzz_together_is_as_each_alone(Case memory c) external {
        c.quota = uint32(_within(c.quota, 1, 1024));
        (address signer, address sender) = (_who(c.signer), _who(c.sender));
        for (uint256 at; at < 4; ++at) {
            // Mostly a word for each token, and a part of its serials, below the quota.
            c.word[at] = c.word[at] % 8 == 0 ? c.word[at] / 8 % 4 : uint8(at);
            if (c.take[at] % 8 != 0) c.take[at] &= c.serials[at];
            if (c.take[at] % 7 != 0) c.take[at] &= _heldBy(c.quota, c.word[at]);
        }
        (uint256 one, uint256 two) = (_granted(c.quota), _granted(c.quota));
        c.spent &= _heldBy(c.quota, 0);
        if (c.spent % 4 == 0) c.spent &= ~c.take[0];
        else c.spent = 0;
        if (c.spent != 0) {
            _printed(one, 0, c.spent);
            _printed(two, 0, c.spent);
        }
        (bytes memory together, bytes memory alone) = (_together(one, signer, c), _alone(two, signer, c));
        _pass(START + _within(c.time, 0, 40 * DAY));
        CHEATS.prank(sender);
        (bool done,) = address(licenses).call(together);
        CHEATS.prank(sender);
        (bool expected,) = address(licenses).call(alone);
        _check(done == expected, "together otherwise than alone");
        for (uint32 word; word < 4; ++word) {
            _same(
                licenses.redeemedSerials(one, word), licenses.redeemedSerials(two, word), "spent"
            );
        }
    }

    // --------------------------------------------------------- what is signed

    function test_the_unchanged_list_is_taken() external {
        license = _granted(1024);
        (IRedemption.TokenWord[] memory words, IRedemption.PrinterTokens[] memory printers) =
            _pooled(issuer);
        CHEATS.prank(issuer);
        licenses.redeemTokens(_head(), words, printers);
    }

    function testFuzz_each_field_of_a_list_is_signed(uint256 value, uint8 pick) external {
        license = _granted(1024);
        uint256 other = _granted(1024);
        (uint256 word, uint256 group) = (pick % 4, pick / 4 % 3);
        for (uint256 field; field < 10; ++field) {
            IRedemption.TokenHead memory head = _head();
            (IRedemption.TokenWord[] memory words, IRedemption.PrinterTokens[] memory printers) =
                _pooled(issuer);
            bytes memory before = abi.encode(head, words, printers);
            if (field == 0) head.license = other;
            if (field == 1) head.job = bytes32(value);
            if (field == 2) printers[group].printer = address(uint160(value));
            if (field == 3) printers[group].notBefore = uint40(value % START);
            if (field == 4) printers[group].deadline = uint40(START + 1 + value % START);
            if (field == 5) words[word].word = uint32(value % 4);
            if (field == 6) words[word].serials = value | 1;
            if (field == 7) words[word].r = bytes32(value);
            if (field == 8) words[word].vs = bytes32(value);
            if (field == 9) (words[word].r, words[word].vs) = (words[word ^ 1].r, words[word ^ 1].vs);
            if (keccak256(abi.encode(head, words, printers)) == keccak256(before)) continue;
            words[word].left = words[word].serials & ~uint256(1);
            _refuse(head, words, printers);
        }
        for (uint32 at; at < 4; ++at) {
            _same(licenses.redeemedSerials(license, at), 0, "nothing is spent");
        }
    }

    /// @dev A word counted to the printer or the window of its neighbour is another token.
    function test_a_word_stays_with_its_printer_and_window() external {
        license = _granted(1024);
        for (uint256 change; change < 4; ++change) {
            (IRedemption.TokenWord[] memory words, IRedemption.PrinterTokens[] memory printers) =
                _pooled(issuer);
            if (change == 0) (printers[0].count, printers[1].count) = (1, 2);
            if (change == 1) (printers[1].count, printers[2].count) = (0, 2);
            if (change == 2) (printers[1], printers[2]) = (printers[2], printers[1]);
            if (change == 3) (words[1], words[2]) = (words[2], words[1]);
            _refuse(_head(), words, printers);
        }
    }

    // -------------------------------------------------------------- internal

    function _refuse(
        IRedemption.TokenHead memory head,
        IRedemption.TokenWord[] memory words,
        IRedemption.PrinterTokens[] memory printers
    ) private {
        CHEATS.prank(issuer);
        (bool done, bytes memory problem) =
            address(licenses).call(abi.encodeCall(licenses.redeemTokens, (head, words, printers)));
        _check(!done, "a changed token was redeemed");
        bytes4 why = bytes4(problem);
        // Which it is depends on whom the changed token recovers to, and on where it stands.
        bool unsigned =
            why == ILicenses.NotIssuer.selector || why == ISignedActions.BadSignature.selector;
        bool twice = why == IRedemption.SerialAlreadySpent.selector;
        bool nobody = why == IRedemption.PrinterNotNamed.selector;
        _check(unsigned || twice || nobody, "refused for another reason");
    }

    function _together(uint256 number, address signer, Case memory c)
        private
        returns (bytes memory)
    {
        license = number;
        (IRedemption.TokenWord[] memory words, IRedemption.PrinterTokens[] memory printers) =
            _signedBy(signer, c);
        for (uint256 at; at < 4; ++at) {
            words[at].left = c.serials[at] ^ c.take[at];
        }
        return abi.encodeCall(licenses.redeemTokens, (_head(), words, printers));
    }

    function _alone(uint256 number, address signer, Case memory c)
        private
        returns (bytes memory)
    {
        license = number;
        (IRedemption.TokenWord[] memory words, IRedemption.PrinterTokens[] memory printers) =
            _signedBy(signer, c);
        bytes[] memory calls = new bytes[](4);
        for (uint256 at; at < 4; ++at) {
            IRedemption.PrinterTokens memory group = printers[at == 0 ? 0 : at - 1];
            IRedemption.PrintToken memory token = _tokenOf(group, words[at]);
            bytes memory signature = _signature(signer, _digestOf(group, words[at]));
            calls[at] = abi.encodeCall(licenses.redeem, (token, signature, c.take[at]));
        }
        return abi.encodeCall(licenses.batch, (calls, true));
    }

    function _signedBy(address signer, Case memory c)
        private
        view
        returns (
            IRedemption.TokenWord[] memory words,
            IRedemption.PrinterTokens[] memory printers
        )
    {
        (words, printers) = _pooled(signer);
        if (c.sender % 3 == 0) printers[1].printer = printer;
        for (uint256 at; at < 4; ++at) {
            (words[at].word, words[at].serials) = (c.word[at], c.serials[at]);
            _sign(printers[at == 0 ? 0 : at - 1], words[at], signer);
        }
    }

    function _who(uint8 pick) private view returns (address) {
        if (pick % 16 == 0) return stranger;
        if (pick % 4 == 1) return printer;
        if (pick % 4 == 2) return owner;
        return issuer;
    }
}
