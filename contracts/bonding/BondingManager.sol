// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";
import {PausableUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/PausableUpgradeable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IBondingStake} from "../interfaces/IBondingStake.sol";
import {Ratio} from "../libraries/Ratio.sol";
import {BondingPart} from "./BondingPart.sol";
import {BondingState} from "./BondingState.sol";
import {StakeMoves} from "./StakeMoves.sol";

/// @title BondingManager
/// @notice The logic behind the proxy. It moves stake; faults, fees and votes are the work of {BondingFaults} and {BondingLedger}, to which it passes
/// on every other call, on the same storage: one contract would be larger than a chain allows. Together they are {IBondingManager}.
/// @dev The token is ours and calls nobody back, and each call of it comes last.
contract BondingManager is IBondingStake, StakeMoves, Initializable, BondingPart {
    using SafeERC20 for IERC20;

    // --- Initialization ---

    /// @param next {BondingFaults}.
    constructor(Relations memory relations, address next) BondingState(relations) BondingPart(next) {
        _disableInitializers(); // of the part that has the initializer
    }

    // --- Orchestrators ---

    /// @inheritdoc IBondingStake
    function register(uint64 rewardCut, uint64 feeShare, uint256 amount) external {
        if (_storage().clock.paused) revert PausableUpgradeable.EnforcedPause();
        _requireRatios(rewardCut, feeShare);
        BondingManagerStorage storage $ = _storage();
        Holder memory h = _loadHolder(msg.sender);
        require(h.number == 0, BondingManagerAlreadyRegistered(msg.sender));
        // What a `require` would tell is read even if nothing is wrong.
        if (h.orchestrator != 0) {
            revert BondingManagerBondedElsewhere($.pools[h.orchestrator].orchestrator, msg.sender);
        }
        uint256 number = uint256($.orchestrators) + 1;
        require(number <= type(uint24).max, BondingManagerTooManyOrchestrators(number - 1, type(uint24).max));

        Present memory p;
        _begin(p);
        $.orchestrators = uint24(number);
        $.accounts[msg.sender].head.number = uint24(number);
        Pool storage pool = $.pools[number];
        pool.orchestrator = msg.sender;
        (pool.rewardCut, pool.feeShare, pool.round) = (rewardCut, feeShare, uint32(p.round));
        emit Registered(msg.sender, number, rewardCut, feeShare, p.round);
        if (amount == 0) return;

        // A new pool is at the present round, and has nothing that grows.
        Work memory w;
        _loadPool(w, number);
        _enter(w, msg.sender, amount);
        _close(p, w);

        // Interactions
        TOKEN.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc IBondingStake
    function setCommission(uint64 rewardCut, uint64 feeShare) external {
        _requireRatios(rewardCut, feeShare);
        uint256 number = _numberOf(msg.sender);
        (Present memory p, Work memory w) = _open(number);
        uint256 notice = _storage().parameters.commissionNotice;
        uint256 fromRound = p.round + notice;

        Pool storage pool = _storage().pools[number];
        (pool.nextRewardCut, pool.nextFeeShare, pool.commissionRound) = (rewardCut, feeShare, uint32(fromRound));
        w.flags |= ANNOUNCED;
        p.marks |= 1 << notice;
        _storeClock(p);
        emit CommissionAnnounced(msg.sender, rewardCut, feeShare, fromRound);
        _close(p, w);
    }

    /// @inheritdoc IBondingStake
    function reward(address orchestrator) external {
        _touch(_numberOf(orchestrator));
    }

    /// @inheritdoc IBondingStake
    function unjail() external {
        uint256 number = _numberOf(msg.sender);
        (Present memory p, Work memory w) = _open(number);
        require(w.flags & JAILED != 0, BondingManagerNotJailed(msg.sender));
        uint256 until = _storage().pools[number].jailedUntil;
        require(p.round >= until, BondingManagerJailed(p.round, until));

        w.flags ^= JAILED;
        emit Unjailed(msg.sender);
        _close(p, w);
    }

    // --- Stake ---

    /// @inheritdoc IBondingStake
    function bond(uint256 amount, address orchestrator) external {
        _bond(amount, orchestrator);

        // Interactions
        TOKEN.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc IBondingStake
    function unbond(uint256 amount) external returns (uint256 paid) {
        require(amount != 0, BondingManagerZeroAmount());
        Holder memory h = _loadHolder(msg.sender);
        require(h.orchestrator != 0, BondingManagerInsufficientStake(0, amount));

        (Present memory p, Work memory w) = _open(h.orchestrator);
        _follow(w, h);
        uint256 waiting = _waiting(w, h);
        uint256 active = _worth(w, h, w.stake);
        require(waiting + active >= amount, BondingManagerInsufficientStake(waiting + active, amount));
        uint256 left = waiting + active - amount;
        require(left == 0 || left >= MINIMUM_POSITION, BondingManagerRemainderTooSmall(left, MINIMUM_POSITION));

        paid = _takeBack(p, w, h, amount, waiting, active);
        if (h.number != 0) _close(p, w);
        else _closeForOthers(p, w, false);

        // Interactions
        if (paid != 0) TOKEN.safeTransfer(msg.sender, paid);
    }

    /// @inheritdoc IBondingStake
    function unbondCommission(uint256 amount) external {
        require(amount != 0, BondingManagerZeroAmount());
        Holder memory h = _loadHolder(msg.sender);
        require(h.number != 0, BondingManagerNotRegistered(msg.sender));
        (Present memory p, Work memory w) = _open(h.number);
        _leaveCommission(p, w, h, amount);
        _close(p, w);
    }

    /// @inheritdoc IBondingStake
    function resign() external returns (uint256 paid) {
        Holder memory h = _loadHolder(msg.sender);
        require(h.number != 0, BondingManagerNotRegistered(msg.sender));
        (Present memory p, Work memory w) = _open(h.number);
        _follow(w, h);
        uint256 waiting = _waiting(w, h);
        uint256 active = _worth(w, h, w.stake);
        uint256 commission = _nextCommission(w);
        uint256 amount = waiting + active;
        require(amount + commission != 0, BondingManagerInsufficientStake(0, 1));

        if (amount != 0) paid = _takeBack(p, w, h, amount, waiting, active);
        if (commission != 0) _leaveCommission(p, w, h, commission);
        _close(p, w);

        // Interactions
        if (paid != 0) TOKEN.safeTransfer(msg.sender, paid);
    }

    /// @inheritdoc IBondingStake
    function rebond(uint256 lockId, address orchestrator) external {
        Lock memory lock = _lockOf(msg.sender, lockId);
        Pool storage pool = _storage().pools[lock.orchestrator];
        uint256 disputes = pool.disputes;
        // What a `require` would tell is read even if nothing is wrong.
        if (disputes != 0) revert BondingManagerDisputed(pool.orchestrator, disputes);
        Present memory p;
        _begin(p);
        uint256 liableUntil = _challengeableUntil(p, lock.round);
        require(block.timestamp >= liableUntil, BondingManagerStillLiable(block.timestamp, liableUntil));

        uint256 amount = _redeem(msg.sender, lockId, lock);
        emit Rebonded(msg.sender, lockId, amount);
        _bond(amount, orchestrator);
    }

    /// @inheritdoc IBondingStake
    function withdrawStake(uint256 lockId) external returns (uint256 amount) {
        Lock memory lock = _lockOf(msg.sender, lockId);
        uint256 round = _roundBegun();
        require(round >= lock.withdrawRound, BondingManagerWithdrawTooEarly(round, lock.withdrawRound));
        amount = _redeem(msg.sender, lockId, lock);
        emit StakeWithdrawn(msg.sender, lockId, amount);

        // Interactions
        TOKEN.safeTransfer(msg.sender, amount);
    }

    // --- Views ---

    /// @inheritdoc IBondingStake
    function isRegistered(address orchestrator) external view returns (bool) {
        return _storage().accounts[orchestrator].head.number != 0;
    }

    /// @inheritdoc IBondingStake
    function isActive(address orchestrator) external view returns (bool) {
        BondingManagerStorage storage $ = _storage();
        Pool storage pool = $.pools[$.accounts[orchestrator].head.number];
        uint256 flags = pool.flags;
        if (flags & WILL_EARN == 0) return false;
        return flags & EARNS != 0 || pool.round < $.clock.round || block.timestamp >= $.clock.end;
    }

    // --- Internals ---

    /// @dev Takes `amount` of the holder's `waiting` and `active` stake back, what waits at first. Returns what is to be paid.
    function _takeBack(
        Present memory p,
        Work memory w,
        Holder memory h,
        uint256 amount,
        uint256 waiting,
        uint256 active
    ) private returns (uint256 paid) {
        paid = Math.min(amount, waiting);
        if (paid != 0) {
            _cancel(w, h, paid, waiting);
            emit BondCancelled(h.account, w.orchestrator, paid);
        }
        if (amount != paid) _leave(p, w, h, amount - paid, active);
        _storeHolder(w, h, h.number != 0 || h.old != 0 || h.young.units0 != 0 || h.young.units1 != 0);
    }

    function _requireRatios(uint64 rewardCut, uint64 feeShare) private pure {
        require(Ratio.isRatio(rewardCut), BondingManagerRatioOutOfBounds(rewardCut, Ratio.ONE));
        require(Ratio.isRatio(feeShare), BondingManagerRatioOutOfBounds(feeShare, Ratio.ONE));
    }
}
