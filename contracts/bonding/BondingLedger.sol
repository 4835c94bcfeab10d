// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IBondingLedger} from "../interfaces/IBondingLedger.sol";
import {BondingState} from "./BondingState.sol";
import {StakeVotes} from "./StakeVotes.sol";

/// @title BondingLedger
/// @notice The part of the BondingManager for fees, votes and views.
contract BondingLedger is IBondingLedger, StakeVotes, ReentrancyGuardTransient {
    constructor(Relations memory relations) BondingState(relations) {} // solhint-disable-line no-empty-blocks

    // --- Fees ---

    /// @inheritdoc IBondingLedger
    function pullFees(address orchestrator, uint256 most) external returns (uint256 pulled) {
        return _pullFees(orchestrator, most);
    }

    /// @inheritdoc IBondingLedger
    function withdrawFees(address payable recipient, uint256 before) external nonReentrant returns (uint256 amount) {
        require(recipient != address(0), BondingManagerZeroReceiver());
        BondingManagerStorage storage $ = _storage();
        Account storage account = $.accounts[msg.sender];
        uint256 claimedBefore;
        uint256 index;
        (amount, claimedBefore, index) = _claimOf(account, before);
        (account.head.claimedBefore, account.head.claimIndex) = (uint32(claimedBefore), uint32(index));
        if (account.head.number != 0) {
            Pool storage pool = $.pools[account.head.number];
            amount += pool.kept;
            pool.kept = 0;
        }
        emit FeesWithdrawn(msg.sender, recipient, amount, claimedBefore);

        // Interactions
        if (amount != 0) TICKET_BROKER.payFees(recipient, amount);
    }

    // --- Views ---

    /// @inheritdoc IBondingLedger
    function parameters() external view returns (Parameters memory) {
        return _storage().parameters;
    }

    /// @inheritdoc IBondingLedger
    function getOrchestrator(address orchestrator) external view returns (Orchestrator memory o) {
        Holder memory h = _loadHolder(orchestrator);
        if (h.number == 0) return o;
        Pool storage pool = _storage().pools[h.number];
        (, Work memory w) = _peek(h.number);
        _follow(w, h);
        (o.rewardCut, o.feeShare) = (uint64(w.rewardCut), uint64(w.feeShare));
        (o.nextRewardCut, o.nextFeeShare) = (o.rewardCut, o.feeShare);
        if (w.flags & ANNOUNCED != 0) {
            (o.nextRewardCut, o.nextFeeShare, o.commissionRound) = (
                pool.nextRewardCut,
                pool.nextFeeShare,
                pool.commissionRound
            );
        }
        o.totalStake = w.total;
        o.commission = w.total - w.stake;
        o.selfStake = _worth(w, h, w.stake) + o.commission;
        o.nextTotalStake = _nextTotal(w);
        o.activeNext = w.flags & WILL_EARN != 0;
        o.active = w.flags & EARNS != 0 && o.activeNext;
        o.jailed = w.flags & JAILED != 0;
        (o.jailedUntil, o.disputes) = (pool.jailedUntil, uint8(w.disputes));
        (o.keptFees, o.feesBefore) = (pool.kept, pool.feesBefore);
    }

    /// @inheritdoc IBondingLedger
    function orchestratorCount() external view returns (uint256) {
        return _storage().orchestrators;
    }

    /// @inheritdoc IBondingLedger
    function orchestratorsFrom(uint256 first, uint256 count) external view returns (address[] memory page) {
        BondingManagerStorage storage $ = _storage();
        uint256 end = Math.min(Math.saturatingAdd(first, count), uint256($.orchestrators) + 1);
        page = new address[](first < end ? end - first : 0);
        for (uint256 i = 0; i < page.length; ++i) page[i] = $.pools[first + i].orchestrator;
    }

    /// @inheritdoc IBondingLedger
    function getDelegator(address delegator) external view returns (Delegator memory d) {
        Holder memory h = _loadHolder(delegator);
        AccountHead storage head = _storage().accounts[delegator].head;
        (d.lockCount, d.claimedBefore) = (head.locks, head.claimedBefore);
        if (h.orchestrator == 0) return d;
        (, Work memory w) = _peek(h.orchestrator);
        _follow(w, h);
        d.orchestrator = _storage().pools[h.orchestrator].orchestrator;
        (d.stake, d.waiting) = (_worth(w, h, w.stake), _waiting(w, h));
    }

    /// @inheritdoc IBondingLedger
    function getUnbondingLock(address delegator, uint256 lockId) external view returns (UnbondingLock memory view_) {
        Lock memory lock = _storage().accounts[delegator].locks[lockId];
        if (lock.withdrawRound == 0) return view_;
        view_.orchestrator = _storage().pools[lock.orchestrator].orchestrator;
        (view_.amount, view_.round, view_.withdrawRound, view_.kind) = (
            _valueOf(lock),
            lock.round,
            lock.withdrawRound,
            lock.kind
        );
    }

    /// @inheritdoc IBondingLedger
    function claimableFees(address delegator) external view returns (uint256 amount) {
        BondingManagerStorage storage $ = _storage();
        Account storage account = $.accounts[delegator];
        (amount, , ) = _claimOf(account, type(uint256).max);
        if (account.head.number != 0) amount += $.pools[account.head.number].kept;
    }

    /// @inheritdoc IBondingLedger
    function shortestNotice() external view returns (uint256) {
        return _shortestNotice(ROUNDS_MANAGER.currentRound());
    }

    /// @inheritdoc IBondingLedger
    function totalActiveStake() external view returns (uint256 active, uint256 next) {
        Present memory p;
        _present(p);
        return (p.before == 0 ? _storage().begun.active : p.active, p.earners == 0 ? 0 : p.next);
    }
}
