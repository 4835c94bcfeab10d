// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Growth} from "../libraries/Growth.sol";
import {History} from "../libraries/History.sol";
import {Young} from "../libraries/Young.sol";
import {FeeShares} from "./FeeShares.sol";

/// @title StakeStandings
/// @notice What a pool was worth in a past round, and what of it an account had.
abstract contract StakeStandings is FeeShares {
    using Young for Young.Packed;

    /// @dev {round} The last one up to `round` in which somebody acted or which follows such a one.
    function _keptRound(Present memory p, uint256 round) internal view returns (uint256) {
        if (round > p.round) return p.round + 1;
        if (round == p.round) return round;
        mapping(uint256 => PastRound) storage past = _storage().past;
        while (round != 0 && !past[round].kept) --round;
        return round;
    }

    /// @dev The units of a pool that earned in a kept round, and their worth when it began: grown in one step from the last change before it, which is the same whether the pool was
    /// brought there or not.
    function _standingAt(
        Present memory p,
        uint256 number,
        uint256 round
    ) internal view returns (uint256 units, uint256 stake) {
        Change memory last = _changeBefore(p, number, round);
        if (!last.earns) return (0, 0);
        uint256 log = _logAt(p, round) - _logAt(p, last.from);
        return (last.units, Growth.growDown(last.stake, Growth.afterCutDown(log, last.rewardCut)));
    }

    /// @dev The last change of a pool up to a round.
    function _changeBefore(Present memory p, uint256 number, uint256 round) private view returns (Change memory last) {
        Pool storage pool = _storage().pools[number];
        if (pool.round < round) {
            Work memory w;
            _loadPool(w, number);
            _advance(p, w, round);
            if (w.changes.length != 0) return w.changes[w.changes.length - 1];
        }
        uint256 found = _entryAt(pool, round);
        if (found == 0) return last;
        PoolEntry memory entry = pool.history[found - 1];
        PoolTerms memory terms = _termsAt(pool, round);
        (last.from, last.units, last.stake) = (entry.from, entry.units, entry.stake);
        (last.rewardCut, last.earns) = (terms.rewardCut, terms.earns);
    }

    /// @dev {1} Units of a position, with the scars that they had when `round` began.
    function _unitsAt(
        Account storage account,
        Pool storage pool,
        uint256 index,
        uint256 round
    ) internal view returns (uint256 units) {
        Position memory position = account.positions[index];
        units = position.old + _scarredAt(pool, position.from, position.young, round);
        if (!position.hasOlder) return units;
        Young.Generations memory older;
        account.older[index].load(older);
        units += _scarredAt(pool, older.from0, older.units0, round);
        units += _scarredAt(pool, older.from1, older.units1, round);
    }

    function _scarredAt(
        Pool storage pool,
        uint256 from,
        uint256 issued,
        uint256 round
    ) internal view returns (uint256) {
        if (issued == 0 || pool.flags & SLASHED == 0) return issued;
        (uint256 factor, ) = _scarAt(pool, from, round);
        return (issued * factor) / UNSCARRED;
    }

    function _positionAt(Account storage account, uint256 round) internal view returns (uint256 found) {
        mapping(uint256 => Position) storage positions = account.positions;
        uint256 slot;
        assembly ("memory-safe") {
            slot := positions.slot
        }
        return History.find(slot, account.head.positions, round);
    }
}
