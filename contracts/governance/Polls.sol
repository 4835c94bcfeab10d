// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {IPolls} from "../interfaces/IPolls.sol";
import {IStakeVotes} from "../interfaces/IStakeVotes.sol";
import {StakeGovernor} from "./StakeGovernor.sol";

/// @title Polls
contract Polls is IPolls, StakeGovernor {
    // --- Immutables ---

    /// @notice Whose delay, period, threshold and quorum hold here.
    IGovernor public immutable GOVERNOR;

    // --- Initialization ---

    constructor(IGovernor governor, IStakeVotes stake) StakeGovernor(stake) {
        GOVERNOR = governor;
        _disableInitializers();
    }

    /// @inheritdoc IPolls
    function initialize() external initializer {
        __Governor_init("Streamflow Polls");
    }

    // --- User actions ---

    /// @inheritdoc IPolls
    function createPoll(string calldata text) external returns (uint256 pollId) {
        return super.propose(new address[](1), new uint256[](1), new bytes[](1), text);
    }

    /// @inheritdoc IGovernor
    /// @dev Who may call: nobody.
    function propose(
        address[] memory,
        uint256[] memory,
        bytes[] memory,
        string memory
    ) public pure override returns (uint256) {
        revert PollsExecuteNothing();
    }

    /// @inheritdoc IGovernor
    /// @dev Who may call: nobody.
    function execute(
        address[] memory,
        uint256[] memory,
        bytes[] memory,
        bytes32
    ) public payable override returns (uint256) {
        revert PollsExecuteNothing();
    }

    // --- Views ---

    /// @inheritdoc IGovernor
    function votingDelay() public view override returns (uint256) {
        return GOVERNOR.votingDelay();
    }

    /// @inheritdoc IGovernor
    function votingPeriod() public view override returns (uint256) {
        return GOVERNOR.votingPeriod();
    }

    /// @inheritdoc IGovernor
    function proposalThreshold() public view override returns (uint256) {
        return GOVERNOR.proposalThreshold();
    }

    /// @inheritdoc IGovernor
    function quorum(uint256 round) public view override returns (uint256) {
        return GOVERNOR.quorum(round);
    }

    // --- Internals ---

    /// @dev Nothing is executed here: so ETH and tokens that ask are refused, and what only a proposal may call nobody may.
    function _executor() internal view override returns (address) {
        return address(GOVERNOR);
    }
}
