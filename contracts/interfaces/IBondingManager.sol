// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IBondingManager
/// @notice Holds bonded LPT, says which orchestrators are active, and divides the fees of each round. Source: whitepaper, "Bonding";
/// Streamflow paper, "Relaxed transcoder limits" (option 2) and "Delegator fee theft".
/// @dev Range: every LPT amount up to 2^128 − 1 wei, every fee up to 2^96 − 1 wei, rounds below 2^32. A delegator stands behind one
/// orchestrator at a time; an orchestrator stands behind itself.
///
/// Stake counts from the round after the change: "the stake of round r" is what was bonded when round r began (S2).
interface IBondingManager {
    /// @notice An orchestrator now.
    struct Orchestrator {
        /// @dev {1e18 = 1} Part of the rewards that it keeps.
        uint64 rewardCut;
        /// @dev {1e18 = 1} Part of the fees that it gives to the stake behind it, its own included.
        uint64 feeShare;
        /// @dev {wei LPT} Bonded behind it, its own stake included.
        uint256 totalStake;
        /// @dev {wei LPT} Bonded by itself.
        uint256 selfStake;
        /// @dev The stored activity flag, see {poke}.
        bool active;
        /// @dev {round} Round in which it registered.
        uint256 registeredRound;
    }

    /// @notice A delegator now.
    struct Delegator {
        /// @dev {wei LPT} Bonded.
        uint256 bondedAmount;
        /// @dev Behind whom; zero if nobody.
        address orchestrator;
    }

    /// @notice Stake on its way out.
    struct UnbondingLock {
        /// @dev {wei LPT} 0 = no such lock, or withdrawn.
        uint128 amount;
        /// @dev {round} From this round on it may be withdrawn.
        uint64 withdrawRound;
    }

    /// @notice Governed values.
    struct Parameters {
        /// @dev {wei LPT} Total stake that an active orchestrator needs. At most 1,000,000 LPT.
        uint128 minimumStake;
        /// @dev {wei LPT} Own stake that an active orchestrator needs. At most `minimumStake`.
        uint128 minimumSelfStake;
        /// @dev {round} From `unbond` to the withdrawal. 1 to 365.
        uint64 unbondingPeriod;
    }

    /// @notice `orchestrator` registered with these ratios {1e18 = 1} in `round`.
    event Registered(address indexed orchestrator, uint64 rewardCut, uint64 feeShare, uint256 round);
    /// @notice `delegator` added `amount` behind `orchestrator`, both stakes as they are afterwards {wei LPT}; it counts from `fromRound`.
    event Bond(
        address indexed delegator,
        address indexed orchestrator,
        uint256 amount,
        uint256 delegatorStake,
        uint256 totalStake,
        uint256 fromRound
    );
    /// @notice `delegator` took `amount` {wei LPT} from behind `orchestrator` into lock `lockId`, withdrawable from `withdrawRound`.
    event Unbond(
        address indexed delegator,
        address indexed orchestrator,
        uint256 indexed lockId,
        uint256 amount,
        uint256 delegatorStake,
        uint256 totalStake,
        uint256 withdrawRound
    );
    /// @notice `delegator` got the `amount` {wei LPT} of lock `lockId`.
    event WithdrawStake(address indexed delegator, uint256 indexed lockId, uint256 amount);
    /// @notice `delegator` claimed its part {wei ETH} of the fees that `orchestrator` earned in `round`.
    event WithdrawFees(
        address indexed delegator,
        address indexed orchestrator,
        uint256 indexed round,
        address recipient,
        uint256 amount
    );
    /// @notice The stored activity flag of `orchestrator` changed.
    event ActivityChanged(address indexed orchestrator, bool active);
    /// @notice Parameters changed.
    event ParametersChanged(Parameters oldParameters, Parameters newParameters);

    /// @notice A ratio is above one whole {1e18 = 1}.
    error BondingManagerRatioOutOfBounds(uint256 have, uint256 most);
    /// @notice The orchestrator is registered already.
    error BondingManagerAlreadyRegistered(address orchestrator);
    /// @notice No such orchestrator.
    error BondingManagerNotRegistered(address orchestrator);
    /// @notice The caller stands behind `have`, not `need`.
    error BondingManagerBondedElsewhere(address have, address need);
    /// @notice An amount is zero.
    error BondingManagerZeroAmount();
    /// @notice The caller has bonded less than that {wei LPT}.
    error BondingManagerInsufficientStake(uint256 have, uint256 need);
    /// @notice The caller has no such lock, or has withdrawn it.
    error BondingManagerNoSuchLock(address delegator, uint256 lockId);
    /// @notice The unbonding period is not over {round}.
    error BondingManagerWithdrawTooEarly(uint256 have, uint256 need);
    /// @notice The receiver is the zero address.
    error BondingManagerZeroReceiver();
    /// @notice The caller has claimed these fees.
    error BondingManagerFeesClaimed(address delegator, address orchestrator, uint256 round);
    /// @notice Only the TicketBroker sends ETH here.
    error BondingManagerNotBroker(address have, address need);
    /// @notice A minimum is above its bound {wei LPT}.
    error BondingManagerMinimumOutOfBounds(uint256 have, uint256 most);
    /// @notice A period is outside `[least, most]` {round}.
    error BondingManagerPeriodOutOfBounds(uint256 have, uint256 least, uint256 most);

    /// @notice Sets the parameters; emits {ParametersChanged} with zeroes as the old ones.
    /// @dev Who may call: the proxy's first upgrade, once.
    ///
    /// Requirements:
    /// - the bounds of {Parameters}.
    /// @param authority The AccessManager.
    /// @param parameters_ First parameters.
    function initialize(address authority, Parameters calldata parameters_) external;

