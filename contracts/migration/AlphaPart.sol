// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title AlphaPart
/// @notice Logic in front of other logic, for a proxy of the alpha.
abstract contract AlphaPart {
    /// @notice Logic for every other call.
    address public immutable NEXT;

    constructor(address next) {
        NEXT = next;
    }

    /// @dev Has the next part answer, with the same caller, call and storage. Does not return.
    function _passOn() internal {
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

    /// @dev Answers the call with encoded values. Does not return.
    function _answer(bytes memory values) internal pure {
        assembly ("memory-safe") {
            return(add(values, 0x20), mload(values))
        }
    }

    /// @dev Word `index` of the arguments; 0 if there are less, which the next part refuses.
    function _argument(uint256 index) internal pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(add(4, mul(index, 0x20)))
        }
    }

    function _addressIn(uint256 index) internal pure returns (address) {
        return address(uint160(_argument(index)));
    }
}
