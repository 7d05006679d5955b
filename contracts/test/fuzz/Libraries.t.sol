// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ILicenses} from "../../src/interfaces/licenses/ILicenses.sol";
import {Base} from "../base/Base.sol";

interface Harness {
    function count(uint256 bits) external pure returns (uint256);
    function held(uint256 quota, uint256 word) external pure returns (uint256);
    function first(uint256 mask, uint256 word) external pure returns (uint256);
    function wordsOf(uint256 quota) external pure returns (uint256);
    function roundTrip(address licensee, uint32 quota, uint40 expiry, uint16 grace)
        external
        pure
        returns (ILicenses.License memory);
    function revokedNow(uint256 slot)
        external
        view
        returns (ILicenses.License memory before, ILicenses.License memory later);
}

/// @title The arithmetic of serials and slots beside the slow and plain way to do it.
contract LibrariesTest is Base {
    Harness private lib;

    function setUp() public override {
        _pass(START);
        lib = Harness(_deploy("LibraryHarness.sol:LibraryHarness", ""));
    }

    function testFuzz_count_is_the_number_of_bits(uint256 bits) external view {
        _same(lib.count(bits), _bits(bits), "any word");
        _same(lib.count(~bits), 256 - lib.count(bits), "its complement");
    }

    function test_count_at_the_edges() external view {
        _same(lib.count(0), 0, "none");
        _same(lib.count(type(uint256).max), 256, "all");
        for (uint256 place; place < 256; ++place) {
            _same(lib.count(1 << place), 1, "one");
            _same(lib.count(type(uint256).max ^ (1 << place)), 255, "all but one");
        }
    }

    function testFuzz_held_is_below_the_quota(uint32 quota, uint32 word, uint8 place)
        external
        view
    {
        word = uint32(_within(word, 0, uint256(quota) / 256 + 1));
        bool isHeld = lib.held(quota, word) >> place & 1 == 1;
        _check(isHeld == (uint256(word) * 256 + place < quota), "held");
        _check((word < lib.wordsOf(quota)) == (lib.held(quota, word) != 0), "words");
    }

    function testFuzz_first_is_the_lowest(uint256 mask, uint32 word, uint8 place) external view {
        mask = (mask | 1) << place;
        _same(lib.first(mask, word), uint256(word) * 256 + place, "first");
    }

    function testFuzz_packing_keeps_every_field(
        address licensee,
        uint32 quota,
        uint40 expiry,
        uint16 grace
    ) external view {
        ILicenses.License memory shown = lib.roundTrip(licensee, quota, expiry, grace);
        _check(shown.licensee == licensee && shown.quota == quota, "licensee and quota");
        _check(shown.expiry == expiry && shown.grace == grace && shown.flags == 0, "the others");
    }

    function testFuzz_revocation_touches_end_and_flag(uint256 slot, uint40 time) external {
        _pass(time);
        (ILicenses.License memory before, ILicenses.License memory later) =
            lib.revokedNow(slot);
        _check(later.expiry == time && later.flags == before.flags | 1, "changed");
        _check(
            later.licensee == before.licensee && later.quota == before.quota
                && later.grace == before.grace,
            "kept"
        );
    }
}
