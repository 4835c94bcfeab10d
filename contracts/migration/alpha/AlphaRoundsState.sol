// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AlphaManager} from "./AlphaManager.sol";

/// @title AlphaRoundsState
/// @notice What the alpha's RoundsManager keeps, from slot 2 on.
abstract contract AlphaRoundsState is AlphaManager {
    /// @dev {block}
    uint256 internal _roundBlocks;
    /// @dev {round} The last one that was begun.
    uint256 internal _lastInitializedRound;
}
