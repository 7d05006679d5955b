// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ISignedActions} from "../../src/interfaces/ISignedActions.sol";
import {IGrants} from "../../src/interfaces/licenses/IGrants.sol";
import {IOffers} from "../../src/interfaces/licenses/IOffers.sol";
import {IVoids} from "../../src/interfaces/licenses/IVoids.sol";
import {CHEATS} from "../base/Cheats.sol";
import {SignedBase} from "../base/SignedBase.sol";

/// @title The mutation matrix of what others send for licenses: each field changed alone.
/// @dev What a changed message names exists as well, so that only the signature is wrong.
contract LicenseMutationsTest is SignedBase {
    uint256 private constant UNTIL = START + HOUR;

    IOffers.Offer private terms;
    uint256 private license;

    function setUp() public override {
        super.setUp();
        _register(owner, OTHER);
        terms = _offered(DESIGN, NATIVE, 0);
        license = _granted(600);
        _granted(600);
        _print(DESIGN, license, 0, type(uint256).max);
        _print(DESIGN, license, 1, type(uint256).max);
    }

    // -------------------------------------------------------------- Purchase

    function test_the_unchanged_purchase_is_taken() external {
        licenses.buyBySig(terms, _purchase(), _sign(center, _purchaseHash(_purchase())));
    }

    function testFuzz_each_field_of_a_purchase_is_signed(uint256 value) external {
        bytes memory signature = _sign(center, _purchaseHash(_purchase()));
        for (uint256 field; field < 4; ++field) {
            IOffers.Purchase memory changed = _purchase();
            if (field == 0) changed.buyer = address(uint160(value));
            if (field == 1) changed.quota = uint32(value);
            if (field == 2) changed.salt = bytes32(value);
            if (field == 3) changed.deadline = START + 1 + (value >> 1);
            if (_purchaseHash(changed) == _purchaseHash(_purchase())) continue;
            _wrong(changed.buyer);
            licenses.buyBySig(terms, changed, signature);
        }
    }

    /// @dev The offer is signed as its hash, so each of its members is.
    function testFuzz_each_member_of_the_offer_is_signed(uint256 value) external {
        bytes memory signature = _sign(center, _purchaseHash(_purchase()));
        for (uint256 member; member < 13; ++member) {
            IOffers.Offer memory changed = _changed(member, value);
            if (licenses.hashOffer(changed) == licenses.hashOffer(terms)) continue;
            _wrong(center);
            licenses.buyBySig(changed, _purchase(), signature);
        }
    }

    // ----------------------------------------------------------------- Grant

    function test_the_unchanged_grant_is_taken() external {
        licenses.grantBySig(_grant(), _sign(issuer, _hash(_grant())));
    }

    function testFuzz_each_field_of_a_grant_is_signed(uint256 value) external {
        bytes memory signature = _sign(issuer, _hash(_grant()));
        for (uint256 field; field < 9; ++field) {
            IGrants.Grant memory changed = _grant();
            if (field == 0) changed.design = value % 2 == 0 ? OTHER : bytes32(value);
            if (field == 1) changed.licensee = address(uint160(value));
            if (field == 2) changed.quota = uint32(value);
            if (field == 3) changed.expiry = uint40(value);
            if (field == 4) changed.grace = uint16(value);
            if (field == 5) changed.rights = uint8(value);
            if (field == 6) changed.issuer = value % 2 == 0 ? owner : address(uint160(value));
            if (field == 7) changed.salt = bytes32(value);
            if (field == 8) changed.deadline = START + 1 + (value >> 1);
            if (_hash(changed) == _hash(_grant())) continue;
            _wrong(changed.issuer);
            licenses.grantBySig(changed, signature);
        }
    }

    // ------------------------------------------------------------ Revocation

    function test_the_unchanged_revocation_is_taken() external {
        _send(_revocation(), _sign(owner, _hash(_revocation())));
    }

    function testFuzz_each_field_of_a_revocation_is_signed(uint256 value) external {
        bytes memory signature = _sign(owner, _hash(_revocation()));
        for (uint256 field; field < 4; ++field) {
            Revocation memory changed = _revocation();
            if (field == 0) changed.design = OTHER;
            if (field == 1) changed.license = value % 2 == 0 ? license + 1 : value;
            if (field == 2) changed.reason = bytes32(value);
            if (field == 3) changed.deadline = START + 1 + (value >> 1);
            if (_hash(changed) == _hash(_revocation())) continue;
            _wrong(owner);
            _send(changed, signature);
        }
    }

    // ------------------------------------------------------------------ Void

    function test_the_unchanged_void_is_taken() external {
        licenses.voidPrintsBySig(_void(), _sign(issuer, _hash(_void())));
    }

    function testFuzz_each_field_of_a_void_is_signed(uint256 value) external {
        bytes memory signature = _sign(issuer, _hash(_void()));
        for (uint256 field; field < 7; ++field) {
            IVoids.Void memory changed = _void();
            if (field == 0) changed.design = value % 2 == 0 ? OTHER : bytes32(value);
            if (field == 1) changed.license = value % 2 == 0 ? license + 1 : value;
            if (field == 2) changed.word = value % 2 == 0 ? 1 : uint32(value);
            if (field == 3) changed.serials = value;
            if (field == 4) changed.evidence = bytes32(value);
            if (field == 5) changed.issuer = value % 2 == 0 ? owner : address(uint160(value));
            if (field == 6) changed.deadline = START + 1 + (value >> 1);
            if (_hash(changed) == _hash(_void())) continue;
            _wrong(changed.issuer);
            licenses.voidPrintsBySig(changed, signature);
        }
    }

    // ------------------------------------------------------------ the domain

    function testFuzz_each_field_of_the_domain_is_signed(uint64 chain, address contract_) external {
        CHEATS.assume(chain != block.chainid && contract_ != address(licenses));
        uint256 here = block.chainid;
        _elsewhere("Platemarks", "1", here, address(licenses));
        _elsewhere("Platemark", "2", here, address(licenses));
        _elsewhere("Platemark", "1", chain, address(licenses));
        _elsewhere("Platemark", "1", here, contract_);
        _elsewhere("Platemark", "1", here, address(registry));
    }

    /// @dev No message is of the type of another, whatever its members.
    function test_a_signature_of_one_type_is_none_of_another() external {
        bytes memory signature = _sign(owner, _hash(_revocation()));
        IGrants.Grant memory given = _grant();
        given.issuer = owner;
        _wrong(owner);
        licenses.grantBySig(given, signature);
        IVoids.Void memory voided = _void();
        voided.issuer = owner;
        _wrong(owner);
        licenses.voidPrintsBySig(voided, signature);
    }

    // -------------------------------------------------------------- internal

    function _elsewhere(
        string memory name,
        string memory version,
        uint256 chain,
        address contract_
    ) private {
        bytes32[4] memory structs = [
            _purchaseHash(_purchase()), _hash(_grant()), _hash(_revocation()), _hash(_void())
        ];
        address[4] memory signers = [center, issuer, owner, issuer];
        for (uint256 index; index < 4; ++index) {
            bytes32 digest = _digest(name, version, chain, contract_, structs[index]);
            bytes memory signature = _signature(signers[index], digest);
            _wrong(signers[index]);
            if (index == 0) licenses.buyBySig(terms, _purchase(), signature);
            if (index == 1) licenses.grantBySig(_grant(), signature);
            if (index == 2) _send(_revocation(), signature);
            if (index == 3) licenses.voidPrintsBySig(_void(), signature);
        }
    }

    function _wrong(address signer) private {
        CHEATS.expectRevert(abi.encodeWithSelector(ISignedActions.BadSignature.selector, signer));
    }

    function _send(Revocation memory m, bytes memory signature) private {
        licenses.revokeBySig(m.design, m.license, m.reason, m.deadline, signature);
    }

    function _sign(address who, bytes32 structHash) private view returns (bytes memory) {
        return _signature(who, _digest(structHash));
    }

    function _purchaseHash(IOffers.Purchase memory message) private view returns (bytes32) {
        return _hash(keccak256(abi.encode(terms)), message);
    }

    function _purchase() private view returns (IOffers.Purchase memory) {
        return IOffers.Purchase(center, 9, SALT, UNTIL);
    }

    function _grant() private view returns (IGrants.Grant memory) {
        return IGrants.Grant(DESIGN, center, 9, START + DAY, GRACE, 8, issuer, SALT, UNTIL);
    }

    function _revocation() private view returns (Revocation memory) {
        return Revocation(DESIGN, license, REASON, UNTIL);
    }

    function _void() private view returns (IVoids.Void memory) {
        return IVoids.Void(DESIGN, license, 0, 6, REASON, issuer, UNTIL);
    }

    function _changed(uint256 member, uint256 value)
        private
        view
        returns (IOffers.Offer memory changed)
    {
        changed = terms;
        if (member == 0) changed.design = bytes32(value);
        if (member == 1) changed.terms = bytes32(value);
        if (member == 2) changed.opens = uint40(value);
        if (member == 3) changed.closes = uint40(value);
        if (member == 4) changed.duration = uint40(value);
        if (member == 5) changed.grace = uint16(value);
        if (member == 6) changed.rights = uint8(value);
        if (member == 7) changed.currency = address(uint160(value));
        if (member == 8) changed.price = uint96(value);
        if (member == 9) changed.licensee = address(uint160(value));
        if (member == 10) changed.maxPerLicensee = uint32(value);
        if (member == 11) changed.minQuota = uint32(value);
        if (member == 12) changed.maxQuota = uint32(value);
    }
}
