// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IStakeGovernor
/// @notice What votes over bonded stake have beside OpenZeppelin's `IGovernor` (LIP-12): an orchestrator votes with all stake behind it, a delegator may override its part, before or after.
/// @dev The clock counts rounds. What was active when the round of the snapshot began has votes, whatever becomes of it later.
interface IStakeGovernor {
    /// @notice `proposer` has the proposal `proposalId` open still.
    /// @dev Wait until its vote is over, or cancel it before its vote begins.
    error StakeGovernorProposalOpen(address proposer, uint256 proposalId);

    /// @notice {wei LPT} What counts of `account` towards the proposal threshold: the stake behind it as an orchestrator or its own behind one, whichever is more, active when the last round began.
    function stakeOf(address account) external view returns (uint256);

    /// @notice The last proposal of `proposer`; zero if there is none.
    function latestProposalOf(address proposer) external view returns (uint256 proposalId);
}
