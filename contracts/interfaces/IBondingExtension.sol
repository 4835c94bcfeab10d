// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBonding} from "./IBonding.sol";

/// @title IBondingExtension
/// @notice Fees, faults, and views of the BondingManager: what it has its extension do, on the same storage. See {IBondingManager}.
interface IBondingExtension is IBonding {
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

    // --- Views ---

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
}
