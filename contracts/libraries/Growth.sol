// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ratio} from "./Ratio.sol";

/// @title Growth
/// @notice Growth of stake as a logarithm, which adds up over rounds where factors would have to be multiplied. Source: docs/adr/0005-staking.md.
/// @dev Two series of positive terms in fixed point with 96 binary places. Leaving terms out and dividing round down, so nothing grows by more
/// than it should. `sim/model/staking/growth.ts` computes the same, to the bit.
library Growth {
    /// @dev Binary places of a logarithm.
    uint256 private constant PLACES = 96;
    /// @dev ln 2, rounded up: what is left after taking it away is then never too much.
    uint256 private constant LN_2 = 54_916_777_467_707_473_351_141_471_129;

    /// @dev Growth by 2^64 is out of any supply's reach, and leaves room for the product.
    uint256 private constant MAX_DOUBLINGS = 64;

    /// @notice Stake cannot grow from nothing, to less, or to more than four times as much.
    /// @dev Give the earlier stake first, above zero, and divide a stretch over which stake has more than quadrupled.
    error GrowthOutOfBounds(uint256 before, uint256 afterwards);
    /// @notice A logarithm {2^-96} of 2^64 or more: no stake ever grows like that.
    /// @dev Report it: a round's mint is bounded, so a logarithm of stake never gets there.
    error GrowthTooLarge(uint256 log, uint256 limit);

    /// @notice {2^-96} ln(afterwards / before), rounded down; at most 80 units below the true value.
    ///
    /// Requirements:
    /// - 0 < before ≤ afterwards ≤ 4 · before;
    /// - afterwards < 2^128.
    function logDown(uint256 before, uint256 afterwards) internal pure returns (uint256 log) {
        require(before != 0 && before <= afterwards && afterwards <= 4 * before, GrowthOutOfBounds(before, afterwards));

        unchecked {
            // ln(a / b) = 2 (z + z³/3 + z⁵/5 + …) with z = (a − b) / (a + b) ≤ 3/5; every product stays below 2^(2 · 96).
            uint256 power = ((afterwards - before) << PLACES) / (afterwards + before);
            uint256 square = (power * power) >> PLACES;
            // In assembly, as every action goes through it: a quarter of the gas.
            assembly ("memory-safe") {
                for {
                    let divisor := 1
                } power {
                    divisor := add(divisor, 2)
                } {
                    log := add(log, div(power, divisor))
                    power := shr(96, mul(power, square))
                }
            }
            log *= 2;
        }
    }

    /// @notice `amount` · exp(log), rounded down; too little by at most 1 + 2^-90 of it.
    ///
    /// Requirements:
    /// - `amount` is below 2^95, which is a thousand times all LPT;
    /// - exp(log) is below 2^64.
    /// @param log {2^-96}
    function growDown(uint256 amount, uint256 log) internal pure returns (uint256) {
        uint256 doublings = log / LN_2;
        require(doublings < MAX_DOUBLINGS, GrowthTooLarge(log, MAX_DOUBLINGS * LN_2));
        uint256 rest = log % LN_2;
        uint256 sum = 0;
        // Each term is at most 2^96, so is `rest`.
        assembly ("memory-safe") {
            let term := shl(96, 1)
            for {
                let n := 1
            } term {
                n := add(n, 1)
            } {
                sum := add(sum, term)
                term := div(shr(96, mul(term, rest)), n)
            }
        }
        return ((amount * sum) << doublings) >> PLACES;
    }

    /// @notice {2^-96} The delegators' share of a logarithm of growth, rounded down: their stake grows by the whole's growth to the power of
    /// 1 − `rewardCut`.
    /// @param rewardCut {1e18 = 1} At most 1e18.
    function afterCutDown(uint256 log, uint256 rewardCut) internal pure returns (uint256) {
        return (log * (Ratio.ONE - rewardCut)) / Ratio.ONE;
    }
}
