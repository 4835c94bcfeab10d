// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AlphaManager} from "./AlphaManager.sol";

/// @title AlphaJobsState
/// @notice What the alpha's JobsManager keeps, from slot 2 on.
abstract contract AlphaJobsState is AlphaManager {
    struct Broadcaster {
        /// @dev {wei ETH}
        uint256 deposit;
        /// @dev {block} After which it may take its deposit.
        uint256 withdrawBlock;
    }

    struct Claim {
        /// @dev {wei ETH}
        uint256 amount;
        /// @dev {block} After which it is paid.
        uint256 endVerificationBlock;
        bool paid;
    }

    struct Job {
        string streamId;
        address broadcaster;
        address transcoder;
        /// @dev {wei ETH / segment}
        uint256 pricePerSegment;
        /// @dev {block} Until which it runs.
        uint256 endBlock;
        /// @dev {wei ETH} Of claims that are not paid yet.
        uint256 escrow;
        Claim[] claims;
    }

    /// @dev {block} From a claim to its payment.
    uint256 internal _verificationPeriod;
    mapping(address => Broadcaster) internal _broadcasters;
    Job[] internal _jobs;

    event DistributeFees(uint256 indexed jobId, uint256 indexed claimId, address indexed transcoder, uint256 amount);

    /// @notice No such job or claim, or one that is not at this point.
    /// @dev `reason` says why.
    error AlphaJobRefused(string reason);

    /// @dev Takes a claim whose time has come out of its job. Returns whose it is.
    function _settleClaim(uint256 jobId, uint256 claimId) internal returns (address transcoder, uint256 amount) {
        require(jobId < _jobs.length && claimId < _jobs[jobId].claims.length, AlphaJobRefused("no such claim"));
        Job storage job = _jobs[jobId];
        Claim storage claim = job.claims[claimId];
        require(!claim.paid, AlphaJobRefused("paid"));
        require(block.number > claim.endVerificationBlock, AlphaJobRefused("too early"));
        claim.paid = true;
        (transcoder, amount) = (job.transcoder, claim.amount);
        job.escrow -= amount;
        emit DistributeFees(jobId, claimId, transcoder, amount);
    }
}
