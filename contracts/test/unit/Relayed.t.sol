// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ISignedActions} from "../../src/interfaces/ISignedActions.sol";
import {IGrants} from "../../src/interfaces/licenses/IGrants.sol";
import {ILicenses} from "../../src/interfaces/licenses/ILicenses.sol";
import {IOffers} from "../../src/interfaces/licenses/IOffers.sol";
import {IPayments} from "../../src/interfaces/licenses/IPayments.sol";
import {IVoids} from "../../src/interfaces/licenses/IVoids.sol";
import {CHEATS} from "../base/Cheats.sol";
import {SignedBase} from "../base/SignedBase.sol";
import {TestWallet} from "../TestWallet.sol";

/// @title What a relayer sends for others; the outline is in Relayed.tree.
contract RelayedTest is SignedBase {
    enum Action {
        Buy,
        BuyInCurrency,
        Grant,
        Revoke,
        Void
    }

    uint256 private constant ACTIONS = 5;
    uint256 private constant UNTIL = START + HOUR;
    uint32 private constant QUOTA = 9;

    IOffers.Offer private native;
    IOffers.Offer private paid;
    uint256 private voidable;
    uint256 private revocable;

    /// @dev Two offers, a license with a print that failed, and one to be revoked.
    function setUp() public override {
        super.setUp();
        native = _offered(DESIGN, NATIVE, PRICE);
        paid = _offered(DESIGN, address(currency), 100);
        (voidable, revocable) = (_granted(9), _granted(9));
        _print(DESIGN, voidable, 0, 1);
        CHEATS.deal(address(this), 1_000 ether);
    }

    // ------------------------------------------------------------- each of them

    function test_each_is_taken_from_anybody_who_sends_it() external {
        for (uint256 index; index < ACTIONS; ++index) {
            Action action = Action(index);
            _send(action, _signer(action), UNTIL, _signedBy(_signer(action), action, UNTIL));
        }
        _same(licenses.licenseOf(DESIGN, voidable).quota, 10, "voided");
        _same(licenses.licenseOf(DESIGN, revocable).flags, 1, "revoked");
        uint256 last = revocable + 3;
        CHEATS.assertEq(licenses.licenseOf(DESIGN, last).licensee, center, "granted");
        CHEATS.assertEq(licenses.licenseOf(DESIGN, last - 1).licensee, center, "bought");
        CHEATS.assertEq(licenses.licenseOf(DESIGN, last - 2).licensee, center, "bought");
    }

    function test_the_signature_of_another_is_refused() external {
        for (uint256 index; index < ACTIONS; ++index) {
            Action action = Action(index);
            address signer = _signer(action);
            bytes memory problem =
                abi.encodeWithSelector(ISignedActions.BadSignature.selector, signer);
            _refuse(action, signer, UNTIL, _signedBy(stranger, action, UNTIL), problem);
            _refuse(action, signer, UNTIL, "", problem);
        }
    }

    function test_each_has_a_deadline() external {
        for (uint256 index; index < ACTIONS; ++index) {
            Action action = Action(index);
            address signer = _signer(action);
            bytes memory signature = _signedBy(signer, action, START);
            bytes memory problem =
                abi.encodeWithSelector(ISignedActions.SignatureExpired.selector, uint256(START));
            _refuse(action, signer, START, signature, problem);
            _send(action, signer, START + 1, _signedBy(signer, action, START + 1));
        }
    }

    function test_each_works_once() external {
        for (uint256 index; index < ACTIONS; ++index) {
            Action action = Action(index);
            address signer = _signer(action);
            bytes memory signature = _signedBy(signer, action, UNTIL);
            _send(action, signer, UNTIL, signature);
            bytes32 digest = _digest(_struct(action, signer, UNTIL));
            _check(licenses.signatureSpent(signer, digest), "spent");
            _refuse(action, signer, UNTIL, signature, _spent(signer, digest));
        }
    }

    function test_a_cancelled_message_does_not_work() external {
        for (uint256 index; index < ACTIONS; ++index) {
            Action action = Action(index);
            address signer = _signer(action);
            bytes32 digest = _digest(_struct(action, signer, UNTIL));
            CHEATS.expectEmit(address(licenses));
            emit ISignedActions.SignatureCancelled(signer, digest);
            CHEATS.prank(signer);
            licenses.cancelSignature(digest);
            bytes memory signature = _signedBy(signer, action, UNTIL);
            _refuse(action, signer, UNTIL, signature, _spent(signer, digest));
        }
    }

    function test_nobody_cancels_for_another() external {
        bytes32 digest = _digest(_struct(Action.Grant, issuer, UNTIL));
        CHEATS.prank(stranger);
        licenses.cancelSignature(digest);
        _send(Action.Grant, issuer, UNTIL, _signedBy(issuer, Action.Grant, UNTIL));
    }

    function test_a_wallet_signs_each() external {
        address wallet = address(new TestWallet(center, TestWallet.Answer.Honest));
        currency.mint(wallet, 1_000);
        bytes memory approval = abi.encodeCall(currency.approve, (address(licenses), 1_000));
        CHEATS.prank(center);
        TestWallet(payable(wallet)).execute(address(currency), 0, approval);
        CHEATS.prank(owner);
        registry.transferFrom(owner, wallet, uint256(DESIGN));
        for (uint256 index; index < ACTIONS; ++index) {
            Action action = Action(index);
            bytes memory problem =
                abi.encodeWithSelector(ISignedActions.BadSignature.selector, wallet);
            bytes memory wrong = _signature(stranger, _digest(_struct(action, wallet, UNTIL)));
            _refuse(action, wallet, UNTIL, wrong, problem);
            bytes memory right = _signature(center, _digest(_struct(action, wallet, UNTIL)));
            _send(action, wallet, UNTIL, right);
        }
    }

    function test_who_may_not_do_it_signs_in_vain() external {
        _refuseStranger(Action.Grant);
        _refuseStranger(Action.Void);
        bytes memory problem =
            abi.encodeWithSelector(ISignedActions.BadSignature.selector, owner);
        _refuse(Action.Revoke, owner, UNTIL, _signedBy(issuer, Action.Revoke, UNTIL), problem);
    }

    // ----------------------------------------------------------------- buyBySig

    function test_in_the_chains_currency_the_sender_pays() external {
        uint256 had = center.balance;
        _send(Action.Buy, center, UNTIL, _signedBy(center, Action.Buy, UNTIL));
        _same(center.balance, had, "not the buyer");
        _same(address(licenses).balance, QUOTA * uint256(PRICE), "in escrow");
    }

    function test_the_sender_brings_just_the_price() external {
        bytes memory signature = _signedBy(center, Action.Buy, UNTIL);
        (bytes memory data, uint256 due) = _data(Action.Buy, center, UNTIL, signature);
        bytes4 problem = IPayments.WrongPayment.selector;
        _refusedCall(stranger, due - 1, data, abi.encodeWithSelector(problem, due, due - 1));
        _refusedCall(stranger, due + 1, data, abi.encodeWithSelector(problem, due, due + 1));
    }

    function test_in_an_erc20_the_buyer_pays() external {
        _send(
            Action.BuyInCurrency, center, UNTIL, _signedBy(center, Action.BuyInCurrency, UNTIL)
        );
        _same(currency.balanceOf(center), RICH - 900, "the buyer");
    }

    function test_a_signed_purchase_is_of_the_offer_that_was_seen() external {
        IOffers.Offer memory dearer = paid;
        dearer.price = 101;
        CHEATS.prank(owner);
        licenses.openOffer(dearer);
        IOffers.Purchase memory purchase = IOffers.Purchase(center, QUOTA, SALT, UNTIL);
        bytes memory signature = _signedBy(center, Action.BuyInCurrency, UNTIL);
        bytes4 problem = ISignedActions.BadSignature.selector;
        CHEATS.expectRevert(abi.encodeWithSelector(problem, center));
        licenses.buyBySig(dearer, purchase, signature);
    }

    // -------------------------------------------------------------- revokeBySig

    function test_only_the_present_owner_revokes_by_signature() external {
        bytes memory signature = _signedBy(owner, Action.Revoke, UNTIL);
        CHEATS.prank(owner);
        registry.transferFrom(owner, stranger, uint256(DESIGN));
        bytes4 problem = ISignedActions.BadSignature.selector;
        _refuse(
            Action.Revoke, owner, UNTIL, signature, abi.encodeWithSelector(problem, stranger)
        );
    }

    // ---------------------------------------------------------------- internal

    function _signer(Action action) private view returns (address) {
        if (action == Action.Buy || action == Action.BuyInCurrency) return center;
        return action == Action.Revoke ? owner : issuer;
    }

    function _signedBy(address who, Action action, uint256 deadline)
        private
        view
        returns (bytes memory)
    {
        return _signature(who, _digest(_struct(action, _signer(action), deadline)));
    }

    function _struct(Action action, address signer, uint256 deadline)
        private
        view
        returns (bytes32)
    {
        if (action == Action.Grant) return _hash(_grant(signer, deadline));
        if (action == Action.Void) return _hash(_void(signer, deadline));
        if (action == Action.Revoke) {
            return _hash(Revocation(DESIGN, revocable, REASON, deadline));
        }
        IOffers.Offer memory terms = action == Action.Buy ? native : paid;
        return _hash(
            keccak256(abi.encode(terms)), IOffers.Purchase(signer, QUOTA, SALT, deadline)
        );
    }

    function _data(Action action, address signer, uint256 deadline, bytes memory signature)
        private
        view
        returns (bytes memory, uint256 value)
    {
        if (action == Action.Grant) {
            IGrants.Grant memory given = _grant(signer, deadline);
            return (abi.encodeCall(licenses.grantBySig, (given, signature)), 0);
        }
        if (action == Action.Void) {
            IVoids.Void memory voided = _void(signer, deadline);
            return (abi.encodeCall(licenses.voidPrintsBySig, (voided, signature)), 0);
        }
        if (action == Action.Revoke) {
            return (
                abi.encodeCall(
                    licenses.revokeBySig, (DESIGN, revocable, REASON, deadline, signature)
                ),
                0
            );
        }
        IOffers.Purchase memory purchase = IOffers.Purchase(signer, QUOTA, SALT, deadline);
        if (action == Action.Buy) value = QUOTA * uint256(PRICE);
        IOffers.Offer memory terms = action == Action.Buy ? native : paid;
        return (abi.encodeCall(licenses.buyBySig, (terms, purchase, signature)), value);
    }

    function _grant(address signer, uint256 deadline)
        private
        view
        returns (IGrants.Grant memory)
    {
        return
            IGrants.Grant(DESIGN, center, QUOTA, START + DAY, GRACE, 0, signer, SALT, deadline);
    }

    function _void(address signer, uint256 deadline) private view returns (IVoids.Void memory) {
        return IVoids.Void(DESIGN, voidable, 0, 1, REASON, signer, deadline);
    }

    function _send(Action action, address signer, uint256 deadline, bytes memory signature)
        private
    {
        (bytes memory data, uint256 value) = _data(action, signer, deadline, signature);
        (bool done,) = address(licenses).call{value: value}(data);
        _check(done, "refused");
    }

    function _refuse(
        Action action,
        address signer,
        uint256 deadline,
        bytes memory signature,
        bytes memory problem
    ) private {
        (bytes memory data, uint256 value) = _data(action, signer, deadline, signature);
        _refusedCall(address(this), value, data, problem);
    }

    function _refuseStranger(Action action) private {
        bytes memory signature = _signature(stranger, _digest(_struct(action, stranger, UNTIL)));
        bytes memory problem =
            abi.encodeWithSelector(ILicenses.NotIssuer.selector, DESIGN, stranger);
        _refuse(action, stranger, UNTIL, signature, problem);
    }

    function _spent(address signer, bytes32 digest) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ISignedActions.SignatureSpent.selector, signer, digest);
    }
}
