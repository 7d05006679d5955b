// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IDesignRegistry} from "../../src/interfaces/IDesignRegistry.sol";
import {IResale} from "../../src/interfaces/IResale.sol";
import {CHEATS} from "../base/Cheats.sol";
import {RegistryBase} from "../base/RegistryBase.sol";

/// @title setResaleRoyalty and royaltyInfo; see Resale.tree.
contract ResaleTest is RegistryBase {
    function test_a_share_of_the_price_is_reported() external {
        CHEATS.expectEmit(address(registry));
        emit IResale.ResaleRoyaltySet(DESIGN, center, 250);
        CHEATS.prank(owner);
        registry.setResaleRoyalty(DESIGN, center, 250);
        (address receiver, uint256 amount) = registry.royaltyInfo(uint256(DESIGN), 10_039);
        CHEATS.assertEq(receiver, center, "receiver");
        _same(amount, 250, "rounded down");
    }

    function test_the_royalty_is_set_once_for_ever() external {
        CHEATS.prank(owner);
        registry.setResaleRoyalty(DESIGN, center, 0);
        CHEATS.prank(owner);
        registry.transferFrom(owner, stranger, uint256(DESIGN));
        _refused(
            stranger, abi.encodeWithSelector(IResale.ResaleRoyaltyFixed.selector, DESIGN, center)
        );
        registry.setResaleRoyalty(DESIGN, stranger, 1_000);
        (address receiver, uint256 amount) = registry.royaltyInfo(uint256(DESIGN), 10_000);
        CHEATS.assertEq(receiver, center, "receiver stays");
        _same(amount, 0, "share stays");
    }

    function test_a_tenth_is_the_most() external {
        _refused(owner, abi.encodeWithSelector(IResale.ResaleRoyaltyTooHigh.selector, 1_001));
        registry.setResaleRoyalty(DESIGN, center, 1_001);
        CHEATS.prank(owner);
        registry.setResaleRoyalty(DESIGN, center, 1_000);
        (, uint256 amount) = registry.royaltyInfo(uint256(DESIGN), 1 ether);
        _same(amount, 0.1 ether, "a tenth");
    }

    function test_nobody_cannot_receive() external {
        _refused(
            owner, abi.encodeWithSelector(IResale.ResaleReceiverInvalid.selector, address(0))
        );
        registry.setResaleRoyalty(DESIGN, address(0), 1);
    }

    function test_only_the_owner_sets_it() external {
        _refused(
            issuer, abi.encodeWithSelector(IDesignRegistry.NotDesignOwner.selector, DESIGN, issuer)
        );
        registry.setResaleRoyalty(DESIGN, issuer, 1);
    }

    function test_without_one_nothing_is_asked() external view {
        (address receiver, uint256 amount) = registry.royaltyInfo(uint256(DESIGN), 1 ether);
        CHEATS.assertEq(receiver, address(0), "nobody");
        _same(amount, 0, "nothing");
    }
}
