// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IOffers} from "../../src/interfaces/licenses/IOffers.sol";
import {IRedemption} from "../../src/interfaces/licenses/IRedemption.sol";
import {TestCurrency} from "../TestCurrency.sol";
import {CHEATS} from "./Cheats.sol";
import {RegistryBase} from "./RegistryBase.sol";

/// @title Any design sold in any currency, printed and settled.
abstract contract MarketBase is RegistryBase {
    uint256 internal constant RICH = 1e30;

    TestCurrency internal currency;

    function setUp() public virtual override {
        super.setUp();
        currency = TestCurrency(_deploy("TestCurrency.sol:TestCurrency", ""));
        currency.mint(center, RICH);
        CHEATS.prank(center);
        currency.approve(address(licenses), type(uint256).max);
    }

    /// @dev An offer of a design, opened by its owner: for 90 days and a day of grace.
    function _offered(bytes32 design, address money, uint96 price)
        internal
        returns (IOffers.Offer memory terms)
    {
        terms = _terms();
        (terms.design, terms.currency, terms.price) = (design, money, price);
        address holder = registry.ownerOf(uint256(design));
        CHEATS.prank(holder);
        licenses.openOffer(terms);
    }

    function _sold(bytes32 design, address money, uint96 price, uint32 quota)
        internal
        returns (uint256 license)
    {
        IOffers.Offer memory terms = _offered(design, money, price);
        uint256 due = money == NATIVE ? uint256(price) * quota : 0;
        CHEATS.prank(center);
        license = licenses.buy{value: due}(terms, quota);
    }

    /// @dev Redeems serials of a word, with a token of the design's owner.
    function _print(bytes32 design, uint256 license, uint32 word, uint256 serials) internal {
        IRedemption.PrintToken memory token = _token(license);
        (token.design, token.word, token.serials) = (design, word, serials);
        bytes memory signature = _signed(token, registry.ownerOf(uint256(design)));
        CHEATS.prank(printer);
        licenses.redeem(token, signature, serials);
    }

    /// @dev Sells up to 256 prints of a design, prints and settles them all.
    function _earned(bytes32 design, address money, uint96 price, uint32 prints)
        internal
        returns (uint256 license)
    {
        license = _sold(design, money, price, prints);
        _print(design, license, 0, _heldBy(prints, 0));
        _same(licenses.settle(design, license, 0, 1), prints, "all are settled");
    }

    /// @dev What a test does to a contract, and the exact error that it must end with.
    function _refusedCall(address who, uint256 value, bytes memory data, bytes memory problem)
        internal
    {
        CHEATS.prank(who);
        (bool done, bytes memory answer) = address(licenses).call{value: value}(data);
        _check(!done, "it went through");
        CHEATS.assertEq(keccak256(answer), keccak256(problem), "refused for another reason");
    }
}
