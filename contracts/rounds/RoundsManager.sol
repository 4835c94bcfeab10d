// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManagedUpgradeable} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IRoundsManager} from "../interfaces/IRoundsManager.sol";

/// @title RoundsManager
contract RoundsManager is IRoundsManager, AccessManagedUpgradeable {
    using SafeCast for uint256;

    // --- Constants ---

    /// @notice {s} Shortest round.
    uint64 public constant MIN_ROUND_LENGTH = 1 seconds;
    /// @notice {s} Longest round.
    uint64 public constant MAX_ROUND_LENGTH = 30 days;

    // --- Storage ---

    /// @dev Must stay true:
    /// - `bases` is never empty, and both `startTime` and `startRound` grow along it;
    /// - only the last base may lie in the future;
    /// - each base but the first begins at a boundary of the one before it, with that boundary's round.
    /// @custom:storage-location erc7201:streamflow.storage.RoundsManager
    struct RoundsManagerStorage {
        Base[] bases;
        /// @dev {round} 1 + the last round announced; 0 means none.
        uint256 announced;
    }

    // keccak256(abi.encode(uint256(keccak256("streamflow.storage.RoundsManager")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant STORAGE = 0x986aefa13ce787225e1866d2e5b01bab1aea020220b21652818d1f8adc606100;

    // --- Initialization ---

    constructor() {
        _disableInitializers();
    }

    /// @inheritdoc IRoundsManager
    function initialize(
        address authority,
        uint64 roundLength_,
        uint64 startTime,
        uint64 startRound
    ) external initializer {
        __AccessManaged_init(authority);
        _requireLength(roundLength_);

        _storage().bases.push(Base({startTime: startTime, startRound: startRound, roundLength: roundLength_}));
        emit ScheduleStarted(startTime, startRound, roundLength_);
    }

    // --- User actions ---

    /// @inheritdoc IRoundsManager
    function initializeRound() external {
        RoundsManagerStorage storage $ = _storage();
        uint256 round = currentRound();
        require($.announced <= round, RoundsManagerRoundAnnounced(round));

        $.announced = round + 1;
        emit NewRound(round);
    }

    // --- Governance actions ---

    /// @inheritdoc IRoundsManager
    function setRoundLength(uint64 newLength) external restricted {
        _requireLength(newLength);

        Base[] storage bases = _storage().bases;
        if (bases.length > 1 && bases[bases.length - 1].startTime > block.timestamp) bases.pop();
        Base memory active = bases[bases.length - 1];
        uint64 fromRound = (_roundIn(active, block.timestamp) + 1).toUint64();
        uint64 fromTime = _startIn(active, fromRound).toUint64();

        bases.push(Base({startTime: fromTime, startRound: fromRound, roundLength: newLength}));
        emit RoundLengthChanged(active.roundLength, newLength, fromRound, fromTime);
    }

    // --- Views ---

    /// @inheritdoc IRoundsManager
    function currentRound() public view returns (uint256) {
        return roundAt(block.timestamp);
    }

    /// @inheritdoc IRoundsManager
    function roundAt(uint256 timestamp) public view returns (uint256) {
        return _roundIn(_storage().bases[_indexAt(timestamp)], timestamp);
    }

    /// @inheritdoc IRoundsManager
    function roundStart(uint256 round) external view returns (uint256) {
        Base[] storage bases = _storage().bases;
        uint256 i = bases.length - 1;
        while (i > 0 && bases[i].startRound > round) --i;
        Base memory base = bases[i];
        require(round >= base.startRound, RoundsManagerRoundBeforeStart(round, base.startRound));

        return _startIn(base, round);
    }

    /// @inheritdoc IRoundsManager
    function roundLength() external view returns (uint64) {
        return _storage().bases[_indexAt(block.timestamp)].roundLength;
    }

    /// @inheritdoc IRoundsManager
    function lastAnnouncedRound() external view returns (bool exists, uint256 round) {
        uint256 announced = _storage().announced;
        return announced == 0 ? (false, 0) : (true, announced - 1);
    }

    /// @inheritdoc IRoundsManager
    function schedule() external view returns (Base memory active, Base memory pending) {
        Base[] storage bases = _storage().bases;
        uint256 i = _indexAt(block.timestamp);
        active = bases[i];
        if (i + 1 < bases.length) pending = bases[i + 1];
    }

    // --- Internals ---

    /// @dev Index of the base that holds at `timestamp`; the first one for every moment before it.
    function _indexAt(uint256 timestamp) private view returns (uint256 i) {
        Base[] storage bases = _storage().bases;
        i = bases.length - 1;
        while (i > 0 && bases[i].startTime > timestamp) --i;
    }

    function _roundIn(Base memory base, uint256 timestamp) private pure returns (uint256) {
        if (timestamp <= base.startTime) return base.startRound;
        return base.startRound + (timestamp - base.startTime) / base.roundLength;
    }

    function _startIn(Base memory base, uint256 round) private pure returns (uint256) {
        return base.startTime + (round - base.startRound) * base.roundLength;
    }

    function _requireLength(uint64 length) private pure {
        require(
            length >= MIN_ROUND_LENGTH && length <= MAX_ROUND_LENGTH,
            RoundsManagerLengthOutOfBounds(length, MIN_ROUND_LENGTH, MAX_ROUND_LENGTH)
        );
    }

    function _storage() private pure returns (RoundsManagerStorage storage $) {
        assembly ("memory-safe") {
            $.slot := STORAGE
        }
    }
}
