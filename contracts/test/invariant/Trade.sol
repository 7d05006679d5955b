// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ILineage} from "../../src/interfaces/ILineage.sol";
import {IOffers} from "../../src/interfaces/licenses/IOffers.sol";
import {CHEATS} from "../base/Cheats.sol";
import {Cast} from "./Cast.sol";

interface ITakes {
    function takeCrisisLicense(bytes32 design, uint256 crisis, uint32 quota)
        external
        returns (uint256 license);
}

/// @title What designers and centers do: lineage, licenses, money.
abstract contract Trade is Cast {
    uint256 internal crisis;

    // --------------------------------------------------------------- designers

    function designerGrants(uint256 pick, uint32 quota, uint40 lasts, uint16 grace, uint8 rights)
        external
    {
        if (numbers >= MOST_LICENSES) return;
        bytes32 design = _anyDesign(pick);
        quota = uint32(_within(quota, 1, 700));
        lasts = uint40(_within(lasts, HOUR, DAY));
        (grace, rights) = (grace % 7, rights & 14);
        address giver = registry.isIssuerOf(design, issuer) ? issuer : _ownerOf(design);
        CHEATS.prank(giver);
        uint256 license =
            licenses.grant(design, centers[pick % 2], quota, _now() + lasts, grace, rights);
        Held storage it = _note(license, design, centers[pick % 2], quota);
        (it.expiry, it.grace, it.rights) = (_now() + lasts, grace, rights);
        _did("grant");
    }

    function designerRevokes(uint256 pick) external {
        uint256 license = _pick(pick);
        Held storage it = held[license];
        if (license == 0 || it.revoked || _now() >= it.expiry) return;
        if (it.rights & IRREVOCABLE != 0) {
            return _mustFail(
                _ownerOf(it.design), abi.encodeCall(licenses.revoke, (it.design, license, REASON))
            );
        }
        CHEATS.prank(_ownerOf(it.design));
        licenses.revoke(it.design, license, REASON);
        (it.revoked, it.expiry) = (true, _now());
        _did("revoke");
    }

    function designerWithdraws(uint256 pick, bool native) external {
        bytes32 design = _anyDesign(pick);
        address money = native ? NATIVE : address(currency);
        uint256 waiting = licenses.earningsOf(design, money);
        if (waiting == 0) return;
        address holder = _ownerOf(design);
        uint256 before = _has(holder, money);
        CHEATS.prank(holder);
        licenses.withdraw(design, money, payable(holder));
        _same(_has(holder, money) - before, waiting, "withdrawn what waited");
        withdrawn[design][money] += waiting;
        _did("withdraw");
    }

    function designerSells(uint256 pick, uint256 to) external {
        bytes32 design = _anyDesign(pick);
        address from = _ownerOf(design);
        CHEATS.prank(from);
        registry.transferFrom(from, designers[to % 3], uint256(design));
        _did("sell");
    }

    function designerDerives(uint256 pick, uint256 other, uint16 share, uint16 second) external {
        if (designs.length == MOST_DESIGNS) return;
        (bytes32 one, bytes32 two) = (_anyDesign(pick), _anyDesign(other));
        if (_blocked(one) || _blocked(two)) return;
        (share, second) = (share % 2_501, second % 2_501);
        ILineage.Parent[] memory parents = new ILineage.Parent[](one == two ? 1 : 2);
        parents[0] = _parent(one, share);
        _openPolicy(one, share);
        if (one != two) {
            parents[1] = _parent(two, second);
            _openPolicy(two, second);
        }
        bytes32 design = _design(designs.length);
        _derive(designers[pick % 3], design, parents);
        designs.push(design);
        _did("derive");
    }

    // ----------------------------------------------------------------- recalls

    function designerRecalls(uint256 pick) external {
        bytes32 design = _anyDesign(pick);
        if (recalled[design]) return;
        CHEATS.prank(_ownerOf(design));
        registry.recall(design, REASON);
        recalled[design] = true;
        _did("recall");
    }

    function designerLifts(uint256 pick) external {
        for (uint256 step; step < designs.length; ++step) {
            bytes32 design = designs[(pick % designs.length + step) % designs.length];
            if (!recalled[design]) continue;
            CHEATS.prank(_ownerOf(design));
            registry.liftRecall(design, REASON);
            recalled[design] = false;
            return _did("lift");
        }
    }

    // ----------------------------------------------------------------- centers

    function centerBuys(uint256 pick, uint32 quota, uint96 price, uint40 lasts, uint16 grace)
        external
    {
        ++tries["buy"];
        bytes32 design = _anyDesign(pick);
        if (numbers >= MOST_LICENSES || _blocked(design)) return;
        IOffers.Offer memory terms = _terms();
        quota = uint32(_within(quota, 1, 700));
        // As often a few units, where roundings show, as any price.
        terms.price = uint96(_within(price, 1, price % 2 == 0 ? 9 : 1 ether));
        terms.currency = price % 3 == 0 ? NATIVE : address(currency);
        terms.duration = uint40(_within(lasts, HOUR, DAY));
        (terms.grace, terms.rights) = (grace % 7, uint8(lasts) & 14);
        terms.design = design;
        CHEATS.prank(_ownerOf(design));
        licenses.openOffer(terms);
        _buy(terms, quota, centers[pick % 2]);
        _did("buy");
    }

    function _buy(IOffers.Offer memory terms, uint32 quota, address buyer) private {
        uint256 due = uint256(terms.price) * quota;
        CHEATS.prank(buyer);
        uint256 license = licenses.buy{value: terms.currency == NATIVE ? due : 0}(terms, quota);
        Held storage it = _note(license, terms.design, buyer, quota);
        (it.currency, it.price, it.rights) = (terms.currency, terms.price, terms.rights);
        (it.expiry, it.grace) = (_now() + terms.duration, terms.grace);
        paid[terms.currency] += due;
    }

    function centerTakesInCrisis(uint256 pick, uint32 quota) external {
        bytes32 design = designs[0];
        if (numbers >= MOST_LICENSES || _blocked(design)) return;
        quota = uint32(_within(quota, 1, 40));
        CHEATS.prank(centers[pick % 2]);
        uint256 license =
            ITakes(address(licenses)).takeCrisisLicense(design, crisis, quota);
        Held storage it = _note(license, design, centers[pick % 2], quota);
        (it.expiry, it.rights) = (_now() + 2 * DAY, IRREVOCABLE | CRISIS);
        _did("crisis");
    }

    function centerRefunds(uint256 pick, uint8 first, uint8 words) external {
        uint256 license = _pick(pick);
        Held storage it = held[license];
        if (license == 0 || _now() < _end(license)) return;
        (uint32 from, uint32 count) = (first % 4, words % 4 + 1);
        uint256 before = _has(it.holder, it.currency);
        CHEATS.prank(it.holder);
        (bool done, bytes memory answer) =
            address(licenses).call(abi.encodeCall(licenses.refund, (it.design, license, from, count)));
        if (!done) return;
        uint32 prints = abi.decode(answer, (uint32));
        uint256 amount = uint256(prints) * it.price;
        _same(_has(it.holder, it.currency) - before, amount, "refunded money");
        it.refunded += prints;
        paidBack[it.currency] += amount;
        _did("refund");
    }

    function centerTransfers(uint256 pick) external {
        uint256 license = _pick(pick);
        Held storage it = held[license];
        if (license == 0 || it.rights & TRANSFERABLE == 0 || _now() >= it.expiry) return;
        address to = it.holder == centers[0] ? centers[1] : centers[0];
        CHEATS.prank(it.holder);
        licenses.transferLicense(it.design, license, to);
        it.holder = to;
        _did("transfer");
    }

    /// @dev Passes on serials at the end. What is spent or paid for otherwise stays: the contract
    ///      decides, and the laws tell whether price and serials came along.
    function centerSublicenses(uint256 pick, uint32 quota) external {
        uint256 license = _pick(pick);
        Held storage it = held[license];
        if (license == 0 || it.rights & TRANSFERABLE == 0 || _now() >= it.expiry) return;
        if (numbers >= MOST_LICENSES + 3 || _quota(license) < 2) return;
        quota = uint32(_within(quota, 1, _quota(license) - 1));
        address to = it.holder == centers[0] ? centers[1] : centers[0];
        CHEATS.prank(it.holder);
        (bool done, bytes memory answer) =
            address(licenses).call(abi.encodeCall(licenses.sublicense, (it.design, license, to, quota)));
        if (!done) return;
        it.passed += quota;
        Held storage part = _note(abi.decode(answer, (uint256)), it.design, to, quota);
        (part.currency, part.price, part.rights) = (it.currency, it.price, it.rights);
        (part.expiry, part.grace) = (it.expiry, it.grace);
        _did("sublicense");
    }
}
