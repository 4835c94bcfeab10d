// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Young} from "../libraries/Young.sol";

/// @notice Calls the library from outside.
contract YoungHarness {
    function unitsOf(Young.Generations calldata young, uint256 from) external pure returns (uint256) {
        return Young.unitsOf(young, from);
    }

    function add(
        Young.Generations calldata young,
        uint256 from,
        uint256 units
    ) external pure returns (Young.Generations memory changed) {
        changed = young;
        Young.add(changed, from, units);
    }

    function remove(
        Young.Generations calldata young,
        uint256 from,
        uint256 units
    ) external pure returns (Young.Generations memory changed) {
        changed = young;
        Young.remove(changed, from, units);
    }
}
