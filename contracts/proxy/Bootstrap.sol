// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Bootstrap
/// @notice First logic of every proxy: it does nothing and holds nothing, so that a proxy has an address before its
/// logic exists. Only the proxy's admin can replace it, so nobody can initialise anything in between.
contract Bootstrap {
    /// @notice Does nothing. The proxy's constructor insists on one call.
    function bootstrap() external pure {} // solhint-disable-line no-empty-blocks
}
