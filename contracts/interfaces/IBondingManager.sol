// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IBondingManager
/// @notice Holds bonded LPT, says which orchestrators are active, gives each round's rewards and fees to the stake that was active in it, and takes
/// from it what faults cost. Source: whitepaper, "Bonding" and "Slashing"; Streamflow paper, "Relaxed transcoder limits" (option 2) and the attacks
/// it lists; LIP-2; docs/adr/0005-staking.md.
/// @dev Range: every amount of LPT below 2^92 wei, of ETH below 2^96 wei, rounds below 2^32. All rounding favours the protocol; a claim loses less
/// than {MINIMUM_POSITION} / 10^16 by it.
///
/// Stake counts from the round after the change: "the stake of round r" is what was active when round r began (S2). Nothing has to be called for
/// rewards to accrue (S6): whoever acts brings the whole and one orchestrator's pool up to date. No action walks orchestrators, delegators or
/// rounds (S1), but for the rounds in which nobody did anything at all.
interface IBondingManager {
    /// @notice An orchestrator now.
    struct Orchestrator {
        /// @dev {1e18 = 1} Part of the rewards that it keeps.
        uint64 rewardCut;
        /// @dev {1e18 = 1} Part of the fees that it gives to the stake behind it, its own included.
        uint64 feeShare;
        /// @dev {1e18 = 1} What they will be from `commissionRound` on.
        uint64 nextRewardCut;
        uint64 nextFeeShare;
        /// @dev {round} 0 = no change is announced.
        uint32 commissionRound;
        /// @dev {wei LPT} Behind it in this round: its own stake, its commission and its delegators' stake.
        uint256 totalStake;
        /// @dev {wei LPT} Its own part of that: own stake and commission.
        uint256 selfStake;
        /// @dev {wei LPT} The commission in it.
        uint256 commission;
        /// @dev {wei LPT} What will be behind it when the next round begins.
        uint256 nextTotalStake;
        /// @dev Whether it may take jobs: its stake is active and will be in the next round.
        bool active;
        /// @dev The stored flag: whether its stake will be active in the next round.
        bool activeNext;
        /// @dev Slashed, and not let out since.
        bool jailed;
        /// @dev {round} From this round on {unjail} is possible.
        uint32 jailedUntil;
        /// @dev {1} Open disputes; while there are any, nobody can bond behind it.
        uint8 disputes;
        /// @dev {wei ETH} Its own part of the fees, beside what its stake gets.
        uint256 keptFees;
        /// @dev {round} The fees of all rounds before this one have come in.
        uint32 feesBefore;
    }

    /// @notice A delegator now.
    struct Delegator {
        /// @dev Behind whom; zero if nobody.
        address orchestrator;
        /// @dev {wei LPT} Active in this round.
        uint256 stake;
        /// @dev {wei LPT} Bonded in this round, active from the next one on.
        uint256 waiting;
        /// @dev {1} Locks made so far; the next one's number.
        uint32 lockCount;
        /// @dev {round} The fees of all rounds before this one have been claimed.
        uint32 claimedBefore;
    }

    /// @notice What left with a lock: old stake, stake of the first and of the second young generation of the round, the same of an orchestrator, and
    /// an orchestrator's commission. A slash takes its part of all stake that left in one round in one such way, or nothing of it.
    enum Kind {
        Old,
        Young,
        SecondYoung,
        OwnOld,
        OwnYoung,
        OwnSecondYoung,
        Commission
    }

    /// @notice Stake on its way out.
    struct UnbondingLock {
        /// @dev Whom it left; zero = no such lock, or withdrawn.
        address orchestrator;
        /// @dev {wei LPT} What it is worth now, or, if it was made in this round, will be when the round ends.
        uint256 amount;
        /// @dev {round} In which it left; the last one that it was active in.
        uint32 round;
        /// @dev {round} From this round on it may be withdrawn.
        uint32 withdrawRound;
        Kind kind;
    }

