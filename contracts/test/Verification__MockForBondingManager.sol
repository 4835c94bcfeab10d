// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBondingManager} from "../interfaces/IBondingManager.sol";

/// @notice A verification module that judges as it is told.
contract VerificationMockForBondingManager {
    IBondingManager public immutable BONDING_MANAGER;

    constructor(IBondingManager bondingManager) {
        BONDING_MANAGER = bondingManager;
    }

    function openDispute(bytes32 service, address orchestrator, uint256 faultRound) external {
        BONDING_MANAGER.openDispute(service, orchestrator, faultRound);
    }

    function closeDispute(bytes32 service, address orchestrator, uint256 faultRound) external {
        BONDING_MANAGER.closeDispute(service, orchestrator, faultRound);
    }

    function slash(
        bytes32 service,
        address orchestrator,
        uint256 faultRound,
        uint256 fraction,
        address challenger
    ) external returns (uint256 loss, uint256 bounty) {
        return BONDING_MANAGER.slash(service, orchestrator, faultRound, fraction, challenger);
    }
}
