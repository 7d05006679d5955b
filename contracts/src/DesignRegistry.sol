// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

import {IDesignRegistry} from "./interfaces/IDesignRegistry.sol";

/// @title The registry of designs.
/// @notice See IDesignRegistry.
contract DesignRegistry is IDesignRegistry, ERC721, EIP712 {
    bytes32 private constant REGISTER_TYPEHASH =
        keccak256("Register(bytes32 design,bytes32 metadata,address owner,uint256 deadline)");

    /// @dev CIDv1, raw codec, sha2-256 of 32 bytes, in base16: one block named by its own hash.
    string private constant RAW_SHA256_CID = "ipfs://f01551220";

    mapping(bytes32 design => bytes32) private _metadata;
    mapping(address designer => mapping(address issuer => uint40)) private _issuers;

    constructor() ERC721("Platemark Design", "PLATE") EIP712("Platemark", "1") {}

    /// @inheritdoc IDesignRegistry
    function register(bytes32 design, bytes32 metadata) external {
        _register(design, metadata, msg.sender);
    }

    /// @inheritdoc IDesignRegistry
    function registerBySig(
        bytes32 design,
        bytes32 metadata,
        address owner,
        uint256 deadline,
        bytes calldata signature
    ) external {
        if (block.timestamp >= deadline) revert SignatureExpired(deadline);
        bytes32 digest = hashRegister(design, metadata, owner, deadline);
        if (!SignatureChecker.isValidSignatureNow(owner, digest, signature)) {
            revert BadSignature(owner);
        }
        _register(design, metadata, owner);
    }

    /// @inheritdoc IDesignRegistry
    function authorizeIssuer(address issuer, uint40 expiry) external {
        if (issuer == address(0)) revert InvalidIssuer(issuer);
        if (expiry <= block.timestamp) revert ExpiryInPast(expiry);
        _issuers[msg.sender][issuer] = expiry;
        emit IssuerAuthorized(msg.sender, issuer, expiry);
    }

    /// @inheritdoc IDesignRegistry
    function removeIssuer(address issuer) external {
        delete _issuers[msg.sender][issuer];
        emit IssuerAuthorized(msg.sender, issuer, 0);
    }

    /// @inheritdoc IDesignRegistry
    function isIssuerOf(bytes32 design, address signer) external view returns (bool) {
        address owner = ownerOf(uint256(design));
        return signer == owner || block.timestamp < _issuers[owner][signer];
    }

    /// @inheritdoc IDesignRegistry
    function isOwnerOf(bytes32 design, address account) external view returns (bool) {
        return account == ownerOf(uint256(design));
    }

    /// @inheritdoc IDesignRegistry
    function issuerExpiry(address designer, address issuer) external view returns (uint40) {
        return _issuers[designer][issuer];
    }

    /// @inheritdoc IDesignRegistry
    function metadataOf(bytes32 design) external view returns (bytes32) {
        ownerOf(uint256(design));
        return _metadata[design];
    }

    /// @inheritdoc ERC721
    function tokenURI(uint256 tokenId) public view override returns (string memory) {
        ownerOf(tokenId);
        string memory digest = Strings.toHexString(uint256(_metadata[bytes32(tokenId)]), 32);
        return string.concat(RAW_SHA256_CID, _withoutPrefix(digest));
    }

    /// @inheritdoc ERC721
    function ownerOf(uint256 tokenId) public view override returns (address owner) {
        owner = _ownerOf(tokenId);
        if (owner == address(0)) revert DesignNotFound(bytes32(tokenId));
    }

    /// @inheritdoc IDesignRegistry
    function hashRegister(bytes32 design, bytes32 metadata, address owner, uint256 deadline)
        public
        view
        returns (bytes32)
    {
        return _hashTypedDataV4(
            keccak256(abi.encode(REGISTER_TYPEHASH, design, metadata, owner, deadline))
        );
    }

    function _register(bytes32 design, bytes32 metadata, address owner) private {
        if (metadata == 0) revert MetadataMissing(design);
        _metadata[design] = metadata;
        // What ERC-721 calls a mint, less its second look at the present holder. Without the
        // receiver's hook: it would hand control to foreign code for nothing.
        address holder = _update(owner, uint256(design), address(0));
        if (holder != address(0)) revert DesignAlreadyRegistered(design, holder);
        emit DesignRegistered(design, owner, metadata);
    }

    /// @dev "0x12…" -> "12…", in place.
    function _withoutPrefix(string memory text) private pure returns (string memory bare) {
        assembly ("memory-safe") {
            bare := add(text, 2)
            mstore(bare, 64)
        }
    }
}
