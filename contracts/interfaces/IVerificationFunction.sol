// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Receipts} from "../libraries/Receipts.sol";

/// @title IVerificationFunction
/// @notice What a service of the registry points to: it settles whether a receipt's work was a fault, and slashes if it was. How it finds out is its own: a game over one step of a machine, a committee,
/// a proof. Source: Streamflow paper, "Verification"; LIP-6.
interface IVerificationFunction {
    /// @notice What has become of a challenge.
    enum Outcome {
        /// @dev There is none.
        None,
        /// @dev It is not known yet.
        Open,
        /// @dev It was a fault.
        Sustained,
        /// @dev It was none.
        Refuted
    }

    /// @notice What both parties signed about one output.
    struct Evidence {
        Receipts.Receipt receipt;
        /// @dev 65 bytes, by the orchestrator or one of its receipt keys.
        bytes receiptSignature;
        /// @dev {s, Unix} Of the order that the receipt answers.
        uint64 orderTimestamp;
        /// @dev 65 bytes, by the broadcaster or one of its keys.
        bytes orderSignature;
        /// @dev {1} Which of the receipt's outputs it is about, from 0.
        uint32 outputIndex;
    }

    /// @notice `challenger` says that work of `orchestrator` for `service`, of `faultRound`, is a fault, and left `bond` {wei ETH} for it.
    event ChallengeOpened(
        bytes32 indexed id,
        address indexed orchestrator,
        address indexed challenger,
        bytes32 service,
        uint256 faultRound,
        uint256 bond
    );
    /// @notice It is known now; if it was a fault, `loss` {wei LPT} was slashed, and `bounty` {wei LPT} of that went to the challenger. Both are 0 for a fault that is forgiven, and for one whose
    /// round was judged already.
    event ChallengeSettled(bytes32 indexed id, Outcome outcome, uint256 loss, uint256 bounty);

    /// @notice Says that an output is a fault, and why; emits {ChallengeOpened}. Stopped while paused.
    /// @dev Who may call: the receipt's sender, or a key that may sign its tickets in the receipt's round.
    ///
    /// Requirements:
    /// - this contract, with the receipt's program, is what the registry names for the receipt's service and round;
    /// - both signatures;
    /// - exactly {bondFor} is paid;
    /// - what the function asks of `claim`.
    /// @param claim What is claimed, in the form that this function reads.
    /// @return id keccak256(abi.encode(receipt's digest, outputIndex)). There is one challenge of it, ever.
    function challenge(Evidence calldata evidence, bytes calldata claim) external payable returns (bytes32 id);

    /// @notice {wei ETH} What a challenge needs now against an orchestrator with so many open disputes {1}: `getOrchestrator(…).disputes` of the BondingManager.
    function bondFor(uint256 disputes) external view returns (uint256);

    /// @notice What has become of challenge `id`.
    function outcomeOf(bytes32 id) external view returns (Outcome);
}
