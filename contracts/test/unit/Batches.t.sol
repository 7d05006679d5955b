// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IBatch} from "../../src/interfaces/IBatch.sol";
import {IEscrow} from "../../src/interfaces/licenses/IEscrow.sol";
import {ILicenses} from "../../src/interfaces/licenses/ILicenses.sol";
import {IOffers} from "../../src/interfaces/licenses/IOffers.sol";
import {IPayments} from "../../src/interfaces/licenses/IPayments.sol";
import {IRedemption} from "../../src/interfaces/licenses/IRedemption.sol";
import {IVoids} from "../../src/interfaces/licenses/IVoids.sol";
import {CHEATS} from "../base/Cheats.sol";
import {MarketBase} from "../base/MarketBase.sol";

/// @title Many calls of licenses in one transaction; the outline is in Batches.tree.
contract BatchesTest is MarketBase {
    uint256 private constant MANY = 5;

    /// @dev How to make the middle one of a batch fail, and with what.
    struct Case {
        address sender;
        bytes[] calls;
        bytes problem;
    }

    // ---------------------------------------------------------------- grants

    function test_many_are_granted() external {
        Case memory grants = _grants();
        grants.calls[2] = grants.calls[1];
        bytes[] memory results = _done(grants);
        for (uint256 index; index < MANY; ++index) {
            _same(abi.decode(results[index], (uint256)), index + 1, "number");
        }
    }

    function test_one_wrong_grant_undoes_all() external {
        _undone(_grants());
        _refused(center, abi.encodeWithSelector(ILicenses.LicenseNotFound.selector, DESIGN, 1));
        licenses.licenseOf(DESIGN, 1);
    }

    function test_one_wrong_grant_is_left_out() external {
        bytes[] memory results = _leftOut(_grants());
        _same(abi.decode(results[1], (uint256)), 2, "before it");
        _same(abi.decode(results[3], (uint256)), 3, "after it");
    }

    // ----------------------------------------------------------- redemptions

    function test_one_wrong_redemption_undoes_all() external {
        uint256 license = _paid(MANY);
        _undone(_redemptions(license));
        _same(licenses.redeemedSerials(license, 0), 0, "nothing is spent");
    }

    function test_one_wrong_redemption_is_left_out() external {
        uint256 license = _paid(MANY);
        _leftOut(_redemptions(license));
        _same(licenses.redeemedSerials(license, 0), 27, "all the others");
    }

    // ----------------------------------------------------------------- voids

    function test_one_wrong_void_undoes_all() external {
        uint256 license = _paid(MANY);
        _printed(license, 0, 27);
        _undone(_voids(license));
        _same(licenses.serialsVoided(license, 0), 0, "nothing is voided");
    }

    function test_one_wrong_void_is_left_out() external {
        uint256 license = _paid(MANY);
        _printed(license, 0, 27);
        _leftOut(_voids(license));
        _same(licenses.serialsVoided(license, 0), 27, "all the others");
        _same(licenses.licenseOf(DESIGN, license).quota, 9, "replaced");
    }

    // ----------------------------------------------------------- settlements

    function test_one_empty_settlement_undoes_all() external {
        _undone(_settlements());
        _same(licenses.earningsOf(DESIGN, NATIVE), 0, "nothing is earned");
    }

    function test_one_empty_settlement_is_left_out() external {
        bytes[] memory results = _leftOut(_settlements());
        _same(abi.decode(results[4], (uint32)), 1, "one print");
        _same(licenses.earningsOf(DESIGN, NATIVE), 4 * uint256(PRICE), "all the others");
    }

    // ---------------------------------------------------------------- limits

    function test_a_batch_brings_no_value() external {
        IOffers.Offer memory terms = _opened();
        Case memory c = Case(center, new bytes[](1), "");
        c.calls[0] = abi.encodeCall(licenses.buy, (terms, 1));
        bytes4 problem = IPayments.WrongPayment.selector;
        c.problem = abi.encodeWithSelector(problem, PRICE, 0);
        _refused(center, abi.encodeWithSelector(IBatch.BatchFailed.selector, 0, c.problem));
        licenses.batch(c.calls, true);
        bytes memory data = abi.encodeCall(licenses.batch, (c.calls, true));
        _refusedCall(center, PRICE, data, "");
    }

    function test_a_batch_gives_nobody_the_rights_of_another() external {
        Case memory grants = _grants();
        bytes memory problem =
            abi.encodeWithSelector(ILicenses.NotIssuer.selector, DESIGN, stranger);
        _refused(stranger, abi.encodeWithSelector(IBatch.BatchFailed.selector, 0, problem));
        licenses.batch(grants.calls, true);
    }

    // -------------------------------------------------------------- internal

    function _paid(uint256 quota) private returns (uint256) {
        return _sold(DESIGN, NATIVE, PRICE, uint32(quota));
    }

    function _grants() private view returns (Case memory c) {
        c.sender = owner;
        c.calls = new bytes[](MANY);
        for (uint256 index; index < MANY; ++index) {
            address to = index == 2 ? address(0) : center;
            c.calls[index] =
                abi.encodeCall(licenses.grant, (DESIGN, to, 1, START + DAY, GRACE, 0));
        }
        c.problem = abi.encodeWithSelector(ILicenses.InvalidRecipient.selector, address(0));
    }

    /// @dev Serials 0 to 4 one by one, of which the third is 0 again.
    function _redemptions(uint256 license) private view returns (Case memory c) {
        c.sender = printer;
        c.calls = new bytes[](MANY);
        IRedemption.PrintToken memory token = _token(license);
        token.serials = 31;
        bytes memory signature = _signed(token, owner);
        for (uint256 index; index < MANY; ++index) {
            uint256 take = index == 2 ? 1 : 1 << index;
            c.calls[index] = abi.encodeCall(licenses.redeem, (token, signature, take));
        }
        bytes4 problem = IRedemption.SerialAlreadySpent.selector;
        c.problem = abi.encodeWithSelector(problem, DESIGN, license, 0);
    }

    function _voids(uint256 license) private view returns (Case memory c) {
        c.sender = issuer;
        c.calls = new bytes[](MANY);
        for (uint256 index; index < MANY; ++index) {
            c.calls[index] = abi.encodeCall(
                licenses.voidPrints, (DESIGN, license, 0, 1 << index, REASON)
            );
        }
        c.problem = abi.encodeWithSelector(IVoids.NotVoidable.selector, DESIGN, license, 2);
    }

    function _settlements() private returns (Case memory c) {
        c.sender = stranger;
        c.calls = new bytes[](MANY);
        for (uint256 index; index < MANY; ++index) {
            uint256 license = _paid(1);
            if (index != 2) _printed(license, 0, 1);
            c.calls[index] = abi.encodeCall(licenses.settle, (DESIGN, license, 0, 1));
        }
        c.problem = abi.encodeWithSelector(IEscrow.NothingToSettle.selector, DESIGN, 3);
    }

    function _done(Case memory c) private returns (bytes[] memory) {
        CHEATS.prank(c.sender);
        return licenses.batch(c.calls, true);
    }

    function _undone(Case memory c) private {
        _refused(c.sender, abi.encodeWithSelector(IBatch.BatchFailed.selector, 2, c.problem));
        licenses.batch(c.calls, true);
    }

    function _leftOut(Case memory c) private returns (bytes[] memory results) {
        CHEATS.expectEmit(address(licenses));
        emit IBatch.BatchItemFailed(c.sender, 2, c.problem);
        CHEATS.prank(c.sender);
        results = licenses.batch(c.calls, false);
        CHEATS.assertEq(keccak256(results[2]), keccak256(c.problem), "its reason");
    }
}
