// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Growth} from "../libraries/Growth.sol";
import {Young} from "../libraries/Young.sol";
import {BondingState} from "./BondingState.sol";

/// @title StakePools
/// @notice The stake behind each orchestrator: how it grows, enters and leaves. Every action opens one pool, which brings the whole and that pool up to date, changes it in
/// memory, and closes it.
/// @dev `sim/model/staking/` does the same in plain arithmetic, with the same roundings.
abstract contract StakePools is BondingState {
    using SafeCast for uint256;
    using Young for Young.Generations;

    // --- Constants ---

    /// @notice {wei LPT} The least that is bonded, and that stays when stake leaves: a price is a ratio of whole wei, and with three wei a slash would round away.
    uint256 public constant MINIMUM_POSITION = 0.01e18;
    /// @notice {1} A pool sells no more units than that: leaves room for scars. All LPT in one pool, at a price that has halved a hundred times over its growth, stays below.
    uint256 internal constant MAX_UNITS = 2 ** 92;
    /// @notice {2^-96} A generation that was spared nothing yet.
    uint256 internal constant UNSCARRED = 2 ** 96;

    // --- Types ---

    /// @dev Units of an account or of a part of its stake.
    struct Units {
        uint256 old;
        Young.Generations young;
    }

    /// @dev A pool while it is acted on.
    struct Work {
        uint256 number;
        address orchestrator;
        PoolHead head;
        uint256 old;
        uint256 stake;
        uint256 total;
        uint256 entering;
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
        /// @dev Of its history, since it was loaded.
        PoolEntry[] fresh;
    }

    // --- Opening and closing ---

    /// @dev Brings one pool up to date. Nobody has to.
    function _touch(uint256 number) internal {
        (Present memory p, Work memory w) = _open(number);
        _close(p, w);
    }

    /// @dev Brings the whole and the pool up to date, and loads it.
    function _open(uint256 number) internal returns (Present memory p, Work memory w) {
        p = _begin();
        Pool storage pool = _storage().pools[number];
        w = _loadPool(number);
        if (w.head.round < p.clock.round) {
            _advance(p, w, p.clock.round);
            for (uint256 i = 0; i < w.fresh.length; ++i) pool.history[w.head.entries++] = w.fresh[i];
            emit Rewarded(w.orchestrator, p.clock.round, w.stake, w.total);
        }
        _prepare(p, w);
        if (w.head.willEarn) w.counted = _nextTotal(w);
    }

    /// @dev The whole and a pool as they would be if somebody touched them now.
    function _peek(uint256 number) internal view returns (Present memory p, Work memory w) {
        p = _present();
        w = _loadPool(number);
        _advance(p, w, p.clock.round);
        _prepare(p, w);
    }

    /// @dev A pool that is at the present round, for an action in it.
    function _prepare(Present memory p, Work memory w) private view {
        _mature(p, w);
        _lookAhead(p, w);
        if (w.head.leaving) _loadLeaving(_storage().pools[w.number], w);
    }

    /// @dev Settles whether the pool will earn, counts its stake, and stores it.
    function _close(Present memory p, Work memory w) internal {
        BondingManagerStorage storage $ = _storage();
        uint256 total = _nextTotal(w);
        bool willEarn = !w.head.jailed &&
            total >= $.parameters.minimumStake &&
            _nextSelfStake(w) >= $.parameters.minimumSelfStake;

        p.next = p.next + (willEarn ? total : 0) - w.counted;
        if (willEarn != w.head.willEarn) {
            w.head.willEarn = willEarn;
            if (willEarn) ++p.clock.earners;
            else --p.clock.earners;
            emit ActivityChanged(w.orchestrator, willEarn, p.clock.round + 1);
        }
        _settleNext(p);
        Pool storage pool = $.pools[w.number];
        pool.head = w.head;
        (pool.old, pool.stake) = (uint128(w.old), uint128(w.stake));
        (pool.total, pool.entering) = (uint128(w.total), uint128(w.entering));
        pool.young = w.young;
    }

    /// @dev Number of a registered orchestrator.
    function _numberOf(address orchestrator) internal view returns (uint256 number) {
        number = _storage().accounts[orchestrator].head.number;
        require(number != 0, BondingManagerNotRegistered(orchestrator));
    }

    // --- Growth ---

    function _loadPool(uint256 number) internal view returns (Work memory w) {
        BondingManagerStorage storage $ = _storage();
        Pool storage pool = $.pools[number];
        w.number = number;
        w.orchestrator = $.addresses[number];
        w.head = pool.head;
        (w.old, w.stake) = (pool.old, pool.stake);
        (w.total, w.entering) = (pool.total, pool.entering);
        w.young = pool.young;
        (w.scar0, w.scar1) = (UNSCARRED, UNSCARRED);
        if (w.head.slashed) {
            w.scar0 = _scarAt(pool, w.young.from0, type(uint256).max);
            w.scar1 = _scarAt(pool, w.young.from1, type(uint256).max);
        }
    }

    /// @dev Brings a pool in memory to the beginning of `round`.
    function _advance(Present memory p, Work memory w, uint256 round) internal view {
        if (w.head.round >= round) return;
        Pool storage pool = _storage().pools[w.number];
        bool changed = w.head.changed || w.head.leaving || w.entering != 0 || w.head.earns != w.head.willEarn;

        _lookAhead(p, w);
        if (w.head.leaving) {
            _loadLeaving(pool, w);
            _letGo(pool, w);
        }
        w.stake = w.afterStake - w.leavingStake + w.entering;
        w.total = w.afterTotal - w.leavingStake - w.leavingCommission + w.entering;
        (w.entering, w.leavingStake, w.leavingCommission) = (0, 0, 0);
        w.head.round += 1;
        w.head.earns = w.head.willEarn;
        (w.head.leaving, w.head.changed) = (false, false);
        if (_changeCommission(pool, w) || changed) _addEntry(w);

        if (w.head.announced && pool.commissionRound < round) {
            _growTo(p, w, pool.commissionRound);
            if (_changeCommission(pool, w)) _addEntry(w);
        }
        _growTo(p, w, round);
        if (_changeCommission(pool, w)) _addEntry(w);
    }

    /// @dev {wei LPT} What the pool's units and all of it will be worth when the round ends, before anything enters or leaves.
    function _lookAhead(Present memory p, Work memory w) internal view {
        (w.afterStake, w.afterTotal) = _grown(p, w, w.head.round + 1);
    }

    function _growTo(Present memory p, Work memory w, uint256 round) private view {
        if (round <= w.head.round) return;
        (w.stake, w.total) = _grown(p, w, round);
        w.head.round = uint32(round);
    }

    function _grown(
        Present memory p,
        Work memory w,
        uint256 round
    ) private view returns (uint256 stake, uint256 total) {
        if (!w.head.earns) return (w.stake, w.total);
        return _grow(w.stake, w.total, w.head.rewardCut, _logAt(p, round) - _logAt(p, w.head.round));
    }

    /// @dev The units' worth grows by the power 1 − `rewardCut` of what the whole pool grows by.
    function _grow(
        uint256 stake,
        uint256 total,
        uint256 rewardCut,
        uint256 log
    ) internal pure returns (uint256 stakeAfter, uint256 totalAfter) {
        if (log == 0) return (stake, total);
        totalAfter = Growth.growDown(total, log);
        // The series may round the smaller power by less than the larger one.
        stakeAfter = Math.min(Growth.growDown(stake, Growth.afterCutDown(log, rewardCut)), totalAfter);
    }

    function _changeCommission(Pool storage pool, Work memory w) private view returns (bool) {
        if (!w.head.announced || pool.commissionRound > w.head.round) return false;
        (w.head.rewardCut, w.head.feeShare) = (pool.nextRewardCut, pool.nextFeeShare);
        w.head.announced = false;
        return true;
    }

    /// @dev Adds to the history what the pool is at the beginning of its round. There is nothing of that round yet: a commission changes at most once in it, and where stake
    /// arrives in the same, that is before.
    function _addEntry(Work memory w) private pure {
        uint256 count = w.fresh.length;
        PoolEntry[] memory entries = new PoolEntry[](count + 1);
        for (uint256 i = 0; i < count; ++i) entries[i] = w.fresh[i];
        entries[count] = PoolEntry({
            from: w.head.round,
            units: uint112(_countAll(w)),
            stake: uint112(w.stake),
            total: uint112(w.total),
            rewardCut: w.head.rewardCut,
            feeShare: w.head.feeShare,
            earns: w.head.earns
        });
        w.fresh = entries;
    }

    // --- Units ---

    /// @dev {1} Active units of the pool, with their scars.
    function _countAll(Work memory w) internal pure returns (uint256) {
        return w.old + _countYoung(w, w.young, type(uint256).max);
    }

    /// @dev {1} What young units that became active up to `until` are now; those that are not active yet do not count. A generation that the pool has folded has its last scar.
    function _countYoung(
        Work memory w,
        Young.Generations memory young,
        uint256 until
    ) internal pure returns (uint256 sum) {
        until = Math.min(until, w.head.round);
        if (young.units0 != 0 && young.from0 <= until) sum = _now(w, young.from0, young.units0);
        if (young.units1 != 0 && young.from1 <= until) sum += _now(w, young.from1, young.units1);
    }

    /// @dev {1} What units of a generation of the pool are now.
    function _now(Work memory w, uint256 from, uint256 issued) internal pure returns (uint256) {
        return (issued * _scarOf(w, from)) / UNSCARRED;
    }

    /// @dev {2^-96} Of a generation that the pool tells apart.
    function _scarOf(Work memory w, uint256 from) internal pure returns (uint256) {
        return w.young.from0 == from ? w.scar0 : w.young.from1 == from ? w.scar1 : UNSCARRED;
    }

    /// @dev {2^-96} The scar of generation `from`, as it was when `round` began.
    function _scarAt(Pool storage pool, uint256 from, uint256 round) internal view returns (uint256 factor) {
        factor = UNSCARRED;
        mapping(uint256 index => Scar) storage scars = pool.scars[from];
        for (uint256 i = 0; ; ++i) {
            Scar memory scar = scars[i];
            if (scar.since == 0 || scar.since > round) return factor;
            factor = scar.factor;
        }
    }

    /// @dev A generation whose youth no slash can ask for any more joins the old units.
    function _mature(Present memory p, Work memory w) private view {
        if (w.head.disputes != 0) return;
        (uint32 from0, uint96 units0) = (w.young.from0, w.young.units0);
        (uint32 from1, uint96 units1) = (w.young.from1, w.young.units1);
        if (units0 != 0 && _isMature(p, from0)) {
            w.old += _now(w, from0, units0);
            w.young.units0 = 0;
        }
        if (units1 != 0 && _isMature(p, from1)) {
            w.old += _now(w, from1, units1);
            w.young.units1 = 0;
        }
    }

    function _isMature(Present memory p, uint256 from) private view returns (bool) {
        return from <= p.clock.round && block.timestamp >= _challengeableUntil(p, from - 1);
    }

    /// @dev {s, Unix} From when on no fault of `round` can be challenged: after the window, and at the latest when the next round is over, so that the present round tells.
    function _challengeableUntil(Present memory p, uint256 round) internal view returns (uint256) {
        if (round >= p.clock.round) return type(uint256).max;
        if (round + 1 < p.clock.round) return 0;
        return Math.min(uint256(p.clock.start) + _storage().parameters.challengeWindow, p.clock.end);
    }

    // --- Accounts ---

    /// @dev Number of the orchestrator behind which an account stands; 0 = none.
    function _standsBehind(Account storage account, AccountHead memory head) internal view returns (uint256) {
        if (head.number != 0) return head.number;
        return head.positions == 0 ? 0 : account.positions[head.positions - 1].orchestrator;
    }

    /// @dev The units of an account, which follows its pool.
    function _unitsOf(Work memory w, Account storage account) internal view returns (Units memory units) {
        uint256 count = account.head.positions;
        if (count == 0) return units;
        Position memory position = account.positions[count - 1];
        units.old = position.old;
        if (position.hasOlder) {
            Young.Generations memory older = account.older[count - 1];
            _follow(w, units, older.from0, older.units0);
            _follow(w, units, older.from1, older.units1);
        }
        _follow(w, units, position.from, position.young);
    }

    /// @dev Adds issued units of a generation: as young ones while the pool holds them as such.
    function _follow(Work memory w, Units memory units, uint256 from, uint256 issued) private view {
        if (issued == 0) return;
        if (w.young.unitsOf(from) != 0) units.young.add(from, issued);
        else if (!w.head.slashed) units.old += issued;
        else units.old += (issued * _scarAt(_storage().pools[w.number], from, type(uint256).max)) / UNSCARRED;
    }

    /// @dev Writes what an account has from the next round on.
    function _keepPosition(Account storage account, Work memory w, Units memory units, bool stands) internal {
        uint256 from = w.head.round + 1;
        uint256 count = account.head.positions;
        if (count == 0 || account.positions[count - 1].from != from) account.head.positions = uint32(++count);

        uint256 young = units.young.unitsOf(from);
        units.young.remove(from, young);
        bool hasOlder = units.young.units0 != 0 || units.young.units1 != 0;
        account.positions[count - 1] = Position({
            from: uint32(from),
            orchestrator: stands ? uint24(w.number) : 0,
            hasOlder: hasOlder,
            old: units.old.toUint96(),
            young: uint96(young)
        });
        if (hasOlder) account.older[count - 1] = units.young;
    }

    /// @dev {wei LPT} What active units are worth, when all of the pool's are worth `stake`.
    function _worth(Work memory w, Units memory units, uint256 stake) internal pure returns (uint256) {
        uint256 all = _countAll(w);
        return all == 0 ? 0 : (stake * (units.old + _countYoung(w, units.young, type(uint256).max))) / all;
    }

    /// @dev {wei LPT} What units that become active with the next round are worth.
    function _waiting(Work memory w, Units memory units) internal pure returns (uint256) {
        uint256 from = w.head.round + 1;
        uint256 issued = w.young.unitsOf(from);
        return issued == 0 ? 0 : (w.entering * units.young.unitsOf(from)) / issued;
    }

    function _nextTotal(Work memory w) internal pure returns (uint256) {
        return w.afterTotal - w.leavingStake - w.leavingCommission + w.entering;
    }

    function _nextSelfStake(Work memory w) internal view returns (uint256) {
        Units memory units = _unitsOf(w, _storage().accounts[w.orchestrator]);
        return
            _worth(w, units, w.afterStake) +
            w.afterTotal -
            w.afterStake -
            w.leavingCommission +
            _waiting(w, units);
    }

    // --- Entering ---

    /// @dev Bonds `amount` as `delegator` behind the pool's orchestrator, from the next round on.
    function _enter(Work memory w, address delegator, uint256 amount) internal {
        require(amount >= MINIMUM_POSITION, BondingManagerAmountTooSmall(amount, MINIMUM_POSITION));
        require(w.head.disputes == 0, BondingManagerDisputed(w.orchestrator, w.head.disputes));
        BondingManagerStorage storage $ = _storage();
        Account storage account = $.accounts[delegator];
        uint256 behind = _standsBehind(account, account.head);
        require(
            behind == 0 || behind == w.number,
            BondingManagerBondedElsewhere($.addresses[behind], w.orchestrator)
        );

        uint256 from = w.head.round + 1;
        uint256 issued = _unitsFor(w, amount);
        require(
            issued != 0 && _countAll(w) + w.young.unitsOf(from) + issued <= MAX_UNITS,
            BondingManagerPoolWorthless(w.orchestrator)
        );
        Units memory units = behind == 0 ? Units(0, Young.Generations(0, 0, 0, 0)) : _unitsOf(w, account);
        units.young.add(from, issued);
        w.young.add(from, issued);
        w.entering += amount;
        _keepPosition(account, w, units, true);
        emit Bonded(delegator, w.orchestrator, amount, issued, from);
    }

    /// @dev {1} How many units `amount` buys at the price of the next round, rounded down. Those who arrive together in an empty pool have no price but their own.
    function _unitsFor(Work memory w, uint256 amount) private pure returns (uint256) {
        uint256 all = _countAll(w);
        if (all == 0) return amount;
        if (w.afterStake == 0) return 0;
        return (((amount * all) / w.afterStake) * UNSCARRED) / _scarOf(w, w.head.round + 1);
    }

    /// @dev Takes back `amount` of the `waiting` stake that is not active yet.
    function _cancel(Work memory w, Units memory units, uint256 amount, uint256 waiting) internal pure {
        uint256 from = w.head.round + 1;
        uint256 issued = units.young.unitsOf(from);
        uint256 part = amount == waiting ? issued : Math.ceilDiv(issued * amount, waiting);
        units.young.remove(from, part);
        w.young.remove(from, part);
        w.entering -= amount;
    }

    // --- Leaving ---

    /// @dev Moves stake, worth `amount` of the account's `active` now, into cohorts of this round: old units first, then the older of the young ones. A lock for each.
    function _leave(Work memory w, Units memory units, address delegator, uint256 amount, uint256 active) internal {
        bool everything = amount == active;
        uint256 missing = units.old + _countYoung(w, units.young, type(uint256).max);
        if (!everything) missing = Math.min(missing, Math.ceilDiv(amount * _countAll(w), w.stake));

        uint256 taken = everything ? units.old : Math.min(missing, units.old);
        missing -= taken;
        units.old -= taken;
        _join(w, delegator, 0, taken, taken);

        uint256 second = units.young.from1;
        missing = _leaveYoung(w, units, delegator, units.young.from0, missing, everything);
        _leaveYoung(w, units, delegator, second, missing, everything);
    }

    /// @dev Lets units of one generation leave: all of them, or as many as make up for `missing` ones, rounded up. Returns how many are missing still.
    function _leaveYoung(
        Work memory w,
        Units memory units,
        address delegator,
        uint256 from,
        uint256 missing,
        bool everything
    ) private returns (uint256) {
        uint256 taken = units.young.unitsOf(from);
        if (taken == 0 || from > w.head.round) return missing;
        if (!everything) taken = Math.min(taken, Math.ceilDiv(missing * UNSCARRED, _scarOf(w, from)));
        if (taken == 0) return missing;
        uint256 counted = _now(w, from, taken);
        units.young.remove(from, taken);
        _join(w, delegator, from, taken, counted);
        return Math.saturatingSub(missing, counted);
    }

    /// @dev Puts units, `counted` with their scars, into the cohort of this round and their kind, and makes a lock of them.
    function _join(Work memory w, address delegator, uint256 from, uint256 issued, uint256 counted) private {
        if (issued == 0) return;
        Pool storage pool = _storage().pools[w.number];
        uint256 stake = (counted * w.afterStake) / _countAll(w);
        Kind kind = _kindOf(pool, w, from, delegator == w.orchestrator);
        Cohort storage cohort = _cohort(pool, w.head.round, kind);
        (cohort.units, cohort.stake, cohort.from) = (
            (cohort.units + issued).toUint96(),
            (cohort.stake + stake).toUint96(),
            uint32(from)
        );
        w.leavingStake += stake;
        _markKind(pool, w, kind);
        _lock(w, delegator, kind, stake, issued);
    }

    /// @dev Takes `amount`, as it will be when the round ends, out of the commission, into the one lock for it of this round.
    function _leaveCommission(Work memory w, uint256 amount) internal {
        uint256 commission = w.afterTotal - w.afterStake - w.leavingCommission;
        require(commission >= amount, BondingManagerInsufficientStake(commission, amount));
        Pool storage pool = _storage().pools[w.number];
        Cohort storage cohort = _cohort(pool, w.head.round, Kind.Commission);
        w.leavingCommission += amount;
        if (cohort.from == 0) {
            _markKind(pool, w, Kind.Commission);
            cohort.from = w.head.round;
            cohort.units = uint96(_lock(w, w.orchestrator, Kind.Commission, amount, 0));
        } else {
            uint256 withdrawRound = _storage().accounts[w.orchestrator].locks[cohort.units].withdrawRound;
            emit Unbonded(w.orchestrator, w.orchestrator, cohort.units, Kind.Commission, amount, 0, withdrawRound);
        }
        cohort.stake = (cohort.stake + amount).toUint96();
    }

    function _lock(
        Work memory w,
        address delegator,
        Kind kind,
        uint256 amount,
        uint256 units
    ) private returns (uint256 lockId) {
        BondingManagerStorage storage $ = _storage();
        Account storage account = $.accounts[delegator];
        uint32 withdrawRound = w.head.round + $.parameters.unbondingPeriod;
        lockId = account.head.locks++;
        account.locks[lockId] = Lock(uint96(units), w.head.round, withdrawRound, uint24(w.number), kind);
        emit Unbonded(delegator, w.orchestrator, lockId, kind, amount, units, withdrawRound);
    }

    /// @dev Which cohort of the round takes units of generation `from`; 0 = old ones.
    function _kindOf(Pool storage pool, Work memory w, uint256 from, bool own) private view returns (Kind) {
        uint256 kind = own ? uint256(Kind.OwnOld) : uint256(Kind.Old);
        if (from == 0) return Kind(kind);
        Cohort storage first = _cohort(pool, w.head.round, Kind(kind + 1));
        return Kind(first.units == 0 || first.from == from ? kind + 1 : kind + 2);
    }

    function _markKind(Pool storage pool, Work memory w, Kind kind) private {
        Cohort storage first = _cohort(pool, w.head.round, Kind.Old);
        first.kinds |= uint8(1 << uint256(kind));
        w.head.leaving = true;
    }

    function _cohort(Pool storage pool, uint256 round, Kind kind) internal view returns (Cohort storage) {
        return pool.cohorts[round * 8 + uint256(kind)];
    }

    /// @dev {wei LPT} Sums up what leaves at the end of the pool's round.
    function _loadLeaving(Pool storage pool, Work memory w) internal view {
        (w.leavingStake, w.leavingCommission) = (0, 0);
        uint256 kinds = _cohort(pool, w.head.round, Kind.Old).kinds;
        for (uint256 kind = 0; kinds >> kind != 0; ++kind) {
            if ((kinds >> kind) & 1 == 0) continue;
            uint256 stake = _cohort(pool, w.head.round, Kind(kind)).stake;
            if (Kind(kind) == Kind.Commission) w.leavingCommission = stake;
            else w.leavingStake += stake;
        }
    }

    /// @dev Takes the units that leave out of the pool.
    function _letGo(Pool storage pool, Work memory w) private view {
        uint256 kinds = _cohort(pool, w.head.round, Kind.Old).kinds;
        for (uint256 kind = 0; kind < uint256(Kind.Commission); ++kind) {
            if ((kinds >> kind) & 1 == 0) continue;
            Cohort memory cohort = _cohort(pool, w.head.round, Kind(kind));
            if (cohort.from == 0) w.old -= cohort.units;
            else w.young.remove(cohort.from, cohort.units);
        }
    }

    // --- Locks ---

    /// @dev As long as nobody touched the pool since, a lock's cohort is still counted in it.
    function _leaveBehind(Lock memory lock) internal {
        if (_storage().pools[lock.orchestrator].head.round > lock.round) return;
        _touch(lock.orchestrator);
    }

    /// @dev {wei LPT} What a lock is worth, rounded down.
    function _valueOf(Pool storage pool, Lock memory lock) internal view returns (uint256) {
        Cohort memory cohort = _cohort(pool, lock.round, lock.kind);
        if (lock.kind == Kind.Commission) return cohort.stake;
        return cohort.units == 0 ? 0 : (uint256(cohort.stake) * lock.units) / cohort.units;
    }

    /// @dev Takes a lock out of its cohort.
    function _redeem(address delegator, uint256 lockId, Lock memory lock) internal returns (uint256 value) {
        BondingManagerStorage storage $ = _storage();
        Pool storage pool = $.pools[lock.orchestrator];
        value = _valueOf(pool, lock);
        Cohort storage cohort = _cohort(pool, lock.round, lock.kind);
        (cohort.units, cohort.stake) = (
            lock.kind == Kind.Commission ? cohort.units : cohort.units - lock.units,
            cohort.stake - uint96(value)
        );
        delete $.accounts[delegator].locks[lockId];
    }

    function _lockOf(address delegator, uint256 lockId) internal view returns (Lock memory lock) {
        lock = _storage().accounts[delegator].locks[lockId];
        require(lock.withdrawRound != 0, BondingManagerNoSuchLock(delegator, lockId));
    }
}
