// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {DesignRegistry} from "./DesignRegistry.sol";
import {Batch} from "./base/Batch.sol";
import {IPrintLicenses} from "./interfaces/IPrintLicenses.sol";
import {LicenseBook} from "./licenses/LicenseBook.sol";
import {Offers} from "./licenses/Offers.sol";
import {Passing} from "./licenses/Passing.sol";
import {Redemption} from "./licenses/Redemption.sol";
import {Voids} from "./licenses/Voids.sol";

/// @title Licenses to print a design a number of times, and the money that goes with them.
/// @notice See IPrintLicenses. Each part is a contract of its own in `licenses/`.
contract PrintLicenses is Offers, Redemption, Voids, Passing, Batch, IPrintLicenses {
    /// @param registry The registry of designs.
    constructor(DesignRegistry registry) LicenseBook(registry) {}
}
