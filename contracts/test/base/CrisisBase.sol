// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ICrisisPledges} from "../../src/interfaces/ICrisisPledges.sol";
import {ISignedActions} from "../../src/interfaces/ISignedActions.sol";
import {IPledges} from "../../src/interfaces/IPledges.sol";
import {Base} from "./Base.sol";
import {CHEATS} from "./Cheats.sol";

interface IPledgesContract is ICrisisPledges, ISignedActions {
    function LONGEST_PLEDGE() external view returns (uint40);
    function LONGEST_CRISIS() external view returns (uint40);
    function licenses() external view returns (address);
    function designRegistry() external view returns (address);
}

/// @title A council, its signer, and pledges whose licenses contract is the test itself.
abstract contract CrisisBase is Base {
    bytes32 internal constant REGION = "TR-31";
    bytes32 internal constant EVIDENCE = keccak256("what the council decided upon");
    bytes32 internal constant DOCUMENT = keccak256("what the pledge is for");
    bytes32 internal constant SALT = keccak256("a salt");
    bytes32 internal constant DECLARATION = keccak256(
        "CrisisDeclaration(address council,bytes32 region,uint40 until,bytes32 evidence,address signer,bytes32 salt,uint256 deadline)"
    );
    bytes32 internal constant END = keccak256("CrisisEnd(uint256 crisis,uint256 deadline)");

    IPledgesContract internal pledges;
    address internal council;
    address internal signer;

    function setUp() public virtual override {
        super.setUp();
        pledges = IPledgesContract(
            _deploy("CrisisPledges.sol:CrisisPledges", abi.encode(registry))
        );
        council = _account("council");
        signer = _account("signer of the council");
    }

    /// @dev A year; licenses of 30 days and 40 prints, 100 prints in all.
    function _generous() internal view returns (IPledges.Terms memory terms) {
        terms.until = _now() + 365 * DAY;
        terms.maxDuration = 30 * DAY;
        (terms.quotaPerLicense, terms.quotaInAll) = (40, 100);
        terms.document = DOCUMENT;
    }

    function _pledged() internal returns (IPledges.Terms memory terms) {
        terms = _generous();
        CHEATS.prank(owner);
        pledges.pledge(DESIGN, council, terms);
    }

    /// @dev A crisis of 60 days.
    function _declared() internal returns (uint256 crisis) {
        uint40 until = _now() + 60 * DAY;
        CHEATS.prank(council);
        crisis = pledges.declare(REGION, until, EVIDENCE, signer);
    }

    function _digest(bytes32 structHash) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256("Platemark"),
                keccak256("1"),
                block.chainid,
                address(pledges)
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }
}