    /// @notice Governed values.
    struct Parameters {
        /// @dev {wei LPT} Stake that an active orchestrator needs behind it. At most 1,000,000 LPT.
        uint96 minimumStake;
        /// @dev {wei LPT} Stake of its own that it needs. At most `minimumStake`.
        uint96 minimumSelfStake;
        /// @dev {round} From `unbond` to the withdrawal. 1 to 365.
        uint16 unbondingPeriod;
        /// @dev {round} From `setCommission` to its beginning. 1 to 30, above the broker's ticket validity (S4).
        uint8 commissionNotice;
        /// @dev {s} How long after the end of a round its faults can be challenged; shortened to the length of the round that follows.
        /// 10 minutes to 24 hours.
        uint24 challengeWindow;
        /// @dev {round} From a slash to {unjail}. 1 to 100.
        uint16 jailPeriod;
        /// @dev {1} Faults that are forgiven within `faultPeriod`. 0 to 3.
        uint8 faultAllowance;
        /// @dev {round} 1 to 365.
        uint16 faultPeriod;
    }

    // --- Events ---

    /// @notice The present round began for the contract with `active` {wei LPT} at stake, and `stakers` {wei LPT} of it will be minted for that stake when it
    /// ends. Emitted by the first action in a round; `log` {2^-96} is the logarithm of all growth before it.
    event RoundBegun(uint256 indexed round, uint256 active, uint256 stakers, uint256 log);
    /// @notice `orchestrator` registered in `round` and got `number`.
    event Registered(
        address indexed orchestrator,
        uint256 number,
        uint64 rewardCut,
        uint64 feeShare,
        uint256 indexed round
    );
    /// @notice From `fromRound` on `orchestrator` keeps `rewardCut` of the rewards and gives `feeShare` of the fees {1e18 = 1}.
    event CommissionAnnounced(
        address indexed orchestrator,
        uint64 rewardCut,
        uint64 feeShare,
        uint256 indexed fromRound
    );
    /// @notice The pool of `orchestrator` was brought up to the beginning of `round`: what its units are worth, and all of it {wei LPT}.
    event Rewarded(address indexed orchestrator, uint256 indexed round, uint256 stake, uint256 total);
    /// @notice `delegator` bonded `amount` {wei LPT} behind `orchestrator` for `units` of its pool, active from `fromRound` on.
    event Bonded(
        address indexed delegator,
        address indexed orchestrator,
        uint256 amount,
        uint256 units,
        uint256 indexed fromRound
    );
    /// @notice `delegator` took back `amount` {wei LPT} behind `orchestrator` that was not active yet.
    event BondCancelled(address indexed delegator, address indexed orchestrator, uint256 amount);
    /// @notice `delegator` put `units` of the pool of `orchestrator`, worth `amount` {wei LPT} when the round ends, into lock `lockId`.
    event Unbonded(
        address indexed delegator,
        address indexed orchestrator,
        uint256 indexed lockId,
        Kind kind,
        uint256 amount,
        uint256 units,
        uint256 withdrawRound
    );
    /// @notice `delegator` bonded lock `lockId` again, worth `amount` {wei LPT}. {Bonded} follows.
    event Rebonded(address indexed delegator, uint256 indexed lockId, uint256 amount);
    /// @notice `delegator` got the `amount` {wei LPT} of lock `lockId`.
    event StakeWithdrawn(address indexed delegator, uint256 indexed lockId, uint256 amount);
    /// @notice The stored flag of `orchestrator` changed; it holds from `fromRound` on.
    event ActivityChanged(address indexed orchestrator, bool active, uint256 indexed fromRound);
    /// @notice A fault of `orchestrator` in `faultRound` is under dispute.
    event DisputeOpened(address indexed orchestrator, uint256 indexed faultRound, address indexed module);
    /// @notice A dispute about `faultRound` is over.
    event DisputeClosed(address indexed orchestrator, uint256 indexed faultRound, address indexed module);
    /// @notice `orchestrator` and the stake behind it lost `fraction` {1e18 = 1} of what was active in `faultRound`: `loss` {wei LPT}, of which `bounty` went to
    /// `challenger` and the rest to the treasury. It is jailed until `jailedUntil`.
    event Slashed(
        address indexed orchestrator,
        uint256 indexed faultRound,
        uint256 fraction,
        uint256 loss,
        uint256 bounty,
        address challenger,
        uint256 jailedUntil
    );
    /// @notice A fault of `orchestrator` in `faultRound` is within its allowance.
    event FaultForgiven(address indexed orchestrator, uint256 indexed faultRound);
    /// @notice `orchestrator` is out of jail.
    event Unjailed(address indexed orchestrator);
    /// @notice The fees {wei ETH} that `orchestrator` earned with tickets of `round` came in; `shared` of them go to the stake of that round.
    event FeesAdded(address indexed orchestrator, uint256 indexed round, uint256 fees, uint256 shared);
    /// @notice `delegator` got its `amount` {wei ETH} of the fees of all rounds before `claimedBefore`.
    event FeesWithdrawn(address indexed delegator, address recipient, uint256 amount, uint256 claimedBefore);
    /// @notice Parameters changed.
    event ParametersChanged(Parameters oldParameters, Parameters newParameters);

