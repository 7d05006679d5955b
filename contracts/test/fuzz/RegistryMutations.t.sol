// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ILineage} from "../../src/interfaces/ILineage.sol";
import {ISignedActions} from "../../src/interfaces/ISignedActions.sol";
import {CHEATS} from "../base/Cheats.sol";
import {RegistryBase} from "../base/RegistryBase.sol";

/// @title The mutation matrix of what the registry lets others send: each field changed alone.
/// @dev The digests are built here from the standard, apart from the contract.
contract RegistryMutationsTest is RegistryBase {
    bytes32 private constant DOMAIN_TYPE = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );
    bytes32 private constant DERIVATION_TYPE = keccak256(
        "Derivation(bytes32 design,bytes32 parent,uint16 share,address owner,uint256 deadline)"
    );
    bytes32 private constant DERIVED_TYPE = keccak256(
        "RegisterDerived(bytes32 design,bytes32 metadata,address owner,bytes32[] parents,uint16[] shares,uint256 deadline)"
    );
    bytes32 private constant AUTHORIZATION_TYPE = keccak256(
        "IssuerAuthorization(address designer,address issuer,uint40 expiry,bytes32 salt,uint256 deadline)"
    );
    uint256 private constant UNTIL = START + HOUR;
    uint16 private constant SHARE = 500;

    struct Derivation {
        bytes32 design;
        bytes32 parent;
        uint16 share;
        address owner;
        uint256 deadline;
    }

    struct Derived {
        bytes32 design;
        bytes32 metadata;
        address owner;
        bytes32[] parents;
        uint16[] shares;
        uint256 deadline;
    }

    struct Authorization {
        address designer;
        address issuer;
        uint40 expiry;
        bytes32 salt;
        uint256 deadline;
    }

    // What a changed message names exists as well, so that only the signature is wrong.
    function setUp() public override {
        super.setUp();
        _register(owner, OTHER);
        _openPolicy(OTHER, SHARE);
        _register(owner, UNKNOWN);
        _openPolicy(UNKNOWN, SHARE);
    }

    // ------------------------------------------------------------ Derivation

    function test_the_unchanged_consent_is_taken() external {
        Derivation memory message = _derivation();
        _derive(center, CHILD, _named(message, _sign(owner, _hash(message))));
    }

    function testFuzz_each_field_of_a_consent_is_signed(uint256 value) external {
        Derivation memory message = _derivation();
        bytes memory signature = _sign(owner, _hash(message));
        for (uint256 field; field < 5; ++field) {
            Derivation memory changed = _derivation();
            if (field == 0) changed.design = bytes32(value);
            if (field == 1) changed.parent = value % 2 == 0 ? OTHER : UNKNOWN;
            if (field == 2) changed.share = uint16(value % 5_001);
            if (field == 3) changed.owner = address(uint160(value));
            if (field == 4) changed.deadline = START + 1 + (value >> 1);
            if (_hash(changed) == _hash(message) || changed.owner == owner) continue;
            _refused(
                changed.owner, abi.encodeWithSelector(ISignedActions.BadSignature.selector, owner)
            );
            registry.registerDerived(changed.design, METADATA, _named(changed, signature));
        }
    }

    // ------------------------------------------------------- RegisterDerived

    function test_the_unchanged_derived_design_is_taken() external {
        Derived memory message = _derived();
        _send(message, _sign(center, _hash(message)));
        CHEATS.assertEq(registry.ownerOf(uint256(CHILD)), center, "owner");
    }

    function testFuzz_each_field_of_a_derived_design_is_signed(uint256 value) external {
        Derived memory message = _derived();
        bytes memory signature = _sign(center, _hash(message));
        for (uint256 field; field < 7; ++field) {
            Derived memory changed = _derived();
            if (field == 0) changed.design = bytes32(value);
            if (field == 1) changed.metadata = bytes32(value);
            if (field == 2) changed.owner = address(uint160(value));
            if (field == 3) changed.parents[value % 2] = bytes32(value);
            if (field == 4) changed.shares[value % 2] = uint16(value % 2_501);
            if (field == 5) changed.deadline = START + 1 + (value >> 1);
            if (field == 6) (changed.parents, changed.shares) = _pair(UNKNOWN, OTHER);
            if (_hash(changed) == _hash(message)) continue;
            if (changed.parents[0] == changed.parents[1]) continue;
            CHEATS.expectRevert(
                abi.encodeWithSelector(ISignedActions.BadSignature.selector, changed.owner)
            );
            _send(changed, signature);
        }
    }

    // --------------------------------------------------- IssuerAuthorization

    function test_the_unchanged_authorization_is_taken() external {
        Authorization memory message = _authorization();
        _send(message, _sign(owner, _hash(message)));
        _check(registry.isIssuerOf(DESIGN, center), "issuer");
    }

    function testFuzz_each_field_of_an_authorization_is_signed(uint256 value) external {
        Authorization memory message = _authorization();
        bytes memory signature = _sign(owner, _hash(message));
        for (uint256 field; field < 5; ++field) {
            Authorization memory changed = _authorization();
            if (field == 0) changed.designer = address(uint160(value));
            if (field == 1) changed.issuer = address(uint160(value));
            if (field == 2) changed.expiry = uint40(value);
            if (field == 3) changed.salt = bytes32(value);
            if (field == 4) changed.deadline = START + 1 + (value >> 1);
            if (_hash(changed) == _hash(message)) continue;
            CHEATS.expectRevert(
                abi.encodeWithSelector(ISignedActions.BadSignature.selector, changed.designer)
            );
            _send(changed, signature);
        }
    }

    // ------------------------------------------------------------ the domain

    function testFuzz_each_field_of_the_domain_is_signed(uint64 chain, address contract_) external {
        CHEATS.assume(chain != block.chainid && contract_ != address(registry));
        bytes32 wish = _hash(_authorization());
        uint256 here = block.chainid;
        _elsewhere(_digest("Platemarks", "1", here, address(registry), wish));
        _elsewhere(_digest("Platemark", "2", here, address(registry), wish));
        _elsewhere(_digest("Platemark", "1", chain, address(registry), wish));
        _elsewhere(_digest("Platemark", "1", here, contract_, wish));
    }

    // -------------------------------------------------------------- internal

    function _elsewhere(bytes32 digest) private {
        bytes memory signature = _signature(owner, digest);
        CHEATS.expectRevert(abi.encodeWithSelector(ISignedActions.BadSignature.selector, owner));
        _send(_authorization(), signature);
    }

    function _derivation() private view returns (Derivation memory) {
        return Derivation(CHILD, DESIGN, SHARE, center, UNTIL);
    }

    function _derived() private view returns (Derived memory message) {
        (message.design, message.metadata) = (CHILD, METADATA);
        (message.owner, message.deadline) = (center, UNTIL);
        (message.parents, message.shares) = _pair(OTHER, UNKNOWN);
    }

    function _authorization() private view returns (Authorization memory) {
        return Authorization(owner, center, START + 5, SALT, UNTIL);
    }

    function _pair(bytes32 first, bytes32 second)
        private
        pure
        returns (bytes32[] memory ids, uint16[] memory shares)
    {
        (ids, shares) = (new bytes32[](2), new uint16[](2));
        (ids[0], ids[1]) = (first, second);
        (shares[0], shares[1]) = (SHARE, SHARE);
    }

    function _named(Derivation memory message, bytes memory consent)
        private
        pure
        returns (ILineage.Parent[] memory parents)
    {
        parents = _only(message.parent, message.share);
        (parents[0].deadline, parents[0].consent) = (message.deadline, consent);
    }

    function _send(Derived memory message, bytes memory signature) private {
        ILineage.Parent[] memory parents = new ILineage.Parent[](2);
        parents[0] = _parent(message.parents[0], message.shares[0]);
        parents[1] = _parent(message.parents[1], message.shares[1]);
        registry.registerDerivedBySig(
            message.design, message.metadata, parents, message.owner, message.deadline, signature
        );
    }

    function _send(Authorization memory m, bytes memory signature) private {
        registry.authorizeIssuerBySig(
            m.designer, m.issuer, m.expiry, m.salt, m.deadline, signature
        );
    }

    function _sign(address who, bytes32 structHash) private view returns (bytes memory) {
        return _signature(
            who, _digest("Platemark", "1", block.chainid, address(registry), structHash)
        );
    }

    function _hash(Derivation memory message) private pure returns (bytes32) {
        return keccak256(bytes.concat(DERIVATION_TYPE, abi.encode(message)));
    }

    function _hash(Authorization memory message) private pure returns (bytes32) {
        return keccak256(bytes.concat(AUTHORIZATION_TYPE, abi.encode(message)));
    }

    function _hash(Derived memory m) private pure returns (bytes32) {
        // An array is hashed as its members, each in a word of its own.
        bytes32 ids = keccak256(abi.encode(m.parents[0], m.parents[1]));
        bytes32 shares = keccak256(abi.encode(m.shares[0], m.shares[1]));
        return keccak256(
            abi.encode(DERIVED_TYPE, m.design, m.metadata, m.owner, ids, shares, m.deadline)
        );
    }

    function _digest(
        string memory name,
        string memory version,
        uint256 chain,
        address contract_,
        bytes32 structHash
    ) private pure returns (bytes32) {
        bytes32 separator = keccak256(
            abi.encode(
                DOMAIN_TYPE, keccak256(bytes(name)), keccak256(bytes(version)), chain, contract_
            )
        );
        return keccak256(abi.encodePacked("\x19\x01", separator, structHash));
    }
}
