// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {GovernorUpgradeable} from "@openzeppelin/contracts-upgradeable/governance/GovernorUpgradeable.sol";
import {GovernorSettingsUpgradeable} from "@openzeppelin/contracts-upgradeable/governance/extensions/GovernorSettingsUpgradeable.sol";
import {GovernorTimelockAccessUpgradeable} from "@openzeppelin/contracts-upgradeable/governance/extensions/GovernorTimelockAccessUpgradeable.sol";
import {GovernorVotesUpgradeable} from "@openzeppelin/contracts-upgradeable/governance/extensions/GovernorVotesUpgradeable.sol";
import {GovernorVotesQuorumFractionUpgradeable} from "@openzeppelin/contracts-upgradeable/governance/extensions/GovernorVotesQuorumFractionUpgradeable.sol";
import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {IERC5805} from "@openzeppelin/contracts/interfaces/IERC5805.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IConsistency} from "../interfaces/IConsistency.sol";
import {IProtocolGovernor} from "../interfaces/IProtocolGovernor.sol";
import {IStakeVotes} from "../interfaces/IStakeVotes.sol";
import {StakeGovernor} from "./StakeGovernor.sol";

/// @title ProtocolGovernor
contract ProtocolGovernor is
    IProtocolGovernor,
    StakeGovernor,
    GovernorSettingsUpgradeable,
    GovernorVotesQuorumFractionUpgradeable,
    GovernorTimelockAccessUpgradeable
{
    // --- Constants ---

    /// @notice {round} Longest voting delay.
    uint256 public constant MAX_VOTING_DELAY = 30;
    /// @notice {round} Longest voting period.
    uint256 public constant MAX_VOTING_PERIOD = 90;
    /// @notice {wei LPT} Lowest proposal threshold.
    uint256 public constant MIN_PROPOSAL_THRESHOLD = 1e18;
    /// @notice {wei LPT} Highest proposal threshold.
    uint256 public constant MAX_PROPOSAL_THRESHOLD = 100_000e18;
    /// @notice {1 of 100} Lowest quorum.
    uint256 public constant MIN_QUORUM = 5;
    /// @notice {1 of 100} Highest quorum.
    uint256 public constant MAX_QUORUM = 67;

    /// @dev The AccessManager's administrator.
    uint64 private constant ADMIN_ROLE = 0;

    // --- Immutables ---

    /// @notice What every proposal has to leave in order.
    IConsistency public immutable CONSISTENCY;

    // --- Initialization ---

    constructor(IStakeVotes stake, IConsistency consistency) StakeGovernor(stake) {
        CONSISTENCY = consistency;
        _disableInitializers();
    }

    /// @inheritdoc IProtocolGovernor
    /// @dev `GovernorVotesUpgradeable` is not initialized: it would keep a token that nobody reads (`StakeGovernor.token`).
    /// @custom:oz-upgrades-unsafe-allow incorrect-initializer-order
    function initialize(address authority, Settings calldata settings) external initializer {
        __Governor_init("Streamflow Governor");
        __GovernorSettings_init(settings.votingDelay, settings.votingPeriod, settings.proposalThreshold);
        __GovernorVotesQuorumFraction_init(settings.quorum);
        __GovernorTimelockAccess_init(authority, settings.timelock);
        _requireConsistent();
    }

    // --- User actions ---

    /// @notice Refuses ETH: what governance spends is in the Treasury.
    receive() external payable override {
        revert GovernorDisabledDeposit();
    }

    /// @inheritdoc IGovernor
    function propose(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        string memory description
    ) public override(GovernorUpgradeable, StakeGovernor, GovernorTimelockAccessUpgradeable) returns (uint256) {
        return super.propose(targets, values, calldatas, description);
    }

    // --- Views ---

    /// @inheritdoc IProtocolGovernor
    function timelock() public view returns (uint256) {
        (, uint32 demanded) = accessManager().hasRole(ADMIN_ROLE, address(this));
        return Math.max(baseDelaySeconds(), demanded);
    }

    /// @inheritdoc StakeGovernor
    function token() public view override(GovernorVotesUpgradeable, StakeGovernor) returns (IERC5805) {
        return super.token();
    }

    /// @inheritdoc IGovernor
    function votingDelay() public view override(GovernorUpgradeable, GovernorSettingsUpgradeable) returns (uint256) {
        return super.votingDelay();
    }

    /// @inheritdoc IGovernor
    function votingPeriod() public view override(GovernorUpgradeable, GovernorSettingsUpgradeable) returns (uint256) {
        return super.votingPeriod();
    }

    /// @inheritdoc IGovernor
    function proposalThreshold()
        public
        view
        override(GovernorUpgradeable, GovernorSettingsUpgradeable)
        returns (uint256)
    {
        return super.proposalThreshold();
    }

    /// @inheritdoc IGovernor
    function quorum(
        uint256 round
    ) public view override(GovernorUpgradeable, GovernorVotesQuorumFractionUpgradeable) returns (uint256) {
        return super.quorum(round);
    }

    /// @inheritdoc IGovernor
    function proposalNeedsQueuing(
        uint256 proposalId
    ) public view override(GovernorUpgradeable, GovernorTimelockAccessUpgradeable) returns (bool) {
        return super.proposalNeedsQueuing(proposalId);
    }

    // --- Internals ---

    function _queueOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(GovernorUpgradeable, GovernorTimelockAccessUpgradeable) returns (uint48) {
        return super._queueOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    /// @dev Whatever a proposal changed, and in which order: at its end everything has to fit.
    function _executeOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(GovernorUpgradeable, GovernorTimelockAccessUpgradeable) {
        super._executeOperations(proposalId, targets, values, calldatas, descriptionHash);
        _requireConsistent();
    }

    function _cancel(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(GovernorUpgradeable, GovernorTimelockAccessUpgradeable) returns (uint256) {
        return super._cancel(targets, values, calldatas, descriptionHash);
    }

    function _setVotingDelay(uint48 newVotingDelay) internal override {
        _requireWithin(newVotingDelay, 0, MAX_VOTING_DELAY);
        super._setVotingDelay(newVotingDelay);
    }

    function _setVotingPeriod(uint32 newVotingPeriod) internal override {
        _requireWithin(newVotingPeriod, 1, MAX_VOTING_PERIOD);
        super._setVotingPeriod(newVotingPeriod);
    }

    function _setProposalThreshold(uint256 newProposalThreshold) internal override {
        _requireWithin(newProposalThreshold, MIN_PROPOSAL_THRESHOLD, MAX_PROPOSAL_THRESHOLD);
        super._setProposalThreshold(newProposalThreshold);
    }

    function _updateQuorumNumerator(uint256 newQuorumNumerator) internal override {
        _requireWithin(newQuorumNumerator, MIN_QUORUM, MAX_QUORUM);
        super._updateQuorumNumerator(newQuorumNumerator);
    }

    function _requireConsistent() private view {
        CONSISTENCY.requireConsistent(votingDelay() + votingPeriod(), timelock());
    }

    function _requireWithin(uint256 have, uint256 least, uint256 most) private pure {
        require(have >= least && have <= most, ProtocolGovernorOutOfBounds(have, least, most));
    }
}
