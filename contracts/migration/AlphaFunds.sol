// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IAlphaFunds} from "../interfaces/IAlphaFunds.sol";
import {ITicketBroker} from "../interfaces/ITicketBroker.sol";

/// @title AlphaFunds
/// @dev No storage: what belongs to whom is in the books of the BondingManager (fees) and of the alpha's JobsManager (deposits, claims). Must stay true: balance = Σ of both, up to what
/// roundings have left.
contract AlphaFunds is IAlphaFunds {
    using SafeERC20 for IERC20;

    /// @notice LPT.
    address public immutable TOKEN;
    /// @notice Mints from now on.
    address public immutable MINTER;
    /// @notice Holds the stake.
    address public immutable BONDING_MANAGER;
    /// @notice The alpha's.
    address public immutable JOBS_MANAGER;
    /// @notice Holds deposits from now on.
    ITicketBroker public immutable TICKET_BROKER;

    constructor(address token, address minter, address bondingManager, address jobsManager, ITicketBroker broker) {
        (TOKEN, MINTER, BONDING_MANAGER, JOBS_MANAGER) = (token, minter, bondingManager, jobsManager);
        TICKET_BROKER = broker;
    }

    /// @inheritdoc IAlphaFunds
    function depositETH() external payable {} // solhint-disable-line no-empty-blocks

    /// @inheritdoc IAlphaFunds
    function handOver() external {
        uint256 amount = IERC20(TOKEN).balanceOf(address(this));
        emit HandedOver(amount);

        // Interactions
        Ownable(TOKEN).transferOwnership(MINTER);
        IERC20(TOKEN).safeTransfer(BONDING_MANAGER, amount);
    }

    /// @inheritdoc IAlphaFunds
    function payFees(address payable to, uint256 amount) external {
        _requireCaller(BONDING_MANAGER);
        _pay(to, amount);
    }

    /// @inheritdoc IAlphaFunds
    function payDeposit(address payable to, uint256 amount) external {
        _requireCaller(JOBS_MANAGER);
        _pay(to, amount);
    }

    /// @inheritdoc IAlphaFunds
    function moveDeposit(address broadcaster, uint256 amount, uint256 escrow) external {
        _requireCaller(JOBS_MANAGER);
        emit DepositMoved(broadcaster, amount, escrow);

        // Interactions
        TICKET_BROKER.fund{value: amount}(broadcaster, escrow);
    }

    function _pay(address payable to, uint256 amount) private {
        emit Paid(to, amount);

        // Interactions
        Address.sendValue(to, amount);
    }

    function _requireCaller(address need) private view {
        require(msg.sender == need, AlphaFundsUnauthorized(msg.sender, need));
    }
}
