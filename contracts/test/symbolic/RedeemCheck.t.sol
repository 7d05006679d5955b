// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {DesignRegistry} from "../../src/DesignRegistry.sol";
import {PrintLicenses} from "../../src/PrintLicenses.sol";
import {IRedemption} from "../../src/interfaces/licenses/IRedemption.sol";
import {Serials} from "../../src/libraries/Serials.sol";
import {CHEATS} from "../base/Cheats.sol";

/// @title Symbolic tests of redemption: every token, signature, sender and time.
/// @dev Halmos takes `ecrecover` for an unknown function of its four arguments: what holds here
///      holds whatever a signature recovers to. Signatures are of 65 bytes (ECDSA). The loop
///      of Serials.first, which only names a serial in a refusal, is followed for two rounds.
contract RedeemCheck {
    bytes32 private constant DESIGN = keccak256("a design");
    address private constant OWNER = address(0x1001);
    address private constant ISSUER = address(0x1002);
    address private constant CENTER = address(0x1003);
    uint256 private constant NOW = 1_800_000_000;
    uint256 private constant LICENSE = 1;

    DesignRegistry private registry;
    PrintLicenses private licenses;

    /// @dev What a sender presents besides the token.
    struct Try {
        address sender;
        uint64 time;
        bytes32 r;
        bytes32 s;
        uint8 v;
        uint256 take;
    }

    function setUp() external {
        CHEATS.warp(NOW);
        registry = new DesignRegistry(0);
        licenses = new PrintLicenses(registry);
        CHEATS.prank(OWNER);
        registry.register(DESIGN, keccak256("metadata"));
    }

    /// @notice Nothing is redeemed without a signature of the owner, or of an issuer whose
    ///         authority has not ended; nor by a sender who is neither printer nor signer.
    function check_nothing_is_redeemed_without_authority(
        IRedemption.PrintToken calldata token,
        Try calldata tried,
        uint40 authority
    ) external {
        _grant(type(uint32).max, type(uint40).max, 0);
        CHEATS.assume(authority > NOW);
        CHEATS.prank(OWNER);
        registry.authorizeIssuer(ISSUER, authority);
        if (!_redeem(token, tried)) return;
        address signer = ecrecover(licenses.tokenDigest(token), tried.v, tried.r, tried.s);
        bool issued = _and(signer == ISSUER, tried.time < authority);
        bool sent = _or(tried.sender == token.printer, tried.sender == signer);
        assert(_and(_or(signer == OWNER, issued), sent));
    }

    /// @notice Whatever is redeemed was in the token and below the quota, and just that is spent.
    function check_take_is_of_the_token_and_below_the_quota(
        IRedemption.PrintToken calldata token,
        Try calldata tried,
        uint32 quota
    ) external {
        CHEATS.assume(quota != 0);
        _grant(quota, type(uint40).max, 0);
        if (!_redeem(token, tried)) return;
        bool some = _and(tried.take != 0, tried.take & ~token.serials == 0);
        bool real = tried.take & ~Serials.held(quota, token.word) == 0;
        bool spent = licenses.redeemedSerials(LICENSE, token.word) == tried.take;
        bool meant = _and(token.design == DESIGN, token.license == LICENSE);
        assert(_and(_and(some, real), _and(spent, meant)));
    }

    /// @notice Nothing is redeemed outside the windows of token and license, grace included.
    function check_nothing_is_redeemed_outside_the_windows(
        IRedemption.PrintToken calldata token,
        Try calldata tried,
        uint40 expiry,
        uint16 grace
    ) external {
        CHEATS.assume(expiry > NOW);
        _grant(256, expiry, grace);
        if (!_redeem(token, tried)) return;
        uint256 hold = uint256(grace) * 3600;
        bool inToken = _and(token.notBefore <= tried.time, tried.time < token.deadline + hold);
        assert(_and(inToken, tried.time < expiry + hold));
    }

    /// @notice Nothing is redeemed after a revocation and its grace.
    function check_nothing_is_redeemed_after_revocation(
        IRedemption.PrintToken calldata token,
        Try calldata tried,
        uint40 revokedAt,
        uint16 grace
    ) external {
        _grant(256, type(uint40).max, grace);
        CHEATS.assume(revokedAt > NOW && revokedAt < type(uint40).max);
        CHEATS.warp(revokedAt);
        CHEATS.prank(OWNER);
        licenses.revoke(DESIGN, LICENSE, 0);
        if (!_redeem(token, tried)) return;
        assert(tried.time < revokedAt + uint256(grace) * 3600);
    }

    /// @notice Two redemptions that both succeed, by any two tokens, share no serial, and what
    ///         the first spent stays spent.
    function check_a_serial_is_redeemed_at_most_once(
        IRedemption.PrintToken calldata one,
        IRedemption.PrintToken calldata two,
        Try calldata first,
        Try calldata second
    ) external {
        _grant(type(uint32).max, type(uint40).max, 0);
        if (!_redeem(one, first)) return;
        if (!_redeem(two, second)) return;
        bool apart = _or(one.word != two.word, first.take & second.take == 0);
        bool kept = first.take & ~licenses.redeemedSerials(LICENSE, one.word) == 0;
        assert(_and(apart, kept));
    }

    /// @notice Must FAIL: shows that the above are about something, as a token can be redeemed.
    function reach_a_redemption(IRedemption.PrintToken calldata token, Try calldata tried)
        external
    {
        _grant(600, type(uint40).max, 24);
        assert(!_redeem(token, tried));
    }

    function _grant(uint32 quota, uint40 expiry, uint16 grace) private {
        CHEATS.prank(OWNER);
        licenses.grant(DESIGN, CENTER, quota, expiry, grace, 0);
    }

    function _redeem(IRedemption.PrintToken calldata token, Try calldata tried)
        private
        returns (bool done)
    {
        bytes memory signature = abi.encodePacked(tried.r, tried.s, tried.v);
        CHEATS.warp(tried.time);
        CHEATS.prank(tried.sender);
        (done,) = address(licenses)
            .call(abi.encodeCall(licenses.redeem, (token, signature, tried.take)));
    }

    /// @dev Without a branch: `&&` would double the paths, and each is a question to the solver.
    function _and(bool left, bool right) private pure returns (bool both) {
        assembly ("memory-safe") {
            both := and(left, right)
        }
    }

    function _or(bool left, bool right) private pure returns (bool either) {
        assembly ("memory-safe") {
            either := or(left, right)
        }
    }
}
