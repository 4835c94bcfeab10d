// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AlphaManager} from "./AlphaManager.sol";

/// @title AlphaBondingState
/// @notice What the alpha's BondingManager keeps, from slot 2 on.
abstract contract AlphaBondingState is AlphaManager {
    struct AlphaLock {
        /// @dev {wei LPT} 0 = there is no such lock.
        uint256 amount;
        /// @dev {round} From which on it may be withdrawn.
        uint256 withdrawRound;
    }

    struct AlphaDelegator {
        /// @dev {wei LPT} With all rewards of rounds through `lastClaimRound`.
        uint256 bondedAmount;
        /// @dev {wei ETH} Of the same rounds, and what it earned as a transcoder itself.
        uint256 fees;
        /// @dev Behind whom it stands; zero = behind nobody.
        address delegateAddress;
        /// @dev {wei LPT} What stands behind it, with all rewards.
        uint256 delegatedAmount;
        /// @dev {round} From which on it earns.
        uint256 startRound;
        uint256 lastClaimRound;
        uint256 nextUnbondingLockId;
        mapping(uint256 id => AlphaLock) unbondingLocks;
    }

    /// @dev What a round earned for those behind a transcoder. Once the round is over nothing of it changes.
    struct TokenPool {
        /// @dev {wei LPT} Of those who were there when it began and did not move in it; 0 = it was not active.
        uint256 claimableStake;
        /// @dev {wei LPT} For all of them.
        uint256 rewards;
        /// @dev {wei LPT} The transcoder's cut.
        uint256 cut;
        /// @dev {wei ETH} For all of them.
        uint256 fees;
    }

    struct AlphaTranscoder {
        /// @dev {round}
        uint256 lastRewardRound;
        /// @dev {1e6 = 1} What it keeps of the rewards, and gives of the fees.
        uint256 rewardCut;
        uint256 feeShare;
        /// @dev {1} 1 + its place in the pool of transcoders; 0 = it is not in it.
        uint256 place;
        mapping(uint256 round => TokenPool) tokenPools;
    }

    /// @dev {round}
    uint256 internal _unbondingPeriod_;
    /// @dev {1} Places in the pool.
    uint256 internal _numTranscoders;
    /// @dev {round} Most that one call claims.
    uint256 internal _maxClaimRounds;
    /// @dev {wei LPT} In this round.
    uint256 internal _totalActiveStake;
    mapping(address => AlphaDelegator) internal _delegators;
    mapping(address => AlphaTranscoder) internal _transcoders;
    address[] internal _transcoderPool;
}
