// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IAlphaController} from "./IAlphaController.sol";

/// @title AlphaController
/// @notice Knows every contract of the alpha by an id, and stops them all. Its owner can give an id another address: that is how the alpha is upgraded.
contract AlphaController is IAlphaController, Ownable {
    /// @inheritdoc IAlphaController
    bool public paused;
    mapping(bytes32 id => address) private _contracts;

    constructor(address owner_) Ownable(owner_) {} // solhint-disable-line no-empty-blocks

    /// @inheritdoc IAlphaController
    function setContractInfo(bytes32 id, address contractAddress) external onlyOwner {
        _contracts[id] = contractAddress;
        emit SetContractInfo(id, contractAddress);
    }

    /// @inheritdoc IAlphaController
    function pause() external onlyOwner {
        paused = true;
        emit Pause();
    }

    /// @inheritdoc IAlphaController
    function unpause() external onlyOwner {
        paused = false;
        emit Unpause();
    }

    /// @inheritdoc IAlphaController
    function owner() public view override(IAlphaController, Ownable) returns (address) {
        return super.owner();
    }

    /// @inheritdoc IAlphaController
    function getContract(bytes32 id) external view returns (address) {
        return _contracts[id];
    }
}
