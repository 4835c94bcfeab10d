// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IAlphaDeposits
/// @notice What is left to do at the alpha's JobsManager: deposits leave, and claims that were under way are paid.
interface IAlphaDeposits {
    /// @notice The caller has no deposit.
    /// @dev It was moved or withdrawn, or there never was one.
    error AlphaDepositsNothing(address broadcaster);

    /// @notice Moves the caller's deposit to its account at the TicketBroker, `escrow` {wei ETH} of it as penalty escrow.
    ///
    /// Requirements:
    /// - there is a deposit, of at least `escrow`;
    /// - the TicketBroker takes funds.
    /// @return amount {wei ETH} What was moved.
    function moveDeposit(uint256 escrow) external returns (uint256 amount);

    /// @notice Pays the caller its deposit. Jobs of the alpha do not hold it back: nothing can be claimed for them any more.
    ///
    /// Requirements:
    /// - there is a deposit, and the caller accepts ETH.
    /// @return amount {wei ETH} What was paid.
    function withdrawDeposit() external returns (uint256 amount);

    /// @notice Pays claim `claimId` of job `jobId`, once its time to be verified is over.
    /// @dev Who may call: anyone.
    function distributeFees(uint256 jobId, uint256 claimId) external;

    /// @notice {wei ETH, block} Deposit of `account`, and when the alpha would have let it go.
    function broadcasters(address account) external view returns (uint256 deposit, uint256 withdrawBlock);

    /// @notice {wei ETH} Of claims of a job that are not paid yet.
    function escrowOf(uint256 jobId) external view returns (uint256);
}
