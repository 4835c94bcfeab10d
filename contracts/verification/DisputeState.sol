// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PausableUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/PausableUpgradeable.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {IDisputeGame} from "../interfaces/IDisputeGame.sol";
import {IMachine} from "../interfaces/IMachine.sol";
import {IRoundsManager} from "../interfaces/IRoundsManager.sol";
import {IServiceRegistry} from "../interfaces/IServiceRegistry.sol";
import {ITicketBroker} from "../interfaces/ITicketBroker.sol";

/// @title DisputeState
/// @notice What the DisputeGame keeps and knows.
abstract contract DisputeState is IDisputeGame, PausableUpgradeable, ReentrancyGuardTransient {
    /// @notice Contracts that are fixed when the logic is deployed.
    struct Relations {
        /// @dev Executes the step.
        IMachine machine;
        /// @dev Tells the round.
        IRoundsManager roundsManager;
        /// @dev Holds the stake.
        IBondingManager bondingManager;
        /// @dev Says who judges a service.
        IServiceRegistry serviceRegistry;
        /// @dev Knows the keys of broadcasters.
        ITicketBroker ticketBroker;
        /// @dev Gets penalties.
        address treasury;
    }

    // --- Immutables ---

    /// @notice Executes the step.
    IMachine public immutable MACHINE;
    /// @notice Tells the round.
    IRoundsManager public immutable ROUNDS_MANAGER;
    /// @notice Holds the stake.
    IBondingManager public immutable BONDING_MANAGER;
    /// @notice Says who judges a service.
    IServiceRegistry public immutable SERVICE_REGISTRY;
    /// @notice Knows the keys of broadcasters.
    ITicketBroker public immutable TICKET_BROKER;
    /// @notice Gets penalties.
    address public immutable TREASURY;
    /// @notice {1} Into how many parts a move divides a range.
    uint256 public immutable ARITY;
    /// @dev {1} Hashes that a move shows of a list: two, and a path to the root.
    uint256 internal immutable SHOWN;

    // --- Storage ---

    /// @dev Must stay true:
    /// - balance ≥ Σ bond of open challenges + Σ bond of games that are being played, or could be released, + Σ pot + Σ kept;
    /// - V4: a challenge leaves `Open` once, and a game its turns once; each of their bonds is paid out then, once;
    /// - a dispute is open at the BondingManager for exactly the challenges that are open.
    /// @custom:storage-location erc7201:streamflow.storage.DisputeGame
    struct DisputeGameStorage {
        Parameters parameters;
        mapping(bytes32 id => Challenge) challenges;
        mapping(bytes32 id => mapping(address challenger => mapping(address defender => Game))) games;
        /// @dev {round} Last one; 0 for a key that never could.
        mapping(address orchestrator => mapping(address key => uint256)) receiptKeys;
        /// @dev {wei ETH}
        mapping(address account => uint256) kept;
    }

    // keccak256(abi.encode(uint256(keccak256("streamflow.storage.DisputeGame")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant STORAGE = 0xa248d1a5a87992846cf570fca0ff0ed6bb871eb4603057514ca274150a988a00;

    constructor(Relations memory relations, uint256 arity) {
        MACHINE = relations.machine;
        ROUNDS_MANAGER = relations.roundsManager;
        BONDING_MANAGER = relations.bondingManager;
        SERVICE_REGISTRY = relations.serviceRegistry;
        TICKET_BROKER = relations.ticketBroker;
        TREASURY = relations.treasury;
        ARITY = arity;
        SHOWN = 2 + Math.log2(arity);
    }

    // --- Views ---

    /// @inheritdoc IDisputeGame
    function challengeOf(bytes32 id) external view returns (Challenge memory) {
        return _storage().challenges[id];
    }

    /// @inheritdoc IDisputeGame
    function gameOf(bytes32 id, address challenger, address defender) external view returns (Game memory) {
        return _storage().games[id][challenger][defender];
    }

    /// @inheritdoc IDisputeGame
    function keptFor(address account) external view returns (uint256) {
        return _storage().kept[account];
    }

    /// @inheritdoc IDisputeGame
    function parameters() external view returns (Parameters memory) {
        return _storage().parameters;
    }

    // --- Internals ---

    function _storage() internal pure returns (DisputeGameStorage storage $) {
        assembly ("memory-safe") {
            $.slot := STORAGE
        }
    }
}
