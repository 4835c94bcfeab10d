// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title BondingPart
/// @notice One of the contracts that share the storage of a proxy, the BondingManager's above all, and the next one, which answers what this one does not know.
abstract contract BondingPart {
    /// @notice Logic for every other call.
    address public immutable NEXT;

    constructor(address next) {
        NEXT = next;
    }

    /// @dev After the body, has the next part answer, with the same caller, call and storage. Does not return. A modifier, which is put in where it stands: a function would cost gas in every
    /// call.
    modifier thenPassOn() {
        _;
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

    /// @notice Has the next part answer.
    // solhint-disable-next-line no-empty-blocks
    fallback() external virtual thenPassOn {}
}
