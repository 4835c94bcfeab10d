// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PausableUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/PausableUpgradeable.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Young} from "../libraries/Young.sol";
import {StakePools} from "./StakePools.sol";

/// @title StakeMoves
/// @notice How stake enters a pool, leaves it, and comes out of a lock.
abstract contract StakeMoves is StakePools {
    using SafeCast for uint256;
    using Young for Young.Generations;
    using Young for Young.Packed;

    // --- Constants ---

    /// @notice {wei LPT} The least that is bonded, and that stays when stake leaves: a price is a ratio of whole wei, and with three wei a slash would round away.
    uint256 public constant MINIMUM_POSITION = 0.01e18;
    /// @dev {1} A pool sells no more units than that: 96 bits hold them with their scars.
    uint256 private constant MAX_UNITS = 2 ** 92;

    // --- Entering ---

    /// @dev Bonds `amount` as the caller behind `orchestrator`, from the next round on; not in a pause.
    function _bond(uint256 amount, address orchestrator) internal {
        (Present memory p, Work memory w) = _open(_numberOf(orchestrator));
        if (p.paused != 0) revert PausableUpgradeable.EnforcedPause();
        _enter(w, msg.sender, amount);
        _closeForOthers(p, w, true);
    }

    /// @dev Bonds `amount` as `delegator` behind the pool's orchestrator, from the next round on.
    function _enter(Work memory w, address delegator, uint256 amount) internal {
        require(amount >= MINIMUM_POSITION, BondingManagerAmountTooSmall(amount, MINIMUM_POSITION));
        require(w.disputes == 0, BondingManagerDisputed(w.orchestrator, w.disputes));
        Holder memory h = _loadHolder(delegator);
        if (h.orchestrator != 0) {
            // What a `require` would tell is read even if nothing is wrong.
            if (h.orchestrator != w.number) {
                revert BondingManagerBondedElsewhere(_storage().pools[h.orchestrator].orchestrator, w.orchestrator);
            }
            _follow(w, h);
        }

        uint256 from = w.round + 1;
        uint256 all = _countAll(w);
        uint256 issued = _unitsFor(w, amount, all);
        require(
            issued != 0 && all + w.young.unitsOf(from) + issued <= MAX_UNITS,
            BondingManagerPoolWorthless(w.orchestrator)
        );
        h.young.add(from, issued);
        w.young.add(from, issued);
        _loadScars(w); // a generation may have changed its place
        w.entering += amount;
        _storeHolder(w, h, true);
        emit Bonded(delegator, w.orchestrator, amount, issued, from);
    }

    /// @dev {1} How many units `amount` buys at the price of the next round, rounded down. Those who arrive together in an empty pool have no price but their own.
    function _unitsFor(Work memory w, uint256 amount, uint256 all) private pure returns (uint256) {
        if (all == 0) return amount;
        if (w.afterStake == 0) return 0;
        uint256 units = (amount * all) / w.afterStake;
        return w.flags & SLASHED == 0 ? units : (units * UNSCARRED) / _scarOf(w, w.round + 1);
    }

    /// @dev Writes what an account has from the next round on.
    function _storeHolder(Work memory w, Holder memory h, bool stands) internal {
        Account storage stored = _storage().accounts[h.account];
        uint256 from = w.round + 1;
        if (uint32(h.position) != from) ++h.positions;
        _storeHead(h);

        uint256 young = h.young.unitsOf(from);
        h.young.remove(from, young);
        uint256 word = from | (h.old << 64) | (young << 160);
        if (stands) word |= w.number << 32;
        if (h.young.units0 != 0 || h.young.units1 != 0) {
            word |= 1 << 56;
            stored.older[h.positions - 1].store(h.young);
        }
        Position storage position = stored.positions[h.positions - 1];
        assembly ("memory-safe") {
            sstore(position.slot, word)
        }
    }

    /// @dev Takes back `amount` of the `waiting` stake that is not active yet.
    function _cancel(Work memory w, Holder memory h, uint256 amount, uint256 waiting) internal pure {
        uint256 from = w.round + 1;
        uint256 part = h.young.unitsOf(from);
        if (amount != waiting) part = Math.ceilDiv(part * amount, waiting);
        h.young.remove(from, part);
        w.young.remove(from, part);
        w.entering -= amount;
    }

    // --- Leaving ---

    /// @dev Moves stake, worth `amount` of the holder's `active` now, into cohorts of this round: old units first, then the older of the young ones. A lock for each.
    function _leave(Present memory p, Work memory w, Holder memory h, uint256 amount, uint256 active) internal {
        bool everything = amount == active;
        uint256 missing = type(uint256).max;
        if (!everything) {
            uint256 mine = _count(w, h.old, h.young, w.round);
            missing = Math.min(mine, Math.ceilDiv(amount * _countAll(w), w.stake));
        }

        uint256 taken = Math.min(missing, h.old);
        missing -= taken;
        h.old -= taken;
        if (taken != 0) _join(p, w, h, 0, taken);

        uint256 second = h.young.from1;
        missing = _leaveYoung(p, w, h, h.young.from0, missing);
        _leaveYoung(p, w, h, second, missing);
    }

    /// @dev Lets units of one generation leave: as many as make up for `missing` ones, rounded up. Returns how many are missing still.
    function _leaveYoung(
        Present memory p,
        Work memory w,
        Holder memory h,
        uint256 from,
        uint256 missing
    ) private returns (uint256) {
        uint256 taken = h.young.unitsOf(from);
        if (taken == 0 || from > w.round || missing == 0) return missing;
        // Nobody has 2^128 units; more are wanted only of who wants everything.
        if (missing < 2 ** 128) taken = Math.min(taken, Math.ceilDiv(missing * UNSCARRED, _scarOf(w, from)));
        h.young.remove(from, taken);
        _join(p, w, h, from, taken);
        return Math.saturatingSub(missing, _now(w, from, taken));
    }

    /// @dev Puts units into the cohort of this round and their kind, and makes a lock of them.
    function _join(Present memory p, Work memory w, Holder memory h, uint256 from, uint256 units) private {
        uint256 counted = from == 0 ? units : _now(w, from, units);
        uint256 stake = (counted * w.afterStake) / _countAll(w);
        uint256 kind = _kindOf(w, from, h.account == w.orchestrator);
        Cohort storage cohort = _cohort(_poolOf(w), w.round, kind);
        (cohort.units, cohort.stake, cohort.from) = (
            (cohort.units + units).toUint96(),
            (cohort.stake + stake).toUint96(),
            uint32(from)
        );
        w.leavingStake += stake;
        _markKind(w, kind);
        _lock(p, w, h, kind, stake, units);
    }

    /// @dev Takes `amount`, as it will be when the round ends, out of the commission, into the one lock for it of this round.
    function _leaveCommission(Present memory p, Work memory w, Holder memory h, uint256 amount) internal {
        uint256 commission = _nextCommission(w);
        require(commission >= amount, BondingManagerInsufficientStake(commission, amount));
        uint256 kind = uint256(Kind.Commission);
        Cohort storage cohort = _cohort(_poolOf(w), w.round, kind);
        w.leavingCommission += amount;
        if (cohort.from == 0) {
            _markKind(w, kind);
            cohort.from = uint32(w.round);
            cohort.units = uint96(_lock(p, w, h, kind, amount, 0));
            _storeHead(h);
        } else {
            uint256 withdrawRound = _storage().accounts[h.account].locks[cohort.units].withdrawRound;
            emit Unbonded(h.account, h.account, cohort.units, Kind.Commission, amount, 0, withdrawRound);
        }
        cohort.stake = (cohort.stake + amount).toUint96();
    }

    function _lock(
        Present memory p,
        Work memory w,
        Holder memory h,
        uint256 kind,
        uint256 amount,
        uint256 units
    ) private returns (uint256 lockId) {
        uint256 withdrawRound = w.round + _unbondingPeriod(p);
        lockId = h.locks++;
        Lock storage lock = _storage().accounts[h.account].locks[lockId];
        uint256 word = units | (w.round << 96) | (withdrawRound << 128) | (w.number << 160) | (kind << 184);
        assembly ("memory-safe") {
            sstore(lock.slot, word)
        }
        emit Unbonded(h.account, w.orchestrator, lockId, Kind(kind), amount, units, withdrawRound);
    }

    /// @dev Which cohort of the round takes units of generation `from`; 0 = old ones.
    function _kindOf(Work memory w, uint256 from, bool own) private view returns (uint256 kind) {
        kind = own ? uint256(Kind.OwnOld) : uint256(Kind.Old);
        if (from == 0) return kind;
        Cohort storage first = _cohort(_poolOf(w), w.round, ++kind);
        if (first.units != 0 && first.from != from) ++kind;
    }

    function _markKind(Work memory w, uint256 kind) private {
        _cohort(_poolOf(w), w.round, 0).kinds |= uint8(1 << kind);
        w.flags |= LEAVING;
    }

    // --- Locks ---

    function _lockOf(address delegator, uint256 lockId) internal view returns (Lock memory lock) {
        lock = _storage().accounts[delegator].locks[lockId];
        require(lock.withdrawRound != 0, BondingManagerNoSuchLock(delegator, lockId));
    }

    /// @dev Takes a lock out of its cohort. As long as nobody has touched the pool since, the cohort is still counted in it.
    function _redeem(address delegator, uint256 lockId, Lock memory lock) internal returns (uint256 value) {
        BondingManagerStorage storage $ = _storage();
        if ($.pools[lock.orchestrator].round <= lock.round) _touch(lock.orchestrator);
        value = _valueOf(lock);
        Cohort storage cohort = _cohort($.pools[lock.orchestrator], lock.round, uint256(lock.kind));
        // The units of a commission are the number of its lock.
        uint96 units = lock.kind == Kind.Commission ? 0 : lock.units;
        (cohort.units, cohort.stake) = (cohort.units - units, cohort.stake - uint96(value));
        delete $.accounts[delegator].locks[lockId];
    }
}
