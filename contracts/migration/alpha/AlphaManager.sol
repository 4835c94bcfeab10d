// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAlphaController} from "./IAlphaController.sol";

/// @title AlphaManager
/// @notice The first two slots of every contract that the controller knows, and what it may ask of callers.
abstract contract AlphaManager {
    bytes32 internal constant BONDING_MANAGER_ID = keccak256("BondingManager");
    bytes32 internal constant JOBS_MANAGER_ID = keccak256("JobsManager");
    bytes32 internal constant ROUNDS_MANAGER_ID = keccak256("RoundsManager");
    bytes32 internal constant MINTER_ID = keccak256("Minter");
    bytes32 internal constant TOKEN_ID = keccak256("LivepeerToken");

    /// @notice Slot 0.
    IAlphaController public controller;
    /// @notice Slot 1: under which id a proxy looks up its logic.
    bytes32 public targetContractId;

    /// @notice The caller is not who may call that.
    /// @dev Call as `need`.
    error AlphaUnauthorized(address have, address need);
    /// @notice The alpha is stopped, or is not.
    /// @dev Wait for the controller's owner.
    error AlphaPaused(bool paused);

    constructor(IAlphaController controller_) {
        controller = controller_;
    }

    modifier onlyControllerOwner() {
        _requireCaller(controller.owner());
        _;
    }

    modifier onlyContract(bytes32 id) {
        _requireCaller(controller.getContract(id));
        _;
    }

    modifier whenSystemNotPaused() {
        require(!controller.paused(), AlphaPaused(true));
        _;
    }

    modifier whenSystemPaused() {
        require(controller.paused(), AlphaPaused(false));
        _;
    }

    function _requireCaller(address need) internal view {
        require(msg.sender == need, AlphaUnauthorized(msg.sender, need));
    }
}
