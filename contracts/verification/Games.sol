// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDisputeGame} from "../interfaces/IDisputeGame.sol";
import {Challenges} from "./Challenges.sol";

/// @title Games
/// @notice The moves between a challenger and one defender.
abstract contract Games is Challenges {
    // --- User actions ---

    /// @inheritdoc IDisputeGame
    function defend(bytes32 id, Claim calldata claim, bytes32[] calldata hashes) external payable nonReentrant {
        uint256 gasAtStart = gasleft();
        Challenge storage dispute = _open(id);
        _requireClaim(dispute, claim);
        uint256 bond = _defenceBond(dispute);
        require(msg.value == bond, DisputeGameBondMismatch(msg.value, bond));
        Game storage game = _storage().games[id][msg.sender];
        require(game.stage == Stage.None, DisputeGameExists(id));
        (uint256 passed, uint256 clock) = (block.timestamp - dispute.openedAt, dispute.clock);
        require(passed <= clock, DisputeGameClock(passed, clock));

        ++dispute.games;
        game.listHash = _listHash(claim.startHash, hashes, claim.finalHash);
        game.stage = Stage.ChallengersTurn;
        game.level = dispute.depth;
        game.since = uint32(block.timestamp);
        game.challengerClock = uint24(clock);
        game.defenderClock = uint24(clock - passed);
        emit Moved(id, msg.sender, Stage.ChallengersTurn, 0, hashes);
        game.costs = _costSince(gasAtStart, STORING_GAS);
    }

    /// @inheritdoc IDisputeGame
    function move(
        bytes32 id,
        address defender,
        bytes32[] calldata list,
        uint256 pick,
        bytes32[] calldata hashes
    ) external {
        uint256 gasAtStart = gasleft();
        Challenge storage dispute = _open(id);
        Game memory game = _storage().games[id][defender];
        _requireTurn(id, defender, dispute, game);
        require(game.level > 1, DisputeGameWrongLevel(game.level));
        _requireList(list, pick, game.listHash);

        bool isChallenger = game.stage == Stage.ChallengersTurn;
        uint256 left = _left(game);
        game.listHash = _listHash(list[pick - 1], hashes, list[pick]);
        if (isChallenger) game.challengerClock = uint24(left);
        else game.defenderClock = uint24(left);
        game.stage = isChallenger ? Stage.DefendersTurn : Stage.ChallengersTurn;
        --game.level;
        game.since = uint32(block.timestamp);
        emit Moved(id, defender, game.stage, pick, hashes);
        if (isChallenger) dispute.costs += _costSince(gasAtStart, STORING_GAS);
        else game.costs += _costSince(gasAtStart, STORING_GAS);
        _storage().games[id][defender] = game;
    }

    /// @inheritdoc IDisputeGame
    function prove(
        bytes32 id,
        address defender,
        Claim calldata claim,
        bytes32[] calldata list,
        uint256 pick,
        bytes calldata state,
        bytes calldata proof
    ) external nonReentrant {
        uint256 gasAtStart = gasleft();
        Challenge storage dispute = _open(id);
        _requireClaim(dispute, claim);
        Game memory game = _storage().games[id][defender];
        _requireTurn(id, defender, dispute, game);
        require(game.level == 1, DisputeGameWrongLevel(game.level));
        _requireList(list, pick, game.listHash);
        _left(game);
        bytes32 stateHash = keccak256(state);
        require(stateHash == list[pick - 1], DisputeGameStateMismatch(stateHash, list[pick - 1]));
        require(MACHINE.step(claim.program, state, proof) != list[pick], DisputeGameNoDisagreement(list[pick]));

        _endGame(id, defender, claim, game.stage == Stage.ChallengersTurn, gasAtStart);
    }

    /// @inheritdoc IDisputeGame
    function timeout(bytes32 id, address defender, Claim calldata claim) external nonReentrant {
        uint256 gasAtStart = gasleft();
        Challenge storage dispute = _open(id);
        _requireClaim(dispute, claim);
        Game memory game = _storage().games[id][defender];
        _requirePlayed(id, defender, game.stage);
        (uint256 passed, uint256 left) = _clock(game);
        require(passed > left, DisputeGameClock(passed, left));

        _endGame(id, defender, claim, game.stage == Stage.DefendersTurn, gasAtStart);
    }

    /// @inheritdoc IDisputeGame
    function release(bytes32 id, address defender) external nonReentrant {
        Challenge storage dispute = _storage().challenges[id];
        require(dispute.outcome == Outcome.Refuted, DisputeGameNotRefuted(id, dispute.outcome));
        Game storage game = _storage().games[id][defender];
        _requirePlayed(id, defender, game.stage);
        game.stage = Stage.Released;
        emit GameEnded(id, defender, Stage.Released);

        // Interactions
        _send(defender, _defenceBond(dispute));
    }

    // --- Views ---

    /// @inheritdoc IDisputeGame
    function defenceBondOf(bytes32 id) external view returns (uint256) {
        return _defenceBond(_storage().challenges[id]);
    }

    // --- Internals ---

    /// @dev The winner's move is paid for; anyone else's is not.
    function _endGame(
        bytes32 id,
        address defender,
        Claim calldata claim,
        bool isChallengers,
        uint256 gasAtStart
    ) private {
        Challenge storage dispute = _storage().challenges[id];
        Game storage game = _storage().games[id][defender];
        uint256 bond = _defenceBond(dispute);
        --dispute.games;
        if (isChallengers) {
            game.stage = Stage.Lost;
            dispute.pot += uint96(bond);
            emit GameEnded(id, defender, Stage.Lost);
            if (msg.sender == dispute.challenger) dispute.costs += _costSince(gasAtStart, STORING_GAS);
            return;
        }
        game.stage = Stage.Won;
        _end(dispute, Outcome.Refuted);
        (uint256 lost, uint256 pot, uint256 costs) = (dispute.bond, dispute.pot, game.costs);
        emit GameEnded(id, defender, Stage.Won);
        emit ChallengeSettled(id, Outcome.Refuted, 0, 0);

        // Interactions
        BONDING_MANAGER.closeDispute(claim.service, dispute.orchestrator, claim.faultRound);
        if (msg.sender == defender) costs += _costSince(gasAtStart, PAYING_GAS);
        _payWinner(defender, bond, lost + pot, costs);
    }

    /// @dev {wei ETH} The challenger's, undoubled.
    function _defenceBond(Challenge storage dispute) private view returns (uint256) {
        return dispute.bond >> dispute.doublings;
    }

    function _requirePlayed(bytes32 id, address defender, Stage stage) private pure {
        bool isPlayed = stage == Stage.ChallengersTurn || stage == Stage.DefendersTurn;
        require(isPlayed, DisputeGameNotPlayed(id, defender, stage));
    }

    function _requireTurn(bytes32 id, address defender, Challenge storage dispute, Game memory game) private view {
        _requirePlayed(id, defender, game.stage);
        address mover = game.stage == Stage.ChallengersTurn ? dispute.challenger : defender;
        require(msg.sender == mover, DisputeGameNotParty(msg.sender, mover));
    }

    /// @dev {s} Since the last move, and what the side that is to move had left then.
    function _clock(Game memory game) private view returns (uint256 passed, uint256 left) {
        passed = block.timestamp - game.since;
        left = game.stage == Stage.ChallengersTurn ? game.challengerClock : game.defenderClock;
    }

    /// @dev {s} What the side that is to move has left.
    function _left(Game memory game) private view returns (uint256) {
        (uint256 passed, uint256 left) = _clock(game);
        require(passed <= left, DisputeGameClock(passed, left));
        return left - passed;
    }

    function _requireList(bytes32[] calldata list, uint256 pick, bytes32 need) private view {
        require(list.length == ARITY + 1, DisputeGameListLength(list.length, ARITY + 1));
        bytes32 have = keccak256(abi.encodePacked(list));
        require(have == need, DisputeGameListMismatch(have, need));
        _requireWithin(pick, 1, ARITY);
    }

    /// @dev Of the list that begins with `first` and goes on with `hashes`, which has to end elsewhere than at `disputed`.
    function _listHash(bytes32 first, bytes32[] calldata hashes, bytes32 disputed) private view returns (bytes32) {
        require(hashes.length == ARITY, DisputeGameListLength(hashes.length, ARITY));
        require(hashes[ARITY - 1] != disputed, DisputeGameNoDisagreement(disputed));
        return keccak256(abi.encodePacked(first, hashes));
    }
}
