// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IDesignRegistry} from "../../src/interfaces/IDesignRegistry.sol";
import {ICrisisPledges} from "../../src/interfaces/ICrisisPledges.sol";
import {IPledges} from "../../src/interfaces/IPledges.sol";
import {IRecalls} from "../../src/interfaces/IRecalls.sol";
import {CHEATS} from "../base/Cheats.sol";
import {CrisisBase} from "../base/CrisisBase.sol";

/// @title admit, mayIssue and the centers of a council; the outline is in Admitting.tree.
/// @dev The test is the licenses contract: it deployed the pledges.
contract AdmittingTest is CrisisBase {
    uint256 private constant LICENSE = 7;

    uint256 private crisis;

    function setUp() public override {
        super.setUp();
        _pledged();
        crisis = _declared();
    }

    // ----------------------------------------------------------------- admit

    function test_a_license_lasts_as_long_as_the_pledge_allows() external {
        _same(pledges.admit(LICENSE, DESIGN, crisis, center, 40), START + 30 * DAY, "expiry");
        _same(pledges.pledgeOf(DESIGN, council).taken, 40, "taken");
        _same(pledges.crisisOfLicense(LICENSE), crisis, "crisis");
    }

    function test_a_license_ends_with_its_crisis() external {
        _pass(START + 31 * DAY);
        _same(pledges.admit(LICENSE, DESIGN, crisis, center, 1), START + 60 * DAY, "expiry");
    }

    function test_only_the_licenses_contract_admits() external {
        CHEATS.assertEq(pledges.licenses(), address(this), "licenses");
        CHEATS.assertEq(pledges.designRegistry(), address(registry), "registry");
        _refused(
            center, abi.encodeWithSelector(ICrisisPledges.NotPrintLicenses.selector, center)
        );
        pledges.admit(LICENSE, DESIGN, crisis, center, 1);
    }

    function test_an_unknown_crisis_admits_nobody() external {
        _no(abi.encodeWithSelector(ICrisisPledges.CrisisNotFound.selector, crisis + 1));
        pledges.admit(LICENSE, DESIGN, crisis + 1, center, 1);
    }

    function test_an_ended_crisis_admits_nobody() external {
        CHEATS.prank(council);
        pledges.end(crisis);
        _no(abi.encodeWithSelector(ICrisisPledges.CrisisOver.selector, crisis, START));
        pledges.admit(LICENSE, DESIGN, crisis, center, 1);
    }

    function test_a_crisis_that_ran_out_admits_nobody() external {
        _pass(START + 60 * DAY - 1);
        pledges.admit(LICENSE, DESIGN, crisis, center, 1);
        _pass(START + 60 * DAY);
        bytes4 problem = ICrisisPledges.CrisisOver.selector;
        _no(abi.encodeWithSelector(problem, crisis, START + 60 * DAY));
        pledges.admit(LICENSE + 1, DESIGN, crisis, center, 1);
    }

    function test_a_design_that_was_pledged_to_another_is_not_admitted() external {
        CHEATS.prank(stranger);
        uint256 other = pledges.declare(REGION, START + DAY, EVIDENCE, signer);
        _no(abi.encodeWithSelector(IPledges.PledgeNotFound.selector, DESIGN, stranger));
        pledges.admit(LICENSE, DESIGN, other, center, 1);
    }

    function test_an_unknown_design_is_not_admitted() external {
        bytes32 unknown = keccak256("not registered");
        _no(abi.encodeWithSelector(IDesignRegistry.DesignNotFound.selector, unknown));
        pledges.admit(LICENSE, unknown, crisis, center, 1);
    }

    function test_a_pledge_that_ran_out_admits_nobody() external {
        _pass(START + 365 * DAY);
        uint256 later = _declared();
        bytes4 problem = IPledges.PledgeOver.selector;
        _no(abi.encodeWithSelector(problem, DESIGN, council, START + 365 * DAY));
        pledges.admit(LICENSE, DESIGN, later, center, 1);
    }

    function test_a_license_can_outlast_its_pledge() external {
        _pass(START + 364 * DAY);
        _same(
            pledges.admit(LICENSE, DESIGN, _declared(), center, 1), START + 394 * DAY, "expiry"
        );
    }

    function test_a_recalled_design_is_not_admitted() external {
        CHEATS.prank(owner);
        registry.recall(DESIGN, REASON);
        _no(abi.encodeWithSelector(IRecalls.Recalled.selector, DESIGN, DESIGN));
        pledges.admit(LICENSE, DESIGN, crisis, center, 1);
    }

    function test_a_design_that_is_not_sold_is_admitted() external {
        CHEATS.prank(owner);
        registry.withdrawFromSale(DESIGN);
        pledges.admit(LICENSE, DESIGN, crisis, center, 1);
    }

    function test_a_sold_design_is_admitted_under_the_pledge_of_its_former_owner() external {
        CHEATS.prank(owner);
        registry.transferFrom(owner, stranger, uint256(DESIGN));
        pledges.admit(LICENSE, DESIGN, crisis, center, 40);
        _same(pledges.pledgeOf(DESIGN, council).taken, 40, "taken");
    }

    // ---------------------------------------------------------------- quotas

    function test_a_license_is_within_the_quota_of_one() external {
        bytes4 problem = IPledges.CrisisQuotaInvalid.selector;
        _no(abi.encodeWithSelector(problem, 0, 40));
        pledges.admit(LICENSE, DESIGN, crisis, center, 0);
        _no(abi.encodeWithSelector(problem, 41, 40));
        pledges.admit(LICENSE, DESIGN, crisis, center, 41);
    }

    function test_all_licenses_are_within_the_quota_of_all_whatever_the_crisis() external {
        pledges.admit(LICENSE, DESIGN, crisis, center, 40);
        uint256 other = _declared();
        pledges.admit(LICENSE + 1, DESIGN, other, center, 40);
        _no(abi.encodeWithSelector(IPledges.PledgeExhausted.selector, 21, 20));
        pledges.admit(LICENSE + 2, DESIGN, other, stranger, 21);
        pledges.admit(LICENSE + 2, DESIGN, other, stranger, 20);
        _no(abi.encodeWithSelector(IPledges.PledgeExhausted.selector, 1, 0));
        pledges.admit(LICENSE + 3, DESIGN, crisis, center, 1);
        _same(pledges.pledgeOf(DESIGN, council).taken, 100, "taken");
    }

    // --------------------------------------------------------------- centers

    function test_any_address_may_take_until_the_council_names_centers() external {
        _check(pledges.mayTake(council, stranger), "nobody named");
        pledges.admit(LICENSE, DESIGN, crisis, stranger, 1);
    }

    function test_only_named_centers_may_take_from_then_on() external {
        CHEATS.expectEmit(address(pledges));
        emit ICrisisPledges.CenterNamed(council, center, true);
        CHEATS.prank(council);
        pledges.nameCenters(_list(center), true);
        pledges.admit(LICENSE, DESIGN, crisis, center, 1);
        bytes4 problem = ICrisisPledges.CenterNotNamed.selector;
        _no(abi.encodeWithSelector(problem, council, stranger));
        pledges.admit(LICENSE + 1, DESIGN, crisis, stranger, 1);
    }

    function test_who_is_named_no_longer_may_not_take() external {
        CHEATS.prank(council);
        pledges.nameCenters(_list(center), true);
        CHEATS.expectEmit(address(pledges));
        emit ICrisisPledges.CenterNamed(council, center, false);
        CHEATS.prank(council);
        pledges.nameCenters(_list(center), false);
        _check(!pledges.mayTake(council, center), "named no longer");
        _check(!pledges.mayTake(council, stranger), "nobody gets in by that");
    }

    function test_a_council_can_close_its_crises_to_all() external {
        CHEATS.prank(council);
        pledges.nameCenters(new address[](0), true);
        _check(!pledges.mayTake(council, center), "closed");
        _check(pledges.mayTake(stranger, center), "another council's are open");
    }

    // -------------------------------------------------------------- mayIssue

    function test_the_signer_of_the_crisis_may_issue_for_its_licenses() external {
        pledges.admit(LICENSE, DESIGN, crisis, center, 1);
        _check(pledges.mayIssue(LICENSE, signer), "signer");
        _check(!pledges.mayIssue(LICENSE, council), "council");
        _check(!pledges.mayIssue(LICENSE, center), "center");
        _check(!pledges.mayIssue(LICENSE + 1, signer), "another license");
    }

    function test_the_signer_may_issue_when_the_crisis_has_ended() external {
        pledges.admit(LICENSE, DESIGN, crisis, center, 1);
        CHEATS.prank(council);
        pledges.end(crisis);
        _check(pledges.mayIssue(LICENSE, signer), "ended");
    }

    function test_a_license_of_no_crisis_has_no_signer() external view {
        _check(!pledges.mayIssue(LICENSE, address(0)), "the zero address");
        _check(!pledges.mayIssue(LICENSE, signer), "a signer");
        _same(pledges.crisisOfLicense(LICENSE), 0, "crisis");
    }

    // -------------------------------------------------------------- internal

    function _no(bytes memory problem) private {
        CHEATS.expectRevert(problem);
    }

    function _list(address who) private pure returns (address[] memory list) {
        list = new address[](1);
        list[0] = who;
    }
}
