// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {Base} from "../base/Base.sol";
import {CHEATS} from "../base/Cheats.sol";
import {Handler} from "./Handler.sol";

/// @title What suites of laws share: the actions that forge calls at random, and when a run counts.
abstract contract LawsBase is Base {
    /// @dev What a run of 100 calls and more must bring about.
    uint256 private constant LEAST = 20;
    /// @dev Where Escrow keeps `_accounted`, which no function shows.
    uint256 private constant ACCOUNTED_SLOT = 7;
    uint256 internal constant WORDS = 4;
    uint256 internal constant WHOLE = 10_000;

    Handler internal cast;
    address internal currency;

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function setUp() public virtual override {
        cast = new Handler();
        (licenses, registry, currency) = cast.contracts();
    }

    function targetContracts() external view returns (address[] memory list) {
        list = new address[](1);
        list[0] = address(cast);
    }

    /// @notice What forge calls at random: the actions, and nothing else. Twice: what the others need.
    function targetSelectors() external view returns (FuzzSelector[] memory list) {
        bytes4[25] memory actions = [
            cast.centerBuys.selector,
            cast.centerBuys.selector,
            cast.printerRedeems.selector,
            cast.printerRedeems.selector,
            cast.anyoneSettles.selector,
            cast.designerLifts.selector,
            cast.designerGrants.selector,
            cast.designerRevokes.selector,
            cast.designerWithdraws.selector,
            cast.designerSells.selector,
            cast.designerDerives.selector,
            cast.designerRecalls.selector,
            cast.centerTakesInCrisis.selector,
            cast.centerRefunds.selector,
            cast.centerTransfers.selector,
            cast.centerSublicenses.selector,
            cast.printerRedeemsWords.selector,
            cast.printerRedeemsBatch.selector,
            cast.issuerVoids.selector,
            cast.anyonePassesUp.selector,
            cast.timePasses.selector,
            cast.thiefTakes.selector,
            cast.neighbourTakes.selector,
            cast.thiefRedeems.selector,
            cast.thiefComesLate.selector
        ];
        list = new FuzzSelector[](1);
        list[0] = FuzzSelector(address(cast), new bytes4[](26));
        for (uint256 index; index < 25; ++index) {
            list[0].selectors[index] = actions[index];
        }
        list[0].selectors[25] = cast.thiefTakesInCrisis.selector;
    }

    /// @notice A run in which next to nothing happened proves nothing, so it fails.
    function afterInvariant() external view {
        _check(cast.successes() >= LEAST, "almost nothing succeeded");
        _check(cast.refusals() >= 3, "hardly a thief came");
        _check(cast.tries("buy") < LEAST / 2 || cast.times("buy") != 0, "no purchase succeeded");
        _check(
            cast.tries("redeem") < LEAST || cast.times("redeem") != 0, "no redemption succeeded"
        );
    }

    function _accounted(uint256 license, uint256 word) internal view returns (uint256) {
        bytes32 outer = keccak256(abi.encode(license, ACCOUNTED_SLOT));
        return uint256(CHEATS.load(address(licenses), keccak256(abi.encode(word, outer))));
    }
}
