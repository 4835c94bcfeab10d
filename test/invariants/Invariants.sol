// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Counted} from "./Counted.sol";

/// @notice Has the test runner call the actions of a handler in any order.
abstract contract Invariants {
    /// @notice Actions, as the test runner asks for them.
    struct FuzzSelector {
        address target;
        bytes4[] selectors;
    }

    /// @dev {1} Of each action, in the long run.
    uint256 private constant LEAST_SUCCESSES = 5;

    /// @notice The whole and the sum of its parts {wei} differ.
    error SumsDiffer(uint256 whole, uint256 parts);
    /// @notice An action was refused too often for the test to mean something {1}.
    error TooFewSuccesses(bytes4 action, uint256 have, uint256 least);

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_target());
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_target()), _actions());
    }

    // --- Internals ---

    /// @dev The handler.
    function _target() internal view virtual returns (Counted);

    function _actions() internal pure virtual returns (bytes4[] memory);

    /// @dev Calls `times` actions, and looks whether each of them succeeds now and then: the invariants would hold as well if nothing ever happened.
    function _actOften(uint256 times) internal {
        bytes4[] memory actions = _actions();
        for (uint256 i = 0; i < times; ++i) {
            bytes32 seed = keccak256(abi.encode(i));
            bytes memory arguments = abi.encode(
                keccak256(abi.encode(seed, 1)),
                keccak256(abi.encode(seed, 2)),
                keccak256(abi.encode(seed, 3)),
                keccak256(abi.encode(seed, 4))
            );
            bytes4 action = actions[uint256(seed) % actions.length];
            // solhint-disable-next-line avoid-low-level-calls
            (bool success, bytes memory answer) = address(_target()).call(bytes.concat(action, arguments));
            if (!success) {
                assembly ("memory-safe") {
                    revert(add(answer, 0x20), mload(answer))
                }
            }
        }
        for (uint256 i = 0; i < actions.length; ++i) {
            uint256 successes = _target().succeeded(actions[i]);
            if (successes < LEAST_SUCCESSES) revert TooFewSuccesses(actions[i], successes, LEAST_SUCCESSES);
        }
    }
}
