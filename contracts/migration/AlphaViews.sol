// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {BondingState} from "../bonding/BondingState.sol";
import {StakeStandings} from "../bonding/StakeStandings.sol";
import {IAlphaViews} from "../interfaces/IAlphaViews.sol";
import {IBondingLedger} from "../interfaces/IBondingLedger.sol";
import {IStakeVotes} from "../interfaces/IStakeVotes.sol";
import {AlphaManager} from "./alpha/AlphaManager.sol";
import {IAlphaController} from "./alpha/IAlphaController.sol";
import {AlphaPart} from "./AlphaPart.sol";
import {AlphaPositions} from "./AlphaPositions.sol";

/// @title AlphaViews
/// @notice Answers for positions of the alpha that nobody has touched as if they were split out, and for the alpha's locks.
contract AlphaViews is IAlphaViews, AlphaPositions, StakeStandings, AlphaPart {
    /// @param next {BondingManager}.
    constructor(
        Relations memory relations,
        address next
    ) AlphaManager(IAlphaController(address(0))) BondingState(relations) AlphaPart(next) {} // solhint-disable-line no-empty-blocks

    // solhint-disable-next-line no-complex-fallback
    fallback() external override thenPassOn {
        bytes4 view_ = msg.sig;
        if (view_ == IBondingLedger.getUnbondingLock.selector) _answerLock(_addressIn(0), _argument(1));
        if (_isView(view_) && _isWaiting(_addressIn(0))) _answerWaiting(view_, _addressIn(0));
    }

    // --- Views ---

    /// @inheritdoc IAlphaViews
    function alphaPositionOf(address account) external view returns (AlphaPosition memory position) {
        (uint256 stake, uint256 fees) = _claimThrough(account, _alpha().lastRound);
        position.orchestrator = _delegators[account].delegateAddress;
        (position.stake, position.fees) = (stake, fees + _lateFees(account, stake));
        position.imported = _alpha().imported[account];
    }

    /// @inheritdoc IAlphaViews
    function alphaPoolOf(address orchestrator) external view returns (uint256 units, uint256 number) {
        return (_delegators[orchestrator].delegatedAmount, _alpha().pools[orchestrator].number);
    }

    /// @inheritdoc IAlphaViews
    function alphaLastRound() external view returns (uint256) {
        return _alpha().lastRound;
    }

    // --- Internals ---

    function _isView(bytes4 view_) private pure returns (bool) {
        return
            view_ == IBondingLedger.getDelegator.selector ||
            view_ == IBondingLedger.claimableFees.selector ||
            view_ == IVotes.delegates.selector ||
            view_ == IStakeVotes.getPastDelegate.selector ||
            view_ == IStakeVotes.getPastBalanceOf.selector;
    }

    /// @dev Does not return.
    function _answerWaiting(bytes4 view_, address account) private view {
        if (view_ == IBondingLedger.getDelegator.selector) _answer(abi.encode(_waitingDelegator(account)));
        if (view_ == IBondingLedger.claimableFees.selector) _answer(abi.encode(_waitingFees(account)));
        if (view_ == IVotes.delegates.selector) _answer(abi.encode(_delegators[account].delegateAddress));
        uint256 round = ROUNDS_MANAGER.currentRound();
        require(_argument(1) < round, BondingManagerFutureLookup(_argument(1), round));
        if (view_ == IStakeVotes.getPastDelegate.selector) {
            _answer(abi.encode(_waitingDelegate(account, _argument(1))));
        }
        _answer(abi.encode(_waitingBalance(account, _argument(1))));
    }

    /// @dev The alpha did not note whom a lock has left: the account itself stands there. Nor when: it is told from the period, which may have been another one then.
    function _answerLock(address account, uint256 lockId) private view {
        AlphaDelegator storage delegator = _delegators[account];
        if (lockId >= delegator.nextUnbondingLockId) return;
        AlphaLock memory lock = delegator.unbondingLocks[lockId];
        UnbondingLock memory shown;
        if (lock.amount != 0) {
            (shown.orchestrator, shown.amount) = (account, lock.amount);
            shown.withdrawRound = uint32(lock.withdrawRound);
            uint256 round = Math.saturatingSub(lock.withdrawRound, _unbondingPeriod_);
            shown.round = uint32(Math.min(round, _alpha().lastRound));
        }
        _answer(abi.encode(shown));
    }

    function _waitingDelegator(address account) private view returns (Delegator memory d) {
        AlphaDelegator storage delegator = _delegators[account];
        d.lockCount = uint32(delegator.nextUnbondingLockId);
        d.orchestrator = delegator.delegateAddress;
        if (d.orchestrator == address(0)) return d;
        (AlphaPool memory imported, Position memory position) = _waitingAt(account);
        if (imported.number == 0) {
            d.waiting = position.young;
            return d;
        }
        Holder memory h;
        h.account = account;
        h.position = position.from | (uint256(position.orchestrator) << 32) | (uint256(position.young) << 160);
        (, Work memory w) = _peek(imported.number);
        _follow(w, h);
        (d.stake, d.waiting) = (_worth(w, h, w.stake), _waiting(w, h));
    }

    function _waitingFees(address account) private view returns (uint256) {
        (AlphaPool memory imported, Position memory position) = _waitingAt(account);
        Pool storage pool = _storage().pools[imported.number];
        if (imported.number == 0 || position.from >= pool.feesBefore) return 0;
        return _feesBetween(_storage().accounts[account], 0, position, pool, position.from, pool.feesBefore);
    }

    function _waitingDelegate(address account, uint256 timepoint) private view returns (address) {
        Present memory p;
        _load(p);
        AlphaPool memory imported = _alpha().pools[_delegators[account].delegateAddress];
        if (imported.number == 0 || _keptRound(p, timepoint) < imported.from) return address(0);
        return _delegators[account].delegateAddress;
    }

    function _waitingBalance(address account, uint256 timepoint) private view returns (uint256) {
        Present memory p;
        _load(p);
        uint256 round = _keptRound(p, timepoint);
        (AlphaPool memory imported, Position memory position) = _waitingAt(account);
        if (imported.number == 0 || round < imported.from) return 0;
        (uint256 units, uint256 stake) = _standingAt(p, imported.number, round);
        if (units == 0) return 0;
        Pool storage pool = _storage().pools[imported.number];
        return (stake * _scarredAt(pool, position.from, position.young, round)) / units;
    }

    function _waitingAt(address account) private view returns (AlphaPool memory pool, Position memory position) {
        pool = _alpha().pools[_delegators[account].delegateAddress];
        (uint256 stake, ) = _claimThrough(account, _alpha().lastRound);
        position = _waitingPosition(pool, stake);
    }
}
