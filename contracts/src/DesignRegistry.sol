// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {Batch} from "./base/Batch.sol";
import {IDesignRegistry} from "./interfaces/IDesignRegistry.sol";
import {DesignStates} from "./libraries/DesignState.sol";
import {Commitments} from "./registry/Commitments.sol";
import {Lineage} from "./registry/Lineage.sol";
import {Resale} from "./registry/Resale.sol";

/// @title The registry of designs.
/// @notice See IDesignRegistry.
contract DesignRegistry is Lineage, Resale, Batch {
    bytes32 private constant REGISTER_TYPEHASH =
        keccak256("Register(bytes32 design,bytes32 metadata,address owner,uint256 deadline)");

    /// @param age The minimum age of the commitment to a registration, in seconds; 0 where none is
    ///        needed.
    constructor(uint256 age) Commitments(age) {}

    /// @inheritdoc IDesignRegistry
    function register(bytes32 design, bytes32 metadata) external {
        _register(design, metadata, DesignStates.ownedBy(msg.sender));
    }

    /// @inheritdoc IDesignRegistry
    function registerBySig(
        bytes32 design,
        bytes32 metadata,
        address owner,
        uint256 deadline,
        bytes calldata signature
    ) external {
        _useSignature(owner, _wish(design, metadata, owner, deadline), deadline, signature);
        _register(design, metadata, DesignStates.ownedBy(owner));
    }

    /// @inheritdoc IDesignRegistry
    function hashRegister(bytes32 design, bytes32 metadata, address owner, uint256 deadline)
        external
        view
        returns (bytes32)
    {
        return _hashTypedDataV4(_wish(design, metadata, owner, deadline));
    }

    function _wish(bytes32 design, bytes32 metadata, address owner, uint256 deadline)
        private
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(REGISTER_TYPEHASH, design, metadata, owner, deadline));
    }
}
