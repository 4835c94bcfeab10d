// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IAlphaRoundsManager
/// @notice Rounds by blocks; each has to be begun by somebody.
interface IAlphaRoundsManager {
    /// @notice Begins the present round.
    function initializeRound() external;

    /// @notice {round} By the number of the block.
    function currentRound() external view returns (uint256);

    /// @notice Whether it was begun.
    function currentRoundInitialized() external view returns (bool);
}
