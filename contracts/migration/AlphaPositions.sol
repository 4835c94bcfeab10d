// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BondingState} from "../bonding/BondingState.sol";
import {AlphaClaims} from "./alpha/AlphaClaims.sol";

/// @title AlphaPositions
/// @notice Which of the alpha's positions were imported, and what those that were not are worth.
/// @dev The alpha's slots are where they were; everything new is in namespaces.
abstract contract AlphaPositions is AlphaClaims, BondingState {
    /// @dev One slot.
    struct AlphaPool {
        /// @dev 0 = it was not imported.
        uint24 number;
        /// @dev {round} In which its stake became active.
        uint32 from;
        /// @dev Whether nobody can act for it: its stake can only leave.
        bool closed;
    }

    /// @dev Must stay true:
    /// - the units of generation `from` of an imported pool = the alpha's `delegatedAmount` = Σ stake of those who stood behind it in the alpha + the alpha's roundings;
    /// - an account whose position was not imported has nothing in the BondingManager's own storage.
    /// @custom:storage-location erc7201:streamflow.storage.AlphaImport
    struct AlphaImportStorage {
        /// @dev {round} Claims go through it.
        uint32 lastRound;
        mapping(address orchestrator => AlphaPool) pools;
        mapping(address delegator => bool) imported;
        /// @dev {2^-128 wei ETH} For a wei of stake: fees that came after the alpha's end.
        mapping(address orchestrator => uint256) lateSums;
        mapping(address delegator => uint256) lateSumsPaid;
    }

    // keccak256(abi.encode(uint256(keccak256("streamflow.storage.AlphaImport")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant STORAGE = 0xfcea7df52a2b879926fbc734c72292e2b09581837dc38067d3140a53130fd700;

    /// @dev Binary places of a late sum.
    uint256 internal constant LATE_PLACES = 128;

    function _alpha() internal pure returns (AlphaImportStorage storage $) {
        assembly ("memory-safe") {
            $.slot := STORAGE
        }
    }

    /// @dev Whether the account has something in the alpha that has to be split out before it acts.
    function _isWaiting(address account) internal view returns (bool) {
        if (_alpha().imported[account]) return false;
        AlphaDelegator storage delegator = _delegators[account];
        return delegator.delegateAddress != address(0) || delegator.nextUnbondingLockId != 0;
    }

    /// @dev {wei ETH} Of the fees that came after the alpha's end, what is owed to an account with that stake.
    function _lateFees(address account, uint256 stake) internal view returns (uint256) {
        AlphaImportStorage storage $ = _alpha();
        uint256 sum = $.lateSums[_delegators[account].delegateAddress] - $.lateSumsPaid[account];
        return (stake * sum) >> LATE_PLACES;
    }

    /// @dev The last position of a waiting account as it would lie in storage: the one of who bonded in the round in which the pool was imported.
    function _waitingPosition(AlphaPool memory pool, uint256 stake) internal pure returns (Position memory position) {
        (position.from, position.orchestrator, position.young) = (pool.from, pool.number, uint96(stake));
    }
}
