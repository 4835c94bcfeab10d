// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IBonding
/// @notice What the parts of the BondingManager speak of: its types, events and errors. See {IBondingManager}.
interface IBonding {
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
    /// @notice A notice of commissions is not above the longest validity of any ticket that lives or can be made {round} (S4).
    /// @dev Choose a notice above `needAbove`, or shorten the ticket validity first and wait until older tickets are dead.
    error BondingManagerNoticeTooShort(uint256 have, uint256 needAbove);
    /// @notice A period or a number is outside `[least, most]`.
    /// @dev Give a value between them.
    error BondingManagerPeriodOutOfBounds(uint256 have, uint256 least, uint256 most);
}
