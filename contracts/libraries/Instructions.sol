// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Instructions
/// @notice The fields of a word of RV32IM, and what its operations compute. Words are numbers below 2^32; immediates are words, too, sign-extended.
/// @dev Source: RISC-V unprivileged specification 20191213, chapters 2 (RV32I), 7 (M) and 24 (listings); LIP-5.
library Instructions {
    uint256 internal constant LUI = 0x37;
    uint256 internal constant AUIPC = 0x17;
    uint256 internal constant JAL = 0x6f;
    uint256 internal constant JALR = 0x67;
    uint256 internal constant BRANCH = 0x63;
    uint256 internal constant LOAD = 0x03;
    uint256 internal constant STORE = 0x23;
    uint256 internal constant IMMEDIATE = 0x13;
    uint256 internal constant REGISTER = 0x33;
    uint256 internal constant FENCE = 0x0f;
    /// @dev The whole word.
    uint256 internal constant ECALL = 0x00000073;

    uint256 private constant WORD = 0xffffffff;

    // --- Fields ---

    function opcode(uint256 word) internal pure returns (uint256) {
        return word & 0x7f;
    }

    function rd(uint256 word) internal pure returns (uint256) {
        return (word >> 7) & 31;
    }

    function funct3(uint256 word) internal pure returns (uint256) {
        return (word >> 12) & 7;
    }

    function rs1(uint256 word) internal pure returns (uint256) {
        return (word >> 15) & 31;
    }

    function rs2(uint256 word) internal pure returns (uint256) {
        return (word >> 20) & 31;
    }

    function funct7(uint256 word) internal pure returns (uint256) {
        return word >> 25;
    }

    function immediateI(uint256 word) internal pure returns (uint256) {
        return _extend(word >> 20, 12);
    }

    function immediateS(uint256 word) internal pure returns (uint256) {
        return _extend(((word >> 25) << 5) | rd(word), 12);
    }

    function immediateB(uint256 word) internal pure returns (uint256) {
        uint256 low = (((word >> 25) & 0x3f) << 5) | (((word >> 8) & 15) << 1);
        return _extend(((word >> 31) << 12) | (((word >> 7) & 1) << 11) | low, 13);
    }

    function immediateU(uint256 word) internal pure returns (uint256) {
        return word & 0xfffff000;
    }

    function immediateJ(uint256 word) internal pure returns (uint256) {
        uint256 low = (((word >> 20) & 1) << 11) | (((word >> 21) & 0x3ff) << 1);
        return _extend(((word >> 31) << 20) | (word & 0xff000) | low, 21);
    }

    // --- Operations ---

    /// @return known Whether there is such a branch.
    /// @return taken Whether it is taken.
    function branch(uint256 funct, uint256 a, uint256 b) internal pure returns (bool known, bool taken) {
        known = true;
        if (funct == 0) taken = a == b;
        else if (funct == 1) taken = a != b;
        else if (funct == 4) taken = _signed(a) < _signed(b);
        else if (funct == 5) taken = _signed(a) >= _signed(b);
        else if (funct == 6) taken = a < b;
        else if (funct == 7) taken = a >= b;
        else known = false;
    }

    /// @notice An operation of two registers.
    /// @return known Whether there is such an operation.
    /// @return result {32-bit word}
    function operate(uint256 word, uint256 a, uint256 b) internal pure returns (bool known, uint256 result) {
        uint256 variant = funct7(word);
        if (variant == 0x01) return (true, _multiplyOrDivide(funct3(word), a, b));
        return _operate(variant, funct3(word), a, b);
    }

    /// @notice An operation of a register and the immediate. A shift's is the number of the second register.
    /// @return known Whether there is such an operation.
    /// @return result {32-bit word}
    function operateImmediate(uint256 word, uint256 a) internal pure returns (bool known, uint256 result) {
        uint256 funct = funct3(word);
        bool isShift = funct == 1 || funct == 5;
        return isShift ? _operate(funct7(word), funct, a, rs2(word)) : _operate(0, funct, a, immediateI(word));
    }

    /// @notice {bytes} That a load moves; 0: there is no such load.
    function loadSize(uint256 funct) internal pure returns (uint256) {
        return funct == 3 || funct > 5 ? 0 : 1 << (funct & 3);
    }

    /// @notice {bytes} That a store moves; 0: there is no such store.
    function storeSize(uint256 funct) internal pure returns (uint256) {
        return funct > 2 ? 0 : 1 << funct;
    }

    /// @notice What a load makes of the bytes that it has read.
    function extendLoad(uint256 funct, uint256 value) internal pure returns (uint256) {
        if (funct == 0) return _extend(value, 8);
        if (funct == 1) return _extend(value, 16);
        return value;
    }

    // --- Internals ---

    function _operate(
        uint256 variant,
        uint256 funct,
        uint256 a,
        uint256 b
    ) private pure returns (bool known, uint256 result) {
        unchecked {
            if (variant == 0x20) {
                if (funct == 0) return (true, (a - b) & WORD);
                if (funct == 5) return (true, uint256(_signed(a) >> (b & 31)) & WORD);
                return (false, 0);
            }
            if (variant != 0) return (false, 0);
            known = true;
            if (funct == 0) result = (a + b) & WORD;
            else if (funct == 1) result = (a << (b & 31)) & WORD;
            else if (funct == 2) result = _signed(a) < _signed(b) ? 1 : 0;
            else if (funct == 3) result = a < b ? 1 : 0;
            else if (funct == 4) result = a ^ b;
            else if (funct == 5) result = a >> (b & 31);
            else if (funct == 6) result = a | b;
            else result = a & b;
        }
    }

    function _multiplyOrDivide(uint256 funct, uint256 a, uint256 b) private pure returns (uint256) {
        unchecked {
            if (funct == 0) return (a * b) & WORD;
            if (funct == 1) return (uint256(_signed(a) * _signed(b)) >> 32) & WORD;
            if (funct == 2) return (uint256(_signed(a) * int256(b)) >> 32) & WORD;
            if (funct == 3) return (a * b) >> 32;
            // 4 and 5 are quotients, 6 and 7 remainders.
            if (b == 0) return funct < 6 ? WORD : a;
            if (funct == 4) return uint256(_signed(a) / _signed(b)) & WORD;
            if (funct == 5) return a / b;
            if (funct == 6) return uint256(_signed(a) % _signed(b)) & WORD;
            return a % b;
        }
    }

    function _signed(uint256 word) private pure returns (int256) {
        return int256(int32(uint32(word)));
    }

    /// @dev The word with the sign of a number of `bits`.
    function _extend(uint256 value, uint256 bits) private pure returns (uint256) {
        uint256 sign = 1 << (bits - 1);
        unchecked {
            return ((value ^ sign) - sign) & WORD;
        }
    }
}