    // --- Errors ---

    /// @notice A ratio is above one whole {1e18 = 1}.
    /// @dev Give a part of 1e18; 1e17 is 10 %.
    error BondingManagerRatioOutOfBounds(uint256 have, uint256 most);
    /// @notice The orchestrator is registered already.
    /// @dev Bond, or change its ratios with `setCommission`.
    error BondingManagerAlreadyRegistered(address orchestrator);
    /// @notice No such orchestrator.
    /// @dev Check the address; `npx hardhat orchestrators list` shows who is registered.
    error BondingManagerNotRegistered(address orchestrator);
    /// @notice There are as many orchestrators as can be numbered.
    /// @dev Delegate to one that is registered.
    error BondingManagerTooManyOrchestrators(uint256 have, uint256 most);
    /// @notice The caller stands behind `have`, not `need`.
    /// @dev Unbond everything first; what has left can be bonded elsewhere with `rebond`.
    error BondingManagerBondedElsewhere(address have, address need);
    /// @notice An amount is zero.
    /// @dev Give an amount {wei LPT} above zero.
    error BondingManagerZeroAmount();
    /// @notice Less than the least position {wei LPT}.
    /// @dev Bond at least `need`.
    error BondingManagerAmountTooSmall(uint256 have, uint256 need);
    /// @notice Less than the least position would stay {wei LPT}.
    /// @dev Unbond less, so that `need` stays, or everything.
    error BondingManagerRemainderTooSmall(uint256 have, uint256 need);
    /// @notice The caller has less than that {wei LPT}.
    /// @dev Ask for at most `have`.
    error BondingManagerInsufficientStake(uint256 have, uint256 need);
    /// @notice The orchestrator has open disputes, and takes no stake until they are settled.
    /// @dev Wait until they are closed, or bond behind another orchestrator.
    error BondingManagerDisputed(address orchestrator, uint256 disputes);
    /// @notice After its slashes a unit of the pool is worth too little to sell more of them.
    /// @dev Bond behind another orchestrator. What is there can leave.
    error BondingManagerPoolWorthless(address orchestrator);
    /// @notice The caller has no such lock, or it was withdrawn or bonded again.
    /// @dev Look up the caller's locks: `npx hardhat stake status`.
    error BondingManagerNoSuchLock(address delegator, uint256 lockId);
    /// @notice The unbonding period is not over {round}.
    /// @dev Wait until round `need`, or `rebond`.
    error BondingManagerWithdrawTooEarly(uint256 have, uint256 need);
    /// @notice Faults of the lock's last round can still be challenged {s, Unix}.
    /// @dev Wait until the moment `need`.
    error BondingManagerStillLiable(uint256 have, uint256 need);
    /// @notice The orchestrator is not in jail.
    /// @dev Nothing is to be done.
    error BondingManagerNotJailed(address orchestrator);
    /// @notice The orchestrator is in jail {round}.
    /// @dev Wait until round `need`.
    error BondingManagerJailed(uint256 have, uint256 need);
    /// @notice The caller is not what settles disputes about this service's receipts of that round.
    /// @dev See `ServiceRegistry.verificationAt(service, faultRound)`.
    error BondingManagerNotModule(address have, address need);
    /// @notice The round of the fault has not begun {round}.
    /// @dev Give the round of the receipt.
    error BondingManagerRoundAhead(uint256 have, uint256 most);
    /// @notice Faults of that round cannot be challenged any more {round}.
    /// @dev Nothing is to be done: the stake of then may have left.
    error BondingManagerFaultTooOld(uint256 have, uint256 least);
    /// @notice No dispute about that round is open.
    /// @dev Open one first.
    error BondingManagerNotDisputed(address orchestrator, uint256 faultRound);
    /// @notice As many disputes are open as can be counted.
    /// @dev Wait until one is closed.
    error BondingManagerTooManyDisputes(address orchestrator, uint256 most);
    /// @notice A fault of that round was judged already; one counts for all of a round.
    /// @dev Close the dispute.
    error BondingManagerSlashed(address orchestrator, uint256 faultRound);
    /// @notice More than may be taken at once {1e18 = 1}.
    /// @dev Take at most `most`, and something.
    error BondingManagerFractionOutOfBounds(uint256 have, uint256 most);
    /// @notice The receiver is the zero address.
    /// @dev Name who is to get it.
    error BondingManagerZeroReceiver();
    /// @notice The round has not begun yet or is still running, so its votes may change {round}.
    /// @dev Ask for a round before `need`.
    error BondingManagerFutureLookup(uint256 have, uint256 need);
    /// @notice Votes follow the stake.
    /// @dev Bond behind the orchestrator that is to vote.
    error BondingManagerVotesFollowStake();
    /// @notice A minimum is above its bound {wei LPT}.
    /// @dev Give at most `most`.
    error BondingManagerMinimumOutOfBounds(uint256 have, uint256 most);
    /// @notice A period or a number is outside `[least, most]`.
    /// @dev Give a value between them.
    error BondingManagerPeriodOutOfBounds(uint256 have, uint256 least, uint256 most);

