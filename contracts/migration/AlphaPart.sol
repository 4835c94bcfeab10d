// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BondingPart} from "../bonding/BondingPart.sol";

/// @title AlphaPart
/// @notice Logic in front of other logic, for a proxy of the alpha.
abstract contract AlphaPart is BondingPart {
    constructor(address next) BondingPart(next) {} // solhint-disable-line no-empty-blocks

    /// @dev Answers the call with encoded values. Does not return.
    function _answer(bytes memory values) internal pure {
        assembly ("memory-safe") {
            return(add(values, 0x20), mload(values))
        }
    }

    /// @dev Word `index` of the arguments. Without it, it reverts as a decoder does: `withdrawStake` without a number is not about lock 0.
    function _argument(uint256 index) internal pure returns (uint256 word) {
        require(msg.data.length >= 0x24 + index * 0x20); // solhint-disable-line gas-custom-errors
        assembly ("memory-safe") {
            word := calldataload(add(4, mul(index, 0x20)))
        }
    }

    function _addressIn(uint256 index) internal pure returns (address) {
        return address(uint160(_argument(index)));
    }
}
