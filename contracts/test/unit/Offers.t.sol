// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IDesignRegistry} from "../../src/interfaces/IDesignRegistry.sol";
import {ILicenses} from "../../src/interfaces/licenses/ILicenses.sol";
import {IOffers} from "../../src/interfaces/licenses/IOffers.sol";
import {Base} from "../base/Base.sol";
import {CHEATS} from "../base/Cheats.sol";

/// @title openOffer, closeOffer, hashOffer and offerOpen; the outline is in Offers.tree.
contract OffersTest is Base {
    // ------------------------------------------------------------- openOffer

    function test_the_owner_opens_an_offer() external {
        IOffers.Offer memory t = _terms();
        bytes32 offer = keccak256(abi.encode(t));
        CHEATS.expectEmit(address(licenses));
        _emitOpened(t, offer);
        CHEATS.prank(owner);
        CHEATS.assertEq(licenses.openOffer(t), offer, "hash");
        _check(licenses.offerOpen(offer), "open");
        CHEATS.assertEq(licenses.hashOffer(t), offer, "hashOffer");
    }

    function test_only_the_owner_opens_an_offer() external {
        bytes4 stranger_ = ILicenses.NotDesignOwner.selector;
        _refused(stranger, abi.encodeWithSelector(stranger_, DESIGN, stranger));
        licenses.openOffer(_terms());
        _refused(issuer, abi.encodeWithSelector(stranger_, DESIGN, issuer));
        licenses.openOffer(_terms());
    }

    function test_an_unknown_design_has_no_offers() external {
        IOffers.Offer memory terms = _terms();
        terms.design = REASON;
        _refused(owner, abi.encodeWithSelector(IDesignRegistry.DesignNotFound.selector, REASON));
        licenses.openOffer(terms);
    }

    function test_a_currency_is_native_or_a_contract() external {
        IOffers.Offer memory terms = _terms();
        terms.currency = stranger;
        _refuse(terms, abi.encodeWithSelector(IOffers.CurrencyNotSupported.selector, stranger));
    }

    function test_the_least_quota_is_at_least_one() external {
        IOffers.Offer memory terms = _terms();
        terms.minQuota = 0;
        _refuse(terms, abi.encodeWithSelector(IOffers.QuotaLimitsInvalid.selector, 0, 2000));
    }

    function test_the_least_quota_is_not_above_the_greatest() external {
        IOffers.Offer memory terms = _terms();
        (terms.minQuota, terms.maxQuota) = (6, 5);
        _refuse(terms, abi.encodeWithSelector(IOffers.QuotaLimitsInvalid.selector, 6, 5));
        terms.minQuota = 5;
        CHEATS.prank(owner);
        licenses.openOffer(terms);
    }

    function test_a_license_lasts_a_second_at_least() external {
        IOffers.Offer memory terms = _terms();
        terms.duration = 0;
        _refuse(terms, abi.encodeWithSelector(IOffers.DurationZero.selector));
        terms.duration = 1;
        CHEATS.prank(owner);
        licenses.openOffer(terms);
    }

    function test_a_window_ends_after_it_begins() external {
        IOffers.Offer memory terms = _terms();
        terms.opens = terms.closes;
        _refuse(terms, _window(terms));
        terms.opens = terms.closes - 1;
        CHEATS.prank(owner);
        licenses.openOffer(terms);
    }

    function test_a_window_ends_after_now() external {
        IOffers.Offer memory terms = _terms();
        (terms.opens, terms.closes) = (START - 1, START);
        _refuse(terms, _window(terms));
        terms.closes = START + 1;
        CHEATS.prank(owner);
        licenses.openOffer(terms);
    }

    // ------------------------------------------------------------ closeOffer

    function test_the_owner_closes_an_offer() external {
        IOffers.Offer memory terms = _opened();
        bytes32 offer = keccak256(abi.encode(terms));
        CHEATS.expectEmit(address(licenses));
        emit IOffers.OfferClosed(DESIGN, offer);
        CHEATS.prank(owner);
        licenses.closeOffer(terms);
        _check(!licenses.offerOpen(offer), "closed");
    }

    function test_only_the_owner_closes_an_offer() external {
        IOffers.Offer memory terms = _opened();
        bytes4 problem = ILicenses.NotDesignOwner.selector;
        _refused(stranger, abi.encodeWithSelector(problem, DESIGN, stranger));
        licenses.closeOffer(terms);
    }

    function test_an_offer_is_closed_once() external {
        IOffers.Offer memory terms = _opened();
        CHEATS.prank(owner);
        licenses.closeOffer(terms);
        bytes32 offer = keccak256(abi.encode(terms));
        _refused(owner, abi.encodeWithSelector(IOffers.OfferNotOpen.selector, offer));
        licenses.closeOffer(terms);
    }

    function test_a_later_owner_closes_what_a_former_one_opened() external {
        IOffers.Offer memory terms = _opened();
        CHEATS.prank(owner);
        registry.transferFrom(owner, center, uint256(DESIGN));
        bytes4 problem = ILicenses.NotDesignOwner.selector;
        _refused(owner, abi.encodeWithSelector(problem, DESIGN, owner));
        licenses.closeOffer(terms);
        CHEATS.prank(center);
        licenses.closeOffer(terms);
    }

    /// @dev OfferOpened: its data are the terms with the hash in the place of the design. Written
    ///      so because fourteen members are too many for a build without the optimizer.
    function _emitOpened(IOffers.Offer memory terms, bytes32 offer) private {
        bytes memory data = abi.encode(terms);
        (bytes32 topic, bytes32 design) = (IOffers.OfferOpened.selector, terms.design);
        assembly ("memory-safe") {
            mstore(add(data, 32), offer)
            log2(add(data, 32), mload(data), topic, design)
        }
    }

    function _refuse(IOffers.Offer memory terms, bytes memory problem) private {
        _refused(owner, problem);
        licenses.openOffer(terms);
    }

    function _window(IOffers.Offer memory terms) private pure returns (bytes memory) {
        bytes4 problem = IOffers.WindowInvalid.selector;
        return abi.encodeWithSelector(problem, terms.opens, terms.closes);
    }
}
