// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {ISignedActions} from "../interfaces/ISignedActions.sol";

/// @title Messages that one party signs and anybody may send.
/// @notice See ISignedActions.
abstract contract SignedActions is ISignedActions, EIP712 {
    mapping(address signer => mapping(bytes32 digest => bool)) private _signatureSpent;

    constructor() EIP712("Platemark", "1") {}

    /// @inheritdoc ISignedActions
    function cancelSignature(bytes32 digest) external {
        _spendSignature(msg.sender, digest);
        emit SignatureCancelled(msg.sender, digest);
    }

    /// @inheritdoc ISignedActions
    function signatureSpent(address signer, bytes32 digest) external view returns (bool) {
        return _signatureSpent[signer][digest];
    }

    /// @dev Checks a signed message and uses it up; the caller checks what `signer` may do.
    ///      65 bytes of a key are ECDSA; a contract answers for itself (ERC-1271).
    function _useSignature(
        address signer,
        bytes32 structHash,
        uint256 deadline,
        bytes calldata signature
    ) internal {
        if (block.timestamp >= deadline) revert SignatureExpired(deadline);
        bytes32 digest = _hashTypedDataV4(structHash);
        _spendSignature(signer, digest);
        if (!SignatureChecker.isValidSignatureNow(signer, digest, signature)) {
            revert BadSignature(signer);
        }
    }

    function _spendSignature(address signer, bytes32 digest) private {
        if (_signatureSpent[signer][digest]) revert SignatureSpent(signer, digest);
        _signatureSpent[signer][digest] = true;
    }
}
