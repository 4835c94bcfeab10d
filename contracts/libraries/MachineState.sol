// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title MachineState
/// @notice The state of the machine as it is hashed, read and changed in place.
/// @dev Source: LIP-5, "State". Fields are big-endian and lie side by side:
///
/// | offset | bytes | field      |
/// | ------ | ----- | ---------- |
/// | 0      | 32    | memoryRoot |
/// | 32     | 4     | pc         |
/// | 36     | 1     | status     |
/// | 37     | 4     | verdict    |
/// | 41     | 8     | step       |
/// | 49     | 124   | x1 … x31   |
library MachineState {
    uint256 internal constant LENGTH = 173;
    /// @dev A field is read and written with the 31 bytes that may follow it.
    uint256 private constant ROOM = LENGTH + 31;

    uint256 private constant PC = 32;
    uint256 private constant STATUS = 36;
    uint256 private constant VERDICT = 37;
    uint256 private constant STEP = 41;
    uint256 private constant REGISTERS = 49;

    uint256 internal constant RUNNING = 0;
    uint256 internal constant HALTED = 1;
    uint256 internal constant TRAPPED = 2;

    function copy(bytes calldata source) internal pure returns (bytes memory state) {
        state = new bytes(ROOM);
        assembly ("memory-safe") {
            calldatacopy(add(state, 0x20), source.offset, LENGTH)
        }
    }

    function empty() internal pure returns (bytes memory state) {
        return new bytes(ROOM);
    }

    function hash(bytes memory state) internal pure returns (bytes32 result) {
        assembly ("memory-safe") {
            result := keccak256(add(state, 0x20), LENGTH)
        }
    }

    function memoryRoot(bytes memory state) internal pure returns (bytes32) {
        return bytes32(_get(state, 0, 32));
    }

    function pc(bytes memory state) internal pure returns (uint256) {
        return _get(state, PC, 4);
    }

    function status(bytes memory state) internal pure returns (uint256) {
        return _get(state, STATUS, 1);
    }

    function verdict(bytes memory state) internal pure returns (uint256) {
        return _get(state, VERDICT, 4);
    }

    /// @dev {1}
    function step(bytes memory state) internal pure returns (uint256) {
        return _get(state, STEP, 8);
    }

    /// @dev {32-bit word} Register `i`, 0 to 31. The first is zero and is not stored.
    function x(bytes memory state, uint256 i) internal pure returns (uint256) {
        return i == 0 ? 0 : _get(state, REGISTERS - 4 + 4 * i, 4);
    }

    function setMemoryRoot(bytes memory state, bytes32 root) internal pure {
        _set(state, 0, 32, uint256(root));
    }

    function setPc(bytes memory state, uint256 value) internal pure {
        _set(state, PC, 4, value);
    }

    function setStatus(bytes memory state, uint256 value) internal pure {
        _set(state, STATUS, 1, value);
    }

    function setVerdict(bytes memory state, uint256 value) internal pure {
        _set(state, VERDICT, 4, value);
    }

    /// @dev The low 32 bits of `value` count. Nothing is written to the first register.
    function setX(bytes memory state, uint256 i, uint256 value) internal pure {
        if (i != 0) _set(state, REGISTERS - 4 + 4 * i, 4, value);
    }

    /// @dev Modulo 2^64.
    function countStep(bytes memory state) internal pure {
        unchecked {
            _set(state, STEP, 8, step(state) + 1);
        }
    }

    function _get(bytes memory state, uint256 offset, uint256 length) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(sub(256, mul(8, length)), mload(add(add(state, 0x20), offset)))
        }
    }

    /// @dev Higher bits of `value` than the field has are lost.
    function _set(bytes memory state, uint256 offset, uint256 length, uint256 value) private pure {
        assembly ("memory-safe") {
            let at := add(add(state, 0x20), offset)
            let shift := sub(256, mul(8, length))
            let rest := sub(shl(shift, 1), 1)
            mstore(at, or(shl(shift, value), and(mload(at), rest)))
        }
    }
}
