// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ILineage} from "../interfaces/ILineage.sol";
import {DesignState, DesignStates} from "../libraries/DesignState.sol";
import {Commitments} from "./Commitments.sol";
import {Recalls} from "./Recalls.sol";

/// @title Designs that are made from other designs.
/// @notice See ILineage.
abstract contract Lineage is Recalls, Commitments {
    bytes32 private constant REGISTER_DERIVED_TYPEHASH = keccak256(
        "RegisterDerived(bytes32 design,bytes32 metadata,address owner,bytes32[] parents,uint16[] shares,uint256 deadline)"
    );
    bytes32 private constant DERIVATION_TYPEHASH = keccak256(
        "Derivation(bytes32 design,bytes32 parent,uint16 share,address owner,uint256 deadline)"
    );

    /// @dev Shares of eight parents fit into half a slot, and settling passes on to each.
    uint256 private constant MAX_PARENTS = 8;
    /// @dev Basis points: who makes a design keeps at least half of what it earns.
    uint256 private constant MAX_TOTAL_SHARE = 5_000;
    uint256 private constant SHARE_BITS = 16;

    /// @dev The share of the first parent is in the lowest bits.
    mapping(bytes32 design => uint256) private _shares;

    /// @inheritdoc ILineage
    function registerDerived(bytes32 design, bytes32 metadata, Parent[] calldata parents)
        external
    {
        (bytes32[] memory ids, uint16[] memory shares) = _split(parents);
        _registerDerived(design, metadata, parents, msg.sender, ids, shares);
    }

    /// @inheritdoc ILineage
    function registerDerivedBySig(
        bytes32 design,
        bytes32 metadata,
        Parent[] calldata parents,
        address owner,
        uint256 deadline,
        bytes calldata signature
    ) external {
        (bytes32[] memory ids, uint16[] memory shares) = _split(parents);
        bytes32 wish = _wish(design, metadata, owner, ids, shares, deadline);
        _useSignature(owner, wish, deadline, signature);
        _registerDerived(design, metadata, parents, owner, ids, shares);
    }

    /// @inheritdoc ILineage
    function setDerivativePolicy(bytes32 design, bool open, uint16 share) external {
        DesignState state = _ownState(design);
        if (share > MAX_TOTAL_SHARE) revert SharesTooHigh(share);
        state.withPolicy(open, share).store(design);
        emit DerivativePolicySet(design, open, share);
    }

    /// @inheritdoc ILineage
    function parentsOf(bytes32 design)
        external
        view
        returns (bytes32[] memory parents, uint16[] memory shares)
    {
        parents = _firstAncestors(design, _stateOf(design).parents());
        shares = new uint16[](parents.length);
        // Not read for the many that have no parents.
        uint256 packed = parents.length == 0 ? 0 : _shares[design];
        for (uint256 index = 0; index < shares.length; ++index) {
            shares[index] = uint16(packed >> (index * SHARE_BITS));
        }
    }

    /// @inheritdoc ILineage
    function ancestorsOf(bytes32 design) external view returns (bytes32[] memory) {
        return _firstAncestors(design, _stateOf(design).ancestors());
    }

    /// @inheritdoc ILineage
    function derivativePolicyOf(bytes32 design) external view returns (bool open, uint16 share) {
        DesignState state = _stateOf(design);
        return (state.open(), state.share());
    }

    /// @inheritdoc ILineage
    function hashRegisterDerived(
        bytes32 design,
        bytes32 metadata,
        address owner,
        bytes32[] calldata parents,
        uint16[] calldata shares,
        uint256 deadline
    ) external view returns (bytes32) {
        return _hashTypedDataV4(_wish(design, metadata, owner, parents, shares, deadline));
    }

    /// @inheritdoc ILineage
    function hashDerivation(
        bytes32 design,
        bytes32 parent,
        uint16 share,
        address owner,
        uint256 deadline
    ) external view returns (bytes32) {
        return _hashTypedDataV4(_derivation(design, parent, share, owner, deadline));
    }

    /// @dev The ids and the shares of what are parents in number and in sum.
    function _split(Parent[] calldata parents)
        private
        pure
        returns (bytes32[] memory ids, uint16[] memory shares)
    {
        uint256 count = parents.length;
        if (count == 0 || count > MAX_PARENTS) revert ParentCountInvalid(count);
        ids = new bytes32[](count);
        shares = new uint16[](count);
        uint256 total = 0;
        for (uint256 index = 0; index < count; ++index) {
            bytes32 id = parents[index].design;
            if (_contains(ids, index, id)) revert ParentRepeated(id);
            (ids[index], shares[index]) = (id, parents[index].share);
            total += shares[index];
        }
        if (total > MAX_TOTAL_SHARE) revert SharesTooHigh(total);
    }

    function _registerDerived(
        bytes32 design,
        bytes32 metadata,
        Parent[] calldata parents,
        address owner,
        bytes32[] memory ids,
        uint16[] memory shares
    ) private {
        for (uint256 index = 0; index < parents.length; ++index) {
            _requireConsent(design, parents[index], owner);
        }
        // Parents must exist before: so a design that names itself is not found.
        uint256 ancestors = _storeAncestors(design, ids);
        _storeShares(design, shares);
        _register(design, metadata, DesignStates.ownedBy(owner).withLineage(ids.length, ancestors));
        emit DesignDerived(design, ids, shares);
    }

    function _requireConsent(bytes32 design, Parent calldata parent, address owner) private {
        DesignState state = _stateOf(parent.design);
        _requireNotRecalled(parent.design, state);
        if (state.owner() == owner) return;
        if (parent.consent.length != 0) {
            bytes32 agreed =
                _derivation(design, parent.design, parent.share, owner, parent.deadline);
            _useSignature(state.owner(), agreed, parent.deadline, parent.consent);
        } else if (!state.open() || state.share() != parent.share) {
            revert ConsentMissing(parent.design, parent.share);
        }
    }

    /// @dev Parents first, then the ancestors of each that are not there yet.
    function _storeAncestors(bytes32 design, bytes32[] memory ids)
        private
        returns (uint256 count)
    {
        bytes32[] memory found = new bytes32[](MAX_ANCESTORS);
        for (; count < ids.length; ++count) {
            found[count] = ids[count];
        }
        for (uint256 index = 0; index < ids.length; ++index) {
            bytes32[MAX_ANCESTORS] storage above = _ancestors[ids[index]];
            uint256 theirs = DesignStates.load(ids[index]).ancestors();
            for (uint256 step = 0; step < theirs; ++step) {
                bytes32 ancestor = above[step];
                if (_contains(found, count, ancestor)) continue;
                if (count == MAX_ANCESTORS) revert TooManyAncestors(design);
                found[count++] = ancestor;
            }
        }
        for (uint256 index = 0; index < count; ++index) {
            _ancestors[design][index] = found[index];
        }
    }

    function _storeShares(bytes32 design, uint16[] memory shares) private {
        uint256 packed = 0;
        for (uint256 index = 0; index < shares.length; ++index) {
            packed |= uint256(shares[index]) << (index * SHARE_BITS);
        }
        _shares[design] = packed;
    }

    function _firstAncestors(bytes32 design, uint256 count)
        private
        view
        returns (bytes32[] memory first)
    {
        first = new bytes32[](count);
        bytes32[MAX_ANCESTORS] storage above = _ancestors[design];
        for (uint256 index = 0; index < count; ++index) {
            first[index] = above[index];
        }
    }

    function _contains(bytes32[] memory ids, uint256 count, bytes32 wanted)
        private
        pure
        returns (bool)
    {
        for (uint256 index = 0; index < count; ++index) {
            if (ids[index] == wanted) return true;
        }
        return false;
    }

    function _wish(
        bytes32 design,
        bytes32 metadata,
        address owner,
        bytes32[] memory parents,
        uint16[] memory shares,
        uint256 deadline
    ) private pure returns (bytes32) {
        return keccak256(
            abi.encode(
                REGISTER_DERIVED_TYPEHASH,
                design,
                metadata,
                owner,
                // Packing pads each member of an array to 32 bytes, as EIP-712 wants it.
                keccak256(abi.encodePacked(parents)),
                keccak256(abi.encodePacked(shares)),
                deadline
            )
        );
    }

    function _derivation(
        bytes32 design,
        bytes32 parent,
        uint16 share,
        address owner,
        uint256 deadline
    ) private pure returns (bytes32) {
        return keccak256(abi.encode(DERIVATION_TYPEHASH, design, parent, share, owner, deadline));
    }
}
