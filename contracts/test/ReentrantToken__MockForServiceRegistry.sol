// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A token that calls the registry back while it is moved, as the definer of a service. It counts what it was asked to move.
contract ReentrantTokenMockForServiceRegistry {
    uint256 public takenIn;
    uint256 public paidOut;
    bytes public lastRevert;

    address private _target;
    bytes private _callback;

    /// @notice Calls `target`, and with `callback` once more as soon as tokens move.
    function run(address target, bytes calldata data, bytes calldata callback) external {
        _target = target;
        _callback = callback;
        (bool done, bytes memory answer) = target.call(data); // solhint-disable-line avoid-low-level-calls
        if (done) return;
        assembly ("memory-safe") {
            revert(add(answer, 0x20), mload(answer))
        }
    }

    function transferFrom(address, address, uint256 amount) external returns (bool) {
        takenIn += amount;
        _call();
        return true;
    }

    function transfer(address, uint256 amount) external returns (bool) {
        paidOut += amount;
        _call();
        return true;
    }

    function _call() private {
        if (_callback.length == 0) return;
        (bool done, bytes memory reason) = _target.call(_callback); // solhint-disable-line avoid-low-level-calls
        lastRevert = done ? bytes("") : reason;
    }
}
