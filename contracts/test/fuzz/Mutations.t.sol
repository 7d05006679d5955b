// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ILicenses} from "../../src/interfaces/licenses/ILicenses.sol";
import {IRedemption} from "../../src/interfaces/licenses/IRedemption.sol";
import {ISignedActions} from "../../src/interfaces/ISignedActions.sol";
import {Base} from "../base/Base.sol";
import {CHEATS} from "../base/Cheats.sol";

/// @title The mutation matrix: each field of what is signed, and of its domain, changed alone.
/// @dev The digests are built here from the standard, apart from the contracts. The signature
///      stays; a change to the message or to the domain must be refused, whatever the new value.
contract MutationsTest is Base {
    bytes32 private constant DOMAIN_TYPE = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );
    bytes32 private constant TOKEN_TYPE = keccak256(
        "PrintToken(bytes32 design,uint256 license,address printer,uint32 word,uint256 serials,uint40 notBefore,uint40 deadline,bytes32 job)"
    );
    bytes32 private constant REGISTER_TYPE =
        keccak256("Register(bytes32 design,bytes32 metadata,address owner,uint256 deadline)");
    bytes32 private constant NEW = keccak256("a new design");

    enum Field {
        Design,
        License,
        Printer,
        Word,
        Serials,
        NotBefore,
        Deadline,
        Job
    }

    struct Domain {
        string name;
        string version;
        uint256 chain;
        address contract_;
    }

    IRedemption.PrintToken private token;
    uint256 private second;

    function setUp() public override {
        super.setUp();
        token = _token(_granted(600));
        (token.serials, token.job) = (7, REASON);
        // What a mutated token points at exists as well, so that only the signature is wrong.
        second = _granted(600);
        CHEATS.prank(owner);
        registry.register(NEW, METADATA);
    }

    // ----------------------------------------------------------- the message

    function test_the_unchanged_message_is_taken() external {
        bytes memory signature = _signature(owner, _digest(_here(address(licenses)), _hash(token)));
        CHEATS.prank(printer);
        licenses.redeem(token, signature, 1);
        Register memory message = Register(REASON, METADATA, center, START + 1);
        _register(message, _signature(center, _digest(_here(address(registry)), _hash(message))));
        CHEATS.assertEq(registry.ownerOf(uint256(REASON)), center, "registered");
    }

    function testFuzz_each_field_of_a_token_is_signed(uint256 value) external {
        bytes memory signature = _signature(owner, _digest(_here(address(licenses)), _hash(token)));
        for (uint8 field; field <= uint8(Field.Job); ++field) {
            (IRedemption.PrintToken memory changed, address sender) =
                _changed(Field(field), value);
            if (_hash(changed) == _hash(token)) continue;
            CHEATS.prank(sender);
            (bool done,) = address(licenses)
                .call(abi.encodeCall(licenses.redeem, (changed, signature, changed.serials)));
            _check(!done, "a changed token was redeemed");
        }
    }

    /// @dev Refused by the signature, where nothing else is wrong with the change.
    function test_a_changed_token_is_refused_for_its_signature() external {
        bytes memory signature = _signature(owner, _digest(_here(address(licenses)), _hash(token)));
        for (uint8 field = 1; field <= uint8(Field.Job); ++field) {
            (IRedemption.PrintToken memory changed, address sender) =
                _changed(Field(field), field == 1 ? second : 1);
            CHEATS.prank(sender);
            (bool done, bytes memory problem) = address(licenses)
                .call(abi.encodeCall(licenses.redeem, (changed, signature, 1)));
            _check(!done, "a changed token was redeemed");
            bytes4 why = bytes4(problem);
            _check(
                why == ILicenses.NotIssuer.selector
                    || why == ISignedActions.BadSignature.selector,
                "refused for another reason"
            );
        }
    }

    function testFuzz_each_field_of_a_registration_is_signed(uint256 value) external {
        Register memory message = Register(REASON, METADATA, center, START + 1);
        bytes memory signature =
            _signature(center, _digest(_here(address(registry)), _hash(message)));
        for (uint256 field; field < 4; ++field) {
            Register memory changed = Register(REASON, METADATA, center, START + 1);
            if (field == 0) changed.design = bytes32(value);
            if (field == 1) changed.metadata = bytes32(value);
            if (field == 2) changed.owner = address(uint160(value));
            if (field == 3) changed.deadline = value;
            if (_hash(changed) == _hash(message)) continue;
            if (changed.deadline > START) {
                CHEATS.expectRevert(
                    abi.encodeWithSelector(ISignedActions.BadSignature.selector, changed.owner)
                );
            } else {
                CHEATS.expectRevert(
                    abi.encodeWithSelector(ISignedActions.SignatureExpired.selector, value)
                );
            }
            _register(changed, signature);
        }
    }

    // ------------------------------------------------------------ the domain

    function testFuzz_each_field_of_the_domain_is_signed(uint64 chain, address contract_) external {
        for (uint256 field; field < 4; ++field) {
            Domain memory there = _here(address(licenses));
            Domain memory also = _here(address(registry));
            if (field == 0) (there.name, also.name) = ("Platemarks", "platemark");
            if (field == 1) (there.version, also.version) = ("2", "");
            if (field == 2) (there.chain, also.chain) = (chain, chain);
            if (field == 3) (there.contract_, also.contract_) = (contract_, contract_);
            if (chain == block.chainid || contract_ == address(licenses)) continue;
            if (contract_ == address(registry)) continue;
            _elsewhere(there, also);
        }
    }

    function test_the_contracts_do_not_share_a_domain() external {
        _elsewhere(_here(address(registry)), _here(address(licenses)));
    }

    function test_a_fork_of_the_chain_needs_new_signatures() external {
        bytes memory signature = _signature(owner, _digest(_here(address(licenses)), _hash(token)));
        bytes32 before = licenses.tokenDigest(token);
        CHEATS.chainId(block.chainid + 1);
        _check(licenses.tokenDigest(token) != before, "the digest names the chain");
        CHEATS.prank(printer);
        (bool done,) =
            address(licenses).call(abi.encodeCall(licenses.redeem, (token, signature, 1)));
        _check(!done, "redeemed on a fork");
    }

    // -------------------------------------------------------------- internal

    struct Register {
        bytes32 design;
        bytes32 metadata;
        address owner;
        uint256 deadline;
    }

    function _elsewhere(Domain memory there, Domain memory also) private {
        bytes memory signature = _signature(owner, _digest(there, _hash(token)));
        CHEATS.prank(printer);
        (bool done,) =
            address(licenses).call(abi.encodeCall(licenses.redeem, (token, signature, 1)));
        _check(!done, "redeemed with a signature for another domain");
        Register memory message = Register(REASON, METADATA, center, START + 1);
        signature = _signature(center, _digest(also, _hash(message)));
        CHEATS.expectRevert(abi.encodeWithSelector(ISignedActions.BadSignature.selector, center));
        _register(message, signature);
    }

    function _changed(Field field, uint256 value)
        private
        view
        returns (IRedemption.PrintToken memory changed, address sender)
    {
        changed = token;
        if (field == Field.Design) changed.design = value % 2 == 0 ? NEW : bytes32(value);
        if (field == Field.License) changed.license = value % 2 == 0 ? second : value;
        if (field == Field.Printer) changed.printer = address(uint160(value));
        if (field == Field.Word) changed.word = uint32(value);
        if (field == Field.Serials) changed.serials = value;
        if (field == Field.NotBefore) changed.notBefore = uint40(value);
        if (field == Field.Deadline) changed.deadline = START + 1 + uint40(value >> 217);
        if (field == Field.Job) changed.job = bytes32(value);
        sender = changed.printer;
    }

    function _register(Register memory m, bytes memory signature) private {
        registry.registerBySig(m.design, m.metadata, m.owner, m.deadline, signature);
    }

    function _here(address contract_) private view returns (Domain memory) {
        return Domain("Platemark", "1", block.chainid, contract_);
    }

    function _hash(IRedemption.PrintToken memory message) private pure returns (bytes32) {
        return keccak256(bytes.concat(TOKEN_TYPE, abi.encode(message)));
    }

    function _hash(Register memory message) private pure returns (bytes32) {
        return keccak256(bytes.concat(REGISTER_TYPE, abi.encode(message)));
    }

    function _digest(Domain memory domain, bytes32 structHash) private pure returns (bytes32) {
        bytes32 separator = keccak256(
            abi.encode(
                DOMAIN_TYPE,
                keccak256(bytes(domain.name)),
                keccak256(bytes(domain.version)),
                domain.chain,
                domain.contract_
            )
        );
        return keccak256(abi.encodePacked("\x19\x01", separator, structHash));
    }
}
