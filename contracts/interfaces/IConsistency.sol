// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IConsistency
/// @notice Whether the protocol's periods, which several contracts keep, fit each other (LIP-12). No state; a contract of its own, since the ProtocolGovernor has no room for it.
interface IConsistency {
    /// @notice The timelock {s} is shorter than the round that begins now or next.
    /// @dev Have the same proposal set a timelock of `least` {s} or more.
    error ConsistencyTimelockTooShort(uint256 have, uint256 least);
    /// @notice Stake could leave {round} before what it voted for happens.
    /// @dev Have the same proposal set an unbonding period of `least` {round} or more, or shorten voting or timelock.
    error ConsistencyUnbondingTooShortForVotes(uint256 have, uint256 least);
    /// @notice Stake could leave {s} before the last dispute that can slash it is over.
    /// @dev Have the same proposal set an unbonding period that lasts `least` {s} or more, or shorten the windows of disputes.
    error ConsistencyUnbondingTooShortForDisputes(uint256 have, uint256 least);
    /// @notice Receipts could be challenged {s} for longer than stake waits for challenges.
    /// @dev Have the same proposal set an `openingWindow` of at most `most` {s}, or a longer `challengeWindow`.
    error ConsistencyOpeningWindowTooLong(uint256 have, uint256 most);

    /// @notice Reverts unless the periods fit each other, with the present round length and with the next one.
    ///
    /// Requirements:
    /// - the timelock lasts a round or longer;
    /// - voting delay + voting period + timelock < unbonding period, a part of a round counting as one;
    /// - unbonding lasts for the opening window of disputes, both clocks and a round, or longer;
    /// - the opening window of disputes is no longer than the challenge window of staking.
    /// @param voting {round} Voting delay and voting period.
    /// @param timelock {s} From the end of a vote to what it decided.
    function requireConsistent(uint256 voting, uint256 timelock) external view;
}
