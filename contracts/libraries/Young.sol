// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Young
/// @notice Units of stake by the round in which they became active, for the at most two generations that are told apart: those that a fault which can still be challenged, or is
/// under dispute, does not concern. Source: docs/adr/0005-staking.md, "Entry".
/// @dev Units are counted as they were issued. A generation without units is none; its `from` may stay behind. Of two generations the first one is older.
library Young {
    /// @notice In storage: one slot.
    struct Packed {
        /// @dev {round} First round in which it is active.
        uint32 from0;
        uint96 units0;
        uint32 from1;
        uint96 units1;
    }

    /// @notice In memory.
    struct Generations {
        uint256 from0;
        uint256 units0;
        uint256 from1;
        uint256 units1;
    }

    /// @notice There are two generations already.
    /// @dev Cannot happen while a window of challenge is at most one round and disputed pools take no stake.
    error YoungFull(uint256 from);

    /// @notice Reads both into `young`.
    function load(Packed storage self, Generations memory young) internal view {
        uint256 word;
        assembly ("memory-safe") {
            word := sload(self.slot)
        }
        young.from0 = uint32(word);
        young.units0 = uint96(word >> 32);
        young.from1 = uint32(word >> 128);
        young.units1 = word >> 160;
    }

    /// @notice Writes both. No pool has 2^96 units of a generation.
    function store(Packed storage self, Generations memory young) internal {
        uint256 word = young.from0 | (young.units0 << 32) | (young.from1 << 128) | (young.units1 << 160);
        assembly ("memory-safe") {
            sstore(self.slot, word)
        }
    }

    /// @notice {1} Units of generation `from`.
    function unitsOf(Generations memory self, uint256 from) internal pure returns (uint256) {
        if (self.from0 == from && self.units0 != 0) return self.units0;
        return self.from1 == from ? self.units1 : 0;
    }

    /// @notice Adds units to generation `from`, than which no other one is younger.
    function add(Generations memory self, uint256 from, uint256 units) internal pure {
        if (self.units1 != 0) {
            if (self.from1 == from) {
                self.units1 += units;
                return;
            }
            require(self.units0 == 0, YoungFull(from));
            (self.from0, self.units0) = (self.from1, self.units1);
        } else if (self.units0 == 0 || self.from0 == from) {
            self.from0 = from;
            self.units0 += units;
            return;
        }
        (self.from1, self.units1) = (from, units);
    }

    /// @notice Takes units from generation `from`, which has them.
    function remove(Generations memory self, uint256 from, uint256 units) internal pure {
        if (self.from0 == from && self.units0 != 0) self.units0 -= units;
        else if (units != 0) self.units1 -= units;
    }
}
