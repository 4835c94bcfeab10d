// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBonding} from "./IBonding.sol";

/// @title IBondingFaults
/// @notice What verification modules and governance do. See {IBondingManager}.
interface IBondingFaults is IBonding {
    /// @notice Sets the parameters; emits {ParametersChanged} with zeroes as the old ones.
    /// @dev Who may call: the proxy's first upgrade, once.
    ///
    /// Requirements:
    /// - the bounds of {Parameters}; the TicketBroker, which is initialised later, compares its validity with the notice;
    /// - RoundsManager and Minter are initialised.
    /// @param authority The AccessManager.
    /// @param parameters_ First parameters.
    function initialize(address authority, Parameters calldata parameters_) external;

    // --- Verification modules ---

    /// @notice Says that a fault of `orchestrator` in `faultRound` is under dispute: its pool takes no stake, and stake that became active after the fault stays told apart, until
    /// {closeDispute}; emits {DisputeOpened}. Never paused.
    /// @dev Who may call: what is approved for receipts of `service` in `faultRound` (`ServiceRegistry.verificationAt`). Assumption: it opens no dispute that it does not close
    /// within its own clocks.
    ///
    /// Requirements:
    /// - `orchestrator` is registered;
    /// - `faultRound` has begun, and its faults can still be challenged.
    /// @return open {1} Disputes that are open against the orchestrator now, with this one.
    function openDispute(bytes32 service, address orchestrator, uint256 faultRound) external returns (uint256 open);

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
    /// - the bounds of {Parameters};
    /// - the notice is above the validity of every ticket that lives or can be made (S4).
    function setParameters(Parameters calldata newParameters) external;
}
