// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IBondingStake} from "../interfaces/IBondingStake.sol";
import {History} from "../libraries/History.sol";
import {Ratio} from "../libraries/Ratio.sol";
import {Young} from "../libraries/Young.sol";
import {StakePools} from "./StakePools.sol";

/// @title FeeShares
/// @notice Divides the fees of a round among the stake that was active in it: a sum per unit for each pool, which a delegator follows from position to position (S2, S3).
abstract contract FeeShares is StakePools {
    using SafeCast for uint256;
    using Young for Young.Packed;

    /// @dev Binary places of a sum per unit.
    uint256 private constant PLACES = 128;

    function _pullFees(address orchestrator, uint256 most) internal returns (uint256 pulled) {
        uint256 number = _numberOf(orchestrator);
        BondingManagerStorage storage $ = _storage();
        Pool storage pool = $.pools[number];
        // The rounds in question are over, and their entries must be there.
        if (pool.round < $.clock.round || block.timestamp >= $.clock.end) {
            IBondingStake(address(this)).reward(orchestrator);
        }

        for (; pulled < most; ++pulled) {
            (uint256 round, uint256 fees) = TICKET_BROKER.pullFees(orchestrator, pool.feesBefore);
            if (fees == 0) {
                if (round > pool.feesBefore) pool.feesBefore = round.toUint32();
                return pulled;
            }
            uint256 shared = _addFees(pool, round, fees);
            emit FeesAdded(orchestrator, round, fees, shared);
        }
    }

    /// @dev {wei ETH} Divides the fees of a round, younger than all before.
    function _addFees(Pool storage pool, uint256 round, uint256 fees) private returns (uint256 shared) {
        (uint256 units, uint256 feeShare) = _sharesOf(pool, round);
        pool.feesBefore = (round + 1).toUint32();
        if (units != 0) {
            shared = Ratio.ofDown(fees, feeShare);
            uint256 count = pool.feeEntries;
            uint256 sum = count == 0 ? 0 : pool.fees[count - 1].sum;
            pool.fees[count] = FeeEntry(uint32(round), (sum + (shared << PLACES) / units).toUint224());
            pool.feeEntries = uint32(count + 1);
        }
        pool.kept = (pool.kept + fees - shared).toUint96();
    }

    /// @dev The pool's units of a past round and the fee share in force in it.
    function _sharesOf(Pool storage pool, uint256 round) private view returns (uint256 units, uint256 feeShare) {
        uint256 found = _entryAt(pool, round);
        if (found == 0) return (0, 0);
        return (pool.history[found - 1].units, _termsAt(pool, round).feeShare);
    }

    /// @dev {wei ETH} What an account has to get of the fees of rounds before `before`, where it stops, and at which position.
    function _claimOf(
        Account storage account,
        uint256 before
    ) internal view returns (uint256 amount, uint256 claimedBefore, uint256 index) {
        AccountHead memory head = account.head;
        (index, claimedBefore) = (head.claimIndex, head.claimedBefore);
        if (head.positions == 0) return (0, claimedBefore, index);

        while (true) {
            Position memory position = account.positions[index];
            uint256 start = Math.max(claimedBefore, position.from);
            uint256 end = index + 1 == head.positions ? type(uint256).max : account.positions[index + 1].from;
            uint256 stop = Math.min(end, before);
            if (position.orchestrator != 0) {
                Pool storage pool = _storage().pools[position.orchestrator];
                stop = Math.min(stop, pool.feesBefore);
                if (start < stop) amount += _feesBetween(account, index, position, pool, start, stop);
            } else if (end == type(uint256).max) {
                return (amount, claimedBefore, index); // it may come back behind anybody
            }
            if (start < stop) claimedBefore = stop;
            if (stop < end) return (amount, claimedBefore, index);
            ++index;
        }
    }

    /// @dev {wei ETH} Of the fees of rounds from `start` to before `stop`, rounded down once for each stretch in which no scar changes.
    function _feesBetween(
        Account storage account,
        uint256 index,
        Position memory position,
        Pool storage pool,
        uint256 start,
        uint256 stop
    ) internal view returns (uint256 amount) {
        Young.Generations memory older;
        if (position.hasOlder) account.older[index].load(older);
        bool slashed = pool.flags & SLASHED != 0;
        uint256 sum = _sumBefore(pool, start);
        while (start < stop) {
            uint256 until = stop;
            uint256 units = position.old;
            if (!slashed) {
                unchecked {
                    units += uint256(position.young) + older.units0 + older.units1; // 96 bits each
                }
            } else {
                uint256 counted;
                (counted, until) = _scarred(pool, position.from, position.young, start, until);
                units += counted;
                (counted, until) = _scarred(pool, older.from0, older.units0, start, until);
                units += counted;
                (counted, until) = _scarred(pool, older.from1, older.units1, start, until);
                units += counted;
            }
            uint256 sumAfter = _sumBefore(pool, until);
            amount += (units * (sumAfter - sum)) >> PLACES;
            (start, sum) = (until, sumAfter);
        }
    }

    /// @dev {1} What units of a generation were in round `start`, and until when at most they stayed so.
    function _scarred(
        Pool storage pool,
        uint256 from,
        uint256 issued,
        uint256 start,
        uint256 until
    ) private view returns (uint256, uint256) {
        if (issued == 0) return (0, until);
        (uint256 factor, uint256 unchangedUntil) = _scarAt(pool, from, start);
        return ((issued * factor) / UNSCARRED, Math.min(until, unchangedUntil));
    }

    /// @dev {2^-128 wei} The fees of all rounds before `round`, for one unit.
    function _sumBefore(Pool storage pool, uint256 round) private view returns (uint256) {
        if (round == 0) return 0;
        uint256 found = History.find(_slotOf(pool.fees), pool.feeEntries, round - 1);
        return found == 0 ? 0 : pool.fees[found - 1].sum;
    }

    /// @dev {1} 1 + the index of the pool's entry for a round.
    function _entryAt(Pool storage pool, uint256 round) internal view returns (uint256) {
        return History.find(_slotOf(pool.history), pool.entries, round);
    }

    /// @dev The terms in force in a round; none before its stake first earned.
    function _termsAt(Pool storage pool, uint256 round) internal view returns (PoolTerms memory terms) {
        mapping(uint256 => PoolTerms) storage entries = pool.terms;
        uint256 slot;
        assembly ("memory-safe") {
            slot := entries.slot
        }
        uint256 found = History.find(slot, pool.termsEntries, round);
        if (found != 0) terms = entries[found - 1];
    }

    function _slotOf(mapping(uint256 => FeeEntry) storage entries) private pure returns (uint256 slot) {
        assembly ("memory-safe") {
            slot := entries.slot
        }
    }

    function _slotOf(mapping(uint256 => PoolEntry) storage entries) private pure returns (uint256 slot) {
        assembly ("memory-safe") {
            slot := entries.slot
        }
    }
}
