// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IAlphaBondingManager
/// @notice Stake in the alpha. Who moves its stake in a round earns nothing in that round.
interface IAlphaBondingManager {
    event TranscoderUpdate(address indexed transcoder, uint256 rewardCut, uint256 feeShare);
    event TranscoderEvicted(address indexed transcoder);
    event TranscoderResigned(address indexed transcoder);
    event Reward(address indexed transcoder, uint256 amount);
    event Bond(address indexed delegate, address indexed delegator, uint256 amount);
    event Unbond(address indexed delegator, uint256 id, uint256 amount, uint256 withdrawRound);
    event Rebond(address indexed delegator, uint256 id, uint256 amount);
    event WithdrawStake(address indexed delegator, uint256 id, uint256 amount);
    event WithdrawFees(address indexed delegator, uint256 amount);

    /// @notice The round was not begun.
    /// @dev Begin it with `initializeRound`.
    error AlphaRoundNotInitialized();
    /// @notice A call that the alpha does not allow now.
    /// @dev `reason` says why.
    error AlphaRefused(string reason);

    /// @notice What a round begins with. Who may call: RoundsManager.
    function setActiveTranscoders() external;

    /// @notice Adds what a job paid {wei ETH}. Who may call: JobsManager.
    function updateTranscoderWithFees(address transcoder, uint256 fees) external;
}
