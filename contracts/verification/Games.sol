// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDisputeGame} from "../interfaces/IDisputeGame.sol";
import {Lists} from "../libraries/Lists.sol";
import {Challenges} from "./Challenges.sol";

/// @title Games
/// @notice The moves between a challenger and one defender.
abstract contract Games is Challenges {
    // --- User actions ---

    /// @inheritdoc IDisputeGame
    function defend(
        bytes32 id,
        Claim calldata claim,
        uint256 pick,
        bytes32[] calldata shown,
        bytes32[] calldata hashes
    ) external payable nonReentrant {
        uint256 gasAtStart = gasleft();
        Challenge storage stored = _open(id, claim);
        require(msg.value == claim.defenceBond, DisputeGameBondMismatch(msg.value, claim.defenceBond));
        Game memory game = _storage().games[id][claim.challenger][msg.sender];
        require(game.stage == Stage.None, DisputeGameExists(id));
        uint256 passed = block.timestamp - claim.openedAt;
        require(passed <= claim.clock, DisputeGameClock(passed, claim.clock));
        _requireShown(pick, shown, claim.listRoot);

        ++stored.games;
        (game.challengerClock, game.defenderClock) = (uint24(claim.clock), uint24(claim.clock - passed));
        game.level = uint8(claim.depth);
        game.gasPriceCap = uint32(claim.gasPriceCap);
        _advance(id, msg.sender, game, pick, shown, hashes);
        game.stage = Stage.ChallengersTurn;
        game.defenderCosts = _costSince(gasAtStart, STARTING_GAS, claim.gasPriceCap);
        _storage().games[id][claim.challenger][msg.sender] = game;
    }

    /// @inheritdoc IDisputeGame
    /// @dev Whether the challenge is open is not asked: after its end a move moves no money.
    function move(
        bytes32 id,
        address challenger,
        address defender,
        uint256 pick,
        bytes32[] calldata shown,
        bytes32[] calldata hashes
    ) external {
        uint256 gasAtStart = gasleft();
        Game memory game = _storage().games[id][challenger][defender];
        _requireTurn(id, challenger, defender, game);
        require(game.level > 1, DisputeGameWrongLevel(game.level));
        _requireShown(pick, shown, game.listRoot);

        uint24 left = _left(game);
        _advance(id, defender, game, pick, shown, hashes);
        if (game.stage == Stage.ChallengersTurn) {
            (game.stage, game.challengerClock) = (Stage.DefendersTurn, left);
            game.challengerCosts += _costSince(gasAtStart, MOVING_GAS, game.gasPriceCap);
        } else {
            (game.stage, game.defenderClock) = (Stage.ChallengersTurn, left);
            game.defenderCosts += _costSince(gasAtStart, MOVING_GAS, game.gasPriceCap);
        }
        _storage().games[id][challenger][defender] = game;
    }

    /// @inheritdoc IDisputeGame
    function prove(
        bytes32 id,
        address defender,
        Claim calldata claim,
        uint256 pick,
        bytes32[] calldata shown,
        bytes calldata state,
        bytes calldata proof
    ) external nonReentrant {
        uint256 gasAtStart = gasleft();
        Challenge storage stored = _open(id, claim);
        Game memory game = _storage().games[id][claim.challenger][defender];
        _requireTurn(id, claim.challenger, defender, game);
        require(game.level == 1, DisputeGameWrongLevel(game.level));
        _requireShown(pick, shown, game.listRoot);
        _left(game);
        bytes32 stateHash = keccak256(state);
        require(stateHash == shown[0], DisputeGameStateMismatch(stateHash, shown[0]));
        require(MACHINE.step(claim.program, state, proof) != shown[1], DisputeGameNoDisagreement(shown[1]));

        _endGame(id, defender, claim, stored, game.stage == Stage.ChallengersTurn, gasAtStart);
    }

    /// @inheritdoc IDisputeGame
    function timeout(bytes32 id, address defender, Claim calldata claim) external nonReentrant {
        uint256 gasAtStart = gasleft();
        Challenge storage stored = _open(id, claim);
        Game memory game = _storage().games[id][claim.challenger][defender];
        _requirePlayed(id, defender, game.stage);
        (uint256 passed, uint256 left) = _clock(game);
        require(passed > left, DisputeGameClock(passed, left));

        _endGame(id, defender, claim, stored, game.stage == Stage.DefendersTurn, gasAtStart);
    }

    /// @inheritdoc IDisputeGame
    function release(bytes32 id, address defender, Claim calldata claim) external nonReentrant {
        Challenge storage stored = _storage().challenges[id];
        require(stored.outcome == Outcome.Refuted, DisputeGameNotRefuted(id, stored.outcome));
        _requireClaim(stored, claim);
        Game storage game = _storage().games[id][claim.challenger][defender];
        _requirePlayed(id, defender, game.stage);
        game.stage = Stage.Released;
        emit GameEnded(id, defender, Stage.Released);

        // Interactions
        _send(defender, claim.defenceBond);
    }

    // --- Internals ---

    /// @dev Goes from the other side's list to one within it.
    function _advance(
        bytes32 id,
        address defender,
        Game memory game,
        uint256 pick,
        bytes32[] calldata shown,
        bytes32[] calldata hashes
    ) private {
        require(hashes.length == ARITY, DisputeGameListLength(hashes.length, ARITY));
        require(hashes[ARITY - 1] != shown[1], DisputeGameNoDisagreement(shown[1]));
        game.listRoot = Lists.rootOf(shown[0], hashes);
        game.since = uint32(block.timestamp);
        --game.level;
        emit Moved(id, defender, pick, hashes);
    }

    /// @dev The winner's move is paid for; anyone else's is not.
    function _endGame(
        bytes32 id,
        address defender,
        Claim calldata claim,
        Challenge storage stored,
        bool isChallengers,
        uint256 gasAtStart
    ) private {
        Game storage game = _storage().games[id][claim.challenger][defender];
        --stored.games;
        if (isChallengers) {
            game.stage = Stage.Lost;
            emit GameEnded(id, defender, Stage.Lost);
            stored.pot += uint112(claim.defenceBond);
            uint256 spent = game.challengerCosts;
            if (msg.sender == claim.challenger) spent += _costSince(gasAtStart, STORING_GAS, claim.gasPriceCap);
            stored.costs += uint112(spent);
            return;
        }
        game.stage = Stage.Won;
        stored.outcome = Outcome.Refuted;
        emit GameEnded(id, defender, Stage.Won);
        emit ChallengeSettled(id, Outcome.Refuted, 0, 0);
        uint256 costs = game.defenderCosts;

        // Interactions
        BONDING_MANAGER.closeDispute(claim.service, claim.orchestrator, claim.faultRound);
        if (msg.sender == defender) costs += _costSince(gasAtStart, PAYING_GAS, claim.gasPriceCap);
        _payWinner(defender, claim.defenceBond, claim.bond + stored.pot, costs);
    }

    function _requirePlayed(bytes32 id, address defender, Stage stage) private pure {
        bool isPlayed = stage == Stage.ChallengersTurn || stage == Stage.DefendersTurn;
        require(isPlayed, DisputeGameNotPlayed(id, defender, stage));
    }

    function _requireTurn(bytes32 id, address challenger, address defender, Game memory game) private view {
        _requirePlayed(id, defender, game.stage);
        address mover = game.stage == Stage.ChallengersTurn ? challenger : defender;
        require(msg.sender == mover, DisputeGameNotParty(msg.sender, mover));
    }

    /// @dev {s} Since the last move, and what the side that is to move had left then.
    function _clock(Game memory game) private view returns (uint256 passed, uint256 left) {
        passed = block.timestamp - game.since;
        left = game.stage == Stage.ChallengersTurn ? game.challengerClock : game.defenderClock;
    }

    /// @dev {s} What the side that is to move has left.
    function _left(Game memory game) private view returns (uint24) {
        (uint256 passed, uint256 left) = _clock(game);
        require(passed <= left, DisputeGameClock(passed, left));
        return uint24(left - passed);
    }

    function _requireShown(uint256 pick, bytes32[] calldata shown, bytes32 need) private view {
        require(shown.length == SHOWN, DisputeGameListLength(shown.length, SHOWN));
        _requireWithin(pick, 1, ARITY);
        bytes32 have = Lists.rootFrom(pick - 1, shown);
        require(have == need, DisputeGameListMismatch(have, need));
    }
}
