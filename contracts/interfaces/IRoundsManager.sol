// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IRoundsManager
/// @notice Rounds as a function of the clock. Nothing has to be called for a round to begin (S6).
/// @dev `round = base.startRound + floor((timestamp − base.startTime) / base.length)`, for the base that holds at `timestamp`. A
/// new length starts a new base at the next boundary; past rounds keep their times for ever. Rounds are numbered without gaps.
/// Assumption: block timestamps never decrease. Source: whitepaper, "Rounds"; paper; DESIGN.md, "Rounds".
interface IRoundsManager {
    /// @notice From `startTime` on, rounds last `roundLength`, the first of them being `startRound`.
    struct Base {
        /// @dev {s, Unix} Moment from which the base holds.
        uint64 startTime;
        /// @dev {round} Round that begins at `startTime`.
        uint64 startRound;
        /// @dev {s} Length of a round, 1 s to 30 days. 0 means: no base.
        uint64 roundLength;
    }

    /// @notice The schedule begins.
    event ScheduleStarted(uint64 startTime, uint64 startRound, uint64 roundLength);
    /// @notice Rounds will last `newLength` instead of `oldLength` {s} from round `fromRound` on, which begins at `fromTime` {s, Unix}.
    event RoundLengthChanged(uint64 oldLength, uint64 newLength, uint64 fromRound, uint64 fromTime);
    /// @notice Somebody announced that `round` has begun. At most once per round; may be missing.
    event NewRound(uint256 indexed round);

    /// @notice A length is outside `[least, most]` {s}.
    /// @dev Choose a length between `least` and `most` {s}.
    error RoundsManagerLengthOutOfBounds(uint256 have, uint256 least, uint256 most);
    /// @notice `round` was announced already.
    /// @dev Do nothing: the round holds without this call. It can be made again in the next one.
    error RoundsManagerRoundAnnounced(uint256 round);
    /// @notice `round` lies before the first round of the schedule.
    /// @dev Ask for round `first` or a later one.
    error RoundsManagerRoundBeforeStart(uint256 have, uint256 first);

    /// @notice Starts the schedule; emits {ScheduleStarted}.
    /// @dev Who may call: the proxy's first upgrade, once.
    ///
    /// Requirements:
    /// - `roundLength_` is between 1 s and 30 days.
    /// @param authority The AccessManager.
    /// @param roundLength_ {s} Length of a round.
    /// @param startTime {s, Unix} May lie in the future: until then the current round is `startRound`.
    /// @param startRound {round} Number of the first round.
    function initialize(address authority, uint64 roundLength_, uint64 startTime, uint64 startRound) external;

    /// @notice Announces the current round; emits {NewRound}. A service to indexers: no state of the protocol depends on it.
    /// @dev Who may call: anyone.
    ///
    /// Requirements:
    /// - the current round has not been announced.
    function initializeRound() external;

    /// @notice Changes the round length from the next boundary on; emits {RoundLengthChanged}. A change that has not begun is
    /// replaced.
    /// @dev Who may call: governance. Every window of the protocol that is counted in rounds changes its length in seconds.
    ///
    /// Requirements:
    /// - `newLength` is between 1 s and 30 days.
    /// @param newLength {s} New length.
    function setRoundLength(uint64 newLength) external;

    /// @notice {round} The current round. Before the schedule begins: its first round.
    function currentRound() external view returns (uint256);

    /// @notice {round} The round at `timestamp` {s, Unix}, past or future, by the schedule known now. Before the schedule begins: its
    /// first round.
    /// @dev Costs one storage read per round length change that is newer than `timestamp`.
    function roundAt(uint256 timestamp) external view returns (uint256);

    /// @notice {s, Unix} The moment at which `round` begins, by the schedule known now.
    ///
    /// Requirements:
    /// - `round` is not before the first round of the schedule.
    function roundStart(uint256 round) external view returns (uint256);

    /// @notice {s} Length of the current round.
    function roundLength() external view returns (uint64);

    /// @notice {round} The round that {initializeRound} last announced, and whether there was one.
    function lastAnnouncedRound() external view returns (bool exists, uint256 round);

    /// @notice The base that holds now, and the one that has been decided and will hold later (`roundLength` 0 if there is none).
    function schedule() external view returns (Base memory active, Base memory pending);
}
