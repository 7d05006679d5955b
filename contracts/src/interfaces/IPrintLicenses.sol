// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IBatch} from "./IBatch.sol";
import {ISignedActions} from "./ISignedActions.sol";
import {IEscrow} from "./licenses/IEscrow.sol";
import {IGrants} from "./licenses/IGrants.sol";
import {ILicenses} from "./licenses/ILicenses.sol";
import {IOffers} from "./licenses/IOffers.sol";
import {IPassing} from "./licenses/IPassing.sol";
import {IPayments} from "./licenses/IPayments.sol";
import {IRedemption} from "./licenses/IRedemption.sol";
import {IRoyalties} from "./licenses/IRoyalties.sol";
import {IVoids} from "./licenses/IVoids.sol";

/// @title Licenses to print a design a number of times, and the money that goes with them.
/// @notice Nobody can pause, upgrade or drain this contract. Its parts are each an interface.
interface IPrintLicenses is
    IVoids,
    IEscrow,
    IRoyalties,
    IRedemption,
    IGrants,
    IPassing,
    IOffers,
    ILicenses,
    ISignedActions,
    IPayments,
    IBatch
{}
