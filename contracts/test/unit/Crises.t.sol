// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ICrisisPledges} from "../../src/interfaces/ICrisisPledges.sol";
import {CHEATS} from "../base/Cheats.sol";
import {CrisisBase} from "../base/CrisisBase.sol";
import {ISignedActions} from "../../src/interfaces/ISignedActions.sol";
import {TestWallet} from "../TestWallet.sol";

/// @title declare, end, their signed forms and the views; the outline is in Crises.tree.
contract CrisesTest is CrisisBase {
    // --------------------------------------------------------------- declare

    function test_a_declared_crisis_is_kept_and_announced() external {
        uint40 until = START + 60 * DAY;
        CHEATS.expectEmit(address(pledges));
        emit ICrisisPledges.CrisisDeclared(1, council, REGION, until, EVIDENCE, signer);
        _same(_declared(), 1, "number");
        ICrisisPledges.Crisis memory kept = pledges.crisisOf(1);
        CHEATS.assertEq(kept.council, council, "council");
        CHEATS.assertEq(kept.signer, signer, "signer");
        _same(kept.until, until, "until");
        _same(kept.ended, 0, "ended");
    }

    function test_crises_are_numbered_one_after_the_other() external {
        _same(_declared(), 1, "first");
        CHEATS.prank(stranger);
        _same(pledges.declare(REGION, START + 1, EVIDENCE, stranger), 2, "another council's");
        _same(_declared(), 3, "third");
    }

    function test_a_crisis_has_a_region_evidence_and_a_signer() external {
        _refused(council, abi.encodeWithSelector(ICrisisPledges.RegionMissing.selector));
        pledges.declare(0, START + DAY, EVIDENCE, signer);
        _refused(council, abi.encodeWithSelector(ICrisisPledges.EvidenceMissing.selector));
        pledges.declare(REGION, START + DAY, 0, signer);
        _refused(council, abi.encodeWithSelector(ICrisisPledges.CrisisSignerMissing.selector));
        pledges.declare(REGION, START + DAY, EVIDENCE, address(0));
    }

    function test_a_crisis_ends_after_now_and_within_a_year() external {
        uint40 latest = START + pledges.LONGEST_CRISIS();
        bytes4 problem = ICrisisPledges.CrisisWindowInvalid.selector;
        _refused(council, abi.encodeWithSelector(problem, START));
        pledges.declare(REGION, START, EVIDENCE, signer);
        _refused(council, abi.encodeWithSelector(problem, latest + 1));
        pledges.declare(REGION, latest + 1, EVIDENCE, signer);
        CHEATS.prank(council);
        pledges.declare(REGION, latest, EVIDENCE, signer);
    }

    function test_an_unknown_crisis_is_not_found() external {
        bytes memory problem =
            abi.encodeWithSelector(ICrisisPledges.CrisisNotFound.selector, 1);
        CHEATS.expectRevert(problem);
        pledges.crisisOf(1);
        _refused(council, problem);
        pledges.end(1);
        CHEATS.expectRevert(problem);
        pledges.endBySig(1, START + DAY, "");
    }

    // ------------------------------------------------------------------- end

    function test_the_council_ends_its_crisis() external {
        uint256 crisis = _declared();
        _pass(START + DAY);
        CHEATS.expectEmit(address(pledges));
        emit ICrisisPledges.CrisisEnded(crisis, council, START + DAY);
        CHEATS.prank(council);
        pledges.end(crisis);
        _same(pledges.crisisOf(crisis).ended, START + DAY, "ended");
        _same(pledges.crisisOf(crisis).until, START + 60 * DAY, "as declared");
    }

    function test_nobody_else_ends_it() external {
        uint256 crisis = _declared();
        bytes4 problem = ICrisisPledges.NotCouncil.selector;
        address[3] memory others = [owner, signer, stranger];
        for (uint256 index = 0; index < others.length; ++index) {
            _refused(others[index], abi.encodeWithSelector(problem, crisis, others[index]));
            pledges.end(crisis);
        }
    }

    function test_what_is_over_is_not_ended_again() external {
        uint256 crisis = _declared();
        uint256 other = _declared();
        CHEATS.prank(council);
        pledges.end(crisis);
        bytes4 problem = ICrisisPledges.CrisisOver.selector;
        _refused(council, abi.encodeWithSelector(problem, crisis, START));
        pledges.end(crisis);
        _pass(START + 60 * DAY);
        _refused(council, abi.encodeWithSelector(problem, other, START + 60 * DAY));
        pledges.end(other);
    }

    // ---------------------------------------------------------- signed forms

    function test_a_council_declares_by_signature() external {
        bytes memory signature = _signature(council, _declaration(council));
        CHEATS.prank(stranger);
        uint256 crisis = _declareBySig(council, signature);
        CHEATS.assertEq(pledges.crisisOf(crisis).council, council, "council");
    }

    function test_a_wallet_of_many_declares_and_ends_by_signature() external {
        address wallet = address(new TestWallet(council, TestWallet.Answer.Honest));
        uint256 crisis = _declareBySig(wallet, _signature(council, _declaration(wallet)));
        CHEATS.assertEq(pledges.crisisOf(crisis).council, wallet, "council");
        pledges.endBySig(crisis, START + DAY, _signature(council, _ending(crisis)));
        _same(pledges.crisisOf(crisis).ended, START, "ended");
    }

    function test_a_declaration_works_once() external {
        bytes32 digest = _declaration(council);
        bytes memory signature = _signature(council, digest);
        _declareBySig(council, signature);
        CHEATS.expectRevert(
            abi.encodeWithSelector(ISignedActions.SignatureSpent.selector, council, digest)
        );
        _declareBySig(council, signature);
    }

    function test_a_cancelled_declaration_does_not_work() external {
        bytes32 digest = _declaration(council);
        CHEATS.prank(council);
        pledges.cancelSignature(digest);
        bytes memory signature = _signature(council, digest);
        CHEATS.expectRevert(
            abi.encodeWithSelector(ISignedActions.SignatureSpent.selector, council, digest)
        );
        _declareBySig(council, signature);
    }

    function test_a_declaration_has_a_deadline() external {
        bytes memory signature = _signature(council, _declaration(council));
        _pass(START + DAY);
        CHEATS.expectRevert(
            abi.encodeWithSelector(ISignedActions.SignatureExpired.selector, START + DAY)
        );
        _declareBySig(council, signature);
    }

    function test_the_signature_of_another_declares_nothing() external {
        bytes memory signature = _signature(stranger, _declaration(council));
        CHEATS.expectRevert(abi.encodeWithSelector(ISignedActions.BadSignature.selector, council));
        _declareBySig(council, signature);
    }

    function test_the_limits_hold_for_a_signed_declaration() external {
        bytes32 digest = _digest(
            keccak256(
                abi.encode(
                    DECLARATION, council, bytes32(0), START, EVIDENCE, signer, SALT, START + DAY
                )
            )
        );
        bytes memory signature = _signature(council, digest);
        CHEATS.expectRevert(abi.encodeWithSelector(ICrisisPledges.RegionMissing.selector));
        pledges.declareBySig(council, 0, START, EVIDENCE, signer, SALT, START + DAY, signature);
    }

    function test_a_council_ends_by_signature() external {
        uint256 crisis = _declared();
        bytes memory signature = _signature(council, _ending(crisis));
        CHEATS.prank(stranger);
        pledges.endBySig(crisis, START + DAY, signature);
        _same(pledges.crisisOf(crisis).ended, START, "ended");
    }

    function test_the_signature_of_another_ends_nothing() external {
        uint256 crisis = _declared();
        bytes memory signature = _signature(signer, _ending(crisis));
        CHEATS.expectRevert(abi.encodeWithSelector(ISignedActions.BadSignature.selector, council));
        pledges.endBySig(crisis, START + DAY, signature);
    }

    function test_a_signature_ends_no_other_crisis() external {
        uint256 crisis = _declared();
        uint256 other = _declared();
        bytes memory signature = _signature(council, _ending(crisis));
        CHEATS.expectRevert(abi.encodeWithSelector(ISignedActions.BadSignature.selector, council));
        pledges.endBySig(other, START + DAY, signature);
    }

    function test_a_crisis_that_is_over_is_not_ended_by_signature() external {
        uint256 crisis = _declared();
        CHEATS.prank(council);
        pledges.end(crisis);
        bytes memory signature = _signature(council, _ending(crisis));
        CHEATS.expectRevert(
            abi.encodeWithSelector(ICrisisPledges.CrisisOver.selector, crisis, START)
        );
        pledges.endBySig(crisis, START + DAY, signature);
    }

    // -------------------------------------------------------------- internal

    function _declaration(address who) private view returns (bytes32) {
        return _digest(
            keccak256(
                abi.encode(
                    DECLARATION,
                    who,
                    REGION,
                    START + 60 * DAY,
                    EVIDENCE,
                    signer,
                    SALT,
                    START + DAY
                )
            )
        );
    }

    function _declareBySig(address who, bytes memory signature) private returns (uint256) {
        return pledges.declareBySig(
            who, REGION, START + 60 * DAY, EVIDENCE, signer, SALT, START + DAY, signature
        );
    }

    function _ending(uint256 crisis) private view returns (bytes32) {
        return _digest(keccak256(abi.encode(END, crisis, START + DAY)));
    }
}
