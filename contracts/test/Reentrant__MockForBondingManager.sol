// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A delegator that calls back while it is being paid ETH.
contract ReentrantMockForBondingManager {
    bool public calledBack;
    bytes public lastRevert;

    address private _target;
    bytes private _callback;

    /// @notice Calls `target`, and, if there is a `callback`, with it once more as soon as ETH comes in.
    function run(address target, bytes calldata data, bytes calldata callback) external {
        (_target, _callback, calledBack) = (target, callback, false);
        (bool done, bytes memory answer) = target.call(data); // solhint-disable-line avoid-low-level-calls
        if (done) return;
        assembly ("memory-safe") {
            revert(add(answer, 0x20), mload(answer))
        }
    }

    receive() external payable {
        if (_callback.length != 0) _callBack();
    }

    function _callBack() private {
        calledBack = true;
        (bool done, bytes memory reason) = _target.call(_callback); // solhint-disable-line avoid-low-level-calls
        lastRevert = done ? bytes("") : reason;
    }
}
