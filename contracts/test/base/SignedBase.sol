// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IGrants} from "../../src/interfaces/licenses/IGrants.sol";
import {IOffers} from "../../src/interfaces/licenses/IOffers.sol";
import {IVoids} from "../../src/interfaces/licenses/IVoids.sol";
import {MarketBase} from "./MarketBase.sol";

/// @title The messages of licenses that one party signs and anybody sends.
/// @dev The digests are built here from the standard, apart from the contracts.
abstract contract SignedBase is MarketBase {
    bytes32 internal constant DOMAIN_TYPE = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );
    bytes32 internal constant PURCHASE_TYPE = keccak256(
        "Purchase(bytes32 offer,address buyer,uint32 quota,bytes32 salt,uint256 deadline)"
    );
    bytes32 internal constant GRANT_TYPE = keccak256(
        "Grant(bytes32 design,address licensee,uint32 quota,uint40 expiry,uint16 grace,uint8 rights,address issuer,bytes32 salt,uint256 deadline)"
    );
    bytes32 internal constant REVOCATION_TYPE =
        keccak256("Revocation(bytes32 design,uint256 license,bytes32 reason,uint256 deadline)");
    bytes32 internal constant VOID_TYPE = keccak256(
        "Void(bytes32 design,uint256 license,uint32 word,uint256 serials,bytes32 evidence,address issuer,uint256 deadline)"
    );

    struct Revocation {
        bytes32 design;
        uint256 license;
        bytes32 reason;
        uint256 deadline;
    }

    function _hash(bytes32 offer, IOffers.Purchase memory message)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(bytes.concat(PURCHASE_TYPE, offer, abi.encode(message)));
    }

    function _hash(IGrants.Grant memory message) internal pure returns (bytes32) {
        return keccak256(bytes.concat(GRANT_TYPE, abi.encode(message)));
    }

    function _hash(Revocation memory message) internal pure returns (bytes32) {
        return keccak256(bytes.concat(REVOCATION_TYPE, abi.encode(message)));
    }

    function _hash(IVoids.Void memory message) internal pure returns (bytes32) {
        return keccak256(bytes.concat(VOID_TYPE, abi.encode(message)));
    }

    function _digest(bytes32 structHash) internal view returns (bytes32) {
        return _digest("Platemark", "1", block.chainid, address(licenses), structHash);
    }

    function _digest(
        string memory name,
        string memory version,
        uint256 chain,
        address contract_,
        bytes32 structHash
    ) internal pure returns (bytes32) {
        bytes32 separator = keccak256(
            abi.encode(
                DOMAIN_TYPE, keccak256(bytes(name)), keccak256(bytes(version)), chain, contract_
            )
        );
        return keccak256(abi.encodePacked("\x19\x01", separator, structHash));
    }
}
