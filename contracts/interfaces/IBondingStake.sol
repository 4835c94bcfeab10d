// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBonding} from "./IBonding.sol";

/// @title IBondingStake
/// @notice The actions of orchestrators and delegators. See {IBondingManager}.
interface IBondingStake is IBonding {
    // --- Orchestrators ---

    /// @notice Makes the caller an orchestrator, and bonds `amount` of its own as {bond} does; emits {Registered}, {Bonded} and, if that is enough, {ActivityChanged}.
    /// It is active from the round after it and its delegators have bonded enough.
    /// @dev An orchestrator stands behind itself, for ever. It may bond later, and its delegators before it.
    ///
    /// Requirements:
    /// - bonding is not paused;
    /// - both ratios are at most 1e18;
    /// - the caller is not registered and stands behind nobody;
    /// - `amount` is zero, or at least 0.01 LPT, which the caller holds and has approved this contract for.
    /// @param rewardCut {1e18 = 1} Part of the rewards to keep.
    /// @param feeShare {1e18 = 1} Part of the fees to give away.
    /// @param amount {wei LPT} Own stake to bond; 0 = registers only.
    function register(uint64 rewardCut, uint64 feeShare, uint256 amount) external;

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

    /// @notice Takes all of the caller's own stake as {unbond} does, and all of its commission as {unbondCommission} does, at once; emits what they emit. Without own stake it is
    /// not active from the next round on, wherever a minimum of it is asked for. Never paused; in jail and under dispute as well.
    /// @dev The caller stays registered: its number, its pool and its delegators' positions are what they were. Its delegators leave when they like, and it comes back when it bonds enough.
    ///
    /// Requirements:
    /// - the caller is registered;
    /// - it has own stake or commission that is not leaving yet.
    /// @return paid {wei LPT} What was not active yet, and was paid at once.
    function resign() external returns (uint256 paid);

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

    // --- Views ---

    /// @notice Whether `orchestrator` is registered.
    function isRegistered(address orchestrator) external view returns (bool);

    /// @notice Whether `orchestrator` may take jobs: its stake is active in this round, so it is liable, and will be in the next.
    function isActive(address orchestrator) external view returns (bool);
}