    /// @notice Sets the parameters; emits {ParametersChanged} with zeroes as the old ones.
    /// @dev Who may call: the proxy's first upgrade, once.
    ///
    /// Requirements:
    /// - the bounds of {Parameters};
    /// - RoundsManager and Minter are initialised.
    /// @param authority The AccessManager.
    /// @param parameters_ First parameters.
    function initialize(address authority, Parameters calldata parameters_) external;

    // --- Orchestrators ---

    /// @notice Makes the caller an orchestrator; emits {Registered}. It is active from the round after it and its delegators have bonded enough.
    /// @dev An orchestrator stands behind itself, for ever.
    ///
    /// Requirements:
    /// - bonding is not paused;
    /// - both ratios are at most 1e18;
    /// - the caller is not registered and stands behind nobody.
    /// @param rewardCut {1e18 = 1} Part of the rewards to keep.
    /// @param feeShare {1e18 = 1} Part of the fees to give away.
    function register(uint64 rewardCut, uint64 feeShare) external;

    /// @notice Announces ratios of the caller that bind from `commissionNotice` rounds after this one on; emits {CommissionAnnounced}. An announcement that has not begun
    /// is replaced (S4).
    ///
    /// Requirements:
    /// - both ratios are at most 1e18;
    /// - the caller is registered.
    function setCommission(uint64 rewardCut, uint64 feeShare) external;

    /// @notice Brings the pool of `orchestrator` and its stored flag up to date; emits {Rewarded}, and {ActivityChanged} if the flag changes.
    /// @dev Who may call: anyone. Nobody has to: every action does the same, and nobody's share depends on when (S6). After a change of the minimums, this
    /// is what makes them bind. Never paused.
    ///
    /// Requirements:
    /// - `orchestrator` is registered.
    function reward(address orchestrator) external;

