// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Ratio} from "../libraries/Ratio.sol";
import {Young} from "../libraries/Young.sol";
import {StakePools} from "./StakePools.sol";

/// @title Slashing
/// @notice What a fault takes, and from whom: the stake that was active behind the orchestrator in the round of the fault, wherever it is by now (S5).
abstract contract Slashing is StakePools {
    /// @notice {1e18 = 1} The most that one fault takes.
    uint256 public constant MAX_SLASH = 0.5e18;
    /// @dev {1} Faults that can be kept in mind.
    uint256 private constant MAX_FORGIVEN = 3;
    /// @dev {2^-96} However often a pool is slashed while a generation is young, units fit 96 bits. Beyond that the young ones pay, too: their pool has lost seven eighths.
    uint256 private constant MAX_SCAR = UNSCARRED << 3;

    /// @dev What a slash has taken so far {wei LPT}.
    struct Toll {
        uint256 fault;
        uint256 fraction;
        uint256 loss;
        /// @dev The orchestrator's part of it.
        uint256 own;
    }

    /// @dev A fault was challenged; the pool takes no new stake until it is settled.
    function _openDispute(address orchestrator, uint256 fault) internal returns (uint256 open) {
        uint256 number = _numberOf(orchestrator);
        (Present memory p, Work memory w) = _open(number);
        require(fault <= p.round, BondingManagerRoundAhead(fault, p.round));
        uint256 least = block.timestamp < _challengeableUntil(p, p.round - 1) ? p.round - 1 : p.round;
        require(fault >= least, BondingManagerFaultTooOld(fault, least));
        require(w.disputes != type(uint8).max, BondingManagerTooManyDisputes(orchestrator, type(uint8).max));
        open = ++w.disputes;
        ++_storage().pools[number].faults[fault].disputes;
        _close(p, w);
        emit DisputeOpened(orchestrator, fault, msg.sender);
    }

    function _closeDispute(address orchestrator, uint256 fault) internal {
        uint256 number = _numberOf(orchestrator);
        (Present memory p, Work memory w) = _open(number);
        Fault storage known = _storage().pools[number].faults[fault];
        require(known.disputes != 0, BondingManagerNotDisputed(orchestrator, fault));
        --w.disputes;
        --known.disputes;
        _close(p, w);
        emit DisputeClosed(orchestrator, fault, msg.sender);
    }

    /// @dev Takes `fraction` of what the stake that was active in the round of the fault has become, and jails the orchestrator; unless the fault is forgiven.
    function _slash(
        address orchestrator,
        uint256 fault,
        uint256 fraction
    ) internal returns (Toll memory toll, uint256 jailedUntil) {
        uint256 number = _numberOf(orchestrator);
        (Present memory p, Work memory w) = _open(number);
        Pool storage pool = _storage().pools[number];
        Fault storage known = pool.faults[fault];
        require(known.disputes != 0, BondingManagerNotDisputed(orchestrator, fault));
        require(!known.judged, BondingManagerSlashed(orchestrator, fault));
        known.judged = true;
        if (_forgive(p, pool, fault)) {
            emit FaultForgiven(orchestrator, fault);
        } else {
            (toll.fault, toll.fraction) = (fault, fraction);
            jailedUntil = w.round + _jailPeriod(p);
            pool.jailedUntil = uint32(jailedUntil);
            _takeFromPool(p, w, toll);
            _takeFromCohorts(w, toll);
            w.flags |= JAILED | CHANGED | SLASHED;
        }
        _close(p, w);
    }

    /// @dev Whether the fault is within the allowance; if so, it is kept in mind, as long as it matters.
    function _forgive(Present memory p, Pool storage pool, uint256 fault) private returns (bool) {
        uint256 allowance = _faultAllowance(p);
        if (allowance == 0) return false;

        uint256 period = _storage().parameters.faultPeriod;
        uint256 forgiven = pool.forgiven;
        uint256 near = 0;
        uint256 oldest = 0;
        for (uint256 shift = 0; shift < 32 * MAX_FORGIVEN; shift += 32) {
            // Faults are not judged in their order: the period counts in both directions.
            uint256 other = uint32(forgiven >> shift);
            if (other != 0 && other + period > fault && other < fault + period) ++near;
            if (other < uint32(forgiven >> oldest)) oldest = shift;
        }
        if (near >= allowance) return false;
        forgiven &= ~(uint256(type(uint32).max) << oldest);
        pool.forgiven = uint96(forgiven | (fault << oldest));
        return true;
    }

    function _takeFromPool(Present memory p, Work memory w, Toll memory toll) private {
        uint256 own = _ownLiable(w, toll.fault);
        uint256 all = _countAll(w);
        uint256 guilty = _count(w, w.old, w.young, toll.fault);
        uint256 taken = all == 0 ? 0 : Ratio.ofDown((w.stake * guilty) / all, toll.fraction);
        uint256 takenCommission = Ratio.ofDown(w.total - w.stake, toll.fraction);
        w.stake -= taken;
        w.total -= taken + takenCommission;
        toll.loss = taken + takenCommission;
        toll.own = takenCommission;
        if (guilty != 0) toll.own += (taken * own) / guilty;

        _scar(w, toll);
        w.flags |= SLASHED;
        _lookAhead(p, w);
        if (w.flags & LEAVING != 0) _reweigh(w, toll);
    }

    /// @dev {1} The orchestrator's own units that were active in the round of the fault, those that leave in this round included.
    function _ownLiable(Work memory w, uint256 fault) private view returns (uint256 sum) {
        Holder memory h = _loadHolder(w.orchestrator);
        _follow(w, h);
        sum = _count(w, h.old, h.young, fault);
        if (w.flags & LEAVING == 0) return sum;
        uint256 kinds = _cohort(_poolOf(w), w.round, 0).kinds;
        for (uint256 kind = uint256(Kind.OwnOld); kind <= uint256(Kind.OwnSecondYoung); ++kind) {
            if ((kinds >> kind) & 1 == 0) continue;
            Cohort storage cohort = _cohort(_poolOf(w), w.round, kind);
            if (cohort.from <= fault) sum += _leaversNow(w, cohort.from, cohort.units);
        }
    }

    /// @dev Gives the units of the generations that are younger than the fault as many more as make up for the price that falls. If there are two, one follows the other: when stake
    /// entered the younger one, the pool was free of disputes, and so all but the generation of that round were old.
    function _scar(Work memory w, Toll memory toll) private {
        Young.Generations memory young = w.young;
        uint256 from = 0;
        if (young.units1 != 0 && young.from1 > toll.fault) {
            (from, w.scar1) = (young.from1, _deepened(w.scar1, toll));
        }
        if (young.units0 != 0 && young.from0 > toll.fault) {
            (from, w.scar0) = (young.from0, _deepened(w.scar0, toll));
        }
        if (from == 0) return;
        mapping(uint256 index => Scar) storage scars = _poolOf(w).scars[from];
        uint256 last = 0;
        uint256 since = scars[0].since;
        while (since != 0 && since <= w.round) since = scars[++last].since;
        Scar storage scar = scars[last];
        uint256 word = (w.round + 1) | (_scarOf(w, from) << 32) | (_scarOf(w, from + 1) << 144);
        assembly ("memory-safe") {
            sstore(scar.slot, word)
        }
    }

    function _deepened(uint256 scar, Toll memory toll) private pure returns (uint256) {
        return Math.min((scar * Ratio.ONE) / (Ratio.ONE - toll.fraction), MAX_SCAR);
    }

    /// @dev What leaves with this round was slashed as a part of the pool.
    function _reweigh(Work memory w, Toll memory toll) private {
        uint256 all = _countAll(w);
        uint256 kinds = _cohort(_poolOf(w), w.round, 0).kinds;
        w.leavingStake = 0;
        for (uint256 kind = 0; kind < uint256(Kind.Commission); ++kind) {
            if ((kinds >> kind) & 1 == 0) continue;
            Cohort storage cohort = _cohort(_poolOf(w), w.round, kind);
            uint256 stake = all == 0 ? 0 : (_leaversNow(w, cohort.from, cohort.units) * w.afterStake) / all;
            cohort.stake = uint96(stake);
            w.leavingStake += stake;
        }
        if (w.leavingCommission == 0) return;
        uint256 left = w.leavingCommission - Ratio.ofDown(w.leavingCommission, toll.fraction);
        w.leavingCommission = Math.min(left, w.afterTotal - w.afterStake);
        _cohort(_poolOf(w), w.round, uint256(Kind.Commission)).stake = uint96(w.leavingCommission);
    }

    /// @dev From stake that left after the fault. A cohort pays its part as a whole, or nothing.
    function _takeFromCohorts(Work memory w, Toll memory toll) private {
        for (uint256 round = toll.fault; round < w.round; ++round) {
            uint256 kinds = _cohort(_poolOf(w), round, 0).kinds;
            for (uint256 kind = 0; kinds >> kind != 0; ++kind) {
                if ((kinds >> kind) & 1 == 0) continue;
                Cohort storage cohort = _cohort(_poolOf(w), round, kind);
                if (kind != uint256(Kind.Commission) && cohort.from > toll.fault) continue;
                uint256 taken = Ratio.ofDown(cohort.stake, toll.fraction);
                cohort.stake -= uint96(taken);
                toll.loss += taken;
                if (kind >= uint256(Kind.OwnOld)) toll.own += taken;
            }
        }
    }
}
