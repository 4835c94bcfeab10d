// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAlphaDeposits} from "../interfaces/IAlphaDeposits.sol";
import {IAlphaFunds} from "../interfaces/IAlphaFunds.sol";
import {IAlphaImport} from "../interfaces/IAlphaImport.sol";
import {AlphaJobsState} from "./alpha/AlphaJobsState.sol";
import {AlphaManager} from "./alpha/AlphaManager.sol";
import {IAlphaController} from "./alpha/IAlphaController.sol";

/// @title AlphaDeposits
contract AlphaDeposits is IAlphaDeposits, AlphaJobsState {
    /// @notice Holds the ETH.
    IAlphaFunds public immutable FUNDS;
    /// @notice Shares what claims pay.
    IAlphaImport public immutable BONDING;

    constructor(IAlphaFunds funds, IAlphaImport bonding) AlphaManager(IAlphaController(address(0))) {
        (FUNDS, BONDING) = (funds, bonding);
    }

    /// @inheritdoc IAlphaDeposits
    function moveDeposit(uint256 escrow) external whenSystemNotPaused returns (uint256 amount) {
        amount = _takeDeposit();

        // Interactions
        FUNDS.moveDeposit(msg.sender, amount, escrow);
    }

    /// @inheritdoc IAlphaDeposits
    function withdrawDeposit() external whenSystemNotPaused returns (uint256 amount) {
        amount = _takeDeposit();

        // Interactions
        FUNDS.payDeposit(payable(msg.sender), amount);
    }

    /// @inheritdoc IAlphaDeposits
    function distributeFees(uint256 jobId, uint256 claimId) external whenSystemNotPaused {
        (address transcoder, uint256 amount) = _settleClaim(jobId, claimId);

        // Interactions
        BONDING.addAlphaFees(transcoder, amount);
    }

    /// @inheritdoc IAlphaDeposits
    function broadcasters(address account) external view returns (uint256 deposit, uint256 withdrawBlock) {
        return (_broadcasters[account].deposit, _broadcasters[account].withdrawBlock);
    }

    /// @inheritdoc IAlphaDeposits
    function escrowOf(uint256 jobId) external view returns (uint256) {
        return _jobs[jobId].escrow;
    }

    function _takeDeposit() private returns (uint256 amount) {
        amount = _broadcasters[msg.sender].deposit;
        require(amount != 0, AlphaDepositsNothing(msg.sender));
        _broadcasters[msg.sender].deposit = 0;
    }
}
