// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAlphaImport} from "../interfaces/IAlphaImport.sol";
import {StakeMoves} from "../bonding/StakeMoves.sol";
import {Young} from "../libraries/Young.sol";
import {AlphaPositions} from "./AlphaPositions.sol";

/// @title AlphaImport
/// @notice How what stands behind an orchestrator in the alpha becomes a pool, and how a position is split out of it.
abstract contract AlphaImport is IAlphaImport, AlphaPositions, StakeMoves {
    using SafeCast for uint256;
    using Young for Young.Generations;

    /// @dev Ratios: from 1e6 = 1 to 1e18 = 1.
    uint256 private constant SCALE = 1e12;

    /// @dev Splits out the position of `account`, if there is one that was not.
    function _importPosition(address account) internal {
        if (!_isWaiting(account)) return;
        address orchestrator = _delegators[account].delegateAddress;
        if (orchestrator != address(0)) _importPool(orchestrator);
        // An orchestrator's own position comes with its pool.
        if (orchestrator != account) _split(account);
    }

    /// @dev Makes a pool of what stands behind `orchestrator`, if there is anything and it is not one.
    function _importPool(address orchestrator) internal {
        uint256 units = _delegators[orchestrator].delegatedAmount;
        if (units == 0 || _alpha().pools[orchestrator].number != 0) return;

        Present memory p;
        _begin(p);
        BondingManagerStorage storage $ = _storage();
        uint256 number = uint256($.orchestrators) + 1;
        require(number <= type(uint24).max, BondingManagerTooManyOrchestrators(number - 1, type(uint24).max));
        $.orchestrators = uint24(number);
        bool closed = _delegators[orchestrator].delegateAddress != orchestrator;
        _alpha().pools[orchestrator] = AlphaPool(uint24(number), uint32(p.round + 1), closed);
        bool aside = _transcoders[orchestrator].place == 0;
        _createPool($.pools[number], orchestrator, p.round);
        if (!closed) {
            $.accounts[orchestrator].head.number = uint24(number);
            _split(orchestrator);
        }

        // A new pool is at the present round, and has nothing that grows.
        Work memory w;
        _loadPool(w, number);
        w.young.add(p.round + 1, units.toUint96());
        w.entering = units;
        if (aside) w.flags |= JAILED;
        _close(p, w);
        emit AlphaPoolImported(orchestrator, number, units, p.round + 1, aside, closed);
    }

    /// @dev Claims in the alpha's own slots.
    function _claimAlpha(address account, uint256 through) internal {
        AlphaDelegator storage delegator = _delegators[account];
        (delegator.bondedAmount, delegator.fees) = _claimThrough(account, through);
        if (through > delegator.lastClaimRound) delegator.lastClaimRound = through;
    }

    function _createPool(Pool storage pool, address orchestrator, uint256 round) private {
        AlphaTranscoder storage transcoder = _transcoders[orchestrator];
        uint64 rewardCut = (transcoder.rewardCut * SCALE).toUint64();
        uint64 feeShare = (transcoder.feeShare * SCALE).toUint64();
        pool.orchestrator = orchestrator;
        (pool.rewardCut, pool.feeShare, pool.round) = (rewardCut, feeShare, uint32(round));
        emit Registered(orchestrator, _alpha().pools[orchestrator].number, rewardCut, feeShare, round);
    }

    function _split(address account) private {
        AlphaImportStorage storage alpha = _alpha();
        AlphaDelegator storage delegator = _delegators[account];
        alpha.imported[account] = true;
        _claimAlpha(account, alpha.lastRound);

        Account storage stored = _storage().accounts[account];
        uint256 locks = delegator.nextUnbondingLockId;
        stored.head.locks = locks.toUint32();
        address orchestrator = delegator.delegateAddress;
        if (orchestrator == address(0)) {
            emit AlphaPositionImported(account, orchestrator, 0, 0, locks);
            return;
        }
        AlphaPool memory pool = alpha.pools[orchestrator];
        stored.head.positions = 1;
        stored.positions[0] = _waitingPosition(pool, delegator.bondedAmount);
        emit AlphaPositionImported(account, orchestrator, delegator.bondedAmount, pool.from, locks);
    }
}
