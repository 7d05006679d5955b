// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IPrintLicenses} from "../../src/interfaces/IPrintLicenses.sol";
import {IOffers} from "../../src/interfaces/licenses/IOffers.sol";
import {IRedemption} from "../../src/interfaces/licenses/IRedemption.sol";
import {Base, IRegistry} from "../base/Base.sol";
import {CHEATS} from "../base/Cheats.sol";

/// @title Everybody who does something with the contracts, and what should come of it.
/// @dev Each action makes one call. Honest ones are built so that they must succeed, and those of
///      thieves so that they must fail, by the bookkeeping here: a difference is a failed run.
///      What cannot be done now (nothing to refund yet) returns without a call and counts nothing.
contract Handler is Base {
    uint256 private constant FULL = type(uint256).max;
    uint256 private constant MOST_LICENSES = 8;
    uint256 private constant MOST_GRANTED = 3;

    /// @dev A license as this handler knows it.
    struct Held {
        uint32 quota;
        uint96 price;
        uint40 expiry;
        uint16 grace;
        bool revoked;
        uint256 earned;
        uint256 refunded;
        mapping(uint256 word => uint256) spent;
        mapping(uint256 word => uint256) accounted;
    }

    mapping(uint256 license => Held) internal held;
    uint256 public numbers;
    uint256 public settled;
    uint256 public withdrawn;
    uint256 public paidBack;
    uint256 public paid;
    /// @notice How often each action succeeded, and each theft was refused.
    mapping(bytes32 action => uint256) public times;
    uint256 public successes;
    uint256 public refusals;
    mapping(bytes32 action => uint256) public tries;

    /// @dev Who buys the design the next time it is sold: its former owner, after the first.
    address internal heir;

    constructor() {
        setUp();
        heir = _account("heir");
    }

    function contracts() external view returns (IPrintLicenses, IRegistry) {
        return (licenses, registry);
    }

    // --------------------------------------------------------------- designers

    function designerGrants(uint32 quota, uint40 lasts, uint16 grace, bool byIssuer) external {
        if (times["grant"] == MOST_GRANTED) return;
        quota = uint32(_within(quota, 1, 700));
        lasts = uint40(_within(lasts, HOUR, 3 * DAY));
        grace = uint16(_within(grace, 0, 24));
        address giver = byIssuer && registry.isIssuerOf(DESIGN, issuer) ? issuer : _designer();
        CHEATS.prank(giver);
        uint256 license = licenses.grant(DESIGN, center, quota, _now() + lasts, grace, 0);
        _note(license, quota, 0, _now() + lasts, grace);
        _done("grant");
    }

    function designerRevokes(uint256 pick) external {
        uint256 license = _pick(pick);
        if (license == 0 || held[license].revoked || _now() >= held[license].expiry) return;
        CHEATS.prank(_designer());
        licenses.revoke(DESIGN, license, REASON);
        (held[license].revoked, held[license].expiry) = (true, _now());
        _done("revoke");
    }

    function designerWithdraws() external {
        if (settled == withdrawn) return;
        address designer = _designer();
        uint256 before = designer.balance;
        CHEATS.prank(designer);
        licenses.withdraw(DESIGN, NATIVE, payable(designer));
        _same(designer.balance - before, settled - withdrawn, "withdrawn what was settled");
        withdrawn = settled;
        _done("withdraw");
    }

    function designerSells() external {
        (address from, address to) = (_designer(), heir);
        CHEATS.prank(from);
        registry.transferFrom(from, to, uint256(DESIGN));
        heir = from;
        _done("sell");
    }

    // ----------------------------------------------------------------- centers

    function centerBuys(uint32 quota, uint96 price, uint40 lasts, uint16 grace) external {
        ++tries["buy"];
        if (numbers >= MOST_LICENSES) return;
        IOffers.Offer memory terms = _terms();
        quota = uint32(_within(quota, 1, 700));
        terms.price = uint96(_within(price, 1, 1 ether));
        terms.duration = uint40(_within(lasts, HOUR, 3 * DAY));
        terms.grace = uint16(_within(grace, 0, 24));
        CHEATS.prank(_designer());
        licenses.openOffer(terms);
        uint256 due = uint256(terms.price) * quota;
        CHEATS.prank(center);
        uint256 license = licenses.buy{value: due}(terms, quota);
        paid += due;
        _note(license, quota, terms.price, _now() + terms.duration, terms.grace);
        _done("buy");
    }

    function centerRefunds(uint256 pick, uint8 first, uint8 words) external {
        uint256 license = _pick(pick);
        if (license == 0 || _now() < _end(license)) return;
        (uint256 prints, uint32 from, uint32 count) = _count(license, first, words, true);
        if (prints == 0) return;
        uint256 before = center.balance;
        CHEATS.prank(center);
        _same(licenses.refund(DESIGN, license, from, count), prints, "refunded prints");
        _same(center.balance - before, prints * held[license].price, "refunded money");
        held[license].refunded += prints;
        paidBack += prints * held[license].price;
        _done("refund");
    }

    // ---------------------------------------------------------------- printers

    function printerRedeems(uint256 pick, uint256 take, uint8 word, bool byIssuer) external {
        ++tries["redeem"];
        (uint256 license, uint32 at, uint256 free) = _free(pick, word);
        if (free == 0) return;
        take = take & free == 0 ? free & (~free + 1) : take & free;
        address signer =
            byIssuer && registry.isIssuerOf(DESIGN, issuer) ? issuer : _designer();
        IRedemption.PrintToken memory token = _token(license);
        (token.word, token.serials) = (at, free);
        bytes memory signature = _signed(token, signer);
        CHEATS.prank(printer);
        licenses.redeem(token, signature, take);
        held[license].spent[at] |= take;
        _done("redeem");
    }

    function anyoneSettles(uint256 pick, uint8 first, uint8 words) external {
        uint256 license = _pick(pick);
        if (license == 0) return;
        (uint256 prints, uint32 from, uint32 count) = _count(license, first, words, false);
        if (prints == 0) return;
        CHEATS.prank(stranger);
        _same(licenses.settle(DESIGN, license, from, count), prints, "settled prints");
        held[license].earned += prints;
        settled += prints * held[license].price;
        _done("settle");
    }

    function timePasses(uint256 minutes_) external {
        _pass(_now() + _within(minutes_, 1, 600) * 60);
    }

    // ------------------------------------------------------------------ thieves

    /// @dev Takes everything that is not theirs: nothing may succeed, whatever the state.
    function thiefTakes(uint256 pick, uint8 way) external {
        uint256 license = _pick(pick);
        way %= 6;
        bytes memory data;
        if (way == 0) data = abi.encodeCall(licenses.withdraw, (DESIGN, NATIVE, payable(stranger)));
        if (way == 1) data = abi.encodeCall(licenses.refund, (DESIGN, license, 0, 3));
        if (way == 2) data = abi.encodeCall(licenses.revoke, (DESIGN, license, REASON));
        if (way == 3) data = abi.encodeCall(licenses.openOffer, (_terms()));
        if (way == 4) data = abi.encodeCall(licenses.closeOffer, (_terms()));
        if (way == 5) {
            data = abi.encodeCall(licenses.grant, (DESIGN, stranger, 1, type(uint40).max, 0, 0));
        }
        _mustFail(stranger, data);
    }

    /// @dev Redeems without the right to: a foreign signature or sender, or spent serials.
    function thiefRedeems(uint256 pick, uint256 take, uint8 word, uint8 way) external {
        uint256 license = _pick(pick);
        if (license == 0) return;
        IRedemption.PrintToken memory token = _token(license);
        (token.word, token.serials) = (word % 4, FULL);
        uint256 real = _heldBy(held[license].quota, token.word);
        uint256 spent = held[license].spent[token.word];
        (address signer, address sender) = (_designer(), printer);
        way %= 5;
        if (way == 0) signer = stranger;
        if (way == 1) sender = stranger;
        if (way == 2) signer = heir;
        if (way == 3 && spent == 0) return;
        if (way == 3) take = (take & real) | (spent & (~spent + 1));
        if (way == 4) take = take & ~real;
        _mustFail(sender, abi.encodeCall(licenses.redeem, (token, _signed(token, signer), take)));
    }

    /// @dev With a good token, but after the end: revoked or expired, and past the grace.
    function thiefComesLate(uint256 pick, uint8 word) external {
        uint256 license = _pick(pick);
        if (license == 0 || _now() < _end(license)) return;
        IRedemption.PrintToken memory token = _token(license);
        (token.word, token.serials, token.deadline) = (word % 3, FULL, type(uint40).max);
        uint256 free = _heldBy(held[license].quota, token.word) & ~held[license].spent[token.word];
        if (free == 0) return;
        bytes memory signature = _signed(token, _designer());
        _mustFail(printer, abi.encodeCall(licenses.redeem, (token, signature, free)));
        ++times["late"];
    }

    // ------------------------------------------------------------------- views

    function termsOf(uint256 license) external view returns (uint256 quota, uint256 price) {
        return (held[license].quota, held[license].price);
    }

    function tallyOf(uint256 license) external view returns (uint256 earned, uint256 refunded) {
        return (held[license].earned, held[license].refunded);
    }

    function wordOf(uint256 license, uint256 word)
        external
        view
        returns (uint256 spent, uint256 accounted)
    {
        return (held[license].spent[word], held[license].accounted[word]);
    }

    // ---------------------------------------------------------------- internal

    function _note(uint256 license, uint32 quota, uint96 price, uint40 expiry, uint16 grace)
        private
    {
        _same(license, ++numbers, "number");
        Held storage it = held[license];
        (it.quota, it.price, it.expiry, it.grace) = (quota, price, expiry, grace);
    }

    /// @dev Words `from`.. of the license: what is to be counted there, which is then noted.
    function _count(uint256 license, uint8 first, uint8 words, bool unspent)
        private
        returns (uint256 prints, uint32 from, uint32 count)
    {
        (from, count) = (first % 3, words % 3 + 1);
        Held storage it = held[license];
        if (it.price == 0) return (0, from, count);
        for (uint256 word = from; word < from + count; ++word) {
            uint256 chosen = unspent ? _heldBy(it.quota, word) & ~it.spent[word] : it.spent[word];
            chosen &= ~it.accounted[word];
            it.accounted[word] |= chosen;
            prints += _bits(chosen);
        }
    }

    function _mustFail(address sender, bytes memory data) private {
        CHEATS.prank(sender);
        (bool done,) = address(licenses).call(data);
        _check(!done, "a theft succeeded");
        ++refusals;
    }

    function _done(bytes32 action) private {
        ++times[action];
        ++successes;
    }

    function _pick(uint256 pick) private view returns (uint256) {
        return numbers == 0 ? 0 : pick % numbers + 1;
    }

    /// @dev A live license with free serials, the first one from a random start.
    function _free(uint256 pick, uint256 start)
        private
        view
        returns (uint256 license, uint32 word, uint256 free)
    {
        for (uint256 step; step < numbers; ++step) {
            license = (pick % numbers + step) % numbers + 1;
            if (_now() >= _end(license)) continue;
            for (uint256 next; next < 3; ++next) {
                word = uint32((start + next) % 3);
                free = _heldBy(held[license].quota, word) & ~held[license].spent[word];
                if (free != 0) return (license, word, free);
            }
        }
        return (0, 0, 0);
    }

    function _end(uint256 license) private view returns (uint256) {
        return uint256(held[license].expiry) + uint256(held[license].grace) * HOUR;
    }

    function _designer() private view returns (address) {
        return registry.ownerOf(uint256(DESIGN));
    }
}
