// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {BondingState} from "../bonding/BondingState.sol";
import {IAlphaFunds} from "../interfaces/IAlphaFunds.sol";
import {IAlphaImport} from "../interfaces/IAlphaImport.sol";
import {IBondingFaults} from "../interfaces/IBondingFaults.sol";
import {IBondingLedger} from "../interfaces/IBondingLedger.sol";
import {IBondingStake} from "../interfaces/IBondingStake.sol";
import {AlphaManager} from "./alpha/AlphaManager.sol";
import {IAlphaController} from "./alpha/IAlphaController.sol";
import {AlphaImport} from "./AlphaImport.sol";
import {AlphaPart} from "./AlphaPart.sol";

/// @title AlphaBonding
/// @notice In front of the BondingManager behind the alpha's proxy: imports whom a call concerns, before it passes the call on. Source: LIP-13, docs/adr/0022-migration-from-the-alpha.md.
contract AlphaBonding is AlphaImport, AlphaPart {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @notice Holds the alpha's ETH.
    IAlphaFunds public immutable FUNDS;
    /// @notice The alpha's, by its proxy.
    address public immutable JOBS_MANAGER;

    // --- Initialization ---

    /// @param next {AlphaViews}.
    constructor(
        Relations memory relations,
        IAlphaFunds funds,
        address jobsManager,
        address next
    ) AlphaManager(IAlphaController(address(0))) BondingState(relations) AlphaPart(next) {
        (FUNDS, JOBS_MANAGER) = (funds, jobsManager);
    }

    // --- Everything else ---

    // solhint-disable-next-line no-complex-fallback
    fallback() external override thenPassOn {
        if (msg.sig == IBondingFaults.initialize.selector) _start();
        else _importConcerned();
    }

    // --- Import ---

    /// @inheritdoc IAlphaImport
    function importOrchestrators(address[] calldata orchestrators) external {
        _requireStarted();
        for (uint256 i = 0; i < orchestrators.length; ++i) _importPool(orchestrators[i]);
    }

    /// @inheritdoc IAlphaImport
    function importPosition(address delegator) external {
        _requireStarted();
        _importPosition(delegator);
    }

    /// @inheritdoc IAlphaImport
    function claimAlpha(address delegator, uint256 through) external {
        _requireStarted();
        uint256 last = _alpha().lastRound;
        _claimAlpha(delegator, through < last ? through : last);
    }

    // --- Fees ---

    /// @inheritdoc IAlphaImport
    function withdrawAlphaFees(address payable recipient) external returns (uint256 amount) {
        _requireStarted();
        require(recipient != address(0), AlphaImportZeroReceiver());
        _importPosition(msg.sender);
        AlphaDelegator storage delegator = _delegators[msg.sender];
        amount = delegator.fees + _lateFees(msg.sender, delegator.bondedAmount);
        delegator.fees = 0;
        _alpha().lateSumsPaid[msg.sender] = _alpha().lateSums[delegator.delegateAddress];
        emit AlphaFeesWithdrawn(msg.sender, recipient, amount);

        // Interactions
        if (amount != 0) FUNDS.payFees(recipient, amount);
    }

    /// @inheritdoc IAlphaImport
    function addAlphaFees(address orchestrator, uint256 amount) external {
        require(msg.sender == JOBS_MANAGER, AlphaImportNotJobsManager(msg.sender, JOBS_MANAGER));
        _requireStarted();
        AlphaDelegator storage delegator = _delegators[orchestrator];
        uint256 stake = delegator.delegatedAmount;
        uint256 shared = stake == 0 ? 0 : (amount * _transcoders[orchestrator].feeShare) / ALPHA_ONE;
        if (shared != 0) _alpha().lateSums[orchestrator] += (shared << LATE_PLACES) / stake;
        delegator.fees += amount - shared;
        emit AlphaFeesAdded(orchestrator, amount, shared);
    }

    // --- Internals ---

    /// @dev The next part initializes. Until then nobody can act.
    function _start() private {
        _requireCaller(controller.owner());
        _alpha().lastRound = ROUNDS_MANAGER.currentRound().toUint32();
    }

    function _requireStarted() private view {
        require(_storage().clock.end != 0, AlphaImportNotStarted());
    }

    /// @dev Of every action the caller, and the orchestrator that it names. Views pass.
    function _importConcerned() private {
        bytes4 action = msg.sig;
        if (action == IBondingStake.withdrawStake.selector) {
            _importCaller();
            _withdrawAlphaLock(_argument(0));
        } else if (action == IBondingStake.rebond.selector) {
            _importCaller();
            _importPool(_addressIn(1));
            _rebondAlphaLock(_argument(0), _addressIn(1));
        } else if (action == IBondingStake.bond.selector) {
            _importCaller();
            _importPool(_addressIn(1));
        } else if (
            action == IBondingStake.register.selector ||
            action == IBondingStake.setCommission.selector ||
            action == IBondingStake.unjail.selector ||
            action == IBondingStake.unbond.selector ||
            action == IBondingStake.unbondCommission.selector ||
            action == IBondingStake.resign.selector ||
            action == IBondingLedger.withdrawFees.selector
        ) {
            _importCaller();
        } else if (action == IBondingStake.reward.selector) {
            _requireStarted();
            _importPool(_addressIn(0));
        } else if (action == IBondingLedger.pullFees.selector) {
            _requireStarted();
            _importPool(_addressIn(0));
            _closeFees(_addressIn(0));
        } else if (
            action == IBondingFaults.openDispute.selector ||
            action == IBondingFaults.closeDispute.selector ||
            action == IBondingFaults.slash.selector
        ) {
            _requireStarted();
        }
    }

    /// @dev A closed pool has no fees: claims need not wait for them. Answers for one that has not registered anew.
    function _closeFees(address orchestrator) private {
        AlphaPool memory closed = _alpha().pools[orchestrator];
        if (!closed.closed) return;
        _storage().pools[closed.number].feesBefore = uint32(_roundBegun());
        if (_storage().accounts[orchestrator].head.number == 0) _answer(abi.encode(0));
    }

    function _importCaller() private {
        _requireStarted();
        _importPosition(msg.sender);
    }

    // --- Locks of the alpha ---

    /// @dev Pays a lock of the alpha and answers; does nothing if it is none.
    function _withdrawAlphaLock(uint256 lockId) private {
        AlphaDelegator storage delegator = _delegators[msg.sender];
        if (lockId >= delegator.nextUnbondingLockId) return;
        AlphaLock memory lock = delegator.unbondingLocks[lockId];
        require(lock.amount != 0, BondingManagerNoSuchLock(msg.sender, lockId));
        uint256 round = _roundBegun();
        require(round >= lock.withdrawRound, BondingManagerWithdrawTooEarly(round, lock.withdrawRound));
        delete delegator.unbondingLocks[lockId];
        emit StakeWithdrawn(msg.sender, lockId, lock.amount);

        // Interactions
        TOKEN.safeTransfer(msg.sender, lock.amount);
        _answer(abi.encode(lock.amount));
    }

    /// @dev Bonds a lock of the alpha, which answers for nothing, and answers; does nothing if it is none.
    function _rebondAlphaLock(uint256 lockId, address orchestrator) private {
        AlphaDelegator storage delegator = _delegators[msg.sender];
        if (lockId >= delegator.nextUnbondingLockId) return;
        uint256 amount = delegator.unbondingLocks[lockId].amount;
        require(amount != 0, BondingManagerNoSuchLock(msg.sender, lockId));
        delete delegator.unbondingLocks[lockId];
        emit Rebonded(msg.sender, lockId, amount);

        _bond(amount, orchestrator);
        _answer("");
    }
}
