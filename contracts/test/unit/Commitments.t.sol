// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ICommitments} from "../../src/interfaces/ICommitments.sol";
import {CHEATS} from "../base/Cheats.sol";
import {RegistryBase} from "../base/RegistryBase.sol";

/// @title commit, reveal, and registration with a minimum age; see Commitments.tree.
contract CommitmentsTest is RegistryBase {
    uint256 private constant AGE = 60;

    function setUp() public override {
        super.setUp();
        registry = _registryWith(AGE);
    }

    // ---------------------------------------------------------------- commit

    function test_a_commitment_is_made_at_its_time() external {
        bytes32 commitment = registry.commitmentOf(DESIGN, owner, SALT);
        CHEATS.expectEmit(address(registry));
        emit ICommitments.Committed(commitment);
        CHEATS.prank(stranger);
        registry.commit(commitment);
        _same(registry.committedAt(commitment), START, "time");
    }

    function test_repeating_a_commitment_does_not_make_it_younger() external {
        bytes32 commitment = _committed(DESIGN, owner);
        _pass(START + AGE - 1);
        _refused(
            stranger, abi.encodeWithSelector(ICommitments.CommitmentExists.selector, commitment)
        );
        registry.commit(commitment);
        _same(registry.committedAt(commitment), START, "time");
    }

    function test_a_commitment_holds_for_one_chain_contract_design_and_owner() external {
        bytes32 commitment = registry.commitmentOf(DESIGN, owner, SALT);
        bytes memory inside = abi.encode(block.chainid, registry, DESIGN, owner, SALT);
        CHEATS.assertEq(commitment, keccak256(inside), "formula");
        _check(commitment != registry.commitmentOf(OTHER, owner, SALT), "design");
        _check(commitment != registry.commitmentOf(DESIGN, stranger, SALT), "owner");
        _check(commitment != registry.commitmentOf(DESIGN, owner, REASON), "salt");
        _check(commitment != _registryWith(AGE).commitmentOf(DESIGN, owner, SALT), "contract");
        CHEATS.chainId(block.chainid + 1);
        _check(commitment != registry.commitmentOf(DESIGN, owner, SALT), "chain");
    }

    // ---------------------------------------------------------------- reveal

    function test_a_commitment_of_the_minimum_age_is_revealed() external {
        bytes32 commitment = _committed(DESIGN, owner);
        _pass(START + AGE);
        CHEATS.expectEmit(address(registry));
        emit ICommitments.Revealed(DESIGN, owner);
        CHEATS.prank(stranger);
        registry.reveal(DESIGN, owner, SALT);
        _check(registry.isRevealed(DESIGN, owner), "revealed");
        _check(!registry.isRevealed(DESIGN, stranger), "for nobody else");
        _same(registry.committedAt(commitment), 0, "used up");
    }

    function test_a_younger_commitment_is_refused() external {
        _committed(DESIGN, owner);
        _pass(START + AGE - 1);
        _refused(
            owner, abi.encodeWithSelector(ICommitments.CommitmentTooYoung.selector, START + AGE)
        );
        registry.reveal(DESIGN, owner, SALT);
    }

    function test_what_was_not_committed_is_not_revealed() external {
        _committed(DESIGN, owner);
        _pass(START + AGE);
        _refused(owner, _missing(OTHER, owner));
        registry.reveal(OTHER, owner, SALT);
        _refused(owner, _missing(DESIGN, owner));
        registry.reveal(DESIGN, owner, REASON);
        _refused(stranger, _missing(DESIGN, stranger));
        registry.reveal(DESIGN, stranger, SALT);
    }

    function test_a_commitment_is_revealed_once() external {
        _committed(DESIGN, owner);
        _pass(START + AGE);
        registry.reveal(DESIGN, owner, SALT);
        CHEATS.expectRevert(_missing(DESIGN, owner));
        registry.reveal(DESIGN, owner, SALT);
    }

    // ----------------------------------------------------- forms of register

    function test_every_form_of_registration_needs_a_revelation() external {
        _reveal(DESIGN, owner);
        _register(owner, DESIGN);
        _refused(owner, _missing(OTHER, owner));
        registry.register(OTHER, METADATA);
        bytes memory signature = _bySig();
        CHEATS.expectRevert(_missing(OTHER, owner));
        registry.registerBySig(OTHER, METADATA, owner, START + DAY, signature);
        _refused(owner, _missing(OTHER, owner));
        registry.registerDerived(OTHER, METADATA, _only(DESIGN, 0));
        signature = _derivedBySig();
        CHEATS.expectRevert(_missing(OTHER, owner));
        registry.registerDerivedBySig(
            OTHER, METADATA, _only(DESIGN, 0), owner, START + DAY, signature
        );
    }

    function test_who_revealed_registers() external {
        _reveal(DESIGN, owner);
        _register(owner, DESIGN);
        CHEATS.assertEq(registry.ownerOf(uint256(DESIGN)), owner, "owner");
    }

    function test_who_revealed_registers_by_signature() external {
        _reveal(OTHER, owner);
        registry.registerBySig(OTHER, METADATA, owner, START + DAY, _bySig());
        CHEATS.assertEq(registry.ownerOf(uint256(OTHER)), owner, "owner");
    }

    function test_who_revealed_registers_a_derived_design() external {
        _reveal(DESIGN, owner);
        _register(owner, DESIGN);
        _reveal(OTHER, owner);
        _deriveOwn(OTHER, DESIGN);
        CHEATS.assertEq(registry.ownerOf(uint256(OTHER)), owner, "owner");
    }

    function test_who_revealed_registers_a_derived_design_by_signature() external {
        _reveal(DESIGN, owner);
        _register(owner, DESIGN);
        _reveal(OTHER, owner);
        bytes memory signature = _derivedBySig();
        registry.registerDerivedBySig(
            OTHER, METADATA, _only(DESIGN, 0), owner, START + DAY, signature
        );
        CHEATS.assertEq(registry.ownerOf(uint256(OTHER)), owner, "owner");
    }

    function test_the_revelation_of_another_does_not_help() external {
        _reveal(DESIGN, owner);
        _refused(stranger, _missing(DESIGN, stranger));
        registry.register(DESIGN, METADATA);
        _register(owner, DESIGN);
    }

    function test_revelation_and_registration_fit_in_one_batch() external {
        _committed(DESIGN, owner);
        _pass(START + AGE);
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(registry.reveal, (DESIGN, owner, SALT));
        calls[1] = abi.encodeCall(registry.register, (DESIGN, METADATA));
        CHEATS.prank(owner);
        registry.batch(calls, true);
        CHEATS.assertEq(registry.ownerOf(uint256(DESIGN)), owner, "owner");
    }

    function test_without_a_minimum_age_nothing_need_be_committed() external {
        registry = _registryWith(0);
        _same(registry.minimumAge(), 0, "no age");
        _register(owner, DESIGN);
        _committed(OTHER, owner);
        registry.reveal(OTHER, owner, SALT);
        _check(registry.isRevealed(OTHER, owner), "but it can be");
    }

    function test_the_minimum_age_is_told() external view {
        _same(registry.minimumAge(), AGE, "age");
    }

    // -------------------------------------------------------------- internal

    function _committed(bytes32 design, address who) private returns (bytes32 commitment) {
        commitment = registry.commitmentOf(design, who, SALT);
        registry.commit(commitment);
    }

    function _reveal(bytes32 design, address who) private {
        _committed(design, who);
        _pass(_now() + AGE);
        registry.reveal(design, who, SALT);
    }

    function _bySig() private view returns (bytes memory) {
        return _signature(owner, registry.hashRegister(OTHER, METADATA, owner, START + DAY));
    }

    function _derivedBySig() private view returns (bytes memory) {
        bytes32[] memory ids = new bytes32[](1);
        ids[0] = DESIGN;
        uint16[] memory shares = new uint16[](1);
        return _signature(
            owner, registry.hashRegisterDerived(OTHER, METADATA, owner, ids, shares, START + DAY)
        );
    }

    function _missing(bytes32 design, address who) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICommitments.CommitmentMissing.selector, design, who);
    }
}
