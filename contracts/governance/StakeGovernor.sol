// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {GovernorCountingOverridableUpgradeable} from "@openzeppelin/contracts-upgradeable/governance/extensions/GovernorCountingOverridableUpgradeable.sol";
import {GovernorVotesUpgradeable} from "@openzeppelin/contracts-upgradeable/governance/extensions/GovernorVotesUpgradeable.sol";
import {IERC5805} from "@openzeppelin/contracts/interfaces/IERC5805.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IStakeGovernor} from "../interfaces/IStakeGovernor.sol";
import {IStakeVotes} from "../interfaces/IStakeVotes.sol";

/// @title StakeGovernor
/// @notice Who may ask for a vote, and who has which vote: the same for changes and for polls.
abstract contract StakeGovernor is IStakeGovernor, GovernorCountingOverridableUpgradeable {
    // --- Immutables ---

    /// @notice {BondingManager}, whose stake votes.
    IStakeVotes public immutable STAKE;

    // --- Storage ---

    /// @custom:storage-location erc7201:streamflow.storage.StakeGovernor
    struct StakeGovernorStorage {
        mapping(address proposer => uint256 proposalId) latest;
    }

    // keccak256(abi.encode(uint256(keccak256("streamflow.storage.StakeGovernor")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant STORAGE = 0x85efd8a33ad1ca73f329ba3b25372d3a08e65e2471afbf4b8c534d383df40e00;

    constructor(IStakeVotes stake) {
        STAKE = stake;
    }

    // --- User actions ---

    /// @notice Asks for a vote on calls.
    /// @dev Who may call: whoever has stake of the threshold, behind an orchestrator or as one, and no other proposal open: so each open one ties up stake of its own.
    function propose(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        string memory description
    ) public virtual override returns (uint256 proposalId) {
        address proposer = msg.sender;
        require(_isValidDescriptionForProposer(proposer, description), GovernorRestrictedProposer(proposer));
        (uint256 stake, uint256 threshold) = (stakeOf(proposer), proposalThreshold());
        require(stake >= threshold, GovernorInsufficientProposerVotes(proposer, stake, threshold));

        uint256 former = _storage().latest[proposer];
        if (former != 0) {
            ProposalState former_ = state(former);
            require(
                former_ != ProposalState.Pending && former_ != ProposalState.Active,
                StakeGovernorProposalOpen(proposer, former)
            );
        }
        proposalId = _propose(targets, values, calldatas, description, proposer);
        _storage().latest[proposer] = proposalId;
    }

    // --- Views ---

    /// @inheritdoc GovernorVotesUpgradeable
    /// @dev Not what the base class would keep in storage: `deploy status` compares immutables with the sources, so it compares what votes are really read from.
    function token() public view virtual override returns (IERC5805) {
        return STAKE;
    }

    /// @inheritdoc IStakeGovernor
    function stakeOf(address account) public view returns (uint256) {
        uint256 round = clock() - 1;
        return Math.max(getVotes(account, round), STAKE.getPastBalanceOf(account, round));
    }

    /// @inheritdoc IStakeGovernor
    function latestProposalOf(address proposer) external view returns (uint256) {
        return _storage().latest[proposer];
    }

    // --- Internals ---

    function _storage() private pure returns (StakeGovernorStorage storage $) {
        assembly ("memory-safe") {
            $.slot := STORAGE
        }
    }
}
