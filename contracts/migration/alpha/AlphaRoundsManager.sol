// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AlphaManager} from "./AlphaManager.sol";
import {AlphaRoundsState} from "./AlphaRoundsState.sol";
import {IAlphaBondingManager} from "./IAlphaBondingManager.sol";
import {IAlphaController} from "./IAlphaController.sol";
import {IAlphaMinter} from "./IAlphaMinter.sol";
import {IAlphaRoundsManager} from "./IAlphaRoundsManager.sol";

/// @title AlphaRoundsManager
contract AlphaRoundsManager is IAlphaRoundsManager, AlphaRoundsState {
    /// @notice The round was begun already.
    /// @dev Wait for the next one.
    error AlphaRoundInitialized(uint256 round);

    constructor(IAlphaController controller_) AlphaManager(controller_) {} // solhint-disable-line no-empty-blocks

    /// @notice Sets the length of a round {block}. Who may call: the controller's owner.
    function setRoundLength(uint256 blocks) external onlyControllerOwner {
        _roundBlocks = blocks;
    }

    /// @inheritdoc IAlphaRoundsManager
    function initializeRound() external whenSystemNotPaused {
        uint256 round = currentRound();
        require(_lastInitializedRound < round, AlphaRoundInitialized(round));
        _lastInitializedRound = round;

        // Interactions
        IAlphaBondingManager(controller.getContract(BONDING_MANAGER_ID)).setActiveTranscoders();
        IAlphaMinter(controller.getContract(MINTER_ID)).setCurrentRewardTokens();
    }

    /// @notice {block}
    function roundLength() external view returns (uint256) {
        return _roundBlocks;
    }

    /// @inheritdoc IAlphaRoundsManager
    function currentRound() public view returns (uint256) {
        return block.number / _roundBlocks;
    }

    /// @inheritdoc IAlphaRoundsManager
    function currentRoundInitialized() external view returns (bool) {
        return _lastInitializedRound == currentRound();
    }
}
