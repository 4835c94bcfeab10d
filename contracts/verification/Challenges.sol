// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {IBonding} from "../interfaces/IBonding.sol";
import {IDisputeGame} from "../interfaces/IDisputeGame.sol";
import {IMachine} from "../interfaces/IMachine.sol";
import {IServiceRegistry} from "../interfaces/IServiceRegistry.sol";
import {IVerificationFunction} from "../interfaces/IVerificationFunction.sol";
import {MachineState} from "../libraries/MachineState.sol";
import {Receipts} from "../libraries/Receipts.sol";
import {Bonds} from "./Bonds.sol";

/// @title Challenges
/// @notice How a dispute begins and how it ends.
abstract contract Challenges is Bonds {
    using MachineState for bytes;

    /// @notice {bytes} Longest source and output: a region of the machine's memory.
    uint256 public constant MAX_SEGMENT = 2 ** 26;
    /// @notice {1} Most doublings of a bond.
    uint256 public constant MAX_DOUBLINGS = 64;

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
        bytes calldata finalState
    ) external payable whenNotPaused nonReentrant returns (bytes32 id) {
        uint256 gasAtStart = gasleft();
        address orchestrator = evidence.receipt.orchestrator;
        uint256 round = _requireInWindow(evidence.receipt.timestamp);
        _requireJudge(evidence.receipt, round);
        id = _requireSigned(evidence, round);
        uint256 depth = _requireFault(finalState, evidence.receipt.stepBound);
        Claim memory claim = Claim({
            service: evidence.receipt.service,
            program: evidence.receipt.program,
            startHash: _startHash(evidence),
            finalHash: keccak256(finalState),
            faultRound: round
        });
        _begin(id, orchestrator, claim, depth);
        emit ClaimMade(id, claim, depth, evidence, finalState);

        // Interactions
        BONDING_MANAGER.openDispute(claim.service, orchestrator, round);
        _storage().challenges[id].costs = _costSince(gasAtStart, STORING_GAS);
    }

    // --- End ---

    /// @inheritdoc IDisputeGame
    function settle(bytes32 id, Claim calldata claim) external nonReentrant {
        uint256 gasAtStart = gasleft();
        Challenge storage stored = _open(id);
        _requireClaim(stored, claim);
        uint256 until = uint256(stored.openedAt) + stored.clock;
        require(block.timestamp > until && stored.games == 0, DisputeGameNotSettleable(until, stored.games));
        _end(stored, Outcome.Sustained);

        // Interactions
        (uint256 loss, uint256 bounty) = _slash(stored, claim);
        BONDING_MANAGER.closeDispute(claim.service, stored.orchestrator, claim.faultRound);
        emit ChallengeSettled(id, Outcome.Sustained, loss, bounty);
        uint256 costs = stored.costs;
        if (msg.sender == stored.challenger) costs += _costSince(gasAtStart, PAYING_GAS);
        _payWinner(stored.challenger, stored.bond, stored.pot, costs);
    }

    // --- Views ---

    /// @inheritdoc IVerificationFunction
    function bondFor(address orchestrator) external view returns (uint256) {
        return _baseBond(_storage().parameters) << _storage().openAgainst[orchestrator];
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

    function _begin(bytes32 id, address orchestrator, Claim memory claim, uint256 depth) private {
        DisputeGameStorage storage $ = _storage();
        require($.challenges[id].outcome == Outcome.None, DisputeGameExists(id));
        Parameters memory p = $.parameters;
        uint256 doublings = $.openAgainst[orchestrator]++;
        _requireWithin(doublings, 0, MAX_DOUBLINGS);
        uint256 bond = _baseBond(p) << doublings;
        require(msg.value == bond, DisputeGameBondMismatch(msg.value, bond));

        $.challenges[id] = Challenge({
            claimHash: keccak256(abi.encode(claim)),
            challenger: msg.sender,
            openedAt: uint32(block.timestamp),
            clock: p.clock,
            depth: uint8(depth),
            outcome: Outcome.Open,
            doublings: uint8(doublings),
            games: 0,
            orchestrator: orchestrator,
            pot: 0,
            bond: uint96(bond),
            costs: 0,
            slashFraction: p.slashFraction
        });
        emit ChallengeOpened(id, orchestrator, msg.sender, claim.service, claim.faultRound, bond);
    }

    function _open(bytes32 id) internal view returns (Challenge storage stored) {
        stored = _storage().challenges[id];
        require(stored.outcome == Outcome.Open, DisputeGameNotOpen(id, stored.outcome));
    }

    function _requireClaim(Challenge storage stored, Claim calldata claim) internal view {
        bytes32 have = keccak256(abi.encode(claim));
        require(have == stored.claimHash, DisputeGameClaimMismatch(have, stored.claimHash));
    }

    function _end(Challenge storage stored, Outcome outcome) internal {
        stored.outcome = outcome;
        --_storage().openAgainst[stored.orchestrator];
    }

    /// @dev Faults of a round are judged once: a second one takes nothing. Any other refusal, too little gas among them, is one of this call.
    function _slash(Challenge storage stored, Claim calldata claim) private returns (uint256 loss, uint256 bounty) {
        try
            BONDING_MANAGER.slash(
                claim.service,
                stored.orchestrator,
                claim.faultRound,
                stored.slashFraction,
                stored.challenger
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

    /// @return depth {1} Least number of at least 1 with ARITY^depth ≥ the steps of the run.
    function _requireFault(bytes calldata finalState, uint256 stepBound) private view returns (uint256 depth) {
        _requireWithin(finalState.length, MachineState.LENGTH, MachineState.LENGTH);
        bytes memory state = MachineState.copy(finalState);
        (uint256 status, uint256 verdict) = (state.status(), state.verdict());
        require(
            (status == MachineState.HALTED || status == MachineState.TRAPPED) && verdict == FAULT,
            DisputeGameNoFault(status, verdict)
        );
        uint256 steps = state.step();
        _requireWithin(steps, 1, stepBound);
        depth = 1;
        for (uint256 reach = ARITY; reach < steps; reach *= ARITY) ++depth;
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
