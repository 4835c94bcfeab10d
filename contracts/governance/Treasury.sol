// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManagedUpgradeable} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ILivepeerToken} from "../interfaces/ILivepeerToken.sol";
import {ITreasury} from "../interfaces/ITreasury.sol";

/// @title Treasury
/// @dev No storage of its own.
contract Treasury is ITreasury, AccessManagedUpgradeable {
    using SafeERC20 for IERC20;

    // --- Immutables ---

    /// @notice LPT.
    ILivepeerToken public immutable TOKEN;

    // --- Initialization ---

    constructor(ILivepeerToken token) {
        TOKEN = token;
        _disableInitializers();
    }

    /// @inheritdoc ITreasury
    function initialize(address authority) external initializer {
        __AccessManaged_init(authority);
    }

    // --- User actions ---

    /// @notice Takes ETH from anyone; emits {Received}.
    receive() external payable {
        emit Received(msg.sender, msg.value);
    }

    // --- Governance actions ---

    /// @inheritdoc ITreasury
    function transferToken(IERC20 token, address to, uint256 amount) external restricted {
        require(to != address(0), TreasuryZeroReceiver());

        emit TokenTransferred(address(token), to, amount);

        // Interactions
        token.safeTransfer(to, amount);
    }

    /// @inheritdoc ITreasury
    function transferETH(address payable to, uint256 amount) external restricted {
        require(to != address(0), TreasuryZeroReceiver());

        emit EtherTransferred(to, amount);

        // Interactions
        Address.sendValue(to, amount);
    }

    /// @inheritdoc ITreasury
    function burn(uint256 amount) external restricted {
        emit Burned(amount);

        // Interactions
        TOKEN.burn(amount);
    }
}
