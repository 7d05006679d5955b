// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ILicenses} from "../../src/interfaces/licenses/ILicenses.sol";
import {IRedemption} from "../../src/interfaces/licenses/IRedemption.sol";
import {ISignedActions} from "../../src/interfaces/ISignedActions.sol";
import {Base} from "../base/Base.sol";
import {CHEATS} from "../base/Cheats.sol";
import {TestWallet} from "../TestWallet.sol";

/// @title Which bytes are a signature of a print token; the outline is in Signatures.tree.
contract SignaturesTest is Base {
    /// @dev The order of the curve's group: (r, n - s) is the same signature again.
    uint256 private constant N =
        0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    IRedemption.PrintToken private token;

    function setUp() public override {
        super.setUp();
        token = _token(_granted(600));
    }

    // ----------------------------------------------------------------- ECDSA

    function test_the_owners_key_signs() external {
        _redeem(_signed(token, owner));
    }

    function test_the_high_half_of_s_is_refused() external {
        (uint8 v, bytes32 r, bytes32 s) = CHEATS.sign(secretOf[owner], licenses.tokenDigest(token));
        bytes32 high = bytes32(N - uint256(s));
        _refuse(address(0), abi.encodePacked(r, high, v == 27 ? uint8(28) : uint8(27)));
    }

    function test_bytes_that_recover_nobody_are_refused() external {
        (, bytes32 r, bytes32 s) = CHEATS.sign(secretOf[owner], licenses.tokenDigest(token));
        _refuse(address(0), abi.encodePacked(r, s, uint8(29)));
        _refuse(address(0), abi.encodePacked(r, s, uint8(0)));
        _refuse(address(0), new bytes(65));
    }

    // ---------------------------------------------------------------- lengths

    function test_fewer_bytes_than_an_address_name_nobody() external {
        _refuse(address(0), "");
        _refuse(address(0), new bytes(19));
    }

    function test_an_address_without_code_signs_nothing() external {
        _refuse(owner, abi.encodePacked(owner));
        _refuse(owner, bytes.concat(abi.encodePacked(owner), _signed(token, owner)));
        bytes memory ecdsa = _signed(token, owner);
        _refuse(address(bytes20(ecdsa)), bytes.concat(ecdsa, hex"00"));
    }

    // --------------------------------------------------------------- ERC-1271

    function test_a_wallet_that_owns_the_design_signs() external {
        address wallet = _sold(TestWallet.Answer.Honest);
        _redeem(bytes.concat(abi.encodePacked(wallet), _signed(token, center)));
    }

    function test_a_wallet_refuses_what_its_owner_did_not_sign() external {
        address wallet = _sold(TestWallet.Answer.Honest);
        _refuse(wallet, bytes.concat(abi.encodePacked(wallet), _signed(token, stranger)));
        _refuse(wallet, abi.encodePacked(wallet));
    }

    function test_any_other_answer_of_a_wallet_is_a_no() external {
        for (uint8 answer = 1; answer <= uint8(TestWallet.Answer.Revert); ++answer) {
            address wallet = address(new TestWallet(center, TestWallet.Answer(answer)));
            _refuse(wallet, bytes.concat(abi.encodePacked(wallet), _signed(token, center)));
        }
    }

    function test_the_wallet_of_a_stranger_signs_in_vain() external {
        address wallet = address(new TestWallet(stranger, TestWallet.Answer.Honest));
        bytes memory signature = bytes.concat(abi.encodePacked(wallet), _signed(token, stranger));
        bytes4 problem = ILicenses.NotIssuer.selector;
        _refused(printer, abi.encodeWithSelector(problem, DESIGN, wallet));
        licenses.redeem(token, signature, 1);
    }

    // -------------------------------------------------------------- internal

    function _sold(TestWallet.Answer answer) private returns (address wallet) {
        wallet = address(new TestWallet(center, answer));
        CHEATS.prank(owner);
        registry.transferFrom(owner, wallet, uint256(DESIGN));
    }

    function _redeem(bytes memory signature) private {
        CHEATS.prank(printer);
        licenses.redeem(token, signature, 1);
        _same(licenses.redeemedSerials(token.license, 0), 1, "spent");
    }

    function _refuse(address who, bytes memory signature) private {
        _refused(printer, abi.encodeWithSelector(ISignedActions.BadSignature.selector, who));
        licenses.redeem(token, signature, 1);
    }
}
