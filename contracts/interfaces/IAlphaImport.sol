// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IAlphaImport
/// @notice What the BondingManager can do besides, where it took the place of the alpha's: LIP-13.
interface IAlphaImport {
    /// @notice The alpha's stake behind `orchestrator` became pool `number`: `units` of it, active from `fromRound` on. `aside`: it does not work until it calls `unjail`; if `closed`, never.
    event AlphaPoolImported(
        address indexed orchestrator,
        uint256 number,
        uint256 units,
        uint256 indexed fromRound,
        bool aside,
        bool closed
    );
    /// @notice `delegator` has `units` of the pool of `orchestrator`, active from `fromRound` on, and `locks` locks of the alpha.
    event AlphaPositionImported(
        address indexed delegator,
        address indexed orchestrator,
        uint256 units,
        uint256 indexed fromRound,
        uint256 locks
    );
    /// @notice `recipient` got the fees {wei ETH} that `delegator` had from the alpha.
    event AlphaFeesWithdrawn(address indexed delegator, address recipient, uint256 amount);
    /// @notice A claim for work in the alpha was paid {wei ETH}: `shared` of it to the stake of the alpha's last round.
    event AlphaFeesAdded(address indexed orchestrator, uint256 amount, uint256 shared);

    /// @notice The upgrade is not finished.
    /// @dev Wait until the controller's owner has gone on.
    error AlphaImportNotStarted();
    /// @notice The caller is not the alpha's JobsManager.
    /// @dev Call `distributeFees` there.
    error AlphaImportNotJobsManager(address have, address need);
    /// @notice The receiver is the zero address.
    /// @dev Name who is to get it.
    error AlphaImportZeroReceiver();

    /// @notice Makes pools of what stands behind `orchestrators`; emits {AlphaPoolImported} and {AlphaPositionImported}. Those that are pools already, and those behind whom
    /// nobody stood, are left out.
    /// @dev Who may call: anyone. Never paused.
    function importOrchestrators(address[] calldata orchestrators) external;

    /// @notice Splits out the position of `delegator`; emits {AlphaPositionImported}. Its first action does the same.
    /// @dev Who may call: anyone. Never paused. Nothing happens if it was done or there is none.
    function importPosition(address delegator) external;

    /// @notice Claims for `delegator` what rounds of the alpha through `through` have earned. Only who has claimed nothing for more than a thousand rounds needs it: the import claims all that is left.
    /// @dev Who may call: anyone.
    function claimAlpha(address delegator, uint256 through) external;

    /// @notice Pays the caller its fees from the alpha; emits {AlphaFeesWithdrawn}. Never paused.
    ///
    /// Requirements:
    /// - `recipient` is not zero and accepts ETH.
    /// @return amount {wei ETH} What was paid.
    function withdrawAlphaFees(address payable recipient) external returns (uint256 amount);

    /// @notice Shares what a claim for work in the alpha has paid among those who stood behind `orchestrator` when the alpha ended.
    /// @dev Who may call: the alpha's JobsManager.
    function addAlphaFees(address orchestrator, uint256 amount) external;
}
