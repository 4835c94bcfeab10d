// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IAlphaViews
/// @notice What there is to see of the alpha at a BondingManager that took its place: LIP-13.
interface IAlphaViews {
    /// @notice What somebody has from the alpha.
    struct AlphaPosition {
        /// @dev Behind whom it stood; zero = behind nobody.
        address orchestrator;
        /// @dev {wei LPT} Its stake when the alpha ended, with all rewards. As many units of the pool are or will be its own.
        uint256 stake;
        /// @dev {wei ETH} What {withdrawAlphaFees} would pay.
        uint256 fees;
        /// @dev Whether the position was split out.
        bool imported;
    }

    /// @notice What `account` has from the alpha.
    function alphaPositionOf(address account) external view returns (AlphaPosition memory);

    /// @notice What stood behind `orchestrator` {wei LPT}, and the number of the pool that it became; 0 = it is none yet.
    function alphaPoolOf(address orchestrator) external view returns (uint256 units, uint256 number);

    /// @notice {round} The alpha's last one.
    function alphaLastRound() external view returns (uint256);
}
