// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IRedemption} from "../../src/interfaces/licenses/IRedemption.sol";
import {Base} from "./Base.sol";
import {CHEATS} from "./Cheats.sol";

/// @title Tokens of two printers that are redeemed together.
abstract contract PoolBase is Base {
    bytes32 internal constant JOB = keccak256("a slice");

    address internal another;
    uint256 internal license;

    function setUp() public virtual override {
        super.setUp();
        another = _account("another printer");
    }

    function _head() internal view returns (IRedemption.TokenHead memory) {
        return IRedemption.TokenHead(DESIGN, license, JOB);
    }

    /// @dev Four full words: two of one printer, one of another in a window of its own, and one of
    ///      the first in that other window too.
    function _pooled(address signer)
        internal
        view
        returns (
            IRedemption.TokenWord[] memory words,
            IRedemption.PrinterTokens[] memory printers
        )
    {
        printers = new IRedemption.PrinterTokens[](3);
        printers[0] = IRedemption.PrinterTokens(printer, START - DAY, START + 60 * DAY, 2);
        printers[1] = IRedemption.PrinterTokens(another, START - HOUR, START + 30 * DAY, 1);
        printers[2] = IRedemption.PrinterTokens(printer, START, START + 31 * DAY, 1);
        words = new IRedemption.TokenWord[](4);
        for (uint32 word; word < 4; ++word) {
            (words[word].word, words[word].serials) = (word, type(uint256).max);
            _sign(printers[word == 0 ? 0 : word - 1], words[word], signer);
        }
    }

    function _tokenOf(
        IRedemption.PrinterTokens memory group,
        IRedemption.TokenWord memory one
    ) internal view returns (IRedemption.PrintToken memory) {
        return IRedemption.PrintToken(
            DESIGN,
            license,
            group.printer,
            one.word,
            one.serials,
            group.notBefore,
            group.deadline,
            JOB
        );
    }

    function _digestOf(
        IRedemption.PrinterTokens memory group,
        IRedemption.TokenWord memory one
    ) internal view returns (bytes32) {
        return licenses.tokenDigest(_tokenOf(group, one));
    }

    /// @dev EIP-2098: the highest bit of s, which is always 0, says which of two keys it was.
    function _sign(
        IRedemption.PrinterTokens memory group,
        IRedemption.TokenWord memory one,
        address signer
    ) internal view {
        (uint8 v, bytes32 r, bytes32 s) =
            CHEATS.sign(secretOf[signer], _digestOf(group, one));
        (one.r, one.vs) = (r, bytes32(uint256(s) | (uint256(v - 27) << 255)));
    }
}
