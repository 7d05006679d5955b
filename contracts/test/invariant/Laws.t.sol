// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {LawsBase} from "./LawsBase.sol";

/// @title The laws of serials and of lineage, after every call of a random sequence.
contract LawsTest is LawsBase {
    /// @dev Spent, voided and accounted bits at the last look, to see that none is ever cleared.
    mapping(bytes32 place => uint256) private seen;
    mapping(bytes32 design => bytes32) private lineage;

    /// @notice A license has the serials that it was given, one for each that was voided, less
    ///         what was passed on. Each of them is spent, or lives until the license expires: no
    ///         other is spent, only what was redeemed, and only what is spent is voided.
    function invariant_serials_are_spent_or_left() external view {
        for (uint256 license = 1; license <= cast.numbers(); ++license) {
            (bytes32 design,,) = cast.designOf(license);
            (uint256 given, uint256 passed, uint256 voidings) = cast.serialsOf(license);
            uint256 quota = licenses.licenseOf(design, license).quota;
            _same(quota, given + voidings - passed, "quota");
            _same(licenses.tallyOf(license).voided, voidings, "voided");
            uint256 spent;
            uint256 left;
            uint256 gone;
            for (uint32 word; word <= WORDS; ++word) {
                uint256 bits = licenses.redeemedSerials(license, word);
                uint256 voided = licenses.serialsVoided(license, word);
                (uint256 known, uint256 failed) = cast.wordOf(license, word);
                _same(bits, known, "exactly what was redeemed is spent");
                _same(voided, failed, "exactly what failed is voided");
                _same(voided & ~bits, 0, "what is voided stays spent");
                spent += _bits(bits);
                left += _bits(_heldBy(quota, word) & ~bits);
                gone += _bits(voided);
            }
            _same(spent + left, quota, "spent + left = granted");
            _same(gone, voidings, "each failure is replaced once");
        }
    }

    /// @notice No bit is ever cleared: neither of spent serials nor of voided or accounted ones.
    function invariant_bits_only_grow() external {
        for (uint256 license = 1; license <= cast.numbers(); ++license) {
            for (uint32 word; word < WORDS; ++word) {
                _grown("spent", license, word, licenses.redeemedSerials(license, word));
                _grown("voided", license, word, licenses.serialsVoided(license, word));
                _grown("accounted", license, word, _accounted(license, word));
            }
        }
    }

    /// @notice A design's parents are older than it and never change: so no design is above itself.
    function invariant_lineage_has_no_circles() external {
        uint256 count = cast.numberOfDesigns();
        for (uint256 index; index < count; ++index) {
            bytes32 design = cast.designs(index);
            bytes32[] memory above = registry.ancestorsOf(design);
            for (uint256 step; step < above.length; ++step) {
                bool older;
                for (uint256 earlier; earlier < index; ++earlier) {
                    older = older || cast.designs(earlier) == above[step];
                }
                _check(older, "an ancestor is not older");
            }
            (bytes32[] memory parents, uint16[] memory shares) = registry.parentsOf(design);
            bytes32 print = keccak256(abi.encode(parents, shares));
            if (lineage[design] != 0) _check(lineage[design] == print, "lineage changed");
            lineage[design] = print;
        }
    }

    function _grown(bytes32 kind, uint256 license, uint256 word, uint256 bits) private {
        bytes32 place = keccak256(abi.encode(kind, license, word));
        _same(seen[place] & ~bits, 0, "a bit was cleared");
        seen[place] = bits;
    }
}
