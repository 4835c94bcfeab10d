// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Growth} from "../libraries/Growth.sol";

/// @notice Calls the library from outside.
contract GrowthHarness {
    function logDown(uint256 before, uint256 afterwards) external pure returns (uint256) {
        return Growth.logDown(before, afterwards);
    }

    function growDown(uint256 amount, uint256 log) external pure returns (uint256) {
        return Growth.growDown(amount, log);
    }

    function afterCutDown(uint256 log, uint256 rewardCut) external pure returns (uint256) {
        return Growth.afterCutDown(log, rewardCut);
    }

    /// @return log The result, and what it cost.
    function meteredLog(uint256 before, uint256 afterwards) external view returns (uint256 log, uint256 gas) {
        gas = gasleft();
        log = Growth.logDown(before, afterwards);
        gas -= gasleft();
    }

    /// @return grown The result, and what it cost.
    function meteredGrow(uint256 amount, uint256 log) external view returns (uint256 grown, uint256 gas) {
        gas = gasleft();
        grown = Growth.growDown(amount, log);
        gas -= gasleft();
    }
}
