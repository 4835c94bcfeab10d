// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC6372} from "@openzeppelin/contracts/interfaces/IERC6372.sol";
import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {IStakeVotes} from "../interfaces/IStakeVotes.sol";
import {Growth} from "../libraries/Growth.sol";
import {History} from "../libraries/History.sol";
import {Young} from "../libraries/Young.sol";
import {FeeShares} from "./FeeShares.sol";

/// @title StakeVotes
/// @notice Votes, read from the histories that fees need anyway.
abstract contract StakeVotes is IStakeVotes, FeeShares {
    using Young for Young.Packed;

    // --- Views ---

    /// @inheritdoc IERC6372
    function clock() public view returns (uint48) {
        return uint48(ROUNDS_MANAGER.currentRound());
    }

    /// @inheritdoc IERC6372
    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() external pure returns (string memory) {
        return "mode=livepeer_round";
    }

    /// @inheritdoc IVotes
    function getVotes(address account) external view returns (uint256) {
        return _votesAt(account, clock());
    }

    /// @inheritdoc IVotes
    function getPastVotes(address account, uint256 timepoint) external view returns (uint256) {
        _requirePast(timepoint);
        return _votesAt(account, timepoint);
    }

    /// @inheritdoc IVotes
    function getPastTotalSupply(uint256 timepoint) external view returns (uint256) {
        _requirePast(timepoint);
        Present memory p;
        _load(p);
        uint256 round = _keptRound(p, timepoint);
        if (round == p.round) return _storage().begun.active;
        if (round > p.round) return p.earners == 0 ? 0 : p.next;
        return _storage().past[round].active;
    }

    /// @inheritdoc IStakeVotes
    function getPastDelegate(address account, uint256 timepoint) external view returns (address) {
        _requirePast(timepoint);
        Account storage stored = _storage().accounts[account];
        Present memory p;
        _load(p);
        uint256 found = _positionAt(stored, _keptRound(p, timepoint));
        return found == 0 ? address(0) : _storage().pools[stored.positions[found - 1].orchestrator].orchestrator;
    }

    /// @inheritdoc IStakeVotes
    function getPastBalanceOf(address account, uint256 timepoint) external view returns (uint256 balance) {
        _requirePast(timepoint);
        Present memory p;
        _load(p);
        uint256 round = _keptRound(p, timepoint);
        BondingManagerStorage storage $ = _storage();
        Account storage stored = $.accounts[account];
        uint256 found = _positionAt(stored, round);
        if (found == 0) return 0;
        uint256 number = stored.positions[found - 1].orchestrator;
        if (number == 0) return 0;

        (uint256 units, uint256 stake) = _standingAt(p, number, round);
        if (units != 0) balance = (stake * _unitsAt(stored, $.pools[number], found - 1, round)) / units;
    }

    /// @inheritdoc IVotes
    function delegates(address account) external view returns (address) {
        return _storage().pools[_loadHolder(account).orchestrator].orchestrator;
    }

    // --- User actions that there are not ---

    /// @inheritdoc IVotes
    function delegate(address) external pure {
        revert BondingManagerVotesFollowStake();
    }

    /// @inheritdoc IVotes
    function delegateBySig(address, uint256, uint256, uint8, bytes32, bytes32) external pure {
        revert BondingManagerVotesFollowStake();
    }

    // --- Internals ---

    function _votesAt(address account, uint256 timepoint) private view returns (uint256 stake) {
        uint256 number = _storage().accounts[account].head.number;
        if (number == 0) return 0;
        Present memory p;
        _load(p);
        (, stake) = _standingAt(p, number, _keptRound(p, timepoint));
    }

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
    ) private view returns (uint256 units) {
        Position memory position = account.positions[index];
        units = position.old + _scarredAt(pool, position.from, position.young, round);
        if (!position.hasOlder) return units;
        Young.Generations memory older;
        account.older[index].load(older);
        units += _scarredAt(pool, older.from0, older.units0, round);
        units += _scarredAt(pool, older.from1, older.units1, round);
    }

    function _scarredAt(Pool storage pool, uint256 from, uint256 issued, uint256 round) internal view returns (uint256) {
        if (issued == 0 || pool.flags & SLASHED == 0) return issued;
        (uint256 factor, ) = _scarAt(pool, from, round);
        return (issued * factor) / UNSCARRED;
    }

    function _positionAt(Account storage account, uint256 round) private view returns (uint256 found) {
        mapping(uint256 => Position) storage positions = account.positions;
        uint256 slot;
        assembly ("memory-safe") {
            slot := positions.slot
        }
        return History.find(slot, account.head.positions, round);
    }

    function _requirePast(uint256 timepoint) internal view {
        uint256 round = clock();
        require(timepoint < round, BondingManagerFutureLookup(timepoint, round));
    }
}
