// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IDesignRegistry} from "../../src/interfaces/IDesignRegistry.sol";
import {ILineage} from "../../src/interfaces/ILineage.sol";
import {ISignedActions} from "../../src/interfaces/ISignedActions.sol";
import {CHEATS} from "../base/Cheats.sol";
import {RegistryBase} from "../base/RegistryBase.sol";
import {TestWallet} from "../TestWallet.sol";

/// @title Who must agree to a derived design: the owner of each parent, and its own owner where
///        another sends it; see Consent.tree.
contract ConsentTest is RegistryBase {
    uint16 private constant SHARE = 1_000;
    uint256 private constant UNTIL = START + HOUR;

    // ------------------------------------------------------------- ownership

    function test_who_owns_a_parent_needs_no_consent() external {
        _derive(owner, CHILD, _only(DESIGN, 5_000));
        CHEATS.assertEq(registry.ownerOf(uint256(CHILD)), owner, "owner");
    }

    function test_a_stranger_needs_consent() external {
        _refused(center, _missing(DESIGN, SHARE));
        registry.registerDerived(CHILD, METADATA, _only(DESIGN, SHARE));
    }

    function test_each_parent_must_agree() external {
        _register(stranger, OTHER);
        _openPolicy(DESIGN, 0);
        _refused(center, _missing(OTHER, 0));
        registry.registerDerived(CHILD, METADATA, _both(DESIGN, OTHER));
        _openPolicy(OTHER, 0);
        _derive(center, CHILD, _both(DESIGN, OTHER));
    }

    // ---------------------------------------------------------------- policy

    function test_an_open_policy_agrees_at_its_share_alone() external {
        CHEATS.expectEmit(address(registry));
        emit ILineage.DerivativePolicySet(DESIGN, true, SHARE);
        CHEATS.prank(owner);
        registry.setDerivativePolicy(DESIGN, true, SHARE);
        (bool open, uint16 share) = registry.derivativePolicyOf(DESIGN);
        _check(open, "open");
        _same(share, SHARE, "share");
        _refused(center, _missing(DESIGN, SHARE - 1));
        registry.registerDerived(CHILD, METADATA, _only(DESIGN, SHARE - 1));
        _refused(center, _missing(DESIGN, SHARE + 1));
        registry.registerDerived(CHILD, METADATA, _only(DESIGN, SHARE + 1));
        _derive(center, CHILD, _only(DESIGN, SHARE));
        CHEATS.assertEq(registry.ownerOf(uint256(CHILD)), center, "owner");
    }

    function test_a_closed_policy_agrees_to_nothing() external {
        _openPolicy(DESIGN, SHARE);
        _derive(center, CHILD, _only(DESIGN, SHARE));
        CHEATS.prank(owner);
        registry.setDerivativePolicy(DESIGN, false, SHARE);
        (bool open,) = registry.derivativePolicyOf(DESIGN);
        _check(!open, "closed");
        _refused(center, _missing(DESIGN, SHARE));
        registry.registerDerived(OTHER, METADATA, _only(DESIGN, SHARE));
        (bytes32[] memory ids, uint16[] memory shares) = registry.parentsOf(CHILD);
        CHEATS.assertEq(ids[0], DESIGN, "what is derived stays");
        _same(shares[0], SHARE, "at its share");
    }

    function test_only_the_owner_sets_the_policy() external {
        _refused(
            issuer, abi.encodeWithSelector(IDesignRegistry.NotDesignOwner.selector, DESIGN, issuer)
        );
        registry.setDerivativePolicy(DESIGN, true, 0);
    }

    function test_a_policy_asks_for_at_most_half() external {
        _refused(owner, abi.encodeWithSelector(ILineage.SharesTooHigh.selector, 5_001));
        registry.setDerivativePolicy(DESIGN, true, 5_001);
        _openPolicy(DESIGN, 5_000);
    }

    // ------------------------------------------------------------- signature

    function test_the_owner_of_a_parent_agrees_by_signature() external {
        _derive(center, CHILD, _agreed(owner, center));
        (, uint16[] memory shares) = registry.parentsOf(CHILD);
        _same(shares[0], SHARE, "share");
        _check(registry.signatureSpent(owner, _digest(center)), "used up");
    }

    function test_a_wallet_that_owns_a_parent_agrees() external {
        address wallet = address(new TestWallet(stranger, TestWallet.Answer.Honest));
        CHEATS.prank(owner);
        registry.transferFrom(owner, wallet, uint256(DESIGN));
        ILineage.Parent[] memory parents = _agreed(owner, center);
        _refused(center, abi.encodeWithSelector(ISignedActions.BadSignature.selector, wallet));
        registry.registerDerived(CHILD, METADATA, parents);
        _derive(center, CHILD, _agreed(stranger, center));
    }

    function test_the_consent_of_another_is_refused() external {
        ILineage.Parent[] memory parents = _agreed(issuer, center);
        _refused(center, abi.encodeWithSelector(ISignedActions.BadSignature.selector, owner));
        registry.registerDerived(CHILD, METADATA, parents);
    }

    function test_a_consent_is_for_one_design_owner_and_share() external {
        ILineage.Parent[] memory parents = _agreed(owner, center);
        bytes memory problem = abi.encodeWithSelector(ISignedActions.BadSignature.selector, owner);
        _refused(stranger, problem);
        registry.registerDerived(CHILD, METADATA, parents);
        _refused(center, problem);
        registry.registerDerived(OTHER, METADATA, parents);
        parents[0].share = SHARE - 1;
        _refused(center, problem);
        registry.registerDerived(CHILD, METADATA, parents);
        (parents[0].share, parents[0].deadline) = (SHARE, UNTIL + 1);
        _refused(center, problem);
        registry.registerDerived(CHILD, METADATA, parents);
        _register(owner, OTHER);
        (parents[0].design, parents[0].deadline) = (OTHER, UNTIL);
        _refused(center, problem);
        registry.registerDerived(CHILD, METADATA, parents);
    }

    function test_a_consent_at_its_deadline_is_void() external {
        ILineage.Parent[] memory parents = _agreed(owner, center);
        _pass(UNTIL);
        _refused(center, abi.encodeWithSelector(ISignedActions.SignatureExpired.selector, UNTIL));
        registry.registerDerived(CHILD, METADATA, parents);
    }

    function test_a_consent_that_was_cancelled_is_void() external {
        ILineage.Parent[] memory parents = _agreed(owner, center);
        bytes32 digest = _digest(center);
        CHEATS.prank(owner);
        registry.cancelSignature(digest);
        _refused(
            center, abi.encodeWithSelector(ISignedActions.SignatureSpent.selector, owner, digest)
        );
        registry.registerDerived(CHILD, METADATA, parents);
    }

    function test_a_consent_is_used_once() external {
        ILineage.Parent[] memory parents = _agreed(owner, center);
        _derive(center, CHILD, parents);
        _refused(
            center,
            abi.encodeWithSelector(ISignedActions.SignatureSpent.selector, owner, _digest(center))
        );
        registry.registerDerived(CHILD, METADATA, parents);
    }

    function test_the_consent_of_a_former_owner_is_refused() external {
        ILineage.Parent[] memory parents = _agreed(owner, center);
        CHEATS.prank(owner);
        registry.transferFrom(owner, stranger, uint256(DESIGN));
        _refused(center, abi.encodeWithSelector(ISignedActions.BadSignature.selector, stranger));
        registry.registerDerived(CHILD, METADATA, parents);
    }

    // -------------------------------------------------- registerDerivedBySig

    function test_anybody_sends_a_derived_design_that_its_owner_signed() external {
        ILineage.Parent[] memory parents = _agreed(owner, center);
        bytes memory signature = _wish(center, parents);
        CHEATS.prank(stranger);
        registry.registerDerivedBySig(CHILD, METADATA, parents, center, UNTIL, signature);
        CHEATS.assertEq(registry.ownerOf(uint256(CHILD)), center, "owner");
        _same(registry.ancestorsOf(CHILD).length, 1, "one parent");
    }

    function test_what_the_sender_owns_is_no_consent() external {
        ILineage.Parent[] memory parents = _only(DESIGN, SHARE);
        bytes memory signature = _wish(center, parents);
        _refused(owner, _missing(DESIGN, SHARE));
        registry.registerDerivedBySig(CHILD, METADATA, parents, center, UNTIL, signature);
    }

    function test_what_the_signer_owns_is_consent() external {
        ILineage.Parent[] memory parents = _only(DESIGN, SHARE);
        bytes memory signature = _wish(owner, parents);
        CHEATS.prank(stranger);
        registry.registerDerivedBySig(CHILD, METADATA, parents, owner, UNTIL, signature);
        CHEATS.assertEq(registry.ownerOf(uint256(CHILD)), owner, "owner");
    }

    function test_a_wallet_signs_for_a_derived_design() external {
        address wallet = address(new TestWallet(stranger, TestWallet.Answer.Honest));
        _openPolicy(DESIGN, 0);
        ILineage.Parent[] memory parents = _only(DESIGN, 0);
        bytes memory signature = _signature(stranger, _wishDigest(wallet, parents));
        registry.registerDerivedBySig(CHILD, METADATA, parents, wallet, UNTIL, signature);
        CHEATS.assertEq(registry.ownerOf(uint256(CHILD)), wallet, "owner");
    }

    function test_each_parent_and_share_is_signed() external {
        _register(owner, OTHER);
        _register(owner, UNKNOWN);
        ILineage.Parent[] memory parents = _both(DESIGN, OTHER);
        bytes memory signature = _wish(owner, parents);
        bytes memory problem = abi.encodeWithSelector(ISignedActions.BadSignature.selector, owner);
        ILineage.Parent[] memory changed = _both(OTHER, DESIGN);
        CHEATS.expectRevert(problem);
        registry.registerDerivedBySig(CHILD, METADATA, changed, owner, UNTIL, signature);
        changed = _both(DESIGN, UNKNOWN);
        CHEATS.expectRevert(problem);
        registry.registerDerivedBySig(CHILD, METADATA, changed, owner, UNTIL, signature);
        changed = _only(DESIGN, 0);
        CHEATS.expectRevert(problem);
        registry.registerDerivedBySig(CHILD, METADATA, changed, owner, UNTIL, signature);
        changed = _both(DESIGN, OTHER);
        changed[1].share = 1;
        CHEATS.expectRevert(problem);
        registry.registerDerivedBySig(CHILD, METADATA, changed, owner, UNTIL, signature);
        CHEATS.expectRevert(problem);
        registry.registerDerivedBySig(CHILD, REASON, parents, owner, UNTIL, signature);
        CHEATS.expectRevert(problem);
        registry.registerDerivedBySig(CHILD, METADATA, parents, owner, UNTIL + 1, signature);
        registry.registerDerivedBySig(CHILD, METADATA, parents, owner, UNTIL, signature);
    }

    function test_a_signed_derivation_expires_and_is_used_once() external {
        ILineage.Parent[] memory parents = _only(DESIGN, 0);
        bytes memory signature = _wish(owner, parents);
        bytes32 digest = _wishDigest(owner, parents);
        registry.registerDerivedBySig(CHILD, METADATA, parents, owner, UNTIL, signature);
        CHEATS.expectRevert(
            abi.encodeWithSelector(ISignedActions.SignatureSpent.selector, owner, digest)
        );
        registry.registerDerivedBySig(CHILD, METADATA, parents, owner, UNTIL, signature);
        _pass(UNTIL);
        CHEATS.expectRevert(
            abi.encodeWithSelector(ISignedActions.SignatureExpired.selector, UNTIL)
        );
        registry.registerDerivedBySig(OTHER, METADATA, parents, owner, UNTIL, signature);
    }

    // -------------------------------------------------------------- internal

    /// @dev DESIGN as the parent of CHILD, with a signature of `signer` for `to` to own it.
    function _agreed(address signer, address to) private view returns (ILineage.Parent[] memory) {
        ILineage.Parent[] memory parents = _only(DESIGN, SHARE);
        parents[0].deadline = UNTIL;
        parents[0].consent = _signature(signer, _digest(to));
        return parents;
    }

    function _digest(address to) private view returns (bytes32) {
        return registry.hashDerivation(CHILD, DESIGN, SHARE, to, UNTIL);
    }

    function _wish(address who, ILineage.Parent[] memory parents)
        private
        view
        returns (bytes memory)
    {
        return _signature(who, _wishDigest(who, parents));
    }

    function _wishDigest(address who, ILineage.Parent[] memory parents)
        private
        view
        returns (bytes32)
    {
        bytes32[] memory ids = new bytes32[](parents.length);
        uint16[] memory shares = new uint16[](parents.length);
        for (uint256 index; index < parents.length; ++index) {
            (ids[index], shares[index]) = (parents[index].design, parents[index].share);
        }
        return registry.hashRegisterDerived(CHILD, METADATA, who, ids, shares, UNTIL);
    }

    function _missing(bytes32 parent, uint256 share) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ILineage.ConsentMissing.selector, parent, share);
    }
}
