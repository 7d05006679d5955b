// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IDesignRegistry} from "../../src/interfaces/IDesignRegistry.sol";
import {IPledges} from "../../src/interfaces/IPledges.sol";
import {CHEATS} from "../base/Cheats.sol";
import {CrisisBase} from "../base/CrisisBase.sol";

/// @title pledge and pledgeOf; the outline is in Pledging.tree.
contract PledgingTest is CrisisBase {
    // ------------------------------------------------------------------- who

    function test_a_pledge_is_kept_and_announced() external {
        IPledges.Terms memory terms = _generous();
        CHEATS.expectEmit(address(pledges));
        emit IPledges.DesignPledged(
            DESIGN,
            council,
            owner,
            terms.until,
            terms.maxDuration,
            terms.quotaPerLicense,
            terms.quotaInAll,
            terms.document
        );
        CHEATS.prank(owner);
        pledges.pledge(DESIGN, council, terms);
        _kept(terms, 0);
    }

    function test_only_the_owner_pledges() external {
        IPledges.Terms memory terms = _generous();
        _refused(issuer, abi.encodeWithSelector(IPledges.NotDesignOwner.selector, DESIGN, issuer));
        pledges.pledge(DESIGN, council, terms);
    }

    function test_an_unknown_design_is_not_pledged() external {
        bytes32 unknown = keccak256("not registered");
        IPledges.Terms memory terms = _generous();
        _refused(
            owner, abi.encodeWithSelector(IDesignRegistry.DesignNotFound.selector, unknown)
        );
        pledges.pledge(unknown, council, terms);
    }

    function test_nothing_is_pledged_to_nobody() external {
        IPledges.Terms memory terms = _generous();
        _refused(owner, abi.encodeWithSelector(IPledges.CouncilMissing.selector, DESIGN));
        pledges.pledge(DESIGN, address(0), terms);
    }

    function test_one_design_can_be_pledged_to_two_councils() external {
        IPledges.Terms memory terms = _pledged();
        CHEATS.prank(owner);
        pledges.pledge(DESIGN, stranger, terms);
        _same(pledges.pledgeOf(DESIGN, stranger).until, terms.until, "second council");
        _kept(terms, 0);
    }

    function test_what_was_never_pledged_is_zero() external view {
        _same(pledges.pledgeOf(DESIGN, council).until, 0, "until");
    }

    // ----------------------------------------------------------------- terms

    function test_a_pledge_ends_after_now_and_within_ten_years() external {
        IPledges.Terms memory terms = _generous();
        uint40 longest = pledges.LONGEST_PLEDGE();
        terms.until = START;
        _refusedTerms(terms, abi.encodeWithSelector(IPledges.PledgeWindowInvalid.selector, START));
        terms.until = START + longest + 1;
        _refusedTerms(
            terms, abi.encodeWithSelector(IPledges.PledgeWindowInvalid.selector, terms.until)
        );
        terms.until = START + longest;
        CHEATS.prank(owner);
        pledges.pledge(DESIGN, council, terms);
    }

    function test_a_license_lasts_a_second_to_a_year() external {
        IPledges.Terms memory terms = _generous();
        uint40 longest = pledges.LONGEST_CRISIS();
        bytes4 problem = IPledges.PledgeDurationInvalid.selector;
        terms.maxDuration = 0;
        _refusedTerms(terms, abi.encodeWithSelector(problem, 0));
        terms.maxDuration = longest + 1;
        _refusedTerms(terms, abi.encodeWithSelector(problem, longest + 1));
        terms.maxDuration = longest;
        CHEATS.prank(owner);
        pledges.pledge(DESIGN, council, terms);
    }

    function test_a_license_has_a_print_at_least_and_not_more_than_all() external {
        IPledges.Terms memory terms = _generous();
        bytes4 problem = IPledges.PledgeQuotaInvalid.selector;
        terms.quotaPerLicense = 0;
        _refusedTerms(terms, abi.encodeWithSelector(problem, 0, 100));
        terms.quotaPerLicense = 101;
        _refusedTerms(terms, abi.encodeWithSelector(problem, 101, 100));
        terms.quotaPerLicense = 100;
        CHEATS.prank(owner);
        pledges.pledge(DESIGN, council, terms);
    }

    function test_a_pledge_names_its_document() external {
        IPledges.Terms memory terms = _generous();
        terms.document = 0;
        _refusedTerms(
            terms, abi.encodeWithSelector(IPledges.PledgeDocumentMissing.selector, DESIGN)
        );
    }

    // ------------------------------------------------------------- it binds

    function test_a_pledge_that_binds_is_never_made_smaller() external {
        IPledges.Terms memory first = _pledged();
        bytes memory problem = abi.encodeWithSelector(
            IPledges.PledgeBinds.selector, DESIGN, council, first.until
        );
        IPledges.Terms memory less = _generous();
        less.until = first.until - 1;
        _refusedTerms(less, problem);
        less = _generous();
        less.maxDuration = first.maxDuration - 1;
        _refusedTerms(less, problem);
        less = _generous();
        less.quotaPerLicense = first.quotaPerLicense - 1;
        _refusedTerms(less, problem);
        less = _generous();
        less.quotaInAll = first.quotaInAll - 1;
        _refusedTerms(less, problem);
        less = _generous();
        less.document = keccak256("another document");
        _refusedTerms(less, problem);
        _kept(first, 0);
    }

    function test_a_pledge_that_binds_can_become_more_generous() external {
        _pledged();
        uint256 crisis = _declared();
        pledges.admit(1, DESIGN, crisis, center, 40);
        IPledges.Terms memory more = _generous();
        more.until += 1;
        more.maxDuration += 1;
        more.quotaPerLicense += 1;
        more.quotaInAll += 1;
        CHEATS.prank(owner);
        pledges.pledge(DESIGN, council, more);
        _kept(more, 40);
    }

    function test_a_pledge_goes_with_the_design() external {
        IPledges.Terms memory terms = _pledged();
        CHEATS.prank(owner);
        registry.transferFrom(owner, stranger, uint256(DESIGN));
        _kept(terms, 0);
        _refused(owner, abi.encodeWithSelector(IPledges.NotDesignOwner.selector, DESIGN, owner));
        pledges.pledge(DESIGN, council, terms);
        terms.quotaInAll -= 1;
        _refused(
            stranger,
            abi.encodeWithSelector(IPledges.PledgeBinds.selector, DESIGN, council, terms.until)
        );
        pledges.pledge(DESIGN, council, terms);
        terms.quotaInAll += 2;
        CHEATS.prank(stranger);
        pledges.pledge(DESIGN, council, terms);
        _kept(terms, 0);
    }

    function test_a_pledge_made_after_the_last_one_counts_from_zero() external {
        IPledges.Terms memory first = _pledged();
        pledges.admit(1, DESIGN, _declared(), center, 40);
        _pass(first.until);
        IPledges.Terms memory less = _generous();
        less.maxDuration = DAY;
        (less.quotaPerLicense, less.quotaInAll) = (1, 2);
        less.document = keccak256("another document");
        CHEATS.prank(owner);
        pledges.pledge(DESIGN, council, less);
        _kept(less, 0);
    }

    // -------------------------------------------------------------- internal

    function _kept(IPledges.Terms memory terms, uint32 taken) private view {
        IPledges.Pledge memory kept = pledges.pledgeOf(DESIGN, council);
        _same(kept.until, terms.until, "until");
        _same(kept.maxDuration, terms.maxDuration, "maxDuration");
        _same(kept.quotaPerLicense, terms.quotaPerLicense, "quotaPerLicense");
        _same(kept.quotaInAll, terms.quotaInAll, "quotaInAll");
        _same(kept.taken, taken, "taken");
        CHEATS.assertEq(kept.document, terms.document, "document");
    }

    function _refusedTerms(IPledges.Terms memory terms, bytes memory problem) private {
        _refused(owner, problem);
        pledges.pledge(DESIGN, council, terms);
    }
}