    /// @notice Lets the caller out of jail; emits {Unjailed}. It is active again from the next round on if its stake suffices.
    ///
    /// Requirements:
    /// - the caller is registered and in jail;
    /// - the jail period is over.
    function unjail() external;

    // --- Stake ---

    /// @notice Takes `amount` {wei LPT} from the caller and bonds it behind `orchestrator`, active from the next round on; emits {Bonded}.
    ///
    /// Requirements:
    /// - bonding is not paused;
    /// - `amount` is at least 0.01 LPT;
    /// - `orchestrator` is registered and has no open dispute;
    /// - the caller stands behind nobody else;
    /// - the caller has approved this contract for `amount` and holds it.
    function bond(uint256 amount, address orchestrator) external;

    /// @notice Takes `amount` {wei LPT} of the caller's stake back. What is not active yet is paid at once ({BondCancelled}); the rest earns this round's reward and leaves when the
    /// round ends, into a lock of each kind that it consists of, mostly one ({Unbonded}). Who unbonds everything may bond behind another one at once.
    /// @dev A lock answers for faults of the rounds in which its stake was active until it is withdrawn, so it may be worth less by then (S5). Its date is fixed here. Fees
    /// stay claimable (S3). Never paused.
    ///
    /// Requirements:
    /// - `amount` is not zero, and at most what the caller has;
    /// - nothing or at least 0.01 LPT stays.
    /// @return paid {wei LPT} What was paid at once.
    function unbond(uint256 amount) external returns (uint256 paid);

    /// @notice Takes `amount` {wei LPT} of the caller's commission, as it will be when the round ends, into a lock, or adds it to the one of this round; emits {Unbonded}. Never
    /// paused.
    ///
    /// Requirements:
    /// - the caller is registered;
    /// - `amount` is not zero and at most the commission.
    function unbondCommission(uint256 amount) external;

    /// @notice Bonds all of lock `lockId` behind `orchestrator`, the old one or another, active from the next round on; emits {Rebonded} and {Bonded}.
    ///
    /// Requirements:
    /// - bonding is not paused;
    /// - the lock exists;
    /// - no fault of the lock's last round can be challenged any more, and the orchestrator that it left has no open dispute;
    /// - the requirements of {bond}.
    function rebond(uint256 lockId, address orchestrator) external;

    /// @notice Sends the caller the stake of lock `lockId`; emits {StakeWithdrawn}. Never paused.
    ///
    /// Requirements:
    /// - the lock exists;
    /// - its withdraw round has come.
    /// @return amount {wei LPT} What was paid.
    function withdrawStake(uint256 lockId) external returns (uint256 amount);

    // --- Fees ---

    /// @notice Takes up to `most` rounds of fees of `orchestrator` from the TicketBroker, the oldest first, each once no ticket of it can be redeemed any more; emits
    /// {FeesAdded} for each.
    /// @dev Who may call: anyone. Of the fees F of round r with fee share s, `floor(F · s)` goes to the units of stake that were active in r, the rest is
    /// the orchestrator's, all of it if there were none. When it is called changes nobody's part (S2, S3). Never paused.
    ///
    /// Requirements:
    /// - `orchestrator` is registered.
    /// @return pulled {1} How many rounds had fees.
    function pullFees(address orchestrator, uint256 most) external returns (uint256 pulled);

    /// @notice Pays the caller's part of all fees that have come in for rounds before `before`, and what it kept as an orchestrator; emits {FeesWithdrawn}.
    /// @dev Each stretch of rounds with the same stake costs the same, however long it is. A delegator that acted in very many rounds can divide the work by `before`.
    /// Where the caller has moved, it is paid up to the first round whose fees have not come in: {pullFees} for both orchestrators goes before. Never paused.
    ///
    /// Requirements:
    /// - `recipient` is not zero and accepts ETH.
    /// @param recipient Who gets the ETH.
    /// @param before {round} 2^256 − 1 for everything.
    /// @return amount {wei ETH} What was paid.
    function withdrawFees(address payable recipient, uint256 before) external returns (uint256 amount);

