// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

import {SignedActions} from "../base/SignedActions.sol";
import {IDesignRegistry} from "../interfaces/IDesignRegistry.sol";
import {DesignState, DesignStates} from "../libraries/DesignState.sol";

/// @title The designs themselves: ERC-721 tokens with metadata and a state beside the owner.
/// @dev ERC721 comes before every base with storage, which DesignState counts on.
abstract contract Designs is IDesignRegistry, ERC721, SignedActions {
    /// @dev CIDv1, raw codec, sha2-256 of 32 bytes, in base16: one block named by its own hash.
    string private constant RAW_SHA256_CID = "ipfs://f01551220";

    mapping(bytes32 design => bytes32) private _metadata;

    constructor() ERC721("Platemark Design", "PLATE") {}

    /// @inheritdoc IDesignRegistry
    function isOwnerOf(bytes32 design, address account) external view returns (bool) {
        return account == _stateOf(design).owner();
    }

    /// @inheritdoc IDesignRegistry
    function metadataOf(bytes32 design) external view returns (bytes32) {
        _stateOf(design);
        return _metadata[design];
    }

    /// @inheritdoc ERC721
    function tokenURI(uint256 tokenId) public view override returns (string memory) {
        _stateOf(bytes32(tokenId));
        string memory digest = Strings.toHexString(uint256(_metadata[bytes32(tokenId)]), 32);
        return string.concat(RAW_SHA256_CID, _withoutPrefix(digest));
    }

    /// @inheritdoc ERC721
    function ownerOf(uint256 tokenId) public view override returns (address) {
        return _stateOf(bytes32(tokenId)).owner();
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId)
        public
        view
        override(ERC721, IERC165)
        returns (bool)
    {
        return interfaceId == type(IERC2981).interfaceId || super.supportsInterface(interfaceId);
    }

    /// @dev Checks nothing but that the design is new and has metadata. It is what ERC-721 calls a
    ///      mint, with all of the state in one write. Without the receiver's hook: that would hand
    ///      control to foreign code for nothing.
    function _create(bytes32 design, bytes32 metadata, DesignState state) internal {
        if (metadata == 0) revert MetadataMissing(design);
        address holder = state.storeNew(design).owner();
        if (holder != address(0)) revert DesignAlreadyRegistered(design, holder);
        address owner = state.owner();
        _metadata[design] = metadata;
        _increaseBalance(owner, 1);
        emit Transfer(address(0), owner, uint256(design));
        emit DesignRegistered(design, owner, metadata);
    }

    /// @dev The state of a design that exists.
    function _stateOf(bytes32 design) internal view returns (DesignState state) {
        state = DesignStates.load(design);
        if (state.owner() == address(0)) revert DesignNotFound(design);
    }

    /// @dev The state of a design that the caller owns.
    function _ownState(bytes32 design) internal view returns (DesignState state) {
        state = _stateOf(design);
        if (state.owner() != msg.sender) revert NotDesignOwner(design, msg.sender);
    }

    /// @dev "0x12…" -> "12…", in place.
    function _withoutPrefix(string memory text) private pure returns (string memory bare) {
        assembly ("memory-safe") {
            bare := add(text, 2)
            mstore(bare, 64)
        }
    }
}
