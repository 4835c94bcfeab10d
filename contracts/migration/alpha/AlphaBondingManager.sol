// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {AlphaClaims} from "./AlphaClaims.sol";
import {AlphaManager} from "./AlphaManager.sol";
import {IAlphaBondingManager} from "./IAlphaBondingManager.sol";
import {IAlphaController} from "./IAlphaController.sol";
import {IAlphaMinter} from "./IAlphaMinter.sol";
import {IAlphaRoundsManager} from "./IAlphaRoundsManager.sol";

/// @title AlphaBondingManager
contract AlphaBondingManager is IAlphaBondingManager, AlphaClaims {
    using SafeERC20 for IERC20;

    constructor(IAlphaController controller_) AlphaManager(controller_) {} // solhint-disable-line no-empty-blocks

    modifier whenRunning() {
        require(!controller.paused(), AlphaPaused(true));
        require(_rounds().currentRoundInitialized(), AlphaRoundNotInitialized());
        _;
    }

    /// @notice Sets periods {round} and the places in the pool {1}. Who may call: the controller's owner.
    function setParameters(
        uint256 unbondingPeriod_,
        uint256 numTranscoders_,
        uint256 maxClaimRounds_
    ) external onlyControllerOwner {
        (_unbondingPeriod_, _numTranscoders, _maxClaimRounds) = (unbondingPeriod_, numTranscoders_, maxClaimRounds_);
    }

    // --- Transcoders ---

    /// @notice Offers the caller's work, at these terms {1e6 = 1}: takes a place in the pool, if need be that of the one with the least stake.
    function transcoder(uint256 rewardCut, uint256 feeShare) external whenRunning {
        AlphaDelegator storage self = _delegators[msg.sender];
        AlphaTranscoder storage t = _transcoders[msg.sender];
        _require(rewardCut <= ALPHA_ONE && feeShare <= ALPHA_ONE, "terms");
        _require(self.delegateAddress == msg.sender, "not bonded to itself");
        if (t.place == 0) _takePlace(self.delegatedAmount);
        (t.rewardCut, t.feeShare) = (rewardCut, feeShare);
        emit TranscoderUpdate(msg.sender, rewardCut, feeShare);
    }

    /// @notice Leaves the pool. Who stands behind the caller stays there.
    function resignTranscoder() external whenRunning {
        _require(_transcoders[msg.sender].place != 0, "no transcoder");
        _leavePlace(msg.sender);
        emit TranscoderResigned(msg.sender);
    }

    /// @notice Mints the caller's part of the round for itself and those behind it.
    function reward() external whenRunning {
        uint256 round = _round();
        AlphaTranscoder storage t = _transcoders[msg.sender];
        TokenPool storage pool = t.tokenPools[round];
        _require(pool.claimableStake != 0 && _delegators[msg.sender].startRound <= round, "not active");
        _require(t.lastRewardRound < round, "rewarded");
        t.lastRewardRound = round;

        uint256 amount = _minter().createReward(pool.claimableStake, _totalActiveStake);
        pool.cut = (amount * t.rewardCut) / ALPHA_ONE;
        pool.rewards = amount - pool.cut;
        _delegators[msg.sender].delegatedAmount += amount;
        emit Reward(msg.sender, amount);
    }

    // --- Delegators ---

    /// @notice Takes `amount` {wei LPT} from the caller and puts all its stake behind `to`.
    function bond(uint256 amount, address to) external whenRunning {
        AlphaDelegator storage delegator = _delegators[msg.sender];
        address from = delegator.delegateAddress;
        _require(to == msg.sender || (_transcoders[to].place != 0 && _transcoders[msg.sender].place == 0), "delegate");
        _settle(msg.sender);
        if (from != to) {
            _delegators[from].delegatedAmount -= delegator.bondedAmount;
            _delegators[to].delegatedAmount += delegator.bondedAmount;
            delegator.delegateAddress = to;
        }
        delegator.bondedAmount += amount;
        _delegators[to].delegatedAmount += amount;
        _require(delegator.bondedAmount != 0, "nothing");
        emit Bond(to, msg.sender, amount);

        // Interactions
        IERC20(controller.getContract(TOKEN_ID)).safeTransferFrom(msg.sender, address(_minter()), amount);
    }

    /// @notice Puts `amount` {wei LPT} of the caller's stake into a lock.
    function unbond(uint256 amount) external whenRunning {
        AlphaDelegator storage delegator = _delegators[msg.sender];
        _settle(msg.sender);
        _require(amount != 0 && amount <= delegator.bondedAmount, "amount");
        delegator.bondedAmount -= amount;
        _delegators[delegator.delegateAddress].delegatedAmount -= amount;
        if (delegator.bondedAmount == 0) {
            _require(_transcoders[msg.sender].place == 0, "resign first");
            delegator.delegateAddress = address(0);
        }
        uint256 id = delegator.nextUnbondingLockId++;
        uint256 withdrawRound = _round() + _unbondingPeriod_;
        delegator.unbondingLocks[id] = AlphaLock(amount, withdrawRound);
        emit Unbond(msg.sender, id, amount, withdrawRound);
    }

    /// @notice Puts the stake of a lock back behind the one behind whom the caller stands.
    function rebond(uint256 id) external whenRunning {
        AlphaDelegator storage delegator = _delegators[msg.sender];
        _require(delegator.delegateAddress != address(0), "delegate");
        _settle(msg.sender);
        uint256 amount = _openLock(delegator, id);
        delegator.bondedAmount += amount;
        _delegators[delegator.delegateAddress].delegatedAmount += amount;
        emit Rebond(msg.sender, id, amount);
    }

    /// @notice Sends the caller the stake of a lock whose round has come.
    function withdrawStake(uint256 id) external whenRunning {
        AlphaDelegator storage delegator = _delegators[msg.sender];
        _require(delegator.unbondingLocks[id].withdrawRound <= _round(), "too early");
        uint256 amount = _openLock(delegator, id);
        emit WithdrawStake(msg.sender, id, amount);

        // Interactions
        _minter().trustedTransferTokens(msg.sender, amount);
    }

    /// @notice Sends the caller the fees that it has claimed.
    function withdrawFees() external whenRunning {
        AlphaDelegator storage delegator = _delegators[msg.sender];
        uint256 amount = delegator.fees;
        delegator.fees = 0;
        emit WithdrawFees(msg.sender, amount);

        // Interactions
        _minter().trustedWithdrawETH(payable(msg.sender), amount);
    }

    /// @notice Claims for the caller what rounds through `endRound`, which is over, have earned.
    function claimEarnings(uint256 endRound) external whenRunning {
        _require(endRound < _round(), "not over");
        _claim(msg.sender, endRound);
    }

    // --- Other contracts of the alpha ---

    /// @inheritdoc IAlphaBondingManager
    function setActiveTranscoders() external onlyContract(ROUNDS_MANAGER_ID) {
        uint256 round = _round();
        uint256 total = 0;
        for (uint256 i = 0; i < _transcoderPool.length; ++i) {
            address t = _transcoderPool[i];
            uint256 stake = _delegators[t].delegatedAmount;
            _transcoders[t].tokenPools[round].claimableStake = stake;
            total += stake;
        }
        _totalActiveStake = total;
    }

    /// @inheritdoc IAlphaBondingManager
    function updateTranscoderWithFees(address transcoder_, uint256 fees) external onlyContract(JOBS_MANAGER_ID) {
        AlphaTranscoder storage t = _transcoders[transcoder_];
        TokenPool storage pool = t.tokenPools[_round()];
        uint256 shared = pool.claimableStake == 0 ? 0 : (fees * t.feeShare) / ALPHA_ONE;
        pool.fees += shared;
        _delegators[transcoder_].fees += fees - shared;
    }

    // --- Views ---

    /// @notice What is kept of a delegator.
    function getDelegator(
        address account
    )
        external
        view
        returns (
            uint256 bondedAmount,
            uint256 fees,
            address delegateAddress,
            uint256 delegatedAmount,
            uint256 startRound,
            uint256 lastClaimRound,
            uint256 nextUnbondingLockId
        )
    {
        AlphaDelegator storage d = _delegators[account];
        return (
            d.bondedAmount,
            d.fees,
            d.delegateAddress,
            d.delegatedAmount,
            d.startRound,
            d.lastClaimRound,
            d.nextUnbondingLockId
        );
    }

    /// @notice {wei LPT, wei ETH} What it would have if it claimed through `endRound`.
    function pendingOf(address account, uint256 endRound) external view returns (uint256 stake, uint256 fees) {
        return _claimThrough(account, endRound);
    }

    /// @notice A lock; zeroes if there is none.
    function getDelegatorUnbondingLock(
        address account,
        uint256 id
    ) external view returns (uint256 amount, uint256 withdrawRound) {
        AlphaLock storage lock = _delegators[account].unbondingLocks[id];
        return (lock.amount, lock.withdrawRound);
    }

    /// @notice Who is in the pool.
    function transcoderPool() external view returns (address[] memory) {
        return _transcoderPool;
    }

    // --- Internals ---

    /// @dev Before stake moves: claims what is over, and takes the stake out of what the present round earns.
    function _settle(address account) private {
        AlphaDelegator storage delegator = _delegators[account];
        uint256 round = _round();
        _require(_transcoders[account].lastRewardRound < round, "rewarded");
        if (delegator.startRound <= round) {
            _claim(account, round - 1);
            TokenPool storage pool = _transcoders[delegator.delegateAddress].tokenPools[round];
            if (pool.claimableStake != 0) pool.claimableStake -= delegator.bondedAmount;
        }
        (delegator.startRound, delegator.lastClaimRound) = (round + 1, round);
    }

    function _claim(address account, uint256 endRound) private {
        AlphaDelegator storage delegator = _delegators[account];
        if (delegator.delegateAddress != address(0)) {
            _require(endRound < _firstUnclaimed(delegator) + _maxClaimRounds, "too many rounds");
        }
        (delegator.bondedAmount, delegator.fees) = _claimThrough(account, endRound);
        if (endRound > delegator.lastClaimRound) delegator.lastClaimRound = endRound;
    }

    function _openLock(AlphaDelegator storage delegator, uint256 id) private returns (uint256 amount) {
        amount = delegator.unbondingLocks[id].amount;
        _require(amount != 0, "no such lock");
        delete delegator.unbondingLocks[id];
    }

    function _takePlace(uint256 stake) private {
        uint256 count = _transcoderPool.length;
        if (count == _numTranscoders) {
            address least = _transcoderPool[0];
            for (uint256 i = 1; i < count; ++i) {
                address other = _transcoderPool[i];
                if (_delegators[other].delegatedAmount < _delegators[least].delegatedAmount) least = other;
            }
            _require(_delegators[least].delegatedAmount < stake, "no place");
            _leavePlace(least);
            emit TranscoderEvicted(least);
        }
        _transcoderPool.push(msg.sender);
        _transcoders[msg.sender].place = _transcoderPool.length;
    }

    function _leavePlace(address t) private {
        uint256 place = _transcoders[t].place;
        address last = _transcoderPool[_transcoderPool.length - 1];
        _transcoderPool[place - 1] = last;
        _transcoders[last].place = place;
        _transcoders[t].place = 0;
        _transcoderPool.pop();
    }

    function _round() private view returns (uint256) {
        return _rounds().currentRound();
    }

    function _rounds() private view returns (IAlphaRoundsManager) {
        return IAlphaRoundsManager(controller.getContract(ROUNDS_MANAGER_ID));
    }

    function _minter() private view returns (IAlphaMinter) {
        return IAlphaMinter(controller.getContract(MINTER_ID));
    }

    function _require(bool condition, string memory reason) private pure {
        require(condition, AlphaRefused(reason));
    }
}
