// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {AlphaJobsState} from "./AlphaJobsState.sol";
import {AlphaManager} from "./AlphaManager.sol";
import {IAlphaBondingManager} from "./IAlphaBondingManager.sol";
import {IAlphaController} from "./IAlphaController.sol";
import {IAlphaMinter} from "./IAlphaMinter.sol";

/// @title AlphaJobsManager
/// @notice Deposits and jobs. What a transcoder claims for its work is paid after a while in which it could be verified; what would be verified is not here.
contract AlphaJobsManager is AlphaJobsState {
    event NewJob(uint256 indexed jobId, address indexed broadcaster, address indexed transcoder);
    event NewClaim(uint256 indexed jobId, uint256 indexed claimId, uint256 segments);

    constructor(IAlphaController controller_) AlphaManager(controller_) {} // solhint-disable-line no-empty-blocks

    /// @notice Sets the time to verify a claim {block}. Who may call: the controller's owner.
    function setVerificationPeriod(uint256 blocks) external onlyControllerOwner {
        _verificationPeriod = blocks;
    }

    /// @notice Adds to the caller's deposit.
    function deposit() external payable whenSystemNotPaused {
        _broadcasters[msg.sender].deposit += msg.value;

        // Interactions
        _minter().depositETH{value: msg.value}();
    }

    /// @notice Pays the caller its deposit, once all its jobs are over.
    function withdraw() external whenSystemNotPaused {
        Broadcaster storage broadcaster = _broadcasters[msg.sender];
        require(block.number > broadcaster.withdrawBlock, AlphaJobRefused("a job runs"));
        uint256 amount = broadcaster.deposit;
        delete _broadcasters[msg.sender];

        // Interactions
        _minter().trustedWithdrawETH(payable(msg.sender), amount);
    }

    /// @notice Gives `transcoder` a job until block `endBlock`.
    function job(
        string calldata streamId,
        address transcoder,
        uint256 pricePerSegment,
        uint256 endBlock
    ) external whenSystemNotPaused returns (uint256 jobId) {
        jobId = _jobs.length;
        Job storage next = _jobs.push();
        (next.streamId, next.broadcaster, next.transcoder) = (streamId, msg.sender, transcoder);
        (next.pricePerSegment, next.endBlock) = (pricePerSegment, endBlock);
        Broadcaster storage broadcaster = _broadcasters[msg.sender];
        broadcaster.withdrawBlock = Math.max(broadcaster.withdrawBlock, endBlock);
        emit NewJob(jobId, msg.sender, transcoder);
    }

    /// @notice Claims `segments` of work. What they cost goes from the deposit into the job's escrow.
    function claimWork(uint256 jobId, uint256 segments) external whenSystemNotPaused returns (uint256 claimId) {
        require(jobId < _jobs.length, AlphaJobRefused("no such job"));
        Job storage claimed = _jobs[jobId];
        _requireCaller(claimed.transcoder);
        require(block.number <= claimed.endBlock, AlphaJobRefused("over"));
        uint256 amount = segments * claimed.pricePerSegment;
        Broadcaster storage broadcaster = _broadcasters[claimed.broadcaster];
        require(broadcaster.deposit >= amount, AlphaJobRefused("deposit"));
        broadcaster.deposit -= amount;
        claimed.escrow += amount;
        claimId = claimed.claims.length;
        claimed.claims.push(Claim(amount, block.number + _verificationPeriod, false));
        emit NewClaim(jobId, claimId, segments);
    }

    /// @notice Pays a claim whose time has come.
    function distributeFees(uint256 jobId, uint256 claimId) external whenSystemNotPaused {
        (address transcoder, uint256 amount) = _settleClaim(jobId, claimId);

        // Interactions
        IAlphaBondingManager(controller.getContract(BONDING_MANAGER_ID)).updateTranscoderWithFees(transcoder, amount);
    }

    /// @notice {wei ETH, block}
    function broadcasters(address account) external view returns (uint256 deposited, uint256 withdrawBlock) {
        return (_broadcasters[account].deposit, _broadcasters[account].withdrawBlock);
    }

    /// @notice {wei ETH} Of claims of a job that are not paid yet.
    function escrowOf(uint256 jobId) external view returns (uint256) {
        return _jobs[jobId].escrow;
    }

    function _minter() private view returns (IAlphaMinter) {
        return IAlphaMinter(controller.getContract(MINTER_ID));
    }
}
