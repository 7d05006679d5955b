// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IVoids} from "../interfaces/licenses/IVoids.sol";
import {PackedLicense} from "../libraries/PackedLicense.sol";
import {Serials} from "../libraries/Serials.sol";
import {Escrow} from "./Escrow.sol";

/// @title Prints that failed, and the serials that replace theirs.
/// @notice See IVoids.
abstract contract Voids is IVoids, Escrow {
    using Serials for uint256;

    bytes32 private constant VOID_TYPEHASH = keccak256(
        "Void(bytes32 design,uint256 license,uint32 word,uint256 serials,bytes32 evidence,address issuer,uint256 deadline)"
    );

    mapping(uint256 license => mapping(uint256 word => uint256)) private _voided;

    /// @inheritdoc IVoids
    function voidPrints(
        bytes32 design,
        uint256 license,
        uint32 word,
        uint256 serials,
        bytes32 evidence
    ) external {
        _void(msg.sender, design, license, word, serials, evidence);
    }

    /// @inheritdoc IVoids
    function voidPrintsBySig(Void calldata voided, bytes calldata signature) external {
        bytes32 structHash = keccak256(abi.encode(VOID_TYPEHASH, voided));
        _useSignature(voided.issuer, structHash, voided.deadline, signature);
        _void(
            voided.issuer,
            voided.design,
            voided.license,
            voided.word,
            voided.serials,
            voided.evidence
        );
    }

    /// @inheritdoc IVoids
    function serialsVoided(uint256 license, uint32 word) external view returns (uint256) {
        return _voided[license][word];
    }

    function _void(
        address by,
        bytes32 design,
        uint256 license,
        uint32 word,
        uint256 serials,
        bytes32 evidence
    ) private {
        _requireIssuer(design, by);
        if (evidence == 0) revert EvidenceMissing();
        uint32 quota = _replace(design, license, word, serials);
        emit PrintsVoided(design, license, word, serials, quota, evidence, by);
    }

    /// @dev Marks the serials, and gives the license as many at its end.
    function _replace(bytes32 design, uint256 license, uint32 word, uint256 serials)
        private
        returns (uint32 quota)
    {
        PackedLicense held = _require(design, license);
        uint256 voided = _voided[license][word];
        uint256 wrong = serials == 0 ? 1 : serials & ~(_spent[license][word].bits & ~voided);
        if (wrong != 0) revert NotVoidable(design, license, wrong.first(word));
        _voided[license][word] = voided | serials;

        // What was not settled is not earned any more: its price is the replacement's.
        uint256 accounted = _accounted[license][word];
        _accounted[license][word] = accounted | serials;
        uint32 replaced = uint32(serials.count());
        quota = held.quota() + replaced;
        _markPaid(license, held.quota(), (serials & accounted).count());

        _licenses[design][license] = held.withQuota(quota);
        _tallies[license].voided += replaced;
    }

    /// @dev For as many prints as were settled, replacements from `serial` on whose price the
    ///      design has had already.
    function _markPaid(uint256 license, uint256 serial, uint256 settled) private {
        for (uint256 end = serial + settled; serial < end;) {
            uint256 word = serial / Serials.WORD;
            uint256 next = (word + 1) * Serials.WORD;
            if (next > end) next = end;
            _accounted[license][word] |=
                Serials.held(next, word) & ~Serials.held(serial, word);
            serial = next;
        }
    }
}
