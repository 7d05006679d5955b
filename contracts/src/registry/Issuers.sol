// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IIssuers} from "../interfaces/IIssuers.sol";
import {Designs} from "./Designs.sol";

/// @title Whom a designer lets sign for their designs.
/// @notice See IIssuers.
abstract contract Issuers is Designs {
    bytes32 private constant AUTHORIZATION_TYPEHASH = keccak256(
        "IssuerAuthorization(address designer,address issuer,uint40 expiry,bytes32 salt,uint256 deadline)"
    );

    mapping(address designer => mapping(address issuer => uint40)) private _issuers;

    /// @inheritdoc IIssuers
    function authorizeIssuer(address issuer, uint40 expiry) external {
        _authorize(msg.sender, issuer, expiry);
    }

    /// @inheritdoc IIssuers
    function authorizeIssuerBySig(
        address designer,
        address issuer,
        uint40 expiry,
        bytes32 salt,
        uint256 deadline,
        bytes calldata signature
    ) external {
        bytes32 wish = _authorization(designer, issuer, expiry, salt, deadline);
        _useSignature(designer, wish, deadline, signature);
        if (expiry == 0) _remove(designer, issuer);
        else _authorize(designer, issuer, expiry);
    }

    /// @inheritdoc IIssuers
    function removeIssuer(address issuer) external {
        _remove(msg.sender, issuer);
    }

    /// @inheritdoc IIssuers
    function isIssuerOf(bytes32 design, address signer) external view returns (bool) {
        return _speaksFor(_stateOf(design).owner(), signer);
    }

    /// @inheritdoc IIssuers
    function issuerExpiry(address designer, address issuer) external view returns (uint40) {
        return _issuers[designer][issuer];
    }

    /// @inheritdoc IIssuers
    function hashAuthorization(
        address designer,
        address issuer,
        uint40 expiry,
        bytes32 salt,
        uint256 deadline
    ) external view returns (bytes32) {
        return _hashTypedDataV4(_authorization(designer, issuer, expiry, salt, deadline));
    }

    /// @dev Whether `signer` may sign for the designs of `owner`, now.
    function _speaksFor(address owner, address signer) internal view returns (bool) {
        return signer == owner || block.timestamp < _issuers[owner][signer];
    }

    function _authorize(address designer, address issuer, uint40 expiry) private {
        if (issuer == address(0)) revert InvalidIssuer(issuer);
        if (expiry <= block.timestamp) revert ExpiryInPast(expiry);
        _issuers[designer][issuer] = expiry;
        emit IssuerAuthorized(designer, issuer, expiry);
    }

    function _remove(address designer, address issuer) private {
        delete _issuers[designer][issuer];
        emit IssuerAuthorized(designer, issuer, 0);
    }

    function _authorization(
        address designer,
        address issuer,
        uint40 expiry,
        bytes32 salt,
        uint256 deadline
    ) private pure returns (bytes32) {
        return keccak256(
            abi.encode(AUTHORIZATION_TYPEHASH, designer, issuer, expiry, salt, deadline)
        );
    }
}
