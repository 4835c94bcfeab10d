// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {AlphaBondingState} from "./AlphaBondingState.sol";

/// @title AlphaClaims
/// @notice What past rounds have earned for a delegator. The import of a position computes it by the very rule that the alpha has.
abstract contract AlphaClaims is AlphaBondingState {
    /// @dev {1e6 = 1} One whole.
    uint256 internal constant ALPHA_ONE = 1_000_000;

    /// @dev Stake {wei LPT} and fees {wei ETH} of a delegator with what rounds through `through` have earned, rounded down in each.
    function _claimThrough(address account, uint256 through) internal view returns (uint256 stake, uint256 fees) {
        AlphaDelegator storage delegator = _delegators[account];
        (stake, fees) = (delegator.bondedAmount, delegator.fees);
        address transcoder = delegator.delegateAddress;
        if (transcoder == address(0)) return (stake, fees);
        mapping(uint256 => TokenPool) storage pools = _transcoders[transcoder].tokenPools;
        for (uint256 round = _firstUnclaimed(delegator); round <= through; ++round) {
            TokenPool storage pool = pools[round];
            uint256 claimable = pool.claimableStake;
            if (claimable == 0) continue;
            (uint256 rewards, uint256 shared) = (pool.rewards, pool.fees);
            if (shared != 0) fees += (shared * stake) / claimable;
            if (rewards != 0) stake += (rewards * stake) / claimable;
            if (account == transcoder) stake += pool.cut;
        }
    }

    /// @dev {round}
    function _firstUnclaimed(AlphaDelegator storage delegator) internal view returns (uint256) {
        return Math.max(delegator.lastClaimRound + 1, delegator.startRound);
    }
}
