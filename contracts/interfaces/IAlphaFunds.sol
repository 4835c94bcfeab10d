// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IAlphaFunds
/// @notice Takes what the alpha's minter held: passes on the LPT and the minting right, and keeps the ETH for those whose it is.
interface IAlphaFunds {
    /// @notice LPT {wei} went to the BondingManager, and the minting right to the Minter.
    event HandedOver(uint256 amount);
    /// @notice ETH {wei} left for `to`.
    event Paid(address indexed to, uint256 amount);
    /// @notice The deposit {wei ETH} of `broadcaster` went to the TicketBroker, `escrow` of it as penalty escrow.
    event DepositMoved(address indexed broadcaster, uint256 amount, uint256 escrow);

    /// @notice The caller may not do that.
    /// @dev Call as `need`.
    error AlphaFundsUnauthorized(address have, address need);

    /// @notice Takes the ETH. Who may call: anyone.
    function depositETH() external payable;

    /// @notice Gives the Minter the minting right and the BondingManager all LPT that is here; emits {HandedOver}.
    /// @dev Who may call: anyone; there is one thing that can happen.
    function handOver() external;

    /// @notice Pays fees. Who may call: BondingManager.
    function payFees(address payable to, uint256 amount) external;

    /// @notice Pays a deposit. Who may call: the alpha's JobsManager.
    function payDeposit(address payable to, uint256 amount) external;

    /// @notice Moves a deposit to the TicketBroker, `escrow` of it as penalty escrow. Who may call: the alpha's JobsManager.
    function moveDeposit(address broadcaster, uint256 amount, uint256 escrow) external;
}
