// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {ISignedActions} from "../interfaces/ISignedActions.sol";

/// @title Who signed a print token.
library TokenSignature {
    /// @dev r, s and v of ECDSA.
    uint256 private constant ECDSA_LENGTH = 65;
    uint256 private constant ADDRESS_LENGTH = 20;

    /// @notice Finds the signer and checks the signature.
    /// @dev 65 bytes are ECDSA (low s, as OpenZeppelin asks). Anything longer than an address
    ///      names a contract in its first 20 bytes, which checks the rest by ERC-1271.
    /// @param digest What was signed.
    /// @param signature The signature.
    /// @return who The signer; reverts with BadSignature where there is none.
    function signer(bytes32 digest, bytes calldata signature) internal view returns (address who) {
        if (signature.length == ECDSA_LENGTH) {
            bytes32 r;
            bytes32 s;
            uint8 v;
            assembly ("memory-safe") {
                r := calldataload(signature.offset)
                s := calldataload(add(signature.offset, 32))
                v := byte(0, calldataload(add(signature.offset, 64)))
            }
            ECDSA.RecoverError problem;
            (who, problem,) = ECDSA.tryRecover(digest, v, r, s);
            if (problem != ECDSA.RecoverError.NoError) revert ISignedActions.BadSignature(who);
            return who;
        }
        if (signature.length < ADDRESS_LENGTH) revert ISignedActions.BadSignature(address(0));
        who = address(bytes20(signature[:ADDRESS_LENGTH]));
        if (
            !SignatureChecker.isValidERC1271SignatureNow(who, digest, signature[ADDRESS_LENGTH:])
        ) {
            revert ISignedActions.BadSignature(who);
        }
    }

    /// @notice Finds the signer of the 64 bytes of EIP-2098.
    /// @param digest What was signed.
    /// @param r Of the signature.
    /// @param vs Of the signature: s, and in its highest bit which of two keys.
    /// @return who The signer; reverts with BadSignature where there is none.
    function compactSigner(bytes32 digest, bytes32 r, bytes32 vs)
        internal
        pure
        returns (address who)
    {
        ECDSA.RecoverError problem;
        (who, problem,) = ECDSA.tryRecover(digest, r, vs);
        if (problem != ECDSA.RecoverError.NoError) revert ISignedActions.BadSignature(who);
    }
}
