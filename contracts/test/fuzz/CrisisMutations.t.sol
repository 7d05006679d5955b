// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IPledges} from "../../src/interfaces/IPledges.sol";
import {ISignedActions} from "../../src/interfaces/ISignedActions.sol";
import {CHEATS} from "../base/Cheats.sol";
import {CrisisBase} from "../base/CrisisBase.sol";

/// @title The mutation matrix of what a council signs, and pledges under random use.
/// @dev The digests are built here from the standard, apart from the contract.
contract CrisisMutationsTest is CrisisBase {
    uint256 private constant UNTIL = START + HOUR;

    struct Declaration {
        address council;
        bytes32 region;
        uint40 until;
        bytes32 evidence;
        address signer;
        bytes32 salt;
        uint256 deadline;
    }

    // ------------------------------------------------------ CrisisDeclaration

    function test_the_unchanged_declaration_is_taken() external {
        Declaration memory message = _message();
        _declareBySig(message, _signature(council, _hash(message)));
        CHEATS.assertEq(pledges.crisisOf(1).council, council, "council");
    }

    function testFuzz_each_field_of_a_declaration_is_signed(uint256 value) external {
        Declaration memory message = _message();
        bytes memory signature = _signature(council, _hash(message));
        for (uint256 field; field < 7; ++field) {
            Declaration memory changed = _message();
            if (field == 0) changed.council = address(uint160(value));
            if (field == 1) changed.region = bytes32(value);
            if (field == 2) changed.until = uint40(value);
            if (field == 3) changed.evidence = bytes32(value);
            if (field == 4) changed.signer = address(uint160(value));
            if (field == 5) changed.salt = bytes32(value);
            if (field == 6) changed.deadline = START + 1 + (value >> 1);
            if (_hash(changed) == _hash(message)) continue;
            _bad(changed.council);
            _declareBySig(changed, signature);
        }
    }

    function testFuzz_the_domain_of_a_declaration_is_signed(uint64 chain) external {
        Declaration memory message = _message();
        bytes memory signature = _signature(council, _hash(message));
        if (chain == 0 || chain == block.chainid) return;
        CHEATS.chainId(chain);
        _bad(council);
        _declareBySig(message, signature);
    }

    // -------------------------------------------------------------- CrisisEnd

    function testFuzz_each_field_of_an_end_is_signed(uint256 value) external {
        uint256 crisis = _declared();
        uint256 other = _declared();
        bytes memory signature =
            _signature(council, _digest(keccak256(abi.encode(END, crisis, UNTIL))));
        _bad(council);
        pledges.endBySig(other, UNTIL, signature);
        uint256 deadline = START + 1 + (value >> 1);
        if (deadline != UNTIL) {
            _bad(council);
            pledges.endBySig(crisis, deadline, signature);
        }
        pledges.endBySig(crisis, UNTIL, signature);
        _same(pledges.crisisOf(crisis).ended, START, "ended");
    }

    // ---------------------------------------------------------------- pledges

    function testFuzz_no_more_is_taken_than_was_pledged(uint32[12] calldata quotas) external {
        IPledges.Terms memory terms = _pledged();
        uint256 crisis = _declared();
        uint256 sum;
        for (uint256 index; index < quotas.length; ++index) {
            uint32 quota = uint32(_within(quotas[index], 0, terms.quotaPerLicense + 1));
            bool fits = quota != 0 && quota <= terms.quotaPerLicense
                && sum + quota <= terms.quotaInAll;
            (bool done,) = address(pledges).call(
                abi.encodeCall(pledges.admit, (index + 1, DESIGN, crisis, center, quota))
            );
            _check(done == fits, "admitted if it fits");
            if (done) sum += quota;
            _same(pledges.pledgeOf(DESIGN, council).taken, sum, "taken");
        }
    }

    function testFuzz_a_license_ends_with_its_crisis_at_the_latest(uint40 passed) external {
        IPledges.Terms memory terms = _pledged();
        uint256 crisis = _declared();
        uint40 end = START + 60 * DAY;
        uint40 time = uint40(_within(passed, START, end - 1));
        _pass(time);
        uint40 expiry = pledges.admit(1, DESIGN, crisis, center, 1);
        _check(expiry > time && expiry <= end, "within the crisis");
        _check(expiry - time <= terms.maxDuration, "within the pledge");
        _check(expiry == end || expiry - time == terms.maxDuration, "no shorter than that");
    }

    // -------------------------------------------------------------- internal

    function _message() private view returns (Declaration memory) {
        return Declaration({
            council: council,
            region: REGION,
            until: START + 60 * DAY,
            evidence: EVIDENCE,
            signer: signer,
            salt: SALT,
            deadline: UNTIL
        });
    }

    function _hash(Declaration memory message) private view returns (bytes32) {
        return _digest(keccak256(abi.encode(DECLARATION, message)));
    }

    function _declareBySig(Declaration memory message, bytes memory signature) private {
        pledges.declareBySig(
            message.council,
            message.region,
            message.until,
            message.evidence,
            message.signer,
            message.salt,
            message.deadline,
            signature
        );
    }

    function _bad(address who) private {
        CHEATS.expectRevert(abi.encodeWithSelector(ISignedActions.BadSignature.selector, who));
    }
}
