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

    /// @dev What is known, found and noted while the tokens of one call are redeemed.
    struct Pool {
        PackedLicense held;
        bytes32 domain;
        uint256 message;
        address printer;
        address signer;
        uint256 next;
    }

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
    function redeemTokens(
        TokenHead calldata head,
        TokenWord[] calldata words,
        PrinterTokens[] calldata printers
    ) external {
        (bytes memory log, uint256 next) = RedemptionLog.begin(words.length);
        Pool memory pool = Pool(
            _require(head.design, head.license),
            _domainSeparatorV4(),
            TokenHash.begin(head),
            address(0),
            address(0),
            next
        );
        address named = msg.sender;
        uint256 done = 0;
        for (uint256 index = 0; index < printers.length; ++index) {
            done = _redeemTokens(head, pool, printers[index], words, done);
            if (pool.printer != msg.sender) named = pool.printer;
        }
        if (done == 0 || done != words.length) revert TakeOutsideToken(0, 0);
        // Once for all, now that both are known: a refusal undoes what was spent.
        _checkParties(head.design, head.license, pool.held, named, pool.signer);
        RedemptionLog.write(log, head, pool.signer);
    }

    /// @inheritdoc IRedemption
    function tokenDigest(PrintToken calldata token) public view returns (bytes32) {
        return _hashTypedDataV4(TokenHash.structHashOf(token));
    }

    /// @dev Redeems what is for one printer and window, the words from `index` on.
    /// @return Where those of the next begin.
    function _redeemTokens(
        TokenHead calldata head,
        Pool memory pool,
        PrinterTokens calldata group,
        TokenWord[] calldata words,
        uint256 index
    ) private returns (uint256) {
        (uint40 notBefore, uint40 deadline) = (group.notBefore, group.deadline);
        _checkWindow(head.design, head.license, pool.held, notBefore, deadline);
        pool.printer = group.printer;
        TokenHash.name(pool.message, pool.printer, notBefore, deadline);
        unchecked {
            // 32 bits more than the length of a list that lies in calldata.
            uint256 end = index + group.count;
            for (; index < end; ++index) {
                _redeemToken(head, pool, words[index]);
            }
        }
        return index;
    }

    /// @dev Redeems one and notes it; all have the signer of the first.
    function _redeemToken(
        TokenHead calldata head,
        Pool memory pool,
        TokenWord calldata one
    ) private {
        (uint32 word, uint256 serials) = (one.word, one.serials);
        bytes32 digest = MessageHashUtils.toTypedDataHash(
            pool.domain, TokenHash.finish(pool.message, word, serials)
        );
        address signer = TokenSignature.compactSigner(digest, one.r, one.vs);
        if (pool.signer == address(0)) {
            pool.signer = signer;
        } else if (pool.signer != signer) {
            revert BadSignature(pool.signer);
        }
        uint256 take = serials ^ one.left;
        Word storage spent = _spent[head.license][word];
        _spend(head.design, head.license, pool.held, spent, word, serials, take);
        pool.next = RedemptionLog.put(pool.next, pool.printer, word, take, digest);
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
