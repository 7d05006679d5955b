// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IEscrow} from "../../src/interfaces/licenses/IEscrow.sol";
import {IOffers} from "../../src/interfaces/licenses/IOffers.sol";
import {IRedemption} from "../../src/interfaces/licenses/IRedemption.sol";
import {Base} from "../base/Base.sol";
import {CHEATS} from "../base/Cheats.sol";

/// @title Redemptions and money at random, beside the rules written out once more.
contract RedemptionsTest is Base {
    struct Case {
        uint32 quota;
        uint40 expiry;
        uint16 grace;
        uint40 notBefore;
        uint40 deadline;
        uint40 time;
        uint32 word;
        uint256 serials;
        uint256 take;
        uint8 signer;
        uint8 sender;
        bool revoked;
    }

    /// @dev Values lie near each other, so that about as many calls succeed as are refused.
    function testFuzz_redeem_does_what_the_rules_say(Case memory c) external {
        c.quota = uint32(_within(c.quota, 1, 600));
        c.expiry = START + uint40(_within(c.expiry, 1, 3 * DAY));
        c.grace = uint16(_within(c.grace, 0, 48));
        c.notBefore = START + uint40(_within(c.notBefore, 0, DAY));
        c.deadline = START + uint40(_within(c.deadline, 0, 6 * DAY));
        c.time = START + uint40(_within(c.time, 1, 4 * DAY));
        c.word = uint32(_within(c.word, 0, 3));
        if (c.take % 8 != 0) c.take &= c.serials;
        if (c.take % 5 != 0) c.take &= _heldBy(c.quota, c.word);
        CHEATS.prank(owner);
        uint256 license = licenses.grant(DESIGN, center, c.quota, c.expiry, c.grace, 0);
        c.revoked = c.revoked && c.expiry > START + 1;
        if (c.revoked) {
            _pass(START + 1);
            CHEATS.prank(owner);
            licenses.revoke(DESIGN, license, REASON);
            c.expiry = START + 1;
        }
        IRedemption.PrintToken memory token = _token(license);
        (token.word, token.serials) = (c.word, c.serials);
        (token.notBefore, token.deadline) = (c.notBefore, c.deadline);
        address signer = _who(c.signer);
        address sender = c.sender % 4 != 3 ? printer : _who(c.sender / 4);
        bytes memory signature = _signed(token, signer);
        _pass(c.time);
        CHEATS.prank(sender);
        (bool done,) =
            address(licenses).call(abi.encodeCall(licenses.redeem, (token, signature, c.take)));
        bool mayCall = sender == printer || sender == signer;
        bool maySign = signer == owner || signer == issuer;
        _check(done == (mayCall && maySign && _allowed(c)), "redeemed against the rules, or not");
        _same(licenses.redeemedSerials(license, c.word), done ? c.take : 0, "spent");
    }

    function testFuzz_a_second_take_shares_no_serial(uint256 one, uint256 two) external {
        CHEATS.assume(one != 0 && two != 0);
        uint256 license = _granted(256);
        _printed(license, 0, one);
        IRedemption.PrintToken memory token = _token(license);
        token.serials = two;
        bytes memory signature = _signed(token, owner);
        CHEATS.prank(printer);
        (bool done,) =
            address(licenses).call(abi.encodeCall(licenses.redeem, (token, signature, two)));
        _check(done == (one & two == 0), "spent twice, or refused for nothing");
        _same(licenses.redeemedSerials(license, 0), done ? one | two : one, "spent");
    }

    function testFuzz_random_bytes_are_no_signature(bytes calldata signature) external {
        IRedemption.PrintToken memory token = _token(_granted(9));
        CHEATS.prank(printer);
        (bool done,) =
            address(licenses).call(abi.encodeCall(licenses.redeem, (token, signature, 1)));
        _check(!done, "redeemed without a signature");
    }

    /// @dev Every slice in any order: earned and refunded are the printed and the others.
    function testFuzz_money_is_conserved_in_any_slices(
        uint32 quota,
        uint96 price,
        uint256[3] calldata masks,
        uint8[6] calldata slices
    ) external {
        quota = uint32(_within(quota, 1, 700));
        price = uint96(_within(price, 1, 1 ether));
        IOffers.Offer memory terms = _terms();
        terms.price = price;
        CHEATS.prank(owner);
        licenses.openOffer(terms);
        CHEATS.prank(center);
        uint256 license = licenses.buy{value: uint256(price) * quota}(terms, quota);
        uint256 printed;
        for (uint32 word; word < 3; ++word) {
            uint256 mask = masks[word] & _heldBy(quota, word);
            if (mask != 0) _printed(license, word, mask);
            printed += _bits(mask);
        }
        _pass(START + 100 * DAY);
        uint256 before = center.balance;
        for (uint256 step; step < 6; ++step) {
            (uint32 first, uint32 words) = (slices[step] % 4, slices[step] >> 6);
            _any(center, abi.encodeCall(licenses.settle, (DESIGN, license, first, words)));
            _any(center, abi.encodeCall(licenses.refund, (DESIGN, license, first, words)));
            _same(
                address(licenses).balance + center.balance - before,
                uint256(price) * quota,
                "paid = held + paid back"
            );
        }
        _any(center, abi.encodeCall(licenses.settle, (DESIGN, license, 0, 3)));
        _any(center, abi.encodeCall(licenses.refund, (DESIGN, license, 0, 3)));
        _same(licenses.tallyOf(license).earned, printed, "earned");
        _same(licenses.tallyOf(license).refunded, quota - printed, "refunded");
        _same(licenses.earningsOf(DESIGN, NATIVE), printed * price, "earnings");
        _same(address(licenses).balance, printed * price, "balance");
    }

    function testFuzz_an_offer_is_named_by_all_its_terms(IOffers.Offer calldata terms)
        external
        view
    {
        CHEATS.assertEq(licenses.hashOffer(terms), keccak256(abi.encode(terms)), "hash");
    }

    // -------------------------------------------------------------- internal

    function _allowed(Case memory c) private pure returns (bool) {
        uint256 grace = uint256(c.grace) * HOUR;
        return c.time >= c.notBefore && c.time < c.deadline + grace && c.time < c.expiry + grace
            && c.take != 0 && c.take & ~c.serials == 0
            && c.take & ~_heldBy(c.quota, c.word) == 0;
    }

    function _who(uint8 pick) private view returns (address) {
        if (pick % 8 == 0) return stranger;
        if (pick % 8 == 1) return center;
        return pick % 2 == 0 ? owner : issuer;
    }

    function _any(address who, bytes memory data) private {
        CHEATS.prank(who);
        (bool done, bytes memory problem) = address(licenses).call(data);
        bytes4 why = bytes4(problem);
        _check(
            done || why == IEscrow.NothingToSettle.selector
                || why == IEscrow.NothingToRefund.selector,
            "refused for another reason"
        );
    }
}
