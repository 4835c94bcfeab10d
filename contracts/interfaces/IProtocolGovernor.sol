// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IStakeGovernor} from "./IStakeGovernor.sol";

/// @title IProtocolGovernor
/// @notice Proposals that change the protocol (LIP-12). The AccessManager, whose only administrator this is, keeps the time between a vote and its execution.
/// @dev A proposal that would leave the protocol's periods at odds with each other is reverted at its end, whichever contract it changed.
interface IProtocolGovernor is IStakeGovernor {
    /// @notice What {initialize} sets. Each has its own setter, for governance, and its own event, with the old and the new value.
    struct Settings {
        /// @dev {round} From a proposal to its snapshot. 0 to 30.
        uint48 votingDelay;
        /// @dev {round} From the snapshot to the last round of the vote. 1 to 90.
        uint32 votingPeriod;
        /// @dev {wei LPT} Stake that a proposer needs. 1 to 100,000 LPT.
        uint256 proposalThreshold;
        /// @dev {1 of 100} Part of all active stake that must be for it or abstain. 5 to 67.
        uint256 quorum;
        /// @dev {s} Least time between the queueing of a proposal and its execution. At least one round.
        uint32 timelock;
    }

    /// @notice A setting is outside `[least, most]`, in the setting's own unit.
    /// @dev Choose a value between `least` and `most`.
    error ProtocolGovernorOutOfBounds(uint256 have, uint256 least, uint256 most);

    /// @notice Sets the authority and the settings.
    /// @dev Who may call: the proxy's first upgrade, once, when all other contracts are initialised.
    ///
    /// Requirements:
    /// - all settings are within their bounds, and fit the other contracts', as {IConsistency} demands.
    /// @param authority The AccessManager.
    function initialize(address authority, Settings calldata settings) external;

    /// @notice {s} From the queueing of a proposal to its execution: what was set here, or what the AccessManager demands of this contract, whichever is longer.
    function timelock() external view returns (uint256);
}
