// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {IBonding} from "../interfaces/IBonding.sol";
import {IDisputeGame} from "../interfaces/IDisputeGame.sol";
import {IMachine} from "../interfaces/IMachine.sol";
import {IServiceRegistry} from "../interfaces/IServiceRegistry.sol";
import {IVerificationFunction} from "../interfaces/IVerificationFunction.sol";
import {Lists} from "../libraries/Lists.sol";
import {MachineState} from "../libraries/MachineState.sol";
import {Receipts} from "../libraries/Receipts.sol";
import {Bonds} from "./Bonds.sol";

/// @title Challenges
/// @notice How a dispute begins and how it ends.
abstract contract Challenges is Bonds {
    using MachineState for bytes;

    /// @dev {bytes} Longest source and output: a region of the machine's memory.
    uint256 private constant MAX_SEGMENT = 2 ** 26;
    /// @dev {1} Most doublings of a bond.
    uint256 private constant MAX_DOUBLINGS = 64;

    /// @dev {bytes} Of {Claim}.
    uint256 private constant CLAIM_BYTES = 0x1a0;
    /// @dev What a program says of a faulty output.
    uint256 private constant FAULT = 2;

    // --- Keys ---

    /// @inheritdoc IDisputeGame
    function authorizeReceiptKey(address key, uint256 lastRound) external {
        uint256 round = ROUNDS_MANAGER.currentRound();
        require(lastRound >= round, DisputeGameKeyRoundOver(lastRound, round));
        _storage().receiptKeys[msg.sender][key] = lastRound;
        emit ReceiptKeyAuthorized(msg.sender, key, lastRound);
    }

    // --- Beginning ---

    /// @inheritdoc IVerificationFunction
    function challenge(
        Evidence calldata evidence,
        bytes calldata said
    ) external payable whenNotPaused nonReentrant returns (bytes32 id) {
        uint256 gasAtStart = gasleft();
        uint256 round = _requireInWindow(evidence.receipt.timestamp);
        _requireJudge(evidence.receipt, round);
        id = _requireSigned(evidence, round);
        Challenge storage stored = _storage().challenges[id];
        require(stored.outcome == Outcome.None, DisputeGameExists(id));
        stored.outcome = Outcome.Open;
        (Claim memory claim, bytes32 startHash) = _claim(evidence, said, round);

        // Interactions
        uint256 open = BONDING_MANAGER.openDispute(claim.service, claim.orchestrator, round);
        claim.bond = _bondOf(claim.defenceBond, open - 1);
        require(msg.value == claim.bond, DisputeGameBondMismatch(msg.value, claim.bond));
        emit ChallengeOpened(id, claim.orchestrator, msg.sender, claim.service, round, claim.bond);
        emit ClaimMade(id, claim, startHash, msg.data);
        bytes32 claimHash;
        assembly ("memory-safe") {
            claimHash := keccak256(claim, CLAIM_BYTES)
        }
        stored.claimHash = claimHash;
        stored.costs = _costSince(gasAtStart, STORING_GAS, claim.gasPriceCap);
    }

    // --- End ---

    /// @inheritdoc IDisputeGame
    function settle(bytes32 id, Claim calldata claim) external nonReentrant {
        uint256 gasAtStart = gasleft();
        Challenge storage stored = _open(id, claim);
        uint256 until = claim.openedAt + claim.clock;
        require(block.timestamp > until && stored.games == 0, DisputeGameNotSettleable(until, stored.games));
        stored.outcome = Outcome.Sustained;

        // Interactions
        (uint256 loss, uint256 bounty) = _slash(claim);
        BONDING_MANAGER.closeDispute(claim.service, claim.orchestrator, claim.faultRound);
        emit ChallengeSettled(id, Outcome.Sustained, loss, bounty);
        uint256 costs = stored.costs;
        if (msg.sender == claim.challenger) costs += _costSince(gasAtStart, PAYING_GAS, claim.gasPriceCap);
        _payWinner(claim.challenger, claim.bond, stored.pot, costs);
    }

    // --- Views ---

    /// @inheritdoc IVerificationFunction
    function bondFor(uint256 disputes) external view returns (uint256) {
        return _bondOf(_baseBond(_storage().parameters), disputes);
    }

    /// @inheritdoc IVerificationFunction
    function outcomeOf(bytes32 id) external view returns (Outcome) {
        return _storage().challenges[id].outcome;
    }

    /// @inheritdoc IDisputeGame
    function receiptKeyUntil(address orchestrator, address key) external view returns (uint256) {
        return _storage().receiptKeys[orchestrator][key];
    }

    // --- Internals ---

    /// @dev The challenge that is open, and the claim that belongs to it.
    function _open(bytes32 id, Claim calldata claim) internal view returns (Challenge storage stored) {
        stored = _storage().challenges[id];
        require(stored.outcome == Outcome.Open, DisputeGameNotOpen(id, stored.outcome));
        _requireClaim(stored, claim);
    }

    function _requireClaim(Challenge storage stored, Claim calldata claim) internal view {
        bytes32 have;
        // As abi.encode gives it: a word that has bits where its type has none is another claim.
        assembly ("memory-safe") {
            let data := mload(0x40)
            calldatacopy(data, claim, CLAIM_BYTES)
            have := keccak256(data, CLAIM_BYTES)
        }
        require(have == stored.claimHash, DisputeGameClaimMismatch(have, stored.claimHash));
    }

    /// @dev The claim, all but its bond, and the first hash of its list.
    /// @param said Final state ‖ the hashes between the first and the last.
    function _claim(
        Evidence calldata evidence,
        bytes calldata said,
        uint256 round
    ) private view returns (Claim memory claim, bytes32 startHash) {
        uint256 length = MachineState.LENGTH + 32 * (ARITY - 1);
        _requireWithin(said.length, length, length);
        Parameters memory p = _storage().parameters;
        startHash = _startHash(evidence);
        claim.service = evidence.receipt.service;
        claim.program = evidence.receipt.program;
        claim.listRoot = Lists.rootOf(startHash, _hashesOf(said));
        claim.orchestrator = evidence.receipt.orchestrator;
        claim.challenger = msg.sender;
        claim.faultRound = round;
        claim.openedAt = block.timestamp;
        claim.clock = p.clock;
        claim.depth = _requireFault(said, evidence.receipt.stepBound);
        claim.gasPriceCap = p.gasPriceCap;
        claim.slashFraction = p.slashFraction;
        claim.defenceBond = _baseBond(p);
    }

    /// @dev All of the list but its first.
    function _hashesOf(bytes calldata said) private view returns (bytes32[] memory hashes) {
        hashes = new bytes32[](ARITY);
        hashes[ARITY - 1] = keccak256(said[:MachineState.LENGTH]);
        bytes calldata rest = said[MachineState.LENGTH:];
        assembly ("memory-safe") {
            calldatacopy(add(hashes, 0x20), rest.offset, rest.length)
        }
    }

    /// @dev {wei ETH} Doubled for each dispute that is open already.
    function _bondOf(uint256 base, uint256 disputes) private pure returns (uint256) {
        _requireWithin(disputes, 0, MAX_DOUBLINGS);
        return base << disputes;
    }

    /// @dev Faults of a round are judged once: a second one takes nothing. Any other refusal, too little gas among them, is one of this call.
    function _slash(Claim calldata claim) private returns (uint256 loss, uint256 bounty) {
        try
            BONDING_MANAGER.slash(
                claim.service,
                claim.orchestrator,
                claim.faultRound,
                claim.slashFraction,
                claim.challenger
            )
        returns (uint256 loss_, uint256 bounty_) {
            return (loss_, bounty_);
        } catch (bytes memory reason) {
            if (bytes4(reason) == IBonding.BondingManagerSlashed.selector) return (0, 0);
            assembly ("memory-safe") {
                revert(add(reason, 0x20), mload(reason))
            }
        }
    }

    /// @return round {round} Of the receipt.
    function _requireInWindow(uint256 timestamp) private view returns (uint256 round) {
        uint256 until = timestamp + _storage().parameters.openingWindow;
        require(
            timestamp <= block.timestamp && block.timestamp <= until,
            DisputeGameNotInWindow(block.timestamp, timestamp, until)
        );
        return ROUNDS_MANAGER.roundAt(timestamp);
    }

    function _requireJudge(Receipts.Receipt calldata receipt, uint256 round) private view {
        IServiceRegistry.Verification memory judge = SERVICE_REGISTRY.verificationAt(receipt.service, round);
        require(
            judge.module == address(this) && judge.program == receipt.program,
            DisputeGameNotJudge(judge.module, judge.program)
        );
    }

    /// @return id Of the challenge.
    function _requireSigned(Evidence calldata evidence, uint256 round) private view returns (bytes32 id) {
        Receipts.Receipt calldata receipt = evidence.receipt;
        require(_isSender(receipt.sender, msg.sender, round), DisputeGameNotParty(msg.sender, receipt.sender));
        bytes32 separator = Receipts.domainSeparator(address(BONDING_MANAGER));

        bytes32 digest = Receipts.orderDigest(separator, receipt, evidence.orderTimestamp);
        address signer = Receipts.signerOf(digest, evidence.orderSignature);
        require(_isSender(receipt.sender, signer, round), DisputeGameInvalidSignature(signer, receipt.sender, digest));

        digest = Receipts.digestOf(separator, receipt);
        signer = Receipts.signerOf(digest, evidence.receiptSignature);
        require(
            signer != address(0) &&
                (signer == receipt.orchestrator || round <= _storage().receiptKeys[receipt.orchestrator][signer]),
            DisputeGameInvalidSignature(signer, receipt.orchestrator, digest)
        );
        return Hashes.efficientKeccak256(digest, bytes32(uint256(evidence.outputIndex)));
    }

    /// @dev The broadcaster, or a key that may sign its tickets of `round`.
    function _isSender(address sender, address account, uint256 round) private view returns (bool) {
        if (account == sender) return account != address(0);
        return account != address(0) && TICKET_BROKER.capOf(sender, account, round) != 0;
    }

    /// @return depth {1} Least number of at least 2 with ARITY^depth ≥ the steps of the run.
    function _requireFault(bytes calldata finalState, uint256 stepBound) private view returns (uint256 depth) {
        bytes memory state = MachineState.copy(finalState);
        (uint256 status, uint256 verdict) = (state.status(), state.verdict());
        require(
            (status == MachineState.HALTED || status == MachineState.TRAPPED) && verdict == FAULT,
            DisputeGameNoFault(status, verdict)
        );
        uint256 steps = state.step();
        _requireWithin(steps, 1, stepBound);
        depth = 2;
        for (uint256 reach = ARITY * ARITY; reach < steps; reach *= ARITY) ++depth;
    }

    function _startHash(Evidence calldata evidence) private view returns (bytes32) {
        Receipts.Receipt calldata receipt = evidence.receipt;
        uint256 index = evidence.outputIndex;
        require(index < receipt.outputs.length, DisputeGameNoSuchOutput(index, receipt.outputs.length));
        Receipts.Output calldata output = receipt.outputs[index];
        _requireWithin(receipt.sourceLength, 0, MAX_SEGMENT);
        _requireWithin(output.length, 0, MAX_SEGMENT);
        return
            MACHINE.startHash(
                IMachine.Start({
                    program: receipt.program,
                    parametersRoot: receipt.parametersRoot,
                    sourceRoot: receipt.sourceRoot,
                    sourceLength: uint32(receipt.sourceLength),
                    outputRoot: output.root,
                    outputLength: uint32(output.length),
                    outputIndex: evidence.outputIndex
                })
            );
    }

    function _requireWithin(uint256 have, uint256 least, uint256 most) internal pure {
        require(have >= least && have <= most, DisputeGameOutOfBounds(have, least, most));
    }
}
