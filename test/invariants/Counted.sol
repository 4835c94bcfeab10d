// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Counts the actions of a handler; a refusal must have a name.
abstract contract Counted {
    /// @notice {1} Actions so far, and those that were not refused, by action.
    uint256 public calls;
    mapping(bytes4 action => uint256) public succeeded;

    /// @notice Only what carries an error of the contracts, or a message, is a refusal.
    error UnexpectedFailure(bytes4 action, bytes reason);

    function _count(bool success, bytes memory answer) internal {
        ++calls;
        if (success) {
            ++succeeded[msg.sig];
        } else if (answer.length < 4 || bytes4(answer) == bytes4(keccak256("Panic(uint256)"))) {
            revert UnexpectedFailure(msg.sig, answer);
        }
    }

    /// @dev Nothing could be asked for.
    function _skip() internal {
        ++calls;
    }

    function _bound(uint256 value, uint256 least, uint256 most) internal pure returns (uint256) {
        return least + (value % (most - least + 1));
    }
}
