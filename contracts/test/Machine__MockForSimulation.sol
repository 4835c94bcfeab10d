// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMachine} from "../interfaces/IMachine.sol";

/// @notice A machine that begins as another one does, and then stands still: every step leads to where it was.
contract MachineMockForSimulation {
    IMachine private immutable REAL;

    constructor(IMachine real) {
        REAL = real;
    }

    function step(bytes32, bytes calldata state, bytes calldata) external pure returns (bytes32 next) {
        return keccak256(state);
    }

    function startHash(IMachine.Start calldata start) external view returns (bytes32 hash) {
        return REAL.startHash(start);
    }
}
