// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBonding} from "./IBonding.sol";

/// @title IBondingLedger
/// @notice Fees and views. See {IBondingManager}.
interface IBondingLedger is IBonding {
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

    // --- Views ---

    /// @notice The parameters.
    function parameters() external view returns (Parameters memory);

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

    /// @notice {round} The shortest notice of any commission: of what is announced now, or was announced before the notice changed and may not have begun. Every ticket's validity stays
    /// below it (S4).
    function shortestNotice() external view returns (uint256);

    /// @notice {wei LPT} At stake in this round, and, as far as it is known, in the next one.
    function totalActiveStake() external view returns (uint256 active, uint256 next);
}
