// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {IProxyFactory} from "../interfaces/IProxyFactory.sol";

/// @title ProxyFactory
contract ProxyFactory is IProxyFactory {
    /// @inheritdoc IProxyFactory
    function deploy(bytes32 salt, bytes calldata initCode) external returns (address deployed) {
        deployed = Create2.deploy(0, salt, initCode);
        emit Deployed(deployed, salt);
    }

    /// @inheritdoc IProxyFactory
    function computeAddress(bytes32 salt, bytes32 initCodeHash) external view returns (address) {
        return Create2.computeAddress(salt, initCodeHash);
    }
}
