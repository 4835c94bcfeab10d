// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC5805} from "@openzeppelin/contracts/interfaces/IERC5805.sol";

/// @title IStakeVotes
/// @notice Votes of bonded stake, for OpenZeppelin's Governor with `GovernorCountingOverridable`: an orchestrator votes with all stake behind it, a delegator may override its part.
/// @dev A commission that was not bonded has no vote, though it counts in the total. The clock counts rounds. Votes of a round are of the stake that was active when it began; only of orchestrators whose stake earned in it. For a round in which nobody acted, nor in the
/// one before, they are those of the last one before it that is neither: everybody grows alike meanwhile, and no answer about the past changes (a later slash does not take votes of its snapshot).
interface IStakeVotes is IERC5805 {
    /// @notice Behind whom `account` stood in round `timepoint`; zero if behind nobody.
    ///
    /// Requirements:
    /// - the round is over.
    function getPastDelegate(address account, uint256 timepoint) external view returns (address);

    /// @notice {wei LPT} What `account` had of the votes of its orchestrator in round `timepoint`.
    ///
    /// Requirements:
    /// - the round is over.
    function getPastBalanceOf(address account, uint256 timepoint) external view returns (uint256);
}
