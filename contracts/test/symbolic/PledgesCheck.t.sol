// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {CrisisPledges} from "../../src/CrisisPledges.sol";
import {DesignRegistry} from "../../src/DesignRegistry.sol";
import {IPledges} from "../../src/interfaces/IPledges.sol";
import {CHEATS} from "../base/Cheats.sol";

/// @title Symbolic tests of pledges and crises: all terms, quotas and times.
/// @dev The test is the licenses contract: it deploys the pledges. The design has no parents.
contract PledgesCheck {
    bytes32 private constant DESIGN = keccak256("a design");
    address private constant OWNER = address(0x1001);
    address private constant COUNCIL = address(0x1002);
    address private constant SIGNER = address(0x1003);
    address private constant CENTER = address(0x1004);
    uint256 private constant NOW = 1_800_000_000;
    uint256 private constant CRISIS = 1;

    CrisisPledges private pledges;

    function setUp() external {
        CHEATS.warp(NOW);
        DesignRegistry registry = new DesignRegistry(0);
        pledges = new CrisisPledges(registry);
        CHEATS.prank(OWNER);
        registry.register(DESIGN, keccak256("metadata"));
    }

    /// @notice Whatever is admitted, at whatever times: no license is for more than the pledge
    ///         allows to one, and both together are for no more than it allows in all.
    function check_no_more_is_licensed_than_was_pledged(
        IPledges.Terms calldata terms,
        uint40 until,
        uint64 time,
        uint32 first,
        uint32 second
    ) external {
        _pledge(terms);
        _declare(until);
        if (!_admit(1, time, first)) return;
        bool both = _admit(2, time, second);
        uint256 sum = both ? uint256(first) + second : first;
        bool one = _and(first <= terms.quotaPerLicense, first != 0);
        assert(_and(one, _and(sum <= terms.quotaInAll, _taken() == sum)));
    }

    /// @notice A license ends with its crisis, and as the pledge allows, at the latest; and none
    ///         is taken when either is over.
    function check_a_license_is_within_the_times_of_pledge_and_crisis(
        IPledges.Terms calldata terms,
        uint40 until,
        uint64 time
    ) external {
        _pledge(terms);
        _declare(until);
        CHEATS.assume(time >= NOW);
        CHEATS.warp(time);
        try pledges.admit(1, DESIGN, CRISIS, CENTER, 1) returns (uint40 expiry) {
            bool open = _and(time < until, time < terms.until);
            bool bounded = _and(expiry <= until, expiry <= uint256(time) + terms.maxDuration);
            assert(_and(open, _and(bounded, expiry > time)));
        } catch {}
    }

    /// @notice While a pledge binds, nothing that its owner asks for makes any term smaller.
    function check_a_pledge_that_binds_is_never_made_smaller(
        IPledges.Terms calldata terms,
        IPledges.Terms calldata later,
        uint64 time
    ) external {
        _pledge(terms);
        CHEATS.assume(_and(time >= NOW, time < terms.until));
        CHEATS.warp(time);
        CHEATS.prank(OWNER);
        try pledges.pledge(DESIGN, COUNCIL, later) {} catch {}
        IPledges.Pledge memory kept = pledges.pledgeOf(DESIGN, COUNCIL);
        bool times = _and(kept.until >= terms.until, kept.maxDuration >= terms.maxDuration);
        bool quotas = _and(
            kept.quotaPerLicense >= terms.quotaPerLicense, kept.quotaInAll >= terms.quotaInAll
        );
        assert(_and(_and(times, quotas), kept.document == terms.document));
    }

    /// @notice Nobody but the owner pledges, and nobody but the council ends its crisis.
    function check_nobody_else_pledges_or_ends(
        IPledges.Terms calldata terms,
        address caller,
        uint40 until
    ) external {
        _declare(until);
        CHEATS.assume(_and(caller != OWNER, caller != COUNCIL));
        CHEATS.prank(caller);
        try pledges.pledge(DESIGN, COUNCIL, terms) {
            assert(false);
        } catch {}
        CHEATS.prank(caller);
        try pledges.end(CRISIS) {
            assert(false);
        } catch {}
    }

    /// @notice An ended crisis admits nobody, at no time.
    function check_an_ended_crisis_admits_nobody(
        IPledges.Terms calldata terms,
        uint40 until,
        uint64 time,
        uint32 quota
    ) external {
        _pledge(terms);
        _declare(until);
        CHEATS.prank(COUNCIL);
        pledges.end(CRISIS);
        assert(!_admit(1, time, quota));
    }

    /// @notice Must fail: two licenses can be taken.
    function reach_two_licenses(IPledges.Terms calldata terms, uint40 until, uint64 time)
        external
    {
        _pledge(terms);
        _declare(until);
        bool one = _admit(1, time, 1);
        bool two = _admit(2, time, 1);
        assert(!_and(one, two));
    }

    function _pledge(IPledges.Terms calldata terms) private {
        CHEATS.prank(OWNER);
        pledges.pledge(DESIGN, COUNCIL, terms);
    }

    function _declare(uint40 until) private {
        CHEATS.prank(COUNCIL);
        pledges.declare("TR-31", until, keccak256("evidence"), SIGNER);
    }

    function _admit(uint256 license, uint64 time, uint32 quota) private returns (bool done) {
        CHEATS.assume(time >= NOW);
        CHEATS.warp(time);
        (done,) = address(pledges).call(
            abi.encodeCall(pledges.admit, (license, DESIGN, CRISIS, CENTER, quota))
        );
    }

    function _taken() private view returns (uint256) {
        return pledges.pledgeOf(DESIGN, COUNCIL).taken;
    }

    /// @dev Without a branch, so that there is one claim to decide.
    function _and(bool left, bool right) private pure returns (bool both) {
        assembly ("memory-safe") {
            both := and(left, right)
        }
    }
}
