// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title BondingPart
/// @notice One of the contracts that share the BondingManager's storage, and the next one, which answers what this one does not know.
abstract contract BondingPart {
    /// @notice Logic for every other call.
    address public immutable NEXT;

    constructor(address next) {
        NEXT = next;
    }

    /// @notice Has the next part answer, with the same caller and storage.
    // solhint-disable-next-line no-complex-fallback
    fallback() external {
        address next = NEXT;
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, 0, calldatasize())
            let success := delegatecall(gas(), next, free, calldatasize(), 0, 0)
            returndatacopy(free, 0, returndatasize())
            if iszero(success) {
                revert(free, returndatasize())
            }
            return(free, returndatasize())
        }
    }
}
