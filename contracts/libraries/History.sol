// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title History
/// @notice Finds what held in a round, in a list of entries "from this round on".
/// @dev For a `mapping(uint256 index => Entry)` whose entry begins with a `uint32` round that grows with the index; how many entries there are is kept elsewhere, where
/// it shares a slot. Looks back from the newest entry in growing steps: the cost depends on how far back the round lies, not on how long the history is (S1).
library History {
    /// @notice {1} 1 + the index of the last of `count` entries whose round is at most `round`; 0 if there is none.
    /// @param slot Of the mapping.
    function find(uint256 slot, uint256 count, uint256 round) internal view returns (uint256) {
        if (count == 0) return 0;
        if (_roundAt(slot, count - 1) <= round) return count;

        // Entry `high` is too late; doubles the step until `low` is not.
        uint256 high = count - 1;
        uint256 step = 1;
        uint256 low;
        while (true) {
            if (step > high) {
                low = 0;
                break;
            }
            low = high - step;
            if (_roundAt(slot, low) <= round) {
                ++low;
                break;
            }
            high = low;
            step *= 2;
        }
        // The answer is in [low, high]: how many entries are early enough.
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (_roundAt(slot, middle) <= round) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    function _roundAt(uint256 slot, uint256 index) private view returns (uint256 round) {
        assembly ("memory-safe") {
            mstore(0, index)
            mstore(0x20, slot)
            round := and(sload(keccak256(0, 0x40)), 0xffffffff)
        }
    }
}
