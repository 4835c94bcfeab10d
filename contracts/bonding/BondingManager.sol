// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManagedUpgradeable} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {PausableUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/PausableUpgradeable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {IRoundsManager} from "../interfaces/IRoundsManager.sol";
import {ITicketBroker} from "../interfaces/ITicketBroker.sol";
import {Ratio} from "../libraries/Ratio.sol";

/// @title BondingManager
contract BondingManager is IBondingManager, AccessManagedUpgradeable, PausableUpgradeable, ReentrancyGuardTransient {
    using BitMaps for BitMaps.BitMap;
    using Checkpoints for Checkpoints.Trace208;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    // --- Constants and immutables ---

    /// @notice {wei LPT} Highest `minimumStake`.
    uint256 public constant MAX_MINIMUM_STAKE = 1_000_000e18;
    /// @notice {round} Shortest unbonding period.
    uint256 public constant MIN_UNBONDING_PERIOD = 1;
    /// @notice {round} Longest unbonding period.
    uint256 public constant MAX_UNBONDING_PERIOD = 365;

    /// @notice LPT.
    IERC20 public immutable TOKEN;
    /// @notice Tells the round.
    IRoundsManager public immutable ROUNDS_MANAGER;
    /// @notice Books the fees.
    ITicketBroker public immutable TICKET_BROKER;

    // --- Storage ---

    struct Pool {
        uint64 rewardCut;
        uint64 feeShare;
        uint64 registeredRound;
        bool registered;
        bool active;
        /// @dev {wei LPT} by first round in which it counts.
        Checkpoints.Trace208 total;
        /// @dev {wei LPT} by first round in which it counts.
        mapping(address delegator => Checkpoints.Trace208) stakes;
        mapping(uint256 round => RoundFees) fees;
        /// @dev By round.
        mapping(address delegator => BitMaps.BitMap) claimed;
    }

    struct RoundFees {
        /// @dev {wei ETH} All fees of the round, once they are here.
        uint128 amount;
        bool pulled;
    }

    struct Account {
        address orchestrator;
        /// @dev {1} Locks made so far.
        uint64 lockCount;
        mapping(uint256 lockId => UnbondingLock) locks;
    }

    /// @dev Must stay true:
    /// - the latest total of a pool is the sum of its latest stakes; at each round, too;
    /// - a delegator has stake in the pool of its `orchestrator` alone; one that is registered has itself there;
    /// - S7: token balance ≥ Σ latest totals + Σ locks; a pool's claims on a round never exceed the round's fees;
    /// - only closed rounds are pulled, and no round is pulled twice.
    /// @custom:storage-location erc7201:streamflow.storage.BondingManager
    struct BondingManagerStorage {
        Parameters parameters;
        mapping(address orchestrator => Pool) pools;
        mapping(address delegator => Account) accounts;
    }

    // keccak256(abi.encode(uint256(keccak256("streamflow.storage.BondingManager")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant STORAGE = 0x126d2d45c7e64d88ae7014d23929887c3e9a60462a80d0c6c2e0cbeaeb585100;

    // --- Initialization ---

    constructor(IERC20 token, IRoundsManager roundsManager, ITicketBroker ticketBroker) {
        TOKEN = token;
        ROUNDS_MANAGER = roundsManager;
        TICKET_BROKER = ticketBroker;
        _disableInitializers();
    }

    /// @inheritdoc IBondingManager
    function initialize(address authority, Parameters calldata parameters_) external initializer {
        __AccessManaged_init(authority);
        __Pausable_init();
        _setParameters(parameters_);
    }

    // --- Orchestrators ---

    /// @inheritdoc IBondingManager
    function register(uint64 rewardCut, uint64 feeShare) external whenNotPaused {
        require(Ratio.isRatio(rewardCut), BondingManagerRatioOutOfBounds(rewardCut, Ratio.ONE));
        require(Ratio.isRatio(feeShare), BondingManagerRatioOutOfBounds(feeShare, Ratio.ONE));
        BondingManagerStorage storage $ = _storage();
        Pool storage pool = $.pools[msg.sender];
        Account storage account = $.accounts[msg.sender];
        require(!pool.registered, BondingManagerAlreadyRegistered(msg.sender));
        require(account.orchestrator == address(0), BondingManagerBondedElsewhere(account.orchestrator, msg.sender));

        uint64 round = ROUNDS_MANAGER.currentRound().toUint64();
        pool.rewardCut = rewardCut;
        pool.feeShare = feeShare;
        pool.registeredRound = round;
        pool.registered = true;
        account.orchestrator = msg.sender;
        emit Registered(msg.sender, rewardCut, feeShare, round);
        _refreshActivity(pool, msg.sender); // the minimums may be zero
    }

    /// @inheritdoc IBondingManager
    function poke(address orchestrator) external returns (bool active) {
        Pool storage pool = _storage().pools[orchestrator];
        require(pool.registered, BondingManagerNotRegistered(orchestrator));

        return _refreshActivity(pool, orchestrator);
    }

    // --- Stake ---

    /// @inheritdoc IBondingManager
    function bond(uint256 amount, address orchestrator) external whenNotPaused {
        require(amount != 0, BondingManagerZeroAmount());
        BondingManagerStorage storage $ = _storage();
        Pool storage pool = $.pools[orchestrator];
        Account storage account = $.accounts[msg.sender];
        require(pool.registered, BondingManagerNotRegistered(orchestrator));
        require(
            account.orchestrator == address(0) || account.orchestrator == orchestrator,
            BondingManagerBondedElsewhere(account.orchestrator, orchestrator)
        );

        uint256 fromRound = ROUNDS_MANAGER.currentRound() + 1;
        uint256 stake = pool.stakes[msg.sender].latest() + amount;
        uint256 total = pool.total.latest() + amount;
        account.orchestrator = orchestrator;
        _setStake(pool, msg.sender, fromRound, stake, total);
        emit Bond(msg.sender, orchestrator, amount, stake, total, fromRound);
        _refreshActivity(pool, orchestrator);

        // Interactions
        TOKEN.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc IBondingManager
    function unbond(uint256 amount) external returns (uint256 lockId) {
        require(amount != 0, BondingManagerZeroAmount());
        BondingManagerStorage storage $ = _storage();
        Account storage account = $.accounts[msg.sender];
        address orchestrator = account.orchestrator;
        Pool storage pool = $.pools[orchestrator];
        uint256 stake = pool.stakes[msg.sender].latest();
        require(stake >= amount, BondingManagerInsufficientStake(stake, amount));

        uint256 round = ROUNDS_MANAGER.currentRound();
        uint64 withdrawRound = (round + $.parameters.unbondingPeriod).toUint64();
        stake -= amount;
        uint256 total = pool.total.latest() - amount;
        lockId = account.lockCount++;
        account.locks[lockId] = UnbondingLock(amount.toUint128(), withdrawRound);
        if (stake == 0 && orchestrator != msg.sender) account.orchestrator = address(0);
        _setStake(pool, msg.sender, round + 1, stake, total);
        emit Unbond(msg.sender, orchestrator, lockId, amount, stake, total, withdrawRound);
        _refreshActivity(pool, orchestrator);
    }

    /// @inheritdoc IBondingManager
    function withdrawStake(uint256 lockId) external nonReentrant {
        UnbondingLock storage slot = _storage().accounts[msg.sender].locks[lockId];
        UnbondingLock memory lock = slot;
        require(lock.amount != 0, BondingManagerNoSuchLock(msg.sender, lockId));
        uint256 round = ROUNDS_MANAGER.currentRound();
        require(round >= lock.withdrawRound, BondingManagerWithdrawTooEarly(round, lock.withdrawRound));

        delete _storage().accounts[msg.sender].locks[lockId];
        emit WithdrawStake(msg.sender, lockId, lock.amount);

        // Interactions
        TOKEN.safeTransfer(msg.sender, lock.amount);
    }

    // --- Fees ---

    /// @inheritdoc IBondingManager
    function withdrawFees(
        address orchestrator,
        uint256[] calldata rounds,
        address payable recipient
    ) external nonReentrant returns (uint256 amount) {
        require(recipient != address(0), BondingManagerZeroReceiver());
        Pool storage pool = _storage().pools[orchestrator];
        BitMaps.BitMap storage claimed = pool.claimed[msg.sender];

        for (uint256 i = 0; i < rounds.length; ++i) {
            uint256 round = rounds[i];
            require(!claimed.get(round), BondingManagerFeesClaimed(msg.sender, orchestrator, round));
            claimed.set(round);

            // Interaction with a contract of ours, under the guard: it refuses an open round, which undoes all of this.
            RoundFees storage fees = pool.fees[round];
            if (!fees.pulled) {
                fees.pulled = true;
                fees.amount = TICKET_BROKER.pullFees(orchestrator, round).toUint128();
            }

            uint256 part = _partOf(pool, orchestrator, msg.sender, round, fees.amount);
            amount += part;
            emit WithdrawFees(msg.sender, orchestrator, round, recipient, part);
        }

        // Interactions
        if (amount != 0) Address.sendValue(recipient, amount);
    }

    /// @notice Takes ETH from the TicketBroker: fees that {withdrawFees} pulls.
    receive() external payable {
        require(msg.sender == address(TICKET_BROKER), BondingManagerNotBroker(msg.sender, address(TICKET_BROKER)));
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
        return _storage().pools[orchestrator].registered;
    }

    /// @inheritdoc IBondingManager
    function isActive(address orchestrator) external view returns (bool) {
        return _storage().pools[orchestrator].active;
    }

    /// @inheritdoc IBondingManager
    function getOrchestrator(address orchestrator) external view returns (Orchestrator memory) {
        Pool storage pool = _storage().pools[orchestrator];
        return
            Orchestrator({
                rewardCut: pool.rewardCut,
                feeShare: pool.feeShare,
                totalStake: pool.total.latest(),
                selfStake: pool.stakes[orchestrator].latest(),
                active: pool.active,
                registeredRound: pool.registeredRound
            });
    }

    /// @inheritdoc IBondingManager
    function getDelegator(address delegator) external view returns (Delegator memory) {
        BondingManagerStorage storage $ = _storage();
        address orchestrator = $.accounts[delegator].orchestrator;
        return Delegator($.pools[orchestrator].stakes[delegator].latest(), orchestrator);
    }

    /// @inheritdoc IBondingManager
    function getUnbondingLock(address delegator, uint256 lockId) external view returns (UnbondingLock memory) {
        return _storage().accounts[delegator].locks[lockId];
    }

    /// @inheritdoc IBondingManager
    function stakeAt(address delegator, address orchestrator, uint256 round) external view returns (uint256) {
        return _storage().pools[orchestrator].stakes[delegator].upperLookupRecent(round.toUint48());
    }

    /// @inheritdoc IBondingManager
    function totalStakeAt(address orchestrator, uint256 round) external view returns (uint256) {
        return _storage().pools[orchestrator].total.upperLookupRecent(round.toUint48());
    }

    /// @inheritdoc IBondingManager
    function claimableFees(address delegator, address orchestrator, uint256 round) external view returns (uint256) {
        Pool storage pool = _storage().pools[orchestrator];
        RoundFees memory fees = pool.fees[round];
        if (pool.claimed[delegator].get(round)) return 0;
        if (!fees.pulled) {
            if (ROUNDS_MANAGER.currentRound() <= TICKET_BROKER.lastRedemptionRound(round)) return 0;
            fees.amount = TICKET_BROKER.feesOf(orchestrator, round).toUint128();
        }
        return _partOf(pool, orchestrator, delegator, round, fees.amount);
    }

    /// @inheritdoc IBondingManager
    function parameters() external view returns (Parameters memory) {
        return _storage().parameters;
    }

    // --- Internals ---

    /// @dev {wei ETH} Part of `delegator` in the `fees` of `round`, rounded down (what the orchestrator keeps of them is exact).
    function _partOf(
        Pool storage pool,
        address orchestrator,
        address delegator,
        uint256 round,
        uint256 fees
    ) private view returns (uint256 part) {
        uint48 key = round.toUint48();
        uint256 total = pool.total.upperLookupRecent(key);
        if (total == 0) return delegator == orchestrator ? fees : 0;

        uint256 shared = Ratio.ofDown(fees, pool.feeShare);
        part = Ratio.shareDown(shared, pool.stakes[delegator].upperLookupRecent(key), total);
        if (delegator == orchestrator) part += fees - shared;
    }

    function _setStake(Pool storage pool, address delegator, uint256 fromRound, uint256 stake, uint256 total) private {
        uint48 key = fromRound.toUint48();
        pool.stakes[delegator].push(key, stake.toUint208());
        pool.total.push(key, total.toUint208());
    }

    function _refreshActivity(Pool storage pool, address orchestrator) private returns (bool active) {
        Parameters storage p = _storage().parameters;
        active = pool.total.latest() >= p.minimumStake && pool.stakes[orchestrator].latest() >= p.minimumSelfStake;
        if (active == pool.active) return active;

        pool.active = active;
        emit ActivityChanged(orchestrator, active);
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
        require(
            p.unbondingPeriod >= MIN_UNBONDING_PERIOD && p.unbondingPeriod <= MAX_UNBONDING_PERIOD,
            BondingManagerPeriodOutOfBounds(p.unbondingPeriod, MIN_UNBONDING_PERIOD, MAX_UNBONDING_PERIOD)
        );

        emit ParametersChanged(_storage().parameters, p);
        _storage().parameters = p;
    }

    function _storage() private pure returns (BondingManagerStorage storage $) {
        assembly ("memory-safe") {
            $.slot := STORAGE
        }
    }
}
