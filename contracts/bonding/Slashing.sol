// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Ratio} from "../libraries/Ratio.sol";
import {Young} from "../libraries/Young.sol";
import {StakePools} from "./StakePools.sol";

/// @title Slashing
/// @notice What a fault takes, and from whom: the stake that was active behind the orchestrator in the round of the fault, wherever it is by now (S5).
abstract contract Slashing is StakePools {
    using SafeCast for uint256;
    using Young for Young.Generations;

    /// @notice {1e18 = 1} The most that one fault takes.
    uint256 public constant MAX_SLASH = 0.5e18;
    /// @dev {1} The faults that can be forgiven at a time.
    uint256 internal constant MAX_FAULT_ALLOWANCE = 3;

    /// @dev What a slash has taken so far {wei LPT}.
    struct Toll {
        uint256 fault;
        uint256 fraction;
        uint256 loss;
        /// @dev The orchestrator's part of it.
        uint256 own;
    }

    /// @dev A fault of `fault` was challenged; the pool takes no new stake until it is settled.
    function _openDispute(uint256 number, uint256 fault) internal {
        (Present memory p, Work memory w) = _open(number);
        require(fault <= p.clock.round, BondingManagerRoundAhead(fault, p.clock.round));
        require(
            block.timestamp < _challengeableUntil(p, fault),
            BondingManagerFaultTooOld(fault, fault + 1 < p.clock.round ? p.clock.round - 1 : p.clock.round)
        );
        require(
            w.head.disputes != type(uint8).max,
            BondingManagerTooManyDisputes(w.orchestrator, type(uint8).max)
        );
        ++w.head.disputes;
        ++_storage().pools[number].faults[fault].disputes;
        _close(p, w);
        emit DisputeOpened(w.orchestrator, fault, msg.sender);
    }

    function _closeDispute(uint256 number, uint256 fault) internal {
        (Present memory p, Work memory w) = _open(number);
        Fault storage known = _storage().pools[number].faults[fault];
        require(known.disputes != 0, BondingManagerNotDisputed(w.orchestrator, fault));

        --w.head.disputes;
        --known.disputes;
        _close(p, w);
        emit DisputeClosed(w.orchestrator, fault, msg.sender);
    }

    /// @dev Takes `fraction` of what the stake that was active in `fault` has become, and jails the orchestrator; unless the fault is forgiven.
    function _slash(uint256 number, uint256 fault, uint256 fraction) internal returns (Work memory w, Toll memory toll) {
        Present memory p;
        (p, w) = _open(number);
        BondingManagerStorage storage $ = _storage();
        Pool storage pool = $.pools[number];
        Fault storage known = pool.faults[fault];
        require(known.disputes != 0, BondingManagerNotDisputed(w.orchestrator, fault));
        require(!known.judged, BondingManagerSlashed(w.orchestrator, fault));
        known.judged = true;
        if (_forgive(pool, fault)) {
            emit FaultForgiven(w.orchestrator, fault);
            _close(p, w);
            return (w, toll);
        }

        (toll.fault, toll.fraction) = (fault, fraction);
        w.head.jailed = true;
        pool.jailedUntil = w.head.round + $.parameters.jailPeriod;
        _takeFromPool(p, pool, w, toll);
        _takeFromCohorts(pool, w, toll);
        _close(p, w);
    }

    /// @dev Whether the fault is within the allowance; if so, it is kept in mind, as long as it matters.
    function _forgive(Pool storage pool, uint256 fault) private returns (bool) {
        Parameters storage parameters_ = _storage().parameters;
        uint256 allowance = parameters_.faultAllowance;
        if (allowance == 0) return false;

        uint256 period = parameters_.faultPeriod;
        uint32[MAX_FAULT_ALLOWANCE] memory forgiven = pool.forgiven;
        uint256 near = 0;
        uint256 oldest = 0;
        for (uint256 i = 0; i < MAX_FAULT_ALLOWANCE; ++i) {
            // Faults are not judged in their order: the period counts in both directions.
            uint256 other = forgiven[i];
            if (other != 0 && other + period > fault && other < fault + period) ++near;
            if (other < forgiven[oldest]) oldest = i;
        }
        if (near >= allowance) return false;
        pool.forgiven[oldest] = uint32(fault);
        return true;
    }

    function _takeFromPool(Present memory p, Pool storage pool, Work memory w, Toll memory toll) private {
        uint256 own = _ownLiable(pool, w, toll.fault);
        uint256 all = _countAll(w);
        uint256 guilty = w.old + _countYoung(w, w.young, toll.fault);
        uint256 commission = w.total - w.stake;

        uint256 taken = all == 0 ? 0 : Ratio.ofDown((w.stake * guilty) / all, toll.fraction);
        uint256 takenCommission = Ratio.ofDown(commission, toll.fraction);
        w.stake -= taken;
        w.total -= taken + takenCommission;
        toll.loss += taken + takenCommission;
        if (guilty != 0) toll.own += (taken * own) / guilty;
        toll.own += takenCommission;

        _scar(pool, w, toll);
        _lookAhead(p, w);
        _reweigh(pool, w, toll);
        w.head.changed = true;
        w.head.slashed = true;
    }

    /// @dev {1} The orchestrator's own units that were active in the round of the fault, those that leave in this round included.
    function _ownLiable(Pool storage pool, Work memory w, uint256 fault) private view returns (uint256 sum) {
        Units memory units = _unitsOf(w, _storage().accounts[w.orchestrator]);
        sum = units.old + _countYoung(w, units.young, fault);
        uint256 kinds = _cohort(pool, w.head.round, Kind.Old).kinds;
        for (uint256 kind = uint256(Kind.OwnOld); kind <= uint256(Kind.OwnSecondYoung); ++kind) {
            if ((kinds >> kind) & 1 == 0) continue;
            Cohort memory cohort = _cohort(pool, w.head.round, Kind(kind));
            if (cohort.from <= fault) sum += _now(w, cohort.from, cohort.units);
        }
    }

    /// @dev Gives the units of younger generations as many more as make up for a price that falls.
    function _scar(Pool storage pool, Work memory w, Toll memory toll) private {
        Young.Generations memory young = w.young;
        if (young.units0 != 0 && young.from0 > toll.fault) w.scar0 = _deepen(pool, w, young.from0, w.scar0, toll);
        if (young.units1 != 0 && young.from1 > toll.fault) w.scar1 = _deepen(pool, w, young.from1, w.scar1, toll);
    }

    function _deepen(
        Pool storage pool,
        Work memory w,
        uint256 from,
        uint256 scar,
        Toll memory toll
    ) private returns (uint256 factor) {
        factor = (scar * Ratio.ONE) / (Ratio.ONE - toll.fraction);
        mapping(uint256 index => Scar) storage scars = pool.scars[from];
        uint256 last = 0;
        while (scars[last].since != 0) ++last;
        // Two slashes in one round make one scar.
        if (last != 0 && scars[last - 1].since == w.head.round + 1) --last;
        scars[last] = Scar(w.head.round + 1, factor.toUint224());
    }

    /// @dev What leaves with this round was slashed as a part of the pool.
    function _reweigh(Pool storage pool, Work memory w, Toll memory toll) private {
        if (!w.head.leaving) return;
        uint256 all = _countAll(w);
        uint256 kinds = _cohort(pool, w.head.round, Kind.Old).kinds;
        w.leavingStake = 0;
        for (uint256 kind = 0; kind < uint256(Kind.Commission); ++kind) {
            if ((kinds >> kind) & 1 == 0) continue;
            Cohort storage cohort = _cohort(pool, w.head.round, Kind(kind));
            uint256 stake = all == 0 ? 0 : (_now(w, cohort.from, cohort.units) * w.afterStake) / all;
            cohort.stake = uint96(stake);
            w.leavingStake += stake;
        }
        if (w.leavingCommission == 0) return;
        uint256 left = w.leavingCommission - Ratio.ofDown(w.leavingCommission, toll.fraction);
        w.leavingCommission = Math.min(left, w.afterTotal - w.afterStake);
        _cohort(pool, w.head.round, Kind.Commission).stake = uint96(w.leavingCommission);
    }

    /// @dev From stake that left after the fault. A cohort pays its part as a whole, or nothing.
    function _takeFromCohorts(Pool storage pool, Work memory w, Toll memory toll) private {
        for (uint256 round = toll.fault; round < w.head.round; ++round) {
            uint256 kinds = _cohort(pool, round, Kind.Old).kinds;
            for (uint256 kind = 0; kinds >> kind != 0; ++kind) {
                if ((kinds >> kind) & 1 == 0) continue;
                Cohort storage cohort = _cohort(pool, round, Kind(kind));
                if (Kind(kind) != Kind.Commission && cohort.from > toll.fault) continue;
                uint256 taken = Ratio.ofDown(cohort.stake, toll.fraction);
                cohort.stake -= uint96(taken);
                toll.loss += taken;
                if (kind >= uint256(Kind.OwnOld)) toll.own += taken;
            }
        }
    }
}
