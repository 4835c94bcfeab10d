// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManagedUpgradeable} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {PausableUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/PausableUpgradeable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IBondingFaults} from "../interfaces/IBondingFaults.sol";
import {BondingPart} from "./BondingPart.sol";
import {BondingState} from "./BondingState.sol";
import {Slashing} from "./Slashing.sol";

/// @title BondingFaults
/// @notice The part of the BondingManager for faults, and for governance.
contract BondingFaults is IBondingFaults, Slashing, AccessManagedUpgradeable, PausableUpgradeable, BondingPart {
    using SafeERC20 for IERC20;

    // --- Constants ---

    /// @notice {wei LPT} Highest `minimumStake`.
    uint256 public constant MAX_MINIMUM_STAKE = 1_000_000e18;
    /// @notice {round} Longest unbonding period and fault period.
    uint256 public constant MAX_PERIOD = 365;
    /// @notice {round} Longest notice of a commission.
    uint256 public constant MAX_COMMISSION_NOTICE = 30;
    /// @notice {s} Shortest window of challenge.
    uint256 public constant MIN_CHALLENGE_WINDOW = 10 minutes;
    /// @notice {s} Longest window of challenge.
    uint256 public constant MAX_CHALLENGE_WINDOW = 24 hours;
    /// @notice {round} Longest jail period.
    uint256 public constant MAX_JAIL_PERIOD = 100;
    /// @notice {1} Most faults that are forgiven.
    uint256 public constant MAX_FAULT_ALLOWANCE = 3;

    // --- Initialization ---

    /// @param next {BondingLedger}.
    constructor(Relations memory relations, address next) BondingState(relations) BondingPart(next) {
        _disableInitializers();
    }

    /// @inheritdoc IBondingFaults
    function initialize(address authority, Parameters calldata parameters_) external initializer {
        __AccessManaged_init(authority);
        _requireBounds(parameters_);
        _storeParameters(parameters_);

        Present memory p;
        _load(p);
        _readClock(p);
        // Round 0 stands for "none" in many places.
        _requireWithin(p.round, 1, type(uint32).max);
        _storeClock(p);
        _storage().past[p.round] = PastRound(0, true, 0);
        emit RoundBegun(p.round, 0, 0, 0);
    }

    // --- Verification modules ---

    /// @inheritdoc IBondingFaults
    function openDispute(bytes32 service, address orchestrator, uint256 faultRound) external returns (uint256 open) {
        _requireModule(service, faultRound);
        return _openDispute(orchestrator, faultRound);
    }

    /// @inheritdoc IBondingFaults
    function closeDispute(bytes32 service, address orchestrator, uint256 faultRound) external {
        _requireModule(service, faultRound);
        _closeDispute(orchestrator, faultRound);
    }

    /// @inheritdoc IBondingFaults
    function slash(
        bytes32 service,
        address orchestrator,
        uint256 faultRound,
        uint256 fraction,
        address challenger
    ) external returns (uint256 loss, uint256 bounty) {
        _requireModule(service, faultRound);
        require(fraction != 0 && fraction <= MAX_SLASH, BondingManagerFractionOutOfBounds(fraction, MAX_SLASH));
        require(challenger != address(0), BondingManagerZeroReceiver());
        (Toll memory toll, uint256 jailedUntil) = _slash(orchestrator, faultRound, fraction);
        // Nothing was taken: the fault is forgiven.
        if (toll.fraction == 0) return (0, 0);

        (loss, bounty) = (toll.loss, toll.own / 2);
        emit Slashed(orchestrator, faultRound, fraction, loss, bounty, challenger, jailedUntil);

        // Interactions
        if (bounty != 0) TOKEN.safeTransfer(challenger, bounty);
        if (loss != bounty) TOKEN.safeTransfer(TREASURY, loss - bounty);
    }

    // --- Governance actions ---

    /// @inheritdoc IBondingFaults
    function pause() external restricted {
        _pause();
    }

    /// @inheritdoc IBondingFaults
    function unpause() external restricted {
        _unpause();
    }

    /// @inheritdoc IBondingFaults
    function setParameters(Parameters calldata newParameters) external restricted {
        _requireBounds(newParameters);
        uint256 notice = newParameters.commissionNotice;
        uint256 longest = TICKET_BROKER.longestValidity();
        require(notice > longest, BondingManagerNoticeTooShort(notice, longest));

        BondingManagerStorage storage $ = _storage();
        uint256 former = $.parameters.commissionNotice;
        if (notice != former) {
            uint256 round = ROUNDS_MANAGER.currentRound();
            $.formerNotice = uint8(_shortestNotice(round));
            $.formerNoticeUntil = uint32(Math.max($.formerNoticeUntil, round + former));
        }
        _storeParameters(newParameters);
    }

    // --- Views ---

    /// @dev The switch is kept where every action looks anyway.
    function paused() public view override returns (bool) {
        return _storage().clock.paused;
    }

    // --- Internals ---

    function _pause() internal override whenNotPaused {
        _storage().clock.paused = true;
        emit Paused(msg.sender);
    }

    function _unpause() internal override whenPaused {
        _storage().clock.paused = false;
        emit Unpaused(msg.sender);
    }

    /// @dev Only what governance has approved for receipts of the service in that round may settle disputes about them.
    function _requireModule(bytes32 service, uint256 faultRound) private view {
        address module = SERVICE_REGISTRY.verificationAt(service, faultRound).module;
        require(msg.sender == module, BondingManagerNotModule(msg.sender, module));
    }

    function _requireBounds(Parameters calldata p) private pure {
        require(
            p.minimumStake <= MAX_MINIMUM_STAKE,
            BondingManagerMinimumOutOfBounds(p.minimumStake, MAX_MINIMUM_STAKE)
        );
        require(
            p.minimumSelfStake <= p.minimumStake,
            BondingManagerMinimumOutOfBounds(p.minimumSelfStake, p.minimumStake)
        );
        _requireWithin(p.unbondingPeriod, 1, MAX_PERIOD);
        _requireWithin(p.commissionNotice, 1, MAX_COMMISSION_NOTICE);
        _requireWithin(p.challengeWindow, MIN_CHALLENGE_WINDOW, MAX_CHALLENGE_WINDOW);
        _requireWithin(p.jailPeriod, 1, MAX_JAIL_PERIOD);
        _requireWithin(p.faultAllowance, 0, MAX_FAULT_ALLOWANCE);
        _requireWithin(p.faultPeriod, 1, MAX_PERIOD);
    }

    function _storeParameters(Parameters calldata p) private {
        BondingManagerStorage storage $ = _storage();
        emit ParametersChanged($.parameters, p);
        $.parameters = p;
        $.clock.minimumStake = uint80(p.minimumStake);
        Ahead storage ahead = $.ahead;
        (ahead.unbondingPeriod, ahead.challengeWindow) = (p.unbondingPeriod, p.challengeWindow);
        (ahead.jailPeriod, ahead.faultAllowance) = (p.jailPeriod, p.faultAllowance);
    }

    function _requireWithin(uint256 have, uint256 least, uint256 most) private pure {
        require(have >= least && have <= most, BondingManagerPeriodOutOfBounds(have, least, most));
    }
}
