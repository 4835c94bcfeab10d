// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManagedUpgradeable} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {IBonding} from "../interfaces/IBonding.sol";
import {IDisputeGame} from "../interfaces/IDisputeGame.sol";
import {DisputeState} from "./DisputeState.sol";
import {Games} from "./Games.sol";

/// @title DisputeGame
contract DisputeGame is Games, AccessManagedUpgradeable {
    // --- Constants ---

    // Private, so that the code stays small: the error that names a bound has it, too.

    /// @dev {s} Shortest window to open a challenge.
    uint256 private constant MIN_OPENING_WINDOW = 10 minutes;
    /// @dev {s} Shortest clock of a side.
    uint256 private constant MIN_CLOCK = 1 minutes;
    /// @dev {s} Longest clock of a side.
    uint256 private constant MAX_CLOCK = 7 days;
    /// @dev {1e18 = 1} Most that a fault takes.
    uint256 private constant MAX_SLASH_FRACTION = 0.5e18;
    /// @dev {gwei/gas} Highest price cap.
    uint256 private constant MAX_GAS_PRICE_CAP = 10_000;
    /// @dev {wei ETH} Highest penalty.
    uint256 private constant MAX_PENALTY = 10 ether;

    // --- Initialization ---

    /// @param arity {1} A power of 2, from 2 to 16.
    constructor(Relations memory relations, uint256 arity) DisputeState(relations, arity) {
        _disableInitializers();
    }

    /// @inheritdoc IDisputeGame
    function initialize(address authority, Parameters calldata parameters_) external initializer {
        __AccessManaged_init(authority);
        _setParameters(parameters_);
    }

    // --- Governance actions ---

    /// @inheritdoc IDisputeGame
    function pause() external restricted {
        _pause();
    }

    /// @inheritdoc IDisputeGame
    function unpause() external restricted {
        _unpause();
    }

    /// @inheritdoc IDisputeGame
    function setParameters(Parameters calldata newParameters) external restricted {
        _setParameters(newParameters);
    }

    // --- Internals ---

    function _setParameters(Parameters calldata p) private {
        IBonding.Parameters memory bonding = BONDING_MANAGER.parameters();
        _requireWithin(p.openingWindow, MIN_OPENING_WINDOW, bonding.challengeWindow);
        _requireWithin(p.clock, MIN_CLOCK, MAX_CLOCK);
        _requireWithin(p.slashFraction, 1, MAX_SLASH_FRACTION);
        _requireWithin(p.gasPriceCap, 0, MAX_GAS_PRICE_CAP);
        _requireWithin(p.penalty, 1, MAX_PENALTY);
        uint256 roundLength = ROUNDS_MANAGER.roundLength();
        uint256 have = bonding.unbondingPeriod * roundLength;
        uint256 need = p.openingWindow + 2 * uint256(p.clock) + roundLength;
        require(have >= need, DisputeGameUnbondingTooShort(have, need));
        emit ParametersChanged(_storage().parameters, p);
        _storage().parameters = p;
    }
}
