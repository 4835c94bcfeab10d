// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

/// @title ILivepeerToken
/// @notice LPT: an ERC-20 with 18 decimals, approvals by signature (EIP-2612), minting and burning. Source: whitepaper, "Livepeer Token".
interface ILivepeerToken is IERC20, IERC20Permit {
    /// @notice One holder of the genesis supply.
    struct Allocation {
        /// @dev Holder.
        address account;
        /// @dev {wei LPT} Amount, > 0.
        uint256 amount;
    }

    /// @notice A genesis allocation is zero.
    /// @dev Leave `account` out, or give it an amount.
    error LivepeerTokenEmptyAllocation(address account);
    /// @notice The caller is not the Minter.
    /// @dev Nothing is minted by hand: stake, and `minter` mints for it.
    error LivepeerTokenNotMinter(address caller, address minter);

    /// @notice Sets name and symbol and mints the genesis allocations; emits `Transfer` for each.
    /// @dev Who may call: the proxy's first upgrade, once.
    ///
    /// Requirements:
    /// - no account is zero, no amount is zero.
    /// @param genesis Holders; an account may appear more than once.
    function initialize(Allocation[] calldata genesis) external;

    /// @notice Creates `amount` {wei LPT} for `to`; emits `Transfer` from the zero address.
    /// @dev Who may call: Minter.
    ///
    /// Requirements:
    /// - `to` is not zero.
    function mint(address to, uint256 amount) external;

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
