// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Young
/// @notice Units of stake by the round in which they became active, for the at most two generations that are told apart: those that a fault which can still be challenged, or is
/// under dispute, does not concern. Source: docs/adr/0005-staking.md, "Entry".
/// @dev Units are counted as they were issued. A generation without units is none; `from` may stay behind, so that the slot is never cleared. Of two generations the first one is older.
library Young {
    /// @notice One slot.
    struct Generations {
        /// @dev {round} First round in which it is active.
        uint32 from0;
        uint96 units0;
        uint32 from1;
        uint96 units1;
    }

    /// @notice There are two generations already.
    /// @dev Cannot happen while a window of challenge is at most one round and disputed pools take no stake.
    error YoungFull(uint256 from);

    /// @notice {1} Units of generation `from`.
    function unitsOf(Generations memory self, uint256 from) internal pure returns (uint256) {
        if (self.units0 != 0 && self.from0 == from) return self.units0;
        return self.from1 == from ? self.units1 : 0;
    }

    /// @notice Adds units to generation `from`, than which no other one is younger.
    function add(Generations memory self, uint256 from, uint256 units) internal pure {
        if (units == 0) return;
        if (self.units1 != 0 && self.from1 == from) {
            self.units1 += uint96(units);
        } else if (self.units0 != 0 && self.from0 == from) {
            self.units0 += uint96(units);
        } else if (self.units1 == 0) {
            if (self.units0 == 0) (self.from0, self.units0) = (uint32(from), uint96(units));
            else (self.from1, self.units1) = (uint32(from), uint96(units));
        } else {
            require(self.units0 == 0, YoungFull(from));
            (self.from0, self.units0) = (self.from1, self.units1);
            (self.from1, self.units1) = (uint32(from), uint96(units));
        }
    }

    /// @notice Takes units from generation `from`, which has them.
    function remove(Generations memory self, uint256 from, uint256 units) internal pure {
        if (units == 0) return;
        if (self.units0 != 0 && self.from0 == from) self.units0 -= uint96(units);
        else self.units1 -= uint96(units);
    }
}
