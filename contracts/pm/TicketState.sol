// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PausableUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/PausableUpgradeable.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IRoundsManager} from "../interfaces/IRoundsManager.sol";
import {ITicketBroker} from "../interfaces/ITicketBroker.sol";
import {RoundClock} from "../libraries/RoundClock.sol";
import {Windows} from "./Windows.sol";

/// @title TicketState
/// @notice What the TicketBroker keeps: the windows with the clock, and the fees of each round with its commitments.
abstract contract TicketState is ITicketBroker, PausableUpgradeable, ReentrancyGuardTransient {
    // --- Immutables ---

    /// @notice Tells the round.
    IRoundsManager public immutable ROUNDS_MANAGER;
    /// @notice Receives the fees of closed rounds.
    address public immutable BONDING_MANAGER;
    /// @notice Gets what is forfeited.
    address public immutable TREASURY;

    // --- Storage ---

    /// @dev {Sender}. One slot.
    struct Account {
        uint96 deposit;
        uint96 escrow;
        uint32 withdrawRound;
        /// @dev {1} How often its escrow has left, forfeited or withdrawn: it is liable for defaults since the last time.
        uint32 departures;
    }

    /// @dev {Default}.
    struct Debt {
        address sender;
        uint96 faceValue;
        uint32 curingRound;
        /// @dev {1} Of the sender's account, when it was claimed.
        uint32 departures;
        bool forfeited;
    }

    /// @dev Must stay true:
    /// - P1, P5: a commitment is closed only together with the payment of one full face value, or with a default of it;
    /// - P2: unlockPeriod > validity + 1 for every ticket alive; a ticket's validity never changes while it lives;
    /// - P3: an allocation shrinks by tickets of its recipient, or by what has been leaving for an unlock period; never less is there than leaves;
    /// - a cap for a round that has begun changes no more, but for a key's first authorization in that round;
    /// - `firstOpenRound` never falls (BondingManager relies on it);
    /// - S7: balance ≥ Σ deposit + Σ escrow + Σ allocation + Σ fees + handedOver;
    /// - a round has a bit in `feeRounds` exactly if fees were booked for it.
    /// @custom:storage-location erc7201:streamflow.storage.TicketBroker
    struct TicketBrokerStorage {
        Windows windows;
        mapping(address sender => Account) accounts;
        mapping(address sender => mapping(address recipient => Allocation)) allocations;
        mapping(address sender => mapping(address key => Signer)) signers;
        /// @dev See {Signers}.
        mapping(address sender => mapping(address key => mapping(uint256 creationRound => uint256))) uses;
        /// @dev From bit 0, {wei ETH} fees; from bit `FEE_BITS`, a bit for each of the first commitments, set = closed.
        mapping(address recipient => mapping(uint256 creationRound => uint256)) booked;
        /// @dev Further commitments, 256 a word.
        mapping(address recipient => mapping(uint256 creationRound => mapping(uint256 word => uint256))) closed;
        /// @dev A bit for each creation round with fees, 256 rounds a word. None is ever cleared.
        mapping(address recipient => mapping(uint256 word => uint256)) feeRounds;
        mapping(address recipient => mapping(uint256 creationRound => mapping(uint256 commitmentIndex => Debt))) debts;
        /// @dev {wei ETH} Fees in BondingManager's books that are still here.
        uint256 handedOver;
    }

    // keccak256(abi.encode(uint256(keccak256("streamflow.storage.TicketBroker")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant STORAGE = 0x87b831a58831efecb262f82895a006e5979f10a61d768b23f298b445c6ab5400;

    /// @dev All ETH there is stays below 2^96 wei, so that no sum of fees grows into the commitments.
    uint256 private constant FEE_BITS = 96;
    /// @dev {1} Commitments beside the fees.
    uint256 private constant FIRST_COMMITMENTS = 160;

    constructor(IRoundsManager roundsManager, address bondingManager, address treasury) {
        ROUNDS_MANAGER = roundsManager;
        BONDING_MANAGER = bondingManager;
        TREASURY = treasury;
    }

    // --- Views ---

    /// @dev The switch is kept where funding looks anyway.
    function paused() public view override returns (bool) {
        return _storage().windows.isPaused();
    }

    /// @inheritdoc ITicketBroker
    function feesOf(address recipient, uint256 creationRound) external view returns (uint256) {
        return uint96(_storage().booked[recipient][creationRound]);
    }

    /// @inheritdoc ITicketBroker
    function isClosed(address recipient, uint256 creationRound, uint256 commitmentIndex) external view returns (bool) {
        uint256 bit = _bitOf(commitmentIndex);
        if (bit == 0) return _isFurtherClosed(recipient, creationRound, commitmentIndex);
        return _storage().booked[recipient][creationRound] & bit != 0;
    }

    /// @inheritdoc ITicketBroker
    function lastRedemptionRound(uint256 creationRound) external view returns (uint256) {
        return _storage().windows.lastRoundOf(creationRound);
    }

    /// @inheritdoc ITicketBroker
    function firstOpenRound() external view returns (uint256) {
        return _present().firstOpenRound();
    }

    // --- Internals ---

    function _pause() internal override whenNotPaused {
        _storage().windows = _storage().windows.withPause(true);
        emit Paused(msg.sender);
    }

    function _unpause() internal override whenPaused {
        _storage().windows = _storage().windows.withPause(false);
        emit Unpaused(msg.sender);
    }

    /// @dev The windows with the present round, which is kept for whoever comes later in it.
    function _begin() internal returns (Windows windows) {
        windows = _storage().windows;
        if (block.timestamp >= windows.end()) {
            windows = _present();
            _storage().windows = windows;
        }
    }

    /// @dev The windows with the present round.
    function _present() internal view returns (Windows windows) {
        windows = _storage().windows;
        if (block.timestamp >= windows.end()) {
            (uint32 round, , uint40 end) = RoundClock.read(ROUNDS_MANAGER);
            windows = windows.withClock(round, end);
        }
    }

    /// @dev Of a commitment beside the fees; 0 for a further one.
    function _bitOf(uint256 index) internal pure returns (uint256) {
        unchecked {
            return index < FIRST_COMMITMENTS ? 1 << (FEE_BITS + index) : 0;
        }
    }

    function _isFurtherClosed(address recipient, uint256 creationRound, uint256 index) internal view returns (bool) {
        return (_storage().closed[recipient][creationRound][index >> 8] >> (index & 0xff)) & 1 != 0;
    }

    function _storage() internal pure returns (TicketBrokerStorage storage $) {
        assembly ("memory-safe") {
            $.slot := STORAGE
        }
    }
}
