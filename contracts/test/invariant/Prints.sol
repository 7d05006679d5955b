// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IRedemption} from "../../src/interfaces/licenses/IRedemption.sol";
import {CHEATS} from "../base/Cheats.sol";
import {Cast} from "./Cast.sol";

/// @title What printers, issuers and anybody do: redemptions, voids, settlements, time.
abstract contract Prints is Cast {
    /// @dev A license grows by its voids; so it stays within the words that are looked at.
    uint256 private constant MOST_SERIALS = 1_000;

    function printerRedeems(uint256 pick, uint256 take, uint8 word, uint8 by) external {
        ++tries["redeem"];
        (uint256 license, uint32 at, uint256 free) = _printable(pick, word);
        if (free == 0) return;
        take = _some(take, free);
        IRedemption.PrintToken memory token = _tokenOf(license, at, free);
        bytes memory signature = _signed(token, _signerOf(license, by));
        CHEATS.prank(printer);
        licenses.redeem(token, signature, take);
        held[license].spent[at] |= take;
        _did("redeem");
    }

    /// @dev All free serials of up to two words in one call: the second for another printer, in
    ///      another window, where the signer sends them.
    function printerRedeemsWords(uint256 pick, uint8 word, uint8 by) external {
        (uint256 license, uint32 at, uint256 free) = _printable(pick, word);
        if (free == 0) return;
        uint32 next = (at + 1) % uint32(WORDS);
        uint256 more = _free(license, next);
        address signer = _signerOf(license, by);
        bool both = by % 2 == 0 && more != 0;
        IRedemption.TokenWord[] memory words = new IRedemption.TokenWord[](more == 0 ? 1 : 2);
        IRedemption.PrinterTokens[] memory printers =
            new IRedemption.PrinterTokens[](both ? 2 : 1);
        IRedemption.PrintToken memory token = _tokenOf(license, at, free);
        words[0] = _word(token, signer);
        printers[0] = IRedemption.PrinterTokens(
            printer, token.notBefore, token.deadline, uint32(both ? 1 : words.length)
        );
        if (more != 0) {
            IRedemption.PrintToken memory second = _tokenOf(license, next, more);
            if (both) (second.printer, second.notBefore) = (stranger, second.notBefore - HOUR);
            words[1] = _word(second, signer);
            if (both) {
                printers[1] = IRedemption.PrinterTokens(
                    second.printer, second.notBefore, second.deadline, 1
                );
            }
        }
        IRedemption.TokenHead memory head =
            IRedemption.TokenHead(token.design, license, token.job);
        bytes memory call = abi.encodeCall(licenses.redeemTokens, (head, words, printers));
        if (both) _mustFail(printer, call);
        CHEATS.prank(both ? signer : printer);
        licenses.redeemTokens(head, words, printers);
        held[license].spent[at] |= free;
        held[license].spent[next] |= more;
        _did("words");
    }

    /// @dev Item by item: the second is the first again, and must be left out.
    function printerRedeemsBatch(uint256 pick, uint256 take, uint8 word, uint8 by) external {
        (uint256 license, uint32 at, uint256 free) = _printable(pick, word);
        if (free == 0) return;
        take = _some(take, free);
        IRedemption.PrintToken memory token = _tokenOf(license, at, free);
        bytes memory signature = _signed(token, _signerOf(license, by));
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(licenses.redeem, (token, signature, take));
        calls[1] = calls[0];
        _mustFail(printer, abi.encodeCall(licenses.batch, (calls, true)));
        CHEATS.prank(printer);
        bytes[] memory results = licenses.batch(calls, false);
        _check(bytes4(results[1]) == IRedemption.SerialAlreadySpent.selector, "spent twice");
        held[license].spent[at] |= take;
        _did("batch");
    }

    function issuerVoids(uint256 pick, uint256 serials, uint8 word) external {
        for (uint256 step; step < numbers * WORDS; ++step) {
            uint256 place = (pick % numbers * WORDS + word % WORDS + step) % (numbers * WORDS);
            (uint256 license, uint32 at) = (place / WORDS + 1, uint32(place % WORDS));
            Held storage it = held[license];
            uint256 open = it.spent[at] & ~it.voided[at];
            if (open == 0) continue;
            uint256 failed = _some(serials, open);
            if (_quota(license) + _bits(failed) > MOST_SERIALS) continue;
            CHEATS.prank(_signerOf(license, uint8(pick % 2)));
            licenses.voidPrints(it.design, license, at, failed, REASON);
            it.voided[at] |= failed;
            it.voidings += uint32(_bits(failed));
            return _did("void");
        }
    }

    /// @dev From a random license on, the first that has something to settle in the words.
    function anyoneSettles(uint256 pick, uint8 first, uint8 words) external {
        (uint32 from, uint32 count) = (first % 4, words % 4 + 1);
        for (uint256 step; step < numbers; ++step) {
            uint256 license = (pick % numbers + step) % numbers + 1;
            Held storage it = held[license];
            CHEATS.prank(stranger);
            (bool done, bytes memory answer) = address(licenses)
                .call(abi.encodeCall(licenses.settle, (it.design, license, from, count)));
            if (!done) continue;
            uint32 prints = abi.decode(answer, (uint32));
            it.earned += prints;
            settled[it.design][it.currency] += uint256(prints) * it.price;
            return _did("settle");
        }
    }

    function anyonePassesUp(uint256 pick, bool native) external {
        CHEATS.prank(stranger);
        uint256 passed =
            licenses.passUp(_anyDesign(pick), native ? NATIVE : address(currency));
        if (passed != 0) _did("pass");
    }

    function timePasses(uint256 minutes_) external {
        _pass(_now() + _within(minutes_, 1, 600) * 60);
    }

    function _word(IRedemption.PrintToken memory token, address signer)
        private
        view
        returns (IRedemption.TokenWord memory one)
    {
        bytes32 digest = licenses.tokenDigest(token);
        (uint8 v, bytes32 r, bytes32 s) = CHEATS.sign(secretOf[signer], digest);
        bytes32 vs = bytes32(uint256(s) | (uint256(v - 27) << 255));
        one = IRedemption.TokenWord(token.word, token.serials, 0, r, vs);
    }
}
