// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManagedUpgradeable} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {PausableUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/PausableUpgradeable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {IMinter} from "../interfaces/IMinter.sol";
import {IRoundsManager} from "../interfaces/IRoundsManager.sol";
import {IServiceRegistry} from "../interfaces/IServiceRegistry.sol";
import {ITicketBroker} from "../interfaces/ITicketBroker.sol";
import {Ratio} from "../libraries/Ratio.sol";
import {BondingState} from "./BondingState.sol";
import {Slashing} from "./Slashing.sol";
import {StakeVotes} from "./StakeVotes.sol";

/// @title BondingManager
contract BondingManager is
    Slashing,
    StakeVotes,
    AccessManagedUpgradeable,
    PausableUpgradeable,
    ReentrancyGuardTransient
{
    using SafeERC20 for IERC20;

    // --- Constants ---

    /// @notice {wei LPT} Highest `minimumStake`.
    uint256 public constant MAX_MINIMUM_STAKE = 1_000_000e18;
    /// @notice {round} Longest unbonding period and fault period.
    uint256 public constant MAX_PERIOD = 365;
    /// @notice {round} Longest notice of a commission.
    uint256 public constant MAX_COMMISSION_NOTICE = 30;
    /// @notice {s} Shortest window of challenge.
    uint256 public constant MIN_CHALLENGE_WINDOW = 10 minutes;
    /// @notice {s} Longest window of challenge.
    uint256 public constant MAX_CHALLENGE_WINDOW = 24 hours;
    /// @notice {round} Longest jail period.
    uint256 public constant MAX_JAIL_PERIOD = 100;

    // --- Initialization ---

    constructor(
        IERC20 token,
        IRoundsManager roundsManager,
        IMinter minter,
        ITicketBroker ticketBroker,
        IServiceRegistry serviceRegistry,
        address treasury
    ) BondingState(token, roundsManager, minter, ticketBroker, serviceRegistry, treasury) {
        _disableInitializers();
    }

    /// @inheritdoc IBondingManager
    function initialize(address authority, Parameters calldata parameters_) external initializer {
        __AccessManaged_init(authority);
        __Pausable_init();
        _setParameters(parameters_);
        _initializeRounds();
    }

    // --- Orchestrators ---

    /// @inheritdoc IBondingManager
    function register(uint64 rewardCut, uint64 feeShare) external whenNotPaused {
        _requireRatios(rewardCut, feeShare);
        BondingManagerStorage storage $ = _storage();
        Account storage account = $.accounts[msg.sender];
        require(account.head.number == 0, BondingManagerAlreadyRegistered(msg.sender));
        uint256 behind = _standsBehind(account, account.head);
        require(behind == 0, BondingManagerBondedElsewhere($.addresses[behind], msg.sender));
        require(
            $.orchestrators != type(uint24).max,
            BondingManagerTooManyOrchestrators($.orchestrators, type(uint24).max)
        );

        uint32 round = _begin().clock.round;
        uint24 number = ++$.orchestrators;
        account.head.number = number;
        $.addresses[number] = msg.sender;
        PoolHead storage head = $.pools[number].head;
        (head.rewardCut, head.feeShare, head.round) = (rewardCut, feeShare, round);
        emit Registered(msg.sender, number, rewardCut, feeShare, round);
        _touch(number); // the minimums may be zero
    }

    /// @inheritdoc IBondingManager
    function setCommission(uint64 rewardCut, uint64 feeShare) external {
        _requireRatios(rewardCut, feeShare);
        (Present memory p, Work memory w) = _open(_numberOf(msg.sender));
        BondingManagerStorage storage $ = _storage();
        uint256 notice = $.parameters.commissionNotice;
        uint32 fromRound = uint32(p.clock.round + notice);

        Pool storage pool = $.pools[w.number];
        (pool.nextRewardCut, pool.nextFeeShare, pool.commissionRound) = (rewardCut, feeShare, fromRound);
        w.head.announced = true;
        p.clock.marks |= uint32(1 << notice);
        _close(p, w);
        emit CommissionAnnounced(msg.sender, rewardCut, feeShare, fromRound);
    }

    /// @inheritdoc IBondingManager
    function reward(address orchestrator) external {
        _touch(_numberOf(orchestrator));
    }

    /// @inheritdoc IBondingManager
    function unjail() external {
        (Present memory p, Work memory w) = _open(_numberOf(msg.sender));
        require(w.head.jailed, BondingManagerNotJailed(msg.sender));
        uint256 until = _storage().pools[w.number].jailedUntil;
        require(p.clock.round >= until, BondingManagerJailed(p.clock.round, until));

        w.head.jailed = false;
        emit Unjailed(msg.sender);
        _close(p, w);
    }

    // --- Stake ---

    /// @inheritdoc IBondingManager
    function bond(uint256 amount, address orchestrator) external whenNotPaused nonReentrant {
        (Present memory p, Work memory w) = _open(_numberOf(orchestrator));
        _enter(w, msg.sender, amount);
        _close(p, w);

        // Interactions
        TOKEN.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc IBondingManager
    function unbond(uint256 amount) external nonReentrant returns (uint256 paid) {
        require(amount != 0, BondingManagerZeroAmount());
        Account storage account = _storage().accounts[msg.sender];
        uint256 number = _standsBehind(account, account.head);
        require(number != 0, BondingManagerInsufficientStake(0, amount));

        (Present memory p, Work memory w) = _open(number);
        Units memory units = _unitsOf(w, account);
        uint256 waiting = _waiting(w, units);
        uint256 active = _worth(w, units, w.stake);
        require(waiting + active >= amount, BondingManagerInsufficientStake(waiting + active, amount));
        uint256 left = waiting + active - amount;
        require(left == 0 || left >= MINIMUM_POSITION, BondingManagerRemainderTooSmall(left, MINIMUM_POSITION));

        paid = Math.min(amount, waiting);
        if (paid != 0) {
            _cancel(w, units, paid, waiting);
            emit BondCancelled(msg.sender, w.orchestrator, paid);
        }
        if (amount != paid) _leave(w, units, msg.sender, amount - paid, active);
        bool stands = units.old != 0 || units.young.units0 != 0 || units.young.units1 != 0;
        _keepPosition(account, w, units, stands || msg.sender == w.orchestrator);
        _close(p, w);

        // Interactions
        if (paid != 0) TOKEN.safeTransfer(msg.sender, paid);
    }

    /// @inheritdoc IBondingManager
    function unbondCommission(uint256 amount) external {
        require(amount != 0, BondingManagerZeroAmount());
        (Present memory p, Work memory w) = _open(_numberOf(msg.sender));
        _leaveCommission(w, amount);
        _close(p, w);
    }

    /// @inheritdoc IBondingManager
    function rebond(uint256 lockId, address orchestrator) external whenNotPaused {
        Lock memory lock = _lockOf(msg.sender, lockId);
        uint256 number = _numberOf(orchestrator);
        Present memory now_ = _begin();
        BondingManagerStorage storage $ = _storage();
        PoolHead storage head = $.pools[lock.orchestrator].head;
        require(head.disputes == 0, BondingManagerDisputed($.addresses[lock.orchestrator], head.disputes));
        uint256 liableUntil = _challengeableUntil(now_, lock.round);
        require(block.timestamp >= liableUntil, BondingManagerStillLiable(block.timestamp, liableUntil));
        _leaveBehind(lock);

        (Present memory p, Work memory w) = _open(number);
        uint256 amount = _redeem(msg.sender, lockId, lock);
        emit Rebonded(msg.sender, lockId, amount);
        _enter(w, msg.sender, amount);
        _close(p, w);
    }

    /// @inheritdoc IBondingManager
    function withdrawStake(uint256 lockId) external nonReentrant returns (uint256 amount) {
        Lock memory lock = _lockOf(msg.sender, lockId);
        uint256 round = _begin().clock.round;
        require(round >= lock.withdrawRound, BondingManagerWithdrawTooEarly(round, lock.withdrawRound));
        _leaveBehind(lock);
        amount = _redeem(msg.sender, lockId, lock);
        emit StakeWithdrawn(msg.sender, lockId, amount);

        // Interactions
        TOKEN.safeTransfer(msg.sender, amount);
    }

    // --- Fees ---

    /// @inheritdoc IBondingManager
    function pullFees(address orchestrator, uint256 most) external returns (uint256 pulled) {
        return _pullFees(_numberOf(orchestrator), most);
    }

    /// @inheritdoc IBondingManager
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

    // --- Verification modules ---

    /// @inheritdoc IBondingManager
    function openDispute(bytes32 service, address orchestrator, uint256 faultRound) external {
        _requireModule(service, faultRound);
        _openDispute(_numberOf(orchestrator), faultRound);
    }

    /// @inheritdoc IBondingManager
    function closeDispute(bytes32 service, address orchestrator, uint256 faultRound) external {
        _requireModule(service, faultRound);
        _closeDispute(_numberOf(orchestrator), faultRound);
    }

    /// @inheritdoc IBondingManager
    function slash(
        bytes32 service,
        address orchestrator,
        uint256 faultRound,
        uint256 fraction,
        address challenger
    ) external nonReentrant returns (uint256 loss, uint256 bounty) {
        _requireModule(service, faultRound);
        require(fraction != 0 && fraction <= MAX_SLASH, BondingManagerFractionOutOfBounds(fraction, MAX_SLASH));
        require(challenger != address(0), BondingManagerZeroReceiver());
        (Work memory w, Toll memory toll) = _slash(_numberOf(orchestrator), faultRound, fraction);
        // Nothing was taken: the fault is forgiven.
        if (toll.fraction == 0) return (0, 0);

        (loss, bounty) = (toll.loss, toll.own / 2);
        uint256 jailedUntil = _storage().pools[w.number].jailedUntil;
        emit Slashed(w.orchestrator, faultRound, fraction, loss, bounty, challenger, jailedUntil);

        // Interactions
        if (bounty != 0) TOKEN.safeTransfer(challenger, bounty);
        if (loss != bounty) TOKEN.safeTransfer(TREASURY, loss - bounty);
    }

    // --- Governance actions ---

    /// @inheritdoc IBondingManager
    function pause() external restricted {
        _pause();
    }

    /// @inheritdoc IBondingManager
    function unpause() external restricted {
        _unpause();
    }

    /// @inheritdoc IBondingManager
    function setParameters(Parameters calldata newParameters) external restricted {
        _setParameters(newParameters);
    }

    // --- Views ---

    /// @inheritdoc IBondingManager
    function isRegistered(address orchestrator) external view returns (bool) {
        return _storage().accounts[orchestrator].head.number != 0;
    }

    /// @inheritdoc IBondingManager
    function isActive(address orchestrator) external view returns (bool) {
        BondingManagerStorage storage $ = _storage();
        PoolHead storage head = $.pools[$.accounts[orchestrator].head.number].head;
        return head.willEarn && (head.earns || block.timestamp >= $.clock.end || head.round < $.clock.round);
    }

    /// @inheritdoc IBondingManager
    function getOrchestrator(address orchestrator) external view returns (Orchestrator memory) {
        BondingManagerStorage storage $ = _storage();
        uint256 number = $.accounts[orchestrator].head.number;
        Pool storage pool = $.pools[number];
        (, Work memory w) = _peek(number);
        Units memory own = _unitsOf(w, $.accounts[orchestrator]);
        return
            Orchestrator({
                rewardCut: w.head.rewardCut,
                feeShare: w.head.feeShare,
                nextRewardCut: w.head.announced ? pool.nextRewardCut : w.head.rewardCut,
                nextFeeShare: w.head.announced ? pool.nextFeeShare : w.head.feeShare,
                commissionRound: w.head.announced ? pool.commissionRound : 0,
                totalStake: w.total,
                selfStake: _worth(w, own, w.stake) + w.total - w.stake,
                commission: w.total - w.stake,
                nextTotalStake: _nextTotal(w),
                active: w.head.earns && w.head.willEarn,
                activeNext: w.head.willEarn,
                jailed: w.head.jailed,
                jailedUntil: pool.jailedUntil,
                disputes: w.head.disputes,
                keptFees: pool.kept,
                feesBefore: pool.feesBefore
            });
    }

    /// @inheritdoc IBondingManager
    function orchestratorCount() external view returns (uint256) {
        return _storage().orchestrators;
    }

    /// @inheritdoc IBondingManager
    function orchestratorsFrom(uint256 first, uint256 count) external view returns (address[] memory page) {
        BondingManagerStorage storage $ = _storage();
        uint256 end = Math.min(Math.saturatingAdd(first, count), uint256($.orchestrators) + 1);
        page = new address[](first < end ? end - first : 0);
        for (uint256 i = 0; i < page.length; ++i) page[i] = $.addresses[first + i];
    }

    /// @inheritdoc IBondingManager
    function getDelegator(address delegator) external view returns (Delegator memory) {
        BondingManagerStorage storage $ = _storage();
        Account storage account = $.accounts[delegator];
        AccountHead memory head = account.head;
        uint256 number = _standsBehind(account, head);
        if (number == 0) return Delegator(address(0), 0, 0, head.locks, head.claimedBefore);
        (, Work memory w) = _peek(number);
        Units memory units = _unitsOf(w, account);
        return
            Delegator(w.orchestrator, _worth(w, units, w.stake), _waiting(w, units), head.locks, head.claimedBefore);
    }

    /// @inheritdoc IBondingManager
    function getUnbondingLock(address delegator, uint256 lockId) external view returns (UnbondingLock memory) {
        BondingManagerStorage storage $ = _storage();
        Lock memory lock = $.accounts[delegator].locks[lockId];
        return
            UnbondingLock(
                $.addresses[lock.orchestrator],
                _valueOf($.pools[lock.orchestrator], lock),
                lock.round,
                lock.withdrawRound,
                lock.kind
            );
    }

    /// @inheritdoc IBondingManager
    function claimableFees(address delegator) external view returns (uint256 amount) {
        BondingManagerStorage storage $ = _storage();
        Account storage account = $.accounts[delegator];
        (amount, , ) = _claimOf(account, type(uint256).max);
        if (account.head.number != 0) amount += $.pools[account.head.number].kept;
    }

    /// @inheritdoc IBondingManager
    function totalActiveStake() external view returns (uint256 active, uint256 next) {
        Present memory p = _present();
        return (p.active, p.clock.earners == 0 ? 0 : p.next);
    }

    /// @inheritdoc IBondingManager
    function parameters() external view returns (Parameters memory) {
        return _storage().parameters;
    }

    // --- Internals ---

    /// @dev Only what governance has approved for receipts of the service in that round may settle disputes about them.
    function _requireModule(bytes32 service, uint256 faultRound) private view {
        address module = SERVICE_REGISTRY.verificationAt(service, faultRound).module;
        require(msg.sender == module, BondingManagerNotModule(msg.sender, module));
    }

    function _requireRatios(uint64 rewardCut, uint64 feeShare) private pure {
        require(Ratio.isRatio(rewardCut), BondingManagerRatioOutOfBounds(rewardCut, Ratio.ONE));
        require(Ratio.isRatio(feeShare), BondingManagerRatioOutOfBounds(feeShare, Ratio.ONE));
    }

    function _setParameters(Parameters calldata p) private {
        require(
            p.minimumStake <= MAX_MINIMUM_STAKE,
            BondingManagerMinimumOutOfBounds(p.minimumStake, MAX_MINIMUM_STAKE)
        );
        require(
            p.minimumSelfStake <= p.minimumStake,
            BondingManagerMinimumOutOfBounds(p.minimumSelfStake, p.minimumStake)
        );
        _requireWithin(p.unbondingPeriod, 1, MAX_PERIOD);
        _requireWithin(p.commissionNotice, 1, MAX_COMMISSION_NOTICE);
        _requireWithin(p.challengeWindow, MIN_CHALLENGE_WINDOW, MAX_CHALLENGE_WINDOW);
        _requireWithin(p.jailPeriod, 1, MAX_JAIL_PERIOD);
        _requireWithin(p.faultAllowance, 0, MAX_FAULT_ALLOWANCE);
        _requireWithin(p.faultPeriod, 1, MAX_PERIOD);

        emit ParametersChanged(_storage().parameters, p);
        _storage().parameters = p;
    }

    function _requireWithin(uint256 have, uint256 least, uint256 most) private pure {
        require(have >= least && have <= most, BondingManagerPeriodOutOfBounds(have, least, most));
    }
}
