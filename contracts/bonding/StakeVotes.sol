// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC6372} from "@openzeppelin/contracts/interfaces/IERC6372.sol";
import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {IStakeVotes} from "../interfaces/IStakeVotes.sol";
import {StakeStandings} from "./StakeStandings.sol";

/// @title StakeVotes
/// @notice Votes, read from the histories that fees need anyway.
abstract contract StakeVotes is IStakeVotes, StakeStandings {
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

    function _requirePast(uint256 timepoint) private view {
        uint256 round = clock();
        require(timepoint < round, BondingManagerFutureLookup(timepoint, round));
    }
}
