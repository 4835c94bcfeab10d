// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Machine} from "../verification/Machine.sol";

/// @notice Many steps in one call, each of a state of its own.
contract MachineHarness is Machine {
    struct Case {
        bytes32 program;
        bytes state;
        bytes proof;
    }

    function stepEach(Case[] calldata cases) external view returns (bytes32[] memory next) {
        next = new bytes32[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i)
            next[i] = this.step(cases[i].program, cases[i].state, cases[i].proof);
    }
}