    // --- Verification modules ---

    /// @notice Says that a fault of `orchestrator` in `faultRound` is under dispute: its pool takes no stake, and stake that became active after the fault stays told apart, until
    /// {closeDispute}; emits {DisputeOpened}. Never paused.
    /// @dev Who may call: what is approved for receipts of `service` in `faultRound` (`ServiceRegistry.verificationAt`). Assumption: it opens no dispute that it does not close
    /// within its own clocks.
    ///
    /// Requirements:
    /// - `orchestrator` is registered;
    /// - `faultRound` has begun, and its faults can still be challenged.
    function openDispute(bytes32 service, address orchestrator, uint256 faultRound) external;

    /// @notice Ends a dispute that the caller opened; emits {DisputeClosed}. Never paused.
    /// @dev Who may call: as for {openDispute}.
    ///
    /// Requirements:
    /// - a dispute about `faultRound` is open.
    function closeDispute(bytes32 service, address orchestrator, uint256 faultRound) external;

    /// @notice Takes `fraction` {1e18 = 1} of what the stake that was active behind `orchestrator` in `faultRound` has become, bonded or on its way out, and jails it; pays half of what the
    /// orchestrator's own stake lost to `challenger` and the rest to the treasury; emits {Slashed}. Within the fault allowance nothing is taken: {FaultForgiven}. Never paused.
    /// @dev Who may call: as for {openDispute}. Walks the rounds since the fault, which a dispute bounds, and no list.
    ///
    /// Requirements:
    /// - a dispute about `faultRound` is open, and no fault of it was judged before;
    /// - `fraction` is above zero and at most one half;
    /// - `challenger` is not zero.
    /// @return loss {wei LPT} What was taken.
    /// @return bounty {wei LPT} The challenger's part.
    function slash(
        bytes32 service,
        address orchestrator,
        uint256 faultRound,
        uint256 fraction,
        address challenger
    ) external returns (uint256 loss, uint256 bounty);

    // --- Governance actions ---

    /// @notice Stops `register`, `bond` and `rebond`, and nothing else.
    /// @dev Who may call: governance.
    function pause() external;

    /// @notice Allows them again.
    /// @dev Who may call: governance.
    function unpause() external;

    /// @notice Changes the parameters; emits {ParametersChanged}. Stored flags follow when somebody touches the pool; locks and announcements keep their round.
    /// @dev Who may call: governance.
    ///
    /// Requirements:
    /// - the bounds of {Parameters}.
    function setParameters(Parameters calldata newParameters) external;

    // --- Views ---

    /// @notice Whether `orchestrator` is registered.
    function isRegistered(address orchestrator) external view returns (bool);

    /// @notice Whether `orchestrator` may take jobs: its stake is active in this round, so it is liable, and will be in the next.
    function isActive(address orchestrator) external view returns (bool);

    /// @notice `orchestrator` now; zeroes if it is not registered.
    function getOrchestrator(address orchestrator) external view returns (Orchestrator memory);

    /// @notice {1} Orchestrators registered so far. They are numbered from 1.
    function orchestratorCount() external view returns (uint256);

    /// @notice The orchestrators with numbers from `first` on, at most `count` of them.
    function orchestratorsFrom(uint256 first, uint256 count) external view returns (address[] memory);

    /// @notice `delegator` now.
    function getDelegator(address delegator) external view returns (Delegator memory);

    /// @notice Lock `lockId` of `delegator`; zeroes if there is none.
    function getUnbondingLock(address delegator, uint256 lockId) external view returns (UnbondingLock memory);

    /// @notice {wei ETH} What {withdrawFees} would pay `delegator` now.
    function claimableFees(address delegator) external view returns (uint256);

    /// @notice {wei LPT} At stake in this round, and, as far as it is known, in the next one.
    function totalActiveStake() external view returns (uint256 active, uint256 next);

    /// @notice The parameters.
    function parameters() external view returns (Parameters memory);
}
