// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IStakeGovernor} from "./IStakeGovernor.sol";

/// @title IPolls
/// @notice Votes that execute nothing: stake says what it thinks of a text (LIP-12).
/// @dev Delay, period, threshold and quorum are those of the ProtocolGovernor. A poll is a proposal with one empty call, so what shows proposals of a Governor shows polls.
interface IPolls is IStakeGovernor {
    /// @notice A poll has no calls.
    /// @dev Ask with `createPoll`; to change something, propose it to the ProtocolGovernor.
    error PollsExecuteNothing();

    /// @notice Prepares the contract.
    /// @dev Who may call: the proxy's first upgrade, once.
    function initialize() external;

    /// @notice Asks about `text`; emits `ProposalCreated`.
    /// @dev Who may call: whoever may propose a change, with no other poll open.
    ///
    /// Requirements:
    /// - the caller's stake reaches the threshold;
    /// - none of its polls is open;
    /// - there was no poll with the same text.
    function createPoll(string calldata text) external returns (uint256 pollId);
}
