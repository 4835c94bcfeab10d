// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Growth} from "../libraries/Growth.sol";
import {Young} from "../libraries/Young.sol";
import {BondingState} from "./BondingState.sol";

/// @title StakePools
/// @notice The stake behind each orchestrator and how it grows. Every action opens one pool, which brings the whole and that pool up to date, changes it in memory, and
/// closes it.
/// @dev `sim/model/staking/` does the same in plain arithmetic, with the same roundings.
abstract contract StakePools is BondingState {
    using Young for Young.Generations;
    using Young for Young.Packed;

    // --- Constants ---

    /// @dev {2^-96} A generation that was spared nothing yet.
    uint256 internal constant UNSCARRED = 2 ** 96;
    /// @dev {round} For scars as they are now.
    uint256 internal constant NOW = type(uint256).max;

    // --- Types ---

    /// @dev A pool while it is acted on. First the fields of {Pool}.
    struct Work {
        uint256 number;
        /// @dev Storage slot of the pool.
        uint256 slot;
        uint256 rewardCut;
        uint256 feeShare;
        uint256 round;
        uint256 total;
        address orchestrator;
        uint256 entering;
        uint256 old;
        uint256 stake;
        uint256 entries;
        uint256 disputes;
        uint256 flags;
        Young.Generations young;
        /// @dev {2^-96} Of the two generations.
        uint256 scar0;
        uint256 scar1;
        /// @dev {wei LPT} When the round ends, before anything enters or leaves.
        uint256 afterStake;
        uint256 afterTotal;
        /// @dev {wei LPT} What leaves at its end.
        uint256 leavingStake;
        uint256 leavingCommission;
        /// @dev {wei LPT} What the pool was to have at stake when the next round begins, if it was to earn; before the action.
        uint256 counted;
        /// @dev What changed since it was loaded.
        Change[] changes;
    }

    /// @dev For the histories of a pool: what it is from a round on, and whether its terms have changed.
    struct Change {
        uint256 from;
        uint256 units;
        uint256 stake;
        uint256 rewardCut;
        uint256 feeShare;
        bool earns;
        bool isTerms;
    }

    /// @dev An account while it is acted on.
    struct Holder {
        address account;
        /// @dev First the fields of {AccountHead}: its number as an orchestrator.
        uint256 number;
        uint256 positions;
        uint256 locks;
        /// @dev Up to where fees are paid, as it lies there.
        uint256 claimed;
        /// @dev The last position, as it lies in storage, and the orchestrator behind which the account stands.
        uint256 position;
        uint256 orchestrator;
        /// @dev Its units, once they follow a pool.
        uint256 old;
        Young.Generations young;
    }

    // --- Opening and closing ---

    /// @dev Brings one pool up to date. Nobody has to.
    function _touch(uint256 number) internal {
        (Present memory p, Work memory w) = _open(number);
        _close(p, w);
    }

    /// @dev Brings the whole and the pool up to date, and loads it.
    function _open(uint256 number) internal returns (Present memory p, Work memory w) {
        _begin(p);
        _loadPool(w, number);
        if (w.round < p.round) {
            _advance(p, w, p.round);
            for (uint256 i = 0; i < w.changes.length; ++i) _storeChange(w, w.changes[i]);
            emit Rewarded(w.orchestrator, p.round, w.stake, w.total);
        }
        _prepare(p, w);
        if (w.flags & WILL_EARN != 0) w.counted = _nextTotal(w);
    }

    /// @dev Settles whether the pool will earn, counts its stake, and stores it.
    function _close(Present memory p, Work memory w) internal {
        uint256 total = _nextTotal(w);
        _closeAs(p, w, total, _suffices(p, w, total) && _ownSuffices(w));
    }

    /// @dev The same after an action that the orchestrator's own stake has no part in: it is looked at only where the pool would not earn without it. So it costs nobody gas, and
    /// minimums that have risen bind when the orchestrator acts, or anyone touches the pool.
    /// @param added Whether it only added stake.
    function _closeForOthers(Present memory p, Work memory w, bool added) internal {
        if (w.flags & WILL_EARN == 0) return _close(p, w);
        uint256 total = _nextTotal(w);
        _closeAs(p, w, total, added || _suffices(p, w, total));
    }

    function _closeAs(Present memory p, Work memory w, uint256 total, bool willEarn) private {
        if (willEarn != (w.flags & WILL_EARN != 0)) {
            w.flags ^= WILL_EARN;
            p.earners = willEarn ? p.earners + 1 : p.earners - 1;
            _storeClock(p);
            emit ActivityChanged(w.orchestrator, willEarn, p.round + 1);
        }
        p.next = p.next + (willEarn ? total : 0) - w.counted;
        _storeAhead(p);
        _storePool(w);
    }

    /// @dev The whole and a pool as they would be if somebody touched them now.
    function _peek(uint256 number) internal view returns (Present memory p, Work memory w) {
        _present(p);
        _loadPool(w, number);
        _advance(p, w, p.round);
        _prepare(p, w);
    }

    /// @dev Number of a registered orchestrator.
    function _numberOf(address orchestrator) internal view returns (uint256 number) {
        number = _storage().accounts[orchestrator].head.number;
        require(number != 0, BondingManagerNotRegistered(orchestrator));
    }

    /// @dev A pool that is at the present round, for an action in it.
    function _prepare(Present memory p, Work memory w) private view {
        _mature(p, w);
        _lookAhead(p, w);
        if (w.flags & LEAVING != 0) _loadLeaving(w);
    }

    /// @dev Whether the pool is free and has enough at stake.
    function _suffices(Present memory p, Work memory w, uint256 total) private pure returns (bool) {
        return w.flags & JAILED == 0 && total >= p.minimumStake;
    }

    /// @dev Whether the orchestrator has enough of its own.
    function _ownSuffices(Work memory w) private view returns (bool) {
        return _nextSelfStake(w) >= _storage().parameters.minimumSelfStake;
    }

    function _poolOf(Work memory w) internal pure returns (Pool storage pool) {
        assembly ("memory-safe") {
            pool.slot := mload(add(w, 0x20))
        }
    }

    function _loadPool(Work memory w, uint256 number) internal view {
        Pool storage pool = _storage().pools[number];
        uint256 terms;
        uint256 arrival;
        uint256 worth;
        assembly ("memory-safe") {
            mstore(add(w, 0x20), pool.slot)
            terms := sload(pool.slot)
            arrival := sload(add(pool.slot, 1))
            worth := sload(add(pool.slot, 2))
        }
        w.number = number;
        w.rewardCut = uint64(terms);
        w.feeShare = uint64(terms >> 64);
        w.round = uint32(terms >> 128);
        w.total = terms >> 160;
        w.orchestrator = address(uint160(arrival));
        w.entering = arrival >> 160;
        w.old = uint96(worth);
        w.stake = uint96(worth >> 96);
        w.entries = uint32(worth >> 192);
        w.disputes = uint8(worth >> 224);
        w.flags = worth >> 232;
        pool.young.load(w.young);
        _loadScars(w);
    }

    function _loadScars(Work memory w) internal view {
        (w.scar0, w.scar1) = (UNSCARRED, UNSCARRED);
        if (w.flags & SLASHED == 0) return;
        Young.Generations memory young = w.young;
        // One without units matters only as long as stake may enter it.
        if (young.units0 != 0 || young.from0 > w.round) (w.scar0, ) = _scarAt(_poolOf(w), young.from0, NOW);
        if (young.units1 != 0 || young.from1 > w.round) (w.scar1, ) = _scarAt(_poolOf(w), young.from1, NOW);
    }

    function _storePool(Work memory w) private {
        Pool storage pool = _poolOf(w);
        uint256 terms = w.rewardCut | (w.feeShare << 64) | (w.round << 128) | (w.total << 160);
        uint256 arrival = uint160(w.orchestrator) | (w.entering << 160);
        uint256 worth = w.old | (w.stake << 96) | (w.entries << 192) | (w.disputes << 224) | (w.flags << 232);
        assembly ("memory-safe") {
            sstore(pool.slot, terms)
            sstore(add(pool.slot, 1), arrival)
            sstore(add(pool.slot, 2), worth)
        }
        pool.young.store(w.young);
    }

    // --- Growth ---

    /// @dev Brings a pool in memory to the beginning of `round`.
    function _advance(Present memory p, Work memory w, uint256 round) internal view {
        if (w.round >= round) return;
        bool changed = w.flags & (CHANGED | LEAVING) != 0 || w.entering != 0;

        _lookAhead(p, w);
        if (w.flags & LEAVING != 0) {
            _loadLeaving(w);
            _letGo(w);
        }
        w.stake = w.afterStake - w.leavingStake + w.entering;
        w.total = w.afterTotal - w.leavingStake - w.leavingCommission + w.entering;
        (w.entering, w.leavingStake, w.leavingCommission) = (0, 0, 0);
        ++w.round;
        uint256 earns = (w.flags / WILL_EARN) & 1;
        // The first entry tells the terms of the registration.
        bool newTerms = w.flags & EARNS != earns || w.entries == 0;
        w.flags = (w.flags & ~(EARNS | LEAVING | CHANGED)) | earns;
        if (_changeCommission(w)) newTerms = true;
        if (changed || newTerms) _change(w, newTerms);
        if (w.round == round) return;

        if (w.flags & ANNOUNCED != 0) {
            _growTo(p, w, Math.min(_poolOf(w).commissionRound, round));
            if (_changeCommission(w)) _change(w, true);
        }
        _growTo(p, w, round);
    }

    /// @dev {wei LPT} What the pool's units and all of it will be worth when the round ends, before anything enters or leaves.
    function _lookAhead(Present memory p, Work memory w) internal view {
        (w.afterStake, w.afterTotal) = _grown(p, w, w.round + 1);
    }

    function _growTo(Present memory p, Work memory w, uint256 round) private view {
        if (round <= w.round) return;
        (w.stake, w.total) = _grown(p, w, round);
        w.round = round;
    }

    function _grown(
        Present memory p,
        Work memory w,
        uint256 round
    ) private view returns (uint256 stake, uint256 total) {
        if (w.flags & EARNS == 0) return (w.stake, w.total);
        uint256 log = w.round == p.round ? p.growth : _logAt(p, round) - _logAt(p, w.round);
        return _grow(w.stake, w.total, w.rewardCut, log);
    }

    /// @dev The units' worth grows by the power 1 − `rewardCut` of what the whole pool grows by.
    function _grow(
        uint256 stake,
        uint256 total,
        uint256 rewardCut,
        uint256 log
    ) internal pure returns (uint256 stakeAfter, uint256 totalAfter) {
        totalAfter = Growth.growDown(total, log);
        // The series may round the smaller power by less than the larger one.
        stakeAfter = Math.min(Growth.growDown(stake, Growth.afterCutDown(log, rewardCut)), totalAfter);
    }

    function _changeCommission(Work memory w) private view returns (bool) {
        if (w.flags & ANNOUNCED == 0) return false;
        Pool storage pool = _poolOf(w);
        if (pool.commissionRound > w.round) return false;
        (w.rewardCut, w.feeShare) = (pool.nextRewardCut, pool.nextFeeShare);
        w.flags ^= ANNOUNCED;
        return true;
    }

    /// @dev Notes for the histories what the pool is at the beginning of its round.
    function _change(Work memory w, bool isTerms) private pure {
        uint256 count = w.changes.length;
        Change[] memory changes = new Change[](count + 1);
        if (count != 0) changes[0] = w.changes[0]; // there are never more than two: an arrival, a commission
        changes[count] = Change({
            from: w.round,
            units: _countAll(w),
            stake: w.stake,
            rewardCut: w.rewardCut,
            feeShare: w.feeShare,
            earns: w.flags & EARNS != 0,
            isTerms: isTerms
        });
        w.changes = changes;
    }

    function _storeChange(Work memory w, Change memory change) private {
        Pool storage pool = _poolOf(w);
        uint32 from = uint32(change.from);
        pool.history[w.entries++] = PoolEntry(from, uint112(change.units), uint112(change.stake));
        if (!change.isTerms) return;
        pool.terms[pool.termsEntries++] = PoolTerms(
            from,
            uint64(change.rewardCut),
            uint64(change.feeShare),
            change.earns
        );
    }

    // --- Units ---

    /// @dev {1} Active units of the pool, with their scars.
    function _countAll(Work memory w) internal pure returns (uint256) {
        return _count(w, w.old, w.young, w.round);
    }

    /// @dev {1} What units are now: the old ones, and young ones that became active up to `until`.
    function _count(
        Work memory w,
        uint256 old,
        Young.Generations memory young,
        uint256 until
    ) internal pure returns (uint256 sum) {
        sum = old;
        unchecked {
            // Units fit 96 bits.
            if (young.units0 != 0 && young.from0 <= until) sum += _now(w, young.from0, young.units0);
            if (young.units1 != 0 && young.from1 <= until) sum += _now(w, young.from1, young.units1);
        }
    }

    /// @dev {1} What units of a generation that the pool tells apart are now.
    function _now(Work memory w, uint256 from, uint256 issued) internal pure returns (uint256) {
        return w.flags & SLASHED == 0 ? issued : (issued * _scarOf(w, from)) / UNSCARRED;
    }

    /// @dev {1} What units that leave are now; of a generation that has grown old meanwhile, too.
    function _leaversNow(Work memory w, uint256 from, uint256 issued) internal view returns (uint256) {
        if (from == 0 || w.flags & SLASHED == 0) return issued;
        if (w.young.unitsOf(from) != 0) return _now(w, from, issued);
        (uint256 factor, ) = _scarAt(_poolOf(w), from, NOW);
        return (issued * factor) / UNSCARRED;
    }

    /// @dev {2^-96} Of a generation that the pool tells apart.
    function _scarOf(Work memory w, uint256 from) internal pure returns (uint256) {
        return
            w.young.from0 == from
                ? w.scar0
                : w.young.from1 == from
                    ? w.scar1
                    : UNSCARRED;
    }

    /// @dev {2^-96} The scar of generation `from`, as it was when `round` began, and before which round it stays so. Kept for it as the older one of two generations, and as the younger
    /// one; as scars only deepen, the deepest is the latest.
    function _scarAt(
        Pool storage pool,
        uint256 from,
        uint256 round
    ) internal view returns (uint256 factor, uint256 until) {
        (factor, until) = _scarIn(pool.scars[from], false, round);
        (uint256 other, uint256 otherUntil) = _scarIn(pool.scars[from - 1], true, round);
        return (Math.max(factor, other), Math.min(until, otherUntil));
    }

    function _scarIn(
        mapping(uint256 index => Scar) storage scars,
        bool younger,
        uint256 round
    ) private view returns (uint256 factor, uint256 until) {
        factor = UNSCARRED;
        for (uint256 i = 0; ; ++i) {
            Scar storage scar = scars[i];
            uint256 since = scar.since;
            if (since == 0) return (factor, NOW);
            if (since > round) return (factor, since);
            factor = Math.max(factor, younger ? scar.nextFactor : scar.factor);
        }
    }

    /// @dev A generation whose youth no slash can ask for any more joins the old units.
    function _mature(Present memory p, Work memory w) private view {
        if (w.disputes != 0) return;
        Young.Generations memory young = w.young;
        if (young.units0 != 0 && _isMature(p, young.from0)) {
            w.old += _now(w, young.from0, young.units0);
            young.units0 = 0;
        }
        if (young.units1 != 0 && _isMature(p, young.from1)) {
            w.old += _now(w, young.from1, young.units1);
            young.units1 = 0;
        }
    }

    function _isMature(Present memory p, uint256 from) private view returns (bool) {
        return from <= p.round && block.timestamp >= _challengeableUntil(p, from - 1);
    }

    /// @dev {s, Unix} From when on no fault of `round` can be challenged: after the window, and at the latest when the next round is over, so that the present round tells.
    function _challengeableUntil(Present memory p, uint256 round) internal pure returns (uint256) {
        if (round + 1 < p.round) return 0;
        uint256 window = _challengeWindow(p);
        return round >= p.round ? p.end + window : Math.min(p.start + window, p.end);
    }

    // --- Accounts ---

    function _loadHolder(address account) internal view returns (Holder memory h) {
        Account storage stored = _storage().accounts[account];
        AccountHead storage head = stored.head;
        uint256 word;
        assembly ("memory-safe") {
            word := sload(head.slot)
        }
        h.account = account;
        h.number = uint24(word);
        h.positions = uint32(word >> 24);
        h.locks = uint32(word >> 56);
        h.claimed = word >> 88;
        h.orchestrator = h.number;
        if (h.positions == 0) return h;
        Position storage position = stored.positions[h.positions - 1];
        assembly ("memory-safe") {
            word := sload(position.slot)
        }
        h.position = word;
        // An orchestrator stands behind itself, whatever it has.
        if (h.number == 0) h.orchestrator = uint24(word >> 32);
    }

    function _storeHead(Holder memory h) internal {
        AccountHead storage head = _storage().accounts[h.account].head;
        uint256 word = h.number | (h.positions << 24) | (h.locks << 56) | (h.claimed << 88);
        assembly ("memory-safe") {
            sstore(head.slot, word)
        }
    }

    /// @dev Reads the units of an account, which follows its pool.
    function _follow(Work memory w, Holder memory h) internal view {
        uint256 word = h.position; // 0 if there is none
        h.old = uint96(word >> 64);
        if (uint8(word >> 56) != 0) {
            Young.Generations memory older;
            _storage().accounts[h.account].older[h.positions - 1].load(older);
            _followYoung(w, h, older.from0, older.units0);
            _followYoung(w, h, older.from1, older.units1);
        }
        _followYoung(w, h, uint32(word), word >> 160);
    }

    /// @dev Adds issued units of a generation: as young ones while the pool holds them as such.
    function _followYoung(Work memory w, Holder memory h, uint256 from, uint256 issued) private view {
        if (issued == 0) return;
        if (w.young.unitsOf(from) != 0) h.young.add(from, issued);
        else h.old += _leaversNow(w, from, issued);
    }

    /// @dev {wei LPT} What a holder's active units are worth, when all of the pool's are worth `stake`.
    function _worth(Work memory w, Holder memory h, uint256 stake) internal pure returns (uint256) {
        uint256 all = _countAll(w);
        return all == 0 ? 0 : (stake * _count(w, h.old, h.young, w.round)) / all;
    }

    /// @dev {wei LPT} What a holder's units that become active with the next round are worth.
    function _waiting(Work memory w, Holder memory h) internal pure returns (uint256) {
        uint256 mine = h.young.unitsOf(w.round + 1);
        return mine == 0 ? 0 : (w.entering * mine) / w.young.unitsOf(w.round + 1);
    }

    function _nextTotal(Work memory w) internal pure returns (uint256) {
        return w.afterTotal - w.leavingStake - w.leavingCommission + w.entering;
    }

    /// @dev {wei LPT} What will be left of the commission when the round ends.
    function _nextCommission(Work memory w) internal pure returns (uint256) {
        return w.afterTotal - w.afterStake - w.leavingCommission;
    }

    function _nextSelfStake(Work memory w) private view returns (uint256) {
        Holder memory h = _loadHolder(w.orchestrator);
        _follow(w, h);
        return _worth(w, h, w.afterStake) + _nextCommission(w) + _waiting(w, h);
    }

    // --- What leaves ---

    function _cohort(Pool storage pool, uint256 round, uint256 kind) internal view returns (Cohort storage) {
        unchecked {
            return pool.cohorts[round * 8 + kind];
        }
    }

    /// @dev {wei LPT} Sums up what leaves at the end of the pool's round.
    function _loadLeaving(Work memory w) internal view {
        (w.leavingStake, w.leavingCommission) = (0, 0);
        uint256 kinds = _cohort(_poolOf(w), w.round, 0).kinds;
        for (uint256 kind = 0; kinds >> kind != 0; ++kind) {
            if ((kinds >> kind) & 1 == 0) continue;
            uint256 stake = _cohort(_poolOf(w), w.round, kind).stake;
            if (kind == uint256(Kind.Commission)) w.leavingCommission = stake;
            else w.leavingStake += stake;
        }
    }

    /// @dev Takes the units that leave out of the pool.
    function _letGo(Work memory w) private view {
        uint256 kinds = _cohort(_poolOf(w), w.round, 0).kinds & ~(1 << uint256(Kind.Commission));
        for (uint256 kind = 0; kinds >> kind != 0; ++kind) {
            if ((kinds >> kind) & 1 == 0) continue;
            Cohort storage cohort = _cohort(_poolOf(w), w.round, kind);
            (uint256 from, uint256 units) = (cohort.from, cohort.units);
            if (w.young.unitsOf(from) != 0) w.young.remove(from, units);
            else w.old -= _leaversNow(w, from, units);
        }
    }

    /// @dev {wei LPT} What a lock is worth, rounded down.
    function _valueOf(Lock memory lock) internal view returns (uint256) {
        Cohort storage cohort = _cohort(_storage().pools[lock.orchestrator], lock.round, uint256(lock.kind));
        (uint256 units, uint256 stake) = (cohort.units, cohort.stake);
        if (lock.kind == Kind.Commission) return stake;
        return units == 0 ? 0 : (stake * lock.units) / units;
    }
}
