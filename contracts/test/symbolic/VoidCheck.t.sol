// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {DesignRegistry} from "../../src/DesignRegistry.sol";
import {PrintLicenses} from "../../src/PrintLicenses.sol";
import {IOffers} from "../../src/interfaces/licenses/IOffers.sol";
import {CHEATS} from "../base/Cheats.sol";

/// @title Symbolic tests of voids: every set of prints, of settled and of failed ones among them.
/// @dev As in MoneyCheck, spent serials are put into storage as if redeemed.
contract VoidCheck {
    bytes32 private constant DESIGN = keccak256("a design");
    address private constant OWNER = address(0x1001);
    address private constant CENTER = address(0x1003);
    uint256 private constant NOW = 1_800_000_000;
    uint256 private constant LICENSE = 1;
    uint256 private constant SPENT_SLOT = 6;
    uint32 private constant QUOTA = 4;
    uint96 private constant PRICE = 5;

    DesignRegistry private registry;
    PrintLicenses private licenses;

    function setUp() external {
        CHEATS.warp(NOW);
        registry = new DesignRegistry(0);
        licenses = new PrintLicenses(registry);
        CHEATS.prank(OWNER);
        registry.register(DESIGN, keccak256("metadata"));
        _bought();
    }

    /// @custom:halmos --loop 9
    /// @notice Whatever was printed, settled and voided in between: in the end each print that was
    ///         paid for is earned or refunded, once, and nothing stays in escrow.
    function check_voids_make_and_lose_no_money(
        uint256 printed,
        uint256 failed,
        uint256 replaced,
        bool settled
    ) external {
        CHEATS.assume(printed < 1 << QUOTA);
        _spend(printed);
        if (settled) _settle();
        if (!_void(failed)) return;
        CHEATS.assume(replaced & printed == printed);
        CHEATS.assume(replaced < 1 << licenses.licenseOf(DESIGN, LICENSE).quota);
        _spend(replaced);
        CHEATS.warp(NOW + 1);
        _settle();
        _refund();
        uint256 earned = licenses.tallyOf(LICENSE).earned;
        uint256 refunded = licenses.tallyOf(LICENSE).refunded;
        assert(earned + refunded == QUOTA);
        assert(address(licenses).balance == earned * PRICE);
        assert(licenses.earningsOf(DESIGN, address(0)) == earned * PRICE);
    }

    /// @custom:halmos --loop 9
    /// @notice Only what is spent and was not voided is voided, by the owner or an issuer, and as
    ///         many serials come at the end; the spent ones stay.
    function check_only_spent_serials_are_voided_and_once(
        address sender,
        uint256 printed,
        uint256 failed,
        uint256 again
    ) external {
        CHEATS.assume(printed < 1 << QUOTA);
        _spend(printed);
        if (!_void(failed)) return;
        uint256 quota = licenses.licenseOf(DESIGN, LICENSE).quota;
        CHEATS.prank(sender);
        (bool done,) = address(licenses)
            .call(abi.encodeCall(licenses.voidPrints, (DESIGN, LICENSE, 0, again, DESIGN)));
        assert(failed != 0 && failed & ~printed == 0);
        assert(quota > QUOTA);
        assert(licenses.redeemedSerials(LICENSE, 0) == printed);
        if (!done) return;
        assert(sender == OWNER);
        assert(again & failed == 0 && again & ~printed == 0);
    }

    function _bought() private {
        IOffers.Offer memory terms;
        (terms.design, terms.price, terms.duration) = (DESIGN, PRICE, 1);
        (terms.opens, terms.closes) = (uint40(NOW), uint40(NOW + 1));
        (terms.minQuota, terms.maxQuota) = (1, QUOTA);
        CHEATS.prank(OWNER);
        licenses.openOffer(terms);
        CHEATS.deal(CENTER, uint256(PRICE) * QUOTA);
        CHEATS.prank(CENTER);
        licenses.buy{value: uint256(PRICE) * QUOTA}(terms, QUOTA);
    }

    function _spend(uint256 printed) private {
        bytes32 outer = keccak256(abi.encode(LICENSE, SPENT_SLOT));
        bytes32 slot = keccak256(abi.encode(uint256(0), outer));
        CHEATS.store(address(licenses), slot, bytes32(printed));
    }

    function _void(uint256 failed) private returns (bool done) {
        CHEATS.prank(OWNER);
        (done,) = address(licenses)
            .call(abi.encodeCall(licenses.voidPrints, (DESIGN, LICENSE, 0, failed, DESIGN)));
    }

    function _settle() private {
        (bool done,) = address(licenses)
            .call(abi.encodeCall(licenses.settle, (DESIGN, LICENSE, 0, 1)));
        done;
    }

    function _refund() private {
        CHEATS.prank(CENTER);
        (bool done,) = address(licenses)
            .call(abi.encodeCall(licenses.refund, (DESIGN, LICENSE, 0, 1)));
        done;
    }
}
