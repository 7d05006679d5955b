// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {IRedemption} from "../interfaces/licenses/IRedemption.sol";
import {CRISIS, PackedLicense, REVOKED} from "../libraries/PackedLicense.sol";
import {RedemptionLog} from "../libraries/RedemptionLog.sol";
import {Serials} from "../libraries/Serials.sol";
import {TokenHash} from "../libraries/TokenHash.sol";
import {TokenSignature} from "../libraries/TokenSignature.sol";
import {Grants} from "./Grants.sol";

/// @title Redemption of print tokens.
/// @notice See IRedemption.
abstract contract Redemption is IRedemption, Grants {
    using Serials for uint256;

    /// @inheritdoc IRedemption
    function redeem(PrintToken calldata token, bytes calldata signature, uint256 take) external {
        (address printer, uint32 word) = (token.printer, token.word);
        PackedLicense held = _require(token.design, token.license);
        _checkWindow(token.design, token.license, held, token.notBefore, token.deadline);

        bytes32 digest = tokenDigest(token);
        address signer = TokenSignature.signer(digest, signature);
        _checkParties(token.design, token.license, held, printer, signer);

        Word storage spent = _spent[token.license][word];
        _spend(token.design, token.license, held, spent, word, token.serials, take);
        emit SerialsRedeemed(
            token.design, token.license, printer, word, take, token.job, digest, signer
        );
    }

    /// @inheritdoc IRedemption
    function redeemWords(TokenHead calldata head, TokenWord[] calldata words) external {
        if (words.length == 0) revert TakeOutsideToken(0, 0);
        PackedLicense held = _require(head.design, head.license);
        _checkWindow(head.design, head.license, held, head.notBefore, head.deadline);

        bytes memory log = RedemptionLog.begin(words.length);
        address signer = _redeemWords(head, held, words, log);
        RedemptionLog.write(log, words.length, head, signer);
    }

    /// @inheritdoc IRedemption
    function tokenDigest(PrintToken calldata token) public view returns (bytes32) {
        return _hashTypedDataV4(TokenHash.structHashOf(token));
    }

    /// @dev Redeems each word and notes it; all have the signer of the first.
    function _redeemWords(
        TokenHead calldata head,
        PackedLicense held,
        TokenWord[] calldata words,
        bytes memory log
    ) private returns (address signer) {
        bytes memory message = TokenHash.begin(head);
        bytes32 domain = _domainSeparatorV4();
        mapping(uint256 word => Word) storage spent = _spent[head.license];
        for (uint256 index = 0; index < words.length; ++index) {
            TokenWord calldata one = words[index];
            uint32 word = one.word;
            (bytes32 digest, address by) = _signerOf(domain, message, word, one);
            if (index == 0) {
                signer = by;
                _checkParties(head, held, signer);
            } else if (by != signer) {
                revert BadSignature(signer);
            }
            _spend(head.design, head.license, held, spent[word], word, one.serials, one.take);
            RedemptionLog.put(log, index, word, one.take, digest);
        }
    }

    function _signerOf(
        bytes32 domain,
        bytes memory message,
        uint32 word,
        TokenWord calldata one
    ) private pure returns (bytes32 digest, address signer) {
        digest = MessageHashUtils.toTypedDataHash(
            domain, TokenHash.finish(message, word, one.serials)
        );
        signer = TokenSignature.compactSigner(digest, one.r, one.vs);
    }

    function _checkParties(TokenHead calldata head, PackedLicense held, address signer)
        private
        view
    {
        _checkParties(head.design, head.license, held, head.printer, signer);
    }

    function _checkWindow(
        bytes32 design,
        uint256 license,
        PackedLicense held,
        uint40 notBefore,
        uint40 deadline
    ) private view {
        if (block.timestamp < notBefore) revert TokenNotYetValid(notBefore);
        unchecked {
            // 40 bits of seconds and 16 of hours.
            uint256 grace = held.grace();
            if (block.timestamp >= deadline + grace) revert TokenExpired(deadline);
            if (block.timestamp >= held.expiry() + grace) {
                if (held.has(REVOKED)) revert LicenseRevoked(design, license, held.expiry());
                revert LicenseExpired(design, license, held.expiry());
            }
        }
    }

    function _checkParties(
        bytes32 design,
        uint256 license,
        PackedLicense held,
        address printer,
        address signer
    ) private view {
        if (!designRegistry.acceptsSigner(design, signer)) {
            bool named = held.has(CRISIS) && crisisPledges.mayIssue(license, signer);
            if (!named) revert NotIssuer(design, signer);
        }
        if (msg.sender != printer && msg.sender != signer) {
            revert PrinterNotNamed(printer, msg.sender);
        }
    }

    function _spend(
        bytes32 design,
        uint256 license,
        PackedLicense held,
        Word storage spent,
        uint32 word,
        uint256 serials,
        uint256 take
    ) private {
        if (take == 0 || take & ~serials != 0) revert TakeOutsideToken(take, serials);
        uint256 beyond = take & ~Serials.held(held.quota(), word);
        if (beyond != 0) revert QuotaExhausted(design, license, beyond.first(word), held.quota());
        uint256 before = spent.bits;
        if (before & take != 0) {
            revert SerialAlreadySpent(design, license, (before & take).first(word));
        }
        spent.bits = before | take;
    }
}
