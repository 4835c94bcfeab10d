// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IBonding} from "../interfaces/IBonding.sol";
import {IMinter} from "../interfaces/IMinter.sol";
import {IRoundsManager} from "../interfaces/IRoundsManager.sol";
import {IServiceRegistry} from "../interfaces/IServiceRegistry.sol";
import {ITicketBroker} from "../interfaces/ITicketBroker.sol";
import {Growth} from "../libraries/Growth.sol";
import {RoundClock} from "../libraries/RoundClock.sol";
import {Young} from "../libraries/Young.sol";

/// @title BondingState
/// @notice What the BondingManager keeps, and how the whole of it goes from round to round.
/// @dev Structs of one slot are read and written as words by the functions beside them, in the layout that Solidity gives them: an action reads and writes some ten of them.
abstract contract BondingState is IBonding {
    // --- Immutables ---

    /// @dev The other contracts, by their proxies.
    struct Relations {
        IERC20 token;
        IRoundsManager roundsManager;
        IMinter minter;
        ITicketBroker ticketBroker;
        IServiceRegistry serviceRegistry;
        address treasury;
    }

    /// @notice LPT.
    IERC20 public immutable TOKEN;
    /// @notice Tells the round.
    IRoundsManager public immutable ROUNDS_MANAGER;
    /// @notice Decides what a round mints, and mints it.
    IMinter public immutable MINTER;
    /// @notice Books the fees and holds them.
    ITicketBroker public immutable TICKET_BROKER;
    /// @notice Knows what judges faults.
    IServiceRegistry public immutable SERVICE_REGISTRY;
    /// @notice Gets what is slashed.
    address public immutable TREASURY;

    // --- Storage ---

    /// @dev One slot.
    struct Clock {
        /// @dev {round} Up to whose beginning the whole was brought.
        uint32 round;
        /// @dev {s, Unix} It lasts from `start` to before `end`: no change of the schedule moves them.
        uint40 start;
        uint40 end;
        /// @dev {1} Orchestrators whose stake will be active when the next round begins.
        uint32 earners;
        /// @dev Bit i: the logarithm of round + i will be asked for.
        uint32 marks;
        /// @dev Whether `register`, `bond` and `rebond` are stopped.
        bool paused;
    }

    /// @dev What actions within a round need. One slot.
    struct Ahead {
        /// @dev {wei LPT} What will be at stake when the next round begins, as far as it is known.
        uint128 next;
        /// @dev {2^-96} Logarithm of the growth of all stake in this round.
        uint128 growth;
    }

    /// @dev One slot.
    struct Begun {
        /// @dev {wei LPT} At stake when the round began.
        uint128 active;
        /// @dev {2^-96} Logarithm of the growth of all stake before the round.
        uint128 log;
    }

    /// @dev One slot.
    struct PastRound {
        /// @dev {2^-96} Logarithm of the growth before it.
        uint120 log;
        /// @dev Whether votes can be of this round: somebody acted in it, or in the one before.
        bool kept;
        /// @dev {wei LPT} At stake when it began.
        uint128 active;
    }

    /// @dev One slot.
    struct PoolHead {
        uint64 rewardCut;
        uint64 feeShare;
        /// @dev {round} Everything of the pool is as of its beginning, but for what enters and leaves at its end.
        uint32 round;
        /// @dev {1} Of its history.
        uint32 entries;
        /// @dev {1} Open disputes.
        uint8 disputes;
        /// @dev Whether its stake earns in `round`, and in the next one.
        bool earns;
        bool willEarn;
        /// @dev Whether a commission is announced.
        bool announced;
        /// @dev Whether stake leaves at the end of `round`.
        bool leaving;
        bool jailed;
        /// @dev Whether it was slashed: in `round`, and ever.
        bool changed;
        bool slashed;
    }

    /// @dev What became of a pool, from a round on, as of its beginning. One slot.
    struct PoolEntry {
        uint32 from;
        uint112 units;
        /// @dev {wei LPT} What the units were worth.
        uint112 stake;
    }

    /// @dev On what terms, from a round on. One slot.
    struct PoolTerms {
        uint32 from;
        uint64 rewardCut;
        uint64 feeShare;
        /// @dev Whether its stake earns.
        bool earns;
    }

    /// @dev Stake that left at the end of a round. One slot.
    struct Cohort {
        /// @dev As they were issued; of a commission, the number of its lock.
        uint96 units;
        /// @dev {wei LPT} What they are worth; in the pool's `round`, what they will be worth at its end.
        uint96 stake;
        /// @dev {round} The generation of young ones.
        uint32 from;
        /// @dev Only in the first cohort of a round, of old units: a bit for each kind that there is.
        uint8 kinds;
    }

    /// @dev How many units one of a generation is, for rounds from `since` on. One slot.
    struct Scar {
        uint32 since;
        /// @dev {2^-96}
        uint224 factor;
    }

    struct Fault {
        /// @dev {1} Open disputes about it.
        uint8 disputes;
        bool judged;
    }

    /// @dev Fees of all rounds up to `round`, for one unit. One slot.
    struct FeeEntry {
        uint32 round;
        /// @dev {2^-128 wei}
        uint224 sum;
    }

    struct Pool {
        PoolHead head;
        /// @dev {1} Units without a generation.
        uint128 old;
        /// @dev {wei LPT} What all active units are worth.
        uint128 stake;
        /// @dev {wei LPT} That and the orchestrator's commission.
        uint128 total;
        /// @dev {wei LPT} What becomes active with the next round; its units are the generation of that round.
        uint128 entering;
        Young.Packed young;
        address orchestrator;
        uint32 jailedUntil;
        /// @dev {round} The fees of all earlier ones have come in.
        uint32 feesBefore;
        /// @dev {1} Of `fees`.
        uint32 feeEntries;
        uint64 nextRewardCut;
        uint64 nextFeeShare;
        /// @dev {round} From which these hold.
        uint32 commissionRound;
        /// @dev {wei ETH} The orchestrator's own.
        uint96 kept;
        /// @dev {1} Of `terms`.
        uint32 termsEntries;
        /// @dev {round} The last three forgiven faults, 32 bits each.
        uint96 forgiven;
        mapping(uint256 index => PoolEntry) history;
        mapping(uint256 index => PoolTerms) terms;
        mapping(uint256 index => FeeEntry) fees;
        /// @dev By round · 8 + kind.
        mapping(uint256 key => Cohort) cohorts;
        mapping(uint256 from => mapping(uint256 index => Scar)) scars;
        mapping(uint256 round => Fault) faults;
    }

    /// @dev One slot.
    struct AccountHead {
        /// @dev Its number if it is an orchestrator.
        uint24 number;
        /// @dev {1} Of its history.
        uint32 positions;
        /// @dev {1} Made so far.
        uint32 locks;
        /// @dev {round} Fees of all earlier ones are paid; `claimIndex` is the position that the next one belongs to.
        uint32 claimedBefore;
        uint32 claimIndex;
    }

    /// @dev Stake of a delegator, from a round on. One slot.
    struct Position {
        uint32 from;
        /// @dev Number of the orchestrator behind which it stands; 0 = none.
        uint24 orchestrator;
        /// @dev Whether it has young units beside those of generation `from`.
        bool hasOlder;
        uint96 old;
        /// @dev Units of generation `from`.
        uint96 young;
    }

    /// @dev One slot.
    struct Lock {
        uint96 units;
        uint32 round;
        /// @dev 0 = there is no such lock.
        uint32 withdrawRound;
        uint24 orchestrator;
        Kind kind;
    }

    struct Account {
        AccountHead head;
        mapping(uint256 index => Position) positions;
        /// @dev The other young units of the position.
        mapping(uint256 index => Young.Packed) older;
        mapping(uint256 lockId => Lock) locks;
    }

    /// @dev Must stay true:
    /// - S7: token balance ≥ Σ pools' total and entering + Σ cohorts' stake of earlier rounds than the pool's;
    /// - the units of a pool are the sum of its delegators', by generation; those of a cohort, of its locks';
    /// - `next` is the sum, over the pools that will earn, of what they will have at stake when the next round begins;
    /// - every past round in which anybody acted, and the one after it, has its logarithm kept;
    /// - histories grow by round, and only the last entry of an account may lie in the future.
    /// @custom:storage-location erc7201:streamflow.storage.BondingManager
    struct BondingManagerStorage {
        Clock clock;
        Ahead ahead;
        Begun begun;
        Parameters parameters;
        /// @dev {1} Orchestrators so far.
        uint24 orchestrators;
        mapping(uint256 number => Pool) pools;
        mapping(address delegator => Account) accounts;
        mapping(uint256 round => PastRound) past;
    }

    // keccak256(abi.encode(uint256(keccak256("streamflow.storage.BondingManager")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant STORAGE = 0x126d2d45c7e64d88ae7014d23929887c3e9a60462a80d0c6c2e0cbeaeb585100;

    /// @dev The whole as it is now, in memory.
    struct Present {
        uint256 round;
        uint256 start;
        uint256 end;
        uint256 earners;
        uint256 marks;
        /// @dev 1 = yes.
        uint256 paused;
        uint256 next;
        uint256 growth;
        /// @dev Of the round; not read from storage until they are needed.
        uint256 active;
        uint256 log;
        /// @dev {round} Where rounds have just ended: the last one that somebody had acted in; 0 = none has.
        uint256 before;
        /// @dev {2^-96} Logarithm at the beginning of the round after it, and what was at stake then.
        uint256 logAfter;
        uint256 activeAfter;
        /// @dev The marks of then, and their logarithms beyond `logAfter`.
        uint256 marksBefore;
        uint256[] marked;
    }

    constructor(Relations memory relations) {
        TOKEN = relations.token;
        ROUNDS_MANAGER = relations.roundsManager;
        MINTER = relations.minter;
        TICKET_BROKER = relations.ticketBroker;
        SERVICE_REGISTRY = relations.serviceRegistry;
        TREASURY = relations.treasury;
    }

    // --- Internals ---

    /// @dev Brings the whole up to date.
    function _begin() internal returns (Present memory p) {
        p = _load();
        if (block.timestamp < p.end) return p;

        uint256 count = _step(p);
        // The Minter counts from the first new round.
        IMinter.Advance memory minted = MINTER.advance(count, p.activeAfter, p.marksBefore >> 1);
        _arrive(p, minted);

        mapping(uint256 => PastRound) storage past = _storage().past;
        past[p.before + 1] = PastRound(uint120(p.logAfter), true, uint128(p.activeAfter));
        uint256 next = 0;
        for (uint256 i = 2; i < count && p.marksBefore >> i != 0; ++i) {
            if ((p.marksBefore >> i) & 1 == 0) continue;
            past[p.before + i] = PastRound(uint120(p.logAfter + minted.marked[next++]), false, 0);
        }
        if (count != 1) past[p.round] = PastRound(uint120(p.log), true, uint128(p.active));
        _storage().begun = Begun(uint128(p.active), uint128(p.log));
        _storeClock(p);
        _storeAhead(p);
        emit RoundBegun(p.round, p.active, minted.stakers, p.log);
    }

    /// @dev {round} The present round, to whose beginning the whole is brought.
    function _roundBegun() internal returns (uint256) {
        Clock storage clock_ = _storage().clock;
        return block.timestamp < clock_.end ? clock_.round : _begin().round;
    }

    /// @dev The whole as it would be if somebody acted now.
    function _present() internal view returns (Present memory p) {
        p = _load();
        if (block.timestamp < p.end) return p;

        uint256 count = _step(p);
        _arrive(p, MINTER.preview(count, p.activeAfter, p.marksBefore >> 1));
    }

    /// @dev {2^-96} Logarithm at the beginning of `round`: the present one, the next, one that somebody acted in or that follows such a one, or a marked one.
    function _logAt(Present memory p, uint256 round) internal view returns (uint256) {
        if (round >= p.round) {
            uint256 log = p.before != 0 ? p.log : _storage().begun.log;
            return round == p.round ? log : log + p.growth;
        }
        if (p.before == 0 || round <= p.before) return _storage().past[round].log;
        if (round == p.before + 1) return p.logAfter;
        uint256 index = 0;
        for (uint256 i = 2; p.before + i < round; ++i) index += (p.marksBefore >> i) & 1;
        return p.logAfter + p.marked[index];
    }

    /// @dev What the last action left, as of its round.
    function _load() internal view returns (Present memory p) {
        BondingManagerStorage storage $ = _storage();
        Clock storage clock_ = $.clock;
        Ahead storage ahead = $.ahead;
        uint256 word;
        assembly ("memory-safe") {
            word := sload(clock_.slot)
        }
        p.round = uint32(word);
        p.start = uint40(word >> 32);
        p.end = uint40(word >> 72);
        p.earners = uint32(word >> 112);
        p.marks = uint32(word >> 144);
        p.paused = word >> 176;
        assembly ("memory-safe") {
            word := sload(ahead.slot)
        }
        p.next = uint128(word);
        p.growth = word >> 128;
    }

    function _storeClock(Present memory p) internal {
        Clock storage clock_ = _storage().clock;
        uint256 word = p.round | (p.start << 32) | (p.end << 72) | (p.earners << 112) | (p.marks << 144);
        word |= p.paused << 176;
        assembly ("memory-safe") {
            sstore(clock_.slot, word)
        }
    }

    function _storeAhead(Present memory p) internal {
        Ahead storage ahead = _storage().ahead;
        uint256 word = p.next | (p.growth << 128);
        assembly ("memory-safe") {
            sstore(ahead.slot, word)
        }
    }

    /// @dev Sets round, start and end to what they are by the clock.
    function _readClock(Present memory p) internal view {
        (p.round, p.start, p.end) = RoundClock.read(ROUNDS_MANAGER);
    }

    function _storage() internal pure returns (BondingManagerStorage storage $) {
        assembly ("memory-safe") {
            $.slot := STORAGE
        }
    }

    /// @dev Leaves the round that is over. Returns how many have begun since.
    function _step(Present memory p) private view returns (uint256 count) {
        p.before = p.round;
        p.marksBefore = p.marks;
        p.logAfter = _storage().begun.log + p.growth;
        // What rounding left behind belongs to nobody and must not earn alone.
        p.activeAfter = p.earners == 0 ? 0 : p.next;
        _readClock(p);
        count = p.round - p.before;
        p.marks >>= count;
    }

    function _arrive(Present memory p, IMinter.Advance memory minted) private pure {
        p.active = minted.active;
        p.next = minted.active + minted.stakers;
        p.log = p.logAfter + minted.log;
        p.growth = p.active == 0 ? 0 : Growth.logDown(p.active, p.next);
        p.marked = minted.marked;
    }
}
