// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AlphaManager} from "./AlphaManager.sol";
import {IAlphaController} from "./IAlphaController.sol";

/// @title AlphaProxy
/// @notice Has the contract answer that the controller knows by `targetContractId`, on this storage.
contract AlphaProxy is AlphaManager {
    constructor(IAlphaController controller_, bytes32 targetContractId_) AlphaManager(controller_) {
        targetContractId = targetContractId_;
    }

    /// @notice Takes ETH for the logic.
    receive() external payable {
        _delegate();
    }

    // solhint-disable-next-line no-complex-fallback
    fallback() external payable {
        _delegate();
    }

    function _delegate() private {
        address target = controller.getContract(targetContractId);
        require(target != address(0), AlphaUnauthorized(msg.sender, target));
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, 0, calldatasize())
            let success := delegatecall(gas(), target, free, calldatasize(), 0, 0)
            returndatacopy(free, 0, returndatasize())
            if iszero(success) {
                revert(free, returndatasize())
            }
            return(free, returndatasize())
        }
    }
}
