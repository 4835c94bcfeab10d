// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Ratio
/// @notice The only ratio scale of the protocol: {1} = 1e18. Every function says in its name which way it rounds.
/// @dev Range: any `amount`, any `part` and `whole` with `whole > 0`, as long as the result fits 256 bits; the
/// intermediate product has 512 bits.
library Ratio {
    /// @notice {1} One whole.
    uint256 internal constant ONE = 1e18;

    /// @notice {amount's unit} `floor(amount · ratio / 1e18)`.
    function ofDown(uint256 amount, uint256 ratio) internal pure returns (uint256) {
        return Math.mulDiv(amount, ratio, ONE);
    }

    /// @notice {1} Whether `ratio` lies between nothing and one whole.
    function isRatio(uint256 ratio) internal pure returns (bool) {
        return ratio <= ONE;
    }
}
