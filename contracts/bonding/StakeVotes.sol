// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC6372} from "@openzeppelin/contracts/interfaces/IERC6372.sol";
import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {IStakeVotes} from "../interfaces/IStakeVotes.sol";
import {History} from "../libraries/History.sol";
import {Young} from "../libraries/Young.sol";
import {FeeShares} from "./FeeShares.sol";

/// @title StakeVotes
/// @notice Votes, read from the histories that fees need anyway.
abstract contract StakeVotes is IStakeVotes, FeeShares {
    using Young for Young.Packed;

    /// @dev A pool at the beginning of a round.
    struct Standing {
        uint256 units;
        uint256 stake;
        uint256 total;
        bool earns;
    }

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
        Present memory p = _load();
        uint256 round = _keptRound(p, timepoint);
        if (round == p.round) return _storage().begun.active;
        if (round > p.round) return p.earners == 0 ? 0 : p.next;
        return _storage().past[round].active;
    }

    /// @inheritdoc IStakeVotes
    function getPastDelegate(address account, uint256 timepoint) external view returns (address) {
        _requirePast(timepoint);
        Account storage stored = _storage().accounts[account];
        uint256 found = _positionAt(stored, _keptRound(_load(), timepoint));
        return found == 0 ? address(0) : _storage().addresses[stored.positions[found - 1].orchestrator];
    }

    /// @inheritdoc IStakeVotes
    function getPastBalanceOf(address account, uint256 timepoint) external view returns (uint256 balance) {
        _requirePast(timepoint);
        Present memory p = _load();
        uint256 round = _keptRound(p, timepoint);
        BondingManagerStorage storage $ = _storage();
        Account storage stored = $.accounts[account];
        uint256 found = _positionAt(stored, round);
        bool isOrchestrator = stored.head.number != 0;
        uint256 number = stored.head.number;
        if (!isOrchestrator && found != 0) number = stored.positions[found - 1].orchestrator;
        if (number == 0) return 0;

        Standing memory standing = _standingAt(p, number, round);
        if (!standing.earns) return 0;
        if (found != 0 && standing.units != 0) {
            balance = (standing.stake * _unitsAt(stored, $.pools[number], found - 1, round)) / standing.units;
        }
        if (isOrchestrator) balance += standing.total - standing.stake;
    }

    /// @inheritdoc IVotes
    function delegates(address account) external view returns (address) {
        return _storage().addresses[_loadHolder(account).orchestrator];
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

    function _votesAt(address account, uint256 timepoint) private view returns (uint256) {
        uint256 number = _storage().accounts[account].head.number;
        if (number == 0) return 0;
        Present memory p = _load();
        Standing memory standing = _standingAt(p, number, _keptRound(p, timepoint));
        return standing.earns ? standing.total : 0;
    }

    /// @dev {round} The last one up to `round` in which somebody acted or which follows such a one.
    function _keptRound(Present memory p, uint256 round) private view returns (uint256) {
        if (round > p.round) return p.round + 1;
        if (round == p.round) return round;
        mapping(uint256 => PastRound) storage past = _storage().past;
        while (round != 0 && !past[round].kept) --round;
        return round;
    }

    /// @dev A pool at the beginning of a kept round, as if it had been brought there.
    function _standingAt(
        Present memory p,
        uint256 number,
        uint256 round
    ) private view returns (Standing memory standing) {
        Pool storage pool = _storage().pools[number];
        if (pool.head.round < round) {
            Work memory w = _loadPool(number);
            _advance(p, w, round);
            return Standing(_countAll(w), w.stake, w.total, w.flags & EARNS != 0);
        }
        uint256 found = History.find(_slotOf(pool.history), pool.head.entries, round);
        if (found == 0) return standing;
        PoolEntry memory entry = pool.history[found - 1];
        (standing.units, standing.stake, standing.total, standing.earns) = (
            entry.units,
            entry.stake,
            entry.total,
            entry.earns
        );
        if (!entry.earns) return standing;
        uint256 log = _logAt(p, round) - _logAt(p, entry.from);
        (standing.stake, standing.total) = _grow(entry.stake, entry.total, entry.rewardCut, log);
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
        Young.Generations memory older = account.older[index].load();
        units += _scarredAt(pool, older.from0, older.units0, round);
        units += _scarredAt(pool, older.from1, older.units1, round);
    }

    function _scarredAt(
        Pool storage pool,
        uint256 from,
        uint256 issued,
        uint256 round
    ) private view returns (uint256) {
        return issued == 0 || !pool.head.slashed ? issued : (issued * _scarAt(pool, from, round)) / UNSCARRED;
    }

    function _positionAt(Account storage account, uint256 round) private view returns (uint256 found) {
        mapping(uint256 => Position) storage positions = account.positions;
        uint256 slot;
        assembly ("memory-safe") {
            slot := positions.slot
        }
        return History.find(slot, account.head.positions, round);
    }

    function _requirePast(uint256 timepoint) private view {
        uint256 round = clock();
        require(timepoint < round, BondingManagerFutureLookup(timepoint, round));
    }
}
