// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IAlphaMinter
/// @notice Mints LPT and holds what is bonded, and all ETH of the alpha.
interface IAlphaMinter {
    /// @notice Begins a round: sets the inflation and what can be minted. Who may call: RoundsManager.
    function setCurrentRewardTokens() external;

    /// @notice Mints the part `stake / totalStake` of what this round can mint. Who may call: BondingManager.
    function createReward(uint256 stake, uint256 totalStake) external returns (uint256 amount);

    /// @notice Sends LPT. Who may call: BondingManager.
    function trustedTransferTokens(address to, uint256 amount) external;

    /// @notice Sends ETH. Who may call: BondingManager and JobsManager.
    function trustedWithdrawETH(address payable to, uint256 amount) external;

    /// @notice Takes ETH. Who may call: anyone that has a reason.
    function depositETH() external payable;

    /// @notice Gives another one the minting right, all LPT and all ETH. Who may call: the controller's owner, while the alpha is stopped.
    function migrateToNewMinter(address newMinter) external;
}
