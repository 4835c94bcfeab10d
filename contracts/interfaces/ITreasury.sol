// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title ITreasury
/// @notice Holds the protocol's common funds in LPT and ETH. Governance alone spends or burns them. Source: whitepaper, "CommonPool".
interface ITreasury {
    /// @notice ETH {wei} arrived.
    event Received(address indexed from, uint256 amount);
    /// @notice `amount` {token's unit} of `token` went to `to`.
    event TokenTransferred(address indexed token, address indexed to, uint256 amount);
    /// @notice `amount` {wei ETH} went to `to`.
    event EtherTransferred(address indexed to, uint256 amount);
    /// @notice `amount` {wei LPT} was destroyed.
    event Burned(uint256 amount);

    /// @notice The receiver is the zero address.
    /// @dev Name a receiver; to destroy LPT, call `burn`.
    error TreasuryZeroReceiver();

    /// @notice Sets the authority.
    /// @dev Who may call: the proxy's first upgrade, once.
    /// @param authority The AccessManager.
    function initialize(address authority) external;

    /// @notice Sends `amount` {token's unit} of `token` to `to`; emits {TokenTransferred}.
    /// @dev Who may call: governance.
    ///
    /// Requirements:
    /// - `to` is not zero;
    /// - the treasury holds `amount`.
    function transferToken(IERC20 token, address to, uint256 amount) external;

    /// @notice Sends `amount` {wei ETH} to `to`; emits {EtherTransferred}.
    /// @dev Who may call: governance.
    ///
    /// Requirements:
    /// - `to` is not zero and accepts ETH;
    /// - the treasury holds `amount`.
    function transferETH(address payable to, uint256 amount) external;

    /// @notice Destroys `amount` {wei LPT}; emits {Burned}.
    /// @dev Who may call: governance.
    ///
    /// Requirements:
    /// - the treasury holds `amount`.
    function burn(uint256 amount) external;
}
