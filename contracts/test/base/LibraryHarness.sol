// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ILicenses} from "../../src/interfaces/licenses/ILicenses.sol";
import {Licenses, PackedLicense} from "../../src/libraries/PackedLicense.sol";
import {Serials} from "../../src/libraries/Serials.sol";

/// @title The libraries from outside, in the compiler settings of the deployed contracts.
contract LibraryHarness {
    function count(uint256 bits) external pure returns (uint256) {
        return Serials.count(bits);
    }

    function held(uint256 quota, uint256 word) external pure returns (uint256) {
        return Serials.held(quota, word);
    }

    function first(uint256 mask, uint256 word) external pure returns (uint256) {
        return Serials.first(mask, word);
    }

    function wordsOf(uint256 quota) external pure returns (uint256) {
        return Serials.wordsOf(quota);
    }

    function roundTrip(address licensee, uint32 quota, uint40 expiry, uint16 grace)
        external
        pure
        returns (ILicenses.License memory)
    {
        return Licenses.pack(licensee, quota, expiry, grace, 0).unpack();
    }

    function revokedNow(uint256 slot)
        external
        view
        returns (ILicenses.License memory before, ILicenses.License memory later)
    {
        return (PackedLicense.wrap(slot).unpack(), PackedLicense.wrap(slot).revokedNow().unpack());
    }
}
