// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {DesignRegistry} from "./DesignRegistry.sol";
import {IPrintLicenses} from "./interfaces/IPrintLicenses.sol";
import {PackedLicense} from "./libraries/PackedLicense.sol";
import {Serials} from "./libraries/Serials.sol";
import {TokenSignature} from "./libraries/TokenSignature.sol";
import {Escrow} from "./licenses/Escrow.sol";
import {LicenseBook} from "./licenses/LicenseBook.sol";

/// @title Redemption of print tokens, over the licenses and their escrow.
/// @notice See IPrintLicenses.
contract PrintLicenses is Escrow, EIP712 {
    using Serials for uint256;

    bytes32 private constant TOKEN_TYPEHASH = keccak256(
        "PrintToken(bytes32 design,uint256 license,address printer,uint32 word,uint256 serials,uint40 notBefore,uint40 deadline,bytes32 job)"
    );
    /// @dev A token takes whole words in calldata, so it is hashed as it came.
    uint256 private constant TOKEN_BYTES = 8 * 32;

    /// @param registry The registry of designs.
    constructor(DesignRegistry registry) LicenseBook(registry) EIP712("Platemark", "1") {}

    /// @inheritdoc IPrintLicenses
    function redeem(PrintToken calldata token, bytes calldata signature, uint256 take) external {
        PackedLicense held = _require(token.design, token.license);
        _checkWindow(token, held);
        _checkSerials(token, held.quota(), take);

        bytes32 digest = tokenDigest(token);
        address signer = TokenSignature.signer(digest, signature);
        if (!designRegistry.isIssuerOf(token.design, signer)) revert NotIssuer(token.design, signer);
        if (msg.sender != token.printer && msg.sender != signer) {
            revert PrinterNotNamed(token.printer, msg.sender);
        }

        uint256 spent = _spent[token.license][token.word];
        if (spent & take != 0) {
            revert SerialAlreadySpent(
                token.design, token.license, (spent & take).first(token.word)
            );
        }
        _spent[token.license][token.word] = spent | take;
        emit SerialsRedeemed(
            token.design, token.license, token.printer, token.word, take, token.job, digest, signer
        );
    }

    /// @inheritdoc IPrintLicenses
    function redeemedSerials(uint256 license, uint32 word) external view returns (uint256) {
        return _spent[license][word];
    }

    /// @inheritdoc IPrintLicenses
    function tokenDigest(PrintToken calldata token) public view returns (bytes32) {
        bytes32 typeHash = TOKEN_TYPEHASH;
        bytes32 structHash;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typeHash)
            calldatacopy(add(free, 32), token, TOKEN_BYTES)
            structHash := keccak256(free, add(32, TOKEN_BYTES))
        }
        return _hashTypedDataV4(structHash);
    }

    function _checkWindow(PrintToken calldata token, PackedLicense held) private view {
        if (block.timestamp < token.notBefore) revert TokenNotYetValid(token.notBefore);
        uint256 grace = held.grace();
        if (block.timestamp >= token.deadline + grace) revert TokenExpired(token.deadline);
        if (block.timestamp >= held.expiry() + grace) {
            if (held.revoked()) {
                revert LicenseRevoked(token.design, token.license, held.expiry());
            }
            revert LicenseExpired(token.design, token.license, held.expiry());
        }
    }

    function _checkSerials(PrintToken calldata token, uint256 quota, uint256 take) private pure {
        if (take == 0 || take & ~token.serials != 0) revert TakeOutsideToken(take, token.serials);
        uint256 beyond = take & ~Serials.held(quota, token.word);
        if (beyond != 0) {
            revert QuotaExhausted(
                token.design, token.license, beyond.first(token.word), uint32(quota)
            );
        }
    }
}
