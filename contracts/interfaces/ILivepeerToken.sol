// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

/// @title ILivepeerToken
/// @notice LPT: an ERC-20 with 18 decimals, approvals by signature (EIP-2612) and burning. Source: whitepaper, "Livepeer Token".
interface ILivepeerToken is IERC20, IERC20Permit {
    /// @notice One holder of the genesis supply.
    struct Allocation {
        /// @dev Holder.
        address account;
        /// @dev {wei LPT} Amount, > 0.
        uint256 amount;
    }

    /// @notice A genesis allocation is zero.
    error LivepeerTokenEmptyAllocation(address account);

    /// @notice Sets name and symbol and mints the genesis allocations; emits `Transfer` for each.
    /// @dev Who may call: the proxy's first upgrade, once.
    ///
    /// Requirements:
    /// - no account is zero, no amount is zero.
    /// @param genesis Holders; an account may appear more than once.
    function initialize(Allocation[] calldata genesis) external;

    /// @notice Destroys `amount` {wei LPT} of the caller's tokens; emits `Transfer` to the zero address.
    ///
    /// Requirements:
    /// - the caller holds `amount`.
    function burn(uint256 amount) external;

    /// @notice Destroys `amount` {wei LPT} of the tokens of `account`.
    ///
    /// Requirements:
    /// - `account` has approved the caller for `amount` and holds it.
    function burnFrom(address account, uint256 amount) external;
}
