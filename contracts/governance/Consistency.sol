// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IBonding} from "../interfaces/IBonding.sol";
import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {IConsistency} from "../interfaces/IConsistency.sol";
import {IDisputeGame} from "../interfaces/IDisputeGame.sol";
import {IRoundsManager} from "../interfaces/IRoundsManager.sol";

/// @title Consistency
contract Consistency is IConsistency {
    IRoundsManager public immutable ROUNDS_MANAGER;
    IBondingManager public immutable BONDING_MANAGER;
    IDisputeGame public immutable DISPUTE_GAME;

    constructor(IRoundsManager rounds, IBondingManager bonding, IDisputeGame disputes) {
        (ROUNDS_MANAGER, BONDING_MANAGER, DISPUTE_GAME) = (rounds, bonding, disputes);
    }

    /// @inheritdoc IConsistency
    function requireConsistent(uint256 voting, uint256 timelock) external view {
        (IRoundsManager.Base memory active, IRoundsManager.Base memory next) = ROUNDS_MANAGER.schedule();
        _requireConsistentWith(active.roundLength, voting, timelock);
        if (next.roundLength != 0) _requireConsistentWith(next.roundLength, voting, timelock);
    }

    /// @param roundLength {s}
    function _requireConsistentWith(uint256 roundLength, uint256 voting, uint256 timelock) private view {
        IBonding.Parameters memory bonding = BONDING_MANAGER.parameters();
        IDisputeGame.Parameters memory disputes = DISPUTE_GAME.parameters();

        require(timelock >= roundLength, ConsistencyTimelockTooShort(timelock, roundLength));
        uint256 rounds = voting + Math.ceilDiv(timelock, roundLength);
        uint256 unbonding = bonding.unbondingPeriod;
        require(unbonding > rounds, ConsistencyUnbondingTooShortForVotes(unbonding, rounds + 1));

        unbonding *= roundLength;
        uint256 dispute = disputes.openingWindow + 2 * uint256(disputes.clock) + roundLength;
        require(unbonding >= dispute, ConsistencyUnbondingTooShortForDisputes(unbonding, dispute));
        require(
            disputes.openingWindow <= bonding.challengeWindow,
            ConsistencyOpeningWindowTooLong(disputes.openingWindow, bonding.challengeWindow)
        );
    }
}
