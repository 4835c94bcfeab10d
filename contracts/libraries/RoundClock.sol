// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IRoundsManager} from "../interfaces/IRoundsManager.sol";

/// @title RoundClock
/// @notice The present round as it can be kept: asking for it through a proxy costs more than a slot of one's own.
library RoundClock {
    using SafeCast for uint256;

    /// @notice The present round {round}, its beginning and its end {s, Unix}. No change of the schedule moves them any more.
    function read(IRoundsManager roundsManager) internal view returns (uint32 round, uint40 start, uint40 end) {
        (IRoundsManager.Base memory base, ) = roundsManager.schedule();
        uint256 passed = block.timestamp < base.startTime ? 0 : (block.timestamp - base.startTime) / base.roundLength;
        uint256 begun = base.startTime + passed * base.roundLength;
        return ((base.startRound + passed).toUint32(), begun.toUint40(), (begun + base.roundLength).toUint40());
    }
}