    /// @notice Makes the caller an orchestrator; emits {Registered}. It is active once it and its delegators have bonded enough.
    /// @dev The ratios are fixed (S4 in its simplest form: nothing can be changed on a delegator).
    ///
    /// Requirements:
    /// - bonding is not paused;
    /// - both ratios are at most 1e18;
    /// - the caller is not registered;
    /// - the caller stands behind nobody.
    /// @param rewardCut {1e18 = 1} Part of the rewards to keep.
    /// @param feeShare {1e18 = 1} Part of the fees to give away.
    function register(uint64 rewardCut, uint64 feeShare) external;

    /// @notice Takes `amount` {wei LPT} from the caller and bonds it behind `orchestrator`, counting from the next round; emits {Bond}, and
    /// {ActivityChanged} if the flag changes.
    ///
    /// Requirements:
    /// - bonding is not paused;
    /// - `amount` is not zero;
    /// - `orchestrator` is registered;
    /// - the caller stands behind nobody else (a registered orchestrator stands behind itself, always);
    /// - the caller has approved this contract for `amount` and holds it.
    function bond(uint256 amount, address orchestrator) external;

    /// @notice Takes `amount` {wei LPT} of the caller's stake into an unbonding lock, not counting from the next round on; emits {Unbond}, and
    /// {ActivityChanged} if the flag changes. Who unbonds everything may bond behind another one at once.
    /// @dev Fees of this round and of earlier ones stay claimable (S3). The period is fixed here. Never paused.
    ///
    /// Requirements:
    /// - `amount` is not zero;
    /// - the caller has bonded at least `amount`.
    /// @return lockId The caller's number for the lock.
    function unbond(uint256 amount) external returns (uint256 lockId);

    /// @notice Sends the caller the stake of lock `lockId`; emits {WithdrawStake}. Never paused.
    ///
    /// Requirements:
    /// - the lock exists and has not been withdrawn;
    /// - its withdraw round has come.
    function withdrawStake(uint256 lockId) external;

    /// @notice Brings the stored flag of `orchestrator` up to date; emits {ActivityChanged} if it changes.
    /// Active = registered, total stake ≥ `minimumStake`, own stake ≥ `minimumSelfStake`.
    /// @dev Who may call: anyone. Every change of stake does the same; needed only after a change of the minimums.
    ///
    /// Requirements:
    /// - `orchestrator` is registered.
    /// @return active The flag.
    function poke(address orchestrator) external returns (bool active);

    /// @notice Pays the caller's parts of the fees that `orchestrator` earned with tickets created in `rounds`; emits {WithdrawFees} for
    /// each round. The first claim on a round pulls its fees from the TicketBroker.
    /// @dev Of the fees F of round r with feeShare s, the stake of round r shares `floor(F · s)` pro rata, each part rounded down; the
    /// orchestrator gets its own pro rata part and `F − floor(F · s)`. If no stake was active behind it in r, it gets all of F. Less than one wei per
    /// delegator and round stays here for ever (S7). It does not matter who has come or gone since, or when anyone calls (S2, S3).
    /// A caller without a part in a round gets nothing for it. Never paused. The caller bounds the work by the number of rounds.
    ///
    /// Requirements:
    /// - `recipient` is not zero and accepts ETH;
    /// - the caller has claimed none of the rounds, and names none twice;
    /// - no ticket of any of the rounds can be redeemed any more ({ITicketBroker-pullFees} reverts otherwise).
    /// @param orchestrator Who earned the fees.
    /// @param rounds {round} Creation rounds of the tickets.
    /// @param recipient Who gets the ETH.
    /// @return amount {wei ETH} What was paid.
    function withdrawFees(
        address orchestrator,
        uint256[] calldata rounds,
        address payable recipient
    ) external returns (uint256 amount);

    /// @notice Stops `register` and `bond`, and nothing else.
    /// @dev Who may call: governance.
    function pause() external;

    /// @notice Allows them again.
    /// @dev Who may call: governance.
    function unpause() external;

    /// @notice Changes the parameters; emits {ParametersChanged}. Stored flags follow when somebody pokes; locks keep their round.
    /// @dev Who may call: governance.
    ///
    /// Requirements:
    /// - the bounds of {Parameters}.
    function setParameters(Parameters calldata newParameters) external;

    /// @notice Whether `orchestrator` is registered.
    function isRegistered(address orchestrator) external view returns (bool);

    /// @notice The stored activity flag of `orchestrator`.
    function isActive(address orchestrator) external view returns (bool);

    /// @notice `orchestrator` now; zeroes if it is not registered.
    function getOrchestrator(address orchestrator) external view returns (Orchestrator memory);

    /// @notice `delegator` now.
    function getDelegator(address delegator) external view returns (Delegator memory);

    /// @notice Lock `lockId` of `delegator`; zeroes if there is none.
    function getUnbondingLock(address delegator, uint256 lockId) external view returns (UnbondingLock memory);

    /// @notice {wei LPT} Stake of `delegator` behind `orchestrator` when `round` began.
    function stakeAt(address delegator, address orchestrator, uint256 round) external view returns (uint256);

    /// @notice {wei LPT} All stake behind `orchestrator` when `round` began.
    function totalStakeAt(address orchestrator, uint256 round) external view returns (uint256);

    /// @notice {wei ETH} What {withdrawFees} would pay `delegator` for `round` now; 0 if it is open or claimed.
    function claimableFees(address delegator, address orchestrator, uint256 round) external view returns (uint256);

    /// @notice The parameters.
    function parameters() external view returns (Parameters memory);
}
